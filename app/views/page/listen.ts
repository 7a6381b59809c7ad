/** Who listens to which slices of the store: a step changes the selection alone, and most of a page has nothing to say to it. */

import type { AppStore } from '../../store/store.ts';
import type { State } from '../../store/state.ts';

/** A bit for each slice. */
export const BITS: Readonly<Record<keyof State, number>> = { document: 1, scenario: 2, selection: 4, settings: 8, history: 16, answer: 32, notice: 64 };
export const SLICES = Object.keys(BITS) as readonly (keyof State)[];

interface Listener {
  /** Bits of the slices that were ever read. */
  readonly read: { readonly current: number };
  readonly changed: () => void;
}

interface Listeners {
  readonly all: Set<Listener>;
  readonly stop: () => void;
}

const listening = new WeakMap<AppStore, Listeners>();

/** Until what it returns is called. */
export function listen(store: AppStore, listener: Listener): () => void {
  const { all, stop } = listening.get(store) ?? listenTo(store);
  all.add(listener);
  return () => {
    all.delete(listener);
    if (all.size > 0 || listening.get(store)?.all !== all) return;
    // A part that is drawn anew brings a store of its own: what of the old one listened to the page's would stay there.
    listening.delete(store);
    stop();
  };
}

function listenTo(store: AppStore): Listeners {
  const all = new Set<Listener>();
  const stop = store.subscribe((state, before) => {
    const bits = SLICES.reduce((sum, slice) => (state[slice] === before[slice] ? sum : sum | BITS[slice]), 0);
    for (const { read, changed } of all) if ((read.current & bits) !== 0) changed();
  });
  const made = { all, stop };
  listening.set(store, made);
  return made;
}
