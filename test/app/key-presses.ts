/** Keys as a browser reports them. */

import type { KeyPress } from '../../app/actions/key-press.ts';

export function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  return { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, keyCode: 0, ...more };
}
