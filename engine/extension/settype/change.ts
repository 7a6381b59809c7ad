/**
 * Changes to sets, as pure functions: what the SET target and the counters of matches leave behind. A change that the
 * kernel refuses (already added, out of range, full) gives the same state.
 *
 * Source: Linux 6.18 net/netfilter/xt_set.c set_target_v3(); ip_set_hash_gen.h mtype_add(), mtype_del();
 * ip_set_list_set.c list_set_kadd(), list_set_kdel(). `forceadd` makes room in a way that is not simulated: a full set
 * stays as it is.
 */

import { FIELD } from '../../model/field.ts';
import type { SetSide } from '../../model/set.ts';
import { hashOf, sameWords } from './entry-index.ts';
import { entryKnown, packetEntry, packetInterface, type SetContext, type SetHits } from './lookup.ts';
import { getAt, setAt } from './position-map.ts';
import { entryRecord, expiresAt, isPresent, netParts, presentLengths, waitsForMac, type EntryRecord, type SetState } from './state.ts';

export interface AddOptions {
  /** `--exist`: an entry that is there gets the new timeout and counters. */
  readonly exist: boolean;
  /** Seconds; null: the set's own. */
  readonly timeout: number | null;
}

/** Counts one packet on an entry; on one of bitmap:ip,mac that waits for its MAC, stores the one that was looked up. */
function countEntry(state: SetState, position: number, regs: Uint32Array, now: number, mac: readonly [number, number] | null = null): SetState {
  const record = entryRecord(state, position);
  const length = regs[FIELD.length.index] as number;
  if (waitsForMac(state, record.words, 0)) return withRecord(state, position, { ...record, ...learned(state, position, record, mac ?? sourceMac(regs), now, length) });
  return state.layout.counters ? withRecord(state, position, { ...record, packets: record.packets + 1, bytes: record.bytes + length }) : state;
}

/** The kernel completes the entry by adding it anew, which starts its timeout and its counters and empties the rest (ip_set_test(), -EAGAIN). */
function learned(state: SetState, position: number, record: EntryRecord, mac: readonly [number, number], now: number, length: number): Partial<EntryRecord> {
  const words = record.words.slice();
  words.set(mac, state.layout.keyWords);
  return {
    words,
    expires: deadline(storedTimeout(state, position), now),
    comment: undefined,
    skbmark: undefined,
    skbprio: undefined,
    skbqueue: undefined,
    ...(state.layout.counters ? { packets: 1, bytes: length } : {}),
  };
}

/** What an entry that waits for its MAC was given, and has not started yet (bitmap_ipmac_add_timeout()). */
const storedTimeout = ({ layout, base }: SetState, position: number): number | null => (layout.timeout === null ? null : (base.extras.get(position)?.timeout ?? layout.timeout));

const sourceMac = (regs: Uint32Array): readonly [number, number] => [regs[FIELD.srcMacHigh.index] as number, regs[FIELD.srcMacLow.index] as number];

const deadline = (timeout: number | null, now: number): number => (timeout === null || timeout === 0 ? Number.POSITIVE_INFINITY : now + timeout);

/** New states of the sets whose entries counted the packet, by set name. */
export function countHits(hits: SetHits, regs: Uint32Array, now: number): ReadonlyMap<string, SetState> {
  const changed = new Map<string, SetState>();
  for (let i = 0; i < hits.positions.length; i++) {
    const name = (hits.states[i] as SetState).set.name;
    changed.set(name, countEntry(changed.get(name) ?? (hits.states[i] as SetState), hits.positions[i] as number, regs, now, hits.macs?.get(i)));
  }
  return changed;
}

/** `--add-set` on a set that is not a list:set. */
export function addEntry(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext, options: AddOptions): SetState {
  return tryAdd(state, sides, regs, context, options) ?? state;
}

/** `--del-set` on a set that is not a list:set. */
export function deleteEntry(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): SetState {
  return tryDelete(state, sides, regs, context) ?? state;
}

/** Adds to or deletes from a set or, for a list:set, its first member that agrees. The states that changed, by set name. */
export function changeSet(
  action: 'add' | 'del',
  state: SetState,
  sides: readonly SetSide[],
  regs: Uint32Array,
  context: SetContext,
  options: AddOptions,
): ReadonlyMap<string, SetState> {
  const change = (target: SetState): SetState | null => (action === 'add' ? tryAdd(target, sides, regs, context, options) : tryDelete(target, sides, regs, context));
  if (state.layout.type.method !== 'list') {
    const after = change(state);
    return after ? new Map([[state.set.name, after]]) : new Map();
  }
  for (let position = 0; position < state.positions; position++) {
    if (!isPresent(state, position) || context.now > expiresAt(state, position)) continue;
    const member = context.setState(state.names[state.base.words[position] as number] as string);
    const after = member && member.layout.type.method !== 'list' ? change(member) : null;
    if (member && after) return new Map([[member.set.name, after]]);
  }
  return new Map();
}

/** Names of the sets whose contents are no longer known after such a change, because the values of the packet are not, or those of a member before. */
export function lostByChange(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): readonly string[] {
  const lost = (target: SetState): boolean => accepts(target, sides, context) && !entryKnown(target, sides, regs, context);
  if (state.layout.type.method !== 'list') return lost(state) ? [state.set.name] : [];
  const members: SetState[] = [];
  let unsure = false;
  for (let position = 0; position < state.positions; position++) {
    if (!isPresent(state, position) || context.now > expiresAt(state, position)) continue;
    const member = context.setState(state.names[state.base.words[position] as number] as string);
    if (member) members.push(member);
    unsure ||= !member || lost(member);
  }
  return unsure ? members.map((member) => member.set.name) : [];
}

/** The same of a look-up whose answer is not known: where an entry waits for its MAC, this may have been the packet that it has learnt from. */
export function lostByLookup(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): readonly string[] {
  const waits = (target: SetState | null | undefined): boolean => {
    if (!target || target.layout.keyWords === target.layout.width) return false;
    for (let i = 0; i < target.positions; i++) if (isPresent(target, i) && waitsForMac(target, entryRecord(target, i).words, 0)) return true;
    return false;
  };
  return lostByChange(state, sides, regs, context).filter((name) => waits(name === state.set.name ? state : context.setState(name)));
}

function accepts(state: SetState, sides: readonly SetSide[], context: SetContext): boolean {
  const { type, header, family } = state.layout;
  if (type.method === 'list' || sides.length < type.dimensions) return false;
  return type.families.length === 0 || (header.family ?? family) === context.family;
}

/** Null if the kernel refuses it. */
function tryAdd(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext, { exist, timeout }: AddOptions): SetState | null {
  if (!accepts(state, sides, context)) return null;
  const named = withName(state, sides, regs, context);
  if (!named) return null;
  const { words, names } = named;
  const { layout } = state;
  const length = regs[FIELD.length.index] as number;
  const fresh = {
    present: true,
    expires: deadline(layout.timeout === null ? null : (timeout ?? layout.timeout), context.now),
    nomatch: false,
    packets: layout.counters ? 1 : 0,
    bytes: layout.counters ? length : 0,
    skbmark: undefined,
    skbprio: undefined,
    skbqueue: undefined,
  };
  const position = positionOf(state, words);
  if (position >= 0) {
    const record = entryRecord(state, position);
    const alive = record.present && context.now <= record.expires;
    const learns = alive && waitsForMac(state, record.words, 0);
    if (alive && !exist && !learns) return null;
    // A bitmap empties what the packet does not bring (bitmap_gen.h mtype_add()); a hash leaves the comment.
    const after = {
      ...record,
      ...fresh,
      words,
      // An entry that learns its MAC by it starts the timeout it was given, unless another one than the set's is asked for.
      ...(learns && (timeout ?? layout.timeout) === layout.timeout ? { expires: deadline(storedTimeout(state, position), context.now) } : {}),
      comment: alive && layout.type.method !== 'bitmap' ? record.comment : undefined,
    };
    return record.present ? withRecord(state, position, after) : counted(withRecord(state, position, after), words, 1);
  }
  if (state.count >= layout.maxElements) return null;
  const hash = hashOf(words, 0, layout.hashWords);
  const added = setAt(state.added, hash, [...((state.added && getAt(state.added, hash)) ?? []), state.positions]);
  const grown: SetState = { ...state, names, added, positions: state.positions + 1 };
  return counted(withRecord(grown, state.positions, { ...fresh, words, comment: undefined }), words, 1);
}

function tryDelete(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): SetState | null {
  if (!accepts(state, sides, context)) return null;
  const named = withName(state, sides, regs, context);
  const position = named ? positionOf(state, named.words) : -1;
  if (!named || position < 0) return null;
  const record = entryRecord(state, position);
  if (!record.present || context.now > record.expires) return null;
  return counted(withRecord(state, position, { ...record, present: false }), record.words, -1);
}

/** The packet as an entry, an interface name given its index. */
function withName(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): { readonly words: Uint32Array; readonly names: readonly string[] } | null {
  const words = packetEntry(state, sides, regs, context);
  if (!words) return null;
  const part = state.layout.type.parts.findIndex(({ kind }) => kind === 'interface');
  if (part < 0) return { words, names: state.names };
  const known = state.names.indexOf(packetInterface());
  words[state.layout.offsets[part] as number] = (known < 0 ? state.names.length : known) * 4;
  return { words, names: known < 0 ? [...state.names, packetInterface()] : state.names };
}

/** Position of the entry with this key, present or not; -1 if there is none. */
function positionOf(state: SetState, words: ArrayLike<number>): number {
  const { layout, table, base } = state;
  const hash = hashOf(words, 0, layout.hashWords);
  const mask = table.length - 1;
  for (let slot = hash & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
    const position = (table[slot] as number) - 1;
    if (sameWords(words, 0, base.words, position * layout.width, layout.keyWords)) return position;
  }
  const added = state.added ? getAt(state.added, hash) : undefined;
  return added?.find((position) => sameWords(words, 0, (getAt(state.records, position) as EntryRecord).words, 0, layout.keyWords)) ?? -1;
}

function withRecord(state: SetState, position: number, record: EntryRecord): SetState {
  return { ...state, records: setAt(state.records, position, record) };
}

/** Number of entries and prefix lengths after one came or went. */
function counted(state: SetState, words: ArrayLike<number>, by: 1 | -1): SetState {
  const offsets = netParts(state.layout);
  if (offsets.length === 0) return { ...state, count: state.count + by };
  const lengthCounts = state.lengthCounts.map((counts, i) => {
    const after = counts.slice();
    const length = words[offsets[i] as number] as number;
    after[length] = (after[length] as number) + by;
    return after;
  });
  return { ...state, count: state.count + by, lengthCounts, lengths: lengthCounts.map(presentLengths) };
}
