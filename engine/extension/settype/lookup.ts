/**
 * Looking a packet up in a set. The values of the packet are written into one scratch entry, then found by hash; nothing
 * is allocated. Prefix lengths of nets are tried longest first, and the first entry found decides.
 *
 * Source: Linux 6.18 net/netfilter/ipset/ip_set_core.c ip_set_test(), ip_set_match_extensions(); ip_set_hash_gen.h
 * mtype_test(), mtype_test_cidrs(); ip_set_getport.c; the *_kadt() function of each type.
 */

import type { EvalContext } from '../../model/context.ts';
import { FIELD, L4, UNKNOWN_MAC } from '../../model/field.ts';
import type { SetSide } from '../../model/set.ts';
import type { SetTest } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { hashOf, sameWords } from './entry-index.ts';
import { PHYSDEV, prefixWord, WILDCARD } from './parse.ts';
import { getAt } from './position-map.ts';
import type { Part, SetLayout } from './settype.ts';
import { counterOf, expiresAt, isNomatch, isPresent, netParts, waitsForMac, type SetState } from './state.ts';

/** Not in the set. */
export const NOT_IN_SET = -1;
/** Whether it is in the set cannot be told: a value looked for is not known, or a member set is not. */
export const UNKNOWN_ENTRY = -2;
/** An entry flagged nomatch was found: `-3 - position`. */
const NOMATCH_BASE = -3;

export const isNomatchHit = (found: number): boolean => found <= NOMATCH_BASE;
/** Position of the entry that decided, matched or flagged nomatch; -1 if there is none. */
export const decidingEntry = (found: number): number => (found >= 0 ? found : found <= NOMATCH_BASE ? NOMATCH_BASE - found : -1);

export interface SetContext extends Pick<EvalContext, 'family' | 'now' | 'interfaceName'> {
  /** Contents of another set, for members of list:set; null or undefined if there is no such set. */
  setState(name: string): SetState | null | undefined;
  /** Where to note the entries that count this packet; null: nobody asks. */
  readonly hits: SetHits | null;
  /** For each register the bits that are not known, the same in all words of a field; null: all are known. */
  readonly unknown: Uint32Array | null;
}

/**
 * Entries whose counters (or missing MAC) a look-up touched, in order: the kernel counts also where a counter condition
 * then fails, and where the entry is flagged nomatch. Emptied by the caller; `countHits` (change.ts) makes the new states.
 */
export interface SetHits {
  readonly states: SetState[];
  readonly positions: number[];
  /** Index to the MAC that the entry learns: of the side that was looked up. */
  macs?: Map<number, readonly [high: number, low: number]>;
}

type LookupOptions = Pick<SetTest, 'counters' | 'updateCounters' | 'updateSubcounters' | 'returnNomatch'>;

const PLAIN: LookupOptions = { counters: [], updateCounters: true, returnNomatch: false };

const scratch = new Uint32Array(16);
/** The packet's first addresses of net parts, unmasked: masked copies go to scratch. */
const addresses = new Uint32Array(8);
let interfaceName = '';

/**
 * Looks the packet up. ≥ 0: position of the entry that matched; `NOT_IN_SET`; `UNKNOWN_ENTRY`; else a hit on an entry
 * flagged nomatch, see `isNomatchHit`. Fewer sides than dimensions, or a packet of another family: not in the set.
 */
export function lookup(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext, options: LookupOptions = PLAIN): number {
  const { type, header, family } = state.layout;
  if (sides.length < type.dimensions) return NOT_IN_SET;
  if (type.families.length > 0 && (header.family ?? family) !== context.family) return NOT_IN_SET;
  if (options.counters.length > 0 && context.unknown !== null && context.unknown[FIELD.length.index] !== 0) return UNKNOWN_ENTRY;
  if (type.method === 'list') return lookupList(state, sides, regs, context, options);
  const filled = fill(state, sides, regs, context);
  if (filled !== 0) return filled;
  return state.lengths.length === 0 ? find(state, regs, context, options) : findNets(state, regs, context, options);
}

/** Whole `SetTest`: `--return-nomatch` and counter conditions folded in. Position of the entry, `NOT_IN_SET` or `UNKNOWN_ENTRY`. */
export function testSet(test: SetTest, state: SetState, regs: Uint32Array, context: SetContext): number {
  return foldNomatch(state, lookup(state, test.sides, regs, context, test), test.returnNomatch);
}

/** ip_set_test(): types without nomatch ignore `--return-nomatch`. What an incomplete set does not show may be in it, and may be an exception. */
function foldNomatch({ layout, set }: SetState, found: number, returnNomatch: boolean): number {
  const forExceptions = returnNomatch && layout.type.nomatch;
  if (set.incomplete && (found < 0 || forExceptions)) return UNKNOWN_ENTRY;
  if (!forExceptions) return found <= NOMATCH_BASE ? NOT_IN_SET : found;
  return found <= NOMATCH_BASE ? NOMATCH_BASE - found : found === UNKNOWN_ENTRY ? UNKNOWN_ENTRY : NOT_IN_SET;
}

/** list_set_ktest(): counter conditions are for the list's own entries; a nomatch in a member does not end the search. */
function lookupList(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext, options: LookupOptions): number {
  memberOptions.updateCounters = options.updateCounters && options.updateSubcounters !== false;
  memberOptions.returnNomatch = options.returnNomatch;
  let unknown = false;
  for (let position = 0; position < state.positions; position++) {
    if (!isPresent(state, position) || context.now > expiresAt(state, position)) continue;
    const member = context.setState(state.names[state.base.words[position] as number] as string);
    if (!member || member.layout.type.method === 'list') {
      unknown = true;
      continue;
    }
    const found = foldNomatch(member, lookup(member, sides, regs, context, memberOptions), options.returnNomatch);
    if (found === UNKNOWN_ENTRY) unknown = true;
    if (found >= 0 && extensionsHold(state, position, regs, context, options)) return unknown ? UNKNOWN_ENTRY : position;
  }
  return unknown ? UNKNOWN_ENTRY : NOT_IN_SET;
}

const memberOptions: { -readonly [K in keyof LookupOptions]: LookupOptions[K] } = { ...PLAIN };

/** Writes the packet's values into `scratch`; 0, or the answer if there is no value to look up or one that is not known. */
function fill(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): number {
  const { layout } = state;
  const { parts } = layout.type;
  let answer = 0;
  for (let p = 0; p < parts.length; p++) {
    const found = fillPart(layout, parts[p] as Part, p, layout.offsets[p] as number, sides[p] === 'src', regs, context);
    // What cannot be in the set is not, whatever the other values are.
    if (found === NOT_IN_SET) return NOT_IN_SET;
    if (found !== 0) answer = found;
  }
  return answer;
}

/** Writes one part into `scratch`; 0, or the answer as `fill` gives it. */
function fillPart(layout: SetLayout, part: Part, p: number, at: number, source: boolean, regs: Uint32Array, context: SetContext): number {
  const { unknown } = context;
  switch (part.kind) {
    case 'address':
    case 'net': {
      const from = source ? FIELD.src.index : FIELD.dst.index;
      if (unknown !== null && unknown[from] !== 0) return UNKNOWN_ENTRY;
      const mask = p === 0 ? layout.mask : null;
      let any = 0;
      for (let i = 0, n = layout.family === 'ipv6' ? 4 : 1; i < n; i++) {
        const word = mask ? (regs[from + i] as number) & (mask[i] as number) : (regs[from + i] as number);
        scratch[at + i] = word;
        if (part.kind === 'net') addresses[(p === 0 ? 0 : 4) + i] = word;
        any |= word;
      }
      if (part.kind === 'net') return 0;
      if (!part.zero && any === 0) return NOT_IN_SET;
      return layout.range && ((scratch[at] as number) < layout.range[0] || (scratch[at] as number) > layout.range[1]) ? NOT_IN_SET : 0;
    }
    case 'port':
    case 'plain-port': {
      if (unknown !== null && portUnknown(unknown, source)) return UNKNOWN_ENTRY;
      const value = portOf(regs, source);
      if (value < 0 || (context.family === 'ipv6' && ENDLESS.includes(regs[FIELD.proto.index] as number))) return NOT_IN_SET;
      if (part.kind === 'port') {
        scratch[at] = (regs[FIELD.proto.index] as number) * 65536 + value;
        return 0;
      }
      const proto = regs[FIELD.proto.index];
      if (proto !== PROTO.tcp && proto !== PROTO.udp) return NOT_IN_SET;
      scratch[at] = value;
      return layout.range && (value < layout.range[0] || value > layout.range[1]) ? NOT_IN_SET : 0;
    }
    case 'mark':
      if (unknown !== null && (unknown[FIELD.mark.index] as number) & layout.markMask) return UNKNOWN_ENTRY;
      scratch[at] = (regs[FIELD.mark.index] as number) & layout.markMask;
      return 0;
    case 'mac': {
      if (unknown !== null && unknown[FIELD.hasMac.index] !== 0) return UNKNOWN_ENTRY;
      if (regs[FIELD.hasMac.index] === 0) return NOT_IN_SET;
      const high = source ? FIELD.srcMacHigh.index : FIELD.dstMacHigh.index;
      const low = source ? FIELD.srcMacLow.index : FIELD.dstMacLow.index;
      if (regs[high] === UNKNOWN_MAC || (unknown !== null && ((unknown[high] as number) | (unknown[low] as number)) !== 0)) return UNKNOWN_ENTRY;
      scratch[at] = regs[high] as number;
      scratch[at + 1] = regs[low] as number;
      return scratch[at] === 0 && scratch[at + 1] === 0 ? NOT_IN_SET : 0;
    }
    case 'interface': {
      const device = source ? FIELD.in.index : FIELD.out.index;
      if (unknown !== null && unknown[device] !== 0) return UNKNOWN_ENTRY;
      interfaceName = context.interfaceName(regs[device] as number);
      return interfaceName === '' ? NOT_IN_SET : 0;
    }
    case 'set':
      return NOT_IN_SET;
  }
}

/** Of IPv6: behind them is nothing, so that no protocol is found (ipv6_skip_exthdr()). */
const ENDLESS: readonly number[] = [PROTO.ah, PROTO.none];

function portUnknown(unknown: Uint32Array, source: boolean): boolean {
  const port = unknown[source ? FIELD.sport.index : FIELD.dport.index] as number;
  return (
    ((unknown[FIELD.l4.index] as number) |
      (unknown[FIELD.proto.index] as number) |
      port |
      (unknown[FIELD.icmpType.index] as number) |
      (unknown[FIELD.icmpCode.index] as number)) !==
    0
  );
}

/** ip_set_get_ip4_port(): the port, ICMP `type << 8 | code`, 0 for other protocols; -1 where the header cannot be read. */
function portOf(regs: Uint32Array, source: boolean): number {
  const readable = regs[FIELD.l4.index];
  if (readable === L4.none) return -1;
  switch (regs[FIELD.proto.index]) {
    case PROTO.tcp:
    case PROTO.udp:
    case PROTO.udplite:
    case PROTO.sctp:
      return readable === L4.readable ? (regs[source ? FIELD.sport.index : FIELD.dport.index] as number) : -1;
    case PROTO.icmp:
    case PROTO.icmpv6:
      return readable === L4.readable ? (regs[FIELD.icmpType.index] as number) * 256 + (regs[FIELD.icmpCode.index] as number) : -1;
    default:
      return 0;
  }
}

/** Number of entries with the hashed words, other words aside, that the last `find` met (hash:net,iface). */
let sameBlock = 0;

function findNets(state: SetState, regs: Uint32Array, context: SetContext, options: LookupOptions): number {
  const { layout, lengths } = state;
  const { parts } = layout.type;
  const firstPart = (parts[0] as Part).kind === 'net' ? 0 : parts.length - 1;
  const outer = lengths[0] as readonly number[];
  const inner = lengths[1];
  const offsets = layout.offsets;
  for (let j = 0; j < outer.length; j++) {
    maskInto(layout, offsets[firstPart] as number, firstPart === 0 ? 0 : 4, outer[j] as number);
    for (let k = 0; k < (inner ? inner.length : 1); k++) {
      if (inner) maskInto(layout, offsets[parts.length - 1] as number, 4, inner[k] as number);
      const found = find(state, regs, context, options);
      if (found !== NOT_IN_SET) return found;
      // mtype_test_cidrs() with IP_SET_HASH_WITH_MULTI: once the block is there, with whatever interface, shorter ones are not tried.
      if (sameBlock > 0) return NOT_IN_SET;
    }
  }
  return NOT_IN_SET;
}

function maskInto(layout: SetLayout, at: number, from: number, length: number): void {
  const n = layout.family === 'ipv6' ? 4 : 1;
  for (let i = 0; i < n; i++) scratch[at + i] = (addresses[from + i] as number) & prefixWord(length, i);
  scratch[at + n] = length;
}

/** Finds the entry equal to `scratch`: among those read, then among those added. */
function find(state: SetState, regs: Uint32Array, context: SetContext, options: LookupOptions): number {
  const { layout, table, base } = state;
  const { hashWords, width } = layout;
  const hash = hashOf(scratch, 0, hashWords);
  const mask = table.length - 1;
  sameBlock = 0;
  let best = NOT_IN_SET;
  for (let slot = hash & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
    const position = (table[slot] as number) - 1;
    if (!sameWords(scratch, 0, base.words, position * width, hashWords) || !isPresent(state, position)) continue;
    const record = getAt(state.records, position);
    best = decide(state, position, record ? record.words : base.words, record ? 0 : position * width, regs, context, options);
    if (best !== NOT_IN_SET) return best;
  }
  const added = state.added ? getAt(state.added, hash) : undefined;
  if (added)
    for (let i = 0; i < added.length; i++) {
      const position = added[i] as number;
      const record = getAt(state.records, position);
      if (!record?.present || !sameWords(scratch, 0, record.words, 0, hashWords)) continue;
      best = decide(state, position, record.words, 0, regs, context, options);
      if (best !== NOT_IN_SET) return best;
    }
  return best;
}

/** An entry with the hashed words of the packet: do the others agree, is it alive, do counter conditions hold? */
function decide(state: SetState, position: number, words: ArrayLike<number>, offset: number, regs: Uint32Array, context: SetContext, options: LookupOptions): number {
  const { layout } = state;
  if (layout.hashWords < layout.keyWords) {
    sameBlock++;
    if (!sameInterface(state, words[offset + layout.hashWords] as number)) return NOT_IN_SET;
    // An entry of the very interface that is expired or fails its conditions lets shorter blocks be tried.
    sameBlock = 0;
  } else if (layout.keyWords < layout.width) {
    if (waitsForMac(state, words, offset)) {
      if (context.hits) {
        context.hits.macs ??= new Map();
        context.hits.macs.set(context.hits.positions.length, [scratch[layout.keyWords] as number, scratch[layout.keyWords + 1] as number]);
        recordHit(context.hits, state, position);
      }
      return position;
    }
    if (!sameWords(scratch, layout.keyWords, words, offset + layout.keyWords, layout.width - layout.keyWords)) return NOT_IN_SET;
  }
  if (!extensionsHold(state, position, regs, context, options)) return NOT_IN_SET;
  return isNomatch(state, position) ? NOMATCH_BASE - position : position;
}

function sameInterface(state: SetState, word: number): boolean {
  const name = state.names[word >>> 2] as string;
  // xt_set never asks for the bridge port, so an entry with physdev is not found by rules.
  if (word & PHYSDEV) return false;
  return word & WILDCARD ? interfaceName.startsWith(name) : interfaceName === name;
}

/** ip_set_match_extensions(): expired entries do not match; counters are updated first, then compared. */
function extensionsHold(state: SetState, position: number, regs: Uint32Array, context: SetContext, options: LookupOptions): boolean {
  if (context.now > expiresAt(state, position)) return false;
  if (!state.layout.counters) return true;
  if (options.updateCounters && context.hits) recordHit(context.hits, state, position);
  for (let i = 0; i < options.counters.length; i++) {
    const condition = options.counters[i] as SetTest['counters'][number];
    const added = options.updateCounters ? (condition.what === 'packets' ? 1 : (regs[FIELD.length.index] as number)) : 0;
    if (!compares(counterOf(state, position, condition.what) + added, condition.compare, condition.value)) return false;
  }
  return true;
}

function recordHit(hits: SetHits, state: SetState, position: number): void {
  hits.states.push(state);
  hits.positions.push(position);
}

function compares(counter: number, compare: SetTest['counters'][number]['compare'], value: number): boolean {
  switch (compare) {
    case 'eq':
      return counter === value;
    case 'ne':
      return counter !== value;
    case 'lt':
      return counter < value;
    case 'gt':
      return counter > value;
  }
}

/** Name of the interface that the last look at a packet's values met. */
export const packetInterface = (): string => interfaceName;

/** The packet's values as a new entry, for the SET target; null if the packet has none. Words of an interface are left 0: its name is `packetInterface()`. */
export function packetEntry(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): Uint32Array | null {
  if (fill(state, sides, regs, context) !== 0) return null;
  // INIT_CIDR: the SET target takes the longest prefix length present, a host address in an empty set.
  for (const [i, offset] of netParts(state.layout).entries()) fillNet(state, offset, state.lengths[i]?.[0]);
  return scratch.slice(0, state.layout.width);
}

/** Are all of the packet's values known that an entry is made of? */
export function entryKnown(state: SetState, sides: readonly SetSide[], regs: Uint32Array, context: SetContext): boolean {
  return fill(state, sides, regs, context) !== UNKNOWN_ENTRY;
}

/** The packet's value for one part as an entry has it, a net as a host; the words of the other parts mean nothing. Or why there is none to look for. */
export function packetPart(state: SetState, p: number, side: SetSide, regs: Uint32Array, context: SetContext): Uint32Array | typeof NOT_IN_SET | typeof UNKNOWN_ENTRY {
  const { layout } = state;
  const part = layout.type.parts[p] as Part;
  const at = layout.offsets[p] as number;
  const found = fillPart(layout, part, p, at, side === 'src', regs, context);
  if (found !== 0) return found === NOT_IN_SET ? NOT_IN_SET : UNKNOWN_ENTRY;
  if (part.kind === 'net') fillNet(state, at + (layout.family === 'ipv6' ? 4 : 1), undefined);
  return scratch.slice(0, layout.width);
}

/** The address of a net part with its prefix length, whose word is at `offset`; of a host if no length is given. */
function fillNet({ layout }: SetState, offset: number, length: number | undefined): void {
  const n = layout.family === 'ipv6' ? 4 : 1;
  maskInto(layout, offset - n, offset - n === 0 ? 0 : 4, length ?? n * 32);
}
