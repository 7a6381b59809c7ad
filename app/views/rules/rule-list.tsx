/** The list itself: only rows in view are in the page, so that a chain of 20,000 rules scrolls like one of ten. */

import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { rowWindow, scrollToRow } from '../../layout/window.ts';
import { rowOfRule, rowsOf, type Row } from '../../store/rows.ts';
import type { Visit, VisitResult } from '../../store/visits.ts';
import type { ChainSummary, RuleSummary } from '../../store/state.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';

/** Height of a row: one line, or two where the page is narrow. */
const ONE_LINE = 30;
const TWO_LINES = 60;

type Status = 'matched' | 'missed' | 'unknown' | 'not-reached' | 'later';
const GLYPH: Readonly<Record<Status, string>> = { matched: '✓', missed: '–', unknown: '?', 'not-reached': '', later: '' };

function statusOf(result: VisitResult | null, cursor: number): Status {
  if (!result) return 'not-reached';
  return result.step > cursor ? 'later' : result.result;
}

export function RuleList({ chain, visit, narrow }: { chain: ChainSummary; visit: Visit; narrow: boolean }): React.ReactNode {
  const rowHeight = narrow ? TWO_LINES : ONE_LINE;
  const words = useWords();
  const app = useApp();
  const { step, index } = useCurrent();
  const expanded = useView((state) => state.selection.expanded);
  const chosen = useView((state) => state.selection.rule);
  const follow = useView((state) => state.selection.follow);
  const rows = useMemo(() => rowsOf(chain, visit, expanded), [chain, visit, expanded]);
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const nowRule = step && 'chain' in step ? step.rule : null;
  const nowRow = nowRule === null ? -1 : rowOfRule(rows, nowRule);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void => setView((old) => (old.height === element.clientHeight ? old : { ...old, height: element.clientHeight }));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the list follows the cursor, whatever row it is on
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !follow || nowRow < 0) return;
    const to = scrollToRow(nowRow, element.scrollTop, element.clientHeight, rowHeight);
    if (to !== null) element.scrollTop = to;
  }, [nowRow, follow, index, visit, rowHeight]);

  const { first, end } = rowWindow(view.top, view.height, rowHeight, rows.length);
  const byHand = (): void => {
    if (follow) app.select({ follow: false });
  };
  return (
    <div className="rule-list-frame">
      <ScrollBox
        className="rule-list"
        ref={box}
        aria-label={words.rules.list({ chain: chain.name, count: chain.rules.length })}
        onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
        onWheel={byHand}
        onTouchMove={byHand}
      >
        <ol key={visit.index} className="rule-rows" style={{ height: rows.length * rowHeight }}>
          {rows.slice(first, end).map((row, i) => (
            <li key={rowKey(row)} className="rule-row" style={{ top: (first + i) * rowHeight, height: rowHeight }} aria-setsize={rows.length} aria-posinset={first + i + 1}>
              <RowButton row={row} now={isNow(row, index, step)} cursor={index} chosen={chosen} expanded={expanded} visit={visit} />
            </li>
          ))}
        </ol>
      </ScrollBox>
      {!follow && (
        <button type="button" className="button back-to-step" onClick={() => app.select({ follow: true })}>
          {words.rules.back}
        </button>
      )}
    </div>
  );
}

function rowKey(row: Row): string {
  return row.kind === 'fold' ? `f${row.first}` : row.kind === 'end' ? 'end' : `r${row.rule.number}`;
}

function isNow(row: Row, cursor: number, step: ReturnType<typeof useCurrent>['step']): boolean {
  if (row.kind === 'end') return step !== null && (step.kind === 'policy' || step.kind === 'return');
  return row.result?.step === cursor;
}

interface RowProps {
  readonly row: Row;
  readonly now: boolean;
  readonly cursor: number;
  readonly chosen: number | null;
  readonly expanded: readonly string[];
  readonly visit: Visit;
}

function RowButton({ row, now, cursor, chosen, expanded, visit }: RowProps): React.ReactNode {
  const words = useWords();
  const app = useApp();
  if (row.kind === 'end') {
    const reached = visit.steps[1] <= cursor && now;
    return (
      <div className="rule rule-end" data-now={now} data-status={reached ? 'matched' : 'later'}>
        <span className="rule-number">{row.rule}</span>
        <span className="rule-glyph" aria-hidden="true" />
        <span>{row.policy ? words.rules.policy({ verdict: row.policy }) : words.rules.end}</span>
      </div>
    );
  }
  const status = statusOf(row.result, cursor);
  if (row.kind === 'fold') {
    const open = expanded.includes(row.key);
    const text = status === 'not-reached' ? words.rules.rangeNotReached(row) : status === 'later' ? words.rules.rangeLater(row) : words.rules.range(row);
    return (
      <button
        type="button"
        className="rule rule-fold"
        data-now={now}
        data-status={status}
        aria-expanded={open}
        aria-current={now ? 'step' : undefined}
        onClick={() => app.select({ expanded: open ? expanded.filter((key) => key !== row.key) : [...expanded, row.key] })}
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
  return <RuleRow rule={row.rule} status={status} now={now} chosen={chosen === row.rule.number} choose={() => choose(row.rule.number, row.result)} />;

  function choose(rule: number, result: VisitResult | null): void {
    if (result && result.step !== cursor) app.goTo(result.step);
    app.select({ rule });
  }
}

/** A test without the words every rule of its kind has; the whole line is in the row's title. */
function chipText(test: string): string {
  return test.replace(/--match-set /g, '').replace(/--(?=[a-z])/g, '');
}

function RuleRow({ rule, status, now, chosen, choose }: { rule: RuleSummary; status: Status; now: boolean; chosen: boolean; choose: () => void }): React.ReactNode {
  const words = useWords();
  return (
    <button
      type="button"
      className="rule"
      data-now={now}
      data-status={status}
      data-chosen={chosen}
      aria-pressed={chosen}
      aria-current={now ? 'step' : undefined}
      title={rule.source}
      onClick={choose}
    >
      <span className="sr-only">{words.rules.rule}</span>
      <span className="rule-number">{rule.number}</span>
      <span className="rule-glyph" aria-hidden="true">
        {GLYPH[status]}
      </span>
      <span className="rule-tests">
        {rule.tests.length === 0 && <span className="muted">{words.rules.always}</span>}
        {rule.tests.map((test) => (
          <span key={test} className="chip">
            {chipText(test)}
          </span>
        ))}
      </span>
      <span className="rule-target" data-target={rule.target ?? ''}>
        {rule.target === null ? (
          <span className="muted">{words.rules.noTarget}</span>
        ) : (
          <>
            <span aria-hidden="true">{rule.toChain ? '↳ ' : '→ '}</span>
            <strong>{rule.target}</strong> {rule.targetOptions}
          </>
        )}
      </span>
      {rule.comment && <span className="rule-comment">/* {rule.comment} */</span>}
      <span className="rule-status">{words.rules.status[status]}</span>
    </button>
  );
}
