/**
 * What the page and the worker say to each other: plain data only, so that it clones cheaply and the page never holds
 * registers, programs or worlds. The engine's own types appear where they are plain already (Packet, Outcome, Problem).
 */

import type { ClauseReading, ConntrackEntry, Environment, FieldChange, Outcome, Packet, Problem } from '../../engine/index.ts';

export type Family = 'ipv4' | 'ipv6';
export type HookName = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

/** A file of the user or of an example, as text. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

// --- The node, as the page lists it -------------------------------------------------------------------------------

export interface RuleSummary {
  /** From 1. */
  readonly number: number;
  /** Line in the file as given. */
  readonly line: number;
  readonly source: string;
  /** Tests as iptables-save prints them, one per match; the comment is apart. */
  readonly tests: readonly string[];
  readonly comment: string | null;
  /** Name after `-j` or `-g`, null if there is none. */
  readonly target: string | null;
  /** Options of the target as printed: `--set-xmark 0x4000/0x4000`. */
  readonly targetOptions: string;
  readonly goto: boolean;
  /** The target is a chain of the user. */
  readonly toChain: boolean;
}

export interface ChainSummary {
  readonly name: string;
  readonly policy: 'ACCEPT' | 'DROP' | null;
  readonly rules: readonly RuleSummary[];
}

export interface TableSummary {
  /** What stands before the chain in a rule address: `nat`, `ip6:nat`, `legacy:filter`. */
  readonly key: string;
  readonly family: Family;
  readonly name: string;
  readonly chains: readonly ChainSummary[];
}

export interface SetSummary {
  readonly name: string;
  readonly type: string;
  readonly entries: number;
}

export interface InterfaceSummary {
  readonly name: string;
  /** `10.0.11.1/24`, as text. */
  readonly addresses: readonly string[];
}

export interface NodeSummary {
  readonly tables: readonly TableSummary[];
  /** Null: the files say nothing about sets, so every set is unknown. */
  readonly sets: readonly SetSummary[] | null;
  /** Those of the default node where the files say nothing. */
  readonly interfaces: readonly InterfaceSummary[];
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
}

// --- A trace, with registers rendered to values -------------------------------------------------------------------

/** The packet and what conntrack knows of it, at one moment. Steps that change nothing share one. */
export interface PacketState {
  readonly family: Family;
  readonly in: string | null;
  readonly out: string | null;
  readonly src: string;
  readonly dst: string;
  readonly proto: string;
  readonly sport: number | null;
  readonly dport: number | null;
  /** TCP flags set, null for other protocols. */
  readonly flags: readonly string[] | null;
  readonly icmp: { readonly type: number; readonly code: number; readonly id: number } | null;
  readonly ttl: number;
  readonly tos: number;
  readonly length: number;
  readonly mark: number;
  readonly conntrack: ConntrackState;
}

export interface ConntrackState {
  /** Null before the look-up. */
  readonly ctstate: string | null;
  readonly direction: 'original' | 'reply' | null;
  readonly status: readonly string[];
  readonly mark: number;
  /** `10.0.11.2:4200 > 8.8.8.8:443`; null without an entry. */
  readonly original: string | null;
  readonly reply: string | null;
}

/** Three truth values, as words. */
export type Truth = 'true' | 'false' | 'unknown';

export interface Reading extends Omit<ClauseReading, 'holds'> {
  readonly holds: Truth;
}

interface StepBase {
  readonly index: number;
  readonly family: Family;
  readonly hook: HookName;
  readonly pass: number;
  readonly depth: number;
  /** Index into `states`: the packet before the step, and after it. */
  readonly before: number;
  readonly after: number;
}

/** Place of a rule step: `table` is the key of a `TableSummary`. */
interface AtRule {
  readonly table: string;
  readonly chain: string;
  readonly rule: number;
}

export type StepView = StepBase &
  (
    | (AtRule & { readonly kind: 'rule'; readonly matched: 'true' | 'unknown'; readonly target: string | null; readonly effects: readonly FieldChange[] })
    | (AtRule & { readonly kind: 'misses'; readonly last: number })
    | (AtRule & { readonly kind: 'return' })
    | (AtRule & { readonly kind: 'policy'; readonly verdict: 'ACCEPT' | 'DROP' })
    | {
        readonly kind: 'conntrack';
        readonly event: 'lookup' | 'create' | 'confirm' | 'update' | 'destroy';
        readonly state: string;
        readonly direction: 'original' | 'reply' | null;
        readonly entry: ConntrackEntry | null;
      }
    | { readonly kind: 'nat' /** The end that was rewritten, before and after. */; readonly manip: 'src' | 'dst'; readonly from: string; readonly to: string }
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
    | { readonly kind: 'tproxy' | 'ipvs' | 'encap'; readonly text: string }
    | { readonly kind: 'drop'; readonly reason: string; readonly text: string }
  );

export type StepKind = StepView['kind'];

export interface TraceView {
  readonly packet: Packet;
  readonly steps: readonly StepView[];
  readonly states: readonly PacketState[];
  readonly outcome: Outcome;
  /** Packets the walk caused; they do not step yet, and are named. */
  readonly emitted: readonly { readonly cause: string; readonly parent: number; readonly packet: Packet; readonly outcome: Outcome }[];
  /** What whoever got the packet would send back; null if nobody would. */
  readonly reply: Packet | null;
  /** Defaults and blind spots this walk rests on. */
  readonly notes: readonly string[];
  /** Readings of rules, by `step/rule`, as far as they were made with the trace; others are asked for. */
  readonly readings: Readonly<Record<string, readonly Reading[]>>;
}

// --- Requests and answers -----------------------------------------------------------------------------------------

export type Request =
  /** `files` is null where the node is the one of the run before. */
  | { readonly kind: 'run'; readonly id: number; readonly files: readonly SourceFile[] | null; readonly packets: readonly Packet[]; readonly environment: Environment }
  /** Why a rule did or did not match at a step of a packet of run `id`. */
  | { readonly kind: 'why'; readonly id: number; readonly packet: number; readonly step: number; readonly rule: number };

export type Answer =
  | { readonly kind: 'node'; readonly id: number; readonly node: NodeSummary }
  | { readonly kind: 'traces'; readonly id: number; readonly traces: readonly TraceView[]; readonly problems: readonly Problem[] }
  | { readonly kind: 'why'; readonly id: number; readonly packet: number; readonly step: number; readonly rule: number; readonly readings: readonly Reading[] }
  /** A packet that cannot exist or names what the node has not. */
  | { readonly kind: 'refused'; readonly id: number; readonly packet: number; readonly field: string; readonly message: string; readonly hint: string }
  /** The run was out of date before it began. */
  | { readonly kind: 'skipped'; readonly id: number }
  /** A packet that could not be walked, or a bug; the page keeps what it had. */
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
