/**
 * What travels: not the bare packet but the kernel's sk_buff as far as netfilter sees it. The Skb carries what survives
 * a hook, loopback or TPROXY: registers, conntrack entry, route, socket. A snapshot freezes it for a step of the trace.
 */

import type { ConntrackEntry } from '../model/conntrack.ts';
import { CTSTATE, CTSTATUS, FIELD, L4, NO_PROTOCOL, PACKET_TYPE, REGISTER_COUNT, SOCKET, UNKNOWN_MAC, type Field } from '../model/field.ts';
import type { Following } from '../model/expectation.ts';
import type { Hook } from '../model/hook.ts';
import type { SkbView } from '../model/context.ts';
import type { FullPacket } from '../model/packet.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import type { Snapshot, SnapshotWorld } from '../model/trace.ts';
import type { Family, Words } from '../net/address.ts';
import { hasPorts, isIcmp, PROTO } from '../net/protocol.ts';
import { packetLength } from '../model/packet-length.ts';
import type { BridgeFrame } from './bridge.ts';
import type { SumFound } from './checksum.ts';
import type { Refragmenting } from './reassembly.ts';
import type { RouteResult } from './route.ts';

/** A conntrack entry on its way: shared by the packet and what it causes (a REJECT's answer). */
export interface CtHandle {
  entry: ConntrackEntry;
  /** In the table, where others can find it. */
  confirmed: boolean;
  /** Killed: whoever still holds it may not confirm it. */
  dying: boolean;
  /** Of an expected connection: where it is translated to, before any rule is asked. */
  readonly following?: Following | null;
}

/** The mark of a CT target's template, which is an entry of its own and stays from packet to packet. */
export type TemplateMark = Pick<ConntrackEntry, 'mark' | 'markUnknown'>;

export type CtInfo = 'NEW' | 'ESTABLISHED' | 'RELATED';

export interface Skb {
  readonly family: Family;
  readonly regs: Uint32Array;
  packet: FullPacket;
  /** Device it came in by; null for the node's own. */
  device: string | null;
  ct: CtHandle | null;
  ctInfo: CtInfo;
  ctDirection: 0 | 1;
  untracked: boolean;
  /** CT targets leave it alone, although it has no entry. */
  ctBarred: boolean;
  /** Zone of a CT target in raw. */
  template: {
    readonly zone: number | 'mark';
    readonly direction: 'both' | 'orig' | 'reply';
    readonly helper: string | null;
    /** Under which the rules keep its mark: each rule has one template for all packets. */
    readonly key: string;
    marked: TemplateMark;
  } | null;
  route: RouteResult | null;
  /** It came in by a port of a bridge. */
  bridge: BridgeFrame | null;
  /** TPROXY attached a socket. */
  socketAttached: boolean;
  owner: SkbView['owner'];
  /** The kernel chose the source after it had looked up the route, which went without it (icmp_route_lookup()). */
  unboundSource: boolean;
  /** An outer packet: its routes are looked up for the tunnel's own socket, whoever sent what is inside (iptunnel_xmit()). */
  ofTunnel: boolean;
  /** Of what the kernel makes: its TTL is not that of the device it leaves by. */
  keepsTtl: boolean;
  /** How deep in the sending of other packets it is sent: devices and tunnels that hold one each (dev_recursion_level()). */
  sendDepth: number;
  /** An outer packet: the flow that its hash was made of, where a packet inside has ports (skb_clear_hash_if_not_l4()); null: its own. */
  innerFlow: string | null;
  /** Device that the first look-up of its route is for; null: any. */
  boundTo: string | null;
  /** It is for it only if there is a choice. */
  boundLoosely: boolean;
  /** A copy for the node itself of what it sends to everybody: it does not leave, it comes in again. */
  turnedBack: boolean;
  /** A copy of TEE: the device that what was copied had come in by. */
  copiedBehind: string | null;
  /** A copy of TEE: the device that the way to its gateway leads by (nf_dup_ipv4_route()). */
  teeDevice: string | null;
  /** It came in fragments and leaves in fragments; null: it did not. */
  refragmenting: Refragmenting | null;
  /** What the kernel remembers of its sum. */
  sumFound: SumFound;
  /** By how much addresses that the sum is over have changed without it, in one's complement (0 to 0xfffe). */
  sumOff: number;
  /** IPVS has handled it, and leaves it alone from here on (ipvs_property). */
  ipvs: boolean;
  pass: number;
  /** For each register the bits whose value is not known, the same in all words of a field; null: all are known. */
  unknown: Uint32Array | null;
  /** Rules whose effects made registers unknown. */
  unknownBecause: RuleAddress[];
  frozen: Snapshot | null;
}

const WORDS: Readonly<Record<Family, number>> = { ipv4: 1, ipv6: 4 };

export function readWords(skb: Pick<Skb, 'family' | 'regs'>, field: Field): Words {
  return Array.from(skb.regs.subarray(field.index, field.index + WORDS[skb.family]));
}

export function writeWords(skb: Skb, field: Field, words: Words): void {
  for (let i = 0; i < 4; i++) skb.regs[field.index + i] = words[i] ?? 0;
  skb.frozen = null;
}

export function read(skb: Pick<Skb, 'regs'>, field: Field): number {
  return skb.regs[field.index] as number;
}

export function write(skb: Skb, field: Field, value: number): void {
  skb.regs[field.index] = value;
  skb.frozen = null;
}

export function sameWords(a: Words, b: Words): boolean {
  return a.every((word, i) => word === b[i]);
}

/** Source: Linux 6.18 include/net/netfilter/nf_tables_ipv6.h, ipv6_find_hdr() with IP6_FH_F_AUTH. */
function nativeProtocol({ proto, fragOffset, extensionHeaders }: FullPacket): number {
  if (extensionHeaders.some(({ header }) => header === PROTO.ah)) return PROTO.ah;
  return proto === PROTO.ah && fragOffset > 0 ? NO_PROTOCOL : proto;
}

/** An Skb for a packet that meets the node. `src` must be known by now. `mac`: of the device it comes in by, if that is known. */
export function makeSkb(packet: FullPacket, mac: string | null = null): Skb {
  const regs = new Uint32Array(REGISTER_COUNT);
  const skb: Skb = {
    family: packet.family,
    regs,
    packet,
    device: packet.in,
    ct: null,
    ctInfo: 'NEW',
    ctDirection: 0,
    untracked: false,
    ctBarred: false,
    template: null,
    route: null,
    bridge: null,
    socketAttached: false,
    owner: null,
    unboundSource: false,
    ofTunnel: false,
    keepsTtl: false,
    sendDepth: 0,
    innerFlow: null,
    boundTo: null,
    boundLoosely: false,
    turnedBack: false,
    copiedBehind: null,
    teeDevice: null,
    refragmenting: null,
    sumFound: 'tracked',
    sumOff: 0,
    ipvs: false,
    pass: 1,
    unknown: null,
    unknownBecause: [],
    frozen: null,
  };
  writeWords(skb, FIELD.src, packet.src ?? (packet.family === 'ipv4' ? [0] : [0, 0, 0, 0]));
  writeWords(skb, FIELD.dst, packet.dst);
  const set = (field: Field, value: number) => {
    regs[field.index] = value;
  };
  // Of an authentication header that says nothing of what follows, nothing follows (ipv6_find_hdr()).
  set(FIELD.proto, packet.family === 'ipv6' && packet.proto === PROTO.ah ? PROTO.none : packet.proto);
  if (packet.family === 'ipv6') set(FIELD.l4proto, nativeProtocol(packet));
  set(FIELD.ttl, packet.ttl);
  set(FIELD.tos, packet.tos);
  set(FIELD.mark, packet.mark);
  set(FIELD.length, packetLength(packet));
  set(FIELD.fragOffset, packet.fragOffset / 8);
  set(FIELD.moreFragments, packet.moreFragments ? 1 : 0);
  set(FIELD.ipId, packet.id);
  set(FIELD.df, packet.df ? 1 : 0);
  set(FIELD.flowLabel, packet.flowLabel);
  set(FIELD.spi, packet.spi);
  set(FIELD.greKey, packet.greKey ?? 0);
  set(FIELD.packetType, PACKET_TYPE[packet.l2]);
  set(FIELD.l4, packet.fragOffset > 0 ? L4.none : L4.readable);
  if (packet.fragOffset === 0) {
    if (hasPorts(packet.proto)) {
      set(FIELD.sport, packet.sport);
      set(FIELD.dport, packet.dport);
    }
    if (packet.proto === PROTO.tcp) set(FIELD.tcpFlags, packet.flags);
    if (isIcmp(packet.family, packet.proto)) {
      set(FIELD.icmpType, packet.icmpType);
      set(FIELD.icmpCode, packet.icmpCode);
      set(FIELD.icmpId, packet.icmpId);
    }
  }
  if (packet.srcMac) {
    const [srcHigh, srcLow] = macWords(packet.srcMac);
    set(FIELD.srcMacHigh, srcHigh);
    set(FIELD.srcMacLow, srcLow);
    set(FIELD.hasMac, 1);
    const [dstHigh, dstLow] = destinationMac(packet, mac);
    set(FIELD.dstMacHigh, dstHigh);
    set(FIELD.dstMacLow, dstLow);
  } else if (packet.in !== null && packet.in !== 'lo') makeUnknown(skb, [FIELD.hasMac, FIELD.srcMacHigh, FIELD.srcMacLow]);
  // Nothing tells what it takes for the protocol of a later fragment of one.
  if (packet.family === 'ipv6' && packet.proto === PROTO.ah && packet.fragOffset > 0) makeUnknown(skb, [FIELD.proto]);
  // A header that does not say what it holds may be of any length.
  if (packet.extensionHeaders.some(({ data }) => data === null)) makeUnknown(skb, [FIELD.length]);
  if (packet.in === null) {
    // Of the kernel's own: its socket belongs to no process, so there is neither user nor group.
    set(FIELD.socket, packet.origin === 'kernel' ? SOCKET.kernel : SOCKET.process);
    if (packet.origin === 'kernel') return skb;
    set(FIELD.uid, packet.uid ?? 0);
    set(FIELD.gid, packet.gid ?? 0);
    if (packet.uid === null) makeUnknown(skb, [FIELD.uid]);
    if (packet.gid === null) makeUnknown(skb, [FIELD.gid]);
  }
  return skb;
}

/** Upper 16 bits, lower 32 bits. */
function macWords(text: string): readonly [number, number] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = text.split(':').map((part) => Number.parseInt(part, 16));
  return [(a << 8) | b, ((c << 24) | (d << 16) | (e << 8) | f) >>> 0];
}

/** Where its frame went: to the device, to all, or to the group that stands for the address (RFC 1112, 2464). */
function destinationMac({ dstMac, l2, dst, family }: FullPacket, mac: string | null): readonly [number, number] {
  const named = dstMac ?? (l2 === 'unicast' ? mac : null);
  if (named) return macWords(named);
  if (l2 === 'broadcast') return [0xffff, 0xffffffff];
  const last = dst[dst.length - 1] as number;
  const isGroup = family === 'ipv4' ? last >>> 28 === 0xe : (dst[0] as number) >>> 24 === 0xff;
  if (l2 === 'unicast' || !isGroup) return [UNKNOWN_MAC, 0];
  return family === 'ipv4' ? [0x0100, 0x5e000000 | (last & 0x7fffff)] : [0x3333, last];
}

/** It came in a frame to a group: no one forwards or answers it. */
export function inGroupFrame({ packet, regs, pass }: Skb): boolean {
  return packet.in !== null && packet.l2 !== 'unicast' && regs[FIELD.packetType.index] !== PACKET_TYPE.unicast && pass === 1;
}

const EVERY_BIT = 0xffffffff;

/** Bits of a field of one register that are not known; 0: the value is. */
export function unknownBits({ unknown }: Pick<Skb, 'unknown'>, field: Field): number {
  return unknown?.[field.index] ?? 0;
}

export function makeUnknown(skb: Skb, fields: readonly Field[], ...because: readonly RuleAddress[]): void {
  for (const field of fields) setUnknown(skb, field, EVERY_BIT, ...because);
}

/** Says which bits of a field are not known from here on: all the others are. */
export function setUnknown(skb: Skb, field: Field, bits: number, ...because: readonly RuleAddress[]): void {
  if (bits === 0 && !skb.unknown) return;
  skb.unknown = skb.unknown ? skb.unknown.slice() : new Uint32Array(REGISTER_COUNT);
  skb.unknown.fill(bits, field.index, field.index + field.words);
  skb.frozen = null;
  if (bits === 0) return;
  const named = new Set(skb.unknownBecause.map(formatRuleAddress));
  skb.unknownBecause = [...skb.unknownBecause, ...because.filter((rule) => !named.has(formatRuleAddress(rule)))];
}

export function freeze(skb: Skb, hook: Hook, world: () => SnapshotWorld): Snapshot {
  if (skb.frozen?.hook !== hook)
    skb.frozen = { regs: skb.regs.slice(), packet: skb.packet, family: skb.family, hook, ct: skb.ct && { entry: skb.ct.entry }, owner: skb.owner, world: world() };
  return skb.frozen;
}

/** Whole seconds until `expires`, the clock's rounding noise taken out. */
function secondsLeft(expires: number, now: number): number {
  return Math.max(0, Math.floor(Math.round((expires - now) * 1000) / 1000));
}

/** Copies what conntrack says of the packet into its registers. */
export function loadConntrack(skb: Skb, now: number): void {
  const { regs, ct } = skb;
  skb.frozen = null;
  const set = (field: Field, value: number) => {
    regs[field.index] = value;
  };
  const { markUnknown } = ct?.entry ?? skb.template?.marked ?? {};
  if (markUnknown) setUnknown(skb, FIELD.ctMark, markUnknown.bits, ...markUnknown.because);
  else if (unknownBits(skb, FIELD.ctMark) !== 0) setUnknown(skb, FIELD.ctMark, 0);
  if (!ct) {
    regs.fill(0, FIELD.hasCt.index, FIELD.ctReplDport.index + 1);
    set(FIELD.ctState, skb.untracked ? CTSTATE.UNTRACKED : CTSTATE.INVALID);
    if (!skb.template) return;
    // Until tracking takes it, the template of a CT target stands where the entry will be (xt_ct_target()).
    set(FIELD.ctState, CTSTATE.NEW);
    set(FIELD.hasCt, 1);
    set(FIELD.ctStatus, CTSTATUS.CONFIRMED);
    set(FIELD.ctMark, skb.template.marked.mark);
    set(FIELD.ctZone, skb.template.zone === 'mark' ? 0 : skb.template.zone);
    return;
  }
  const { original, reply } = ct.entry;
  set(FIELD.hasCt, 1);
  set(FIELD.ctState, CTSTATE[skb.ctInfo]);
  set(FIELD.ctDir, skb.ctDirection);
  set(FIELD.ctStatus, ct.entry.status);
  set(FIELD.ctMark, ct.entry.mark);
  set(FIELD.ctProto, original.proto);
  set(FIELD.ctZone, ct.entry.zone);
  // The timeout of an entry that is not in the table yet has not started (nf_ct_expires()).
  set(FIELD.ctExpires, ct.confirmed ? secondsLeft(ct.entry.expires, now) : 0);
  writeWords(skb, FIELD.ctOrigSrc, original.src);
  writeWords(skb, FIELD.ctOrigDst, original.dst);
  writeWords(skb, FIELD.ctReplSrc, reply.src);
  writeWords(skb, FIELD.ctReplDst, reply.dst);
  set(FIELD.ctOrigSport, original.sport);
  set(FIELD.ctOrigDport, original.dport);
  set(FIELD.ctReplSport, reply.sport);
  set(FIELD.ctReplDport, reply.dport);
}
