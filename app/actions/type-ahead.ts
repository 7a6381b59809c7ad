/**
 * Keys pressed while what was asked for is still being fetched: they are for it, not for the page behind. It takes them when
 * it comes.
 */

import { isSingle, type KeyPress } from './key-press.ts';

interface TypedAhead {
  readonly text: string;
  /** Enter was pressed behind the text. */
  readonly enter: boolean;
}

const NOTHING: TypedAhead = { text: '', enter: false };

/** What was asked for, and what was typed for it. */
let held: { readonly by: string; readonly typed: TypedAhead } | null = null;

/** Keeps a key for what was asked for. False: it is no key that would be typed into it. */
export function holdKey({ key, ctrlKey, metaKey, altKey, isComposing, keyCode }: KeyPress, by: string): boolean {
  if (ctrlKey || metaKey || altKey || isComposing || keyCode === 229) return false;
  const { text, enter } = heldKeys(by);
  // Behind Enter nothing is typed into the list any more.
  if (isSingle(key)) held = { by, typed: enter ? { text, enter } : { text: text + key, enter } };
  else if (key === 'Backspace') held = { by, typed: { text: [...text].slice(0, -1).join(''), enter: false } };
  else if (key === 'Enter') held = { by, typed: { text, enter: true } };
  else return false;
  return true;
}

/** For what was asked for, when it has come: from then on it has the keys itself. */
export function takeHeldKeys(by: string): TypedAhead {
  const typed = heldKeys(by);
  held = null;
  return typed;
}

function heldKeys(by: string): TypedAhead {
  return held?.by === by ? held.typed : NOTHING;
}
