/**
 * What travels: not the bare packet but the kernel's sk_buff as far as netfilter sees it. The Skb carries what survives
 * a hook, loopback or TPROXY: registers, conntrack entry, route, socket. A snapshot freezes it for a step of the trace.
 */

import type { ConntrackEntry } from '../model/conntrack.ts';
import { CTSTATE, CTSTATUS, FIELD, L4, PACKET_TYPE, REGISTER_COUNT, SOCKET, type Field } from '../model/field.ts';
import type { Hook } from '../model/hook.ts';
import type { FullPacket } from '../model/packet.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import type { Snapshot, SnapshotWorld } from '../model/trace.ts';
import type { Family, Words } from '../net/address.ts';
import { hasPorts, isIcmp, PROTO } from '../net/protocol.ts';
import { packetLength } from '../model/packet-length.ts';
import type { Refragmenting } from './reassembly.ts';
import type { RouteResult } from './route.ts';

/** A conntrack entry on its way: shared by the packet and what it causes (a REJECT's answer). */
export interface CtHandle {
  entry: ConntrackEntry;
  /** In the table, where others can find it. */
  confirmed: boolean;
  /** Killed: whoever still holds it may not confirm it. */
  dying: boolean;
}

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
  template: { readonly zone: number | 'mark'; readonly direction: 'both' | 'orig' | 'reply'; readonly helper: string | null } | null;
  route: RouteResult | null;
  /** TPROXY attached a socket. */
  socketAttached: boolean;
  /** The kernel chose the source after it had looked up the route, which went without it (icmp_route_lookup()). */
  unboundSource: boolean;
  /** An outer packet: its routes are looked up for the tunnel's own socket, whoever sent what is inside (iptunnel_xmit()). */
  ofTunnel: boolean;
  /** How deep in the sending of other packets it is sent: devices and tunnels that hold one each (dev_recursion_level()). */
  sendDepth: number;
  /** An outer packet: the flow that its hash was made of, where a packet inside has ports (skb_clear_hash_if_not_l4()); null: its own. */
  innerFlow: string | null;
  /** Device that the first look-up of its route is for; null: any. */
  boundTo: string | null;
  /** A copy for the node itself of what it sends to everybody: it does not leave, it comes in again. */
  turnedBack: boolean;
  /** A copy of TEE: the device that the way to its gateway leads by (nf_dup_ipv4_route()). */
  teeDevice: string | null;
  /** It came in fragments and leaves in fragments; null: it did not. */
  refragmenting: Refragmenting | null;
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

/** An Skb for a packet that meets the node. `src` must be known by now. */
export function makeSkb(packet: FullPacket): Skb {
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
    socketAttached: false,
    unboundSource: false,
    ofTunnel: false,
    sendDepth: 0,
    innerFlow: null,
    boundTo: null,
    turnedBack: false,
    teeDevice: null,
    refragmenting: null,
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
  set(FIELD.proto, packet.proto);
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
    const bytes = packet.srcMac.split(':').map((part) => Number.parseInt(part, 16));
    set(FIELD.srcMacHigh, ((bytes[0] as number) << 8) | (bytes[1] as number));
    set(FIELD.srcMacLow, (((bytes[2] as number) << 24) | ((bytes[3] as number) << 16) | ((bytes[4] as number) << 8) | (bytes[5] as number)) >>> 0);
    set(FIELD.hasMac, 1);
  } else if (packet.in !== null && packet.in !== 'lo') makeUnknown(skb, [FIELD.hasMac, FIELD.srcMacHigh, FIELD.srcMacLow]);
  if (packet.in === null) {
    // Of the kernel's own: its socket belongs to no process, so there is neither user nor group.
    set(FIELD.socket, packet.socket === false ? SOCKET.kernel : SOCKET.process);
    if (packet.socket === false) return skb;
    set(FIELD.uid, packet.uid ?? 0);
    set(FIELD.gid, packet.gid ?? 0);
    if (packet.uid === null) makeUnknown(skb, [FIELD.uid]);
    if (packet.gid === null) makeUnknown(skb, [FIELD.gid]);
  }
  return skb;
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
  if (skb.frozen?.hook !== hook) skb.frozen = { regs: skb.regs.slice(), packet: skb.packet, family: skb.family, hook, world: world() };
  return skb.frozen;
}

/** Whole seconds until `expires`, the clock's rounding noise taken out. */
export function secondsLeft(expires: number, now: number): number {
  return Math.max(0, Math.floor(Math.round((expires - now) * 1000) / 1000));
}

/** Copies what conntrack says of the packet into its registers. */
export function loadConntrack(skb: Skb, now: number): void {
  const { regs, ct } = skb;
  skb.frozen = null;
  const set = (field: Field, value: number) => {
    regs[field.index] = value;
  };
  if (ct?.entry.markUnknown) setUnknown(skb, FIELD.ctMark, ct.entry.markUnknown.bits, ...ct.entry.markUnknown.because);
  else if (unknownBits(skb, FIELD.ctMark) !== 0) setUnknown(skb, FIELD.ctMark, 0);
  if (!ct) {
    regs.fill(0, FIELD.hasCt.index, FIELD.ctReplDport.index + 1);
    set(FIELD.ctState, skb.untracked ? CTSTATE.UNTRACKED : CTSTATE.INVALID);
    if (!skb.template) return;
    // Until tracking takes it, the template of a CT target stands where the entry will be (xt_ct_target()).
    set(FIELD.ctState, CTSTATE.NEW);
    set(FIELD.hasCt, 1);
    set(FIELD.ctStatus, CTSTATUS.CONFIRMED);
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
