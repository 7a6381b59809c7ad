/** A line at the bottom that says what happened and how to take it back. It is spoken by the narration. */

import { useEffect, useLayoutEffect, useRef } from 'react';
import { otherwise as takeOtherwise } from '../../actions/open-files.ts';
import { undo } from '../../actions/undo.ts';
import { UNDONE, type Language, type Notice } from '../../store/state.ts';
import { failsafeWords } from '../../text/failsafe.ts';
import { joiningWords } from '../../text/joining.ts';
import { wordsOf } from '../../text/words.ts';
import { Icon } from '../../widgets/icon.tsx';
import { useApp, useView, useWords } from './app-context.ts';
import { placesOf } from './places.ts';

/** How long a notice stays, in milliseconds; one that offers to take files otherwise stays until the document changes. */
const STAY = 8000;

/** Most that is said of what a link has and nobody understands, in characters. */
const MOST_SAID = 120;

export function noticeText(notice: Notice, language: Language): string {
  const words = wordsOf(language);
  const { detail } = notice;
  switch (notice.kind) {
    case 'replaced':
      return words.notice.replaced;
    case 'added':
      return words.notice.added({ detail });
    case 'joined':
      return notice.said?.[language] ?? detail;
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
      return detail === '' ? failsafeWords(language).notFetched : words.notice.exampleFailed({ detail });
    case 'unknown-link':
      return words.notice.unknownLink({ detail: detail.length > MOST_SAID ? `${detail.slice(0, MOST_SAID)}…` : detail });
    case 'own-link':
      return words.notice.ownLink;
    case 'broken-link':
      return words.notice.brokenLink;
    case 'no-reply':
      return words.notice.noReply;
    case 'is-reply':
      return words.notice.isReply;
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
    case 'not-fetched':
      return failsafeWords(language).notFetched;
  }
}

/** It goes by itself, unless it offers a choice; not from under whoever is about to press one of its buttons. */
export function useFading(notice: Notice | null): void {
  const app = useApp();
  useEffect(() => {
    if (!notice || notice.otherwise) return;
    const isHeld = (): boolean => document.querySelector('.notice:is(:hover, :focus-within)') !== null;
    const timer = setInterval(() => isHeld() || app.say(null), STAY);
    return () => clearInterval(timer);
  }, [app, notice]);
}

/**
 * How high the notice is, told to what keeps clear of it: work that stands above it, and the panels of a phone. Not to the root: every element's
 * style would be reckoned anew with each notice.
 */
export function tellHeight(notice: HTMLElement): void {
  const [page, work] = [notice.closest('.page[data-frame="phone"]'), notice.nextElementSibling];
  for (const one of [page, work?.matches('.working') && work]) if (one instanceof HTMLElement) one.style.setProperty('--notice', `${notice.offsetHeight}px`);
}

export function NoticeLine(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const notice = useView((state) => state.notice);
  const language = useView((state) => state.settings.language);
  const splits = useView((state) => state.settings.splits);
  useFading(notice);
  const line = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each is as high as its text
  useLayoutEffect(() => {
    if (!line.current) return;
    const { dataset } = document.documentElement;
    dataset.notice = 'true';
    tellHeight(line.current);
    // Where it takes room of the fields, the one that is typed in stays in view.
    document.activeElement?.closest('[data-floor="true"] .field')?.scrollIntoView({ block: 'nearest' });
    return () => void delete dataset.notice;
  }, [notice]);
  if (!notice) return null;
  const { otherwise } = notice;
  return (
    <aside ref={line} className="notice" aria-label={words.notice.title} style={placesOf(splits)}>
      <span>{noticeText(notice, language)}</span>
      {UNDONE.includes(notice.kind) && (
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
      {otherwise && (
        <button
          type="button"
          className="button"
          onClick={() => {
            app.say(null);
            takeOtherwise(app, otherwise);
          }}
        >
          {joiningWords(language)[otherwise.how]}
        </button>
      )}
      <button type="button" className="button" aria-label={words.notice.dismiss} onClick={() => app.say(null)}>
        <Icon name="remove" />
      </button>
    </aside>
  );
}
