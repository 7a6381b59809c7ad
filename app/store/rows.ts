/**
 * Rows of the list of rules: every rule of a chain, with long runs of rules that did nothing folded into one row. The
 * folding depends on the visit, not on the cursor, so that stepping never moves a row.
 */

import type { ChainSummary, RuleSummary } from '../worker/messages.ts';
import type { Visit, VisitResult } from './visits.ts';

export type Row =
  | { readonly kind: 'rule'; readonly rule: RuleSummary; readonly result: VisitResult | null }
  | { readonly kind: 'fold'; readonly key: string; readonly first: number; readonly last: number; readonly result: VisitResult | null }
  | { readonly kind: 'end'; readonly rule: number; readonly policy: 'ACCEPT' | 'DROP' | null };

/** Shortest run that is folded. */
const FOLD_FROM = 6;

export function rowsOf(chain: ChainSummary, visit: Visit | null, expanded: readonly string[]): readonly Row[] {
  const rows: Row[] = [];
  const results = visit?.results ?? [];
  let at = 1;
  const flat = (first: number, last: number, result: VisitResult | null): void => {
    const key = `${visit?.index ?? -1}:${first}`;
    const folds = visit !== null && last - first + 1 >= FOLD_FROM && (result === null || result.result === 'missed');
    if (folds) rows.push({ kind: 'fold', key, first, last, result });
    if (!folds || expanded.includes(key)) for (const rule of chain.rules.slice(first - 1, last)) rows.push({ kind: 'rule', rule, result });
  };
  for (const result of results) {
    if (result.first > at) flat(at, result.first - 1, null);
    flat(result.first, Math.min(result.last, chain.rules.length), result);
    at = result.last + 1;
  }
  if (at <= chain.rules.length) flat(at, chain.rules.length, null);
  rows.push({ kind: 'end', rule: chain.rules.length + 1, policy: chain.policy });
  return rows;
}

/** The row to scroll to for a rule number. */
export function rowOfRule(rows: readonly Row[], rule: number): number {
  const exact = rows.findIndex((row) => (row.kind === 'fold' ? false : row.kind === 'rule' ? row.rule.number === rule : row.rule === rule));
  return exact >= 0 ? exact : rows.findIndex((row) => row.kind === 'fold' && row.first <= rule && rule <= row.last);
}
