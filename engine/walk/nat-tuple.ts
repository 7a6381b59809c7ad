/**
 * The choice NAT makes: which address, and which port, id or key, out of a range. Pure; the walk tells what is in use
 * and stands in for chance.
 *
 * Source: Linux 6.18 net/netfilter/nf_nat_core.c, get_unique_tuple(), find_best_ips_proto(), nf_nat_l4proto_unique_tuple();
 * net/netfilter/xt_NETMAP.c; include/linux/jhash.h.
 */

import { compareWords, type Words } from '../net/address.ts';
import { keyedByPorts, PROTO } from '../net/protocol.ts';
import type { Tuple } from '../model/conntrack.ts';
import type { NatRange } from '../model/test.ts';
import { jhash2, memoryWord } from '../net/jhash.ts';

/** NF_NAT_MAX_ATTEMPTS: ports looked at before the kernel draws a new start. */
const MAX_TRIES = 128;
/** NF_NAT_HARDER_THRESH: the last tries may evict a closed TCP connection. */
const EVICTION_TRIES = MAX_TRIES / 4;
/** Below this many tries a round is the last one. */
const FEWEST_TRIES = 16;

export interface NatContext {
  readonly zone: number;
  /** Would this tuple's answers be taken for those of another entry? True if the inverse is a tuple of an entry of the zone. */
  used(candidate: Tuple): boolean;
  /** The same for a tuple that is as the packet has it: what answers the other way round is no other connection (nf_nat_used_tuple_new()). */
  usedUnchanged?(candidate: Tuple): boolean;
  /** Where entries with the source, protocol and zone of the tuple are mapped to now, newest first (see `sourceMapping`). */
  sourceMappings(tuple: Tuple): readonly SourceMapping[];
  /** A number the kernel draws, `low` ≤ value ≤ `high`; `chosen` if the scenario fixed it. Asked again for each new start. */
  chance(kind: 'port', low: number, high: number): { readonly value: number; readonly chosen: boolean };
  /** The packet belongs to an expectation; GRE keys move only then. */
  readonly expected: boolean;
  /**
   * May the entry that uses this tuple be evicted? In the kernel: the packet's entry is TCP in SYN_SENT, the other one
   * was source-NATed, is in TIME_WAIT or CLOSE, the tuple is its reply, and the packet's sequence number is beyond it.
   */
  evictable?(candidate: Tuple): boolean;
}

export interface SourceMapping {
  readonly src: Words;
  readonly sport: number;
}

interface NatChoice {
  readonly tuple: Tuple;
  /** `drawn`: the result depends on a number the scenario does not fix. */
  readonly chance: 'none' | 'chosen' | 'drawn';
  /** The tuple is taken all the same: the clash shows at the confirm. */
  readonly clash: boolean;
  /** The entry that used the tuple is evicted. */
  readonly evicts: boolean;
}

/** The source an entry is mapped to, from its reply tuple. */
export function sourceMapping({ proto, dst, sport, dport }: Tuple): SourceMapping {
  return { src: dst, sport: isIcmp(proto) ? sport : dport };
}

const isIcmp = (proto: number) => proto === PROTO.icmp || proto === PROTO.icmpv6;

/** The part of the tuple that is changed next to the address: `sport` or `dport`; null if the protocol has none. */
function keyOf({ proto }: Tuple, manip: 'src' | 'dst'): 'sport' | 'dport' | null {
  if (isIcmp(proto)) return 'sport';
  if (keyedByPorts(proto) || proto === PROTO.gre) return manip === 'src' ? 'sport' : 'dport';
  return null;
}

function addressInRange(words: Words, { low, high }: NatRange): boolean {
  return low === null || high === null || (compareWords(words, low) >= 0 && compareWords(words, high) <= 0);
}

/** l4proto_in_range(). */
function keyInRange(tuple: Tuple, manip: 'src' | 'dst', { portLow, portHigh }: NatRange): boolean {
  const key = keyOf(tuple, manip);
  if (key === null || portLow === null) return true;
  return tuple[key] >= portLow && tuple[key] <= (portHigh ?? portLow);
}

/**
 * The tuple a connection gets: `current` (the inverse of its reply tuple) with source or destination moved into the
 * range, different from all others if that can be done.
 */
export function uniqueTuple(current: Tuple, range: NatRange, manip: 'src' | 'dst', context: NatContext): NatChoice {
  const settled = (tuple: Tuple, clash = false): NatChoice => ({ tuple, chance: 'none', clash, evicts: false });
  const random = range.random || range.randomFully;
  if (manip === 'src' && !random) {
    if (addressInRange(current.src, range) && keyInRange(current, 'src', range)) {
      if (!(context.usedUnchanged ?? context.used)(current)) return settled(current);
    } else {
      const mapped = context
        .sourceMappings(current)
        .map((mapping) => ({ ...current, ...mapping }))
        .find((tuple) => addressInRange(tuple.src, range) && keyInRange(tuple, 'src', range));
      if (mapped && !context.used(mapped)) return settled(mapped);
    }
  }
  const tuple = withBestAddress(current, range, manip, context.zone);
  if (!random) {
    if (range.portLow === null) {
      if (!context.used(tuple)) return settled(tuple);
    } else if (range.portBase === null && keyInRange(tuple, manip, range)) {
      const used = context.used(tuple);
      if (!used || range.portLow === (range.portHigh ?? range.portLow)) return settled(tuple, used);
    }
  }
  return withUniqueKey(tuple, range, manip, context);
}

/** find_best_ips_proto(): the same source gets the same address out of a range each time. */
function withBestAddress(tuple: Tuple, range: NatRange, manip: 'src' | 'dst', zone: number): Tuple {
  const { low, high, persistent } = range;
  if (low === null || high === null) return tuple;
  if (compareWords(low, high) === 0) return { ...tuple, [manip]: low };
  const source = [0, 1, 2, 3].map((i) => memoryWord(tuple.src[i] ?? 0));
  const lastWord = tuple.dst.length - 1;
  let j = jhash2(source, persistent ? 0 : (memoryWord(tuple.dst[lastWord] as number) ^ zone) >>> 0);
  const chosen: number[] = [];
  let free = false;
  for (let i = 0; i <= lastWord; i++) {
    const from = free ? 0 : (low[i] as number);
    const count = free ? 0xffffffff : ((high[i] as number) - from + 1) >>> 0;
    const word = (from + Number((BigInt(j) * BigInt(count)) >> 32n)) >>> 0;
    chosen.push(word);
    if (word !== high[i]) free = true;
    // The kernel writes in place: for a destination it mixes in the word just chosen.
    if (!persistent) j = (j ^ memoryWord(manip === 'dst' ? word : (tuple.dst[i] as number))) >>> 0;
  }
  return { ...tuple, [manip]: chosen };
}

/** Lowest value and number of values a key may take; null: the key stays. */
function keyRange(tuple: Tuple, range: NatRange, manip: 'src' | 'dst', context: NatContext): { readonly low: number; readonly size: number } | null {
  const key = keyOf(tuple, manip);
  if (key === null || (tuple.proto === PROTO.gre && !context.expected)) return null;
  if (range.portLow !== null) {
    const ends = [range.portLow, range.portHigh ?? range.portLow];
    return { low: Math.min(...ends), size: Math.max(...ends) - Math.min(...ends) + 1 };
  }
  if (isIcmp(tuple.proto)) return { low: 0, size: 65536 };
  if (tuple.proto === PROTO.gre) return { low: 1, size: 65535 };
  if (manip === 'dst') return null;
  if (tuple[key] < 512) return { low: 1, size: 511 };
  if (tuple[key] < 1024) return { low: 600, size: 424 };
  return { low: 1024, size: 64512 };
}

/** nf_nat_l4proto_unique_tuple(). */
function withUniqueKey(tuple: Tuple, range: NatRange, manip: 'src' | 'dst', context: NatContext): NatChoice {
  const key = keyOf(tuple, manip);
  const keys = keyRange(tuple, range, manip, context);
  if (key === null || keys === null) return { tuple, chance: 'none', clash: context.used(tuple), evicts: false };
  const { low, size } = keys;
  let chance: NatChoice['chance'] = 'none';
  const draw = () => {
    // One value to choose from is no choice.
    if (size === 1) return 0;
    const { value, chosen } = context.chance('port', low, low + size - 1);
    if (!chosen) chance = 'drawn';
    else if (chance === 'none') chance = 'chosen';
    return (value - low) & 0xffff;
  };
  let offset = 0;
  if (range.portBase !== null) offset = (tuple[key] - range.portBase) & 0xffff;
  else if (range.random || range.randomFully || manip === 'src') offset = draw();

  let candidate = tuple;
  for (let tries = Math.min(size, MAX_TRIES); ; tries = Math.floor(tries / 2), offset = draw()) {
    for (let i = 0; i < tries; i++, offset = (offset + 1) & 0xffff) {
      candidate = { ...tuple, [key]: low + (offset % size) };
      if (!context.used(candidate)) return { tuple: candidate, chance, clash: false, evicts: false };
      const evicts = tuple.proto === PROTO.tcp && tries - i <= EVICTION_TRIES && context.evictable?.(candidate) === true;
      if (evicts) return { tuple: candidate, chance, clash: false, evicts };
    }
    if (tries >= size || tries < FEWEST_TRIES) return { tuple: candidate, chance, clash: true, evicts: false };
  }
}

/** The range that keeps the address: what NAT does where no rule did anything. The port may still have to move. */
export function nullBinding(current: Tuple, manip: 'src' | 'dst'): NatRange {
  return { low: current[manip], high: current[manip], portLow: null, portHigh: null, portBase: null, random: false, randomFully: false, persistent: false };
}

/** NETMAP: network bits of the range, host bits of the address. The range's ends differ in the host bits. */
export function netmapRange(address: Words, range: NatRange): NatRange {
  const { low, high } = range;
  if (low === null || high === null) return range;
  const mapped = address.map((word, i) => {
    const mask = ~((low[i] as number) ^ (high[i] as number));
    return ((word & ~mask) | ((low[i] as number) & mask)) >>> 0;
  });
  return { ...range, low: mapped, high: mapped };
}
