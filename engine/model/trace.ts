/**
 * A trace: a flat list of steps. `depth` and `parent` give the tree; misses in a row are folded into one step. The
 * published shape (formats §3) is made from it in trace/json.ts alone.
 */

import type { SkbView } from './context.ts';
import type { ConntrackEntry, Tuple } from './conntrack.ts';
import type { CtStateName } from './field.ts';
import type { Hook, HookFunctionName } from './hook.ts';
import type { FullPacket, Packet } from './packet.ts';
import type { RuleAddress } from './rule.ts';
import type { Tri } from './test.ts';
import type { Family } from '../net/address.ts';

/** The packet at one moment: registers frozen. Steps that changed nothing share one. */
export interface Snapshot {
  readonly regs: Uint32Array;
  readonly packet: FullPacket;
  readonly family: Family;
  readonly hook: Hook;
  /** Its connection as it was then. */
  readonly ct?: { readonly entry: ConntrackEntry } | null;
  readonly owner?: SkbView['owner'];
  /** Contents of the sets and the clock at that moment; read by walk/why alone. */
  readonly world: SnapshotWorld;
}

/** What a second reading of a rule needs besides the packet. Opaque to everyone but the walk. */
export interface SnapshotWorld {
  readonly sets: { get(name: string): unknown } | null;
  readonly now: number;
  /** For each register the bits whose value is not known (never given, or changed by what is not modelled); null: all are known. */
  readonly unknown: Uint32Array | null;
}

/** What one clause saw. */
export interface ClauseReading {
  /** As printed. */
  readonly clause: string;
  readonly field: string;
  readonly negated: boolean;
  readonly wanted: string;
  readonly saw: string;
  readonly holds: Tri;
  /** The set entry that decided. */
  readonly entry?: string;
  /** A sentence: `10.0.11.2 is in ovn40subnets-nat (10.0.11.0/24)`. */
  readonly text: string;
}

/** What stands for a value of which a part is not known. */
export const NOT_KNOWN = 'not known';

/** What a target wrote, also where that is what was there before. */
export interface FieldChange {
  readonly field: string;
  /** `NOT_KNOWN` where it is not; so `to`. */
  readonly from: string | number;
  readonly to: string | number;
}

interface StepBase {
  readonly index: number;
  readonly family: Family;
  readonly hook: Hook;
  /** What of the hook was running; null between the hooks: a routing decision, a device, delivery. */
  readonly within: HookFunctionName | null;
  readonly pass: number;
  /** Call depth of user chains, from 0. */
  readonly depth: number;
  /** The packet before the step. */
  readonly before: Snapshot;
}

export type StepDetail =
  /** A rule that matched, or whose answer is unknown. `text`: what the target did beyond changing fields. `readings` null: to be read on demand. */
  | {
      readonly kind: 'rule';
      readonly at: RuleAddress;
      readonly ruleIndex: number;
      readonly matched: Tri;
      readonly target: string | null;
      readonly effects: readonly FieldChange[];
      readonly text: string | null;
      readonly readings: readonly ClauseReading[] | null;
    }
  /** Rules `first` to `last` (numbers) of the chain, none of which matched. Each is one step in the published trace. */
  | {
      readonly kind: 'misses';
      readonly at: RuleAddress;
      readonly ruleIndex: number;
      readonly first: number;
      readonly last: number;
      readonly readings: ReadonlyMap<number, readonly ClauseReading[]> | null;
    }
  | { readonly kind: 'return'; readonly at: RuleAddress }
  | { readonly kind: 'policy'; readonly at: RuleAddress; readonly verdict: 'ACCEPT' | 'DROP' }
  | {
      readonly kind: 'conntrack';
      readonly event: 'lookup' | 'create' | 'confirm' | 'update' | 'destroy';
      readonly state: CtStateName;
      readonly direction: 'original' | 'reply' | null;
      readonly entry: ConntrackEntry | null;
      readonly text: string;
    }
  | { readonly kind: 'nat'; readonly manip: 'src' | 'dst'; readonly from: Tuple; readonly to: Tuple /** The port of `to` is one of many. */; readonly byChance?: true }
  | {
      readonly kind: 'route';
      readonly table: string;
      readonly route: string;
      readonly via: string | null;
      readonly dev: string | null;
      readonly type: string;
      readonly rule: number | null;
      readonly text: string;
    }
  | { readonly kind: 'tproxy'; readonly text: string }
  | { readonly kind: 'ipvs'; readonly text: string }
  | { readonly kind: 'encap'; readonly text: string }
  | { readonly kind: 'drop'; readonly reason: string; readonly text: string };

export type Step = StepBase & StepDetail;

export type FateVerdict = 'forwarded' | 'delivered' | 'sent' | 'dropped' | 'rejected' | 'lost' | 'queued' | 'stolen' | 'unknown';

export interface Outcome {
  readonly verdict: FateVerdict;
  /** Interface it leaves by; null if none. */
  readonly out: string | null;
  /** As it leaves or is delivered; null if nothing did. */
  readonly packet: Packet | null;
  readonly by: RuleAddress | null;
  /** For `lost`: `no route`, `ttl exceeded`… */
  readonly reason: string | null;
  /** Fields of the packet that are not known; in each stands a value that may be. Of a packet that left nothing: as it was in the end. */
  readonly notKnown?: readonly string[];
  /** Fields of the packet that the kernel draws by chance; in each stands one value of many. */
  readonly byChance?: readonly string[];
  /** For `unknown`, and where `by` or `reason` is not known: the rules that stood in the way, and what each assumption leads to (at most 16). */
  readonly because: readonly RuleAddress[];
  readonly alternatives: readonly { readonly assume: Readonly<Record<string, boolean>>; readonly outcome: Outcome }[];
}

/** What in a trace is otherwise on another way that the packet may have gone: the trace shows the one on which nothing that is unknown matched. */
export interface Unsettled {
  /** Rules that match, and policies that decide, on some of the ways and not on the others. */
  readonly rules: readonly RuleAddress[];
  /** Steps from this index on may not be so. */
  readonly from: number;
  /** Not every way could be tried: behind `from` nothing is certain, whether it is shown or not. */
  readonly open: boolean;
  /** What it rests on: rules whose answer is not known, or what else is not, as a sentence. */
  readonly because: readonly RuleAddress[];
  readonly reason: string | null;
}

export type EmittedCause = 'reject' | 'icmp-error' | 'tunnel' | 'tee' | 'socket' | 'clone';

export interface Trace {
  /** As given by the user, or made by the kernel for emitted packets. */
  readonly packet: Packet;
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
  readonly emitted: readonly Emitted[];
  /** Left out, or null: all of it is so whatever is not known. */
  readonly unsettled?: Unsettled | null;
}

export interface Emitted extends Trace {
  readonly cause: EmittedCause;
  /** Index of the step that caused it. */
  readonly parent: number;
}
