/**
 * Buckets of `hashlimit`: a table by name, shared by the rules of a family that name it. It begins empty, as after the rules were
 * loaded, so each address begins with a full bucket, or with what the snapshot lists of it.
 *
 * Source: Linux 6.18 net/netfilter/xt_hashlimit.c hashlimit_mt_common(), rateinfo_init(), rateinfo_recalc(),
 * hashlimit_byte_cost(), htable_selective_cleanup(). Credits are unsigned, 64 bits, so integers here are bigint.
 */

import type { HashlimitEntry } from '../model/hashlimit-entry.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../model/test.ts';

const HZ = 1000;
/** _POW2_BELOW64(MAX_CPJ), _POW2_BELOW32(MAX_CPJ_BYTES): what a jiffy adds. */
const PER_JIFFY = 1n << 37n;
const PER_JIFFY_BYTES = 1n << 22n;
const CAP_BYTES = PER_JIFFY_BYTES * BigInt(HZ);
/** XT_HASHLIMIT_SCALE_v2: rates are kept in millionths of a second per packet. */
const SCALE = 1_000_000;
const UINT32_MAX = 0xffffffff;

/** user2credits(): the constants are divided first, so that little is lost and much may overflow 64 bits. */
export const credits = (user: number | bigint): bigint => BigInt.asUintN(64, BigInt(user) * ((BigInt(HZ) * PER_JIFFY) / BigInt(SCALE)));

/** A rule's settings (struct hashlimit_cfg3). */
export interface Hashlimit {
  readonly bytes: boolean;
  readonly above: boolean;
  /** As iptables stores it: for packets 1/SCALE seconds each, for bytes the cost of 16 of them; with `rateMatch` a rate. */
  readonly average: number;
  readonly burst: number;
  /** Most entries; null: as many as the machine's memory suggests. */
  readonly max: number | null;
  /** Milliseconds. */
  readonly gcInterval: number;
  readonly expire: number;
  readonly rateMatch: boolean;
  /** Seconds. */
  readonly interval: number;
  /** What distinguishes buckets: modes and masks. */
  readonly grouping: string;
}

interface Bucket {
  /** Jiffies. */
  readonly previous: number;
  readonly expires: number;
  readonly credit: bigint;
  /** For bytes: how often an empty bucket is filled at once. */
  readonly cap: bigint;
  readonly rate: number;
  readonly overLastTime: boolean;
  /** Jiffies that it may be there longer than `expires` says: a list tells seconds. */
  readonly slack?: number;
}

export interface HashlimitTable {
  /** Settings that buckets are made with; null: no rule has met a packet yet. */
  readonly settings: string | null;
  readonly buckets: ReadonlyMap<string, Bucket>;
  /** What the snapshot lists, until a rule says what picks the bucket; empty from then on. Absent: it does not list the table. */
  readonly listed?: readonly HashlimitEntry[];
}

export const EMPTY_TABLE: HashlimitTable = { settings: null, buckets: new Map() };

const jiffies = (now: number): number => Math.floor(now * HZ);
const settingsOf = ({ above: _, ...rest }: Hashlimit): string => JSON.stringify(rest);

function costOf(limit: Hashlimit, length: number): bigint {
  if (!limit.bytes) return unitCost(limit);
  const cost = BigInt((length >> 4) + 1) * unitCost(limit);
  return cost > CAP_BYTES ? CAP_BYTES : cost;
}

/** The most that `--hashlimit-rate-match` allows in an interval. */
function allowed({ bytes, average, burst }: Hashlimit): { readonly rate: number; readonly most: number } {
  if (!bytes) {
    const rate = average === 0 ? 0 : Math.floor(SCALE / average);
    return { rate, most: burst + rate };
  }
  const rate = ((average === 0 ? UINT32_MAX : Math.floor(UINT32_MAX / average)) - 1) * 16;
  return { rate, most: burst > 0 ? burst * rate : rate };
}

function newBucket(limit: Hashlimit, at: number): Bucket {
  const cap = limit.bytes ? BigInt(limit.burst) : credits(BigInt(limit.average) * BigInt(limit.burst));
  return { previous: at, expires: at, credit: limit.bytes ? CAP_BYTES : cap, cap, rate: 0, overLastTime: false };
}

/** What a packet costs, or 16 bytes. */
const unitCost = ({ bytes, average }: Hashlimit): bigint => (bytes ? ((BigInt(average) * BigInt(HZ) * PER_JIFFY_BYTES) >> 32n) & 0xffffffffn : credits(average));

/** The table as the rule finds it; null: what is listed does not say what the rule counts. */
function opened(table: HashlimitTable, limit: Hashlimit): HashlimitTable | null {
  const { listed = [] } = table;
  if (listed.length === 0 || table.settings !== null) return table;
  if (limit.rateMatch) return null;
  const own = unitCost(limit);
  const mode = Number(limit.grouping.split('/', 1)[0]);
  const buckets = listed.map(({ src, dst, sport, dport, expires, credit, cap, cost }): [string, Bucket] => {
    const parts = [...(mode & 1 ? [src.join('.')] : []), ...(mode & 4 ? [dst.join('.')] : []), ...(mode & 2 ? [sport] : []), ...(mode & 8 ? [dport] : [])];
    const made = newBucket(limit, 0);
    // The listing kernel may count jiffies of another length.
    const scaled = cost === 0n ? made.credit : (credit * own) / cost;
    // Cut off towards zero, 0 may as well have been a second ago.
    return [parts.join('|'), { ...made, credit: scaled, cap: limit.bytes ? cap : made.cap, expires: (expires > 0 ? expires : expires - 1) * HZ, slack: 2 * HZ }];
  });
  return { settings: null, buckets: new Map(buckets), listed: [] };
}

/** What the time since the last packet gave back. */
function refilled(bucket: Bucket, limit: Hashlimit, at: number): Bucket {
  const delta = at - bucket.previous;
  if (delta === 0) return bucket;
  if (limit.rateMatch) {
    const interval = limit.interval * HZ;
    if (delta < interval) return bucket;
    return { ...bucket, previous: at, overLastTime: bucket.rate * interval > delta * allowed(limit).rate, rate: 0 };
  }
  const cap = limit.bytes ? CAP_BYTES : bucket.cap;
  const credit = bucket.credit + (limit.bytes ? PER_JIFFY_BYTES : PER_JIFFY) * BigInt(delta);
  return { ...bucket, previous: at, credit: credit > cap ? cap : credit };
}

function take(bucket: Bucket, limit: Hashlimit, length: number): { readonly below: boolean; readonly bucket: Bucket } {
  if (limit.rateMatch) {
    const rate = bucket.rate + (limit.bytes ? length : 1);
    return { below: !bucket.overLastTime && rate <= allowed(limit).most, bucket: { ...bucket, rate } };
  }
  const cost = costOf(limit, length);
  const refill = limit.bytes && bucket.credit < cost && bucket.cap > 0n;
  const full = refill ? { ...bucket, credit: CAP_BYTES, cap: bucket.cap - 1n } : bucket;
  return full.credit >= cost ? { below: true, bucket: { ...full, credit: full.credit - cost } } : { below: false, bucket: full };
}

/** One packet of `length` bytes meets the rule. `full`: the table has no room for it, and the kernel drops it. */
export function meetTable(found: HashlimitTable, limit: Hashlimit, key: string, length: number, now: number): { readonly holds: Tri | 'full'; readonly table: HashlimitTable } {
  const settings = settingsOf(limit);
  const table = opened(found, limit);
  if (table === null) return { holds: UNKNOWN, table: found };
  // Buckets are made as the rule that was loaded first says, and which one that was is not known here.
  if (table.settings !== null && table.settings !== settings) return { holds: UNKNOWN, table };
  const at = jiffies(now);
  const old = table.buckets.get(key);
  const swept = old !== undefined && at >= old.expires + (old.slack ?? 0) + limit.gcInterval;
  const made = newBucket(limit, at);
  if ((old === undefined || swept) && limit.max !== null && table.buckets.size >= limit.max) return { holds: 'full', table };
  const kept = take(old && !swept ? refilled(old, limit, at) : made, limit, length);
  // Between the end of its time and the next clean-up nobody knows whether it is still there.
  const doubtful = old !== undefined && !swept && at >= old.expires && take(made, limit, length).below !== kept.below;
  const buckets = new Map(table.buckets);
  buckets.set(key, { ...kept.bucket, expires: at + limit.expire, slack: 0 });
  return { holds: doubtful ? UNKNOWN : kept.below !== limit.above ? TRUE : FALSE, table: { ...table, settings, buckets } };
}

/** Is the bucket full only because the table began empty? Not where the snapshot lists the table, or the walk itself has made the bucket. */
export const isFullAsLoaded = ({ settings, buckets, listed }: HashlimitTable, limit: Hashlimit, key: string): boolean =>
  listed === undefined && !buckets.has(key) && (settings === null || settings === settingsOf(limit));

/** What the bucket has left before the packet, in words. */
export function leftIn(found: HashlimitTable, limit: Hashlimit, key: string, length: number, now: number): string {
  const table = opened(found, limit);
  if (table === null) return 'what the table lists does not say how much came in this interval';
  if (table.settings !== null && table.settings !== settingsOf(limit)) return 'rules of other settings share the buckets';
  const at = jiffies(now);
  const old = table.buckets.get(key);
  const bucket = old && at < old.expires + (old.slack ?? 0) + limit.gcInterval ? refilled(old, limit, at) : newBucket(limit, at);
  if (limit.rateMatch) return `${bucket.rate} ${limit.bytes ? 'bytes' : 'packets'} in this interval${bucket.overLastTime ? ', and too many in the last' : ''}`;
  const cost = costOf(limit, length);
  if (limit.bytes) return bucket.credit >= cost || bucket.cap > 0n ? 'enough is left' : 'not enough is left';
  const tokens = cost === 0n ? bucket.credit : bucket.credit / cost;
  return `${tokens} of ${limit.burst} tokens left`;
}
