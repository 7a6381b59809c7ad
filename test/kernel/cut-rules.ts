/**
 * Rules cut short: before each rule of a node, the rules that hold only its first clauses and have no target. They change
 * nothing but show, in the kernel's own trace, how far a packet gets in the rule behind them. Where a clause ends is
 * taken from the engine, and checked: a cut rule is kept only if it compiles to exactly the clauses it should hold.
 */

import { createWorld, findMatch, parseNode, type Clause, type CompiledChain as Chain, type CompiledRule, type Family, type Program, type Rule } from '../../engine/index.ts';
import { printOptions } from '../../engine/extension/index.ts';
import { ip } from '../../engine/extension/match/ip.ts';
import type { OptionContext, OptionTable, OptionUse } from '../../engine/model/option.ts';
import type { ExtensionUse } from '../../engine/model/rule.ts';
import type { KernelNode } from './node.ts';

/** Two rules that name the same table of addresses or rates share it: a cut of one would take part in it. */
export const SHARED: readonly string[] = ['recent', 'hashlimit', 'connlimit', 'nfacct'];
/** Matches that cannot stand without an option: what holds whenever the conditions the kernel adds to them do. */
const ALWAYS: Readonly<Record<string, string>> = {
  connmark: '-m connmark --mark 0x0/0x0',
  conntrack: '-m conntrack --ctexpire 0:4294967295',
  mac: '-m mac ! --mac-source 02:ff:ff:ff:ff:ff',
  multiport: '-m multiport --ports 0:65535',
  owner: '-m owner --uid-owner 0-4294967294',
  tcpmss: '-m tcp',
};

type Uses = Readonly<Record<string, OptionUse | undefined>>;

export interface RulePlan {
  /** As the node has it, after `-A CHAIN `. */
  readonly text: string;
  readonly clauses: readonly Clause[];
  /** For each clause the match it is of, empty for the rule's own header. */
  readonly matchOf: readonly string[];
  /** Numbers of first clauses for which there is a cut rule, ascending, from 0. */
  readonly cuts: readonly number[];
}

export interface CutNode {
  /** The node with the cut rules in it. */
  readonly node: KernelNode;
  /** Plans by `family table/chain`, in the order of the rules. */
  readonly plans: ReadonlyMap<string, readonly RulePlan[]>;
}

export const planKey = (family: Family, table: string, chain: string): string => `${family} ${table}/${chain}`;

/** What stands for rule number `rule` in the node with the cut rules. `clauses` null: the rule itself. */
interface Place {
  readonly number: number;
  readonly clauses: number | null;
}

/** Rules in the order of the cut node; one more at the end, for the policy or the end of the chain. */
export function places(plans: readonly RulePlan[]): readonly Place[] {
  return [
    ...plans.flatMap(({ cuts }, i): Place[] => [...cuts.map((clauses) => ({ number: i + 1, clauses })), { number: i + 1, clauses: null }]),
    { number: plans.length + 1, clauses: null },
  ];
}

export function cutNode(node: KernelNode): CutNode {
  const reading = read(linesOf(node));
  const { lines, program, ruleAt, errors } = reading;
  if (errors.size > 0) throw new Error(`a test node is refused: ${[...errors].map(([line, message]) => `${lines[line]}: ${message}`).join('; ')}`);
  const kept = cutRules(reading);
  const plans = new Map<string, RulePlan[]>();
  for (const chain of program.chains) plans.set(planKey(chain.family, chain.table, chain.name), []);
  program.rules.forEach((compiled, index) => {
    const chain = program.chains[compiled.chain] as Chain;
    const cuts = [...(kept[index]?.keys() ?? [])];
    plans.get(planKey(chain.family, chain.table, chain.name))?.push({ text: compiled.rule.text, clauses: compiled.clauses, matchOf: matchesOf(compiled, chain), cuts });
  });
  const text = withRules(lines, program, ruleAt, (index) => [...(kept[index]?.values() ?? [])]);
  const [first, second] = HEADERS.map((header) => text.indexOf(header)) as [number, number];
  return { node: { ...node, iptables: `${text.slice(first + 1, second).join('\n')}\n`, ip6tables: text.slice(second + 1).join('\n') }, plans };
}

const HEADERS = ['==> iptables-save <==', '==> ip6tables-save <=='] as const;

/** The node's rules as one text, the sets before them. */
function linesOf({ iptables = '', ip6tables = '', ipset = '' }: KernelNode): readonly string[] {
  return `==> ipset save <==\n${ipset}${HEADERS[0]}\n${iptables}${HEADERS[1]}\n${ip6tables}`.split('\n');
}

interface Reading {
  readonly lines: readonly string[];
  readonly program: Program;
  /** Index of the rule that a line holds, by the line's index. */
  readonly ruleAt: ReadonlyMap<number, number>;
  /** What is refused, by the line's index. */
  readonly errors: ReadonlyMap<number, string>;
}

function read(lines: readonly string[]): Reading {
  const parsed = parseNode([{ name: 'node', text: lines.join('\n') }]);
  const { program } = createWorld(parsed);
  const errors = parsed.problems.filter(({ severity }) => severity === 'error');
  return {
    lines,
    program,
    ruleAt: new Map(program.rules.map(({ rule }, index) => [rule.line - 1, index])),
    errors: new Map(errors.map(({ line, message }) => [line - 1, message])),
  };
}

/** By rule index: number of clauses to the rule that holds just these. All candidates are read and compiled at once. */
function cutRules({ lines, program, ruleAt }: Reading): readonly ReadonlyMap<number, string>[] {
  const candidates = program.rules.map((compiled) => candidateTexts(compiled, program.chains[compiled.chain] as Chain));
  const drafts = read(withRules(lines, program, ruleAt, (index) => candidates[index] as readonly string[]));
  const cuts = program.rules.map(() => new Map<number, string>());
  let at = 0;
  lines.forEach((_, i) => {
    const index = ruleAt.get(i);
    const clauses = index === undefined ? [] : (program.rules[index] as CompiledRule).clauses;
    for (const text of index === undefined ? [] : (candidates[index] as readonly string[])) {
      const draft = drafts.program.rules[drafts.ruleAt.get(at) ?? -1];
      const length = draft && !drafts.errors.has(at) ? heldClauses(draft.clauses, clauses) : null;
      if (length !== null && !cuts[index as number]?.has(length)) cuts[index as number]?.set(length, text);
      at++;
    }
    at++;
  });
  return cuts.map((found) => new Map([...found].sort(([a], [b]) => a - b)));
}

/** The lines with rules put before each that holds a rule. */
function withRules(lines: readonly string[], program: Program, ruleAt: Reading['ruleAt'], rules: (ruleIndex: number) => readonly string[]): readonly string[] {
  return lines.flatMap((line, i) => {
    const index = ruleAt.get(i);
    if (index === undefined) return [line];
    const chain = program.chains[(program.rules[index] as CompiledRule).chain] as Chain;
    return [...rules(index).map((rule) => `-A ${chain.name} ${rule}`.trimEnd()), line];
  });
}

/** How many first clauses of a rule `part` holds, and nothing else that could be false; null if it is no beginning of the rule. */
function heldClauses(part: readonly Clause[], whole: readonly Clause[]): number | null {
  const told = ({ text, guard, negated, otherwise, vacuousIf }: Clause) => JSON.stringify([text, guard ?? false, negated, otherwise, vacuousIf !== undefined]);
  const isAlways = (text: string) => Object.values(ALWAYS).includes(text);
  const held = part.findIndex((clause, i) => whole[i] === undefined || told(clause) !== told(whole[i]));
  if (held < 0) return part.length;
  // Behind the guards only what always holds, for as many clauses as the extension makes of it.
  return held > 0 && part[held - 1]?.guard && part.slice(held).every(({ text }) => isAlways(text)) ? held : null;
}

function optionContext({ header }: Rule, chain: Chain): OptionContext {
  const proto = header.uses.proto as OptionUse<number> | undefined;
  return { family: chain.family, table: chain.table, chain: chain.name, protocol: proto && !proto.negated ? proto.value : null };
}

/** Header first, then match by match, each with its first options. */
function candidateTexts({ rule }: CompiledRule, chain: Chain): readonly string[] {
  const context = optionContext(rule, chain);
  const texts: string[] = [];
  const headerKeys = Object.keys(ip.options).filter((key) => rule.header.uses[key]);
  for (let count = 0; count <= headerKeys.length; count++) texts.push(printOptions(ip.options, pick(rule.header.uses, headerKeys.slice(0, count)) as never, context));
  let lead = rule.header.text;
  for (const use of rule.matches) {
    if (SHARED.includes(use.name)) break;
    for (const part of matchParts(use, context)) texts.push(join(lead, part));
    lead = join(lead, quiet(use, context));
  }
  return texts;
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

function pick(uses: Uses, keys: readonly string[]): Uses {
  return Object.fromEntries(Object.entries(uses).filter(([key]) => keys.includes(key)));
}

function matchText(use: ExtensionUse, uses: Uses, context: OptionContext): string {
  const match = findMatch(use.name);
  if (!match) return use.text;
  const options = match.print ? match.print(uses as never, context) : printOptions(match.options, uses as never, context);
  return join(`-m ${use.name}`, options);
}

/** A look-up that leaves the counters of the entries alone: the rule itself is to move them. */
function quietUses({ name, uses, span }: ExtensionUse): Uses {
  return name === 'set' ? { ...uses, updateCounters: { value: true, negated: true, span }, updateSubcounters: { value: true, negated: true, span } } : uses;
}

const quiet = (use: ExtensionUse, context: OptionContext): string => (use.name === 'set' ? matchText(use, quietUses(use), context) : use.text);

/** The match with its guards alone or without options, then with the options of its first clause, of its first two… */
function* matchParts(use: ExtensionUse, context: OptionContext): IterableIterator<string> {
  const match = findMatch(use.name);
  if (!match) return;
  const uses = quietUses(use);
  const keys = Object.keys(uses).filter((key) => uses[key]);
  const texts = match
    .compile(use.uses as never, { ...context, set: () => undefined })
    .filter(({ guard }) => !guard)
    .map(({ text }) => text);
  const always = ALWAYS[use.name];
  if (always) yield always;
  const owners = keys.map((key) => texts.flatMap((text, i) => (names(match.options, key, text) ? [i] : [])));
  for (let count = 0; count <= texts.length; count++)
    yield matchText(
      use,
      pick(
        uses,
        keys.filter((_, i) => {
          const of = owners[i] as readonly number[];
          return of.length === 0 || of.some((clause) => clause < count);
        }),
      ),
      context,
    );
}

function names(options: OptionTable, key: string, text: string): boolean {
  return ` ${text} `.includes(` ${options[key]?.name} `);
}

/** Names of the matches that the clauses are of. */
function matchesOf({ rule, clauses }: CompiledRule, chain: Chain): readonly string[] {
  const context = { ...optionContext(rule, chain), set: () => undefined };
  const found = ip.compile(rule.header.uses as never, context).map(() => '');
  for (const { name, uses } of rule.matches) found.push(...(findMatch(name)?.compile(uses as never, context) ?? [null]).map(() => name));
  return clauses.map((_, i) => found[i] ?? 'target');
}
