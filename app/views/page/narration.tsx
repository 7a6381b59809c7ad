/** What a screen reader hears: the step, its sentence, and notices. Always mounted, never moves the focus. */

import { useRef } from 'react';
import { shownTrace } from '../../store/caused.ts';
import { fateOf } from '../../store/fate.ts';
import { useView, useWords } from './app-context.ts';
import { noticeText } from './notice.tsx';
import { passesBy, spokenPreview, spokenStep } from '../steps/spoken.ts';
import { fateSentence } from '../verdict/fate-words.ts';
import { changesText } from '../verdict/changes-text.ts';

export function Narration(): React.ReactNode {
  const words = useWords();
  const trace = useView(shownTrace);
  const notice = useView((state) => state.notice);
  const was = useView((state) => state.answer.was);
  const changes = useView((state) => state.answer.changes);
  const failed = useView((state) => (state.answer.cluster?.snapshot === null ? (state.answer.cluster.issues.find(({ severity }) => severity === 'error') ?? null) : null));
  const said = useView(spokenStep);
  const pointed = useView(spokenPreview);
  const skipped = useView(passesBy);
  /** While playing only changes and stops are spoken: the others leave what was said last. */
  const last = useRef(said);
  if (!skipped) last.current = said;
  const verdict = trace && was ? `${fateSentence(fateOf(trace), words)}. ` : '';
  return (
    <div className="sr-only" role="status" aria-live="polite" data-testid="narration">
      {notice && `${noticeText(notice, words)} `}
      {failed && `${words.verdict.notGenerated({ message: words.problemMessage(failed) })}. `}
      {changes && `${changesText(changes, words)}. `}
      {verdict}
      {pointed ?? last.current}
    </div>
  );
}
