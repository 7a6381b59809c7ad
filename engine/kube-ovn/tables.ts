/** Chains put together to tables, and printed as iptables-save (1.8.9, legacy) prints them. */

import type { TableName } from '../model/hook.ts';
import type { ObjectReference } from './cluster.ts';

export interface GeneratedRule {
  /** Id of the row that explains it: `S24`, `X3`, `K:KUBE-SERVICES`. */
  readonly row: string;
  readonly table: TableName;
  readonly chain: string;
  /** As iptables-save prints it after `-A CHAIN `. */
  readonly text: string;
  /** Which objects ask for it. */
  readonly origins: readonly ObjectReference[];
}

/** A chain, or what one program puts into a built-in chain. */
export interface RuleChain {
  readonly table: TableName;
  readonly name: string;
  readonly rules: readonly GeneratedRule[];
}

const BUILT_IN: Readonly<Partial<Record<TableName, readonly string[]>>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
};
const TABLES = Object.keys(BUILT_IN) as readonly TableName[];

export function isBuiltIn(table: TableName, chain: string): boolean {
  return BUILT_IN[table]?.includes(chain) ?? false;
}

/** Chains of the same name become one, parts given first standing first; those of a table in the order in which iptables prints them. */
export function mergeChains(parts: readonly RuleChain[]): RuleChain[] {
  const merged = new Map<string, RuleChain>();
  for (const part of parts) {
    const key = `${part.table} ${part.name}`;
    const before = merged.get(key);
    merged.set(key, before ? { ...before, rules: [...before.rules, ...part.rules] } : part);
  }
  return TABLES.flatMap((table) => {
    const chains = [...merged.values()].filter((chain) => chain.table === table);
    if (chains.length === 0) return [];
    const builtIn = (BUILT_IN[table] ?? []).map((name) => merged.get(`${table} ${name}`) ?? { table, name, rules: [] });
    return [...builtIn, ...chains.filter(({ name }) => !isBuiltIn(table, name)).sort((a, b) => (a.name < b.name ? -1 : 1))];
  });
}

/** Text of `iptables-save` or `ip6tables-save`, without the lines that hold the time. */
export function printChains(chains: readonly RuleChain[]): string {
  return TABLES.map((table) => {
    const own = chains.filter((chain) => chain.table === table);
    if (own.length === 0) return '';
    const heads = own.map(({ name }) => `:${name} ${isBuiltIn(table, name) ? 'ACCEPT' : '-'} [0:0]\n`);
    const rules = own.flatMap(({ name, rules: listed }) => listed.map(({ text }) => `-A ${name} ${text}\n`));
    return `*${table}\n${heads.join('')}${rules.join('')}COMMIT\n`;
  }).join('');
}
