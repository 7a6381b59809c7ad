/** What a screen reader hears: the step, its sentence, and notices. Always mounted, never moves the focus. */

import { useMemo } from 'react';
import { shownTrace } from '../../store/caused.ts';
import { fateOf } from '../../store/fate.ts';
import type { State } from '../../store/state.ts';
import { isUnread, unreadIn } from '../../store/unread.ts';
import { wordsOf } from '../../text/words.ts';
import { passesBy, spokenPreview, spokenStep } from '../steps/spoken.ts';
import { changesText } from '../verdict/changes-text.ts';
import { fateSentence } from '../verdict/fate-words.ts';
import { noticeText } from './notice.tsx';
import { Written } from './written.tsx';

export function Narration(): React.ReactNode {
  const spoken = useMemo(speaker, []);
  return <Written as="div" className="sr-only" role="status" aria-live="polite" data-testid="narration" text={spoken} />;
}

function speaker(): (state: State) => string {
  let last: string | null = null;
  return (state) => {
    const { answer, notice, settings } = state;
    const words = wordsOf(settings.language);
    // While playing only changes and stops are spoken: the others leave what was said last.
    if (last === null || !passesBy(state)) last = spokenStep(state);
    const trace = shownTrace(state);
    const unread = !trace && isUnread(state);
    const wrong = unread ? unreadIn(state)[0] : undefined;
    const failed = answer.cluster?.snapshot === null ? answer.cluster.issues.find(({ severity }) => severity === 'error') : undefined;
    return [
      notice && noticeText(notice, settings.language),
      failed && `${words.verdict.notGenerated({ message: words.problemMessage(failed), earlier: trace !== null })}.`,
      answer.changes && `${changesText(answer.changes, words)}.`,
      unread && `${words.verdict.noRules}.`,
      wrong && `${words.rules.problemOf(wrong)}.`,
      trace && answer.was && `${fateSentence(fateOf(trace), words)}.`,
      spokenPreview(state) ?? last,
    ]
      .filter((part) => typeof part === 'string')
      .join(' ');
  };
}
