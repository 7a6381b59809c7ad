/** The rules of one chain, with what became of each on one visit. */

import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { fitsLine, linesOfBoxes, linesOfText } from '../../layout/wrapped-lines.ts';
import { breakpointAt } from '../../store/breakpoints.ts';
import { rulesOfChangedSets } from '../../store/node-changes.ts';
import { rowOfRule, rowsOf, withoutRun, type Row } from '../../store/rows.ts';
import { matchesOf, nextLookAt, visitsOf, type Visit } from '../../store/visits.ts';
import type { ChainSummary, RuleSummary, StepView } from '../../store/state.ts';
import { VirtualList, type VirtualListHandle } from '../../widgets/virtual-list.tsx';
import { currentOf, useApp, useView, useWords } from '../page/app-context.ts';
import { useBreakpointRules } from '../steps/breakpoint-flag.tsx';
import { chipLines, targetText } from './row-text.ts';
import { GLYPH, RuleRow, statusOf, type Status } from './rule-row.tsx';

/** Height of a row: one line, or two where the page is narrow; and what a line takes that says what rules are for. */
const ONE_LINE = 30;
const TWO_LINES = 60;
const PURPOSE_LINE = 18;
/** What each further line of tests, and of the target, adds where the page is narrow: there a rule is as high as what it says. */
const TESTS_LINE = 26;
const TARGET_LINE = 20;
/** What is beside the tests and the target in such a row: number, glyph and gaps; and the word for what became of the rule, which takes less in Chinese where the page is narrow. */
const BESIDE = 78;
const STATUS = 98;
const STATUS_CHINESE = 59;
/** Where the page is wide a rule that is too long for its line is as high, too; that word is a little further from it. */
const STATUS_WIDE = 112;
/** As high as a finger needs: what says of many rules that they did not match is one line, and is pressed. */
const FINGER = 44;
/** Rules of longer lists are read when their row is drawn: there each has its two lines. */
const MOST_MEASURED = 2000;
const MOST_MEASURED_WIDE = 400;

/** How wide the list was last: one that comes is as wide. */
let lastWidth = 390;

const NOBODY: ReadonlyMap<number, number> = new Map();

interface RuleListProps {
  readonly table: string;
  readonly chain: ChainSummary;
  /** Null: the packet does not come here. */
  readonly visit: Visit | null;
  /** Rule that is looked for, null for none. */
  readonly wanted: number | null;
  readonly narrow: boolean;
  readonly asLines: boolean;
  readonly withSets: boolean;
  /** Lines that it takes, in a list of that width, to say what a rule is for; without it that is one line, and cut there. */
  readonly purposeLines?: (rule: RuleSummary, width: number, narrow: boolean) => number;
}

export function RuleList({ table, chain, visit, wanted, narrow, asLines, withSets, purposeLines }: RuleListProps): React.ReactNode {
  const wraps = chain.numbered ? purposeLines : undefined;
  // A figure has no room for it: there the row that is pointed at is shown whole.
  const wrapsLong = !narrow && withSets && !asLines;
  const rowHeight = (narrow ? TWO_LINES : ONE_LINE) + (chain.numbered ? PURPOSE_LINE : 0);
  const words = useWords();
  const app = useApp();
  const trace = useView((state) => currentOf(state).trace);
  const chosen = useView((state) => currentOf(state).rule);
  // Before the visit and after it, wherever that is, it looks the same.
  const index = useView((state) => (visit ? Math.max(visit.steps[0] - 1, Math.min(currentOf(state).index, visit.steps[1] + 1)) : -1));
  const expanded = useView((state) => state.selection.expanded);
  const follow = useView((state) => state.selection.follow);
  const changes = useView((state) => state.answer.changes);
  const rows = useMemo(() => {
    const change = changes?.chains.find((one) => one.table === table && one.chain === chain.name) ?? null;
    return rowsOf(chain, visit, expanded, change, rulesOfChangedSets(changes, table, chain.name), wanted);
  }, [chain, table, visit, expanded, changes, wanted]);
  const status = useView((state) => (narrow && state.settings.language === 'zh' ? STATUS_CHINESE : STATUS));
  const [width, setWidth] = useState(lastWidth);
  const { heights, long } = useMemo(() => {
    const long = new Set<number>();
    if ((!narrow && !wraps && !wrapsLong) || rows.length > (narrow || wraps ? MOST_MEASURED : MOST_MEASURED_WIDE)) return { heights: null, long };
    const room = width - BESIDE;
    const further = ({ rule, mark, number }: Extract<Row, { kind: 'rule' }>): number => {
      const purpose = wraps ? (wraps(rule, width, narrow) - 1) * PURPOSE_LINE : 0;
      const marks = [...(rule.problems ? ['problem'] : []), ...(mark ? ['± changed'] : [])];
      const boxes = [...marks, ...rule.tests.map(chipLines)];
      const target = targetText(rule);
      // What became of a rule that has a line for its purpose stands in that one.
      if (!narrow && (!wrapsLong || fitsLine(boxes, target, width, chain.numbered ? 0 : STATUS_WIDE))) return purpose;
      if (!narrow) long.add(number);
      const comment = !narrow && rule.comment ? TARGET_LINE : 0;
      return purpose + comment + (linesOfBoxes(boxes, room) - 1) * TESTS_LINE + (linesOfText(target, room - status) - (narrow ? 1 : 0)) * TARGET_LINE;
    };
    const other = Math.min(rowHeight, narrow ? FINGER : ONE_LINE + 6);
    return { heights: rows.map((row) => (row.kind === 'rule' ? rowHeight + further(row) : other)), long };
  }, [rows, rowHeight, narrow, width, wraps, wrapsLong, chain, status]);
  const hits = useMemo(() => (trace ? matchesOf(visitsOf(trace), table, chain.name) : NOBODY), [trace, table, chain]);
  const stops = useBreakpointRules(table, chain.name);
  const list = useRef<VirtualListHandle>(null);
  const here = visit !== null && visit.steps[0] <= index && index <= visit.steps[1];
  const step = here ? (trace?.steps[index] ?? null) : null;
  const at = wanted ?? (step && 'chain' in step && step.chain === chain.name ? (chosen ?? step.rule) : null);
  const atRow = useMemo(() => (at === null ? -1 : rowOfRule(rows, at)), [rows, at]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list follows the cursor, whatever row it is on
  useLayoutEffect(() => {
    if (atRow >= 0 && (follow || wanted !== null)) list.current?.show(atRow);
  }, [atRow, follow, wanted, index, visit, rowHeight, heights]);

  const chosenRule = wanted ?? (here ? chosen : null);
  const choose = useSteady((rule: number): void => {
    const visits = trace && visitsOf(trace);
    const again = chosenRule === rule || (chosen === null && at === rule);
    const result = visit?.results.find(({ first, last }) => first <= rule && rule <= last) ?? null;
    const cursor = currentOf(app.store.getState()).index;
    const to = visits && (again || !result ? nextLookAt(visits, { table, chain: chain.name, rule }, cursor) : result.step);
    if (to === null || to === undefined) return app.select({ looking: { kind: 'chain', table, chain: chain.name, rule } });
    if (to !== cursor || !here) app.goTo(to);
    app.select({ rule });
  });
  const canFocus = (row: number): boolean => rows[row]?.kind === 'rule' || rows[row]?.kind === 'fold';
  let entry = Math.max(0, atRow);
  while (entry > 0 && !canFocus(entry)) entry--;
  return (
    <VirtualList
      ref={list}
      className={narrow && !heights ? 'rule-list rule-list-brief' : 'rule-list'}
      label={words.rules.list({ chain: chain.name, count: chain.rules.length })}
      count={rows.length}
      rowHeight={rowHeight}
      heights={heights}
      onWidth={(to) => {
        lastWidth = to;
        if (narrow || wraps || wrapsLong) setWidth(to);
      }}
      entry={entry}
      canFocus={canFocus}
      identity={`${table}/${chain.name}/${visit?.index ?? ''}`}
      keyOf={(row) => rowKey(rows[row] as Row)}
      onScrolled={() => follow && app.select({ follow: false })}
    >
      {(i, tabbable) => {
        const row = rows[i] as Row;
        const now = here && isNow(row, index, step);
        switch (row.kind) {
          case 'end':
            return <End row={row} now={now} />;
          case 'removed':
            return <Removed row={row} />;
          case 'fold':
            return <Fold row={row} now={now} status={statusOf(row.result, index)} tabbable={tabbable} />;
          case 'rule':
            return (
              <RuleRow
                rule={row.rule}
                place={breakpointAt({ table, chain: chain.name, rule: row.number })}
                stops={stops.has(row.number)}
                mark={row.mark}
                status={statusOf(row.result, index)}
                now={now}
                chosen={chosenRule === row.number}
                explained={chain.numbered}
                long={long.has(row.number)}
                asLine={asLines}
                hits={hits.get(row.number) ?? 0}
                withSets={withSets}
                tabbable={tabbable}
                choose={choose}
              />
            );
        }
      }}
    </VirtualList>
  );
}

function rowKey(row: Row): string {
  return row.kind === 'fold' ? `f${row.first}` : row.kind === 'removed' ? `x${row.rule}` : row.kind === 'end' ? 'end' : `r${row.number}`;
}

function isNow(row: Row, cursor: number, step: StepView | null): boolean {
  if (row.kind === 'end') return step !== null && (step.kind === 'policy' || step.kind === 'return');
  return row.kind !== 'removed' && row.result?.step === cursor;
}

/** Calls the newest of the functions it is given, and is itself always the same: rows that get it need not be drawn again. */
function useSteady<T>(act: (value: T) => void): (value: T) => void {
  const newest = useRef(act);
  useLayoutEffect(() => {
    newest.current = act;
  });
  return useCallback((value) => newest.current(value), []);
}

function End({ row, now }: { row: Extract<Row, { kind: 'end' }>; now: boolean }): React.ReactNode {
  const words = useWords();
  return (
    <div className="rule rule-end" data-now={now} data-status={now ? 'matched' : 'later'}>
      <span className="rule-number">{row.rule}</span>
      <span className="rule-glyph" aria-hidden="true" />
      <span>{row.policy ? words.rules.policy({ verdict: row.policy }) : words.rules.end}</span>
    </div>
  );
}

function Removed({ row }: { row: Extract<Row, { kind: 'removed' }> }): React.ReactNode {
  const words = useWords();
  const said = row.rules.map(({ text }) => text);
  return (
    <div className="rule rule-removed" title={said.join('\n')}>
      {words.rules.removed({ count: said.length, rules: said.join(' · ') })}
    </div>
  );
}

/** Rules in a row that did nothing. */
function Fold({ row, now, status, tabbable }: { row: Extract<Row, { kind: 'fold' }>; now: boolean; status: Status; tabbable: boolean }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const expanded = useView((state) => state.selection.expanded);
  const { open } = row;
  const toggle = (): void => {
    if (!open) return app.select({ expanded: [...expanded, row.key] });
    const { looking } = app.store.getState().selection;
    // A rule that is looked for keeps its run open.
    const isHeld = looking?.kind === 'chain' && looking.rule !== null && row.first <= looking.rule && looking.rule <= row.last;
    app.select({ expanded: withoutRun(expanded, row), ...(isHeld && { looking: { ...looking, rule: null } }) });
  };
  const text = status === 'not-reached' ? words.rules.rangeNotReached(row) : status === 'later' ? words.rules.rangeLater(row) : words.rules.range(row);
  return (
    <button
      type="button"
      className="rule rule-fold"
      data-now={now}
      data-status={status}
      tabIndex={tabbable ? 0 : -1}
      aria-expanded={open}
      aria-current={now ? 'step' : undefined}
      onClick={toggle}
    >
      <span className="rule-number">{open ? '▾' : '▸'}</span>
      <span className="rule-glyph" aria-hidden="true">
        {GLYPH[status]}
      </span>
      <span className="rule-range">{text}</span>
      <span className="rule-expand link">{open ? words.rules.fold : words.rules.expand}</span>
    </button>
  );
}
