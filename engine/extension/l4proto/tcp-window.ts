/**
 * TCP window tracking: is a segment one that the two ends could exchange now? Works on a draft of the tracking, which it
 * changes.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_proto_tcp.c, tcp_in_window(), tcp_init_sender(), tcp_options(); the
 * bounds are those of G. van Rooij, "Real Stateful TCP Packet Filtering in IP Filter". Packets carry the kinds of their
 * TCP options and not the values: the window scale is taken as `ASSUMED_WINDOW_SCALE`, and SACK blocks are not seen (the
 * kernel then takes the plain acknowledgement, too). Sequence numbers of NAT helpers are not modelled.
 */

import type { FullPacket } from '../../model/packet.ts';
import { TCP_FLAG } from '../../model/field.ts';
import type { TcpTracking, TcpWindow } from '../../model/conntrack.ts';
import { payloadLength } from './ports.ts';

/** enum tcp_bit_set: what a segment counts as. */
export const SEGMENT = { SYN: 0, SYN_ACK: 1, FIN: 2, ACK: 3, RST: 4, NONE: 5 } as const;
export const SEGMENT_NAMES = ['SYN', 'SYN+ACK', 'FIN', 'ACK', 'RST', 'no flag'] as const;

/** include/uapi/linux/netfilter/nf_conntrack_tcp.h, IP_CT_TCP_FLAG_*. */
export const WINDOW_FLAG = {
  WINDOW_SCALE: 0x01,
  SACK_PERM: 0x02,
  CLOSE_INIT: 0x04,
  BE_LIBERAL: 0x08,
  DATA_UNACKNOWLEDGED: 0x10,
  MAXACK_SET: 0x20,
  CHALLENGE_ACK: 0x40,
  SIMULTANEOUS_OPEN: 0x80,
} as const;

/** Shift of a window scale option whose value the packet does not carry: what Linux sends with its default buffers. */
const ASSUMED_WINDOW_SCALE = 7;
/** MAXACKWINCONST. */
const MAX_ACK_WINDOW = 66000;
const OPTION = { windowScale: 3, sackPermitted: 4 } as const;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type WindowDraft = Mutable<TcpWindow>;
export type TcpDraft = Omit<Mutable<TcpTracking>, 'seen'> & { readonly seen: [WindowDraft, WindowDraft] };

export interface Segment {
  readonly kind: number;
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  /** Sequence number after the segment. */
  readonly end: number;
  readonly options: readonly number[];
}

/** `before` and `after` of include/net/tcp.h: order modulo 2^32. */
export const before = (a: number, b: number) => ((a - b) | 0) < 0;
const after = (a: number, b: number) => before(b, a);

export function segmentOf(packet: FullPacket, flags: number): Segment {
  const { SYN, FIN, RST, ACK } = TCP_FLAG;
  const kind = flags & RST ? SEGMENT.RST : flags & SYN ? (flags & ACK ? SEGMENT.SYN_ACK : SEGMENT.SYN) : flags & FIN ? SEGMENT.FIN : flags & ACK ? SEGMENT.ACK : SEGMENT.NONE;
  const length = payloadLength(packet) + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
  const options = packet.mss === null ? packet.tcpOptions : [...packet.tcpOptions, 2];
  return { kind, flags, seq: packet.seq >>> 0, ack: packet.ack >>> 0, window: packet.window, end: (packet.seq + length) >>> 0, options };
}

/** A segment without any option leaves scale and flags as they are. */
export function readOptions(window: WindowDraft, { options }: Segment): void {
  if (options.length === 0) return;
  window.scale = 0;
  window.flags &= WINDOW_FLAG.BE_LIBERAL;
  if (options.includes(OPTION.sackPermitted)) window.flags |= WINDOW_FLAG.SACK_PERM;
  if (options.includes(OPTION.windowScale)) {
    window.scale = ASSUMED_WINDOW_SCALE;
    window.flags |= WINDOW_FLAG.WINDOW_SCALE;
  }
}

function initSender(sender: WindowDraft, receiver: WindowDraft, segment: Segment, direction: 0 | 1): void {
  sender.end = sender.maxEnd = segment.end;
  sender.maxWindow = segment.window || 1;
  readOptions(sender, segment);
  // RFC 7323: windows are scaled only if both ends offered it.
  if (direction === 1 && !(sender.flags & receiver.flags & WINDOW_FLAG.WINDOW_SCALE)) sender.scale = receiver.scale = 0;
}

/** accept: in the window. ignore: belongs to the entry and changes no state. */
type WindowVerdict = { readonly kind: 'accept' } | { readonly kind: 'ignore' | 'invalid'; readonly reason: string };
const ACCEPT: WindowVerdict = { kind: 'accept' };

/** Is the segment in the window? `tcp` is changed as the kernel does, also by some segments that are not accepted. */
export function inWindow(tcp: TcpDraft, direction: 0 | 1, segment: Segment, liberal: boolean): WindowVerdict {
  const sender = tcp.seen[direction];
  const receiver = tcp.seen[direction === 0 ? 1 : 0];
  const syn = (segment.flags & TCP_FLAG.SYN) !== 0;
  const hasAck = (segment.flags & TCP_FLAG.ACK) !== 0;
  const rst = (segment.flags & TCP_FLAG.RST) !== 0;
  let { seq, ack, end } = segment;
  const refuse = (kind: 'ignore' | 'invalid', reason: string): WindowVerdict => (liberal || sender.flags & WINDOW_FLAG.BE_LIBERAL ? ACCEPT : { kind, reason });

  if (sender.maxWindow === 0) {
    if (syn) {
      initSender(sender, receiver, segment, direction);
      if (!hasAck) return ACCEPT;
    } else {
      // The connection is older than the entry: believe the first segment of this end.
      sender.end = end;
      sender.maxWindow = (segment.window << sender.scale) >>> 0 || 1;
      sender.maxEnd = (end + sender.maxWindow) >>> 0;
      if (receiver.maxWindow === 0) receiver.end = receiver.maxEnd = ack;
      // Likely the answer to a keepalive.
      else if (ack === (receiver.end + 1) >>> 0) receiver.end = ack;
    }
  } else if (syn && after(end, sender.end) && (tcp.state === 'SYN_SENT' || tcp.state === 'SYN_RECV')) {
    initSender(sender, receiver, segment, direction);
    if (direction === 1 && !hasAck) return ACCEPT;
  }

  if (!hasAck || (rst && ack === 0)) ack = receiver.end;
  if (rst && seq === 0 && tcp.state === 'SYN_SENT') seq = end = sender.end;

  const ackWindow = Math.max(sender.maxWindow, MAX_ACK_WINDOW);
  const ackLow = (receiver.end - ackWindow - 1) >>> 0;
  const inReceiveWindow = after(end, (sender.end - receiver.maxWindow - 1) >>> 0);
  if (!before(seq, sender.maxEnd + 1)) {
    const overshot = (end - sender.maxEnd + 1) >>> 0;
    if (receiver.maxWindow && inReceiveWindow && after(ack, ackLow) && overshot <= receiver.maxWindow && before(ack, receiver.end + 1)) {
      sender.end = end;
      sender.flags |= WINDOW_FLAG.DATA_UNACKNOWLEDGED;
      return refuse('ignore', `${overshot} bytes more than the receiver's window allows`);
    }
    return refuse('invalid', `sequence number ${seq} is beyond the receiver's window, which ends at ${sender.maxEnd}`);
  }
  if (!before(ack, receiver.end + 1)) return refuse('invalid', `acknowledges ${ack}, but only data up to ${receiver.end} was seen`);
  if (receiver.maxWindow && !inReceiveWindow) return refuse('ignore', `data up to ${end} was acknowledged before: a retransmission`);
  if (!after(ack, ackLow)) return refuse('ignore', `acknowledgement ${ack} is far behind ${receiver.end}: delayed`);

  updateWindows(tcp, direction, segment, { seq, ack, end, hasAck, syn });
  return ACCEPT;
}

function updateWindows(
  tcp: TcpDraft,
  direction: 0 | 1,
  segment: Segment,
  { seq, ack, end, hasAck, syn }: { seq: number; ack: number; end: number; hasAck: boolean; syn: boolean },
): void {
  const sender = tcp.seen[direction];
  const receiver = tcp.seen[direction === 0 ? 1 : 0];
  const window = syn ? segment.window : (segment.window << sender.scale) >>> 0;
  if (sender.maxWindow < window) sender.maxWindow = window;
  if (after(end, sender.end)) {
    sender.end = end;
    sender.flags |= WINDOW_FLAG.DATA_UNACKNOWLEDGED;
  }
  if (hasAck) {
    if (!(sender.flags & WINDOW_FLAG.MAXACK_SET) || after(ack, sender.maxAck)) sender.maxAck = ack;
    sender.flags |= WINDOW_FLAG.MAXACK_SET;
  }
  if (receiver.maxWindow !== 0 && after(end, sender.maxEnd)) receiver.maxWindow = (receiver.maxWindow + end - sender.maxEnd) >>> 0;
  if (after(ack + window, receiver.maxEnd - 1)) receiver.maxEnd = (ack + window + (window === 0 ? 1 : 0)) >>> 0;
  if (ack === receiver.end) receiver.flags &= ~WINDOW_FLAG.DATA_UNACKNOWLEDGED;

  if (segment.kind !== SEGMENT.ACK) return;
  if (tcp.lastDirection === direction && tcp.lastSeq === seq && tcp.lastAck === ack && tcp.lastEnd === end && tcp.lastWindow === segment.window) tcp.retransmissions++;
  else {
    tcp.lastDirection = direction;
    tcp.lastSeq = seq;
    tcp.lastAck = ack;
    tcp.lastEnd = end;
    tcp.lastWindow = segment.window;
    tcp.retransmissions = 0;
  }
}
