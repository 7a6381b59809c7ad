/**
 * `iptables -S`: the rules of one table as iptables-save prints them, without the lines that name it. Which table it is
 * follows from the command, or from the built-in chains that its `-P` lines name.
 *
 * Source: iptables(8) "--list-rules"; iptables 1.8.9 iptables/iptables.c list_rules().
 */

import { BUILTIN_CHAINS, TABLE_NAMES, isTableName, type TableName } from '../model/hook.ts';

/** `filter`, as iptables takes it, where nothing tells; `security` has the same chains and is told by its command alone. */
export function listedTable(command: string, text: string): TableName {
  const named = /\s(?:-t\s*|--table[ =])(\S+)/.exec(command)?.[1] ?? '';
  if (isTableName(named)) return named;
  const chains = new Set([...text.matchAll(/^-P (\S+) /gm)].map(([, chain]) => chain as string));
  if (chains.size === 0) return 'filter';
  const fits = (table: TableName): boolean => BUILTIN_CHAINS[table].length === chains.size && BUILTIN_CHAINS[table].every((chain) => chains.has(chain));
  return fits('filter') ? 'filter' : (TABLE_NAMES.find(fits) ?? 'filter');
}
