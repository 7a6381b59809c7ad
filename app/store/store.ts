/**
 * The one store. What comes in: edits of the document and choices of view, by the functions below (actions call them);
 * what goes out: state for the views. Whenever files or packets change it asks the worker, and takes its answer in.
 */

import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Answer, Wished } from '../worker/messages.ts';
import type { Run } from '../worker/client.ts';
import { answersInto, type Awaited } from './answers.ts';
import type { CausedPath } from './caused.ts';
import type { RulePlace, Stop } from './cursor.ts';
import { mendedPackets, readyPackets, type Document } from './document.ts';
import type { DraftField } from './draft.ts';
import { editsOf } from './edits.ts';
import { INITIAL_STATE } from './initial-state.ts';
import { movesOf } from './moves.ts';
import type { NodeComparison } from './node-changes.ts';
import { questionsTo } from './questions.ts';
import { shownWalkOf } from './shown-walk.ts';
import type { Notice, SelectionSlice, SettingsSlice, State } from './state.ts';

/** How long a walk may take without a word, in milliseconds. */
const QUIET = 200;

export type AppStore = StoreApi<State>;

/** What the store needs of the worker's client. */
export interface Walker {
  run(run: Run): number;
  why(packet: number, step: number, rule: number, caused?: readonly number[]): void;
  whyNot?(packet: number, wish: Wished, caused?: readonly number[]): void;
  /** Not there where nothing but the walk is shown. */
  set?(name: string): void;
  find?(query: string, words?: boolean): void;
  cancel?(): void;
}

export interface App {
  readonly store: AppStore;
  /** Replaces the document; `step` is where the cursor goes, null: the step that decides. A place that is not there is said. */
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
      /** Edits with the same `merge` that follow are one with it. */
      readonly merge?: string;
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
  /** `words`: those that have each word of it, kept beside what was found by a whole text. */
  find(query: string, words?: boolean): void;
  /** Ends the walk that is under way: what was shown stays. */
  cancel(): void;
  /** Takes the worker's answer in. */
  take(answer: Answer): void;
}

/** `compare`: tells what an edit of a cluster did to its node; without it nothing is told. */
export function createApp(walker: Walker, initial: Partial<State> = {}, compare: NodeComparison | null = null): App {
  const store = createStore<State>()(() => ({ ...INITIAL_STATE, ...initial }));
  const { getState, setState } = store;
  const awaited: Awaited = { landing: undefined, edited: false, base: null, arrived: new WeakMap() };
  const answers = answersInto(store, awaited, compare);
  const shown = shownWalkOf(walker);
  const { questions, forget, settled, answered } = questionsTo(walker, shown, store);

  let quiet: ReturnType<typeof setTimeout> | undefined;

  /** A walk that takes another's place goes on with its time. */
  function begun({ status, late }: State['answer']): Pick<State['answer'], 'status' | 'late'> {
    if (status === 'running') return { status, late };
    clearTimeout(quiet);
    quiet = setTimeout(() => getState().answer.status === 'running' && setState({ answer: { ...getState().answer, late: true } }), QUIET);
    return { status: 'running', late: false };
  }

  /** Files of the last walk. */
  let walked: Document['files'] | null = null;

  function walk(another: boolean): void {
    forget();
    const { document, answer } = getState();
    const packets = readyPackets(document);
    const stale = answer.traces.length > 0;
    // A walk of what stood here before may be under way: its answer shows, as one of before.
    if (document.files.length === 0 || (!packets && !another && document.files === walked)) return setState({ answer: { ...answer, stale } });
    // Of another document the last walk says nothing, and after a reload there is none: it is walked with what the packets were before.
    walked = document.files;
    answers.began(document);
    setState({ answer: { ...answer, ...begun(answer), stale } });
    shown.run({ files: document.files, cluster: document.cluster, packets: packets ?? mendedPackets(document), environment: document.environment });
  }

  return {
    store,
    ...editsOf(store, awaited, walk),
    ...movesOf(store),
    ...questions,
    take(answer) {
      if (!shown.hears(answer)) return;
      const { status } = getState().answer;
      answers.take(answer);
      answered(answer);
      if (status === 'running' && getState().answer.status !== 'running') settled();
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
    cancel() {
      const { answer } = getState();
      if (answer.status !== 'running') return;
      shown.cancel();
      answers.forget();
      setState({ answer: { ...answer, status: 'ready', stale: answer.traces.length > 0 }, notice: { kind: 'cancelled', detail: '' } });
      settled();
    },
  };
}
