/** Arrow keys go from stop to stop; Tab leads to one of them, the one of the step if there is one. */

import { useState } from 'react';

interface Roving {
  /** Key of the button that Tab leads to. */
  readonly active: string | null;
  readonly handlers: {
    readonly onKeyDown: (event: React.KeyboardEvent<HTMLElement>) => void;
    readonly onFocus: (event: React.FocusEvent<HTMLElement>) => void;
    readonly onBlur: (event: React.FocusEvent<HTMLElement>) => void;
  };
}

/** `preferred`: keys in the order in which they are asked; the first that has a button counts. */
export function useRoving(keys: readonly string[], preferred: readonly (string | null)[]): Roving {
  const [focused, setFocused] = useState<string | null>(null);
  const active = [focused, ...preferred, keys[0] ?? null].find((key) => key !== null && keys.includes(key)) ?? null;
  return {
    active,
    handlers: {
      onKeyDown: (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
        const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-key]')];
        const from = event.target instanceof HTMLElement ? event.target : null;
        const to = from?.dataset.key ? next(buttons, from, event.key) : undefined;
        if (to === undefined) return;
        // Also at the end of the row: the arrow belongs to the map while the focus is in it.
        event.preventDefault();
        to?.focus({ preventScroll: false });
      },
      onFocus: (event) => {
        const key = event.target instanceof HTMLElement ? event.target.dataset.key : undefined;
        if (key) setFocused(key);
      },
      onBlur: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setFocused(null);
      },
    },
  };
}

/** The button that a key leads to; null: there is none that way; undefined: the key is not for the map. */
function next(buttons: readonly HTMLElement[], from: HTMLElement, key: string): HTMLElement | null | undefined {
  const at = buttons.indexOf(from);
  switch (key) {
    case 'ArrowRight':
      return buttons[at + 1] ?? null;
    case 'ArrowLeft':
      return buttons[at - 1] ?? null;
    case 'ArrowDown':
    case 'ArrowUp':
      return inOtherRow(buttons, from, key === 'ArrowDown');
    case 'Home':
      return buttons[0] ?? null;
    case 'End':
      return buttons.at(-1) ?? null;
    default:
      return undefined;
  }
}

/** Nearest one below or above: of the nearest row, the one that is least aside. */
function inOtherRow(buttons: readonly HTMLElement[], from: HTMLElement, down: boolean): HTMLElement | null {
  const here = from.getBoundingClientRect();
  const centre = (box: DOMRect): number => box.left + box.width / 2;
  let best: { readonly button: HTMLElement; readonly score: number } | null = null;
  for (const button of buttons) {
    const box = button.getBoundingClientRect();
    const away = down ? box.top - here.bottom : here.top - box.bottom;
    if (away < -1) continue;
    const score = away * 1000 + Math.abs(centre(box) - centre(here));
    if (!best || score < best.score) best = { button, score };
  }
  return best?.button ?? null;
}
