/** Which keys belong to the element that has the focus: with these no action begins. */

import type { State } from '../../store/state.ts';

/** Elements that use keys themselves. */
const OWNS_KEYS = 'input:not([type="range"]), select, textarea, [contenteditable], dialog, [role="tablist"]';

/** The element that has the keys, null for none. A list to choose from has no use for Ctrl and Cmd: unlike text it takes nothing back by itself. */
export function keyOwner({ target, ctrlKey, metaKey }: KeyboardEvent): Element | null {
  if ((ctrlKey || metaKey) && target instanceof HTMLSelectElement && !target.closest('dialog')) return null;
  return target instanceof Element ? target.closest(OWNS_KEYS) : null;
}

/** The slider moves by itself on plain arrows, Home and End. */
export function sliderMoves({ target, key, shiftKey }: KeyboardEvent, { selection }: State): boolean {
  return target instanceof HTMLInputElement && target.type === 'range' && !shiftKey && /^(Arrow|Page|Home|End)/.test(key) && selection.altitude === 'rule';
}
