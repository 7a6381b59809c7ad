/**
 * What the command of a rule line (`-A`, `-I`, `-N`, `-P`…) does to the table it stands in, as iptables-restore 1.8.9 does
 * it (iptables/iptables.c do_command4(), libiptc). A command that is refused is a problem and changes nothing, but a rule
 * that cannot be read stands where it would have stood.
 */

import type { Severity, Span } from '../model/diagnostic.ts';
import type { Family } from '../net/address.ts';
import type { RuleLine } from './iptables-rule.ts';
import { chainNameFault, chainRemovalFault, changeAllChains, isVerdictName, renameChain, type ChainDraft, type RuleDraft, type TableDraft } from './iptables-table.ts';
import type { Finding } from './iptables-words.ts';
import { quoted, spanAt, type Word } from './text.ts';

/** The save that the table belongs to: where problems go, and how its rules are named. */
export interface SaveReport {
  readonly family: Family;
  problem(severity: Severity, code: string, span: Span, message: string, hint?: string, rule?: string | null): void;
  report(findings: readonly Finding[], rule: string | null): void;
  address(table: TableDraft, chain: string, number: number): string;
  /** The nearest of some names, as long as that is worth its time. */
  suggest(name: string, candidates: () => Iterable<string>): string | null;
}

/** A rule line and where it stands. */
interface CommandLine {
  readonly line: RuleLine;
  readonly source: string;
  readonly number: number;
}

export function applyCommand(to: SaveReport, table: TableDraft, given: CommandLine): void {
  const { line, source, number } = given;
  const { command, chain: word } = line;
  const chain = word ? table.chains.get(word.text) : undefined;
  const isNew = command === 'A' || command === 'I' || command === 'R';
  const isKept = isNew && chain && isInPlace(chain, line);
  // Findings of a rule that is kept are told at the end, when it has its number.
  if (!isKept) to.report(line.findings, null);
  if (command === null || (line.broken !== null && !isKept)) return;
  if (command === 'A' && word && chain) return append(chain, given, table);
  const at = placeOf(given, word);
  if (command === 'N') return newChain(to, table, word, at, number);
  if (command === 'L' || command === 'S')
    return to.problem('warning', 'ignored-command', spanAt(source, number, 0, source.length), `-${command} prints and changes nothing`, 'take it away');
  // Counters that the text itself gives stay as given (libiptc, COUNTER_MAP_SET); all others of a text are zero.
  if (command === 'Z' && (!word || chain)) return;
  if ((command === 'F' || command === 'X') && !word) {
    for (const kept of changeAllChains(table, command)) removalRefused(to, table, kept, at);
    return;
  }
  if (!word || !chain) {
    const near = word ? to.suggest(word.text, () => table.chains.keys()) : null;
    return to.problem(
      'error',
      'missing-chain',
      at,
      `there is no chain ${quoted(word?.text ?? '')} in table "${table.name}"`,
      near ? `did you mean "${near}"?` : `declare it with ":${word?.text ?? 'NAME'} - [0:0]"`,
    );
  }
  switch (command) {
    case 'I':
    case 'R':
      return putRules(to, table, chain, command, given, at);
    case 'D':
    case 'C':
      return deleteRules(to, chain, command, given);
    case 'F':
      chain.rules = [];
      return;
    case 'X':
      return deleteChain(to, table, chain, at);
    case 'E':
      return giveName(to, table, chain, given);
    case 'P':
      return setPolicy(to, table, chain, given, at);
  }
}

const placeOf = ({ source, number }: CommandLine, word: Word | null): Span => spanAt(source, number, word?.start ?? 0, word?.end ?? source.length);

/** Whether the number a rule is put at, if the line names one, is in its chain. */
function isInPlace({ rules }: ChainDraft, { command, argument }: RuleLine): boolean {
  if (command === 'A' || (command === 'I' && !argument)) return true;
  const number = Number(argument?.text);
  return number >= 1 && number <= rules.length + (command === 'I' ? 1 : 0);
}

/** What nearly every line of a file asks for. */
function append(chain: ChainDraft, given: CommandLine, table: TableDraft): void {
  // A list of addresses can make many rules of one line, so no spread.
  for (const rule of rulesOf(given, table)) chain.rules.push(rule);
}

function rulesOf({ line, source, number }: CommandLine, table: TableDraft): readonly RuleDraft[] {
  const { rules, findings, unresolved } = line;
  if (rules.length > 0 && (findings.length > 0 || unresolved)) table.faults.set(number, { source, target: rules[0]?.target ?? null, findings, unresolved });
  return rules;
}

function putRules(to: SaveReport, table: TableDraft, chain: ChainDraft, command: 'I' | 'R', given: CommandLine, at: Span): void {
  const { line } = given;
  const { argument } = line;
  const drafts = rulesOf(given, table);
  if (!isInPlace(chain, line)) return outOfRange(to, given, command === 'I' ? 'insertion' : 'replacement');
  const index = command === 'I' && !argument ? 0 : Number(argument?.text) - 1;
  if (command === 'I') {
    // One by one, as iptables does it: the last of a list comes first.
    for (const draft of drafts) chain.rules.splice(index, 0, draft);
    return;
  }
  const [body, ...others] = drafts;
  if (others.length > 0) return to.problem('error', 'bad-value', at, 'replacement rule does not specify a unique address', 'give one source and one destination');
  if (body) chain.rules[index] = body;
}

function outOfRange(to: SaveReport, given: CommandLine, what: string): void {
  to.problem('error', 'bad-rule-number', placeOf(given, given.line.argument), `index of ${what} too big`, 'rules count from 1');
}

function deleteRules(to: SaveReport, chain: ChainDraft, command: 'D' | 'C', given: CommandLine): void {
  const { line, source, number } = given;
  if (line.argument) {
    const index = Number(line.argument.text) - 1;
    if (index >= chain.rules.length) return outOfRange(to, given, 'deletion');
    chain.rules.splice(index, 1);
    return;
  }
  for (const rule of line.rules) {
    const index = chain.rules.findIndex(({ text, broken }) => broken === null && text === rule.text);
    if (index < 0)
      to.problem('error', 'no-such-rule', spanAt(source, number, 0, source.length), 'bad rule (does a matching rule exist in that chain?)', 'it must be written as it was added');
    else if (command === 'D') chain.rules.splice(index, 1);
  }
}

function newChain(to: SaveReport, table: TableDraft, word: Word | null, at: Span, number: number): void {
  const name = word?.text ?? '';
  const wrong = chainNameFault(name, to.family);
  if (wrong) return to.problem('error', 'bad-chain', at, wrong, 'use another name');
  if (table.chains.has(name)) return to.problem('error', 'duplicate-chain', at, `chain ${quoted(name)} already exists`, 'declare it once');
  table.chains.set(name, { name, policy: null, counters: null, rules: [], line: number });
}

function deleteChain(to: SaveReport, table: TableDraft, chain: ChainDraft, at: Span): void {
  if (chainRemovalFault(table, chain) !== null) removalRefused(to, table, chain, at);
  else table.chains.delete(chain.name);
}

function removalRefused(to: SaveReport, table: TableDraft, chain: ChainDraft, at: Span): void {
  const fault = chainRemovalFault(table, chain) ?? '';
  to.problem('error', 'bad-chain', at, `cannot delete chain ${quoted(chain.name)}: ${fault}`, 'flush it and take away the rules that jump to it first');
}

/** -E asks less than -N: a target may be called so (TC_RENAME_CHAIN()). */
function newNameFault(name: string): string | null {
  if (/^[-!]/.test(name)) return `chain name not allowed to start with "${name[0]}"`;
  return isVerdictName(name) ? `chain name ${quoted(name)} may not clash with target name` : null;
}

function giveName(to: SaveReport, table: TableDraft, chain: ChainDraft, given: CommandLine): void {
  const { argument } = given.line;
  const name = argument?.text ?? '';
  const wrong = chain.policy !== null ? 'a built-in chain cannot be renamed' : table.chains.has(name) ? `chain ${quoted(name)} already exists` : newNameFault(name);
  if (wrong) return to.problem('error', 'bad-chain', placeOf(given, argument), wrong, 'use another name');
  renameChain(table, chain, name);
}

function setPolicy(to: SaveReport, table: TableDraft, chain: ChainDraft, given: CommandLine, at: Span): void {
  const { argument } = given.line;
  const policy = argument?.text;
  const span = argument ? placeOf(given, argument) : at;
  if (chain.policy === null) return to.problem('error', 'bad-policy', at, 'bad built-in chain name', 'only built-in chains have a policy');
  if (policy !== 'ACCEPT' && policy !== 'DROP') return to.problem('error', 'bad-policy', span, 'bad policy name', 'policies are ACCEPT and DROP');
  if (policy === 'DROP' && table.name === 'nat')
    return to.problem('error', 'wrong-table', span, 'the "nat" table is not intended for filtering, the use of DROP is therefore inhibited', 'drop in the filter or raw table');
  chain.policy = policy;
  chain.counters = given.line.counters ?? (chain.counters ? [0, 0] : null);
}
