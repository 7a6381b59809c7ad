/** How a figure behaves in somebody else's page: it takes no wheel, no finger and no key before the reader has gone into it. */

import { useEffect, useLayoutEffect } from 'react';
import { first } from '../actions/first.ts';
import { last } from '../actions/last.ts';
import { next } from '../actions/next.ts';
import { nextChange } from '../actions/next-change.ts';
import { previous } from '../actions/previous.ts';
import { previousChange } from '../actions/previous-change.ts';
import { useApp, useView } from '../views/page/app-context.ts';

/** Language and theme of the frame's document. */
export function useLook(title: string): void {
  const { language, theme } = useView((state) => state.settings);
  useLayoutEffect(() => {
    const root = document.documentElement;
    root.lang = language === 'zh' ? 'zh-Hans' : 'en';
    document.title = title;
    if (theme === 'auto') delete root.dataset.theme;
    else root.dataset.theme = theme;
  }, [language, theme, title]);
}

/** Only what steps: letters and the keys of the page's other actions belong to the page around the figure. */
const STEPPING = [next, previous, nextChange, previousChange, first, last];
const OWNS_KEYS = 'input:not([type="range"]), select, textarea, [role="tablist"]';

/** Keys reach this document only while something in it has the focus. */
export function useKeys(): void {
  const app = useApp();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || (event.target instanceof Element && event.target.closest(OWNS_KEYS))) return;
      if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      const state = app.store.getState();
      // The slider moves by itself on plain arrows, Home and End.
      if (event.target instanceof HTMLInputElement && !event.shiftKey && state.selection.altitude === 'rule') return;
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
