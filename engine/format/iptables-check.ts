/**
 * What iptables or the kernel refuses about a node's rules (extension/check.ts), told as problems with their places, and
 * kept for whoever walks: a part that is refused is one whose effect nobody knows. Run once all sections are read, because
 * sets may come later.
 */

import { checkTable } from '../extension/check.ts';
import type { CheckContext } from '../extension/index.ts';
import { findSetType } from '../extension/settype/index.ts';
import { formatRuleAddress, type Backend, type Chain, type ExtensionUse, type Rule, type Table } from '../model/rule.ts';
import type { IpSet } from '../model/set.ts';
import { quoted, report, type Report } from './text.ts';

/** A table, where its problems go, and whose it is as far as its section tells. */
interface CheckedTable {
  readonly table: Table;
  readonly report: Report;
  readonly backend: Backend;
}

interface Refusals {
  /** Parts of rules to the message of their first error (`Node.refused`). */
  readonly refused: ReadonlyMap<ExtensionUse, string>;
  /** One for each table that would not load. */
  readonly notes: readonly string[];
}

/** `sets` null: no `ipset save` section, so every set is unknown; that is said once, at the first rule that names one. `accounting`: names of objects, null if they are not known. */
export function checkTables(tables: readonly CheckedTable[], sets: ReadonlyMap<string, IpSet> | null, accounting: readonly string[] | null): Refusals {
  const refused = new Map<ExtensionUse, string>();
  const notes: string[] = [];
  const asked = new Set<string>();
  const set: CheckContext['set'] = (name) => {
    if (!sets) {
      asked.add(name);
      return undefined;
    }
    const found = sets.get(name);
    if (!found) return null;
    return { type: found.type, family: found.family, dimensions: findSetType(found.type)?.dimensions ?? 1 };
  };
  for (const { table, report: to, backend } of tables) {
    const rules = new Set<Rule>();
    let first = '';
    checkTable(table, { set, accounting, backend }, (chain, rule, part, { severity, code, message, hint = '', option }) => {
      const span = (option === undefined ? undefined : part.uses[option]?.span) ?? part.span;
      report(to, severity, code, span, message, hint, address(table, chain, rule));
      if (severity !== 'error') return;
      if (!refused.has(part)) refused.set(part, message);
      if (rules.size === 0) first = `${address(table, chain, rule)}: ${message}`;
      rules.add(rule);
    });
    if (rules.size > 0)
      notes.push(`the kernel would not load table "${table.name}" of ${to.section}: ${rules.size === 1 ? '' : `${rules.size} of its rules are refused, the first is `}${first}`);
  }
  if (asked.size > 0) unknownSets(tables, asked);
  return { refused, notes };
}

function address(table: Table, chain: Chain, rule: Rule): string {
  return formatRuleAddress({ family: table.family, backend: table.backend, table: table.name, chain: chain.name, number: rule.number });
}

/** Said once, at the first rule that names a set. */
function unknownSets(tables: readonly CheckedTable[], names: ReadonlySet<string>): void {
  for (const { table, report: to } of tables)
    for (const chain of table.chains)
      for (const rule of chain.rules) {
        const part = rule.broken === null ? (rule.matches.find(({ name }) => name === 'set') ?? (rule.target?.name === 'SET' && !rule.target.isChain ? rule.target : null)) : null;
        if (!part) continue;
        return report(
          to,
          'warning',
          'unknown-sets',
          part.span,
          `what is in ${names.size === 1 ? `the set ${[...names].map(quoted).join('')}` : `the sets ${[...names].map(quoted).join(', ')}`} is not known: there is no ipset save section`,
          'add the output of "ipset save"',
          address(table, chain, rule),
        );
      }
}
