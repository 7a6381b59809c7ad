/** How views get at the store: one context with the app, and hooks that read single values from it. */

import { createContext, useContext, useMemo } from 'react';
import { useStore } from 'zustand';
import type { App } from '../../store/store.ts';
import type { State, StepView, TraceView } from '../../store/state.ts';
import { wordsOf, type Words } from '../../text/words.ts';

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('a view stands outside the page: AppContext has no app');
  return app;
}

/** The selector must give a single value, or one that stays the same object while nothing changed. */
export function useView<T>(selector: (state: State) => T): T {
  return useStore(useApp().store, selector);
}

export function useWords(): Words {
  const language = useView((state) => state.settings.language);
  return wordsOf(language);
}

export interface Current {
  readonly trace: TraceView | null;
  readonly step: StepView | null;
  readonly index: number;
  readonly packet: number;
}

/** The trace and the step that every panel shows. */
export function useCurrent(): Current {
  const packet = useView((state) => state.selection.packet);
  const trace = useView((state) => state.answer.traces[state.selection.packet] ?? null);
  const index = useView((state) => state.selection.step);
  return useMemo(() => ({ trace, step: trace?.steps[index] ?? null, index, packet }), [trace, index, packet]);
}
