/**
 * Rules to a program: names become references, what the rules need of the node (tracking, defragmentation: on demand, as
 * in the kernel) is collected. What cannot be read, is refused (`Node.refused`) or is not modelled stays in its place and
 * is unknown in a walk; one bad rule does not hide the others. All rules are linked at once; what a rule tests and does is
 * compiled when it is first looked at, since of a large rule set one packet meets few.
 *
 * Source: Linux 6.18 net/ipv4/netfilter/ip_tables.c, translate_table(); nf_conntrack_netns_get().
 */

import { protocolOf } from '../extension/check.ts';
import { findMatch, findTarget, type CompileContext, type MatchExtension, type Requirement, type TargetExtension } from '../extension/index.ts';
import { ip } from '../extension/match/ip.ts';
import { findSetType } from '../extension/settype/index.ts';
import { BUILTIN_CHAINS, type Hook } from '../model/hook.ts';
import type { Node } from '../model/node.ts';
import type { Chain, ExtensionUse, Rule, Table, TargetUse } from '../model/rule.ts';
import { UNKNOWN, type Action, type Clause } from '../model/test.ts';
import type { Family } from '../net/address.ts';
import { END, Program, type CompiledChain, type CompiledRule, type EntryPoint } from './program.ts';

/** Targets that are no extensions. QUEUE is NFQUEUE with number 0 (net/netfilter/core.c NF_QUEUE). */
const PLAIN_ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['ACCEPT', { effects: [], verdict: 'ACCEPT' }],
  ['DROP', { effects: [], verdict: 'DROP' }],
  ['RETURN', { effects: [], verdict: 'RETURN' }],
  ['QUEUE', { effects: [{ op: 'queue', number: 0, bypass: false }], verdict: 'QUEUE' }],
]);

export function compile(node: Node): Program {
  const rules: LinkedRule[] = [];
  const chains: CompiledChain[] = [];
  const entryPoints: EntryPoint[] = [];
  const requires: Record<Family, Set<Requirement>> = { ipv4: new Set(), ipv6: new Set() };
  const set = setsOf(node);
  let asksSets = false;
  for (const table of node.tables) {
    const builtin: readonly string[] = BUILTIN_CHAINS[table.name];
    const names = new Map<string, number>();
    const own: Chain[] = [];
    let first = rules.length;
    for (const chain of table.chains) {
      if (names.has(chain.name)) continue;
      const index = chains.length;
      const { name, policy, line } = chain;
      const count = chain.rules.length;
      names.set(name, index);
      own.push(chain);
      chains.push({ index, family: table.family, backend: table.backend, table: table.name, name, policy, first, count, line });
      first += count;
      if (builtin.includes(name))
        entryPoints.push({ family: table.family, backend: table.backend, writtenBy: table.writtenBy, table: table.name, hook: name as Hook, chain: index });
    }
    for (const chain of own) {
      const place = new Place(table, chain.name, names, node.refused, set);
      const index = names.get(chain.name) as number;
      for (const rule of chain.rules) {
        const { target, matches } = rule;
        if (target) addNeeds(requires[table.family], extensionOf(target), target);
        for (const use of matches) {
          addNeeds(requires[table.family], findMatch(use.name), use);
          asksSets ||= use.name === 'set' && use.known && rule.broken === null && !node.refused.has(use);
        }
        rules.push(new LinkedRule(rule, index, place));
      }
    }
  }
  return new Program(rules, chains, entryPoints, requires, asksSets);
}

/** What the rules of one chain have in common. */
class Place {
  readonly chains: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<ExtensionUse, string>;
  private readonly table: Table;
  private readonly chain: string;
  private readonly set: CompileContext['set'];
  /** By the protocol that a rule names: for clauses with their texts, and without. */
  private readonly contexts = new Map<number | null, CompileContext>();
  private readonly wordless = new Map<number | null, CompileContext>();

  constructor(table: Table, chain: string, chains: ReadonlyMap<string, number>, refused: ReadonlyMap<ExtensionUse, string>, set: CompileContext['set']) {
    this.table = table;
    this.chain = chain;
    this.chains = chains;
    this.refused = refused;
    this.set = set;
  }

  context(protocol: number | null, wordless: boolean): CompileContext {
    const contexts = wordless ? this.wordless : this.contexts;
    let context = contexts.get(protocol);
    if (!context) {
      context = {
        family: this.table.family,
        table: this.table.name,
        chain: this.chain,
        set: this.set,
        protocol,
        wordless,
        backend: this.table.writtenBy,
        nativeMatches: this.table.nativeMatches,
      };
      contexts.set(protocol, context);
    }
    return context;
  }
}

function setsOf({ sets }: Node): CompileContext['set'] {
  return (name) => {
    if (!sets) return undefined;
    const found = sets.get(name);
    if (!found) return null;
    return { type: found.type, family: found.family, dimensions: findSetType(found.type)?.dimensions ?? 1 };
  };
}

/** A rule whose jump is known; its clauses and its action are made when they are first asked for. */
class LinkedRule implements CompiledRule {
  readonly rule: Rule;
  readonly chain: number;
  readonly to: number;
  readonly end: number;
  private readonly place: Place;
  private told: readonly Clause[] | null = null;
  private acts: Action | null = null;

  constructor(rule: Rule, chain: number, place: Place) {
    const { target, broken } = rule;
    this.rule = rule;
    this.chain = chain;
    this.place = place;
    const to = target?.isChain && !place.refused.has(target) ? place.chains.get(target.name) : undefined;
    this.to = to ?? -1;
    this.end = to !== undefined ? (target?.verb === 'goto' ? END.goto : END.jump) : target || broken !== null ? END.action : END.none;
  }

  get clauses(): readonly Clause[] {
    this.told ??= this.make(false);
    return this.told;
  }

  get tests(): readonly Clause[] {
    if (this.told) return this.told;
    const tests = this.make(true);
    return tests.some(({ any }) => any.some(({ op }) => op === 'opaque')) ? this.clauses : tests;
  }

  get action(): Action | null {
    if (this.end !== END.action) return null;
    const { target } = this.rule;
    this.acts ??= !target || this.unknownTarget(target) !== null ? beyond(target?.text ?? '') : actionOf(target, this.place.context(protocolOf(this.rule), false));
    return this.acts;
  }

  get targetText(): string | null {
    return this.rule.target?.text ?? null;
  }

  private make(wordless: boolean): readonly Clause[] {
    const { rule, place } = this;
    const { header, matches, target, broken } = rule;
    // Even what could be read is not asked: a "!" or an option that was not understood may turn it round.
    if (broken !== null) return [{ text: rule.source, negated: false, any: [{ op: 'constant', value: UNKNOWN, reason: broken }] }];
    const context = place.context(protocolOf(rule), wordless);
    const clauses: Clause[] = [];
    const refusedHeader = place.refused.get(header);
    if (refusedHeader !== undefined) clauses.push(unmodelled(header, refusedHeader));
    else for (const clause of ip.compile(header.uses, context)) clauses.push(clause);
    for (const use of matches) {
      const match = use.known ? findMatch(use.name) : undefined;
      const reason = place.refused.get(use);
      if (reason !== undefined) clauses.push(unmodelled(use, reason));
      else if (!match) clauses.push(unmodelled(use, `the match "${use.name}" is not modelled`));
      else for (const clause of match.compile(use.uses, context)) clauses.push(clause);
    }
    const unknown = target && this.unknownTarget(target);
    if (target && unknown !== null) clauses.push(unmodelled(target, unknown));
    return clauses;
  }

  /** Why nobody knows whether and how the target acts; null where it is known. */
  private unknownTarget(target: TargetUse): string | null {
    const refused = this.place.refused.get(target);
    if (refused !== undefined) return refused;
    if (target.isChain) return this.to < 0 ? `there is no chain "${target.name}"` : null;
    return PLAIN_ACTIONS.has(target.name) || (findTarget(target.name) && target.known) ? null : `the target "${target.name}" is not modelled`;
  }
}

/** A target that is not known, or that no kernel takes there, may do anything: whoever assumes that its rule matches learns that the packet is in its hands. */
const beyond = (target: string): Action => ({ effects: [{ op: 'unmodelled', what: target, changes: [] }], verdict: 'BEYOND' });

const extensionOf = (target: TargetUse): TargetExtension | undefined => (target.isChain ? undefined : findTarget(target.name));

const actionOf = (target: TargetUse, context: CompileContext): Action => PLAIN_ACTIONS.get(target.name) ?? (extensionOf(target) as TargetExtension).compile(target.uses, context);

function unmodelled(use: ExtensionUse, reason: string): Clause {
  return { text: use.text, negated: false, any: [{ op: 'constant', value: UNKNOWN, reason }] };
}

/** An extension whose options could not be read needs what it needs whatever they are. */
function addNeeds(to: Set<Requirement>, extension: MatchExtension | TargetExtension | undefined, { known, uses }: ExtensionUse): void {
  const requires = extension?.requires;
  if (!requires || (typeof requires === 'function' && !known)) return;
  for (const need of typeof requires === 'function' ? requires(uses) : requires) to.add(need);
}
