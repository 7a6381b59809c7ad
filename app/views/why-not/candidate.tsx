/** What became of a rule that one would have expected to match: its first test that failed, or what kept the packet from it. */

import { useEffect, useMemo } from 'react';
import { goToCandidate } from '../../actions/why-not.ts';
import { shownPlace } from '../../store/caused.ts';
import type { RulePlace } from '../../store/cursor.ts';
import { hookMiss, otherFamily, whyNotKey, type HookMiss } from '../../store/why-not.ts';
import type { HookName, StepView, TraceView, WhyNotCandidate, WhyNotView, Wished } from '../../store/state.ts';
import { bitList, maskedOption } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { Unbroken } from '../rules/unbroken.tsx';
import { sentenceOf } from '../steps/sentence.ts';
import './why-not.css';

/** The answer to a question about the packet that is shown; undefined until it has come. */
export function useWhyNot(wish: Wished): WhyNotView | undefined {
  const app = useApp();
  const { trace, packet } = useCurrent();
  const caused = useView((state) => shownPlace(state).caused);
  const answer = useView((state) => state.answer.whyNot[whyNotKey(packet, caused, wish)]);
  useEffect(() => {
    if (trace && !answer) app.askWhyNot(wish);
  }, [app, trace, answer, wish]);
  return answer;
}

/** In the place of its tests, for a rule that the packet did not come to: what kept it from there. */
export function KeptFrom({ place, trace }: { place: RulePlace; trace: TraceView }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { table, chain, rule } = place;
  const wish = useMemo((): Wished => ({ kind: 'rule', table, chain, rule }), [table, chain, rule]);
  const answer = useWhyNot(wish);
  const text = words.whyNot;
  const other = otherFamily(trace, table);
  if (other) return <p>{text.otherFamily({ family: other, table })}</p>;
  if (!answer) return app.asksWhyNot ? <p className="muted">{text.pending}</p> : null;
  const [candidate] = answer.candidates;
  if (!candidate) return null;
  return (
    <div className="kept-from">
      <CandidateView candidate={candidate} trace={trace} />
    </div>
  );
}

/** At most this many of the jumps that did not lead into a chain are told, at each level. */
const MOST_JUMPS = 6;

export function CandidateView({ candidate, trace }: { candidate: WhyNotCandidate; trace: TraceView }): React.ReactNode {
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
          <span className="mono candidate-place">{`${table}/${chain}/${rule}`}</span>{' '}
          <span className="mono muted candidate-target">
            <Unbroken text={target ?? ''} />
          </span>
        </span>
        <span className="candidate-reason">
          <Unbroken text={reasonText(candidate, trace, words)} />
        </span>
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
      <span className="mono candidate-clause">
        <Unbroken text={words.engine({ text: reading.clause }).replace(/^-m \S+ (?=-|!)/, '')} />
      </span>
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
      return hookText(reason.hook, hookMiss(trace, reason.hook), trace, words);
    case 'unused-chain':
      return text.unusedChain({ chain });
  }
}

function hookText(hook: HookName, miss: HookMiss | null, trace: TraceView, words: Words): string {
  const text = words.whyNot.hookMissed;
  switch (miss?.kind) {
    case 'ended':
      return text.ended({ hook, step: miss.step + 1, place: leaverText(trace.steps[miss.step], words) });
    case 'forwarded':
    case 'delivered':
      return text[miss.kind]({ hook, step: miss.step + 1 });
    case 'sent':
    case 'arrived':
      return text[miss.kind]({ hook });
    case undefined:
      return words.whyNot.hookNotPassed({ hook });
  }
}

/** What left a chain: `OVN-POSTROUTING/10 RETURN`. */
function leaverText(step: StepView | undefined, words: Words): string {
  if (!step) return '';
  if (step.kind === 'rule') return `${step.chain}/${step.rule} ${step.target ?? ''}`.trim();
  if (step.kind === 'policy') return words.whyNot.policy(step);
  return 'chain' in step ? words.whyNot.endOf(step) : sentenceOf(step, words);
}
