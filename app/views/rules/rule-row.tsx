/** One rule as a row: number, what became of it, its tests, its target, what it is for. */

import { memo } from 'react';
import { createElement, Fragment } from 'react';
import { setNamed, type RowMark } from '../../store/rows.ts';
import type { VisitResult } from '../../store/visits.ts';
import type { RuleSummary } from '../../store/state.ts';
import { useApp, useWords } from '../page/app-context.ts';
import { BreakpointFlag } from '../steps/breakpoint-flag.tsx';
import { RuleTitle } from '../why/purpose.tsx';
import { chipText, SET_OPTION } from './row-text.ts';
import { HYPHENATED, Unbroken } from './unbroken.tsx';

export type Status = 'matched' | 'missed' | 'unknown' | 'not-reached' | 'later';
export const GLYPH: Readonly<Record<Status, string>> = { matched: '✓', missed: '–', unknown: '?', 'not-reached': '', later: '' };

export function statusOf(result: VisitResult | null, cursor: number): Status {
  if (!result) return 'not-reached';
  return result.step > cursor ? 'later' : result.result;
}

interface RuleRowProps {
  readonly rule: RuleSummary;
  /** As breakpoints on rules are written. */
  readonly place: string;
  /** It has a breakpoint. */
  readonly stops: boolean;
  readonly mark: RowMark | null;
  readonly status: Status;
  readonly now: boolean;
  readonly chosen: boolean;
  /** Rows have a line that says what the rule is for. */
  readonly explained: boolean;
  /** Its target has a line of its own where the page is wide, too. */
  readonly long: boolean;
  /** The line as it was given, instead of its parts. */
  readonly asLine: boolean;
  /** How often it matched on the whole way. */
  readonly hits: number;
  /** Sets can be looked into. */
  readonly withSets: boolean;
  readonly tabbable: boolean;
  /** With the rule's number; the same function at every step. */
  readonly choose: (rule: number) => void;
}

/** The whole row is one button; the names of sets lie above it and are buttons of their own. */
export function RuleRow({ rule, place, stops, mark, status, now, chosen, explained, long, asLine, hits, withSets, tabbable, choose }: RuleRowProps): React.ReactNode {
  const words = useWords();
  const content = `rule-${rule.number}`;
  const targetSet = withSets ? setNamed(rule.targetOptions) : null;
  const problem = rule.problems?.find(({ severity }) => severity === 'error') ?? rule.problems?.[0];
  return (
    <div
      className="rule rule-row"
      data-rule-place={place}
      data-now={now}
      data-status={status}
      data-chosen={chosen}
      data-explained={explained}
      data-long={long || undefined}
      aria-current={now ? 'step' : undefined}
      title={rule.source}
    >
      <button
        type="button"
        className="rule-press"
        tabIndex={tabbable ? 0 : -1}
        aria-pressed={chosen}
        aria-labelledby={content}
        title={rule.source}
        onClick={() => choose(rule.number)}
      />
      <span className="rule-content" id={content}>
        <span className="sr-only">{words.rules.rule} </span>
        <span className="rule-number">
          {stops && <BreakpointFlag />}
          {rule.number}
        </span>
        <span className="rule-glyph" aria-hidden="true">
          {GLYPH[status]}
        </span>
        <span className="rule-tests" data-line={asLine}>
          {problem && (
            <span className="rule-problem" data-severity={problem.severity} title={rule.problems?.map((one) => words.rules.problemOf(one)).join('\n')}>
              <span aria-hidden="true">⚠ </span>
              {words.rules.marked[problem.severity]}
              <span className="sr-only">: {words.rules.problemOf(problem)}</span>
            </span>
          )}
          {mark && (
            <span className="chip rule-mark" data-mark={mark.kind}>
              {mark.kind === 'moved' ? words.rules.mark.moved({ from: mark.from }) : words.rules.mark[mark.kind]}
            </span>
          )}
          {asLine ? rule.source : <Tests rule={rule} withSets={withSets} tabbable={tabbable} />}
        </span>
        {!asLine && <Target rule={rule} set={targetSet} tabbable={targetSet !== null && tabbable} hits={hits} />}
        {!asLine && rule.comment && <span className="rule-comment">/* {rule.comment} */</span>}
        <span className="rule-status">
          <span className="rule-status-text">{words.rules.status[status]}</span>
        </span>
        {explained && (
          <span className="rule-purpose">
            <RuleTitle rule={rule} />
          </span>
        )}
      </span>
    </div>
  );
}

function Tests({ rule, withSets, tabbable }: Pick<RuleRowProps, 'rule' | 'withSets' | 'tabbable'>): React.ReactNode {
  const words = useWords();
  if (rule.tests.length === 0) return <span className="muted">{words.rules.always}</span>;
  return rule.tests.map((test) => {
    const set = withSets ? setNamed(test) : null;
    return <Chip key={test} test={test} set={set} tabbable={set !== null && tabbable} />;
  });
}

// What a step changes of a row is not in its tests nor in its target: `tabbable` is said where there is something in them that Tab comes to.

const Target = memo(({ rule, set, tabbable, hits }: Pick<RuleRowProps, 'rule' | 'tabbable' | 'hits'> & { set: string | null }): React.ReactNode => {
  const words = useWords();
  return (
    <span className="rule-target" data-target={rule.target ?? ''}>
      {rule.target === null ? (
        <span className="muted">{words.rules.noTarget}</span>
      ) : (
        <>
          <span aria-hidden="true">{rule.toChain ? '↳ ' : '→ '}</span>
          <strong>{rule.target}</strong> {set ? <Parted text={rule.targetOptions} set={set} tabbable={tabbable} /> : <Unbroken text={rule.targetOptions} words={HYPHENATED} />}
        </>
      )}
      {hits > 1 && <span className="rule-hits">{words.rules.hits({ count: hits })}</span>}
      {rule.packets !== undefined && (
        <span className="rule-hits muted" title={words.rules.packetsHint({ count: rule.packets })}>
          {words.rules.packets({ count: rule.packets })}
        </span>
      )}
    </span>
  );
});

/** The text of a test, each option whole. */
function Options({ test }: { test: string }): React.ReactNode {
  if (!/--[a-z]+-/.test(test)) return chipText(test);
  const words = test.replace(SET_OPTION, '').split(/( )/);
  return createElement(Fragment, null, ...words.map((word) => (/^--[a-z]+-/.test(word) ? createElement('span', { className: 'unbroken' }, chipText(word)) : chipText(word))));
}

const Chip = memo(
  ({ test, set, tabbable }: { test: string; set: string | null; tabbable: boolean }): React.ReactNode => (
    <span className="chip">{set ? <Parted text={chipText(test)} set={set} tabbable={tabbable} /> : <Options test={test} />}</span>
  ),
);

/** A text with the name of a set in it, which opens the set. */
function Parted({ text, set, tabbable }: { text: string; set: string; tabbable: boolean }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const [before = '', ...after] = text.split(set);
  return (
    <>
      <Unbroken text={before} words={HYPHENATED} />
      <button
        type="button"
        className="rule-set"
        tabIndex={tabbable ? 0 : -1}
        title={words.rules.openSet({ name: set })}
        onClick={() => app.select({ looking: { kind: 'set', name: set } })}
      >
        {set}
      </button>
      <Unbroken text={after.join(set)} words={HYPHENATED} />
    </>
  );
}
