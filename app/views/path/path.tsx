/** The way over the hooks: a fixed map where there is room, else a strip or a rail of the stages that were met. */

import { memo, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { waysOf } from '../../layout/path-map.ts';
import { extrasOf, firstAtStop, pathOf } from '../../store/path.ts';
import { useCurrent, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import { useLeads } from '../page/leads.ts';
import { HookMap } from './map.tsx';
import { Strip } from './strip.tsx';
import './path.css';

// From rule to rule of one table nothing changes on the way.
const DrawnMap = memo(HookMap);
const DrawnStrip = memo(Strip);

export function Path({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const { trace, index: current } = useCurrent();
  const cursor = useView((state) => state.selection.step);
  const preview = useView((state) => state.selection.preview);
  const node = useView((state) => state.answer.node);
  const { handlers, shown } = useLeads();
  const { tip, handlers: tipHandlers } = useTip();
  // What is pointed at here is seen elsewhere; the way stays, or it would go from under the pointer.
  const index = preview !== null && preview === shown ? cursor : current;
  const first = trace ? firstAtStop(trace, index) : 0;
  const facts = useMemo(() => pathOf(trace, node, first, waysOf(extrasOf(trace, node))), [trace, node, first]);
  return (
    <section
      className="path"
      id="region-path"
      aria-labelledby="path-title"
      data-frame={frame}
      {...handlers}
      onKeyDown={tipHandlers.onKeyDown}
      onFocus={(event) => {
        handlers.onFocus?.(event);
        tipHandlers.onFocus(event);
      }}
      onBlur={(event) => {
        handlers.onBlur?.(event);
        tipHandlers.onBlur();
      }}
    >
      <h2 id="path-title" className="sr-only">
        {words.regions.path}
      </h2>
      {frame === 'desktop' ? <DrawnMap facts={facts} trace={trace} /> : <DrawnStrip facts={facts} trace={trace} rail={frame === 'phone'} />}
      {tip}
    </section>
  );
}

/** What a mouse reads in a button's title is seen by keyboard, too: below the button, while it has the focus; Esc takes it away. */
function useTip(): {
  readonly tip: React.ReactNode;
  readonly handlers: {
    readonly onFocus: (event: React.FocusEvent<HTMLElement>) => void;
    readonly onBlur: () => void;
    readonly onKeyDown: (event: React.KeyboardEvent) => void;
  };
} {
  const [shown, setShown] = useState<{ readonly text: string; readonly left: number; readonly top: number } | null>(null);
  const box = useRef<HTMLParagraphElement>(null);
  // Above everything: the way scrolls in a slot of its own, which would cut it off.
  useLayoutEffect(() => {
    if (shown) box.current?.showPopover();
  }, [shown]);
  return {
    tip: shown && (
      <p ref={box} popover="manual" className="path-tip" aria-hidden="true" style={{ left: shown.left, top: shown.top }}>
        {shown.text}
      </p>
    ),
    handlers: {
      onFocus({ target }) {
        if (target.title === '' || !target.matches(':focus-visible')) return setShown(null);
        // The browser brings it into view first.
        requestAnimationFrame(() => {
          const { left, bottom } = target.getBoundingClientRect();
          if (target === document.activeElement) setShown({ text: target.title, left: Math.max(8, Math.min(left, window.innerWidth - MOST_TIP - 8)), top: bottom + 6 });
        });
      },
      onBlur: () => setShown(null),
      onKeyDown(event) {
        if (event.key !== 'Escape' || !shown) return;
        event.preventDefault();
        setShown(null);
      },
    },
  };
}

/** Widest that the text below a button gets, in pixels. */
const MOST_TIP = 360;
