/**
 * An action: one thing a person can do. The same object feeds buttons, keys, help and, later, menus and the palette.
 */

import type { App } from '../store/store.ts';
import type { State } from '../store/state.ts';
import type { Words } from '../text/words.ts';

export interface Action {
  readonly name: keyof Words['actions'];
  /** What to call it on a button or in a list. */
  label(words: Words): string;
  /** `ArrowRight`, `Shift+ArrowRight`, `Mod+z` (Ctrl or Cmd), `1`. Single characters can be switched off. */
  readonly keys: readonly string[];
  available(state: State): boolean;
  perform(app: App): void;
}

export function stepping(state: State): boolean {
  return (state.answer.traces[state.selection.packet]?.steps.length ?? 0) > 0;
}
