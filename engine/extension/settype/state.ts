/**
 * The contents of one set at one moment. What was read is indexed once and shared by all later states; changes (entries
 * added and deleted, timeouts, counters) lie over it in persistent maps, so a state costs what it changed.
 */

import { isFailure } from '../../model/option.ts';
import type { IpSet, SetEntries } from '../../model/set.ts';
import { buildTable } from './entry-index.ts';
import { printExtras } from './extras.ts';
import { setLayout } from './header.ts';
import { findSetType } from './types.ts';
import { NO_MAC } from './parse.ts';
import { getAt, type PositionMap } from './position-map.ts';
import { printWords } from './print.ts';
import type { SetLayout } from './settype.ts';

/** What a walk has made of an entry; it hides what was read. */
export interface EntryRecord {
  readonly words: Uint32Array;
  readonly present: boolean;
  /** Clock value in seconds after which it is gone; Infinity: never. */
  readonly expires: number;
  readonly nomatch: boolean;
  readonly packets: number;
  readonly bytes: number;
  readonly comment: string | undefined;
  readonly skbmark: readonly [number, number] | undefined;
  readonly skbprio: string | undefined;
  readonly skbqueue: number | undefined;
}

export interface SetState {
  readonly set: IpSet;
  readonly layout: SetLayout;
  readonly base: SetEntries;
  readonly table: Int32Array;
  /** For each `net` part the prefix lengths present, longest first, and how many entries have each. */
  readonly lengths: readonly (readonly number[])[];
  readonly lengthCounts: readonly (readonly number[])[];
  /** Entries present, expired ones included. */
  readonly count: number;
  /** Positions given out: those read, then those added. */
  readonly positions: number;
  readonly records: PositionMap<EntryRecord>;
  /** Hash of the key to positions added. */
  readonly added: PositionMap<readonly number[]>;
  readonly names: readonly string[];
}

/** State of a set as read, at clock 0. Throws on a set that `parseCreate` would not have made. */
export function createSetState(set: IpSet): SetState {
  const type = findSetType(set.type);
  if (!type) throw new Error(`set type "${set.type}" was read but is not known`);
  const layout = setLayout(type, set);
  if (isFailure(layout)) throw new Error(`header of set "${set.name}" was read but does not work out: ${layout.failure}`);
  const { width, count, words } = set.entries;
  const lengthCounts = netParts(layout).map((offset) => {
    const counts = new Array<number>(129).fill(0);
    for (let i = 0; i < count; i++) counts[words[i * width + offset] as number] = (counts[words[i * width + offset] as number] as number) + 1;
    return counts;
  });
  return {
    set,
    layout,
    base: set.entries,
    table: buildTable(words, width, count, layout.hashWords),
    lengths: lengthCounts.map(presentLengths),
    lengthCounts,
    count,
    positions: count,
    records: null,
    added: null,
    names: set.entries.names,
  };
}

/** Word offsets of the prefix length of each net part. */
export function netParts(layout: SetLayout): readonly number[] {
  const addressWords = layout.family === 'ipv6' ? 4 : 1;
  return layout.type.parts.flatMap((part, i) => (part.kind === 'net' ? [(layout.offsets[i] as number) + addressWords] : []));
}

export function presentLengths(counts: readonly number[]): readonly number[] {
  const lengths: number[] = [];
  for (let length = 128; length >= 0; length--) if ((counts[length] as number) > 0) lengths.push(length);
  return lengths;
}

/** Clock value in seconds after which the entry is gone; Infinity for a permanent one. Entry timeouts count from clock 0. */
export function expiresAt(state: SetState, position: number): number {
  if (state.layout.timeout === null) return Number.POSITIVE_INFINITY;
  const record = getAt(state.records, position);
  if (record) return record.expires;
  // An entry that still waits for its MAC keeps its timeout and does not start it (bitmap_ipmac_add_timeout).
  if (waitsForMac(state, state.base.words, position * state.base.width)) return Number.POSITIVE_INFINITY;
  const timeout = state.base.extras.get(position)?.timeout ?? state.layout.timeout;
  return timeout === 0 ? Number.POSITIVE_INFINITY : timeout;
}

export function waitsForMac({ layout }: SetState, words: ArrayLike<number>, offset: number): boolean {
  return layout.keyWords < layout.width && words[offset + layout.keyWords] === NO_MAC;
}

export function isPresent(state: SetState, position: number): boolean {
  const record = getAt(state.records, position);
  return record ? record.present : position < state.base.count;
}

export function isNomatch(state: SetState, position: number): boolean {
  const record = getAt(state.records, position);
  return record ? record.nomatch : state.base.extras.get(position)?.nomatch === true;
}

export function counterOf(state: SetState, position: number, what: 'packets' | 'bytes'): number {
  const record = getAt(state.records, position);
  return record ? record[what] : (state.base.extras.get(position)?.[what] ?? 0);
}

/** All that is known of an entry, as one record. */
export function entryRecord(state: SetState, position: number): EntryRecord {
  const record = getAt(state.records, position);
  if (record) return record;
  const { base, layout } = state;
  const extras = base.extras.get(position);
  return {
    words: base.words.slice(position * layout.width, (position + 1) * layout.width),
    present: position < base.count,
    expires: expiresAt(state, position),
    nomatch: extras?.nomatch === true,
    packets: extras?.packets ?? 0,
    bytes: extras?.bytes ?? 0,
    comment: extras?.comment,
    skbmark: extras?.skbmark,
    skbprio: extras?.skbprio,
    skbqueue: extras?.skbqueue,
  };
}

/** Element text of an entry, for explanations: `10.0.0.0/8`, `10.0.0.0/24 nomatch`. */
export function entryText(state: SetState, position: number): string {
  const words = getAt(state.records, position)?.words;
  const text = words ? printWords(state.layout, words, 0, state.names) : printWords(state.layout, state.base.words, position * state.layout.width, state.names);
  return isNomatch(state, position) ? `${text} nomatch` : text;
}

/** Entries present and not expired, each as `ipset save` prints it after `add NAME `; bitmaps in ascending order. */
export function listEntries(state: SetState, now: number): string[] {
  const order: number[] = [];
  for (let i = 0; i < state.positions; i++) if (isPresent(state, i) && now <= expiresAt(state, i)) order.push(i);
  const first = (i: number): number => getAt(state.records, i)?.words[0] ?? (state.base.words[i * state.layout.width] as number);
  if (state.layout.type.method === 'bitmap') order.sort((a, b) => first(a) - first(b));
  return order.map((i) => {
    const { words, expires, nomatch, packets, bytes, comment, skbmark, skbprio, skbqueue } = entryRecord(state, i);
    const wait = waitsForMac(state, words, 0) ? state.base.extras.get(i)?.timeout : undefined;
    const timeout = wait ?? (expires === Number.POSITIVE_INFINITY ? 0 : Math.floor(expires - now));
    const wildcard = isWildcard(state.layout, words);
    return printWords(state.layout, words, 0, state.names) + printExtras(state.layout, { timeout, nomatch, wildcard, packets, bytes, comment, skbmark, skbprio, skbqueue });
  });
}

function isWildcard(layout: SetLayout, words: Uint32Array): boolean {
  const index = layout.type.parts.findIndex((part) => part.kind === 'interface');
  return index >= 0 && ((words[layout.offsets[index] as number] as number) & 2) !== 0;
}
