/**
 * What leads to a step shows it before it is pressed: while a mouse rests on it, and while it has the focus by keyboard. A
 * button says the step in `data-leads`; the handlers stand on what holds the buttons.
 */

import { useEffect, useRef, useState } from 'react';
import { useApp } from './app-context.ts';

/** A mouse that only crosses shows nothing; in milliseconds. */
const REST = 120;

interface Leads {
  readonly handlers: Pick<React.DOMAttributes<HTMLElement>, 'onPointerOver' | 'onPointerLeave' | 'onPointerDown' | 'onFocus' | 'onBlur'>;
  /** The step that is shown by one of these buttons; null: none. */
  readonly shown: number | null;
}

export function useLeads(): Leads {
  const app = useApp();
  const [shown, setShown] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const show = (step: number | null, aloud = false): void => {
    clearTimeout(timer.current);
    if (step === null && shown === null) return;
    setShown(step);
    app.preview(step, aloud);
  };
  return {
    shown,
    handlers: {
      onPointerOver({ pointerType, buttons, target }) {
        if (pointerType !== 'mouse' || buttons !== 0) return;
        const step = stepOf(target);
        if (step === null) return show(null);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => show(step), REST);
      },
      onPointerLeave: () => show(null),
      onPointerDown: () => clearTimeout(timer.current),
      onFocus: ({ target }) => target.matches(':focus-visible') && show(stepOf(target), true),
      onBlur: () => show(null),
    },
  };
}

function stepOf(target: EventTarget): number | null {
  const step = target instanceof Element ? target.closest<HTMLElement>('[data-leads]')?.dataset.leads : undefined;
  return step === undefined ? null : Number(step);
}
