/** What happened on the whole way: shown where no chain is. */

import { memo, useMemo } from 'react';
import { isChange } from '../../store/cursor.ts';
import type { StepView, TraceView } from '../../store/state.ts';
import { sentenceIn } from '../steps/sentence.ts';
import { useApp, useWords } from '../page/app-context.ts';
import { Unbroken } from './unbroken.tsx';

/** Most rows: a trace that changes more than this is read in its chains. */
const MOST = 200;

/** `index`: of the step the cursor is at; less than 0 for none. */
export function Outline({ trace, index }: { trace: TraceView; index: number }): React.ReactNode {
  const words = useWords();
  // The same list at every step, so that nothing in it moves: what changes something, and what is of no table.
  const steps = useMemo(() => trace.steps.filter((step) => isChange(step) || !('chain' in step)).slice(0, MOST), [trace]);
  return (
    <>
      <h3 className="muted small">{words.rules.outline}</h3>
      <ol className="outline" aria-label={words.rules.outline}>
        {steps.map((step) => (
          <Line key={step.index} trace={trace} step={step} now={step.index === index} />
        ))}
      </ol>
    </>
  );
}

const Line = memo(({ trace, step, now }: { trace: TraceView; step: StepView; now: boolean }): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  return (
    <li>
      <button type="button" className="outline-step" aria-current={now ? 'step' : undefined} onClick={() => app.goTo(step.index)}>
        <span className="outline-number">{step.index + 1}</span>
        <span>
          <Unbroken text={sentenceIn(trace, step, words)} />
        </span>
      </button>
    </li>
  );
});
