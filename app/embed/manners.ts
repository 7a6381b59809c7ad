/** How a figure behaves in somebody else's page: it takes no wheel, no finger and no key before the reader has gone into it. */

import { useEffect } from 'react';
import { first } from '../actions/first.ts';
import { last } from '../actions/last.ts';
import { next } from '../actions/next.ts';
import { nextChange } from '../actions/next-change.ts';
import { previous } from '../actions/previous.ts';
import { previousChange } from '../actions/previous-change.ts';
import { useApp, useView } from '../views/page/app-context.ts';
import { keyOwner, sliderMoves } from '../views/page/own-keys.ts';

/** Only what steps: letters and the keys of the page's other actions belong to the page around the figure. */
const STEPPING = [next, previous, nextChange, previousChange, first, last];

/** Keys reach this document only while something in it has the focus. */
export function useKeys(): void {
  const app = useApp();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || keyOwner(event)) return;
      if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      const state = app.store.getState();
      if (sliderMoves(event, state)) return;
      const key = `${event.shiftKey ? 'Shift+' : ''}${event.key}`;
      const action = STEPPING.find(({ keys }) => keys.includes(key));
      if (!action?.available(state)) return;
      event.preventDefault();
      action.perform(app);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [app]);
}

/** The panels scroll only while the reader is in the figure: a wheel or a finger on its way down the page goes on its way. */
export function useManners(box: React.RefObject<HTMLElement | null>): void {
  const filled = useView((state) => state.answer.traces.length > 0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the box is there once something is
  useEffect(() => {
    const engage = (): void => box.current?.setAttribute('data-engaged', 'true');
    // A finger that goes down may be on its way down the page: only when it has tapped it is in the figure.
    const press = (event: PointerEvent): void => {
      if (event.pointerType !== 'touch') engage();
    };
    const leave = (): void => box.current?.removeAttribute('data-engaged');
    const pass = (event: Event): void => {
      if (!box.current?.hasAttribute('data-engaged')) event.stopPropagation();
    };
    window.addEventListener('focusin', engage);
    window.addEventListener('pointerdown', press);
    window.addEventListener('click', engage);
    window.addEventListener('blur', leave);
    window.addEventListener('wheel', pass, { capture: true, passive: true });
    window.addEventListener('touchmove', pass, { capture: true, passive: true });
    return () => {
      window.removeEventListener('focusin', engage);
      window.removeEventListener('pointerdown', press);
      window.removeEventListener('click', engage);
      window.removeEventListener('blur', leave);
      window.removeEventListener('wheel', pass, { capture: true });
      window.removeEventListener('touchmove', pass, { capture: true });
    };
  }, [box, filled]);
}
