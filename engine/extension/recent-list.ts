/**
 * What the kernel remembers of addresses for `recent`: a list by name, shared by all rules that name it in either family. Empty
 * where a node is read from a snapshot, as after the rules were loaded, but for what the scenario says.
 *
 * Source: Linux 6.18 net/netfilter/xt_recent.c recent_mt(), recent_entry_init(), recent_entry_update(), recent_entry_reap().
 */

import type { RecentAddress } from '../model/packet.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../model/test.ts';
import { parseAddress } from '../net/address.ts';

/** ip_list_tot: addresses that a list keeps; the one seen longest ago goes for a new one. */
const MOST_ENTRIES = 100;
/** Times of an address that are kept where no rule says how many it needs. */
const STAMPS = 32;
const HZ = 1000;

interface RecentEntry {
  readonly ttl: number;
  /** Jiffies at which it was seen; the oldest is overwritten where all places are taken. */
  readonly stamps: readonly number[];
  /** Place behind the newest. */
  readonly index: number;
}

export interface RecentList {
  /** Mask of the first rule that met a packet, as words; null: none has yet. */
  readonly mask: string | null;
  /** Places for times. */
  readonly places: number;
  /** By family and address, the one seen longest ago first. */
  readonly entries: ReadonlyMap<string, RecentEntry>;
  /** Addresses that the walk itself has taken out. */
  readonly gone: ReadonlySet<string>;
  /** What it held at the start is known: the scenario says it. */
  readonly declared: boolean;
}

export const EMPTY_LIST: RecentList = { mask: null, places: 0, entries: new Map(), gone: new Set(), declared: false };

/** Under which the rules that name a list find it. */
export const recentKey = (name: string): string => `recent:${name}`;

/** Of an address and its family: under which a list has it. */
export const addressKey = (family: string, address: readonly number[]): string => `${family}|${address.join('.')}`;

/** What is wrong with an address that the scenario declares. */
interface RecentFailure {
  readonly field: string;
  readonly failure: string;
  readonly hint: string;
}

export function checkRecent({ address, seen }: RecentAddress): RecentFailure | null {
  if (!parseAddress(address)) return { field: 'address', failure: `"${address}" is not an IP address`, hint: 'give one IPv4 or IPv6 address' };
  return seen.length === 0 ? { field: 'seen', failure: 'an address of a list was seen at least once', hint: 'give how many seconds before the start, like [1.5]' } : null;
}

/** Lists as the scenario declares them, by name: the address seen longest ago first. What cannot be read is left out. */
export function declaredLists(given: readonly RecentAddress[]): ReadonlyMap<string, RecentList> {
  const lists = new Map<string, Map<string, RecentEntry>>();
  const newest = ({ seen }: RecentAddress): number => Math.min(...seen);
  for (const one of given.filter((each) => checkRecent(each) === null).toSorted((a, b) => newest(b) - newest(a))) {
    const { family, words } = parseAddress(one.address) as NonNullable<ReturnType<typeof parseAddress>>;
    const stamps = one.seen.map((seconds) => jiffies(0 - seconds)).sort((a, b) => a - b);
    const entries = lists.get(one.list) ?? new Map<string, RecentEntry>();
    lists.set(one.list, entries.set(addressKey(family, words), { ttl: one.ttl ?? 0, stamps, index: stamps.length }));
  }
  return new Map([...lists].map(([name, entries]) => [name, { ...EMPTY_LIST, entries, declared: true }]));
}

export interface RecentQuery {
  readonly command: 'set' | 'rcheck' | 'update' | 'remove';
  readonly invert: boolean;
  readonly mask: string;
  /** Null: any time. */
  readonly seconds: number | null;
  readonly hits: number;
  readonly reap: boolean;
  readonly byTtl: boolean;
}

/** Places that a rule needs: the next power of two (recent_mt_check()). */
function placesFor(hits: number): number {
  return hits === 0 ? STAMPS : 2 ** Math.ceil(Math.log2(hits));
}

/** Times within the rule's seconds. */
export function hitsOf(entry: RecentEntry, { seconds }: RecentQuery, now: number): number {
  const since = jiffies(now) - (seconds ?? 0) * HZ;
  return entry.stamps.filter((stamp) => seconds === null || stamp >= since).length;
}

const jiffies = (now: number): number => Math.floor(now * HZ);

export function findEntry(list: RecentList, query: RecentQuery, key: string, ttl: number): RecentEntry | undefined {
  const found = list.entries.get(key);
  const entry = found && fitted(found, Math.max(list.places, placesFor(query.hits)));
  return entry && (!query.byTtl || ttl === entry.ttl || ttl === 0 || entry.ttl === 0) ? entry : undefined;
}

/** Is an address missing only because the list began empty? Not where the scenario or the walk itself knows better: a list that is full has no room for what was there before. */
export const isMissingAsLoaded = ({ entries, gone, declared }: RecentList, key: string): boolean => !declared && !entries.has(key) && !gone.has(key) && entries.size < MOST_ENTRIES;

/** No more times than there are places: of those that the scenario declares, the newest. */
function fitted(entry: RecentEntry, places: number): RecentEntry {
  return entry.stamps.length <= places ? entry : { ...entry, stamps: entry.stamps.slice(-places), index: places };
}

/** One packet meets the rule: what the match answers, and the list afterwards. `holds` has the negation in it. */
export function meet(before: RecentList, query: RecentQuery, key: string, ttl: number, now: number): { readonly holds: Tri; readonly list: RecentList } {
  const list = { ...before, mask: before.mask ?? query.mask, places: Math.max(before.places, placesFor(query.hits)) };
  // The list has the mask of the rule that made it, and which one that was is not known here.
  if (list.mask !== query.mask) return { holds: UNKNOWN, list: before };
  const answer = (found: boolean): Tri => (found !== query.invert ? TRUE : FALSE);
  const entries = new Map(list.entries);
  const at = jiffies(now);
  const entry = findEntry(list, query, key, ttl);
  if (!entry) {
    if (query.command !== 'set') return { holds: answer(false), list };
    const oldest = entries.size >= MOST_ENTRIES ? entries.keys().next().value : undefined;
    if (oldest !== undefined) entries.delete(oldest);
    entries.delete(key);
    entries.set(key, { ttl, stamps: [at], index: 1 });
    return { holds: answer(true), list: { ...list, entries } };
  }
  const seen = (): RecentEntry => {
    const place = entry.index % list.places;
    const stamps = [...entry.stamps];
    stamps[place] = at;
    return { ttl, stamps, index: place + 1 };
  };
  const refresh = (): void => {
    entries.delete(key);
    entries.set(key, seen());
  };
  if (query.command === 'remove') {
    entries.delete(key);
    return { holds: answer(true), list: { ...list, entries, gone: new Set([...list.gone, key]) } };
  }
  if (query.command === 'set') {
    refresh();
    return { holds: answer(true), list: { ...list, entries } };
  }
  const holds = answer(hitsOf(entry, query, now) >= Math.max(1, query.hits));
  const updates = query.command === 'update' && holds === TRUE;
  let { gone } = list;
  if (query.reap) {
    const [oldest] = entries;
    const last = oldest?.[1].stamps[oldest[1].index - 1] ?? at;
    if (oldest && !(oldest[0] === key && updates) && last < at - (query.seconds ?? 0) * HZ) {
      entries.delete(oldest[0]);
      gone = new Set([...gone, oldest[0]]);
    }
  }
  if (updates) refresh();
  return { holds, list: { ...list, entries, gone } };
}
