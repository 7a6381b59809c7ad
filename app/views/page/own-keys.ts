/** Which keys belong to the element that has the focus: with these no action begins. */

import type { State } from '../../store/state.ts';

/** Elements that use keys themselves. */
const OWNS_KEYS = 'input:not([type="range"]), select, textarea, [contenteditable], dialog, [role="tablist"]';

/** The element that has the keys, null for none. */
export function keyOwner({ target }: KeyboardEvent): Element | null {
  return target instanceof Element ? target.closest(OWNS_KEYS) : null;
}

/** The slider moves by itself on plain arrows, Home and End. */
export function sliderMoves({ target, key, shiftKey }: KeyboardEvent, { selection }: State): boolean {
  return target instanceof HTMLInputElement && target.type === 'range' && !shiftKey && /^(Arrow|Page|Home|End)/.test(key) && selection.altitude === 'rule';
}
