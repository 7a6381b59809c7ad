/** What a screen reader hears: the step, its sentence, and notices. Always mounted, never moves the focus. */

import { fateOf } from '../../store/fate.ts';
import { useCurrent, useView, useWords } from './app-context.ts';
import { noticeText } from './notice.tsx';
import { sentenceOf } from '../steps/sentence.ts';
import { fateSentence } from '../verdict/fate-words.ts';

export function Narration(): React.ReactNode {
  const words = useWords();
  const { trace, step, index } = useCurrent();
  const notice = useView((state) => state.notice);
  const was = useView((state) => state.answer.was);
  const verdict = trace && was ? `${fateSentence(fateOf(trace), words)}. ` : '';
  return (
    <div className="sr-only" role="status" aria-live="polite" data-testid="narration">
      {notice && `${noticeText(notice, words)} `}
      {verdict}
      {trace && step && words.steps.narration({ step: index + 1, count: trace.steps.length, sentence: sentenceOf(step, words) })}
    </div>
  );
}
