/** The fate of the packet in words, and links to the steps that prove it. Readable before anything is pressed. */

import { useMemo } from 'react';
import { evidenceOf, fateOf } from '../../store/fate.ts';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { causeText, FATE_GLYPH, fateSentence, fateText } from './fate-words.ts';
import './verdict.css';

export function Verdict(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { trace, index } = useCurrent();
  const stale = useView((state) => state.answer.stale);
  const status = useView((state) => state.answer.status);
  const loading = useView((state) => state.scenario.examples === null || state.scenario.loading !== null || state.answer.status === 'running');
  const failure = useView((state) => state.answer.failure);
  const refused = useView((state) => state.answer.refused);
  const was = useView((state) => state.answer.was);
  const fate = useMemo(() => trace && fateOf(trace), [trace]);
  const evidence = useMemo(() => trace && evidenceOf(trace), [trace]);
  const text = fate && fateText(fate, words);
  const emitted = trace && trace.emitted.length > 0 ? { cause: trace.emitted.map(({ cause }) => cause).join(', '), count: trace.emitted.length } : null;
  const before = was && fate && fateSentence(was.fate, words) !== fateSentence(fate, words) ? was : null;

  return (
    <section className="verdict" aria-labelledby="verdict-title" data-class={fate?.class ?? 'neutral'} data-stale={stale && status !== 'running'}>
      <h2 id="verdict-title" className="sr-only">
        {words.regions.verdict}
      </h2>
      <div className="verdict-line">
        {text && fate ? (
          <p className="verdict-text" data-testid="verdict">
            <span className="verdict-glyph" aria-hidden="true">
              {FATE_GLYPH[fate.class]}
            </span>
            <strong className="verdict-word">{text.word}</strong>
            {text.rest !== '' && (
              <span className="verdict-rest">
                <span className="verdict-colon">{words.verdict.colon}</span>
                {text.rest}
              </span>
            )}
          </p>
        ) : (
          <p className="verdict-text">
            <strong className="verdict-word">{loading ? words.verdict.running : words.verdict.none}</strong>
            <span className="verdict-rest"> {loading ? '' : words.verdict.noneHint}</span>
          </p>
        )}
        {status === 'failed' && refused ? (
          <p className="verdict-note" role="alert">
            {words.verdict.refused({ n: refused.packet + 1, message: refused.message })} <span lang="en">{refused.hint}</span>
          </p>
        ) : status === 'failed' && failure ? (
          <p className="verdict-note">{words.notice.failed({ detail: failure })}</p>
        ) : stale && status !== 'running' ? (
          <p className="verdict-note">{words.verdict.stale}</p>
        ) : (
          before && (
            <p className="verdict-note">
              {words.verdict.was({ text: fateSentence(before.fate, words) })}
              {before.difference !== null && (
                <button type="button" className="link" onClick={() => app.goTo(before.difference ?? 0)}>
                  {words.verdict.firstDifference({ step: before.difference + 1 })}
                </button>
              )}
            </p>
          )
        )}
        {!refused && !failure && !before && !stale && emitted && <p className="verdict-note">{words.verdict.emitted(emitted)}</p>}
      </div>
      {evidence && (
        <ol className="causes" aria-label={words.verdict.causes}>
          {evidence.causes.map((cause, i) => {
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
                  {said}
                </button>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}
