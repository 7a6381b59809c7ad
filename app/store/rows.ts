/**
 * Rows of the list of rules: every rule of a chain, with long runs of rules that did nothing folded into one row. The
 * folding depends on the visit, not on the cursor, so that stepping never moves a row.
 */

import type { ChainSummary, RuleSummary } from '../worker/messages.ts';
import type { ChainChange, RemovedRule, RuleMark } from './node-changes.ts';
import type { Visit, VisitResult } from './visits.ts';

/** What an edit did to a rule: to itself, or to the members of a set that it asks for. */
export type RowMark = RuleMark | { readonly kind: 'set' };

export type Row =
  | { readonly kind: 'rule'; readonly number: number; readonly rule: RuleSummary; readonly result: VisitResult | null; readonly mark: RowMark | null }
  | { readonly kind: 'fold'; readonly key: string; readonly first: number; readonly last: number; readonly result: VisitResult | null; readonly open: boolean }
  /** Rules that an edit took away; `rule` stands where they stood. */
  | { readonly kind: 'removed'; readonly rule: number; readonly rules: readonly RemovedRule[] }
  | { readonly kind: 'end'; readonly rule: number; readonly policy: 'ACCEPT' | 'DROP' | null };

/** Rules are read when their row is drawn: a list of 20,000 rows costs numbers only. */
class RuleRow {
  readonly kind = 'rule';
  readonly number: number;
  readonly result: VisitResult | null;
  readonly mark: RowMark | null;
  readonly #chain: ChainSummary;

  constructor(chain: ChainSummary, number: number, result: VisitResult | null, mark: RowMark | null) {
    this.#chain = chain;
    this.number = number;
    this.result = result;
    this.mark = mark;
  }

  get rule(): RuleSummary {
    return this.#chain.rules[this.number - 1] as RuleSummary;
  }
}

/** Stands among the opened runs for the one that a rule is in: whoever goes to a rule need not know where its run begins. */
export function runWith(visit: number, rule: number): string {
  return `${visit}@${rule}`;
}

/** What is left of the opened runs when the one of these rules is folded. */
export function withoutRun(expanded: readonly string[], { key, first, last }: { readonly key: string; readonly first: number; readonly last: number }): readonly string[] {
  return expanded.filter((one) => one !== key && !isWithin(one, key, first, last));
}

function isWithin(opened: string, key: string, first: number, last: number): boolean {
  const [visit, rule] = opened.split('@');
  return rule !== undefined && visit === key.split(':', 1)[0] && first <= Number(rule) && Number(rule) <= last;
}

/** Shortest run that is folded. */
const FOLD_FROM = 6;

/**
 * What the last edit did to the chain, and which of its rules ask for sets it changed: marked rules are never folded. The run
 * that a wanted rule is in is opened.
 */
export function rowsOf(
  chain: ChainSummary,
  visit: Visit | null,
  expanded: readonly string[],
  change: ChainChange | null = null,
  ofChangedSets: ReadonlySet<number> = new Set(),
  wanted: number | null = null,
): readonly Row[] {
  const rows: Row[] = [];
  const results = visit?.results ?? [];
  let at = 1;
  const isMarked = (rule: number): boolean => ofChangedSets.has(rule) || (change !== null && (change.marks.has(rule) || change.removed.some(({ before }) => before === rule)));
  const markOf = (rule: number): RowMark | null => change?.marks.get(rule) ?? (ofChangedSets.has(rule) ? { kind: 'set' } : null);
  const withRemoved = (rule: number): void => {
    const rules = change?.removed.filter(({ before }) => before === rule) ?? [];
    if (rules.length > 0) rows.push({ kind: 'removed', rule, rules });
  };
  const flat = (first: number, last: number, result: VisitResult | null): void => {
    let from = first;
    for (let rule = first; (change !== null || ofChangedSets.size > 0) && rule <= last; rule++) {
      if (!isMarked(rule)) continue;
      if (rule > from) run(from, rule - 1, result);
      withRemoved(rule);
      run(rule, rule, result);
      from = rule + 1;
    }
    if (from <= last) run(from, last, result);
  };
  const run = (first: number, last: number, result: VisitResult | null): void => {
    const key = `${visit?.index ?? -1}:${first}`;
    const folds = visit !== null && last - first + 1 >= FOLD_FROM && (result === null || result.result === 'missed');
    const open = expanded.some((one) => one === key || isWithin(one, key, first, last)) || (wanted !== null && first <= wanted && wanted <= last);
    if (folds) rows.push({ kind: 'fold', key, first, last, result, open });
    if (!folds || open) for (let number = first; number <= last; number++) rows.push(new RuleRow(chain, number, result, markOf(number)));
  };
  for (const result of results) {
    if (result.first > at) flat(at, result.first - 1, null);
    flat(result.first, Math.min(result.last, chain.rules.length), result);
    at = result.last + 1;
  }
  if (at <= chain.rules.length) flat(at, chain.rules.length, null);
  withRemoved(chain.rules.length + 1);
  rows.push({ kind: 'end', rule: chain.rules.length + 1, policy: chain.policy });
  return rows;
}

/** The row to scroll to for a rule number. */
export function rowOfRule(rows: readonly Row[], rule: number): number {
  const exact = rows.findIndex((row) => (row.kind === 'fold' || row.kind === 'removed' ? false : row.kind === 'rule' ? row.number === rule : row.rule === rule));
  return exact >= 0 ? exact : rows.findIndex((row) => row.kind === 'fold' && row.first <= rule && rule <= row.last);
}

/** The set that a test, or a target, names; null if there is none. */
export function setNamed(options: string): string | null {
  return /--(?:match|add|del|map)-set (\S+)/.exec(options)?.[1] ?? null;
}
