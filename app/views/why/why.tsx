/** Why a rule matched or not, test by test: what was asked, what was seen, what was needed; and what happens then. */

import { useEffect, useMemo, useRef } from 'react';
import { goToRuleAt } from '../../actions/go-to.ts';
import { askWhyNot } from '../../actions/why-not.ts';
import { chainOf, stepAtRule, type RulePlace } from '../../store/cursor.ts';
import { shownPlace } from '../../store/caused.ts';
import { isDoubtful } from '../../store/doubt.ts';
import { fateOf, targetName } from '../../store/fate.ts';
import type { NodeSummary, Reading, RuleSummary, State, StepView, TraceView, Wished } from '../../store/state.ts';
import { missingSets } from '../../store/missing.ts';
import { readingsKey } from '../../store/questions.ts';
import { visitOfChain, visitsOf } from '../../store/visits.ts';
import { maskedOption } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { ScrollPages } from '../../widgets/scroll-box.tsx';
import { currentOf, useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { Written } from '../page/written.tsx';
import { Unbroken } from '../rules/unbroken.tsx';
import { fateSentence } from '../verdict/fate-words.ts';
import { placeAfter, sentenceOf } from '../steps/sentence.ts';
import type { CopiesProps } from './copies.tsx';
import { MarkTest, MarkWrite } from './mark-bits.tsx';
import { KeptFrom } from '../why-not/candidate.tsx';
import { WhyNot, wishText } from '../why-not/why-not.tsx';
import { MarkNote, RuleDetails, RuleTitle, SetNote } from './purpose.tsx';
import { MissingRoute, MissingSet } from './way-out.tsx';
import './why.css';

/** What a step is copied with, and what is wrong with a rule mended; without them what the files lack cannot be added either. */
type Tools = { readonly Copies: React.ComponentType<CopiesProps>; readonly Problems: React.ComponentType<{ readonly place: string }> } | null;

export function Why({ tools }: { tools: Tools }): React.ReactNode {
  const words = useWords();
  const { trace, step, index, rule: chosen, part } = useCurrent();
  const number = numberAt(step, chosen);
  const asRule = step && (step.kind === 'rule' || step.kind === 'misses') && number !== null;
  const asked = useView((state) => state.selection.whyNot);
  const looking = useView((state) => state.selection.looking);
  const elsewhere = looking?.kind === 'chain' && looking.rule !== null ? { table: looking.table, chain: looking.chain, rule: looking.rule } : null;
  if (asked?.shown) return <WhyNot wish={asked.wish} />;
  const shown = elsewhere ? `${elsewhere.table}/${elsewhere.chain}/${elsewhere.rule}` : `${index}/${number}`;
  return (
    <section className="why" id="region-why" aria-labelledby="why-title">
      <div className="panel-head">
        <h2 id="why-title" className="panel-title">
          {words.regions.why}
        </h2>
        {asked && <BackToWhyNot wish={asked.wish} />}
        {elsewhere && <span className="mono">{shown}</span>}
        {!elsewhere && step && (
          <span className="why-place">
            <Written as="span" className="mono" text={placeShown} />
          </span>
        )}
      </div>
      <div className="panel-frame">
        <ScrollPages className="panel-body" aria-labelledby="why-title" of={shown} at={part}>
          {!elsewhere && step && isDoubtful(trace, step.index) && <p className="why-doubt muted">{words.timeline.spoken.doubtful}</p>}
          {!trace || !step ? (
            <p className="muted">{words.why.empty}</p>
          ) : elsewhere ? (
            <LookedAt key={shown} place={elsewhere} trace={trace} cursor={index} tools={tools} />
          ) : asRule ? (
            <RuleWhy key={shown} trace={trace} step={step} number={number} tools={tools} />
          ) : (
            <StepWhy key={index} trace={trace} step={step} tools={tools} />
          )}
        </ScrollPages>
      </div>
    </section>
  );
}

const isError = ({ severity }: { readonly severity: string }): boolean => severity === 'error';

/** The rule that is looked at; null where that is a run of rules, or none. */
function numberAt(step: StepView | null, chosen: number | null): number | null {
  return step && 'chain' in step ? (chosen ?? (step.kind === 'misses' && step.last > step.rule ? null : step.rule)) : null;
}

function placeShown(state: State): string {
  const { step, rule } = currentOf(state);
  if (!step) return '';
  const number = numberAt(step, rule);
  return (step.kind === 'rule' || step.kind === 'misses') && number !== null ? `${step.table}/${step.chain}/${number}` : stepPlace(step);
}

/** Where a step is that is not of one rule: its rules or its chain, or the hook. */
function stepPlace(step: StepView): string {
  if (!('chain' in step)) return step.hook;
  return step.kind === 'misses' ? `${step.table}/${step.chain}/${step.rule}–${step.last}` : `${step.table}/${step.chain}`;
}

/** After one followed a line of the answer: back to the others. It has the focus, since that line is gone. */
function BackToWhyNot({ wish }: { wish: Wished }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (document.activeElement === document.body) button.current?.focus({ preventScroll: true });
  }, []);
  return (
    <button type="button" className="link why-not-back" ref={button} onClick={() => askWhyNot(app, wish)}>
      <span aria-hidden="true">‹ </span>
      {words.whyNot.back({ wish: wishText(wish, words) })}
    </button>
  );
}

/** A step that is not of one rule: its sentence, and what comes next. */
function StepWhy({ trace, step, tools }: { trace: TraceView; step: StepView; tools: Tools }): React.ReactNode {
  const words = useWords();
  const Copies = tools?.Copies;
  const text = words.why.step;
  const said =
    step.kind === 'misses'
      ? text.misses({ first: step.rule, last: step.last })
      : step.kind === 'return'
        ? text.return(step)
        : step.kind === 'policy'
          ? text.policy(step)
          : sentenceOf(step, words);
  return (
    <>
      <p className="why-sentence">{said}</p>
      {'text' in step && words.engine({ text: step.text }) !== said && <p className="muted">{words.engine({ text: step.text })}</p>}
      {tools && step.kind === 'drop' && step.reason === 'no route' && <MissingRoute family={step.family} />}
      <Next trace={trace} step={step} number={null} words={words} />
      {Copies && <Copies step={step} />}
    </>
  );
}

function useReadings(trace: TraceView, step: number, rule: number, wanted: boolean): readonly Reading[] | null {
  const app = useApp();
  const { packet } = useCurrent();
  const caused = useView((state) => shownPlace(state).caused);
  const late = useView((state) => state.answer.readings[readingsKey(packet, caused, step, rule)]);
  const found = trace.readings[`${step}/${rule}`] ?? late ?? null;
  useEffect(() => {
    if (wanted && !found) app.askWhy(packet, step, rule, caused);
  }, [app, packet, caused, step, rule, found, wanted]);
  return found;
}

function RuleWhy({ trace, step, number, tools }: { trace: TraceView; step: Extract<StepView, { kind: 'rule' | 'misses' }>; number: number; tools: Tools }): React.ReactNode {
  const words = useWords();
  const Copies = tools?.Copies;
  const node = useView((state) => state.answer.node);
  const rule = useMemo(() => ruleOf(node, step.table, step.chain, number), [node, step.table, step.chain, number]);
  const { part } = useCurrent();
  const looked = number >= step.rule && number <= (step.kind === 'misses' ? step.last : step.rule);
  const readings = useReadings(trace, step.index, number, looked);
  const before = trace.states[step.before];
  const after = trace.states[step.after];
  if (!rule) return null;
  const matched = step.kind === 'misses' ? 'false' : step.matched;
  const option = maskedOption(rule.targetOptions);
  return (
    <>
      {rule.purpose && (
        <p className="why-row">
          <RuleTitle rule={rule} />
        </p>
      )}
      {step.chain === MASQUERADE && <CalledFor trace={trace} step={step} node={node} />}
      {!looked ? (
        <>
          <p className="why-sentence">{visited(trace, step, number) ? words.why.later : words.why.notReached}</p>
          {!visited(trace, step, number) && <KeptFrom place={{ table: step.table, chain: step.chain, rule: number }} trace={trace} />}
        </>
      ) : (
        <>
          <p className="why-conclusion" data-holds={matched}>
            {readings?.length === 0 ? words.why.noTests : matched === 'unknown' && rule.problems?.some(isError) ? words.why.unread : words.why.conclusion[matched]}
          </p>
          {readings === null ? (
            <p className="muted">{words.why.pending}</p>
          ) : (
            <ol className="readings">
              {readings.map((reading, i) => (
                // Two clauses of a rule may read alike: their place tells them apart.
                // biome-ignore lint/suspicious/noArrayIndexKey: the order of the tests is their identity
                <li key={i} aria-current={i === part ? 'step' : undefined} data-part={partOf(i, part)}>
                  <ReadingView reading={reading} mark={before?.mark ?? 0} ctmark={before?.conntrack.mark ?? 0} />
                </li>
              ))}
            </ol>
          )}
          {readings?.at(-1)?.holds === 'false' && <p className="muted small">{words.why.notTested}</p>}
          {tools && rule.problems?.some(isError) && <tools.Problems place={`${step.table}/${step.chain}/${number}`} />}
          {tools && node && matched === 'unknown' && missingSets(rule, node).map((name) => <MissingSet key={name} name={name} />)}
          {step.kind === 'rule' && step.matched === 'unknown' && <Alternatives trace={trace} />}
          {step.kind === 'rule' && step.matched === 'true' && (
            <div className="why-effects" data-part={part !== null && readings && part >= readings.length ? 'now' : partOf(readings?.length ?? 0, part)}>
              <h3 className="why-heading">{words.why.effects}</h3>
              <p>{targetText(rule, step, words)}</p>
              {step.effects
                .filter(({ field, from, to }) => from !== to && field !== 'mark')
                .map(({ field, from, to }) => (
                  <p key={field} className="mono">
                    {words.why.effect({ field, from: words.engine({ text: String(from) }), to: words.engine({ text: String(to) }) })}
                  </p>
                ))}
              {option && before && after && step.effects.some(({ field }) => field === 'mark') && (
                <>
                  <MarkWrite before={before.mark} after={after.mark} mask={option.mask} value={option.value} />
                  <MarkNote option={option} packet={after.mark} />
                </>
              )}
            </div>
          )}
        </>
      )}
      {/* What the sets are for: behind what was decided and done, which is what one looks for here. */}
      {looked && readings && ofEachSet(readings).map((reading) => <SetNote key={`${reading.set} ${reading.entry}`} reading={reading} />)}
      <Next trace={trace} step={step} number={looked ? number : null} words={words} />
      <RuleDetails rule={rule} />
      <p className="why-rule mono" title={words.why.line({ line: rule.line })}>
        <Unbroken text={rule.source} />
      </p>
      {Copies && <Copies table={step.table} rule={rule} step={step} />}
    </>
  );
}

/** Readings of sets, each set once: a rule may ask one about both ends of a packet. An entry that decided is told; two of them are. */
function ofEachSet(readings: readonly Reading[]): readonly Reading[] {
  const ofSets = readings.filter(({ set }) => set !== undefined);
  return ofSets.filter(({ set, entry }, i) => {
    const same = ofSets.findIndex((other) => other.set === set && other.entry === entry);
    return same === i && (entry !== undefined || !ofSets.some((other) => other.set === set && other.entry !== undefined));
  });
}

/** A rule of a chain that is looked at, wherever the cursor is: its tests where the packet comes to it, else what kept the packet from it. */
function LookedAt({ place, trace, cursor, tools }: { place: RulePlace; trace: TraceView; cursor: number; tools: Tools }): React.ReactNode {
  const words = useWords();
  const Copies = tools?.Copies;
  const app = useApp();
  const node = useView((state) => state.answer.node);
  const rule = ruleOf(node, place.table, place.chain, place.rule);
  const visit = visitOfChain(visitsOf(trace), place.table, place.chain, cursor);
  const found = visit?.results.find(({ first, last }) => first <= place.rule && place.rule <= last)?.step ?? stepAtRule(trace, place);
  const step = found === null ? undefined : trace.steps[found];
  if (!rule) return null;
  if (step?.kind === 'rule' || step?.kind === 'misses')
    return (
      <>
        <p>
          <button type="button" className="link" onClick={() => goToRuleAt(app, step.index, place.rule)}>
            {words.why.goToStep({ step: step.index + 1 })}
          </button>
        </p>
        <RuleWhy trace={trace} step={step} number={place.rule} tools={tools} />
      </>
    );
  return (
    <>
      {rule.purpose && (
        <p className="why-row">
          <RuleTitle rule={rule} />
        </p>
      )}
      <p className="why-sentence">{visit ? words.why.notReached : words.why.notVisited}</p>
      <KeptFrom place={place} trace={trace} />
      {tools && rule.problems?.some(isError) && <tools.Problems place={`${place.table}/${place.chain}/${place.rule}`} />}
      <RuleDetails rule={rule} />
      <p className="why-rule mono" title={words.why.line({ line: rule.line })}>
        <Unbroken text={rule.source} />
      </p>
      {Copies && <Copies table={place.table} rule={rule} step={null} />}
    </>
  );
}

/** All that Kube-OVN masquerades passes this chain: what for is said by the rule that called it. */
const MASQUERADE = 'OVN-MASQUERADE';

function CalledFor({ trace, step, node }: { trace: TraceView; step: StepView; node: NodeSummary | null }): React.ReactNode {
  const words = useWords();
  const visits = visitsOf(trace);
  const number = visits.list[visits.ofStep[step.index] ?? -1]?.caller;
  const from = number && visits.list[number.visit];
  const rule = from ? ruleOf(node, from.table, from.chain, number.rule) : null;
  if (!from || !rule?.purpose) return null;
  return (
    <p className="why-row">
      <RuleTitle rule={rule} />
      <span className="muted">{words.rules.called({ chain: from.chain, rule: number.rule })}</span>
    </p>
  );
}

/** What would follow if the rules that cannot be decided matched or not. */
function Alternatives({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  return (
    <ul className="alternatives">
      {trace.outcome.alternatives.map(({ assume, outcome }) => {
        const fate = fateSentence(fateOf(trace, outcome), words);
        const assumptions = Object.entries(assume).map(([rule, holds]) => words.verdict.assumption({ rule, holds }));
        const said = words.verdict.alternative({ assumptions, fate });
        return <li key={said}>{said}</li>;
      })}
    </ul>
  );
}

/** Where a test stands to the one the cursor is at; undefined where one does not step test by test. */
function partOf(at: number, part: number | null): 'past' | 'now' | 'later' | undefined {
  if (part === null) return undefined;
  return at < part ? 'past' : at === part ? 'now' : 'later';
}

function visited(trace: TraceView, step: StepView, rule: number): boolean {
  const visits = visitsOf(trace);
  const visit = visits.list[visits.ofStep[step.index] ?? -1];
  return visit?.results.some((result) => result.first <= rule && rule <= result.last && result.step > step.index) ?? false;
}

function ruleOf(node: NodeSummary | null, table: string, chain: string, number: number): RuleSummary | null {
  return chainOf(node, { table, chain })?.rules[number - 1] ?? null;
}

const GLYPH = { true: '✓', false: '✕', unknown: '?' } as const;

function ReadingView({ reading, mark, ctmark }: { reading: Reading; mark: number; ctmark: number }): React.ReactNode {
  const words = useWords();
  const option = reading.field === 'mark' || reading.field === 'ctmark' ? maskedOption(reading.clause) : null;
  return (
    <div className="reading" data-holds={reading.holds}>
      <p className="reading-head">
        <span className="reading-glyph" aria-hidden="true">
          {GLYPH[reading.holds]}
        </span>
        <span className="mono reading-clause">{words.engine({ text: reading.clause }).replace(/^-m \S+ (?=-|!)/, '')}</span>
        <span className="reading-holds">{words.why.holds[reading.holds]}</span>
      </p>
      <p className="reading-text">{words.why.reading({ ...reading, entry: reading.entry ?? '' })}</p>
      {/* Elsewhere the sentence says it all; of a mark the rows of bits say it, bit by bit. */}
      {!option && reading.holds === 'false' && (
        <dl className="reading-values">
          <div>
            <dt>{words.why.saw}</dt>
            <dd className="mono">{words.engine({ text: reading.saw })}</dd>
          </div>
          <div>
            <dt>{words.why.needs}</dt>
            <dd className="mono">{words.why.needed({ wanted: words.engine({ text: reading.wanted }) })}</dd>
          </div>
        </dl>
      )}
      {option && (
        <MarkTest field={reading.field} saw={reading.field === 'mark' ? mark : ctmark} mask={option.mask} value={option.value} holds={reading.holds} negated={option.negated} />
      )}
      {option && reading.field === 'mark' && <MarkNote option={option} packet={mark} />}
    </div>
  );
}

function targetText(rule: RuleSummary, step: StepView, words: Words): string {
  const text = words.why.target;
  const target = rule.target;
  if (target === null) return text.none;
  if (rule.toChain) return rule.goto ? text.goto({ chain: target }) : text.chain({ chain: target });
  switch (targetName(target)) {
    case 'ACCEPT':
      return text.accept({ table: 'table' in step ? step.table : '' });
    case 'DROP':
      return text.drop;
    case 'REJECT':
      return text.reject;
    case 'RETURN':
      return text.returns;
    case 'SNAT':
    case 'DNAT':
    case 'MASQUERADE':
    case 'REDIRECT':
    case 'NETMAP':
    case 'TPROXY':
    case 'NFQUEUE':
    case 'QUEUE':
      return text.ends({ target });
    default:
      return text.continues({ target });
  }
}

function Next({ trace, step, number, words }: { trace: TraceView; step: StepView; number: number | null; words: Words }): React.ReactNode {
  const place = placeAfter(trace, step, number, words);
  return <p className="why-next">{place === null ? words.why.next.end : words.why.next.step({ place })}</p>;
}
