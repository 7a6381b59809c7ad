/**
 * An action: one thing a person can do. The same object feeds buttons, keys, help and, later, menus and the palette.
 */

import { shownTrace } from '../store/caused.ts';
import type { App } from '../store/store.ts';
import type { State } from '../store/state.ts';
import type { Words } from '../text/words.ts';

export interface Action {
  readonly name: keyof Words['actions'];
  /** What to call it on a button or in a list. */
  label(words: Words): string;
  /** `ArrowRight`, `Shift+ArrowRight`, `Mod+z` (Ctrl or Cmd), `1`. Single characters can be switched off. */
  readonly keys: readonly string[];
  /** Its keys count in fields, too: they are no text and no editing. */
  readonly inFields?: boolean;
  available(state: State): boolean;
  perform(app: App): void;
}

export function stepping(state: State): boolean {
  return (shownTrace(state)?.steps.length ?? 0) > 0;
}
