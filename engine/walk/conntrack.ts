/**
 * Connection tracking: finds or opens the entry of a packet, follows the protocol's state, confirms at the end of the
 * path. Entries are immutable; a handle carries the current one along with the packet.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_core.c, nf_conntrack_in(), resolve_normal_ct(), __nf_conntrack_confirm(),
 * nf_conntrack_inet_error().
 */

import { l4proto, relatedMismatch, relatedTuple } from '../extension/l4proto/l4proto.ts';
import type { ConntrackEntry, Tuple } from '../model/conntrack.ts';
import { CTSTATUS, FIELD, type CtStateName } from '../model/field.ts';
import type { StepDetail } from '../model/trace.ts';
import { PROTO } from '../net/protocol.ts';
import { counted, isCounted, openingExtras } from './accounting.ts';
import { trackedAgain } from './checksum.ts';
import { ends, followingOf, inheritance, meetExpectation } from './expectation.ts';
import { noteAge } from './kernel-age.ts';
import { addStep, before, type Run, type Walker } from './run.ts';
import { loadConntrack, read, readWords, unknownBits, type CtHandle, type Skb } from './skb.ts';
import { sourceKey, tupleKey } from './state.ts';
import { unreadConnection } from './unread.ts';
import { effectiveZone, type ZoneDirection } from './zone.ts';

interface Found {
  readonly entry: ConntrackEntry;
  readonly direction: 0 | 1;
}

/** Live entry that has the tuple in either direction, the newest of them: it stands at the head of its bucket. */
export function findTuple(run: Run, tuple: Tuple, zone: number, zoneDirection: ZoneDirection = 'both'): Found | null {
  const zones = { zone, zoneDirection };
  const found = findPlaced(run, tuple, zones, 0);
  return found || effectiveZone(zones, 0) === effectiveZone(zones, 1) ? found : findPlaced(run, tuple, zones, 1);
}

/**
 * The same in the one place of the table where a tuple of this direction is kept: where the zone is of one direction alone, what
 * stands in the other place is not seen (nf_conntrack_tuple_taken(), __nf_conntrack_confirm(), nf_ct_key_equal()).
 */
export function findPlaced(run: Run, tuple: Tuple, owner: Pick<ConntrackEntry, 'zone' | 'zoneDirection'>, place: 0 | 1): Found | null {
  const { tuples, hidden, entries, now } = run.draft;
  const zone = effectiveZone(owner, place);
  const key = tupleKey(tuple, zone);
  const top = tuples.get(key);
  if (top === undefined) return null;
  for (const value of [top, ...(hidden.get(key) ?? [])]) {
    const direction = (value & 1) as 0 | 1;
    const entry = effectiveZone(owner, direction) === zone ? entries.get(value >> 1) : undefined;
    if (!entry) continue;
    if (entry.expires > now) return { entry, direction };
    removeEntry(run, entry);
  }
  return null;
}

/** Puts the tuple before those that are the same, in another direction of zones. */
function place(run: Run, key: string, value: number): void {
  const { tuples, hidden } = run.draft;
  const top = tuples.get(key);
  if (top !== undefined) hidden.set(key, [top, ...(hidden.get(key) ?? [])]);
  tuples.set(key, value);
}

function unplace(run: Run, key: string, value: number): void {
  const { tuples, hidden } = run.draft;
  const [next, ...rest] = (hidden.get(key) ?? []).filter((other) => other !== value);
  const top = tuples.get(key);
  if (top !== value) {
    if (next !== undefined) hidden.set(key, [next, ...rest]);
    else hidden.delete(key);
    return;
  }
  if (next === undefined) return tuples.delete(key);
  tuples.set(key, next);
  if (rest.length > 0) hidden.set(key, rest);
  else hidden.delete(key);
}

export function removeEntry(run: Run, entry: ConntrackEntry): void {
  run.draft.entries.delete(entry.id);
  for (const direction of [0, 1] as const) {
    unplace(run, tupleKey(direction === 0 ? entry.original : entry.reply, effectiveZone(entry, direction)), entry.id * 2 + direction);
  }
  const source = sourceKey(entry.original, entry.zone);
  const ids = run.draft.sources.get(source)?.filter((id) => id !== entry.id) ?? [];
  if (ids.length > 0) run.draft.sources.set(source, ids);
  else run.draft.sources.delete(source);
}

/** Gives the handle a changed entry; the table sees it at once if it is confirmed. */
export function updateEntry(run: Run, handle: CtHandle, changes: Partial<ConntrackEntry>): void {
  handle.entry = { ...handle.entry, ...changes };
  if (handle.confirmed && !handle.dying) run.draft.entries.set(handle.entry.id, handle.entry);
}

export function killEntry(run: Run, handle: CtHandle): void {
  handle.dying = true;
  handle.entry = { ...handle.entry, status: handle.entry.status | CTSTATUS.DYING };
  if (handle.confirmed) removeEntry(run, handle.entry);
}

type ConntrackDetail = Extract<StepDetail, { kind: 'conntrack' }>;

function conntrackStep(walker: Walker, event: ConntrackDetail['event'], state: CtStateName, text: string, seen = before(walker)): void {
  const { ct, ctDirection } = walker.skb;
  addStep(walker, { kind: 'conntrack', event, state, direction: ct ? (ctDirection === 0 ? 'original' : 'reply') : null, entry: ct?.entry ?? null, text }, 0, seen);
}

/** The hook function at priority -200: nf_conntrack_in(). */
export function conntrackIn(walker: Walker): void {
  const { skb, run } = walker;
  // Seen before: a packet looped back, an answer of the kernel's own, or one that CT --notrack took out.
  if (skb.ct || skb.untracked) {
    loadConntrack(skb, run.draft.now);
    if (skb.untracked) conntrackStep(walker, 'lookup', 'UNTRACKED', 'not tracked');
    return;
  }
  const seen = before(walker);
  // A template serves this look-up alone: a packet that comes in again by lo is looked up without it.
  const { zone: chosen, direction: zoneDirection, helper = null } = skb.template ?? { zone: 0, direction: 'both' as const };
  // nf_ct_zone_tmpl(): the mark as tracking finds it, cut to 16 bits.
  const zone = chosen === 'mark' ? read(skb, FIELD.mark) & 0xffff : chosen;
  if (chosen === 'mark' && unknownBits(skb, FIELD.mark) & 0xffff) run.doubts.add('the zone is the mark, which is not known here');
  skb.template = null;
  const proto = l4proto(skb.family, read(skb, FIELD.proto));
  const examined = proto.examine(skb, run.world.settings, walker.hook === 'PREROUTING');
  trackedAgain(walker);
  if (examined.kind === 'untracked') {
    skb.untracked = true;
    loadConntrack(skb, run.draft.now);
    return conntrackStep(walker, 'lookup', 'UNTRACKED', examined.reason, seen);
  }
  if (examined.kind === 'invalid') return invalid(walker, examined.reason, seen);
  if (examined.kind === 'error') return related(walker, zone, zoneDirection, seen);
  for (let attempt = 0; attempt < 2; attempt++) {
    const tuple = proto.tupleOf(skb);
    if (!tuple) return invalid(walker, 'the transport header is cut short', seen);
    const found = findTuple(run, tuple, zone, zoneDirection);
    if (!found) return open(walker, tuple, zone, zoneDirection, helper, seen);
    const handle: CtHandle = { entry: found.entry, confirmed: true, dying: false };
    attach(skb, handle, found.direction);
    const result = proto.track(skb, found.entry, found.direction, run.world.settings, run.draft.now);
    if (result.verdict === 'repeat') {
      killEntry(run, handle);
      conntrackStep(walker, 'destroy', skb.ctInfo, result.note ?? 'the old connection ends', seen);
      detach(skb);
      continue;
    }
    const status = found.entry.status | result.status;
    if (found.entry.listed && result.tcp)
      run.notes.add('how far the TCP connections have come that the snapshot lists is not known: their packets are taken to have sequence numbers that fit');
    const expires = result.timeout === null ? found.entry.expires : run.draft.now + result.timeout;
    updateEntry(run, handle, {
      tcp: result.tcp,
      ...(result.sctp ? { sctp: result.sctp } : {}),
      status,
      expires,
      ...(isCounted(result) ? counted(found.entry, found.direction, read(skb, FIELD.length)) : {}),
    });
    if (result.verdict === 'invalid') {
      detach(skb);
      return invalid(walker, result.note ?? 'it does not fit the connection', seen);
    }
    loadConntrack(skb, run.draft.now);
    const direction = found.direction === 0 ? 'original' : 'reply';
    conntrackStep(walker, 'lookup', skb.ctInfo, `${direction} direction of a known connection${result.note ? `: ${result.note}` : ''}`, seen);
    if (found.entry.tcp?.state !== result.tcp?.state || (status & ~found.entry.status) !== 0) conntrackStep(walker, 'update', skb.ctInfo, changeText(found.entry, handle.entry));
    if (result.verdict === 'destroy') {
      killEntry(run, handle);
      conntrackStep(walker, 'destroy', skb.ctInfo, result.note ?? 'the entry is removed');
    }
    return;
  }
}

function changeText(from: ConntrackEntry, to: ConntrackEntry): string {
  const parts: string[] = [];
  if (from.tcp?.state !== to.tcp?.state) parts.push(`${from.tcp?.state ?? 'NONE'} becomes ${to.tcp?.state ?? 'NONE'}`);
  for (const name of ['SEEN_REPLY', 'ASSURED'] as const) if (to.status & ~from.status & CTSTATUS[name]) parts.push(name === 'ASSURED' ? 'now assured' : 'a reply has been seen');
  return parts.join(', ');
}

/** resolve_normal_ct(): what the packet is to its connection. */
function attach(skb: Skb, handle: CtHandle, direction: 0 | 1): void {
  skb.ct = handle;
  skb.ctDirection = direction;
  skb.ctInfo = direction === 1 || handle.entry.status & CTSTATUS.SEEN_REPLY ? 'ESTABLISHED' : handle.entry.status & CTSTATUS.EXPECTED ? 'RELATED' : 'NEW';
}

function detach(skb: Skb): void {
  skb.ct = null;
  skb.ctDirection = 0;
}

function invalid(walker: Walker, reason: string, seen: ReturnType<typeof before>): void {
  loadConntrack(walker.skb, walker.run.draft.now);
  conntrackStep(walker, 'lookup', 'INVALID', reason, seen);
}

function open(walker: Walker, original: Tuple, zone: number, zoneDirection: ZoneDirection, helper: string | null, seen: ReturnType<typeof before>): void {
  const { skb, run } = walker;
  const proto = l4proto(skb.family, original.proto);
  const opening = proto.open(skb, run.world.settings);
  if (opening.kind === 'untracked') {
    skb.untracked = true;
    loadConntrack(skb, run.draft.now);
    return conntrackStep(walker, 'lookup', 'UNTRACKED', opening.reason, seen);
  }
  const reply = proto.invertTuple(original);
  if (opening.kind === 'invalid' || !reply) return invalid(walker, opening.kind === 'invalid' ? opening.reason : 'nothing can answer it', seen);
  tableFull(run);
  const unread = unreadConnection(run.world.node.unread, original.family, original.src, original.dst);
  if (unread) run.doubts.add(unread);
  const expected = meetExpectation(run, original, zone);
  const now = run.draft.now;
  const entry: ConntrackEntry = {
    id: run.draft.nextEntry++,
    original,
    reply,
    status: opening.status | (expected ? CTSTATUS.EXPECTED : 0),
    mark: 0,
    zone,
    zoneDirection,
    tcp: opening.tcp,
    ...(opening.sctp ? { sctp: opening.sctp } : {}),
    expires: now + opening.timeout,
    started: now,
    masqueradeDevice: null,
    master: null,
    ...openingExtras(run, read(skb, FIELD.length)),
    // A helper that a rule chose is for connections that nobody expects (__nf_ct_try_assign_helper()).
    ...(expected ? inheritance(expected) : helper === null ? {} : { helper }),
  };
  attach(skb, { entry, confirmed: false, dying: false, following: expected && followingOf(run, expected, original) }, 0);
  loadConntrack(skb, now);
  const by =
    expected &&
    `first packet of a connection that the helper ${entry.expectedBy ?? 'of another one'} expects, because of ${ends(expected.expectation.master)}: it has the mark of that one`;
  conntrackStep(walker, 'create', skb.ctInfo, by ?? opening.note ?? 'first packet of a connection', seen);
}

/** __nf_conntrack_alloc(): beyond the limit the kernel looks for an entry to give up among some that it picks by their hash, or drops the packet. */
function tableFull(run: Run): void {
  const limit = Number(run.world.settings.sysctl('net.netfilter.nf_conntrack_max') ?? 0);
  if (limit > 0 && run.draft.entries.size >= limit)
    run.doubts.add(
      `the table of connections is full (net.netfilter.nf_conntrack_max is ${limit}): the kernel makes room for the packet or drops it, by a hash with a seed of the boot`,
    );
}

/** nf_conntrack_inet_error(): an ICMP error belongs to the connection of the packet it quotes. */
function related(walker: Walker, zone: number, zoneDirection: ZoneDirection, seen: ReturnType<typeof before>): void {
  const { skb, run } = walker;
  const key = relatedTuple(skb.packet.inner);
  if ('reason' in key) return invalid(walker, key.reason, seen);
  const found = findTuple(run, key.tuple, zone, zoneDirection);
  if (!found) return invalid(walker, 'an error about a connection that is not known', seen);
  const tuple = found.direction === 0 ? found.entry.original : found.entry.reply;
  const mismatch = relatedMismatch(readWords(skb, FIELD.dst), tuple);
  if (mismatch) return invalid(walker, mismatch, seen);
  skb.ct = { entry: found.entry, confirmed: true, dying: false };
  skb.ctInfo = 'RELATED';
  skb.ctDirection = found.direction;
  loadConntrack(skb, run.draft.now);
  conntrackStep(walker, 'lookup', 'RELATED', 'an error about a known connection', seen);
}

/** Protocols whose tracker takes none. */
const NO_CLASH: readonly number[] = [PROTO.icmp, PROTO.tcp, PROTO.dccp, PROTO.gre, PROTO.icmpv6, PROTO.sctp];

/** Does the protocol's tracker take a clash (allow_clash)? */
export const mayClash = (proto: number): boolean => !NO_CLASH.includes(proto);

/** nf_ct_can_merge(): both entries are of the same connection, opened by the same end or by the other one. Then a datagram takes over the entry that is there. */
function sharesEntry(there: ConntrackEntry, own: ConntrackEntry): boolean {
  if (!mayClash(own.original.proto)) return false;
  const [original, reply] = keysOf(own);
  const [first, second] = keysOf(there);
  return (first === original && second === reply) || (first === reply && second === original);
}

const keysOf = (entry: ConntrackEntry): readonly string[] => [tupleKey(entry.original, effectiveZone(entry, 0)), tupleKey(entry.reply, effectiveZone(entry, 1))];

/**
 * The last hook function: puts a new entry into the table. False: the packet is dropped, because its tuples are taken
 * (no free port was left) or its entry was killed on the way.
 */
export function confirm(walker: Walker): boolean {
  const { skb, run } = walker;
  const handle = skb.ct;
  // Answers of the kernel's own carry the entry of a packet that may never pass; they do not confirm it.
  if (!handle || handle.confirmed || skb.ctDirection !== 0) return true;
  if (handle.dying) return false;
  const { entry } = handle;
  for (const direction of [0, 1] as const) {
    const clash = findPlaced(run, direction === 0 ? entry.original : entry.reply, entry, direction);
    if (clash && sharesEntry(clash.entry, entry)) {
      skb.ct = { entry: clash.entry, confirmed: true, dying: false };
      // nf_ct_acct_merge(): it counts there, with what its own entry had counted.
      if (entry.counts) updateEntry(run, skb.ct, counted(clash.entry, skb.ctDirection, entry.counts[skb.ctDirection].bytes));
      loadConntrack(skb, run.draft.now);
      conntrackStep(walker, 'lookup', skb.ctInfo, 'its tuple is taken by another connection, whose entry serves it too');
      return true;
    }
    if (clash) {
      // Until then an entry that nothing was to translate served any datagram that met it.
      if (mayClash(entry.original.proto) && (clash.entry.status & (CTSTATUS.SRC_NAT_DONE | CTSTATUS.DST_NAT_DONE)) === 0)
        noteAge(run, '6.12', 'let such a datagram pass as one of the other connection');
      conntrackStep(walker, 'destroy', skb.ctInfo, `its ${direction === 0 ? 'original' : 'reply'} tuple is taken by another connection`);
      return false;
    }
  }
  const now = run.draft.now;
  handle.confirmed = true;
  const timeout = entry.expires - entry.started;
  updateEntry(run, handle, { status: entry.status | CTSTATUS.CONFIRMED, started: now, expires: now + timeout });
  place(run, tupleKey(entry.original, effectiveZone(entry, 0)), entry.id * 2);
  place(run, tupleKey(entry.reply, effectiveZone(entry, 1)), entry.id * 2 + 1);
  const source = sourceKey(entry.original, entry.zone);
  run.draft.sources.set(source, [...(run.draft.sources.get(source) ?? []), entry.id]);
  conntrackStep(walker, 'confirm', skb.ctInfo, 'the connection is now known');
  loadConntrack(skb, now);
  return true;
}
