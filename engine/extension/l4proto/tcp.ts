/**
 * TCP: the state of a connection as seen from the middle.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_proto_tcp.c, nf_conntrack_tcp_packet(), tcp_new(), tcp_error(),
 * nf_tcp_handle_invalid(). Not modelled: SYNPROXY's keepalive, flow offload, timeout policies.
 */

import { CTSTATUS, FIELD, L4, TCP_FLAG } from '../../model/field.ts';
import type { TcpState, TcpTracking } from '../../model/conntrack.ts';
import type { SkbView } from '../../model/context.ts';
import { portTuple, quotedPortTuple, swapTuple } from './ports.ts';
import { setting, verifiesChecksum } from './settings.ts';
import { tcpTimeout, transition } from './tcp-table.ts';
import { SEGMENT, SEGMENT_NAMES, WINDOW_FLAG, before, inWindow, readOptions, segmentOf, type Segment, type TcpDraft, type WindowDraft } from './tcp-window.ts';
import type { L4Proto, Settings, TrackResult } from './tracker.ts';

const { FIN, SYN, RST, ACK, URG, PSH, ECE, CWR } = TCP_FLAG;
/** tcp_valid_flags: PSH, ECE and CWR may come with any of them. */
const VALID_FLAGS: ReadonlySet<number> = new Set([SYN, SYN | URG, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN | ACK | URG, ACK, ACK | URG]);

const emptyWindow = (flags = 0): WindowDraft => ({ end: 0, maxEnd: 0, maxWindow: 0, maxAck: 0, scale: 0, flags });

function blank(state: TcpState, flags: number): TcpDraft {
  return {
    state,
    seen: [emptyWindow(flags), emptyWindow(flags)],
    lastDirection: 0,
    lastIndex: SEGMENT.NONE,
    lastSeq: 0,
    lastAck: 0,
    lastEnd: 0,
    lastWindow: 0,
    lastScale: 0,
    lastFlags: 0,
    retransmissions: 0,
  };
}

/** The packet and the entry it meets. `tcp` is a draft: it is changed and becomes the tracking afterwards. */
interface Meeting {
  readonly tcp: TcpDraft;
  readonly segment: Segment;
  readonly direction: 0 | 1;
  readonly status: number;
  /** Seconds the entry has left. */
  readonly left: number;
  readonly settings: Settings;
}

const accept = (note: string | null = null): TrackResult => ({ verdict: 'accept', tcp: null, timeout: null, status: 0, note });
const invalid = (note: string, timeout: number | null = null): TrackResult => ({ verdict: 'invalid', tcp: null, timeout, status: 0, note });
const DIRECTIONS = ['original', 'reply'] as const;
const describe = ({ segment, direction }: Meeting) => `${SEGMENT_NAMES[segment.kind]} in the ${DIRECTIONS[direction]} direction`;

const established = (tcp: TcpDraft, status: number) => tcp.state === 'ESTABLISHED' && (status & CTSTATUS.ASSURED) !== 0;
/** tcp_can_early_drop(). */
const closing = (state: TcpState) => state === 'FIN_WAIT' || state === 'CLOSE_WAIT' || state === 'LAST_ACK' || state === 'TIME_WAIT' || state === 'CLOSE';

function meet(meeting: Meeting): TrackResult {
  const { tcp, segment, direction } = meeting;
  const { kind } = segment;
  const from = tcp.state;
  const to = transition(direction, kind, from);
  switch (to) {
    case 'INVALID':
      return invalid(`a ${describe(meeting)} is not possible in ${from}`);
    case 'SYN_SENT': {
      if (from !== 'TIME_WAIT' && from !== 'CLOSE' && from !== 'SYN_SENT2') break;
      const closed = ((tcp.seen[0].flags | tcp.seen[1].flags) & WINDOW_FLAG.CLOSE_INIT) !== 0;
      if (closed || (tcp.lastDirection === direction && tcp.lastIndex === SEGMENT.RST))
        return { verdict: 'repeat', tcp: null, timeout: null, status: 0, note: `SYN reopens a connection in ${from}: the old entry is removed` };
      return ignore(meeting);
    }
    case 'IGNORE':
      return ignore(meeting);
    case 'TIME_WAIT': {
      const challenged = from === 'LAST_ACK' && kind === SEGMENT.ACK && tcp.lastDirection !== direction && tcp.lastIndex === SEGMENT.SYN;
      if (challenged && tcp.lastFlags & WINDOW_FLAG.CHALLENGE_ACK) {
        tcp.lastFlags &= ~WINDOW_FLAG.CHALLENGE_ACK;
        return accept('challenge ACK to an ignored SYN (RFC 5961): state unchanged');
      }
      break;
    }
    case 'SYN_SENT2':
      tcp.lastFlags |= WINDOW_FLAG.SIMULTANEOUS_OPEN;
      break;
    case 'SYN_RECV':
      if (direction === 1 && kind === SEGMENT.ACK && tcp.lastFlags & WINDOW_FLAG.SIMULTANEOUS_OPEN) return inState(meeting, from, 'ESTABLISHED');
      break;
    case 'CLOSE':
      if (kind === SEGMENT.RST) return reset(meeting);
      break;
  }
  return inState(meeting, from, to);
}

/**
 * The entry may be out of step with the two ends: let the packet pass, and remember it. A SYN+ACK that answers a SYN
 * remembered in this way brings the entry back in step.
 */
function ignore(meeting: Meeting): TrackResult {
  const { tcp, segment, direction } = meeting;
  const from = tcp.state;
  if (segment.kind === SEGMENT.SYN_ACK && tcp.lastIndex === SEGMENT.SYN && tcp.lastDirection !== direction && segment.ack === tcp.lastEnd) {
    tcp.lastFlags &= ~WINDOW_FLAG.CHALLENGE_ACK;
    Object.assign(tcp.seen[tcp.lastDirection], { end: tcp.lastEnd, maxEnd: tcp.lastEnd, maxWindow: tcp.lastWindow || 1, scale: tcp.lastScale, flags: tcp.lastFlags });
    Object.assign(tcp.seen[direction], emptyWindow(tcp.seen[direction].flags & WINDOW_FLAG.BE_LIBERAL));
    return inState(meeting, 'SYN_SENT', 'SYN_RECV');
  }
  tcp.lastIndex = segment.kind;
  tcp.lastDirection = direction;
  tcp.lastSeq = segment.seq;
  tcp.lastEnd = segment.end;
  tcp.lastWindow = segment.window;
  if (segment.kind === SEGMENT.SYN && direction === 0) {
    const offered = emptyWindow();
    readOptions(offered, segment);
    tcp.lastScale = offered.scale;
    tcp.lastFlags = offered.flags;
    if (from === 'LAST_ACK') tcp.lastFlags |= WINDOW_FLAG.CHALLENGE_ACK;
  }
  if (from === 'SYN_SENT' && segment.kind === SEGMENT.ACK && direction === 1) tcp.lastAck = segment.ack;
  return accept(`${describe(meeting)} ignored in ${from}: state unchanged`);
}

/** A RST must be exactly where the peer expects it, or it only may be one. */
function reset(meeting: Meeting): TrackResult {
  const { tcp, segment, direction, status, settings } = meeting;
  const from = tcp.state;
  if (closing(from)) return accepted(meeting, from, 'CLOSE');
  const peer = tcp.seen[direction === 0 ? 1 : 0];
  let to: TcpState = 'CLOSE';
  if (peer.flags & WINDOW_FLAG.MAXACK_SET && tcp.lastIndex !== SEGMENT.SYN) {
    const live = established(tcp, status);
    if (segment.seq === 0 && !live) return inState(meeting, from, to);
    if (before(segment.seq, peer.maxAck) && setting(settings, 'tcp_ignore_invalid_rst', 0) === 0)
      return invalid(`RST with sequence number ${segment.seq}, but the peer has acknowledged ${peer.maxAck}`);
    if (!live || segment.seq === peer.maxAck) return inState(meeting, from, to);
    // A RST right after data of the same end.
    if (tcp.lastIndex === SEGMENT.ACK && tcp.lastDirection === direction && segment.seq === tcp.lastEnd) return inState(meeting, from, to);
    to = from;
  }
  // That the SYN came from the other end is asked by 6.18.44, and not yet by 6.17.
  const answersIgnored =
    (status & CTSTATUS.SEEN_REPLY && tcp.lastIndex === SEGMENT.SYN && tcp.lastDirection !== direction) || (!(status & CTSTATUS.ASSURED) && tcp.lastIndex === SEGMENT.ACK);
  if (answersIgnored && segment.ack === tcp.lastEnd) return accepted(meeting, from, to);
  if (from === 'SYN_SENT' && tcp.lastIndex === SEGMENT.ACK && tcp.lastDirection === 1 && segment.seq === tcp.lastAck) return accepted(meeting, from, to);
  return inState(meeting, from, to);
}

/** Checks the window, then goes to the new state. */
function inState(meeting: Meeting, from: TcpState, to: TcpState): TrackResult {
  const { tcp, segment, direction, settings } = meeting;
  const verdict = inWindow(tcp, direction, segment, setting(settings, 'tcp_be_liberal', 0) !== 0);
  if (verdict.kind === 'ignore') return accept(`${verdict.reason}: state unchanged`);
  if (verdict.kind === 'invalid') return outOfWindow(meeting, verdict.reason);
  return accepted(meeting, from, to);
}

/** nf_tcp_handle_invalid(): FIN and RST that missed the window in both directions shorten the life of the entry. */
function outOfWindow({ tcp, segment, direction, status, left, settings }: Meeting, reason: string): TrackResult {
  const ends = (kind: number) => kind === SEGMENT.RST || kind === SEGMENT.FIN;
  if (!(status & CTSTATUS.ASSURED) || !ends(segment.kind)) return invalid(reason);
  if (tcp.lastDirection !== direction && ends(tcp.lastIndex)) {
    const timeout = tcpTimeout(settings, 'UNACKNOWLEDGED');
    return invalid(reason, left >= 120 && left > timeout ? timeout : null);
  }
  tcp.lastIndex = segment.kind;
  tcp.lastDirection = direction;
  return invalid(reason);
}

function accepted({ tcp, segment, direction, status, settings }: Meeting, from: TcpState, to: TcpState): TrackResult {
  const rst = segment.kind === SEGMENT.RST;
  tcp.lastIndex = segment.kind;
  tcp.lastDirection = direction;
  tcp.state = to;
  if (from !== to && to === 'FIN_WAIT') tcp.seen[direction].flags |= WINDOW_FLAG.CLOSE_INIT;
  let timeout = lifetime(tcp, rst, settings);
  if (!(status & CTSTATUS.SEEN_REPLY)) {
    if (rst) return { verdict: 'destroy', tcp: null, timeout: null, status: 0, note: 'a RST is the only answer: the entry is removed' };
    // Port reuse must not keep an entry alive for ever.
    if (segment.kind === SEGMENT.SYN && from === 'SYN_SENT') return accept('retransmitted SYN: the time left stays as it is');
    if (to === 'ESTABLISHED') timeout = Math.min(timeout, tcpTimeout(settings, 'UNACKNOWLEDGED'));
  } else if (to === 'ESTABLISHED' && (from === 'SYN_RECV' || from === 'ESTABLISHED')) return { verdict: 'accept', tcp: null, timeout, status: CTSTATUS.ASSURED, note: null };
  return { verdict: 'accept', tcp: null, timeout, status: 0, note: null };
}

function lifetime(tcp: TcpDraft, rst: boolean, settings: Settings): number {
  const usual = tcpTimeout(settings, tcp.state);
  const retransmitted = tcpTimeout(settings, 'MAX_RETRANS');
  const unacknowledged = tcpTimeout(settings, 'UNACKNOWLEDGED');
  if (tcp.retransmissions >= setting(settings, 'tcp_max_retrans', 3) && usual > retransmitted) return retransmitted;
  if (rst) return tcpTimeout(settings, 'CLOSE');
  if ((tcp.seen[0].flags | tcp.seen[1].flags) & WINDOW_FLAG.DATA_UNACKNOWLEDGED && usual > unacknowledged) return unacknowledged;
  // A closed window: the sender only probes.
  if (tcp.lastWindow === 0 && usual > retransmitted) return retransmitted;
  return usual;
}

const flagsOf = ({ regs }: SkbView) => regs[FIELD.tcpFlags.index] as number;
const draftOf = (tcp: TcpTracking): TcpDraft => ({ ...tcp, seen: [{ ...tcp.seen[0] }, { ...tcp.seen[1] }] });

export const tcp: L4Proto = {
  examine(skb, settings, prerouting) {
    if (skb.regs[FIELD.l4.index] !== L4.readable) return { kind: 'invalid', reason: 'the TCP header is cut short' };
    if (skb.packet.badChecksum && verifiesChecksum(settings, prerouting)) return { kind: 'invalid', reason: 'bad TCP checksum' };
    if (!VALID_FLAGS.has(flagsOf(skb) & ~(PSH | ECE | CWR))) return { kind: 'invalid', reason: 'impossible combination of TCP flags' };
    return { kind: 'track' };
  },
  tupleOf: portTuple,
  tupleOfQuoted: quotedPortTuple,
  invertTuple: swapTuple,
  open(skb, settings) {
    const segment = segmentOf(skb.packet, flagsOf(skb));
    const first = transition(0, segment.kind, 'NONE');
    if (first === 'INVALID') return { kind: 'invalid', reason: `a ${SEGMENT_NAMES[segment.kind]} opens no connection` };
    const pickedUp = first !== 'SYN_SENT';
    if (pickedUp && setting(settings, 'tcp_loose', 1) === 0) return { kind: 'invalid', reason: 'an ACK of no known connection is not picked up: nf_conntrack_tcp_loose is 0' };
    const draft = blank('NONE', pickedUp ? WINDOW_FLAG.SACK_PERM | WINDOW_FLAG.BE_LIBERAL : 0);
    const sender = draft.seen[0];
    sender.end = segment.end;
    sender.maxWindow = segment.window || 1;
    sender.maxEnd = pickedUp ? (segment.end + sender.maxWindow) >>> 0 : segment.end;
    if (!pickedUp) readOptions(sender, segment);
    const result = meet({ tcp: draft, segment, direction: 0, status: 0, left: 0, settings });
    if (result.verdict !== 'accept') return { kind: 'invalid', reason: result.note ?? '' };
    const note = pickedUp ? 'picked up in mid-stream (nf_conntrack_tcp_loose): window checks are liberal' : null;
    return { kind: 'new', tcp: draft, timeout: result.timeout ?? tcpTimeout(settings, draft.state), status: result.status, note };
  },
  track(skb, entry, direction, settings, now) {
    const draft = entry.tcp ? draftOf(entry.tcp) : blank('NONE', 0);
    const segment = segmentOf(skb.packet, flagsOf(skb));
    const result = meet({ tcp: draft, segment, direction, status: entry.status, left: entry.expires - now, settings });
    const answered = direction === 1 && (result.verdict === 'accept' || result.verdict === 'destroy');
    return { ...result, tcp: draft, status: result.status | (answered ? CTSTATUS.SEEN_REPLY : 0) };
  },
};

/**
 * Tracking of a connection known only by its state. Its windows are unknown, so they are learnt from the next packets
 * and checked liberally; a connection being closed counts as closed by a FIN, so that a SYN reopens it.
 */
export function resumeTcp(state: TcpState): TcpTracking {
  const flags = WINDOW_FLAG.SACK_PERM | WINDOW_FLAG.BE_LIBERAL | (closing(state) ? WINDOW_FLAG.CLOSE_INIT : 0);
  return { ...blank(state, flags), lastWindow: 0xffff };
}
