/** Where one is: table and the chains that called each other; every frame leads to the step that called. */

import { memo, useLayoutEffect, useRef } from 'react';
import { callStack, type Visit, type Visits } from '../../store/visits.ts';
import type { Looking } from '../../store/state.ts';
import { useApp, useWords } from '../page/app-context.ts';

interface StackProps {
  /** Null: between the tables, or in a chain the packet does not come to. */
  readonly visit: Visit | null;
  readonly visits: Visits | null;
  readonly looking: Looking | null;
}

export const Stack = memo(({ visit, visits, looking }: StackProps): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const box = useRef<HTMLElement>(null);
  // The chain one is in stands last: it is what must be seen where the calls do not fit.
  // It scrolls with the frame that shows it: asked for here, a layout of the whole page would be part of what mounts it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls whenever the place changes
  useLayoutEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (box.current) box.current.scrollLeft = box.current.scrollWidth;
    });
    return () => cancelAnimationFrame(frame);
  }, [visit, looking]);
  const stack = visit && visits ? callStack(visits, visit.index) : [];
  if (looking?.kind !== 'set' && !visit && !looking) return null;
  return (
    <nav className="stack" data-leads={stack.length > 1 || looking?.kind === 'set'} ref={box} aria-label={visit ? words.rules.hook({ hook: visit.hook }) : words.rules.stack}>
      {looking?.kind === 'set' ? (
        <>
          <strong className="mono stack-set">{words.rules.set({ name: looking.name })}</strong>
          <button type="button" className="link" onClick={() => app.select({ looking: null })}>
            {words.rules.closeSet}
          </button>
        </>
      ) : (
        <>
          <span className="mono muted">{visit?.table ?? looking?.table}</span>
          {!visit && looking && (
            <>
              <Arrow />
              <strong className="mono">{looking.chain}</strong>
              <span className="muted stack-off">{words.rules.notVisited}</span>
            </>
          )}
          {stack.map((frame) => {
            const rule = callerRule(frame, stack);
            return (
              <span key={frame.index} className="stack-frame">
                <Arrow />
                {frame === visit ? (
                  <strong className="mono">{frame.chain}</strong>
                ) : (
                  <button type="button" className="link mono" onClick={() => app.goTo(callStep(frame, rule))} title={words.rules.called({ chain: frame.chain, rule })}>
                    {frame.chain}/{rule}
                  </button>
                )}
              </span>
            );
          })}
        </>
      )}
    </nav>
  );
});

function Arrow(): React.ReactNode {
  return (
    <span aria-hidden="true" className="muted">
      ▸
    </span>
  );
}

function callerRule(visit: Visit, stack: readonly Visit[]): number {
  return stack.find((other) => other.caller?.visit === visit.index)?.caller?.rule ?? 0;
}

function callStep(visit: Visit, rule: number): number {
  return visit.results.find((result) => result.first === rule && result.result === 'matched')?.step ?? visit.steps[0];
}
