/**
 * The compiled form of a node's rules: names linked to numbers, rules in one flat array, tests as integers. Read by the
 * interpreter (walk/test) and by the analyses; it is derived, so it is never saved. 100,000 rules are 100,000 small
 * objects for what people see, and typed arrays for what the walk reads, filled as rules are looked at.
 */

import type { Requirement } from '../extension/index.ts';
import type { Hook, TableName } from '../model/hook.ts';
import type { Backend, Rule, RuleAddress } from '../model/rule.ts';
import type { Action, Clause } from '../model/test.ts';
import type { Family } from '../net/address.ts';
import { Assembler } from './assemble.ts';

/** How a rule ends when it matches. */
export const END = { action: 0, jump: 1, goto: 2, none: 3 } as const;

export interface CompiledRule {
  readonly rule: Rule;
  readonly chain: number;
  readonly clauses: readonly Clause[];
  /** The same for whoever decides and tells nothing: without texts, unless made already. An opaque test is the very one of `clauses`, since its answer goes by it. */
  readonly tests: readonly Clause[];
  /** For `END.action`; a rule without target has none. */
  readonly action: Action | null;
  /** Chain index for jump and goto, else -1. */
  readonly to: number;
  readonly end: number;
  /** Text after `-j` or `-g`, null if there is none. */
  readonly targetText: string | null;
}

export interface CompiledChain {
  readonly index: number;
  readonly family: Family;
  readonly backend: Backend;
  readonly table: TableName;
  readonly name: string;
  readonly policy: 'ACCEPT' | 'DROP' | null;
  /** Index of its first rule in `Program.rules`. */
  readonly first: number;
  readonly count: number;
  readonly line: number;
}

/** A table's entry at a hook. */
export interface EntryPoint {
  readonly family: Family;
  readonly backend: Backend;
  /** As of the table. */
  readonly writtenBy: Backend;
  readonly table: TableName;
  readonly hook: Hook;
  readonly chain: number;
}

export class Program {
  readonly rules: readonly CompiledRule[];
  readonly chains: readonly CompiledChain[];
  readonly entryPoints: readonly EntryPoint[];
  /** What the loaded rules turn on, per family. */
  readonly requires: Readonly<Record<Family, ReadonlySet<Requirement>>>;
  /** Some rule looks into a set. */
  readonly asksSets: boolean;
  /** Instructions of the rules looked at so far, `WIDTH` words each. Replaced by a larger one as rules are added. */
  code: Int32Array;
  /** Rule index to its first instruction, -1 where it has none yet (`firstOf`); and to the one behind its last. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  private readonly assembler = new Assembler();

  constructor(rules: readonly CompiledRule[], chains: readonly CompiledChain[], entryPoints: readonly EntryPoint[], requires: Program['requires'], asksSets: boolean) {
    this.rules = rules;
    this.chains = chains;
    this.entryPoints = entryPoints;
    this.requires = requires;
    this.asksSets = asksSets;
    this.code = this.assembler.code;
    this.start = new Int32Array(rules.length).fill(-1);
    this.end = new Int32Array(rules.length);
  }

  /** What instructions refer to: tests, masks, ranges. */
  get pool(): readonly unknown[] {
    return this.assembler.pool;
  }

  /** First instruction of a rule, which has them from then on. `code` may be another one afterwards. */
  firstOf(ruleIndex: number): number {
    const known = this.start[ruleIndex] as number;
    if (known >= 0) return known;
    const { assembler } = this;
    const first = assembler.position;
    assembler.rule((this.rules[ruleIndex] as CompiledRule).tests);
    this.code = assembler.code;
    this.start[ruleIndex] = first;
    this.end[ruleIndex] = assembler.position;
    return first;
  }
}

export function ruleAddress(program: Program, ruleIndex: number): RuleAddress {
  const { rule, chain } = program.rules[ruleIndex] as CompiledRule;
  return chainAddress(program.chains[chain] as CompiledChain, rule.number);
}

/** Address of position `number` of a chain: a rule, or the policy at number of rules + 1. */
export function chainAddress(chain: CompiledChain, number: number): RuleAddress {
  return { family: chain.family, backend: chain.backend, table: chain.table, chain: chain.name, number };
}
