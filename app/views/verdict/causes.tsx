/** The causal chain: at most four links, each a jump to the step that proves it. */

import type { Cause } from '../../store/fate.ts';
import { useApp, useCurrent, useWords } from '../page/app-context.ts';
import { causeText } from './fate-words.ts';

export function Causes({ causes }: { causes: readonly Cause[] }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { index } = useCurrent();
  return (
    <ol className="causes" aria-label={words.verdict.causes}>
      {causes.map((cause, i) => {
        const said = causeText(cause, words);
        return (
          <li key={cause.step}>
            <button
              type="button"
              className="cause"
              aria-current={cause.step === index ? 'step' : undefined}
              title={words.verdict.cause.goTo({ step: cause.step + 1, text: said })}
              onClick={() => app.goTo(cause.step)}
            >
              <span aria-hidden="true" className="cause-number">
                {i + 1}
              </span>
              <span className="cause-text">{said}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
