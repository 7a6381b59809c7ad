/** A table while its lines are read, and what the commands of iptables do to it. */

import { findTarget } from '../extension/index.ts';
import type { TableName } from '../model/hook.ts';
import type { Rule, TargetUse } from '../model/rule.ts';
import type { Family } from '../net/address.ts';
import { utf8Length } from '../net/utf8.ts';
import { MAX_NAME, extensionNames } from './iptables-names.ts';
import { ruleText } from './iptables-use.ts';
import type { Finding } from './iptables-words.ts';
import { quoted, type Word } from './text.ts';

/** A rule of a table that is still read: it gets its number when no line can move it any more. */
export type RuleDraft = { -readonly [K in keyof Rule]: Rule[K] };

/** What is wrong with the rules of a line. */
interface Fault {
  readonly source: string;
  readonly target: TargetUse | null;
  readonly findings: readonly Finding[];
  readonly unresolved: Word | null;
}

export interface ChainDraft {
  name: string;
  policy: 'ACCEPT' | 'DROP' | null;
  counters: readonly [number, number] | null;
  rules: RuleDraft[];
  readonly line: number;
}

export interface TableDraft {
  readonly name: TableName;
  readonly chains: Map<string, ChainDraft>;
  readonly line: number;
  /** By line: told even where a later line takes the rule away again. */
  readonly faults: Map<number, Fault>;
}

/** Verdicts: libiptc takes no chain of such a name, however it comes by it. */
const VERDICTS: readonly string[] = ['ACCEPT', 'DROP', 'QUEUE', 'RETURN'];

export const isVerdictName = (name: string): boolean => VERDICTS.includes(name);

/** Why a chain may not have this name, which -E asks less about; null if it may. */
export function chainNameFault(name: string, family: Family): string | null {
  if (name === '' || /\s/.test(name)) return `invalid chain name ${quoted(name)}`;
  if (/^[-!]/.test(name)) return `chain name not allowed to start with "${name[0]}"`;
  if (utf8Length(name) >= MAX_NAME) return `chain name ${quoted(name)} too long (must be under ${MAX_NAME} chars)`;
  if (isVerdictName(name) || name === 'standard' || findTarget(name)?.families.includes(family) || extensionNames('target', family).has(name))
    return `chain name ${quoted(name)} may not clash with target name`;
  return null;
}

/** `-F` or `-X` without a chain. Gives the chains that cannot be removed. */
export function changeAllChains(table: TableDraft, command: 'F' | 'X'): readonly ChainDraft[] {
  const kept: ChainDraft[] = [];
  for (const chain of [...table.chains.values()]) {
    if (command === 'F') chain.rules = [];
    else if (chainRemovalFault(table, chain) === null) table.chains.delete(chain.name);
    else if (chain.policy === null) kept.push(chain);
  }
  return kept;
}

/** Why `-X` refuses a chain; null if it does not. */
export function chainRemovalFault(table: TableDraft, chain: ChainDraft): string | null {
  if (chain.policy !== null) return 'it is built in';
  if (chain.rules.length > 0) return 'directory not empty';
  return isReferenced(table, chain.name) ? 'too many links' : null;
}

/** `-E`: rules that jump to the chain follow. */
export function renameChain(table: TableDraft, chain: ChainDraft, name: string): void {
  const old = chain.name;
  table.chains.delete(old);
  chain.name = name;
  table.chains.set(name, chain);
  for (const other of table.chains.values())
    for (const rule of other.rules) {
      if (!rule.target?.isChain || rule.target.name !== old) continue;
      rule.target = { ...rule.target, name, text: name };
      if (rule.broken === null) rule.text = ruleText(rule.header, rule.matches, rule.target, '', 0);
    }
}

function isReferenced(table: TableDraft, name: string): boolean {
  for (const chain of table.chains.values()) if (chain.rules.some(({ target }) => target?.isChain && target.name === name)) return true;
  return false;
}
