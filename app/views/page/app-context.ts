/** How views get at the store: one context with the app, and hooks that read single values from it. */

import { createContext, useContext, useMemo } from 'react';
import { useStore } from 'zustand';
import { shownTrace } from '../../store/caused.ts';
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
  /** Rule looked at within the current chain; null: the one of the step. */
  readonly rule: number | null;
  /** Which test or effect of the rule the cursor is at, from 0; null where one does not step test by test. */
  readonly part: number | null;
}

/** The trace and the step that every panel shows: the cursor's, or the one that is pointed at. */
export function useCurrent(): Current {
  const packet = useView((state) => state.selection.packet);
  const trace = useView(shownTrace);
  const cursor = useView((state) => state.selection.step);
  const preview = useView((state) => state.selection.preview);
  const chosen = useView((state) => state.selection.rule);
  const at = useView((state) => (state.selection.altitude === 'test' ? state.selection.part : null));
  const index = preview !== null && trace?.steps[preview] ? preview : cursor;
  const [rule, part] = preview === null ? [chosen, at] : [null, null];
  return useMemo(() => ({ trace, step: trace?.steps[index] ?? null, index, packet, rule, part }), [trace, index, packet, rule, part]);
}
