/**
 * What the page and the worker say to each other: plain data only, so that it clones cheaply and the page never holds
 * registers, programs or worlds. The engine's own types appear where they are plain already (Packet, Outcome, Problem).
 */

import type { ClauseReading, ConntrackEntry, EmittedCause, Environment, FieldChange, HookFunctionName, Outcome, Packet, Problem, Trace } from '../../engine/index.ts';

export type Family = 'ipv4' | 'ipv6';
export type HookName = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

/** A file of the user or of an example, as text. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** Text in both languages. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** The engine's sentences in Chinese, by their English; what has none is not there. Answers carry it once the page is Chinese, those of an embed always. */
export type Chinese = Readonly<Record<string, string>>;

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
  /** Null: none of Kube-OVN's, kube-proxy's, kubelet's or portmap's. */
  readonly purpose: RulePurpose | null;
  /** Packets it had matched when the rules were saved with counters. */
  readonly packets?: number;
  /** What is wrong with it; not there where nothing is. */
  readonly problems?: readonly RuleProblem[];
}

/** Of both texts the Chinese, where there is one. */
export interface ProblemView extends Problem {
  readonly messageZh?: string;
  readonly hintZh?: string;
}

export type RuleProblem = Pick<ProblemView, 'severity' | 'code' | 'message' | 'hint' | 'messageZh' | 'hintZh'>;

/** What a rule is for. */
export interface RulePurpose {
  /** Key of `NodeSummary.rows`. */
  readonly row: string;
  /** Objects that ask for it, short (`Subnet net1`) and with their fields (`Subnet net1: spec.natOutgoing`); empty where nothing tells. */
  readonly objects: Bilingual;
  readonly because: Bilingual;
}

/** A row of Kube-OVN's documentation, or one of kube-proxy's chains: what rules of it are for, whoever asks for them. */
export interface RowSummary {
  /** `S24`; `K:KUBE-SERVICES`. */
  readonly id: string;
  readonly title: Bilingual;
  readonly purpose: Bilingual;
  /** When such a rule is there at all; empty where that is not known. */
  readonly condition: Bilingual;
  /** `v1.12.0`; empty for what is not Kube-OVN's. */
  readonly since: string;
}

/** A row of the mark registry, as far as rules of this node set or read it. */
export interface MarkSummary {
  readonly value: number;
  readonly mask: number;
  /** Ids of rows; `ip rule` for policy routing. */
  readonly setBy: readonly string[];
  readonly readBy: readonly string[];
  readonly purpose: Bilingual;
}

export interface ChainSummary {
  readonly name: string;
  readonly policy: 'ACCEPT' | 'DROP' | null;
  /** Some of its rules have a numbered row in Kube-OVN's documentation. */
  readonly numbered: boolean;
  /** On the page each is read when it is first looked at: take some of it, never walk through all of it. */
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
  /** Null where it is not known. */
  readonly purpose: SetPurpose | null;
}

/** What a set holds; `because`: objects that ask for it, empty where nothing tells. */
export interface SetPurpose {
  readonly purpose: Bilingual;
  readonly since: string;
  readonly because: Bilingual;
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
  readonly interfaces: readonly InterfaceSummary[];
  /** The files name no addresses: interfaces are those of the default node. */
  readonly isAssumed: boolean;
  /** Rows that rules of the node belong to, by id. */
  readonly rows: Readonly<Record<string, RowSummary>>;
  readonly marks: readonly MarkSummary[];
  /** Marks that rules write with MARK, each once, the first ones. */
  readonly written: readonly { readonly value: number; readonly mask: number }[];
  /** What it has besides tables that packets meet. */
  readonly has: { readonly ipvs: boolean; readonly tunnels: boolean; readonly tproxy: boolean /** Table security of iptables-nft. */; readonly lateSecurity: boolean };
  readonly problems: readonly ProblemView[];
  readonly notes: readonly string[];
  readonly zh?: Chinese;
}

// --- The cluster, where the node is made from one -----------------------------------------------------------------

/** Something wrong with a description of a cluster, or worth knowing, with its place in the text. */
export interface ClusterIssue {
  /** `error`: no node is made while it stands. */
  readonly severity: 'error' | 'warning' | 'note';
  /** Of the documents in the text, from 0. */
  readonly document: number;
  /** Keys and indexes from the root of the document; empty: the whole of it. */
  readonly path: readonly (string | number)[];
  /** From 1; null: nowhere in particular. */
  readonly line: number | null;
  readonly column: number | null;
  /** Characters of the text it is about. */
  readonly from: number;
  readonly to: number;
  /** In the engine's words. */
  readonly message: string;
  readonly hint: string;
  /** The YAML parser's code of what is wrong, where the message is in its words. */
  readonly fault?: string;
  readonly messageZh?: string;
  readonly hintZh?: string;
}

export interface SetMembers {
  readonly name: string;
  readonly members: readonly string[];
}

/** Switches of a cluster that are chosen from a list. */
export type ClusterSwitch = 'release' | 'kubeProxy' | 'networkType' | 'order' | 'kubeProxyChains' | 'enableLb' | 'enableTproxy' | 'node';

export interface ClusterView {
  readonly issues: readonly ClusterIssue[];
  /** What can be chosen for each switch. */
  readonly choices: Readonly<Record<ClusterSwitch, readonly string[]>>;
  /** What is in force, defaults filled in; null while the switches cannot be read. */
  readonly inForce: Readonly<Record<ClusterSwitch, string>> | null;
  /** The node, as its own tools would print it; null while it cannot be made. */
  readonly snapshot: string | null;
  readonly sets: readonly SetMembers[];
  /** Of pods, services, endpoints and nodes: what packets may be about. */
  readonly addresses: readonly string[];
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
  /** The set it looks at. */
  readonly set?: string;
  /** Objects that put the set entry there that decided: `Subnet net1: spec.natOutgoing`. */
  readonly entryOf?: Bilingual;
}

interface StepBase {
  readonly index: number;
  readonly family: Family;
  readonly hook: HookName;
  /** What of the hook was running: a table, `conntrack`, `ipvs-request`…; null between the hooks. */
  readonly within: HookFunctionName | null;
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
    | (AtRule & {
        readonly kind: 'rule';
        readonly matched: 'true' | 'unknown';
        readonly target: string | null;
        readonly effects: readonly FieldChange[];
        readonly sets?: readonly SetChangeView[];
      })
    | (AtRule & { readonly kind: 'misses'; readonly last: number })
    | (AtRule & { readonly kind: 'return' })
    | (AtRule & { readonly kind: 'policy'; readonly verdict: 'ACCEPT' | 'DROP' })
    | {
        readonly kind: 'conntrack';
        readonly event: 'lookup' | 'create' | 'confirm' | 'update' | 'destroy';
        readonly state: string;
        readonly direction: 'original' | 'reply' | null;
        readonly entry: ConntrackEntry | null;
        /** Seconds until the entry vanishes; absent without one. */
        readonly timeout?: number;
      }
    | {
        readonly kind: 'nat' /** The end that was rewritten, before and after. */;
        readonly manip: 'src' | 'dst';
        readonly from: string;
        readonly to: string /** The port of `to` is one of many: its address alone. */;
        readonly byChance?: string;
      }
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

/** What the SET target did to a set: element texts. */
export interface SetChangeView {
  readonly name: string;
  readonly added: readonly string[];
  readonly deleted: readonly string[];
  /** Were there, and their time begins anew. */
  readonly renewed: readonly string[];
}

/** A connection that IPVS remembers, as text. */
export interface IpvsView {
  readonly proto: string;
  readonly client: string;
  readonly virtual: string;
  readonly server: string;
  readonly method: string;
  readonly state: string;
  /** Seconds until it vanishes. */
  readonly timeout: number;
}

export interface TraceView {
  readonly packet: Packet;
  readonly steps: readonly StepView[];
  readonly states: readonly PacketState[];
  readonly outcome: Outcome;
  /** Left out, or null: all of it is so whatever is not known. */
  readonly unsettled?: Trace['unsettled'];
  /** Packets that this one caused. */
  readonly emitted: readonly CausedView[];
  /** Steps that the outcome rests on, in order: what changed something that mattered later, left a chain on purpose, or decided. */
  readonly decisive: readonly number[];
  /** The node's connections of IPVS before the packet and after it; null: it has no virtual servers. */
  readonly ipvs: { readonly before: readonly IpvsView[]; readonly after: readonly IpvsView[] } | null;
  /** What whoever got the packet would send back; null if nobody would. */
  readonly reply: Packet | null;
  /** Defaults and blind spots this walk rests on. */
  readonly notes: readonly string[];
  /** Readings of rules, by `step/rule`, as far as they were made with the trace; others are asked for. */
  readonly readings: Readonly<Record<string, readonly Reading[]>>;
  readonly zh?: Chinese;
}

/** A packet that another one caused, with the walk of its own. */
export interface CausedView extends TraceView {
  readonly cause: EmittedCause;
  /** Index of the step that caused it. */
  readonly parent: number;
}

// --- Why not? -----------------------------------------------------------------------------------------------------

/** What one would have expected of a packet. */
export type Wished =
  | { readonly kind: 'snat' | 'dnat' | 'accept' | 'drop' | 'reject' | 'tproxy' }
  /** A rule that writes these bits of the mark. */
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number }
  /** `table` is the key of a `TableSummary`. */
  | { readonly kind: 'rule'; readonly table: string; readonly chain: string; readonly rule: number };

/** What became of a rule; `step` proves it. */
export type WhyNotReason =
  | { readonly kind: 'matched' | 'left-before'; readonly step: number }
  | { readonly kind: 'unknown'; readonly step: number; readonly reading: Reading | null }
  /** `held`: tests that held before the one that did not. */
  | { readonly kind: 'missed'; readonly step: number; readonly reading: Reading | null; readonly held: number }
  | { readonly kind: 'not-entered'; readonly jumps: readonly WhyNotCandidate[] }
  | { readonly kind: 'nat-not-asked'; readonly step: number | null; readonly state: string }
  | { readonly kind: 'hook-not-passed'; readonly hook: HookName }
  | { readonly kind: 'unused-chain' };

/** A rule that could have brought it about. */
export interface WhyNotCandidate extends AtRule {
  readonly target: string | null;
  readonly reason: WhyNotReason;
}

export interface WhyNotView {
  /** Steps that did it after all. */
  readonly happened: readonly number[];
  /** The nearest first. */
  readonly candidates: readonly WhyNotCandidate[];
  /** How many more there are. */
  readonly more: number;
}

// --- Requests and answers -----------------------------------------------------------------------------------------

export type Request =
  | {
      readonly kind: 'run';
      readonly id: number;
      /** Null where the node is the one of the run before. */
      readonly files: readonly SourceFile[] | null;
      /** The first file describes a cluster: the node is made from it. */
      readonly cluster: boolean;
      readonly packets: readonly Packet[];
      readonly environment: Environment;
    }
  /** The page is Chinese from now on: what was said of run `id` is to be said in Chinese too, and all that follows. */
  | { readonly kind: 'chinese'; readonly id: number }
  /** Which rules of the node of run `id` have a text in their line, whatever the case. `words`: each word of it, wherever it stands. */
  | { readonly kind: 'find'; readonly id: number; readonly query: string; readonly words?: boolean }
  /** What a set of the node of run `id` holds. */
  | { readonly kind: 'set'; readonly id: number; readonly name: string }
  /** Why something did not happen to a packet of run `id`. */
  | { readonly kind: 'why-not'; readonly id: number; readonly packet: number; readonly caused?: readonly number[]; readonly wish: Wished }
  /** Why a rule did or did not match at a step of a packet of run `id`; `caused` leads to a packet that it caused. */
  | { readonly kind: 'why'; readonly id: number; readonly packet: number; readonly caused?: readonly number[]; readonly step: number; readonly rule: number };

export type Answer =
  /** `found`: for each rule the place of its table, the place of its chain in it, and its number. */
  | { readonly kind: 'found'; readonly id: number; readonly query: string; readonly words?: boolean; readonly found: Uint32Array }
  /** Entries as `ipset save` prints them after `add NAME `, before the first packet. */
  | { readonly kind: 'set'; readonly id: number; readonly name: string; readonly entries: readonly string[] }
  /** Comes before the node that was made of it. */
  | { readonly kind: 'cluster'; readonly id: number; readonly cluster: ClusterView }
  /** No node can be made of the cluster; its issues have come before. */
  | { readonly kind: 'not-generated'; readonly id: number }
  | { readonly kind: 'node'; readonly id: number; readonly node: NodeSummary }
  | { readonly kind: 'traces'; readonly id: number; readonly traces: readonly TraceView[]; readonly problems: readonly ProblemView[] }
  | {
      readonly kind: 'why';
      readonly id: number;
      readonly packet: number;
      readonly caused?: readonly number[];
      readonly step: number;
      readonly rule: number;
      readonly readings: readonly Reading[];
      readonly zh?: Chinese;
    }
  | {
      readonly kind: 'why-not';
      readonly id: number;
      readonly packet: number;
      readonly caused?: readonly number[];
      readonly wish: Wished;
      readonly whyNot: WhyNotView;
      readonly zh?: Chinese;
    }
  /** A packet that cannot exist or names what the node has not; `packet` null: an environment that is none. */
  | {
      readonly kind: 'refused';
      readonly id: number;
      readonly packet: number | null;
      readonly field: string;
      readonly message: string;
      readonly hint: string;
      readonly zh?: Chinese;
    }
  /** The Chinese of what was said of the run before the page was Chinese. */
  | { readonly kind: 'chinese'; readonly id: number; readonly zh: Chinese }
  /** The run was out of date before it began. */
  | { readonly kind: 'skipped'; readonly id: number }
  /** A packet that could not be walked, or a bug; the page keeps what it had. */
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
