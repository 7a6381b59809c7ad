/** Edits of the document, which can be undone. What is typed is walked when it rests; all else at once. */

import type { Awaited } from './answers.ts';
import { shownPlace, shownTrace } from './caused.ts';
import type { RulePlace } from './cursor.ts';
import { readyPackets, walksAlike, withField, withText, type Document } from './document.ts';
import { UNDONE, type SelectionSlice, type State } from './state.ts';
import type { App, AppStore } from './store.ts';

const MOST_UNDO = 100;
/** How long typing in a file, and in a field, rests before it is walked, in milliseconds: an answer between two keys would hold the second one up. */
const TYPING_PAUSE = 250;
const FIELD_PAUSE = 120;
/** Pause after which typing goes on as an edit of its own, in milliseconds. */
const NEW_EDIT = 1500;

type Edits = Pick<App, 'open' | 'edit' | 'editText' | 'editField' | 'addPacket' | 'removePacket' | 'undo' | 'redo'>;

type Place = Omit<SelectionSlice, 'rule'> & { readonly rule: RulePlace | null };

/** `walk`: asks for the traces of the document as it is now; `another`: it is not the one of before with an edit. */
export function editsOf({ getState, setState }: AppStore, awaited: Awaited, walk: (another: boolean) => void): Edits {
  let lastMerge: string | null = null;
  let lastTyped = Number.NEGATIVE_INFINITY;
  let resting: ReturnType<typeof setTimeout> | null = null;
  /** Where documents that are in the history were looked at last. */
  const places = new WeakMap<Document, Place>();

  /** Of a run of misses the rule is said with its chain: it is looked for in another walk. */
  function placeNow(): Place {
    const state = getState();
    const step = shownTrace(state)?.steps[state.selection.step];
    const { rule } = state.selection;
    return { ...state.selection, rule: rule !== null && step && 'chain' in step ? { ...step, rule } : null };
  }

  /** Another packet is about to be chosen whose trace is still to come: until then what is shown stays. */
  function hold(): void {
    const state = getState();
    setState({ answer: { ...state.answer, shows: shownPlace(state) } });
  }

  /** Whatever rests is in it. */
  function run(another = false): void {
    if (resting !== null) clearTimeout(resting);
    resting = null;
    walk(another);
  }

  function replace(document: Document, history: Pick<State['history'], 'past' | 'future'>, { joined = false, typed = false, another = false } = {}): void {
    const { document: old, answer } = getState();
    if (document.files !== old.files && !joined) awaited.base = { made: answer.made, traces: answer.traces };
    const { notice } = getState();
    setState({ document, history: { ...getState().history, ...history }, notice: notice && UNDONE.includes(notice.kind) ? null : notice });
    clampPacket();
    // Only breakpoints were set.
    if (walksAlike(document, old) && awaited.landing === undefined) return;
    // What cannot be read has nothing to wait for: what is shown is said at once to be of the last one that could be.
    if (!typed || !readyPackets(document)) return run(another);
    if (resting !== null) clearTimeout(resting);
    resting = setTimeout(() => run(), document.files === old.files ? FIELD_PAUSE : TYPING_PAUSE);
  }

  function edit(change: (document: Document) => Document, merge?: string, typed = false): void {
    const { document: old, history } = getState();
    const document = change(old);
    if (document === old) return;
    places.set(old, placeNow());
    const now = performance.now();
    const joined = merge !== undefined && merge === lastMerge && !(typed && now - lastTyped > NEW_EDIT);
    lastMerge = merge ?? null;
    lastTyped = now;
    awaited.edited = true;
    replace(document, { past: joined ? history.past : [...history.past, old].slice(-MOST_UNDO), future: [] }, { joined, typed });
  }

  /** Back to a document of the history, and to where it was looked at: the cursor that is shown may be one of another packet. */
  function bringBack(to: Document, history: Pick<State['history'], 'past' | 'future'>): void {
    const { document, selection } = getState();
    const here = placeNow();
    const { packet, caused, step, rule, part, panel, clusterShown, clusterPart } = places.get(to) ?? here;
    const elsewhere = packet !== selection.packet || caused.join() !== selection.caused.join();
    // Whoever has gone on since stays there; where the edit alone led the cursor away, it comes back.
    const led = awaited.arrived.get(document) === selection.step && (step !== selection.step || rule?.rule !== here.rule?.rule);
    lastMerge = null;
    awaited.edited = false;
    awaited.landing = elsewhere || led ? { step, rule, part } : undefined;
    places.set(document, here);
    if (elsewhere) {
      hold();
      setState({ selection: { ...selection, packet, caused, rule: null, expanded: [] } });
    }
    // A node that is made from a cluster brought its panel along.
    if (to.cluster !== document.cluster) setState({ selection: { ...getState().selection, panel, clusterShown, clusterPart } });
    replace(to, history, { another: true });
  }

  function clampPacket(): void {
    const { selection, document } = getState();
    if (selection.packet >= document.packets.length) setState({ selection: { ...selection, packet: document.packets.length - 1 } });
  }

  return {
    open(document, { step = null, rule = null, part = 0, packet: wanted = 0, caused = [], set = null, undoable = true, merge = null } = {}) {
      const packet = Math.min(wanted, document.packets.length - 1);
      const { document: old, history } = getState();
      places.set(old, placeNow());
      lastMerge = merge;
      awaited.edited = false;
      awaited.landing = { step, rule, part, set, link: { packet: wanted, caused } };
      hold();
      setState({ answer: { ...getState().answer, changes: null } });
      const past = undoable && old.files.length > 0 ? [...history.past, old].slice(-MOST_UNDO) : history.past;
      setState({
        selection: { ...getState().selection, packet, caused, rule: null, expanded: [], follow: true, looking: null },
        history: { ...history, opened: history.opened + 1 },
        // A scenario that was still loading was asked for before this.
        scenario: { ...getState().scenario, loading: null },
        // What is said of a link is of the last one.
        ...(getState().notice?.kind === 'unknown-link' && { notice: null }),
      });
      replace(document, { past, future: [] }, { another: true });
      awaited.base = null;
    },
    edit,
    editText(file, text, merge, typed) {
      edit((document) => withText(document, file, text), merge, typed);
    },
    editField(packet, field, text, typed) {
      // Each choice is a change of its own.
      edit((document) => withField(document, packet, field, text), typed ? `field:${packet}:${field}` : undefined, typed);
    },
    addPacket(packet, packets) {
      awaited.landing = { step: null, rule: null };
      hold();
      edit((document) => ({ ...document, packets }));
      setState({ selection: { ...getState().selection, packet, caused: [], rule: null, expanded: [] } });
    },
    removePacket(packet) {
      const { document } = getState();
      if (document.packets.length < 2) return;
      awaited.landing = { step: null, rule: null };
      hold();
      edit((old) => ({ ...old, packets: old.packets.filter((_, i) => i !== packet) }));
    },
    undo() {
      const { document, history } = getState();
      const before = history.past.at(-1);
      if (before) bringBack(before, { past: history.past.slice(0, -1), future: [document, ...history.future] });
    },
    redo() {
      const { document, history } = getState();
      const [next, ...future] = history.future;
      if (next) bringBack(next, { past: [...history.past, document], future });
    },
  };
}
