/** The fate of the packet in words, and links to the steps that prove it. Readable before anything is pressed. */

import { useMemo } from 'react';
import { evidenceOf, fateOf } from '../../store/fate.ts';
import { shownTrace } from '../../store/caused.ts';
import { isOutdated } from '../../store/late.ts';
import { isLoading } from '../../store/loading.ts';
import { isUnread } from '../../store/unread.ts';
import { useView, useWords } from '../page/app-context.ts';
import { FATE_GLYPH, fateText } from './fate-words.ts';
import { Causes } from './causes.tsx';
import { FinalTuple } from './final-tuple.tsx';
import { VerdictNote } from './verdict-note.tsx';
import { WhyNotButton } from './why-not-button.tsx';
import './verdict.css';

export function Verdict(): React.ReactNode {
  const words = useWords();
  const trace = useView(shownTrace);
  const stale = useView((state) => state.answer.stale);
  const outdated = useView(isOutdated);
  const loading = useView(isLoading);
  const fate = useMemo(() => trace && fateOf(trace), [trace]);
  const evidence = useMemo(() => trace && evidenceOf(trace), [trace]);
  const unread = useView(isUnread) && (!stale || !trace);
  const text = unread ? { word: words.verdict.noRules, rest: '' } : fate && fateText(fate, words);
  const kind = unread ? 'unknown' : (fate?.class ?? 'neutral');

  return (
    <section className="verdict" aria-labelledby="verdict-title" data-class={kind} data-stale={outdated}>
      <h2 id="verdict-title" className="sr-only">
        {words.regions.verdict}
      </h2>
      <div className="verdict-line">
        {text ? (
          <p className="verdict-text" data-testid="verdict">
            <span className="verdict-glyph" aria-hidden="true">
              {FATE_GLYPH[kind]}
            </span>
            <strong className="verdict-word">{text.word}</strong>
            {text.rest !== '' && words.verdict.colon + text.rest}
          </p>
        ) : (
          <p className="verdict-text">
            <strong className="verdict-word">{loading ? words.verdict.running : words.verdict.none}</strong>
            {loading ? '' : words.verdict.noneHint}
          </p>
        )}
        <div className="verdict-below">
          {trace && <FinalTuple trace={trace} />}
          <VerdictNote fate={fate} />
        </div>
      </div>
      {evidence && <Causes causes={evidence.causes} />}
      <WhyNotButton />
    </section>
  );
}
