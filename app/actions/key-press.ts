/** Which action a key press means, and which keys mean an action: its own, or those the person gave it instead. */

import type { SettingsSlice } from '../store/state.ts';
import type { Action } from './action.ts';

/** What is read of a keyboard event. */
export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isComposing: boolean;
  readonly keyCode: number;
}

/** Which single characters mean something, and which were given to other actions. */
type KeyChoice = Pick<SettingsSlice, 'singleKeys' | 'ownKeys'>;

export function isSingle(key: string): boolean {
  return [...key].length === 1;
}

/** Keys of an action as they are: a character of the person's own stands in for its single ones. */
export function keysOf(action: Action, { ownKeys }: Pick<KeyChoice, 'ownKeys'>): readonly string[] {
  const own = ownKeys[action.name];
  if (own === undefined) return action.keys;
  return [...action.keys.filter((key) => !isSingle(key)), ...(own === '' ? [] : [own])];
}

/** The action a key press means, undefined for none. While text is composed (keyCode 229) keys mean nothing. */
export function actionForKey(press: KeyPress, choice: KeyChoice, actions: readonly Action[]): Action | undefined {
  if (press.isComposing || press.keyCode === 229 || press.altKey) return undefined;
  const mod = press.ctrlKey || press.metaKey;
  const single = isSingle(press.key) && !mod;
  if (single && !choice.singleKeys) return undefined;
  // Shift is part of a printed character such as `?`; for letters with Mod and for named keys it is said.
  const name = single ? press.key : `${mod ? 'Mod+' : ''}${press.shiftKey ? 'Shift+' : ''}${isSingle(press.key) ? press.key.toLowerCase() : press.key}`;
  const means = (key: string): Action | undefined => actions.find((action) => keysOf(action, choice).includes(key));
  // With caps lock, letters come in upper case by themselves.
  return means(name) ?? (single && !press.shiftKey ? means(name.toLowerCase()) : undefined);
}

/**
 * The person's own characters with one more, or one less where `key` is empty. A character means one action: the one that
 * had it gets what this one had, which is said in `from`.
 */
export function withOwnKey(
  ownKeys: KeyChoice['ownKeys'],
  action: Action,
  key: string,
  actions: readonly Action[],
): { readonly ownKeys: KeyChoice['ownKeys']; readonly from: Action | null } {
  const before = keysOf(action, { ownKeys }).find(isSingle) ?? '';
  const from = key === '' ? undefined : actions.find((other) => other !== action && keysOf(other, { ownKeys }).includes(key));
  const next = { ...ownKeys, [action.name]: key, ...(from && { [from.name]: before }) };
  // What is as it was at first is nobody's own.
  for (const one of from ? [action, from] : [action]) if ((one.keys.find(isSingle) ?? '') === next[one.name]) delete next[one.name];
  return { ownKeys: next, from: from ?? null };
}
