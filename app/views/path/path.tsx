/** The way over the hooks: a fixed map where there is room, else a strip or a rail of the stages that were met. */

import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { HOOK_STOPS, hookStops, isHook, waysOf } from '../../layout/hooks.ts';
import { pathAt } from '../../store/known-paths.ts';
import { extrasOf, pathOf } from '../../store/path.ts';
import type { NodeSummary, TraceView } from '../../store/state.ts';
import { currentOf, useApp, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import { useLeads } from '../page/leads.ts';
import { HookMap } from './map.tsx';
import { HookStrip } from './strip.tsx';

// From rule to rule of one table nothing changes on the way.
const DrawnStrip = memo(HookStrip);

export function Path({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const trace = useView((state) => currentOf(state).trace);
  const node = useView((state) => state.answer.node);
  const { handlers, shown } = useLeads();
  const { tip, handlers: tipHandlers } = useTip();
  const facts = useView((state) => {
    const { index } = currentOf(state);
    const { preview, step: cursor } = state.selection;
    // What is pointed at here is seen elsewhere; the way stays, or it would go from under the pointer.
    return trace && pathAt(trace, node, preview !== null && preview === shown ? cursor : index, waysOf);
  });
  const onPaper = useOnPaper();
  usePrepared(trace, node);
  const way = useMemo(() => facts ?? pathOf(null, node, 0, waysOf(extrasOf(null, node))), [facts, node]);
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
      {frame === 'desktop' && !onPaper ? <HookMap facts={way} trace={trace} /> : <DrawnStrip facts={way} trace={trace} rail={frame === 'phone'} />}
      {tip}
    </section>
  );
}

/** The map is drawn for the width of the screen, and would be cut off: a sheet of paper has the strip. */
function useOnPaper(): boolean {
  const [onPaper, setOnPaper] = useState(false);
  useEffect(() => {
    // What is not drawn when this returns is not printed.
    const turn = ({ type }: Event): void => flushSync(() => setOnPaper(type === 'beforeprint'));
    for (const type of ['beforeprint', 'afterprint']) window.addEventListener(type, turn);
    return () => {
      for (const type of ['beforeprint', 'afterprint']) window.removeEventListener(type, turn);
    };
  }, []);
  return onPaper;
}

/** While nothing else is to do, reads what the way will be one stop on and one stop back. */
function usePrepared(trace: TraceView | null, node: NodeSummary | null): void {
  const { store } = useApp();
  useEffect(() => {
    if (!trace) return;
    const prepare = (step: number): void => {
      if (!trace.steps[step]) return;
      const facts = pathAt(trace, node, step, waysOf);
      for (const hook of Object.keys(HOOK_STOPS)) if (isHook(hook)) for (const name of hookStops(hook, facts.extras)) facts.stop(`${hook}/${name}`);
    };
    let timer: ReturnType<typeof setTimeout>;
    const later = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const { step } = store.getState().selection;
        prepare(step + 1);
        prepare(step - 1);
      }, AFTER_STEP);
    };
    later();
    const leave = store.subscribe((state, before) => state.selection.step !== before.selection.step && later());
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [store, trace, node]);
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

/** How long after a step it is likely to be painted, in milliseconds. */
const AFTER_STEP = 100;
/** Widest that the text below a button gets, in pixels. */
const MOST_TIP = 360;
