/**
 * Tables as iptables-save prints them and iptables-restore reads them (iptables 1.8.9, iptables/iptables-restore.c,
 * iptables-save.c). Reading goes on after an error: a rule that cannot be read is a problem and keeps its place, everything
 * else is loaded. Names are looked up as the line is read, as iptables-restore does: a chain must be declared before its use.
 */

import { closest } from '../model/closest.ts';
import type { Problem, Severity, Span } from '../model/diagnostic.ts';
import type { LocalNames } from '../model/local-names.ts';
import { BUILTIN_CHAINS, TABLE_NAMES, isTableName, type TableName } from '../model/hook.ts';
import { formatRuleAddress, type Backend, type Chain, type Table, type TargetUse } from '../model/rule.ts';
import type { Family } from '../net/address.ts';
import { utf8Length } from '../net/utf8.ts';
import { MAX_NAME, extensionNames } from './iptables-names.ts';
import { RuleReader } from './iptables-rule.ts';
import { applyCommand, type SaveReport } from './iptables-command.ts';
import { isVerdictName, type ChainDraft, type RuleDraft, type TableDraft } from './iptables-table.ts';
import type { Finding } from './iptables-words.ts';
import { WARNING_WITHIN } from './missing-tables.ts';
import { eachLine, quoted, spanAt, type Word } from './text.ts';

interface IptablesSave {
  readonly tables: readonly Table[];
  readonly problems: readonly Problem[];
}

interface IptablesSaveOptions {
  readonly family: Family;
  readonly backend?: Backend;
  /** Whose text it is, as far as it tells; `backend` if absent. */
  readonly writtenBy?: Backend;
  /** `Table.nativeMatches`; if absent, as of a new iptables-nft. */
  readonly nativeMatches?: boolean;
  /** Table of a text that names none, as `iptables -S` prints it; it ends with the text. */
  readonly table?: TableName;
  /** What the node calls its groups and realms. */
  readonly names?: LocalNames;
  /** Name of the section, for problems. */
  readonly section?: string;
  /** Number of the text's first line in the file as given. */
  readonly line?: number;
}

export function parseIptablesSave(text: string, options: IptablesSaveOptions): IptablesSave {
  const reader = new SaveReader(options);
  eachLine(text, options.line ?? 1, (line, number) => reader.line(line, number));
  return reader.end();
}

const MAX_SUGGESTIONS = 300;

/** What comes before a warning that was written into the middle of a line: both outputs went to one file, and the rules came by the block. Null for any other line. */
function withoutWarning(text: string): string | null {
  const at = text.search(WARNING_WITHIN);
  return at > 0 ? text.slice(0, at) : null;
}

class SaveReader implements SaveReport {
  readonly family: Family;
  private readonly backend: Backend;
  private readonly writtenBy: Backend;
  private readonly nativeMatches: boolean;
  private readonly lines: RuleReader;
  private readonly section: string;
  private readonly problems: Problem[] = [];
  private readonly tables = new Map<TableName, TableDraft>();
  private table: TableDraft | null = null;
  /** In a table that does not exist: its lines are passed over until COMMIT. */
  private skipping = false;
  private last = 0;
  private suggestions = 0;
  private isListing = false;
  /** The beginning of a line that a tool's warning stands in. */
  private cut: { readonly text: string; readonly number: number } | null = null;

  constructor({ family, backend = null, writtenBy = backend, nativeMatches = writtenBy === 'nft', table, names, section, line = 1 }: IptablesSaveOptions) {
    this.family = family;
    this.backend = backend;
    this.writtenBy = writtenBy;
    this.nativeMatches = nativeMatches;
    this.lines = new RuleReader(family, writtenBy, names);
    this.section = section ?? (family === 'ipv6' ? 'ip6tables-save' : 'iptables-save');
    this.last = line - 1;
    if (table) {
      this.openTable(`*${table}`, line);
      this.isListing = true;
    }
  }

  line(given: string, line: number) {
    this.last = line;
    const [text, number] = this.cut ? [this.cut.text + given, this.cut.number] : [given, line];
    const warned = text.endsWith('to see them') ? withoutWarning(text) : null;
    this.cut = warned === null ? null : { text: warned, number };
    if (!this.cut) this.whole(text, number);
  }

  private whole(text: string, number: number): void {
    const first = text.charCodeAt(0);
    if (text === '' || first === 35 /* # */) return;
    if (first === 42 /* * */) return this.openTable(text, number);
    const open = this.table !== null || this.skipping;
    if (open && text.trim() === 'COMMIT') {
      if (text !== 'COMMIT') this.problem('error', 'bad-argument', spanAt(text, number, 0, text.length), 'bad argument "COMMIT"', 'no blank may stand on its line');
      this.table = null;
      this.skipping = false;
      return;
    }
    if (this.skipping) return;
    const { table } = this;
    if (!table)
      return this.problem(
        'error',
        'outside-table',
        spanAt(text, number, 0, text.length),
        `this line is outside any table: ${quoted(text.trim())}`,
        'a table begins with a line like "*filter" and ends with COMMIT',
      );
    if (first === 58 /* : */) return this.chainLine(table, text, number);
    this.ruleLine(table, text, number);
  }

  end(): IptablesSave {
    if (this.cut) this.whole(this.cut.text, this.cut.number);
    if ((this.table && !this.isListing) || this.skipping)
      this.problem(
        'error',
        'missing-commit',
        { line: this.last + 1, column: 1, length: 1 },
        `COMMIT expected at line ${this.last + 1}`,
        'without it the table is not loaded; the text may be cut short',
      );
    const tables: Table[] = [];
    for (const draft of this.tables.values()) tables.push(this.finish(draft));
    return { tables, problems: this.problems };
  }

  problem(severity: Severity, code: string, span: Span, message: string, hint = '', rule: string | null = null): void {
    this.problems.push({ severity, code, section: this.section, line: span.line, column: span.column, length: span.length, rule, message, hint });
  }

  address(table: TableDraft, chain: string, number: number): string {
    return formatRuleAddress({ family: this.family, backend: this.backend, table: table.name, chain, number });
  }

  private openTable(text: string, number: number): void {
    if (this.table || this.skipping)
      this.problem(
        'error',
        'missing-commit',
        spanAt(text, number, 0, text.length),
        `bad argument ${quoted(text.trim())}: the table before has no COMMIT`,
        'put a line COMMIT before it',
      );
    const match = /^\*[ \t]*([^ \t]*)/.exec(text);
    const name = match?.[1] ?? '';
    this.table = null;
    this.skipping = false;
    if (!isTableName(name)) {
      const near = closest(name, TABLE_NAMES);
      const start = (match?.[0].length ?? 1) - name.length;
      this.problem(
        'error',
        'unknown-table',
        spanAt(text, number, start, start + name.length),
        `unable to initialize table ${quoted(name)}`,
        near ? `did you mean "${near}"?` : `tables are ${TABLE_NAMES.join(', ')}`,
      );
      this.skipping = true;
      return;
    }
    const before = this.tables.get(name);
    const chains = new Map<string, ChainDraft>();
    for (const chain of BUILTIN_CHAINS[name]) {
      const old = before?.chains.get(chain);
      chains.set(chain, { name: chain, policy: old?.policy ?? 'ACCEPT', counters: old?.counters ?? null, rules: [], line: number });
    }
    if (before && [...before.chains.values()].some((chain) => chain.rules.length > 0 || chain.policy === null))
      this.problem(
        'warning',
        'table-twice',
        spanAt(text, number, 0, text.length),
        `table "${name}" was read before, in line ${before.line}; this one replaces it`,
        'leave one of them out',
      );
    // What is wrong in the one before is told all the same.
    if (before) this.finish(before);
    this.table = { name, chains, line: number, faults: new Map() };
    this.tables.set(name, this.table);
  }

  /** `:CHAIN POLICY [packets:bytes]` */
  private chainLine(table: TableDraft, text: string, number: number) {
    const match = /^:[ \t]*([^ \t]*)[ \t]*([^ \t]*)[ \t]*(.*)$/.exec(text);
    const [, name = '', policy = '', rest = ''] = match ?? [];
    const nameAt = text.indexOf(name, 1);
    const nameSpan = spanAt(text, number, nameAt, nameAt + name.length);
    if (name === '') return this.problem('error', 'bad-chain', nameSpan, 'chain name invalid', 'write it like ":NAME - [0:0]"');
    if (utf8Length(name) >= MAX_NAME) return this.problem('error', 'bad-chain', nameSpan, `invalid chain name ${quoted(name)} (${MAX_NAME - 1} chars max)`, 'use a shorter name');
    if (policy === '')
      return this.problem(
        'error',
        'bad-policy',
        spanAt(text, number, 0, text.length),
        `chain ${quoted(name)} has no policy`,
        'write "-" for a user-defined chain, ACCEPT or DROP for a built-in one',
      );
    const policyAt = text.indexOf(policy, nameAt + name.length);
    const policySpan = spanAt(text, number, policyAt, policyAt + policy.length);
    const counters = this.chainCounters(text, rest.trim(), number);
    const builtin = (BUILTIN_CHAINS[table.name] as readonly string[]).includes(name);
    if (builtin) {
      const draft = table.chains.get(name) as ChainDraft;
      if (policy !== 'ACCEPT' && policy !== 'DROP' && policy !== '-')
        return this.problem('error', 'bad-policy', policySpan, `can't set policy ${quoted(policy)} on "${name}": bad policy name`, 'policies are ACCEPT and DROP');
      table.chains.set(name, { ...draft, policy: policy === '-' ? draft.policy : policy, counters: counters ?? draft.counters, line: number });
      return;
    }
    if (/^[-!]/.test(name)) this.problem('warning', 'bad-chain', nameSpan, `chain name ${quoted(name)} starts with "${name[0]}", which iptables-nft refuses`, 'use another name');
    if (isVerdictName(name)) return this.problem('error', 'bad-chain', nameSpan, `error creating chain ${quoted(name)}: a verdict has this name`, 'use another name');
    const before = table.chains.get(name);
    if (before) return this.problem('error', 'duplicate-chain', nameSpan, `error creating chain ${quoted(name)}: it was declared in line ${before.line}`, 'declare it once');
    if (policy !== '-') {
      const near = closest(name, BUILTIN_CHAINS[table.name]);
      this.problem(
        'error',
        'bad-policy',
        policySpan,
        `can't set policy ${quoted(policy)} on ${quoted(name)}: bad built-in chain name`,
        near ? `did you mean "${near}"?` : 'a user-defined chain has the policy "-"',
      );
    }
    table.chains.set(name, { name, policy: null, counters, rules: [], line: number });
  }

  private chainCounters(text: string, rest: string, number: number): [number, number] | null {
    if (rest === '') return null;
    const match = /^\[(\d+):(\d+)\]$/.exec(rest);
    if (match) return [Number(match[1]), Number(match[2])];
    const start = text.lastIndexOf(rest);
    this.problem('warning', 'bad-counters', spanAt(text, number, start, start + rest.length), `${quoted(rest)} are no counters`, 'write them like [10:840]');
    return null;
  }

  private ruleLine(table: TableDraft, text: string, number: number) {
    let from = 0;
    let counters: readonly [number, number] | null = null;
    let fault: Finding | null = null;
    if (text.startsWith('[')) {
      const match = /^\[(\d+):(\d+)\]/.exec(text);
      if (match) counters = [Number(match[1]), Number(match[2])];
      else {
        const blank = text.indexOf(' ');
        const span = spanAt(text, number, 0, Math.max(1, blank));
        fault = { severity: 'error', code: 'bad-counters', span, message: `bad line ${number}: counters cannot be read`, hint: 'write them like [10:840]' };
        from = blank < 0 ? text.length : blank;
      }
      from = match?.[0].length ?? from;
    }
    const line = this.lines.read(table, { source: text, from, number, counters, fault });
    // What is wrong before the mark of the other family is told all the same.
    if (line.skipped) return this.report(line.findings, null);
    applyCommand(this, table, { line, source: text, number });
  }

  report(findings: readonly Finding[], rule: string | null): void {
    for (const { severity, code, span, message, hint } of findings) this.problem(severity, code, span, message, hint, rule);
  }

  /** The nearest of many names; beyond some hundred mistakes of one file nobody reads it, and it takes long. */
  suggest(name: string, candidates: () => Iterable<string>): string | null {
    return this.suggestions++ < MAX_SUGGESTIONS ? closest(name, candidates()) : null;
  }

  private finish(table: TableDraft): Table {
    const chains: Chain[] = [];
    const told = new Set<number>();
    for (const { name, policy, counters, rules, line } of table.chains.values()) {
      // A rule that cannot be read counts: its number is the one the user sees when counting in the file.
      for (let i = 0; i < rules.length; i++) {
        const rule = rules[i] as RuleDraft;
        rule.number = i + 1;
        const fault = table.faults.size > 0 ? table.faults.get(rule.line) : undefined;
        if (!fault) continue;
        told.add(rule.line);
        const address = this.address(table, name, rule.number);
        this.report(fault.findings, address);
        if (fault.unresolved && rule.target) rule.target = this.resolve(table, rule.target, fault.unresolved, rule.line, rule.source, address);
      }
      chains.push({ name, policy, counters, rules, line });
    }
    for (const [line, fault] of table.faults) {
      if (told.has(line)) continue;
      this.report(fault.findings, null);
      if (fault.unresolved && fault.target) this.resolve(table, fault.target, fault.unresolved, line, fault.source, null);
    }
    return { family: this.family, backend: this.backend, writtenBy: this.writtenBy, nativeMatches: this.nativeMatches, name: table.name, chains, line: table.line };
  }

  /** A target name that was neither chain nor extension when its line was read. */
  private resolve(table: TableDraft, target: TargetUse, word: Word, line: number, source: string, address: string | null): TargetUse {
    const span = spanAt(source, line, word.start, word.end);
    const later = table.chains.get(target.name);
    if (later) {
      this.problem('error', 'missing-chain', span, `chain ${quoted(target.name)} is declared only in line ${later.line}`, 'declare it before the rules that use it', address);
      return { ...target, known: true, isChain: true };
    }
    const near = this.suggest(target.name, () => [
      ...table.chains.keys(),
      ...(target.verb === 'jump' ? ['ACCEPT', 'DROP', 'RETURN', ...extensionNames('target', this.family)] : []),
    ]);
    const message = target.verb === 'goto' ? `goto ${quoted(target.name)} is not a chain` : `there is no chain or target ${quoted(target.name)}`;
    this.problem('error', 'missing-chain', span, message, near ? `did you mean "${near}"?` : `declare it with ":${target.name} - [0:0]"`, address);
    return target;
  }
}

/**
 * One table as iptables-save 1.8.9 prints it, legacy and nft alike: built-in chains in hook order, user-defined chains
 * sorted bytewise, rules in the same order. Counters of rules are printed where the rule has them (`iptables-save -c`).
 * Rules that cannot be read are left out, and lines that `omit` names.
 */
export function printTable(table: Table, omit?: ReadonlySet<number>): string {
  const order: readonly string[] = BUILTIN_CHAINS[table.name];
  const builtin = order.flatMap((name) => table.chains.filter((chain) => chain.name === name));
  const user = table.chains.filter((chain) => !order.includes(chain.name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const chains = [...builtin, ...user];
  const lines = [`*${table.name}`];
  for (const { name, policy, counters } of chains) lines.push(policy === null ? `:${name} - [0:0]` : `:${name} ${policy} [${counters?.[0] ?? 0}:${counters?.[1] ?? 0}]`);
  for (const { name, rules } of chains)
    for (const rule of rules) {
      if (rule.broken !== null || omit?.has(rule.line)) continue;
      const counters = rule.counters ? `[${rule.counters[0]}:${rule.counters[1]}] ` : '';
      lines.push(`${counters}-A ${name}${rule.text === '' ? '' : ` ${rule.text}`}`);
    }
  lines.push('COMMIT', '');
  return lines.join('\n');
}
