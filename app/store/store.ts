/**
 * The one store. What comes in: edits of the document and choices of view, by the functions below (actions call them);
 * what goes out: state for the views. Whenever files or packets change it asks the worker, and takes its answer in.
 */

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Answer, ClusterView, NodeSummary, TraceView, Wished } from '../worker/messages.ts';
import type { Run } from '../worker/client.ts';
import { renumbered } from './breakpoints.ts';
import { carryCaused, causedTrace, shownTrace, type CausedPath } from './caused.ts';
import { carryCursor, firstDifference, stepAtRule, type Renumber, type RulePlace, type Stop } from './cursor.ts';
import { EMPTY_DOCUMENT, readyPackets, withField, withText, type Document } from './document.ts';
import type { DraftField } from './draft.ts';
import { evidenceOf, fateOf } from './fate.ts';
import { learnFrom } from './learn-from.ts';
import type { NodeComparison, NodeState } from './node-changes.ts';
import { runWith } from './rows.ts';
import type { AnswerSlice, Looking, Notice, SelectionSlice, SettingsSlice, State } from './state.ts';
import { isUnread } from './unread.ts';
import { visitsOf } from './visits.ts';
import { whyNotKey } from './why-not.ts';

export type AppStore = StoreApi<State>;

/** What the store needs of the worker's client. */
export interface Walker {
  run(run: Run): number;
  why(packet: number, step: number, rule: number, caused?: readonly number[]): void;
  whyNot?(packet: number, wish: Wished, caused?: readonly number[]): void;
  /** Not there where nothing but the walk is shown. */
  set?(name: string): void;
  find?(query: string): void;
  cancel?(): void;
}

const MOST_UNDO = 100;
/** How long typing in a file, and in a field, rests before it is walked, in milliseconds: an answer between two keys would hold the second one up. */
const TYPING_PAUSE = 250;
const FIELD_PAUSE = 120;

const INITIAL_SELECTION: SelectionSlice = {
  packet: 0,
  caused: [],
  step: 0,
  altitude: 'rule',
  rule: null,
  part: 0,
  preview: null,
  previewAloud: false,
  playing: false,
  panel: 'rules',
  rulesAs: 'chain',
  looking: null,
  searching: false,
  follow: true,
  editing: false,
  expanded: [],
  overlay: null,
  galleryPart: 'scenarios',
  clusterShown: false,
  clusterPart: 'form',
  whyNot: null,
  moment: 'after',
};

export const INITIAL_STATE: State = {
  document: EMPTY_DOCUMENT,
  scenario: { examples: null, entry: null, opened: {}, loading: null },
  selection: INITIAL_SELECTION,
  settings: { language: 'en', theme: 'auto', pace: 1, verbosity: 'normal', singleKeys: true, ownKeys: {} },
  history: { past: [], future: [], opened: 0 },
  answer: {
    status: 'idle',
    node: null,
    traces: [],
    stale: false,
    failure: null,
    refused: null,
    was: null,
    cluster: null,
    made: null,
    changes: null,
    setEntries: {},
    found: null,
    readings: {},
    whyNot: {},
  },
  notice: null,
};

export interface App {
  readonly store: AppStore;
  /** Replaces the document; `step` is where the cursor goes, null: the step that decides. */
  open(
    document: Document,
    choice?: {
      readonly step?: number | null;
      readonly rule?: RulePlace | null;
      readonly part?: number;
      readonly packet?: number;
      readonly caused?: CausedPath;
      /** A set to look into, where the node has it. */
      readonly set?: string | null;
      readonly undoable?: boolean;
    },
  ): void;
  /** Changes the document so that it can be undone. Edits with the same `merge` in a row are one; what is typed is walked when it rests. */
  edit(change: (document: Document) => Document, merge?: string, typed?: boolean): void;
  /** Gives a file another text. */
  editText(file: number, text: string, merge?: string, typed?: boolean): void;
  /** `typed`: key by key, as `edit`. */
  editField(packet: number, field: DraftField, text: string, typed?: boolean): void;
  /** Sets the packets and goes to one that is new among them. */
  addPacket(packet: number, packets: Document['packets']): void;
  removePacket(packet: number): void;
  undo(): void;
  redo(): void;
  goTo(step: number): void;
  /** Goes to a rule of a run of misses, or to one test of a rule. Playing ends with it, unless it is playing that goes on. */
  moveTo(stop: Stop, playing?: boolean): void;
  /** Shows a step without going to it; null: no longer. `aloud`: and says it. */
  preview(step: number | null, aloud?: boolean): void;
  select(selection: Partial<SelectionSlice>): void;
  set(settings: Partial<SettingsSlice>): void;
  say(notice: Notice | null): void;
  /** What is known of the scenarios that ship with the page. */
  know(scenario: Partial<State['scenario']>): void;
  /** Takes the marks of what the last edit changed away. */
  clearChanges(): void;
  /** Makes sure the readings of a rule at a step are there or on their way. */
  askWhy(packet: number, step: number, rule: number, caused?: CausedPath): void;
  /** Whether anyone can be asked why something did not happen. */
  readonly asksWhyNot: boolean;
  /** Makes sure it is there, or on its way, why something did not happen to the packet that is looked at. */
  askWhyNot(wish: Wished): void;
  /** Looks at a packet that the packet caused, or at the packet itself again, at the step that caused it. */
  follow(caused: CausedPath): void;
  /** Asks for what a set holds, or for the rules that have a text in their line. */
  askSet(name: string): void;
  find(query: string): void;
  /** Ends the walk that is under way: what was shown stays. */
  cancel(): void;
  /** Takes the worker's answer in. */
  take(answer: Answer): void;
}

/** `compare`: tells what an edit of a cluster did to its node; without it nothing is told. */
export function createApp(walker: Walker, initial: Partial<State> = {}, compare: NodeComparison | null = null): App {
  const store = createStore<State>()(() => ({ ...INITIAL_STATE, ...initial }));
  const { getState, setState } = store;
  let lastMerge: string | null = null;
  /** Where to go when the next traces come: the step, else the rule, else the step that decides; undefined: stay. */
  let landing: { readonly step: number | null; readonly rule: RulePlace | null; readonly part?: number; readonly set?: string | null } | undefined;
  const asked = new Set<string>();
  /** What is coming was edited from what is shown: places in the document mean the rules that are shown. */
  let edited = false;
  /** What there was before the last edit of the files: what it changed is told from it. */
  let base: { readonly made: NodeState | null; readonly traces: readonly TraceView[] } | null = null;
  /** The node of each list of files as it was told last, and whose is shown: the engine tells a node again only where it was given others meanwhile, and knows nothing of walks that were made before. */
  const told = new WeakMap<Document['files'], NodeSummary>();
  let shown: Document['files'] | null = null;
  /** Parts of an answer that is still coming: they show together. */
  let coming: { cluster?: ClusterView; node?: NodeSummary } = {};
  let resting: ReturnType<typeof setTimeout> | null = null;

  function run(): void {
    if (resting !== null) clearTimeout(resting);
    resting = null;
    coming = {};
    const { document, answer } = getState();
    const packets = readyPackets(document);
    asked.clear();
    if (!packets || document.files.length === 0) {
      setState({ answer: { ...answer, stale: answer.traces.length > 0 } });
      return;
    }
    setState({ answer: { ...answer, status: 'running', stale: answer.traces.length > 0 } });
    walker.run({ files: document.files, cluster: document.cluster, packets, environment: document.environment });
  }

  function replace(document: Document, history: Pick<State['history'], 'past' | 'future'>, joined = false, typed = false): void {
    const { document: old, answer } = getState();
    if (document.files !== old.files && !joined) base = { made: answer.made, traces: answer.traces };
    setState({ document, history: { ...getState().history, ...history } });
    // What is walked is as it was: only breakpoints were set.
    if (document.files === old.files && document.cluster === old.cluster && document.packets === old.packets && document.environment === old.environment && landing === undefined)
      return;
    // What cannot be read has nothing to wait for: what is shown is said at once to be of the last one that could be.
    if (!typed || !readyPackets(document)) return run();
    if (resting !== null) clearTimeout(resting);
    resting = setTimeout(run, document.files === old.files ? FIELD_PAUSE : TYPING_PAUSE);
  }

  /** Puts what came of an answer in place, with what it changed; the traces come with it. */
  function settle(answer: AnswerSlice): AnswerSlice {
    const { cluster, node } = coming;
    coming = {};
    // What was in force is shown until it can be told again.
    const next = cluster ? { ...answer, cluster: { ...cluster, inForce: cluster.inForce ?? answer.cluster?.inForce ?? null } } : answer;
    if (!node) return next;
    const made = cluster?.snapshot ? { node, sets: cluster.sets, snapshot: cluster.snapshot } : null;
    return {
      ...next,
      setEntries: {},
      found: null,
      node,
      made,
      cluster: cluster ? next.cluster : null,
      changes: made && base?.made ? (compare?.between(base.made, made) ?? null) : null,
    };
  }

  function takeTraces(answer: Extract<Answer, { kind: 'traces' }>): void {
    const state = getState();
    const { files } = state.document;
    const known = coming.node || shown === files ? undefined : told.get(files);
    if (known) coming = { ...coming, node: known };
    shown = files;
    const madeAnew = coming.node !== undefined;
    const settled = settle(state.answer);
    const node = settled.node && { ...settled.node, problems: answer.problems };
    if (isUnread({ document: state.document, answer: { node } })) {
      landing = undefined;
      edited = false;
      return setState({
        answer: { ...settled, status: 'ready', node, traces: [], stale: false, failure: null, refused: null, was: null, readings: {}, whyNot: {} },
        selection: { ...state.selection, caused: [], step: 0, rule: null, part: 0, preview: null, playing: false, looking: null, whyNot: null, expanded: [] },
      });
    }
    const packet = Math.min(state.selection.packet, answer.traces.length - 1);
    const old = state.answer.traces[packet];
    const walked = answer.traces[packet];
    if (!walked) return;
    const caused = landing ? (causedTrace(walked, state.selection.caused) ? state.selection.caused : []) : carryCaused(old, walked, state.selection.caused);
    const before = caused.length === state.selection.caused.length ? (causedTrace(old, caused) ?? undefined) : undefined;
    const after = causedTrace(walked, caused) ?? walked;
    let { step } = state.selection;
    let notice = state.notice;
    let was: AnswerSlice['was'] = null;
    if (landing === undefined) {
      const carried = carryCursor(before, step, after, renumbering(state.answer, settled));
      // That something was added, and can be taken away, is said rather.
      if (carried.kept === 'hook' && notice?.kind !== 'added') notice = { kind: 'moved', detail: '' };
      step = before ? carried.step : evidenceOf(after).deciding;
      const earlier = (madeAnew && caused.length === 0 && base?.traces[packet]) || before;
      if (earlier) was = { fate: fateOf(earlier), difference: firstDifference(earlier, after) };
    } else step = landing.step ?? (landing.rule && stepAtRule(after, landing.rule)) ?? evidenceOf(after).deciding;
    const renumber = edited ? renumbering(state.answer, settled) : undefined;
    edited = false;
    const chosen = landing?.rule ?? null;
    const part = landing?.part ?? 0;
    const looking = landing ? lookingAt(landing, after, settled.node) : null;
    landing = undefined;
    step = Math.max(0, Math.min(step, after.steps.length - 1));
    const at = after.steps[step];
    const rule = chosen && at && 'chain' in at && at.table === chosen.table && at.chain === chosen.chain ? chosen.rule : null;
    // A rule in a run of misses is to be seen.
    const expanded = rule !== null && at?.kind === 'misses' ? [runWith(visitsOf(after).ofStep[step] ?? -1, rule)] : [];
    setState({
      ...(renumber && { document: renumbered(state.document, renumber) }),
      answer: { ...settled, status: 'ready', node, traces: answer.traces, stale: false, failure: null, refused: null, was, readings: {}, whyNot: {} },
      selection: { ...state.selection, packet, caused, step, rule, part, preview: null, playing: false, follow: true, looking, expanded },
      notice,
    });
  }

  /** What is looked at beside the cursor: a set, or a rule that the packet does not come to. */
  function lookingAt({ step, rule, set }: NonNullable<typeof landing>, trace: TraceView, node: NodeSummary | null): Looking | null {
    if (set && node?.sets?.some(({ name }) => name === set)) return { kind: 'set', name: set };
    if (step !== null || !rule || stepAtRule(trace, rule) !== null) return null;
    const chain = node?.tables.find(({ key }) => key === rule.table)?.chains.find(({ name }) => name === rule.chain);
    return chain && rule.rule <= chain.rules.length ? { kind: 'chain', ...rule } : null;
  }

  /** Where the rules that are shown stand in the node that comes. */
  function renumbering(shown: AnswerSlice, next: AnswerSlice): Renumber | undefined {
    if (!compare || !shown.made || !next.made || shown.made === next.made) return undefined;
    const changes = base?.made === shown.made ? next.changes : compare.between(shown.made, next.made);
    return (place) => compare.numberAfter(changes, place);
  }

  return {
    store,
    open(document, { step = null, rule = null, part = 0, packet = 0, caused = [], set = null, undoable = true } = {}) {
      const { document: old, history } = getState();
      lastMerge = null;
      edited = false;
      landing = { step, rule, part, set };
      setState({ answer: { ...getState().answer, changes: null } });
      const past = undoable && old.files.length > 0 ? [...history.past, old].slice(-MOST_UNDO) : history.past;
      setState({
        selection: { ...getState().selection, packet, caused, rule: null, expanded: [], follow: true, looking: null },
        history: { ...history, opened: history.opened + 1 },
        // A scenario that was still loading was asked for before this.
        scenario: { ...getState().scenario, loading: null },
      });
      replace(document, { past, future: [] });
      base = null;
    },
    edit(change, merge, typed = false) {
      const { document: old, history } = getState();
      const document = change(old);
      if (document === old) return;
      const joined = merge !== undefined && merge === lastMerge;
      lastMerge = merge ?? null;
      edited = true;
      replace(document, { past: joined ? history.past : [...history.past, old].slice(-MOST_UNDO), future: [] }, joined, typed);
    },
    editText(file, text, merge, typed) {
      this.edit((document) => withText(document, file, text), merge, typed);
    },
    editField(packet, field, text, typed) {
      this.edit((document) => withField(document, packet, field, text), `field:${packet}:${field}`, typed);
    },
    addPacket(packet, packets) {
      landing = { step: null, rule: null };
      this.edit((document) => ({ ...document, packets }));
      setState({ selection: { ...getState().selection, packet, caused: [], rule: null, expanded: [] } });
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
      edited = false;
      replace(before, { past: history.past.slice(0, -1), future: [document, ...history.future] });
      clampPacket();
    },
    redo() {
      const { document, history } = getState();
      const [next, ...future] = history.future;
      if (!next) return;
      lastMerge = null;
      edited = false;
      replace(next, { past: [...history.past, document], future });
      clampPacket();
    },
    goTo(step) {
      const count = shownTrace(getState())?.steps.length ?? 0;
      const to = Math.max(0, Math.min(step, count - 1));
      this.moveTo({ step: to, rule: null, part: 0 });
      const { selection } = getState();
      if (!selection.follow || selection.looking) setState({ selection: { ...selection, follow: true, looking: null } });
    },
    moveTo(stop, playing = false) {
      const { selection } = getState();
      // Whoever moves looks at a step: its tests take the place of the answer to a question, which is kept.
      const whyNot = selection.whyNot?.shown ? { ...selection.whyNot, shown: false } : selection.whyNot;
      const next = { ...stop, playing, preview: null, whyNot, editing: false };
      if ((Object.keys(next) as (keyof typeof next)[]).some((key) => next[key] !== selection[key])) setState({ selection: { ...selection, ...next } });
    },
    preview(step, aloud = false) {
      const { selection } = getState();
      if (step !== selection.preview || (step !== null && aloud !== selection.previewAloud)) setState({ selection: { ...selection, preview: step, previewAloud: aloud } });
    },
    select(selection) {
      const state = getState();
      const next = { ...state.selection, ...selection };
      // A panel is asked for: where there is room for one thing, it is that one.
      if (selection.panel !== undefined) next.editing = false;
      // Another rule, another way of stepping: its tests are gone through from the first.
      if (next.rule !== state.selection.rule || next.altitude !== state.selection.altitude) next.part = selection.part ?? 0;
      if (selection.packet !== undefined && selection.packet !== state.selection.packet) {
        const trace = state.answer.traces[selection.packet];
        next.caused = [];
        next.playing = false;
        next.preview = null;
        next.part = 0;
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
    clearChanges() {
      setState({ answer: { ...getState().answer, changes: null } });
    },
    askWhy(packet, step, rule, caused = []) {
      const key = `${[packet, ...caused].join('.')}/${step}/${rule}`;
      if (asked.has(key)) return;
      asked.add(key);
      if (caused.length === 0) walker.why(packet, step, rule);
      else walker.why(packet, step, rule, caused);
    },
    asksWhyNot: walker.whyNot !== undefined,
    askWhyNot(wish) {
      const { packet, caused } = getState().selection;
      const key = whyNotKey(packet, caused, wish);
      if (asked.has(key)) return;
      asked.add(key);
      if (caused.length === 0) walker.whyNot?.(packet, wish);
      else walker.whyNot?.(packet, wish, caused);
    },
    follow(caused) {
      const state = getState();
      const whole = state.answer.traces[state.selection.packet];
      const trace = causedTrace(whole, caused);
      if (!trace) return;
      // On the way back to what caused it: where it was caused.
      const from = causedTrace(whole, state.selection.caused.slice(0, caused.length + 1));
      const step = from && 'parent' in from && state.selection.caused.length > caused.length ? from.parent : evidenceOf(trace).deciding;
      setState({
        selection: { ...state.selection, caused, step, rule: null, part: 0, preview: null, playing: false, expanded: [], follow: true, looking: null },
        answer: { ...state.answer, was: null },
      });
    },
    askSet(name) {
      const key = `set ${name}`;
      if (asked.has(key)) return;
      asked.add(key);
      walker.set?.(name);
    },
    find(query) {
      if (query === '') setState({ answer: { ...getState().answer, found: null } });
      else walker.find?.(query);
    },
    cancel() {
      const { answer } = getState();
      if (answer.status !== 'running') return;
      walker.cancel?.();
      coming = {};
      setState({ answer: { ...answer, status: 'ready', stale: answer.traces.length > 0 }, notice: { kind: 'cancelled', detail: '' } });
    },
    take(answer) {
      learnFrom(answer);
      const state = getState();
      switch (answer.kind) {
        case 'cluster':
          coming = { cluster: answer.cluster };
          return;
        case 'node':
          coming = { ...coming, node: answer.node };
          told.set(state.document.files, answer.node);
          return;
        case 'not-generated':
          setState({ answer: { ...settle(state.answer), status: 'failed', failure: null, refused: null, stale: state.answer.traces.length > 0 } });
          return;
        case 'traces':
          takeTraces(answer);
          return;
        case 'why':
          setState({
            answer: {
              ...state.answer,
              readings: { ...state.answer.readings, [`${[answer.packet, ...(answer.caused ?? [])].join('.')}/${answer.step}/${answer.rule}`]: answer.readings },
            },
          });
          return;
        case 'set':
          setState({ answer: { ...state.answer, setEntries: { ...state.answer.setEntries, [answer.name]: answer.entries } } });
          return;
        case 'found':
          setState({ answer: { ...state.answer, found: { query: answer.query, places: answer.found } } });
          return;
        case 'why-not': {
          const key = whyNotKey(answer.packet, answer.caused ?? [], answer.wish);
          setState({ answer: { ...state.answer, whyNot: { ...state.answer.whyNot, [key]: answer.whyNot } } });
          return;
        }
        case 'failed':
          setState({ answer: { ...settle(state.answer), status: 'failed', failure: answer.message, refused: null, stale: state.answer.traces.length > 0 } });
          return;
        case 'refused':
          setState({ answer: { ...settle(state.answer), status: 'failed', failure: null, refused: answer, stale: state.answer.traces.length > 0 } });
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
