/** What a step can be taken along as: the rule's line, the command that checks for it, the sentence, the whole trace as Markdown, a link. */

import { copyAs, copyValue } from '../../actions/copy-value.ts';
import { copyLink } from '../../actions/copy-link.ts';
import { makeLink } from '../../actions/share.ts';
import { checkCommand } from '../../text/check-command.ts';
import type { RuleSummary, StepView } from '../../store/state.ts';
import { copiesWords } from '../../text/copies.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { shownTrace } from '../../store/caused.ts';
import { sentenceIn } from '../steps/sentence.ts';
import { markdownTrace } from './markdown-trace.ts';
import './copies.css';

export interface CopiesProps {
  /** Of the rule; without one the step is in no rule. */
  readonly table?: string;
  readonly rule?: RuleSummary;
  readonly step: StepView | null;
}

export function Copies({ table, rule, step }: CopiesProps): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const text = copiesWords(useView((state) => state.settings.language));
  const check = rule && table !== undefined ? checkCommand(table, rule.source) : null;
  const sentence = (): void => {
    const shown = shownTrace(app.store.getState());
    if (!shown || !step) return;
    copyValue(app, sentenceIn(shown, step, words));
  };
  const trace = (): void => {
    const written = makeLink(app).then((link) => markdownTrace(app.store.getState(), link, words));
    copyAs(app, written, text.trace);
  };
  return (
    <p className="copies">
      <span className="muted" aria-hidden="true">
        {text.title}
      </span>
      {rule && <Copy text={text} label={text.line} act={() => copyAs(app, rule.source, text.line)} />}
      {check !== null && <Copy text={text} label="iptables -C" act={() => copyValue(app, check)} />}
      {step && <Copy text={text} label={text.sentence} act={sentence} />}
      <Copy text={text} label={text.trace} act={trace} />
      <Copy text={text} label={text.link} act={() => copyLink.perform(app)} />
    </p>
  );
}

function Copy({ text, label, act }: { text: ReturnType<typeof copiesWords>; label: string; act: () => void }): React.ReactNode {
  return (
    <button type="button" className="link" aria-label={text.copy({ what: label })} onClick={act}>
      {label}
    </button>
  );
}
