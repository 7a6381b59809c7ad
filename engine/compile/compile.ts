/**
 * Rules to a program: names become references, what the kernel refuses at load becomes a problem, what the rules need
 * of the node (tracking, defragmentation: on demand, as in the kernel) is collected. A rule that is refused stays in its
 * place and is unknown in a walk; one bad rule does not hide the others.
 *
 * Source: Linux 6.18 net/ipv4/netfilter/ip_tables.c, translate_table(), check_target(); nf_conntrack_netns_get().
 */

import { findMatch, findTarget, type CheckContext, type Finding, type Requirement, type TargetExtension } from '../extension/index.ts';
import { ip } from '../extension/match/ip.ts';
import { findSetType } from '../extension/settype/index.ts';
import type { Problem } from '../model/diagnostic.ts';
import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import type { Node } from '../model/node.ts';
import type { ExtensionUse, Rule, Table } from '../model/rule.ts';
import { UNKNOWN, type Action, type Clause } from '../model/test.ts';
import { formatRuleAddress } from '../model/rule.ts';
import type { Family } from '../net/address.ts';
import { Assembler } from './assemble.ts';
import { END, chainAddress, type CompiledChain, type CompiledRule, type EntryPoint, type Program } from './program.ts';
import { reachableHooks } from './reach.ts';

/** A target that is not known may do anything: whoever assumes that its rule matches learns that the packet is in its hands. */
const beyond = (target: string): Action => ({ effects: [{ op: 'unmodelled', what: target, changes: [] }], verdict: 'STOLEN' });

/** Targets that are no extensions. QUEUE is NFQUEUE with number 0 (net/netfilter/core.c NF_QUEUE). */
const PLAIN_ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['ACCEPT', { effects: [], verdict: 'ACCEPT' }],
  ['DROP', { effects: [], verdict: 'DROP' }],
  ['RETURN', { effects: [], verdict: 'RETURN' }],
  ['QUEUE', { effects: [{ op: 'queue', number: 0, bypass: false }], verdict: 'QUEUE' }],
]);

/** Problems of the node's text are in `node.problems`; those returned here are of linking and loading. */
export function compile(node: Node): Program {
  const assembler = new Assembler();
  const rules: CompiledRule[] = [];
  const chains: CompiledChain[] = [];
  const entryPoints: EntryPoint[] = [];
  const start: number[] = [];
  const problems: Problem[] = [];
  const requires: Record<Family, Set<Requirement>> = { ipv4: new Set(), ipv6: new Set() };

  const byTable = new Map<Table, Map<string, number>>();
  let first = 0;
  for (const table of node.tables) {
    const names = new Map<string, number>();
    byTable.set(table, names);
    for (const chain of table.chains) {
      if (names.has(chain.name)) continue;
      const index = chains.length;
      names.set(chain.name, index);
      chains.push({
        index,
        family: table.family,
        backend: table.backend,
        table: table.name,
        name: chain.name,
        policy: chain.policy,
        first,
        count: chain.rules.length,
        line: chain.line,
      });
      first += chain.rules.length;
      if ((BUILTIN_CHAINS[table.name] as readonly string[]).includes(chain.name))
        entryPoints.push({ family: table.family, backend: table.backend, table: table.name, hook: chain.name as Hook, chain: index });
    }
  }

  for (const table of node.tables) {
    const names = byTable.get(table) as Map<string, number>;
    const { hooks, loops } = reachableHooks(table);
    const compiled = new Set<number>();
    for (const chain of table.chains) {
      const chainIndex = names.get(chain.name) as number;
      if (compiled.has(chainIndex)) continue;
      compiled.add(chainIndex);
      const contextFor = ruleContexts(node, table, chain.name, [...(hooks.get(chain.name) ?? [])]);
      for (const rule of chain.rules) {
        const looping = loops.has(rule);
        const found = compileRule(rule, contextFor(protocolOf(rule)), names, requires[table.family]);
        // The kernel would not load it: whatever it does here would be a guess, and it must not hang.
        const clauses = looping ? [...found.clauses, unmodelled(rule.target ?? rule.header, 'the chain leads back to itself')] : found.clauses;
        const findings = looping ? [...found.findings, loopFinding(rule)] : found.findings;
        for (const finding of findings) problems.push(problem(finding, rule, formatRuleAddress(chainAddress(chains[chainIndex] as CompiledChain, rule.number)), table));
        start.push(assembler.position);
        assembler.rule(clauses);
        rules.push({
          rule,
          chain: chainIndex,
          clauses,
          action: looping ? beyond(rule.target?.text ?? '') : found.action,
          to: looping ? -1 : found.to,
          end: looping ? END.action : found.end,
          targetText: rule.target ? targetText(rule) : null,
        });
      }
    }
  }
  start.push(assembler.position);
  return { code: assembler.code(), start: Int32Array.from(start), pool: assembler.pool, rules, chains, entryPoints, requires, problems };
}

export function targetText(rule: Rule): string {
  return rule.target ? rule.target.text : '';
}

interface Compiled {
  readonly clauses: readonly Clause[];
  readonly action: Action | null;
  readonly to: number;
  readonly end: number;
  readonly findings: readonly Finding[];
}

const NO_FINDINGS: readonly Finding[] = [];

function loopFinding(rule: Rule): Finding {
  return {
    severity: 'error',
    code: 'loop',
    message: `"${rule.target?.name}" leads back to this chain`,
    hint: 'a chain may not reach itself; the kernel refuses the table (ELOOP)',
  };
}

/** @param requires what the rule needs of the node is added to it */
function compileRule(rule: Rule, context: CheckContext, chainNames: ReadonlyMap<string, number>, requires: Set<Requirement>): Compiled {
  const clauses: Clause[] = [...ip.compile(rule.header.uses, context)];
  for (const use of rule.matches) {
    const match = use.known ? findMatch(use.name) : undefined;
    if (!match) {
      clauses.push(unmodelled(use, `the match "${use.name}" is not modelled`));
      continue;
    }
    addNeeds(requires, match.requires, use);
    for (const clause of match.compile(use.uses, context)) clauses.push(clause);
  }
  const { target } = rule;
  const plain = { clauses, action: null, to: -1, findings: NO_FINDINGS };
  if (!target) return { ...plain, end: END.none };
  if (target.isChain) {
    const to = chainNames.get(target.name);
    if (to !== undefined) return { ...plain, to, end: target.verb === 'goto' ? END.goto : END.jump, findings: jumpFindings(target.name, context.table) };
    clauses.push(unmodelled(target, `there is no chain "${target.name}"`));
    return { ...plain, action: beyond(target.text), end: END.action };
  }
  const action = PLAIN_ACTIONS.get(target.name);
  if (action) return { ...plain, action, end: END.action };
  const extension = target.known ? findTarget(target.name) : undefined;
  if (!extension) {
    clauses.push(unmodelled(target, `the target "${target.name}" is not modelled`));
    return { ...plain, action: beyond(target.text), end: END.action };
  }
  addNeeds(requires, extension.requires, target);
  return { ...plain, action: extension.compile(target.uses, context), end: END.action, findings: hookFindings(extension, context) };
}

function jumpFindings(name: string, table: string): readonly Finding[] {
  if (!(BUILTIN_CHAINS[table as keyof typeof BUILTIN_CHAINS] as readonly string[] | undefined)?.includes(name)) return NO_FINDINGS;
  return [{ severity: 'error', code: 'jump-to-builtin', message: `"${name}" is a built-in chain and cannot be jumped to`, hint: 'jump to a user-defined chain' }];
}

/** Of user-defined chains only: where a built-in one may not hold the target, the reader has said so. */
function hookFindings({ name, hooks, tables }: TargetExtension, context: CheckContext): readonly Finding[] {
  if (tables && !(tables as readonly string[]).includes(context.table)) return NO_FINDINGS;
  const refused = hooks && context.hooks.find((hook) => hook !== context.chain && !hooks.includes(hook));
  if (!refused) return NO_FINDINGS;
  return [
    { severity: 'error', code: 'wrong-hook', message: `${name} is not valid in ${refused}, from which "${context.chain}" is reached`, hint: `it works in ${hooks.join(', ')}` },
  ];
}

function unmodelled(use: ExtensionUse, reason: string): Clause {
  return { text: use.text, negated: false, any: [{ op: 'constant', value: UNKNOWN, reason }] };
}

function addNeeds(to: Set<Requirement>, requires: readonly Requirement[] | ((uses: never) => readonly Requirement[]) | undefined, use: ExtensionUse): void {
  if (!requires) return;
  for (const need of typeof requires === 'function' ? requires(use.uses as never) : requires) to.add(need);
}

/** `-p` of the rule's header, null if it has none or inverts it. */
function protocolOf(rule: Rule): number | null {
  const use = rule.header.uses.proto;
  return use && !use.negated && typeof use.value === 'number' ? use.value : null;
}

/** Contexts of one chain, by the protocol a rule names. */
function ruleContexts(node: Node, table: Table, chain: string, hooks: readonly Hook[]): (protocol: number | null) => CheckContext {
  const set: CheckContext['set'] = (name) => {
    if (!node.sets) return undefined;
    const found = node.sets.get(name);
    if (!found) return null;
    return { type: found.type, family: found.family, dimensions: findSetType(found.type)?.dimensions ?? 1 };
  };
  const contexts = new Map<number | null, CheckContext>();
  return (protocol) => {
    let context = contexts.get(protocol);
    if (!context) {
      context = { family: table.family, table: table.name, chain, hooks, set, protocol };
      contexts.set(protocol, context);
    }
    return context;
  };
}

function problem(finding: Finding, rule: Rule, address: string, table: Table): Problem {
  const span = rule.target?.span ?? rule.header.span;
  return {
    severity: finding.severity,
    code: finding.code,
    section: `${table.backend === 'legacy' ? (table.family === 'ipv6' ? 'ip6tables-legacy-save' : 'iptables-legacy-save') : table.family === 'ipv6' ? 'ip6tables-save' : 'iptables-save'}`,
    line: rule.line,
    column: span.column,
    length: span.length,
    rule: address,
    message: finding.message,
    hint: finding.hint ?? '',
  };
}
