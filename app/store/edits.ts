/** Edits of the document, which can be undone. What is typed is walked when it rests; all else at once. */

import type { Awaited } from './answers.ts';
import { readyPackets, withField, withText, type Document } from './document.ts';
import type { State } from './state.ts';
import type { App, AppStore } from './store.ts';

const MOST_UNDO = 100;
/** How long typing in a file, and in a field, rests before it is walked, in milliseconds: an answer between two keys would hold the second one up. */
const TYPING_PAUSE = 250;
const FIELD_PAUSE = 120;

export type Edits = Pick<App, 'open' | 'edit' | 'editText' | 'editField' | 'addPacket' | 'removePacket' | 'undo' | 'redo'>;

/** What is walked is the same. */
function walksAlike(a: Document, b: Document): boolean {
  return a.files === b.files && a.cluster === b.cluster && a.packets === b.packets && a.environment === b.environment;
}

/** `walk`: asks for the traces of the document as it is now. */
export function editsOf({ getState, setState }: AppStore, awaited: Awaited, walk: () => void): Edits {
  let lastMerge: string | null = null;
  let resting: ReturnType<typeof setTimeout> | null = null;

  /** Whatever rests is in it. */
  function run(): void {
    if (resting !== null) clearTimeout(resting);
    resting = null;
    walk();
  }

  function replace(document: Document, history: Pick<State['history'], 'past' | 'future'>, joined = false, typed = false): void {
    const { document: old, answer } = getState();
    if (document.files !== old.files && !joined) awaited.base = { made: answer.made, traces: answer.traces };
    setState({ document, history: { ...getState().history, ...history } });
    // Only breakpoints were set.
    if (walksAlike(document, old) && awaited.landing === undefined) return;
    // What cannot be read has nothing to wait for: what is shown is said at once to be of the last one that could be.
    if (!typed || !readyPackets(document)) return run();
    if (resting !== null) clearTimeout(resting);
    resting = setTimeout(run, document.files === old.files ? FIELD_PAUSE : TYPING_PAUSE);
  }

  function edit(change: (document: Document) => Document, merge?: string, typed = false): void {
    const { document: old, history } = getState();
    const document = change(old);
    if (document === old) return;
    const joined = merge !== undefined && merge === lastMerge;
    lastMerge = merge ?? null;
    awaited.edited = true;
    replace(document, { past: joined ? history.past : [...history.past, old].slice(-MOST_UNDO), future: [] }, joined, typed);
  }

  function clampPacket(): void {
    const { selection, document } = getState();
    if (selection.packet >= document.packets.length) setState({ selection: { ...selection, packet: document.packets.length - 1 } });
  }

  return {
    open(document, { step = null, rule = null, part = 0, packet = 0, caused = [], set = null, undoable = true } = {}) {
      const { document: old, history } = getState();
      lastMerge = null;
      awaited.edited = false;
      awaited.landing = { step, rule, part, set };
      setState({ answer: { ...getState().answer, changes: null } });
      const past = undoable && old.files.length > 0 ? [...history.past, old].slice(-MOST_UNDO) : history.past;
      setState({
        selection: { ...getState().selection, packet, caused, rule: null, expanded: [], follow: true, looking: null },
        history: { ...history, opened: history.opened + 1 },
        // A scenario that was still loading was asked for before this.
        scenario: { ...getState().scenario, loading: null },
      });
      replace(document, { past, future: [] });
      awaited.base = null;
    },
    edit,
    editText(file, text, merge, typed) {
      edit((document) => withText(document, file, text), merge, typed);
    },
    editField(packet, field, text, typed) {
      edit((document) => withField(document, packet, field, text), `field:${packet}:${field}`, typed);
    },
    addPacket(packet, packets) {
      awaited.landing = { step: null, rule: null };
      edit((document) => ({ ...document, packets }));
      setState({ selection: { ...getState().selection, packet, caused: [], rule: null, expanded: [] } });
    },
    removePacket(packet) {
      const { document } = getState();
      if (document.packets.length < 2) return;
      awaited.landing = { step: null, rule: null };
      edit((old) => ({ ...old, packets: old.packets.filter((_, i) => i !== packet) }));
      clampPacket();
    },
    undo() {
      const { document, history } = getState();
      const before = history.past.at(-1);
      if (!before) return;
      lastMerge = null;
      awaited.edited = false;
      replace(before, { past: history.past.slice(0, -1), future: [document, ...history.future] });
      clampPacket();
    },
    redo() {
      const { document, history } = getState();
      const [next, ...future] = history.future;
      if (!next) return;
      lastMerge = null;
      awaited.edited = false;
      replace(next, { past: [...history.past, document], future });
      clampPacket();
    },
  };
}
