/**
 * Why not…? One picks what one expected; each rule that could have brought it about says what kept it from doing so, the
 * nearest first. Every line leads to the step that shows it. It stands where the tests of a rule stand, and gives way to
 * them when one follows a line.
 */

import { useEffect, useMemo, useRef } from 'react';
import { askWhyNot, goToCandidate, hideWhyNot } from '../../actions/why-not.ts';
import { markWishes, OUTCOMES, stepOf, whyNotKey, wishKey } from '../../store/why-not.ts';
import type { StepView, TraceView, WhyNotCandidate, WhyNotView, Wished } from '../../store/state.ts';
import { bitList, hex, maskedOption } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { Icon } from '../../widgets/icon.tsx';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
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
  const { trace, packet } = useCurrent();
  const caused = useView((state) => state.selection.caused);
  const answer = useView((state) => state.answer.whyNot[whyNotKey(packet, caused, wish)]);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (trace && !answer) app.askWhyNot(wish);
  }, [app, trace, answer, wish]);
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

/** At most this many of the jumps that did not lead into a chain are told, at each level. */
const MOST_JUMPS = 6;

function CandidateView({ candidate, trace }: { candidate: WhyNotCandidate; trace: TraceView }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { table, chain, rule, target, reason } = candidate;
  return (
    <>
      <button type="button" className="candidate" data-reason={reason.kind} onClick={() => goToCandidate(app, candidate)}>
        <span className="candidate-head">
          <span aria-hidden="true" className="candidate-glyph">
            {reason.kind === 'unknown' ? '?' : '–'}
          </span>
          <span className="mono candidate-place">{`${table}/${chain}/${rule}`}</span> <span className="mono muted candidate-target">{target ?? ''}</span>
        </span>
        <span className="candidate-reason">{reasonText(candidate, trace, words)}</span>
        {(reason.kind === 'missed' || reason.kind === 'unknown') && reason.reading && <FailedTest reading={reason.reading} />}
      </button>
      {reason.kind === 'not-entered' && (
        <ul className="why-not-jumps">
          {reason.jumps.slice(0, MOST_JUMPS).map((jump) => (
            <li key={`${jump.table}/${jump.chain}/${jump.rule}`}>
              <CandidateView candidate={jump} trace={trace} />
            </li>
          ))}
          {reason.jumps.length > MOST_JUMPS && <li className="muted small">{words.whyNot.more({ count: reason.jumps.length - MOST_JUMPS })}</li>}
        </ul>
      )}
    </>
  );
}

/** Bits told one by one. */
const MOST_BITS = 4;

/** The test in words, and for a mark the bits by which it failed. */
function FailedTest({ reading }: { reading: NonNullable<Extract<WhyNotCandidate['reason'], { kind: 'missed' }>['reading']> }): React.ReactNode {
  const words = useWords();
  const option = reading.field === 'mark' || reading.field === 'ctmark' ? maskedOption(reading.clause) : null;
  const saw = Number(reading.saw);
  const differs = option && !option.negated && Number.isFinite(saw) ? ((saw & option.mask) ^ option.value) >>> 0 : 0;
  return (
    <span className="candidate-test">
      <span className="mono candidate-clause">{reading.clause.replace(/^-m \S+ (?=-|!)/, '')}</span>
      <span>{words.why.reading({ ...reading, entry: reading.entry ?? '' })}</span>
      {option &&
        bitList(differs)
          .slice(0, MOST_BITS)
          .map((bit) => (
            <span key={bit} className="candidate-bits">
              {words.whyNot.bit({ bit, needs: (option.value >>> bit) & 1, saw: (saw >>> bit) & 1 })}
            </span>
          ))}
    </span>
  );
}

function reasonText({ chain, reason }: WhyNotCandidate, trace: TraceView, words: Words): string {
  const text = words.whyNot;
  switch (reason.kind) {
    case 'matched':
      return text.matched({ step: reason.step + 1 });
    case 'unknown':
      return text.unknown({ step: reason.step + 1 });
    case 'missed':
      return text.missed({ step: reason.step + 1, held: reason.held });
    case 'left-before':
      return text.leftBefore({ step: reason.step + 1, place: leaverText(trace.steps[reason.step], words) });
    case 'not-entered':
      return text.notEntered({ chain });
    case 'nat-not-asked':
      return reason.step === null || reason.state === 'UNTRACKED' || reason.state === 'INVALID' ? text.natNotTracked : text.natNotAsked({ state: reason.state });
    case 'hook-not-passed':
      return text.hookNotPassed({ hook: reason.hook });
    case 'unused-chain':
      return text.unusedChain({ chain });
  }
}

/** What left a chain: `OVN-POSTROUTING/10 RETURN`. */
function leaverText(step: StepView | undefined, words: Words): string {
  if (!step) return '';
  if (step.kind === 'rule') return `${step.chain}/${step.rule} ${step.target ?? ''}`.trim();
  if (step.kind === 'policy') return words.whyNot.policy(step);
  return 'chain' in step ? words.whyNot.endOf(step) : step.kind;
}
