/** The causal chain: at most four links, each a jump to the step that proves it. */

import { memo } from 'react';
import type { Cause } from '../../store/fate.ts';
import { currentOf, useApp, useView, useWords } from '../page/app-context.ts';
import { useLeads } from '../page/leads.ts';
import { causeCore, causeText } from './fate-words.ts';

export function Causes({ causes }: { causes: readonly Cause[] }): React.ReactNode {
  const words = useWords();
  const now = useView((state) => causes.find(({ step }) => step === currentOf(state).index)?.step ?? null);
  const { handlers } = useLeads();
  return (
    <ol className="causes" aria-label={words.verdict.causes} {...handlers}>
      {causes.map((cause, i) => (
        <CauseButton key={cause.step} cause={cause} number={i + 1} now={cause.step === now} />
      ))}
    </ol>
  );
}

/** Drawn again only when the cursor comes to its step or leaves it. */
const CauseButton = memo(({ cause, number, now }: { cause: Cause; number: number; now: boolean }): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const said = causeText(cause, words);
  return (
    <li>
      <button
        type="button"
        className="cause"
        data-leads={cause.step}
        aria-current={now ? 'step' : undefined}
        title={words.verdict.cause.goTo({ step: cause.step + 1, text: said })}
        onClick={() => {
          // Where one panel is shown at a time, the one that proves it.
          const { panel } = app.store.getState().selection;
          if (panel !== 'state' && panel !== 'why') app.select({ panel: 'why' });
          app.goTo(cause.step);
        }}
      >
        <span aria-hidden="true" className="cause-number">
          {number}
        </span>
        <CauseWords said={said} core={causeCore(cause, words)} />
      </button>
    </li>
  );
});

/** All of it, its core apart: where there is little room the rest gives way, names of chains before the numbers of their rules (app/embed/head.css). */
function CauseWords({ said, core }: { said: string; core: string }): React.ReactNode {
  const at = said.lastIndexOf(core);
  if (at < 0 || core === said) return <span className="cause-text">{said}</span>;
  return (
    <span className="cause-text">
      {at > 0 && <Beside className="cause-before" text={said.slice(0, at)} />}
      <span className="cause-core">{core}</span>
      {at + core.length < said.length && <Beside className="cause-after" text={said.slice(at + core.length)} />}
    </span>
  );
}

function Beside({ className, text }: { className: string; text: string }): React.ReactNode {
  const number = Math.max(0, text.lastIndexOf('/'));
  return (
    <span className={className}>
      <span className="cause-chain">{text.slice(0, number)}</span>
      {text.slice(number)}
    </span>
  );
}
