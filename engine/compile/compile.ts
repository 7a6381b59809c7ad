/**
 * Rules to a program: names become references, what the rules need of the node (tracking, defragmentation: on demand, as
 * in the kernel) is collected. What cannot be read, is refused (`Node.refused`) or is not modelled stays in its place and
 * is unknown in a walk; one bad rule does not hide the others.
 *
 * Source: Linux 6.18 net/ipv4/netfilter/ip_tables.c, translate_table(); nf_conntrack_netns_get().
 */

import { protocolOf } from '../extension/check.ts';
import { findMatch, findTarget, type CompileContext, type MatchExtension, type Requirement, type TargetExtension } from '../extension/index.ts';
import { ip } from '../extension/match/ip.ts';
import { findSetType } from '../extension/settype/index.ts';
import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import type { Node } from '../model/node.ts';
import type { ExtensionUse, Rule, Table, TargetUse } from '../model/rule.ts';
import { UNKNOWN, type Action, type Clause } from '../model/test.ts';
import type { Family } from '../net/address.ts';
import { Assembler } from './assemble.ts';
import { END, type CompiledChain, type CompiledRule, type EntryPoint, type Program } from './program.ts';

/** Targets that are no extensions. QUEUE is NFQUEUE with number 0 (net/netfilter/core.c NF_QUEUE). */
const PLAIN_ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['ACCEPT', { effects: [], verdict: 'ACCEPT' }],
  ['DROP', { effects: [], verdict: 'DROP' }],
  ['RETURN', { effects: [], verdict: 'RETURN' }],
  ['QUEUE', { effects: [{ op: 'queue', number: 0, bypass: false }], verdict: 'QUEUE' }],
]);

export function compile(node: Node): Program {
  const assembler = new Assembler();
  const rules: CompiledRule[] = [];
  const chains: CompiledChain[] = [];
  const entryPoints: EntryPoint[] = [];
  const start: number[] = [];
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
    const compiled = new Set<number>();
    for (const chain of table.chains) {
      const chainIndex = names.get(chain.name) as number;
      if (compiled.has(chainIndex)) continue;
      compiled.add(chainIndex);
      const contextFor = ruleContexts(node, table, chain.name);
      for (const rule of chain.rules) {
        const { clauses, action, to, end } = compileRule(rule, { context: contextFor(protocolOf(rule)), chains: names, refused: node.refused, requires: requires[table.family] });
        start.push(assembler.position);
        assembler.rule(clauses);
        rules.push({ rule, chain: chainIndex, clauses, action, to, end, targetText: rule.target ? targetText(rule) : null });
      }
    }
  }
  start.push(assembler.position);
  return { code: assembler.code(), start: Int32Array.from(start), pool: assembler.pool, rules, chains, entryPoints, requires };
}

export function targetText(rule: Rule): string {
  return rule.target ? rule.target.text : '';
}

interface Compiled {
  readonly clauses: readonly Clause[];
  readonly action: Action | null;
  readonly to: number;
  readonly end: number;
}

interface Linking {
  readonly context: CompileContext;
  readonly chains: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<ExtensionUse, string>;
  /** What the rules need of the node is added to it. */
  readonly requires: Set<Requirement>;
}

function compileRule(rule: Rule, linking: Linking): Compiled {
  const { header, matches, target, broken } = rule;
  const { end, unknown } = compileEnd(target, linking);
  for (const use of matches) addNeeds(linking.requires, findMatch(use.name), use);
  if (broken !== null) {
    // Even what could be read is not asked: a "!" or an option that was not understood may turn it round.
    const clause: Clause = { text: rule.source, negated: false, any: [{ op: 'constant', value: UNKNOWN, reason: broken }] };
    return { clauses: [clause], ...(target ? end : beyond('')) };
  }
  const clauses: Clause[] = [];
  const { context, refused } = linking;
  const refusedHeader = refused.get(header);
  if (refusedHeader !== undefined) clauses.push(unmodelled(header, refusedHeader));
  else for (const clause of ip.compile(header.uses, context)) clauses.push(clause);
  for (const use of matches) {
    const match = use.known ? findMatch(use.name) : undefined;
    const reason = refused.get(use);
    if (reason !== undefined) clauses.push(unmodelled(use, reason));
    else if (!match) clauses.push(unmodelled(use, `the match "${use.name}" is not modelled`));
    else for (const clause of match.compile(use.uses, context)) clauses.push(clause);
  }
  if (target && unknown !== null) clauses.push(unmodelled(target, unknown));
  return { clauses, ...end };
}

type End = Omit<Compiled, 'clauses'>;

/** A target that is not known, or that no kernel takes there, may do anything: whoever assumes that its rule matches learns that the packet is in its hands. */
function beyond(target: string): End {
  return { action: { effects: [{ op: 'unmodelled', what: target, changes: [] }], verdict: 'STOLEN' }, to: -1, end: END.action };
}

/** `unknown`: why nobody knows whether and how the target acts; null where it is known. */
function compileEnd(target: TargetUse | null, { context, chains, refused, requires }: Linking): { readonly end: End; readonly unknown: string | null } {
  if (!target) return { end: { action: null, to: -1, end: END.none }, unknown: null };
  const extension = target.isChain ? undefined : findTarget(target.name);
  addNeeds(requires, extension, target);
  const to = target.isChain ? chains.get(target.name) : undefined;
  const plain = target.isChain ? undefined : PLAIN_ACTIONS.get(target.name);
  const unknown =
    refused.get(target) ??
    (target.isChain
      ? to === undefined
        ? `there is no chain "${target.name}"`
        : null
      : plain || (extension && target.known)
        ? null
        : `the target "${target.name}" is not modelled`);
  if (unknown !== null) return { end: beyond(target.text), unknown };
  if (to !== undefined) return { end: { action: null, to, end: target.verb === 'goto' ? END.goto : END.jump }, unknown };
  return { end: { action: plain ?? (extension as TargetExtension).compile(target.uses, context), to: -1, end: END.action }, unknown };
}

function unmodelled(use: ExtensionUse, reason: string): Clause {
  return { text: use.text, negated: false, any: [{ op: 'constant', value: UNKNOWN, reason }] };
}

/** An extension whose options could not be read needs what it needs whatever they are. */
function addNeeds(to: Set<Requirement>, extension: MatchExtension | TargetExtension | undefined, { known, uses }: ExtensionUse): void {
  const requires = extension?.requires;
  if (!requires || (typeof requires === 'function' && !known)) return;
  for (const need of typeof requires === 'function' ? requires(uses as never) : requires) to.add(need);
}

/** Contexts of one chain, by the protocol a rule names. */
function ruleContexts(node: Node, table: Table, chain: string): (protocol: number | null) => CompileContext {
  const set: CompileContext['set'] = (name) => {
    if (!node.sets) return undefined;
    const found = node.sets.get(name);
    if (!found) return null;
    return { type: found.type, family: found.family, dimensions: findSetType(found.type)?.dimensions ?? 1 };
  };
  const contexts = new Map<number | null, CompileContext>();
  return (protocol) => {
    let context = contexts.get(protocol);
    if (!context) {
      context = { family: table.family, table: table.name, chain, set, protocol };
      contexts.set(protocol, context);
    }
    return context;
  };
}
