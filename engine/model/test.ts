/**
 * What a rule looks at and what it does, as data. An extension compiles its options to clauses (tests) and an action
 * (effects and a verdict); nothing else in the project decides what a rule means. Two readers share this data: the
 * interpreter that decides (walk/test) and the one that explains (walk/why).
 */

import type { Field } from './field.ts';
import type { SetSide } from './set.ts';
import type { EvalContext, SkbView } from './context.ts';

/** Kleene's three truth values. The order of the numbers is the order of `or` (maximum) and `and` (minimum). */
export const FALSE = 0;
export const UNKNOWN = 1;
export const TRUE = 2;
export type Tri = 0 | 1 | 2;
export const not = (value: Tri): Tri => (2 - value) as Tri;

/** One test of one thing. `negated` belongs to the clause, except inside an any-of list, where a test may carry it. */
export type Test =
  /** `(field & mask) == value`, unsigned 32 bit. */
  | { readonly op: 'masked'; readonly field: Field; readonly mask: number; readonly value: number; readonly negated?: boolean }
  /** `(address & mask) == value` over the words of the family: one for IPv4, four for IPv6. */
  | { readonly op: 'prefix'; readonly field: Field; readonly mask: readonly number[]; readonly value: readonly number[]; readonly negated?: boolean }
  /** Some range `[low, high]` holds the value; sorted, disjoint, inclusive. Words as in `prefix` for address fields. */
  | { readonly op: 'ranges'; readonly field: Field; readonly ranges: readonly (readonly [number, number])[]; readonly negated?: boolean }
  | { readonly op: 'address-range'; readonly field: Field; readonly low: readonly number[]; readonly high: readonly number[]; readonly negated?: boolean }
  /** `(field & bits) != 0`. */
  | { readonly op: 'any-bit'; readonly field: Field; readonly bits: number; readonly negated?: boolean }
  /** Interface name: byte-wise, a trailing `+` is a prefix match, `+` alone any name. An absent interface is the empty name. */
  | { readonly op: 'interface'; readonly field: Field; readonly pattern: string; readonly negated?: boolean }
  /** Look-up in an ipset; never negated by itself (a clause is). */
  | SetTest
  /** What no field test can say. A named operation over the packet and what the node knows. */
  | OpaqueTest
  /** The same answer always. `unknown` is how everything that is not modelled enters a walk. */
  | { readonly op: 'constant'; readonly value: Tri; readonly reason: string; readonly negated?: boolean };

export interface SetTest {
  readonly op: 'set';
  readonly set: string;
  readonly sides: readonly SetSide[];
  readonly negated?: boolean;
  /** `--return-nomatch`: true only for entries marked nomatch. */
  readonly returnNomatch: boolean;
  /** `! --update-counters` clears it. */
  readonly updateCounters: boolean;
  /** `! --update-subcounters` clears it: entries of the members of a list:set. */
  readonly updateSubcounters?: boolean;
  /** `--packets-eq` and the like: tested on the entry that matched. */
  readonly counters: readonly { readonly what: 'packets' | 'bytes'; readonly compare: 'eq' | 'ne' | 'lt' | 'gt'; readonly value: number }[];
}

/**
 * A named operation. Those that follow from packet and node give `holds`. Those with state per rule (`limit`, `quota`),
 * and those that ask for what is known only while the packet is there (`connections`, `choice`), give `step`: a pure
 * function from the state before to the answer and the state after, which the walker stores. What a step saw is recorded
 * when it is asked; it cannot be read again.
 */
export interface OpaqueTest {
  readonly op: 'opaque';
  readonly name: string;
  /** What is asked, as printable data. */
  readonly operand: Readonly<Record<string, unknown>>;
  /** The same in words that fit behind `needs`: `LOCAL or UNICAST`. Absent: the operand is told. */
  readonly wanted?: string;
  readonly negated?: boolean;
  /** Every field it looks at, through `context` too: where one of them is not known, neither is the answer. */
  readonly reads: readonly Field[];
  holds?(skb: SkbView, context: EvalContext): Tri;
  step?(skb: SkbView, context: EvalContext, state: unknown): StepAnswer;
  /** State of a rule that no packet has met. */
  readonly initial?: unknown;
  /** Name under which several rules share one state: `hashlimit:ipv4:web`. Absent: the state is the rule's own. */
  readonly shared?: string;
  /** It goes on with the state of the opaque test before it in its rule, as that one has left it. */
  readonly continues?: true;
  /** What the operation saw, for `why`: `255.255.255.255 is BROADCAST`. `state` is the one before. */
  saw(skb: SkbView, context: EvalContext, state: unknown): string;
  /**
   * Does what it saw rest on a rule that was just loaded? What a node's rules have counted no tool prints, so they begin as new;
   * where the walk itself has counted, or the snapshot or the scenario says it, this is false. `state` as for `saw`. Absent: never.
   */
  asLoaded?(skb: SkbView, context: EvalContext, state: unknown): boolean;
}

export interface StepAnswer {
  readonly holds: Tri;
  readonly state: unknown;
  /** What the match itself writes into the packet, whatever the rest of the rule says (cluster, socket). */
  readonly writes?: { readonly field: Field /** Null: not known. */; readonly value: number | null };
}

/**
 * A condition of a rule: any of its tests holds, inverted if `negated`. The rule matches when every clause holds, and
 * the first that does not ends the evaluation. One option is one clause, with the conditions the kernel adds of itself
 * (a readable header, a conntrack entry) as guards before it.
 */
export interface Clause {
  /** As iptables-save prints it, negation included: `-m set ! --match-set ovn40subnets dst`, `--dport 80`. */
  readonly text: string;
  readonly any: readonly Test[];
  readonly negated: boolean;
  /** A precondition that no option states; `text` then names it in words: `the TCP header is readable`. */
  readonly guard?: boolean;
  /** `drop`: the kernel drops the packet on the spot (hotdrop) if it does not hold. */
  readonly otherwise?: 'drop';
  /** If this holds, this clause is taken as true without a look (xt_conntrack without an entry: every clause after --ctstate). */
  readonly vacuousIf?: Test;
}

/** `BEYOND`: the packet is in hands that nobody knows. */
export type Verdict = 'ACCEPT' | 'DROP' | 'RETURN' | 'CONTINUE' | 'QUEUE' | 'STOLEN' | 'REPEAT' | 'BEYOND';

/** Address and port range of a NAT target (struct nf_nat_range2). */
export interface NatRange {
  readonly low: readonly number[] | null;
  readonly high: readonly number[] | null;
  /** Port, ICMP id or GRE key range. */
  readonly portLow: number | null;
  readonly portHigh: number | null;
  /** DNAT `--to-destination a:p-q/base`. */
  readonly portBase: number | null;
  readonly random: boolean;
  readonly randomFully: boolean;
  readonly persistent: boolean;
}

/** What a target does. The walker applies and records effects; an effect never runs code of its own. */
export type Effect =
  /** `field := (field & ~mask) ^ value`: MARK, TOS, DSCP, CLASSIFY. */
  | { readonly op: 'assign'; readonly field: Field; readonly mask: number; readonly value: number }
  /** `field := clamp(field + delta, 0, 255)`: TTL, HL. */
  | { readonly op: 'add'; readonly field: Field; readonly delta: number }
  /** CONNMARK. save: ct := (ct & ~ctMask) ^ (mark & nfMask); restore: mark := (mark & ~nfMask) ^ (ct & ctMask); set: ct := (ct & ~ctMask) ^ value. `shift`: bits to the left (to the right if negative) that what is saved or restored, and what is set altogether, is moved by. */
  | { readonly op: 'connmark'; readonly mode: 'set' | 'save' | 'restore'; readonly value: number; readonly ctMask: number; readonly nfMask: number; readonly shift?: number }
  /** HMARK: mark := hash scaled to `modulus`, plus `offset`. Masks of addresses in words of the family; ports and SPI are one word. */
  | {
      readonly op: 'hash-mark';
      readonly byConnection: boolean;
      readonly srcMask: readonly number[];
      readonly dstMask: readonly number[];
      readonly portMask: number;
      readonly portSet: number;
      readonly protoMask: number;
      readonly seed: number;
      readonly modulus: number;
      readonly offset: number;
    }
  /** SNAT, DNAT with the range given; MASQUERADE and REDIRECT find their address; NETMAP maps prefixes (`low`/`high` bound it). */
  | { readonly op: 'nat'; readonly kind: 'snat' | 'dnat' | 'masquerade' | 'redirect' | 'netmap'; readonly range: NatRange }
  | { readonly op: 'reject'; readonly with: string }
  /** SYNPROXY: what of a client's options the proxy takes up; `mss` of the server, null if it is not named. */
  | { readonly op: 'syn-proxy'; readonly mss: number | null; readonly timestamp: boolean; readonly sackPerm: boolean; readonly wscale: boolean; readonly ecn: boolean }
  | { readonly op: 'tproxy'; readonly port: number; readonly address: readonly number[] | null; readonly mark: number; readonly mask: number }
  /**
   * SNPT, DNPT: the first `length` bits become those of `prefix`, and `adjustment` keeps checksums right. Of a packet that an ICMPv6 error quotes
   * the other address is changed with it, if it begins with the `fromLength` bits of `from`.
   */
  | {
      readonly op: 'prefix';
      readonly field: Field;
      readonly prefix: readonly number[];
      readonly length: number;
      readonly adjustment: number;
      readonly from: readonly number[];
      readonly fromLength: number;
    }
  /** TCPOPTSTRIP: options of these kinds become no-operations. */
  | { readonly op: 'strip-options'; readonly kinds: readonly number[] }
  | { readonly op: 'notrack' }
  | {
      readonly op: 'ct-template';
      readonly zone: number | 'mark' | null;
      readonly zoneDirection: 'both' | 'orig' | 'reply';
      readonly helper: string | null;
      readonly timeout: string | null;
    }
  | { readonly op: 'set-entry'; readonly action: 'add' | 'del'; readonly set: string; readonly sides: readonly SetSide[]; readonly exist: boolean; readonly timeout: number | null }
  | { readonly op: 'set-map'; readonly set: string; readonly sides: readonly SetSide[]; readonly mark: boolean; readonly priority: boolean; readonly queue: boolean }
  | { readonly op: 'tcpmss'; readonly mode: 'set' | 'clamp'; readonly value: number }
  | { readonly op: 'queue'; readonly number: number /** Last queue of a range to choose from. */; readonly last?: number; readonly bypass: boolean }
  | { readonly op: 'log'; readonly prefix: string }
  | { readonly op: 'trace' }
  | { readonly op: 'tee'; readonly gateway: readonly number[]; readonly out: string | null }
  /** Seen and not simulated: the trace names it; `changes` is what it may have changed, whose value is unknown afterwards. */
  | { readonly op: 'unmodelled'; readonly what: string; readonly changes: readonly Field[] };

/** What happens when a rule matches: effects in order, then the verdict. */
export interface Action {
  readonly effects: readonly Effect[];
  readonly verdict: Verdict;
}
