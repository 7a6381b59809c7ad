/**
 * The one store. What comes in: edits of the document and choices of view, by the functions below (actions call them);
 * what goes out: state for the views. Whenever files or packets change it asks the worker, and takes its answer in.
 */

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Answer } from '../worker/messages.ts';
import type { Run } from '../worker/client.ts';
import { carryCursor, firstDifference, stepAtRule, type RulePlace } from './cursor.ts';
import { EMPTY_DOCUMENT, readyPackets, withField, type Document } from './document.ts';
import type { DraftField } from './draft.ts';
import { evidenceOf, fateOf } from './fate.ts';
import type { AnswerSlice, Notice, SelectionSlice, SettingsSlice, State } from './state.ts';

export type AppStore = StoreApi<State>;

/** What the store needs of the worker's client. */
export interface Walker {
  run(run: Run): number;
  why(packet: number, step: number, rule: number): void;
}

const MOST_UNDO = 100;

export const INITIAL_SELECTION: SelectionSlice = {
  packet: 0,
  step: 0,
  altitude: 'rule',
  rule: null,
  panel: 'rules',
  rulesAs: 'chain',
  follow: true,
  editing: false,
  expanded: [],
  keysShown: false,
};

export const INITIAL_STATE: State = {
  document: EMPTY_DOCUMENT,
  scenario: { examples: null, opened: {}, loading: null },
  selection: INITIAL_SELECTION,
  settings: { language: 'en', theme: 'auto', singleKeys: true },
  history: { past: [], future: [] },
  answer: { status: 'idle', node: null, traces: [], stale: false, failure: null, refused: null, was: null, readings: {} },
  notice: null,
};

export interface App {
  readonly store: AppStore;
  /** Replaces the document; `step` is where the cursor goes, null: the step that decides. */
  open(document: Document, choice?: { readonly step?: number | null; readonly rule?: RulePlace | null; readonly packet?: number; readonly undoable?: boolean }): void;
  /** Changes the document so that it can be undone. Edits with the same `merge` in a row are one. */
  edit(change: (document: Document) => Document, merge?: string): void;
  editField(packet: number, field: DraftField, text: string): void;
  /** Sets the packets and goes to one that is new among them. */
  addPacket(packet: number, packets: Document['packets']): void;
  removePacket(packet: number): void;
  undo(): void;
  redo(): void;
  goTo(step: number): void;
  select(selection: Partial<SelectionSlice>): void;
  set(settings: Partial<SettingsSlice>): void;
  say(notice: Notice | null): void;
  /** What is known of the scenarios that ship with the page. */
  know(scenario: Partial<State['scenario']>): void;
  /** Makes sure the readings of a rule at a step are there or on their way. */
  askWhy(packet: number, step: number, rule: number): void;
  /** Takes the worker's answer in. */
  take(answer: Answer): void;
}

export function createApp(walker: Walker, initial: Partial<State> = {}): App {
  const store = createStore<State>()(() => ({ ...INITIAL_STATE, ...initial }));
  const { getState, setState } = store;
  let lastMerge: string | null = null;
  /** Where to go when the next traces come: the step, else the rule, else the step that decides; undefined: stay. */
  let landing: { readonly step: number | null; readonly rule: RulePlace | null } | undefined;
  const asked = new Set<string>();

  function run(): void {
    const { document, answer } = getState();
    const packets = readyPackets(document);
    asked.clear();
    if (!packets || document.files.length === 0) {
      setState({ answer: { ...answer, stale: answer.traces.length > 0 } });
      return;
    }
    setState({ answer: { ...answer, status: 'running', stale: answer.traces.length > 0 } });
    walker.run({ files: document.files, packets, environment: document.environment });
  }

  function replace(document: Document, history: State['history']): void {
    setState({ document, history });
    run();
  }

  function takeTraces(answer: Extract<Answer, { kind: 'traces' }>): void {
    const state = getState();
    const packet = Math.min(state.selection.packet, answer.traces.length - 1);
    const before = state.answer.traces[packet];
    const after = answer.traces[packet];
    if (!after) return;
    let { step } = state.selection;
    let notice = state.notice;
    let was: AnswerSlice['was'] = null;
    if (landing === undefined) {
      const carried = carryCursor(before, step, after);
      if (carried.kept === 'hook') notice = { kind: 'moved', detail: '' };
      step = before ? carried.step : evidenceOf(after).deciding;
      if (before) was = { fate: fateOf(before), difference: firstDifference(before, after) };
    } else step = landing.step ?? (landing.rule && stepAtRule(after, landing.rule)) ?? evidenceOf(after).deciding;
    const chosen = landing?.rule ?? null;
    landing = undefined;
    step = Math.max(0, Math.min(step, after.steps.length - 1));
    const at = after.steps[step];
    const rule = chosen && at && 'chain' in at && at.table === chosen.table && at.chain === chosen.chain ? chosen.rule : null;
    const node = state.answer.node && { ...state.answer.node, problems: answer.problems };
    setState({
      answer: { ...state.answer, status: 'ready', node, traces: answer.traces, stale: false, failure: null, refused: null, was, readings: {} },
      selection: { ...state.selection, packet, step, rule, follow: true, expanded: [] },
      notice,
    });
  }

  return {
    store,
    open(document, { step = null, rule = null, packet = 0, undoable = true } = {}) {
      const { document: old, history } = getState();
      lastMerge = null;
      landing = { step, rule };
      const past = undoable && old.files.length > 0 ? [...history.past, old].slice(-MOST_UNDO) : history.past;
      setState({ selection: { ...getState().selection, packet, rule: null, expanded: [], follow: true } });
      replace(document, { past, future: [] });
    },
    edit(change, merge) {
      const { document: old, history } = getState();
      const document = change(old);
      if (document === old) return;
      const joined = merge !== undefined && merge === lastMerge;
      lastMerge = merge ?? null;
      replace(document, { past: joined ? history.past : [...history.past, old].slice(-MOST_UNDO), future: [] });
    },
    editField(packet, field, text) {
      this.edit((document) => withField(document, packet, field, text), `field:${packet}:${field}`);
    },
    addPacket(packet, packets) {
      landing = { step: null, rule: null };
      this.edit((document) => ({ ...document, packets }));
      setState({ selection: { ...getState().selection, packet, rule: null, expanded: [] } });
    },
    removePacket(packet) {
      const { document } = getState();
      if (document.packets.length < 2) return;
      landing = { step: null, rule: null };
      this.edit((old) => ({ ...old, packets: old.packets.filter((_, i) => i !== packet) }));
      clampPacket();
    },
    undo() {
      const { document, history } = getState();
      const before = history.past.at(-1);
      if (!before) return;
      lastMerge = null;
      replace(before, { past: history.past.slice(0, -1), future: [document, ...history.future] });
      clampPacket();
    },
    redo() {
      const { document, history } = getState();
      const [next, ...future] = history.future;
      if (!next) return;
      lastMerge = null;
      replace(next, { past: [...history.past, document], future });
      clampPacket();
    },
    goTo(step) {
      const { selection, answer } = getState();
      const count = answer.traces[selection.packet]?.steps.length ?? 0;
      const to = Math.max(0, Math.min(step, count - 1));
      if (to !== selection.step || selection.rule !== null || !selection.follow) setState({ selection: { ...selection, step: to, rule: null, follow: true } });
    },
    select(selection) {
      const state = getState();
      const next = { ...state.selection, ...selection };
      if (selection.packet !== undefined && selection.packet !== state.selection.packet) {
        const trace = state.answer.traces[selection.packet];
        next.rule = null;
        next.expanded = [];
        if (selection.step === undefined) next.step = trace ? evidenceOf(trace).deciding : 0;
        setState({ selection: next, answer: { ...state.answer, was: null } });
        return;
      }
      setState({ selection: next });
    },
    set(settings) {
      setState({ settings: { ...getState().settings, ...settings } });
    },
    say(notice) {
      setState({ notice });
    },
    know(scenario) {
      setState({ scenario: { ...getState().scenario, ...scenario } });
    },
    askWhy(packet, step, rule) {
      const key = `${packet}/${step}/${rule}`;
      if (asked.has(key)) return;
      asked.add(key);
      walker.why(packet, step, rule);
    },
    take(answer) {
      const state = getState();
      switch (answer.kind) {
        case 'node':
          setState({ answer: { ...state.answer, node: answer.node } });
          return;
        case 'traces':
          takeTraces(answer);
          return;
        case 'why':
          setState({ answer: { ...state.answer, readings: { ...state.answer.readings, [`${answer.packet}/${answer.step}/${answer.rule}`]: answer.readings } } });
          return;
        case 'failed':
          setState({ answer: { ...state.answer, status: 'failed', failure: answer.message, refused: null, stale: state.answer.traces.length > 0 } });
          return;
        case 'refused':
          setState({ answer: { ...state.answer, status: 'failed', failure: null, refused: answer, stale: state.answer.traces.length > 0 } });
          return;
        case 'skipped':
          return;
      }
    },
  };

  function clampPacket(): void {
    const { selection, document } = getState();
    if (selection.packet >= document.packets.length) setState({ selection: { ...selection, packet: document.packets.length - 1 } });
  }
}
