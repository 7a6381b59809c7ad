/**
 * The page's state, in slices. It keeps sources and choices: the document, which step is looked at, how the page is
 * shown, what was before. The worker's last answer is the one thing kept that is derived, because deriving it takes time.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import type { ClusterView, NodeSummary, Reading, TraceView, WhyNotView, Wished } from '../worker/messages.ts';
import type { Altitude } from './cursor.ts';
import type { Document } from './document.ts';
import type { Fate } from './fate.ts';
import type { NodeChanges, NodeState } from './node-changes.ts';

/** Text in both languages, as examples carry it. */
export interface Localised {
  readonly en: string;
  readonly zh: string;
}

/** What it takes to open a scenario that ships with the page: a node and packets, whose files are fetched then. */
export interface OpenableEntry {
  /** `kube-ovn-installed/p43-policy-forward`; the example alone for its own list of packets. */
  readonly id: string;
  readonly title: Localised;
  /** Addresses of its files, relative to the page. */
  readonly node: string;
  readonly packets: string;
  /** `node` describes a cluster, and the node is made from it. */
  readonly cluster: boolean;
}

/** It in the list of all. */
export interface ExampleEntry extends OpenableEntry {
  /** Title of the example it belongs to: entries are listed under it. */
  readonly group: Localised;
  /** What it lets one ask; shown with the example. */
  readonly question: Localised | null;
  /** Ids that it had before, or has beside: links by them open it. */
  readonly formerly?: readonly string[];
}

/** What an opened scenario said, to tell edits from it. */
export interface OpenedExample {
  readonly packets: readonly Packet[];
  readonly environment: Environment;
}

export interface ScenarioSlice {
  /** Null until the list has been read. */
  readonly examples: readonly ExampleEntry[] | null;
  /** The one that was opened last: it may be known before the list is. */
  readonly entry: OpenableEntry | null;
  /** Scenarios read so far, by id. */
  readonly opened: Readonly<Record<string, OpenedExample>>;
  /** Scenario being fetched. */
  readonly loading: string | null;
}

export type Panel = 'path' | 'rules' | 'why' | 'state' | 'cluster';
/** Parts of the cluster's panel; where there is room the first two stand side by side. */
export type ClusterPart = 'form' | 'text' | 'changes';
/** What lies over the page; one at a time. */
export type Overlay = 'breakpoints' | 'keys' | 'gallery' | 'palette' | 'go-to' | 'share';
/** Parts of the gallery. */
export type GalleryPart = 'scenarios' | 'rows' | 'findings' | 'recent';
export type Language = 'en' | 'zh';
export type Theme = 'auto' | 'light' | 'dark';

/** A chain, where one of its rules is looked for that one, or what a set holds. */
export type Looking = { readonly kind: 'chain'; readonly table: string; readonly chain: string; readonly rule: number | null } | { readonly kind: 'set'; readonly name: string };

export interface SelectionSlice {
  readonly packet: number;
  /** Which of the packets that it caused is looked at, by its place among them, level by level; empty: the packet itself. */
  readonly caused: readonly number[];
  readonly step: number;
  readonly altitude: Altitude;
  /** Rule looked at within the current chain; null: the one of the step. */
  readonly rule: number | null;
  /** Which test or effect of the rule, from 0, where one steps test by test. */
  readonly part: number;
  /** A step that is pointed at: panels show it, the cursor stays. */
  readonly preview: number | null;
  /** It was come to by keyboard: it is spoken, too. */
  readonly previewAloud: boolean;
  /** Steps follow each other by themselves. */
  readonly playing: boolean;
  /** Which panel a narrow page shows. */
  readonly panel: Panel;
  /** The rules as chain, as list of the chains, or as plain text. */
  readonly rulesAs: 'chain' | 'table' | 'text';
  /** What the rules show instead of the chain of the step; null: that chain. */
  readonly looking: Looking | null;
  /** A problem of the files that is to be shown, in the text. */
  readonly problem: NodeSummary['problems'][number] | null;
  /** The search in the rules is to take the focus. */
  readonly searching: boolean;
  readonly follow: boolean;
  /** Packet fields opened on a narrow page. */
  readonly editing: boolean;
  /** Folded misses that were opened, as `visit:first`. */
  readonly expanded: readonly string[];
  readonly overlay: Overlay | null;
  readonly galleryPart: GalleryPart;
  /** The cluster's panel is open, where the node is made from a cluster. */
  readonly clusterShown: boolean;
  readonly clusterPart: ClusterPart;
  /** What one would have expected and asks about; it is `shown` until one goes to a rule of the answer. Null: nothing was asked. */
  readonly whyNot: { readonly wish: Wished; readonly shown: boolean } | null;
  /** The state before the step, or after it with what changed. */
  readonly moment: 'before' | 'after';
}

/** How fast playing goes: stops a second. */
export const PACES = [0.5, 1, 2, 4] as const;
export type Pace = (typeof PACES)[number];
/** How much is said of a step aloud: what happened; by which tests and where to; and what it changed or missed. */
export const VERBOSITIES = ['brief', 'normal', 'full'] as const;
export type Verbosity = (typeof VERBOSITIES)[number];

export interface SettingsSlice {
  readonly language: Language;
  readonly theme: Theme;
  readonly pace: Pace;
  readonly verbosity: Verbosity;
  /** Single-character shortcuts can be switched off (WCAG 2.1.4). */
  readonly singleKeys: boolean;
  /** Single characters that stand in for the ones of an action, by the action's name; empty: none. */
  readonly ownKeys: Readonly<Record<string, string>>;
  /** Where the lines between panels stand, in percent of the room of both; null: where they do at first. */
  readonly splits: { readonly columns: number | null; readonly rows: number | null };
}

interface HistorySlice {
  readonly past: readonly Document[];
  readonly future: readonly Document[];
  /** How many documents were opened: what an edit makes belongs to the one it was made from. */
  readonly opened: number;
}

export interface AnswerSlice {
  readonly status: 'idle' | 'running' | 'ready' | 'failed';
  readonly node: NodeSummary | null;
  readonly traces: readonly TraceView[];
  /** The traces are of an earlier document: the one on the page cannot be walked yet, or is being walked. */
  readonly stale: boolean;
  /** The last walk that was asked for took longer than a moment, or does: late.ts says which. */
  readonly late: boolean;
  /** Which of the traces is shown until that of the packet that is chosen has come; null: its own. */
  readonly shows: Pick<SelectionSlice, 'packet' | 'caused'> | null;
  readonly failure: string | null;
  /** A packet the engine refuses, and why; in the engine's words. `packet` null: the environment. */
  readonly refused: { readonly packet: number | null; readonly field: string; readonly message: string; readonly hint: string } | null;
  /** Fate of the same packet before the last edit, and the first step that differs since. */
  readonly was: { readonly fate: Fate; readonly difference: number | null } | null;
  /** What the description of the cluster is like; null where there is none. */
  readonly cluster: ClusterView | null;
  /** The node as last made from a cluster. */
  readonly made: NodeState | null;
  /** What the last edit of the cluster did to the node; null: nothing, or it was cleared. */
  readonly changes: NodeChanges | null;
  /** What sets hold, as far as it was asked for, by name. */
  readonly setEntries: Readonly<Record<string, readonly string[]>>;
  /** Rules that have the text that was last searched: places of table and chain, and number, one after the other. */
  readonly found: { readonly query: string; readonly places: Uint32Array } | null;
  /** The same, of the rules that have each of its words. */
  readonly foundByWords: AnswerSlice['found'];
  /** Readings asked for later, by `packet/step/rule`; for packets that a packet caused by `packet.place/step/rule`. */
  readonly readings: Readonly<Record<string, readonly Reading[]>>;
  /** Why things did not happen, as far as it was asked, by `whyNotKey`. */
  readonly whyNot: Readonly<Record<string, WhyNotView>>;
}

/** A message for the person, also spoken: what happened, and whether it can be undone. */
export interface Notice {
  readonly kind:
    | 'replaced'
    | 'added'
    | 'joined'
    | 'fixed'
    | 'copied'
    | 'copied-value'
    | 'copy-failed'
    | 'moved'
    | 'cancelled'
    | 'example-failed'
    | 'unknown-link'
    | 'own-link'
    | 'broken-link'
    | 'no-reply'
    | 'is-reply'
    | 'not-pasted'
    | 'paste-failed'
    | 'file-failed'
    | 'fitted'
    | 'form-failed'
    | 'language-failed'
    | 'newer-link'
    | 'not-kept'
    | 'not-visited'
    | 'breakpoint'
    | 'no-breakpoints'
    | 'no-breakpoint-ahead'
    | 'no-breakpoint-behind'
    | 'not-opened'
    | 'saved'
    | 'not-fetched';
  readonly detail: string;
  /** The whole of it, where only whoever says it has the words. */
  readonly said?: Readonly<Record<Language, string>>;
  /** Files that were given can be taken the other way, too: `before` is what they met. */
  readonly otherwise?: { readonly how: 'add' | 'replace'; readonly before: Document; readonly given: Document['files'] };
}

/** What these say can be taken back by Undo, until the document changes again. */
export const UNDONE: readonly Notice['kind'][] = ['replaced', 'cancelled', 'added', 'joined', 'fixed', 'fitted'];

export interface State {
  readonly document: Document;
  readonly scenario: ScenarioSlice;
  readonly selection: SelectionSlice;
  readonly settings: SettingsSlice;
  readonly history: HistorySlice;
  readonly answer: AnswerSlice;
  readonly notice: Notice | null;
}

// Views know the worker's shapes by these names only.
export type {
  Bilingual,
  CausedView,
  ChainSummary,
  ClusterIssue,
  ClusterSwitch,
  HookName,
  MarkSummary,
  NodeSummary,
  Reading,
  RowSummary,
  RuleSummary,
  SetSummary,
  StepView,
  TableSummary,
  TraceView,
  WhyNotCandidate,
  WhyNotView,
  Wished,
} from '../worker/messages.ts';
