/** Stops of the cursor: where stepping at each altitude halts, and which steps change something. */

import { targetName } from './handling.ts';
import type { ChainSummary, NodeSummary, StepView, TraceView } from '../worker/messages.ts';

/** A rule: `table` is the key of a table (`nat`, `ip6:nat`). */
export interface RulePlace {
  readonly table: string;
  readonly chain: string;
  readonly rule: number;
}

/** The chain at a place; null where the node has none, or none is known. */
export function chainOf(node: NodeSummary | null, { table, chain }: Pick<RulePlace, 'table' | 'chain'>): ChainSummary | null {
  return node?.tables.find(({ key }) => key === table)?.chains.find(({ name }) => name === chain) ?? null;
}

/** First step at which a rule was looked at, null if it was not. */
export function stepAtRule(trace: TraceView, { table, chain, rule }: RulePlace): number | null {
  const found = stepsByChain(trace)
    .get(`${table}/${chain}`)
    ?.find((step) => step.rule <= rule && (step.kind === 'misses' ? step.last : step.rule) >= rule);
  return found?.index ?? null;
}

type StepInChain = Extract<StepView, { readonly chain: string }>;
const byChain = new WeakMap<TraceView['steps'], ReadonlyMap<string, readonly StepInChain[]>>();

/** Steps at rules, by table and chain: told once for each trace, since thousands of rules may ask. */
function stepsByChain({ steps }: TraceView): ReadonlyMap<string, readonly StepInChain[]> {
  const known = byChain.get(steps);
  if (known) return known;
  const found = new Map<string, StepInChain[]>();
  for (const step of steps) {
    if (!('chain' in step)) continue;
    const key = `${step.table}/${step.chain}`;
    const list = found.get(key);
    if (list) list.push(step);
    else found.set(key, [step]);
  }
  byChain.set(steps, found);
  return found;
}

/**
 * `hook`: one stop per table, look-up or decision of a hook; `rule`: every step, misses folded; `test`: every test of
 * every rule, and what a target does (parts.ts).
 */
export type Altitude = 'hook' | 'rule' | 'test';
export const ALTITUDES: readonly Altitude[] = ['hook', 'rule', 'test'];

/** Where the cursor is: a step; of a run of misses perhaps one rule; of a rule one of its parts, from 0. */
export interface Stop {
  readonly step: number;
  readonly rule: number | null;
  readonly part: number;
}

/** A change step alters packet, mark, conntrack, set, route or verdict. */
export function isChange(step: StepView): boolean {
  switch (step.kind) {
    case 'rule':
      return step.effects.some(({ from, to }) => from !== to) || (step.target !== null && /^(ACCEPT|DROP|REJECT|QUEUE|NFQUEUE)\b/.test(step.target)) || step.matched === 'unknown';
    case 'policy':
      return step.verdict === 'DROP';
    case 'conntrack':
      return step.event !== 'lookup';
    case 'misses':
    case 'return':
      return false;
    default:
      return true;
  }
}

/**
 * Stop on the map that a step belongs to: `PREROUTING/nat`, `POSTROUTING/confirm`; between the hooks `route/PREROUTING`,
 * `route/OUTPUT`, `tunnel/out`, `tunnel/in` (delivered to a tunnel of the node), `lo/` (goes round).
 */
export function stopOf(step: StepView): string {
  const { hook, within } = step;
  if (step.kind === 'rule' && step.matched === 'true' && targetName(step.target) === 'TPROXY') return `${hook}/tproxy`;
  if ('chain' in step) return `${hook}/${step.table.slice(step.table.lastIndexOf(':') + 1)}`;
  // After these tables OUTPUT may look up the route again; what fails there is a drop.
  const reroute = step.kind === 'route' || step.kind === 'drop';
  if (reroute && hook === 'OUTPUT' && (within === 'mangle' || within === 'nat')) return `${hook}/reroute-${within}`;
  if (within === 'ipvs-request' || within === 'ipvs-reply') return `${hook}/ipvs`;
  if (within !== null) return `${hook}/${within}`;
  if (step.kind === 'encap') return hook === 'INPUT' ? 'tunnel/in' : 'tunnel/out';
  if (step.kind === 'drop' && hook === 'POSTROUTING') return 'lo/';
  return `route/${hook === 'OUTPUT' ? 'OUTPUT' : 'PREROUTING'}`;
}

export function stops(trace: TraceView, altitude: Altitude): readonly number[] {
  if (altitude !== 'hook') return trace.steps.map((step) => step.index);
  const found: number[] = [];
  let last = '';
  for (const step of trace.steps) {
    const stop = `${step.pass}:${stopOf(step)}`;
    if (stop !== last) found.push(step.index);
    last = stop;
  }
  return found;
}

export function nextStop(trace: TraceView, from: number, altitude: Altitude): number {
  return stops(trace, altitude).find((step) => step > from) ?? Math.max(0, trace.steps.length - 1);
}

export function previousStop(trace: TraceView, from: number, altitude: Altitude): number {
  return stops(trace, altitude).findLast((step) => step < from) ?? 0;
}

export function nextChange(trace: TraceView, from: number): number {
  return trace.steps.find((step) => step.index > from && isChange(step))?.index ?? Math.max(0, trace.steps.length - 1);
}

export function previousChange(trace: TraceView, from: number): number {
  return trace.steps.findLast((step) => step.index < from && isChange(step))?.index ?? 0;
}

/** Number that a rule has after an edit of the rules, null if it is gone. */
export type Renumber = (place: RulePlace) => number | null;

/**
 * Where the cursor goes when the packet or the rules changed: the same rule if it is still visited, else the same hook. `chosen`: the rule
 * that was looked at in a run of misses; `rule` is where that one is now.
 */
export function carryCursor(
  before: TraceView | undefined,
  step: number,
  after: TraceView,
  renumber: Renumber = ({ rule }) => rule,
  chosen: number | null = null,
): { readonly step: number; readonly kept: 'rule' | 'hook' | 'none'; readonly rule?: RulePlace } {
  const was = before?.steps[step];
  if (!was) return { step: 0, kept: 'none' };
  const stop = stopOf(was);
  if ('chain' in was) {
    // Of a run that is looked at as a whole either end will do: an edit may have taken the other.
    const last = was.kind === 'misses' ? was.last : was.rule;
    for (const number of chosen === null ? [was.rule, last] : [chosen]) {
      const place = { ...was, rule: number };
      const rule = renumber(place);
      const same = stepWith({ ...place, rule }, after);
      if (same && rule !== null) return { step: same.index, kept: 'rule', ...(chosen !== null && same.kind === 'misses' && { rule: { ...place, rule } }) };
    }
  } else {
    const same = after.steps.find((candidate) => candidate.kind === was.kind && stopOf(candidate) === stop);
    if (same) return { step: same.index, kept: 'rule' };
  }
  const near =
    caller(before, was, after, renumber) ??
    after.steps.find((candidate) => stopOf(candidate) === stop) ??
    after.steps.findLast((candidate) => candidate.hook === was.hook) ??
    after.steps.at(-1);
  return { step: near?.index ?? 0, kept: 'hook' };
}

/** The step of the nearest rule that led to a step, where it is still visited. */
function caller(before: TraceView | undefined, was: StepView, after: TraceView, renumber: Renumber): StepView | undefined {
  let { depth } = was;
  for (let i = was.index - 1; i >= 0 && depth > 0; i--) {
    const step = before?.steps[i];
    if (!step || !('chain' in step) || step.hook !== was.hook) return undefined;
    if (step.depth >= depth) continue;
    depth = step.depth;
    const found = stepWith({ ...step, rule: renumber(step) }, after);
    if (found) return found;
  }
  return undefined;
}

/** The first step at a rule, at that hook; `rule` null: it is gone. */
function stepWith({ table, chain, hook, rule }: Pick<StepInChain, 'table' | 'chain' | 'hook'> & { readonly rule: number | null }, { steps }: TraceView): StepView | undefined {
  if (rule === null) return undefined;
  return steps.find(
    (one) => 'chain' in one && one.table === table && one.chain === chain && one.hook === hook && one.rule <= rule && (one.kind === 'misses' ? one.last : one.rule) >= rule,
  );
}

/** Is one run of rules that do not match the beginning of another? The rule behind it is what differs. */
const endsSooner = (run: StepView, other: StepView): boolean =>
  run.kind === 'misses' && other.kind === 'misses' && run.table === other.table && run.chain === other.chain && run.rule === other.rule && run.last < other.last;

/** First step that differs between two traces, null where they are alike. */
export function firstDifference(before: TraceView, after: TraceView): number | null {
  const sign = (step: StepView): string => {
    if (!('chain' in step)) return `${step.kind} ${stopOf(step)}`;
    const { kind, table, chain, rule, last, matched, target, verdict } = step as StepInChain & {
      readonly last?: number;
      readonly matched?: string;
      readonly target?: string | null;
      readonly verdict?: string;
    };
    return [kind, table, chain, rule, last, matched, target, verdict].join();
  };
  const count = Math.max(before.steps.length, after.steps.length);
  for (let i = 0; i < count; i++) {
    const [a, b] = [before.steps[i], after.steps[i]];
    if (!a || !b || sign(a) !== sign(b)) return Math.min(a && b && endsSooner(b, a) ? i + 1 : i, after.steps.length - 1);
  }
  return null;
}
