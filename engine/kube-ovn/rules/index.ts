/** The one list of rules that Kube-OVN installs on a node. */

import { FILTER_ROWS } from './filter.ts';
import { MANGLE_ROWS } from './mangle.ts';
import { NAT_ROWS } from './nat.ts';
import type { RuleRow } from './row.ts';

export const RULE_ROWS: readonly RuleRow[] = [...FILTER_ROWS, ...NAT_ROWS, ...MANGLE_ROWS];

const BY_ID = new Map(RULE_ROWS.map((row) => [row.id, row]));

/** The row of that id; to ask for one that is not there is a bug of ours. */
export function ruleRow(id: string): RuleRow {
  const row = BY_ID.get(id);
  if (!row) throw new Error(`there is no rule row "${id}"`);
  return row;
}
