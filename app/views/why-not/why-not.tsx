/**
 * Why not…? One picks what one expected; each rule that could have brought it about says what kept it from doing so, the
 * nearest first. Every line leads to the step that shows it. It stands where the tests of a rule stand, and gives way to
 * them when one follows a line.
 */

import { useEffect, useMemo, useRef } from 'react';
import { askWhyNot, goToCandidate, hideWhyNot } from '../../actions/why-not.ts';
import { markWishes, OUTCOMES, otherFamily, stepOf, wishKey } from '../../store/why-not.ts';
import type { TraceView, WhyNotView, Wished } from '../../store/state.ts';
import { hex } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { Icon } from '../../widgets/icon.tsx';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { CandidateView, useWhyNot } from './candidate.tsx';
import './why-not.css';

export function wishText(wish: Wished, words: Words): string {
  switch (wish.kind) {
    case 'mark':
      return words.whyNot.mark({ mark: `${hex(wish.value)}/${hex(wish.mask)}` });
    case 'rule':
      return `${wish.table}/${wish.chain}/${wish.rule}`;
    default:
      return words.whyNot.wish[wish.kind];
  }
}

/** The question and its answer, in the slot of the Why panel. */
export function WhyNot({ wish }: { wish: Wished }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { trace } = useCurrent();
  const answer = useWhyNot(wish);
  const section = useRef<HTMLElement>(null);
  // Whoever asks goes on here, by keyboard too.
  useEffect(() => section.current?.querySelector('select')?.focus({ preventScroll: true }), []);
  const close = (): void => {
    hideWhyNot(app);
    document.querySelector<HTMLElement>('[data-why-not]')?.focus();
  };
  return (
    <section
      className="why why-not"
      id="region-why"
      aria-labelledby="why-not-title"
      ref={section}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
        event.preventDefault();
        close();
      }}
    >
      <div className="panel-head why-not-head">
        <h2 id="why-not-title" className="panel-title">
          {words.whyNot.title}
        </h2>
        <WishSelect wish={wish} />
        <button type="button" className="button why-not-close" onClick={close} aria-label={words.whyNot.close} title={words.whyNot.close}>
          <Icon name="remove" />
        </button>
      </div>
      <div className="panel-frame">
        <ScrollBox className="panel-body" aria-labelledby="why-not-title">
          <div aria-live="polite">
            {!trace ? (
              <p className="muted">{words.whyNot.noPacket}</p>
            ) : answer ? (
              <AnswerView wish={wish} answer={answer} trace={trace} />
            ) : (
              <p className="muted">{words.whyNot.pending}</p>
            )}
          </div>
        </ScrollBox>
      </div>
    </section>
  );
}

function WishSelect({ wish }: { wish: Wished }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { step } = useCurrent();
  const chosen = useView((state) => state.selection.rule);
  const node = useView((state) => state.answer.node);
  const marks = useMemo(() => markWishes(node), [node]);
  const here: Wished | null = step && 'chain' in step ? { kind: 'rule', table: step.table, chain: step.chain, rule: chosen ?? step.rule } : null;
  const rules = [wish, here].filter((one): one is Extract<Wished, { kind: 'rule' }> => one?.kind === 'rule');
  const ofMarks = wish.kind === 'mark' && !marks.some((mark) => wishKey(mark) === wishKey(wish)) ? [wish, ...marks] : marks;
  const all: readonly Wished[] = [...OUTCOMES.map((kind) => ({ kind })), ...ofMarks, ...rules];
  return (
    <label className="why-not-wish">
      <span className="sr-only">{words.whyNot.expected}</span>
      <select
        value={wishKey(wish)}
        onChange={(event) => {
          const next = all.find((one) => wishKey(one) === event.target.value);
          if (next) askWhyNot(app, next);
        }}
      >
        <optgroup label={words.whyNot.outcomes}>
          {OUTCOMES.map((kind) => (
            <option key={kind} value={kind}>
              {words.whyNot.wish[kind]}
            </option>
          ))}
        </optgroup>
        {ofMarks.length > 0 && (
          <optgroup label={words.whyNot.marks}>
            {ofMarks.map((mark) => (
              <option key={wishKey(mark)} value={wishKey(mark)}>
                {wishText(mark, words)}
              </option>
            ))}
          </optgroup>
        )}
        {rules.length > 0 && (
          <optgroup label={words.whyNot.rule}>
            {[...new Map(rules.map((rule) => [wishKey(rule), rule])).values()].map((rule) => (
              <option key={wishKey(rule)} value={wishKey(rule)}>
                {wishText(rule, words)}
              </option>
            ))}
          </optgroup>
        )}
      </select>
    </label>
  );
}

function AnswerView({ wish, answer, trace }: { wish: Wished; answer: WhyNotView; trace: TraceView }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const text = words.whyNot;
  const { happened, more } = answer;
  const did = answer.candidates.filter(({ reason }) => reason.kind === 'matched');
  const candidates = answer.candidates.filter(({ reason }) => reason.kind !== 'matched');
  const other = wish.kind === 'rule' && answer.candidates.length === 0 ? otherFamily(trace, wish.table) : null;
  if (wish.kind === 'rule' && other) return <p>{text.otherFamily({ family: other, table: wish.table })}</p>;
  if (happened.length === 0 && candidates.length === 0)
    return <p>{wish.kind === 'rule' ? text.noRule({ wish: wishText(wish, words) }) : text.none({ wish: wishText(wish, words) })}</p>;
  const count = candidates.length + more;
  return (
    <>
      {did.length > 0 && (
        <p className="why-not-happened">
          <span aria-hidden="true">✓ </span>
          {text.happened({ places: '' })}
          {did.map((candidate) => (
            <button type="button" className="link" key={`${candidate.table}/${candidate.chain}/${candidate.rule}`} onClick={() => goToCandidate(app, candidate)}>
              {text.happenedAt({ place: `${candidate.table}/${candidate.chain}/${candidate.rule}`, step: (stepOf(candidate) ?? 0) + 1 })}
            </button>
          ))}
        </p>
      )}
      {count > 0 && wish.kind !== 'rule' && <p className="muted small">{did.length > 0 ? text.others({ count }) : text.candidates({ count })}</p>}
      <ol className="why-not-list">
        {candidates.map((candidate) => (
          <li key={`${candidate.table}/${candidate.chain}/${candidate.rule}`}>
            <CandidateView candidate={candidate} trace={trace} />
          </li>
        ))}
      </ol>
      {more > 0 && <p className="muted small">{text.more({ count: more })}</p>}
    </>
  );
}
