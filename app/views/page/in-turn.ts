/** The store as a part of the page sees it that shows another large node later than the verdict does. */

import type { AppStore } from '../../store/store.ts';
import type { State } from '../../store/state.ts';

type Listener = (state: State, before: State) => void;

/** The store as a part sees it whose turn comes later. What a person changes is seen at once. */
export function inTurn(store: AppStore, turn: number): AppStore {
  const listeners = new Set<Listener>();
  let shown = store.getState();
  let waits = false;
  let stop: (() => void) | null = null;
  const show = (): void => {
    waits = false;
    const before = shown;
    shown = store.getState();
    if (shown !== before) for (const listener of listeners) listener(shown, before);
  };
  const wait = (left: number): void => {
    setTimeout(() => {
      if (left > 1) wait(left - 1);
      else if (waits) show();
    });
  };
  const changed = (state: State, before: State): void => {
    if (waits ? state.document !== before.document || state.selection !== before.selection : !isOther(state, shown)) return show();
    if (waits) return;
    waits = true;
    wait(turn);
  };
  return {
    ...store,
    getState: () => (waits ? shown : store.getState()),
    subscribe(listener) {
      if (listeners.size === 0) {
        shown = store.getState();
        waits = false;
        stop = store.subscribe(changed);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop?.();
      };
    },
  };
}

/** Characters, of about two thousand rules: the page shows what is made of more not in one short task. What is made of less all parts show at once. */
const LARGE = 200_000;

/** Other large files in place of those that are shown, or the node that was made of them. */
function isOther(state: State, shown: State): boolean {
  if (shown.answer.node === null || (state.answer.node === shown.answer.node && state.document.files === shown.document.files)) return false;
  return state.document.files.reduce((characters, { text }) => characters + text.length, 0) > LARGE;
}
