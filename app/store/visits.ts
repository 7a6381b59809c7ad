/**
 * Visits: the walk of one chain from its first rule to its end, with what became of each rule. Derived from the flat
 * steps; a chain that is entered twice has two visits.
 */

import type { StepView, TraceView } from '../worker/messages.ts';

export interface VisitResult {
  readonly first: number;
  readonly last: number;
  readonly result: 'matched' | 'missed' | 'unknown';
  /** Index of the step. */
  readonly step: number;
}

export interface Visit {
  readonly index: number;
  readonly table: string;
  readonly chain: string;
  readonly hook: string;
  readonly pass: number;
  readonly depth: number;
  /** Visit it was called from, and the number of the rule that called; null at a hook. */
  readonly caller: { readonly visit: number; readonly rule: number } | null;
  /** Steps of this visit and of what it called: [first, last]. */
  readonly steps: readonly [number, number];
  /** In order of rules: only rules that were looked at. */
  readonly results: readonly VisitResult[];
}

export interface Visits {
  readonly list: readonly Visit[];
  /** For each step the index of its visit, -1 where the step is not of a table. */
  readonly ofStep: readonly number[];
}

type Draft = { -readonly [K in keyof Visit]: Visit[K] } & { results: VisitResult[]; steps: [number, number] };

const cache = new WeakMap<TraceView, Visits>();

export function visitsOf(trace: TraceView): Visits {
  const known = cache.get(trace);
  if (known) return known;
  const visits = readVisits(trace.steps);
  cache.set(trace, visits);
  return visits;
}

export function readVisits(steps: readonly StepView[]): Visits {
  const list: Draft[] = [];
  const ofStep: number[] = [];
  let stack: Draft[] = [];
  for (const step of steps) {
    if (!('chain' in step)) {
      // Between the tables: every chain has ended.
      stack = [];
      ofStep.push(-1);
      continue;
    }
    stack.length = Math.min(stack.length, step.depth + 1);
    let top = stack[step.depth];
    const same = top && top.table === step.table && top.chain === step.chain && top.hook === step.hook && top.pass === step.pass;
    // Rule numbers only grow within a visit; a smaller one is a new visit of the same chain.
    const goesOn = same && top && step.rule > (top.results.at(-1)?.last ?? 0);
    if (!top || !goesOn) {
      const above = stack[step.depth - 1] ?? null;
      top = {
        index: list.length,
        table: step.table,
        chain: step.chain,
        hook: step.hook,
        pass: step.pass,
        depth: step.depth,
        caller: above ? { visit: above.index, rule: above.results.at(-1)?.last ?? 0 } : null,
        steps: [step.index, step.index],
        results: [],
      };
      list.push(top);
      stack.length = Math.min(stack.length, step.depth);
      stack[step.depth] = top;
    }
    for (const frame of stack) if (frame) frame.steps[1] = step.index;
    if (step.kind === 'misses') top.results.push({ first: step.rule, last: step.last, result: 'missed', step: step.index });
    else if (step.kind === 'rule') top.results.push({ first: step.rule, last: step.rule, result: step.matched === 'true' ? 'matched' : 'unknown', step: step.index });
    ofStep.push(top.index);
  }
  return { list, ofStep };
}

/** The chain of calls that leads to a visit, outermost first, itself last. */
export function callStack(visits: Visits, index: number): readonly Visit[] {
  const stack: Visit[] = [];
  for (let at = visits.list[index]; at; at = at.caller ? visits.list[at.caller.visit] : undefined) stack.unshift(at);
  return stack;
}

/** The visit of a chain to show: the one that a step is in, else the first after it, else the last before it; null if it is not visited. */
export function visitOfChain(visits: Visits, table: string, chain: string, step: number): Visit | null {
  const own = visits.list.filter((visit) => visit.table === table && visit.chain === chain);
  return own.find(({ steps: [first, last] }) => first <= step && step <= last) ?? own.find(({ steps: [first] }) => first > step) ?? own.at(-1) ?? null;
}

/** The step at which a rule is looked at after `step`, from the first again behind the last; null if it never is. */
export function nextLookAt(visits: Visits, place: { readonly table: string; readonly chain: string; readonly rule: number }, step: number): number | null {
  const looks = visits.list
    .filter((visit) => visit.table === place.table && visit.chain === place.chain)
    .flatMap(({ results }) => results.filter(({ first, last }) => first <= place.rule && place.rule <= last).map((result) => result.step));
  return looks.find((one) => one > step) ?? looks[0] ?? null;
}

/** How often each rule of a chain matched on the whole way. */
export function matchesOf(visits: Visits, table: string, chain: string): ReadonlyMap<number, number> {
  const hits = new Map<number, number>();
  for (const visit of visits.list)
    if (visit.table === table && visit.chain === chain) for (const { first, result } of visit.results) if (result === 'matched') hits.set(first, (hits.get(first) ?? 0) + 1);
  return hits;
}
