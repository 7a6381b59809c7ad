/**
 * Network address translation. The first packet of a connection asks the nat table at each hook; what it decides is kept
 * in the entry's reply tuple, and every later packet, reply and quoted packet is rewritten from there.
 *
 * Source: Linux 6.18 net/netfilter/nf_nat_core.c nf_nat_inet_fn(), nf_nat_setup_info(), nf_nat_packet();
 * nf_nat_proto.c nf_nat_icmp_reply_translation(), nf_nat_manip_pkt(); nf_nat_masquerade.c, nf_nat_redirect.c.
 */

import { l4proto } from '../extension/l4proto/l4proto.ts';
import type { Tuple } from '../model/conntrack.ts';
import { CTSTATUS, FIELD } from '../model/field.ts';
import type { Hook } from '../model/hook.ts';
import type { FullPacket } from '../model/packet.ts';
import { networkHeaderLength, packetLength } from '../model/packet-length.ts';
import type { NatRange } from '../model/test.ts';
import type { Family } from '../net/address.ts';
import { isIcmp, keyedByPorts, PROTO } from '../net/protocol.ts';
import { addressChanged, sumHolds } from './checksum.ts';
import { findPlaced, findTuple, killEntry, mayClash, removeEntry, updateEntry } from './conntrack.ts';
import { nullBinding, netmapRange, sourceMapping, uniqueTuple, type NatContext, type SourceMapping } from './nat-tuple.ts';
import { redirectAddress, selectAddress, selectIpv6Source } from './source-address.ts';
import { noteAge } from './kernel-age.ts';
import { addStep, before, type Walker } from './run.ts';
import { loadConntrack, read, readWords, sameWords, write, writeWords, type CtHandle, type Skb } from './skb.ts';
import { sourceKey } from './state.ts';
import { effectiveZone } from './zone.ts';

type Manip = 'src' | 'dst';

/** HOOK2MANIP. */
function manipAt(hook: Hook): Manip {
  return hook === 'POSTROUTING' || hook === 'INPUT' ? 'src' : 'dst';
}

const DONE = { src: CTSTATUS.SRC_NAT_DONE, dst: CTSTATUS.DST_NAT_DONE } as const;
const CHANGED = { src: CTSTATUS.SRC_NAT, dst: CTSTATUS.DST_NAT } as const;

/** Status bit that says whether packets of this direction are rewritten on this side. */
function changedBit(manip: Manip, direction: 0 | 1): number {
  return direction === 0 ? CHANGED[manip] : CHANGED[manip === 'src' ? 'dst' : 'src'];
}

/** icmpv6_manip_pkt() rewrites the id of echoes alone, whatever else has a tuple; of IPv4 all that is tracked has one. */
const carriesId = (family: Family, type: number): boolean => family === 'ipv4' || type === 128 || type === 129;
const isIcmpSkb = (skb: Skb) => isIcmp(skb.family, read(skb, FIELD.proto));

/** nf_nat_initialized(): has the connection its decision for this side? */
export const isBound = ({ ct }: Skb, hook: Hook): boolean => ct !== null && (ct.entry.status & DONE[manipAt(hook)]) !== 0;

/** nf_nat_inet_fn(): are chains for NAT asked? Packets of known connections, and errors about them, go by what was decided. */
export function asksNat(skb: Skb, hook: Hook): boolean {
  if (skb.ct === null || skb.ctInfo === 'ESTABLISHED' || isBound(skb, hook)) return false;
  return !(skb.ctInfo === 'RELATED' && isIcmpSkb(skb));
}

/** What the nat table's rules said, or `accept` if none is there. */
type ChainVerdict = 'accept' | 'drop';

/**
 * The hook function of NAT: runs the nat table where the connection has no decision yet, then rewrites the packet.
 * @param out device the packet leaves by, null where the hook knows none
 * @param runChain traverses the nat table at this hook
 */
export function natHook(walker: Walker, out: string | null, runChain: () => ChainVerdict | 'done'): ChainVerdict | 'done' {
  const { skb, run } = walker;
  const handle = skb.ct;
  if (!handle) return 'accept';
  const manip = manipAt(walker.hook);
  if (skb.ctInfo === 'RELATED' && isIcmpSkb(skb)) return translateError(walker, handle, manip) ? 'accept' : 'drop';
  if (asksNat(skb, walker.hook)) {
    const verdict = runChain();
    if (verdict !== 'accept') return verdict;
    if (!(handle.entry.status & DONE[manip])) {
      const current = currentTuple(handle);
      setup(walker, handle, nullBinding(current, manip), manip);
    }
  } else if (walker.hook === 'POSTROUTING' && skb.ctDirection === 0 && handle.entry.masqueradeDevice !== null && handle.entry.masqueradeDevice !== out) {
    addStep(walker, {
      kind: 'drop',
      reason: 'nat device changed',
      text: `the connection was masqueraded on ${handle.entry.masqueradeDevice}, now it would leave by ${out}: it is ended and the packet dropped`,
    });
    killEntry(run, handle);
    return 'drop';
  }
  const { listed, status } = handle.entry;
  if (walker.hook === 'POSTROUTING' && skb.ctDirection === 0 && listed && status & CTSTATUS.SRC_NAT)
    run.notes.add('whether MASQUERADE translates the connections that the snapshot lists is not known: they are taken to leave by the device that they left by before');
  return rewrite(walker, handle, manip) ? 'accept' : 'drop';
}

/** The connection's own idea of the packet in the original direction, as decided so far: the inverse of its reply tuple. */
function currentTuple({ entry }: CtHandle): Tuple {
  return l4proto(entry.reply.family, entry.reply.proto).invertTuple(entry.reply) ?? entry.original;
}

interface NatDecision {
  readonly verdict: 'ACCEPT' | 'DROP';
  readonly text: string | null;
}

/** nf_nat_setup_info(): binds one side of the connection to the range. */
function setup(walker: Walker, handle: CtHandle, range: NatRange, manip: Manip): NatDecision {
  const { run } = walker;
  if (handle.confirmed) return { verdict: 'ACCEPT', text: null };
  if (handle.entry.status & DONE[manip]) return { verdict: 'DROP', text: 'the connection already has its NAT decision' };
  const current = currentTuple(handle);
  const choice = uniqueTuple(current, range, manip, natContext(walker, handle));
  if (choice.evicts) evict(walker, choice.tuple);
  let { status, reply } = handle.entry;
  const changed = !sameTuple(choice.tuple, current);
  if (changed) {
    reply = l4proto(current.family, current.proto).invertTuple(choice.tuple) ?? reply;
    status |= CHANGED[manip];
  }
  status |= DONE[manip];
  updateEntry(run, handle, { reply, status, ...(choice.chance === 'drawn' ? { drawn: [...(handle.entry.drawn ?? []), manip] } : {}) });
  loadConntrack(walker.skb, run.draft.now);
  if (choice.chance === 'drawn')
    run.notes.add(`packet ${run.number}: the kernel draws the port by chance; ${choice.tuple[manip === 'src' ? 'sport' : 'dport']} is taken here (environment.choices fixes it)`);
  return { verdict: 'ACCEPT', text: choice.chance === 'drawn' ? 'the port is drawn by chance' : null };
}

/** nf_nat_follow_master(): an expected connection is bound as its master is, before the nat table could be asked. */
export function followMaster(walker: Walker): void {
  const { ct } = walker.skb;
  if (!ct?.following || ct.confirmed || ct.entry.status & (CTSTATUS.SRC_NAT_DONE | CTSTATUS.DST_NAT_DONE)) return;
  const { src, dst, dport } = ct.following;
  const current = currentTuple(ct);
  setup(walker, ct, nullBinding({ ...current, src }, 'src'), 'src');
  setup(walker, ct, { ...nullBinding({ ...current, dst }, 'dst'), portLow: dport, portHigh: dport }, 'dst');
}

/** A closed connection gives its port to a newer one. */
function evict(walker: Walker, tuple: Tuple): void {
  const { run, skb } = walker;
  const inverse = l4proto(tuple.family, tuple.proto).invertTuple(tuple);
  const old = inverse && findTuple(run, inverse, skb.ct?.entry.zone ?? 0, skb.ct?.entry.zoneDirection);
  if (!old) return;
  removeEntry(run, old.entry);
  noteAge(run, '6.5', 'keep the closed connection and take another port, or drop the packet where there is none');
  addStep(walker, { kind: 'conntrack', event: 'destroy', state: 'NEW', direction: 'reply', entry: old.entry, text: 'a closed connection makes room: its port is needed' });
}

function sameTuple(a: Tuple, b: Tuple): boolean {
  return a.proto === b.proto && a.sport === b.sport && a.dport === b.dport && sameWords(a.src, b.src) && sameWords(a.dst, b.dst);
}

function natContext(walker: Walker, handle: CtHandle): NatContext {
  const { run } = walker;
  const { entry } = handle;
  const { zone, zoneDirection } = entry;
  const used = (candidate: Tuple): boolean => {
    const inverse = l4proto(candidate.family, candidate.proto).invertTuple(candidate);
    if (!inverse) return false;
    const found = findPlaced(run, inverse, entry, 1)?.entry;
    if (!found || found.id === entry.id) return false;
    return !sameTuple(found.original, entry.original) || effectiveZone(found, 0) !== effectiveZone(entry, 0);
  };
  return {
    zone,
    expected: (entry.status & CTSTATUS.EXPECTED) !== 0,
    used,
    usedUnchanged(candidate) {
      if (!used(candidate)) return false;
      const uses = CTSTATUS.SRC_NAT | CTSTATUS.DST_NAT | CTSTATUS.SEQ_ADJUST;
      if (!mayClash(candidate.proto) || handle.entry.status & uses) return true;
      const inverse = l4proto(candidate.family, candidate.proto).invertTuple(candidate);
      const found = (findTuple(run, candidate, zone, zoneDirection) ?? (inverse && findTuple(run, inverse, zone, zoneDirection)))?.entry;
      return found !== undefined && ((found.status & uses) !== 0 || !sameTuple(found.original, entry.reply));
    },
    evictable(candidate) {
      const inverse = l4proto(candidate.family, candidate.proto).invertTuple(candidate);
      const found = inverse && findTuple(run, inverse, zone, zoneDirection);
      const [old, fresh] = [found?.entry.tcp, entry.tcp];
      if (found?.direction !== 1 || found.entry.id === entry.id || !old || fresh?.state !== 'SYN_SENT') return false;
      const closed = old.state === 'TIME_WAIT' || old.state === 'CLOSE';
      return closed && (found.entry.status & CTSTATUS.SRC_NAT) !== 0 && ((fresh.seen[0].end - old.seen[0].end) | 0) > 0;
    },
    sourceMappings() {
      const mapped: SourceMapping[] = [];
      for (const id of [...(run.draft.sources.get(sourceKey(entry.original, zone)) ?? [])].reverse()) {
        const other = run.draft.entries.get(id);
        if (other && other.expires > run.draft.now) mapped.push(sourceMapping(other.reply));
      }
      return mapped;
    },
    chance(_kind, low, high) {
      // What is no number is for a match of the rule that asks chance, too.
      const chosen = run.world.environment.choices?.find((c) => c.packet === run.number && typeof c.value === 'number' && (c.for === 'port' || c.for === walker.rule));
      const value = Number(chosen?.value);
      if (value >= low && value <= high) return { value, chosen: true };
      return { value: low + (scatter(run.number * 65599 + low + entry.id) % (high - low + 1)), chosen: false };
    },
  };
}

/** A fixed scattering of small integers: draws look like draws, and the same scenario always draws the same. */
function scatter(seed: number): number {
  let x = seed >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The NAT targets: finds the range and binds the connection to it. */
export function natTarget(walker: Walker, kind: 'snat' | 'dnat' | 'masquerade' | 'redirect' | 'netmap', range: NatRange, out: string | null): NatDecision {
  const { skb, run } = walker;
  const handle = skb.ct;
  // The nat table is only walked with an entry attached, so there is one.
  if (!handle) return { verdict: 'ACCEPT', text: null };
  switch (kind) {
    case 'snat':
      return setup(walker, handle, range, 'src');
    case 'dnat':
      return setup(walker, handle, range, 'dst');
    case 'netmap': {
      const manip = manipAt(walker.hook);
      return setup(walker, handle, netmapRange(readWords(skb, manip === 'src' ? FIELD.src : FIELD.dst), range), manip);
    }
    case 'masquerade': {
      // nf_nat_masquerade_ipv4() alone asks.
      if (skb.family === 'ipv4' && handle.entry.original.src[0] === 0) return { verdict: 'ACCEPT', text: 'the source is unspecified and stays so' };
      const interfaces = run.world.network.interfaces;
      const hop = skb.route?.nexthop;
      const next = hop?.via && hop.viaFamily === skb.family ? hop.via : readWords(skb, FIELD.dst);
      const address = skb.family === 'ipv4' ? (out === null ? null : selectAddress(interfaces, out, next, 'global')) : selectIpv6Source(interfaces, out, readWords(skb, FIELD.dst));
      if (!address) return { verdict: 'DROP', text: `${out ?? 'the device'} has no address to masquerade with` };
      updateEntry(run, handle, { masqueradeDevice: out });
      return setup(walker, handle, { ...range, low: address, high: address }, 'src');
    }
    case 'redirect': {
      const address =
        walker.hook === 'OUTPUT'
          ? skb.family === 'ipv4'
            ? [0x7f000001]
            : [0, 0, 0, 1]
          : skb.device === null
            ? null
            : redirectAddress(run.world.network.interfaces, skb.device, skb.family, readWords(skb, FIELD.dst));
      if (!address) return { verdict: 'DROP', text: `${skb.device ?? 'the device'} has no address to redirect to` };
      return setup(walker, handle, { ...range, low: address, high: address }, 'dst');
    }
  }
}

/** nf_nat_packet(): rewrites one side of the packet to what the other direction's tuple says. False: dropped. */
function rewrite(walker: Walker, handle: CtHandle, manip: Manip): boolean {
  const { skb } = walker;
  if (!(handle.entry.status & changedBit(manip, skb.ctDirection))) return true;
  if (isShortGre(skb.packet, read(skb, FIELD.length))) return dropShortGre(walker);
  const other = skb.ctDirection === 0 ? handle.entry.reply : handle.entry.original;
  const target = l4proto(other.family, other.proto).invertTuple(other);
  if (target) manipulate(walker, target, manip);
  return true;
}

/** gre_manip_pkt() wants as much as the shortest header of PPTP has, although it changes nothing in it. */
const isShortGre = (packet: FullPacket, length: number): boolean => packet.proto === PROTO.gre && length - networkHeaderLength(packet) < 8;

function dropShortGre(walker: Walker): false {
  addStep(walker, { kind: 'drop', reason: 'nat', text: 'address translation takes no GRE of fewer than 8 bytes' });
  return false;
}

function manipulate(walker: Walker, target: Tuple, manip: Manip): void {
  const { skb } = walker;
  const proto = l4proto(skb.family, read(skb, FIELD.proto));
  const seen = before(walker);
  const from = proto.tupleOf(skb) ?? { ...target, src: readWords(skb, FIELD.src), dst: readWords(skb, FIELD.dst) };
  writeWords(skb, manip === 'src' ? FIELD.src : FIELD.dst, manip === 'src' ? target.src : target.dst);
  const number = read(skb, FIELD.proto);
  // Since Linux 6.16 nobody corrects the sum of DCCP.
  if (number === PROTO.dccp) addressChanged(walker, from[manip], target[manip]);
  if (keyedByPorts(number)) write(skb, manip === 'src' ? FIELD.sport : FIELD.dport, manip === 'src' ? target.sport : target.dport);
  else if (number === target.proto && isIcmpSkb(skb) && !skb.packet.inner && carriesId(skb.family, read(skb, FIELD.icmpType))) write(skb, FIELD.icmpId, target.sport);
  const to = proto.tupleOf(skb) ?? { ...from, src: readWords(skb, FIELD.src), dst: readWords(skb, FIELD.dst) };
  if (!sameTuple(from, to)) addStep(walker, { kind: 'nat', manip, from, to, ...(isDrawn(skb, manip) ? { byChance: true } : {}) }, 0, seen);
}

/** Has the packet, on this side, a port that was drawn by chance? Answers get back what was there before. */
const isDrawn = ({ ct, ctDirection }: Skb, manip: Manip): boolean => ctDirection === 0 && (ct?.entry.drawn?.includes(manip) ?? false);

/** Fields of the packet, as it is now, that were drawn by chance. */
export function drawnFields(skb: Skb): readonly string[] {
  if (!skb.ct?.entry.drawn) return [];
  const { reply } = skb.ct.entry;
  if (isIcmpSkb(skb)) return isDrawn(skb, 'src') && read(skb, FIELD.icmpId) === reply.sport ? ['icmpId'] : [];
  return [...(isDrawn(skb, 'src') && read(skb, FIELD.sport) === reply.dport ? ['sport'] : []), ...(isDrawn(skb, 'dst') && read(skb, FIELD.dport) === reply.sport ? ['dport'] : [])];
}

/**
 * nf_nat_icmp_reply_translation(): an ICMP error is rewritten as a packet of the connection would be, and so is the
 * packet it quotes, the other way round. False: dropped.
 */
function translateError(walker: Walker, handle: CtHandle, manip: Manip): boolean {
  const { skb } = walker;
  const { entry } = handle;
  // Tracking has refused it where it came in; an own one is looked at here first.
  if (!sumHolds(walker)) {
    addStep(walker, { kind: 'drop', reason: 'nat', text: 'the sum of the ICMP error is wrong, and address translation takes no such packet' });
    return false;
  }
  const redirect = skb.family === 'ipv4' ? 5 : 137;
  if (read(skb, FIELD.icmpType) === redirect) {
    const done = CTSTATUS.SRC_NAT_DONE | CTSTATUS.DST_NAT_DONE;
    if ((entry.status & done) !== done || entry.status & (CTSTATUS.SRC_NAT | CTSTATUS.DST_NAT)) return false;
  }
  if (!(entry.status & changedBit(manip, skb.ctDirection))) return true;
  const other = skb.ctDirection === 0 ? entry.reply : entry.original;
  const seen = before(walker);
  const inner = skb.packet.inner;
  if (inner && isShortGre(inner, packetLength(inner))) return dropShortGre(walker);
  if (inner) skb.packet = { ...skb.packet, inner: translateQuoted(inner, other, manip === 'src' ? 'dst' : 'src') };
  skb.frozen = null;
  const target = l4proto(other.family, other.proto).invertTuple(other);
  if (target) {
    const field = manip === 'src' ? FIELD.src : FIELD.dst;
    const number = read(skb, FIELD.proto);
    const from: Tuple = { family: skb.family, proto: number, src: readWords(skb, FIELD.src), dst: readWords(skb, FIELD.dst), sport: 0, dport: 0 };
    writeWords(skb, field, manip === 'src' ? target.src : target.dst);
    addStep(walker, { kind: 'nat', manip, from, to: { ...from, src: readWords(skb, FIELD.src), dst: readWords(skb, FIELD.dst) } }, 0, seen);
  }
  return true;
}

/** Rewrites one side of a quoted packet to that side of a tuple. */
function translateQuoted(inner: FullPacket, tuple: Tuple, manip: Manip): FullPacket {
  const address = manip === 'src' ? { src: tuple.src } : { dst: tuple.dst };
  if (keyedByPorts(inner.proto)) return { ...inner, ...address, ...(manip === 'src' ? { sport: tuple.sport } : { dport: tuple.dport }) };
  if (isIcmp(inner.family, inner.proto)) return { ...inner, ...address, ...(carriesId(inner.family, inner.icmpType) ? { icmpId: tuple.sport } : {}) };
  return { ...inner, ...address };
}
