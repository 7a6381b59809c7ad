/** How views get at the store: one context with the app, and hooks that read single values from it. */

import { createContext, createElement, useCallback, useContext, useRef, useSyncExternalStore } from 'react';
import { shownPlace, shownTrace } from '../../store/caused.ts';
import type { App } from '../../store/store.ts';
import type { State, StepView, TraceView } from '../../store/state.ts';
import { wordsOf, type Words } from '../../text/words.ts';
import { BITS, listen, SLICES } from './listen.ts';

const AppContext = createContext<App | null>(null);
const WordsContext = createContext<Words | null>(null);

/** Words come with the app: hardly a view does without them, and each that asked the store for itself would be asked at every step. */
export function AppProvider({ app, children }: { app: App; children: React.ReactNode }): React.ReactNode {
  const language = useSyncExternalStore(app.store.subscribe, () => app.store.getState().settings.language);
  return createElement(AppContext, { value: app }, createElement(WordsContext, { value: wordsOf(language) }, children));
}

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('a view stands outside the page: AppProvider is missing');
  return app;
}

/** The selector must give a single value, or one that stays the same object while nothing changed. It is asked again when a slice changed that it read. */
export function useView<T>(selector: (state: State) => T): T {
  const { store } = useApp();
  const read = useRef(0);
  const get = (): T => {
    slicesRead = 0;
    const value = selector(watched(store.getState()));
    read.current |= slicesRead;
    return value;
  };
  const subscribe = useCallback((changed: () => void) => listen(store, { read, changed }), [store]);
  return useSyncExternalStore(subscribe, get);
}

// A page has well over a hundred of these selectors, and a step changes the selection alone: most of them have nothing to say to it.

let slicesRead = 0;

/** A state that notes which of its slices are read. */
class Watched {
  readonly state: State;

  constructor(state: State) {
    this.state = state;
  }
}
for (const slice of SLICES) {
  Object.defineProperty(Watched.prototype, slice, {
    get(this: Watched) {
      slicesRead |= BITS[slice];
      return this.state[slice];
    },
  });
}

let lastWatched = new Watched({} as State);

function watched(state: State): State {
  if (lastWatched.state !== state) lastWatched = new Watched(state);
  return lastWatched as unknown as State;
}

export function useWords(): Words {
  const words = useContext(WordsContext);
  if (!words) throw new Error('a view stands outside the page: AppProvider is missing');
  return words;
}

interface Current {
  readonly trace: TraceView | null;
  readonly step: StepView | null;
  readonly index: number;
  readonly packet: number;
  /** Rule looked at within the current chain; null: the one of the step. */
  readonly rule: number | null;
  /** Which test or effect of the rule the cursor is at, from 0; null where one does not step test by test. */
  readonly part: number | null;
}

/** What every panel shows: the trace, and the step the cursor is at or that is pointed at. The same object while nothing of it changed. */
export function useCurrent(): Current {
  return useView(currentOf);
}

const known = new WeakMap<State, Current>();
let last: Current | null = null;

export function currentOf(state: State): Current {
  // Read even where the answer is known: who asks depends on them.
  void [state.selection, state.answer];
  let current = known.get(state);
  if (current) return current;
  current = readCurrent(state);
  if (last && (Object.keys(current) as (keyof Current)[]).every((key) => last?.[key] === current?.[key])) current = last;
  known.set(state, current);
  last = current;
  return current;
}

function readCurrent(state: State): Current {
  const { step: cursor, preview, rule, part, altitude } = state.selection;
  const { packet } = shownPlace(state);
  const trace = shownTrace(state);
  const pointed = preview !== null && trace?.steps[preview] ? preview : null;
  const index = pointed ?? cursor;
  const common = { trace, step: trace?.steps[index] ?? null, index, packet };
  return preview === null ? { ...common, rule, part: altitude === 'test' ? part : null } : { ...common, rule: null, part: null };
}
