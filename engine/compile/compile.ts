/**
 * Rules to a program: names become references, what the kernel refuses at load becomes a problem, what the rules need
 * of the node (tracking, defragmentation: on demand, as in the kernel) is collected. A rule that is refused stays in its
 * place and is unknown in a walk; one bad rule does not hide the others.
 *
 * Source: Linux 6.18 net/ipv4/netfilter/ip_tables.c, translate_table(), check_target(); nf_conntrack_netns_get().
 */

import { findMatch, findTarget, type CheckContext, type Finding, type Requirement } from '../extension/index.ts';
import { ip } from '../extension/match/ip.ts';
import { findSetType } from '../extension/settype/index.ts';
import type { Problem } from '../model/diagnostic.ts';
import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import type { Node } from '../model/node.ts';
import type { ExtensionUse, Rule, Table } from '../model/rule.ts';
import { UNKNOWN, type Action, type Clause, type Verdict } from '../model/test.ts';
import { formatRuleAddress } from '../model/rule.ts';
import type { Family } from '../net/address.ts';
import { Assembler } from './assemble.ts';
import { END, chainAddress, type CompiledChain, type CompiledRule, type EntryPoint, type Program } from './program.ts';
import { reachableHooks } from './reach.ts';

const VERDICTS: Readonly<Record<string, Verdict>> = { ACCEPT: 'ACCEPT', DROP: 'DROP', RETURN: 'RETURN' };

/** QUEUE is NFQUEUE with number 0 (net/netfilter/core.c NF_QUEUE). */
const QUEUE: Action = { effects: [{ op: 'queue', number: 0, bypass: false }], verdict: 'QUEUE' };

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
      const context = ruleContext(node, table, chain.name, [...(hooks.get(chain.name) ?? [])]);
      for (const rule of chain.rules) {
        const protocol = protocolOf(rule);
        const looping = loops.has(rule);
        const found = compileRule(rule, { ...context, protocol }, names);
        // The kernel would not load it: whatever it does here would be a guess, and it must not hang.
        const clauses = looping ? [...found.clauses, unmodelled(rule.target ?? rule.header, 'the chain leads back to itself')] : found.clauses;
        const address = formatRuleAddress(chainAddress(chains[chainIndex] as CompiledChain, rule.number));
        for (const finding of found.findings) problems.push(problem(finding, rule, address, table));
        if (looping)
          problems.push(
            problem(
              {
                severity: 'error',
                code: 'loop',
                message: `"${rule.target?.name}" leads back to this chain`,
                hint: 'a chain may not reach itself; the kernel refuses the table (ELOOP)',
              },
              rule,
              address,
              table,
            ),
          );
        for (const need of found.requires) requires[table.family].add(need);
        start.push(assembler.position);
        assembler.rule(clauses);
        rules.push({
          rule,
          chain: chainIndex,
          clauses,
          action: looping ? null : found.action,
          to: looping ? -1 : found.to,
          end: looping ? END.none : found.end,
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
  readonly requires: readonly Requirement[];
}

function compileRule(rule: Rule, context: CheckContext, chainNames: ReadonlyMap<string, number>): Compiled {
  const clauses: Clause[] = [...ip.compile(rule.header.uses, context)];
  const findings: Finding[] = [];
  const requires: Requirement[] = [];
  for (const use of rule.matches) {
    const match = use.known ? findMatch(use.name) : undefined;
    if (!match) {
      clauses.push(unmodelled(use, `the match "${use.name}" is not modelled`));
      continue;
    }
    requires.push(...needs(match.requires, use));
    clauses.push(...match.compile(use.uses, context));
  }
  const target = rule.target;
  if (!target) return { clauses, action: null, to: -1, end: END.none, findings, requires };
  if (target.isChain) {
    const to = chainNames.get(target.name);
    if (to !== undefined) {
      if ((BUILTIN_CHAINS[context.table as keyof typeof BUILTIN_CHAINS] as readonly string[] | undefined)?.includes(target.name))
        findings.push({
          severity: 'error',
          code: 'jump-to-builtin',
          message: `"${target.name}" is a built-in chain and cannot be jumped to`,
          hint: 'jump to a user-defined chain',
        });
      return { clauses, action: null, to, end: target.verb === 'goto' ? END.goto : END.jump, findings, requires };
    }
    clauses.push(unmodelled(target, `there is no chain "${target.name}"`));
    return { clauses, action: { effects: [], verdict: 'CONTINUE' }, to: -1, end: END.action, findings, requires };
  }
  const verdict = VERDICTS[target.name];
  if (verdict) return { clauses, action: { effects: [], verdict }, to: -1, end: END.action, findings, requires };
  if (target.name === 'QUEUE') return { clauses, action: QUEUE, to: -1, end: END.action, findings, requires };
  const extension = target.known ? findTarget(target.name) : undefined;
  if (!extension) {
    clauses.push(unmodelled(target, `the target "${target.name}" is not modelled`));
    return { clauses, action: { effects: [{ op: 'unmodelled', what: target.text, changes: [] }], verdict: 'CONTINUE' }, to: -1, end: END.action, findings, requires };
  }
  requires.push(...needs(extension.requires, target));
  if (extension.hooks) {
    const allowed = extension.hooks as readonly string[];
    const refused = context.hooks.find((hook) => !allowed.includes(hook));
    if (refused)
      findings.push({
        severity: 'error',
        code: 'wrong-hook',
        message: `${target.name} is not valid in ${refused}${refused === context.chain ? '' : `, from which "${context.chain}" is reached`}`,
        hint: `it works in ${allowed.join(', ')}`,
      });
  }
  return { clauses, action: extension.compile(target.uses, context), to: -1, end: END.action, findings, requires };
}

function unmodelled(use: ExtensionUse, reason: string): Clause {
  return { text: use.text, negated: false, any: [{ op: 'constant', value: UNKNOWN, reason }] };
}

function needs(requires: readonly Requirement[] | ((uses: never) => readonly Requirement[]) | undefined, use: ExtensionUse): readonly Requirement[] {
  if (!requires) return [];
  return typeof requires === 'function' ? requires(use.uses as never) : requires;
}

/** `-p` of the rule's header, null if it has none or inverts it. */
function protocolOf(rule: Rule): number | null {
  const use = rule.header.uses.proto;
  return use && !use.negated && typeof use.value === 'number' ? use.value : null;
}

function ruleContext(node: Node, table: Table, chain: string, hooks: readonly Hook[]): Omit<CheckContext, 'protocol'> {
  return {
    family: table.family,
    table: table.name,
    chain,
    hooks,
    set(name) {
      if (!node.sets) return undefined;
      const set = node.sets.get(name);
      if (!set) return null;
      return { type: set.type, family: set.family, dimensions: findSetType(set.type)?.dimensions ?? 1 };
    },
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
