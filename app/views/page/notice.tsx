/** A line at the bottom that says what happened and how to take it back. It is spoken by the narration. */

import { useEffect } from 'react';
import { undo } from '../../actions/undo.ts';
import type { Notice } from '../../store/state.ts';
import type { Words } from '../../text/words.ts';
import { Icon } from '../../widgets/icon.tsx';
import { useApp, useView, useWords } from './app-context.ts';

/** How long a notice without a choice stays, in milliseconds. */
const STAY = 8000;

export function noticeText(notice: Notice, words: Words): string {
  const { detail } = notice;
  switch (notice.kind) {
    case 'replaced':
      return words.notice.replaced;
    case 'added':
      return words.notice.added({ detail });
    case 'fixed':
      return words.notice.fixed({ detail });
    case 'copied':
      return words.notice.copied;
    case 'copied-value':
      return words.notice.copiedValue({ detail });
    case 'copy-failed':
      return words.notice.copyFailed;
    case 'moved':
      return words.notice.moved;
    case 'example-failed':
      return words.notice.exampleFailed({ detail });
    case 'unknown-link':
      return words.notice.unknownLink({ detail });
    case 'no-reply':
      return words.notice.noReply;
    case 'not-pasted':
      return words.notice.notPasted({ detail });
    case 'paste-failed':
      return words.notice.pasteFailed;
    case 'fitted':
      return words.notice.fitted({ detail });
    case 'file-failed':
      return words.notice.fileFailed({ detail });
    case 'form-failed':
      return words.notice.formFailed;
    case 'language-failed':
      return words.notice.languageFailed;
    case 'newer-link':
      return words.notice.newerLink;
    case 'not-kept':
      return words.notice.notKept;
    case 'breakpoint':
      return words.timeline.notice.breakpoint({ text: detail });
    case 'no-breakpoints':
      return words.timeline.notice.noBreakpoints;
    case 'no-breakpoint-ahead':
      return words.timeline.notice.noneAhead;
    case 'no-breakpoint-behind':
      return words.timeline.notice.noneBehind;
    case 'not-opened':
      return words.timeline.notice.notOpened;
    case 'not-visited':
      return words.notice.notVisited({ detail });
    case 'cancelled':
      return words.notice.cancelled;
    case 'saved':
      return words.notice.saved({ detail });
  }
}

export function NoticeLine(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const notice = useView((state) => state.notice);
  useEffect(() => {
    if (!notice) return;
    const timer = setTimeout(() => app.say(null), STAY);
    return () => clearTimeout(timer);
  }, [app, notice]);
  if (!notice) return null;
  return (
    <aside className="notice" aria-label={words.notice.title}>
      <span>{noticeText(notice, words)}</span>
      {(notice.kind === 'replaced' || notice.kind === 'cancelled' || notice.kind === 'added' || notice.kind === 'fixed' || notice.kind === 'fitted') && (
        <button
          type="button"
          className="button"
          onClick={() => {
            undo.perform(app);
            app.say(null);
          }}
        >
          {words.bar.undo}
        </button>
      )}
      <button type="button" className="button" aria-label={words.notice.dismiss} onClick={() => app.say(null)}>
        <Icon name="remove" />
      </button>
    </aside>
  );
}
