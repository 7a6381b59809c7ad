/**
 * The page's state, in slices. It keeps sources and choices: the document, which step is looked at, how the page is
 * shown, what was before. The worker's last answer is the one thing kept that is derived, because deriving it takes time.
 */

import type { Environment, Packet } from '../../engine/index.ts';
import type { NodeSummary, Reading, TraceView } from '../worker/messages.ts';
import type { Altitude } from './cursor.ts';
import type { Document } from './document.ts';
import type { Fate } from './fate.ts';

/** Text in both languages, as examples carry it. */
export interface Localised {
  readonly en: string;
  readonly zh: string;
}

/** One scenario that ships with the page: a node and packets. Its files are fetched when it is opened. */
export interface ExampleEntry {
  /** `kube-ovn-installed/p43-policy-forward`; the example alone for its own list of packets. */
  readonly id: string;
  readonly title: Localised;
  /** Title of the example it belongs to: entries are listed under it. */
  readonly group: Localised;
  /** What it lets one ask; shown with the example. */
  readonly question: Localised | null;
  /** Addresses of its files, relative to the page. */
  readonly node: string;
  readonly packets: string;
}

/** What an opened scenario said, to tell edits from it. */
export interface OpenedExample {
  readonly packets: readonly Packet[];
  readonly environment: Environment;
}

export interface ScenarioSlice {
  /** Null until the list has been read. */
  readonly examples: readonly ExampleEntry[] | null;
  /** Scenarios read so far, by id. */
  readonly opened: Readonly<Record<string, OpenedExample>>;
  /** Scenario being fetched. */
  readonly loading: string | null;
}

export type Panel = 'path' | 'rules' | 'why' | 'state';
export type Language = 'en' | 'zh';
export type Theme = 'auto' | 'light' | 'dark';

export interface SelectionSlice {
  readonly packet: number;
  readonly step: number;
  readonly altitude: Altitude;
  /** Rule looked at within the current chain; null: the one of the step. */
  readonly rule: number | null;
  /** Which panel a narrow page shows. */
  readonly panel: Panel;
  /** The rules as chain or as plain text. */
  readonly rulesAs: 'chain' | 'text';
  readonly follow: boolean;
  /** Packet fields opened on a narrow page. */
  readonly editing: boolean;
  /** Folded misses that were opened, as `visit:first`. */
  readonly expanded: readonly string[];
  readonly keysShown: boolean;
}

export interface SettingsSlice {
  readonly language: Language;
  readonly theme: Theme;
  /** Single-character shortcuts can be switched off (WCAG 2.1.4). */
  readonly singleKeys: boolean;
}

export interface HistorySlice {
  readonly past: readonly Document[];
  readonly future: readonly Document[];
}

export interface AnswerSlice {
  readonly status: 'idle' | 'running' | 'ready' | 'failed';
  readonly node: NodeSummary | null;
  readonly traces: readonly TraceView[];
  /** The traces are of an earlier document: the one on the page cannot be walked yet, or is being walked. */
  readonly stale: boolean;
  readonly failure: string | null;
  /** A packet the engine refuses, and why; in the engine's words. */
  readonly refused: { readonly packet: number; readonly field: string; readonly message: string; readonly hint: string } | null;
  /** Fate of the same packet before the last edit, and the first step that differs since. */
  readonly was: { readonly fate: Fate; readonly difference: number | null } | null;
  /** Readings asked for later, by `packet/step/rule`. */
  readonly readings: Readonly<Record<string, readonly Reading[]>>;
}

/** A message for the person, also spoken: what happened, and whether it can be undone. */
export interface Notice {
  readonly kind: 'replaced' | 'copied' | 'copy-failed' | 'moved' | 'example-failed' | 'unknown-link' | 'no-reply' | 'file-failed' | 'too-long';
  readonly detail: string;
}

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
export type { ChainSummary, ConntrackState, NodeSummary, PacketState, Reading, RuleSummary, StepView, TableSummary, TraceView, Truth } from '../worker/messages.ts';
