/** Which stages and stops of the hook map a packet met, in what order, and why it passed some by. Derived from a trace. */

import type { NodeSummary, TraceView } from '../worker/messages.ts';
import { stopOf } from './cursor.ts';

export type StopState = 'now' | 'taken' | 'skipped-nat' | 'idle' | 'absent' | 'not-reached';

export interface StopFact {
  readonly state: StopState;
  /** First step there; null if there is none. */
  readonly first: number | null;
}

export interface PathFacts {
  /** By stop id (`PREROUTING/nat`). */
  readonly stop: (id: string) => StopFact;
  /** First step at a stage, null if it was not met. */
  readonly stage: (id: string) => number | null;
  /** Stages in the order met, links included. */
  readonly order: readonly string[];
  /** `from>to` of stages that followed each other. */
  readonly ways: ReadonlySet<string>;
  readonly nowStage: string | null;
  readonly pass: number;
}

/** Tables of each hook; the others on the map are not tables. */
const TABLES = new Set(['raw', 'mangle', 'nat', 'filter', 'security']);

/** Stage of the map that a stop lies in. */
export function stageOfStop(stop: string): string {
  const [head = '', tail = ''] = stop.split('/');
  if (head === 'route') return tail === 'PREROUTING' || tail === 'INPUT' || tail === 'FORWARD' ? 'route' : 'route-out';
  return head;
}

/**
 * `edges` are the ways of the map. A hook without a table leaves no step, yet the packet went through it: stages between
 * two that were met are filled in.
 */
export function pathOf(trace: TraceView | null, node: NodeSummary | null, step: number, edges: Edges): PathFacts {
  const first = new Map<string, number>();
  const stages = new Map<string, number>();
  const met: string[] = [];
  const steps = trace?.steps ?? [];
  if (trace) met.push(trace.packet.in ? 'in' : 'local');
  for (const one of steps) {
    const stop = stopOf(one);
    const stage = stageOfStop(stop);
    if (!first.has(stop)) first.set(stop, one.index);
    if (!stages.has(stage)) stages.set(stage, one.index);
    if (met.at(-1) !== stage && !(stage === 'route' && met.includes('OUTPUT'))) met.push(stage);
  }
  if (trace) {
    const { verdict } = trace.outcome;
    if (verdict === 'forwarded' || verdict === 'sent') met.push('out');
    if (verdict === 'delivered') met.push('local');
  }
  const order = filled(met, edges);
  const current = steps[step];
  const now = current ? stopOf(current) : null;
  const ways = new Set(order.slice(1).map((stage, i) => `${order[i]}>${stage}`));

  function stop(id: string): StopFact {
    const [hook = '', name = ''] = id.split('/');
    const at = first.get(id) ?? null;
    if (now === id) return { state: 'now', first: at };
    if (at !== null) return { state: 'taken', first: at };
    if (TABLES.has(name) && node && !hasTable(node, name, hook)) return { state: 'absent', first: null };
    // Something later happened: the stop was passed by, not missed because the packet ended before it.
    const wentOn = (order.indexOf(hook) >= 0 && order.indexOf(hook) < order.length - 1) || false;
    if (!wentOn) return { state: 'not-reached', first: null };
    return { state: name === 'nat' ? 'skipped-nat' : 'idle', first: null };
  }

  return { stop, stage: (id) => stages.get(id) ?? null, order, ways, nowStage: now === null ? null : stageOfStop(now), pass: current?.pass ?? 1 };
}

type Edges = readonly (readonly [string, string])[];

/** Stages with those in between that the map leads through; a step without a way between them stays a leap. */
function filled(met: readonly string[], edges: Edges): readonly string[] {
  return met.flatMap((stage, i) => {
    const before = met[i - 1];
    return before === undefined ? [stage] : [...between(before, stage, edges), stage];
  });
}

/** Stages strictly between two on the shortest way, none if there is no way. */
function between(from: string, to: string, edges: Edges): readonly string[] {
  let ways: (readonly string[])[] = [[from]];
  const seen = new Set([from]);
  while (ways.length > 0) {
    const next: (readonly string[])[] = [];
    for (const way of ways)
      for (const [a, b] of edges) {
        if (a !== way.at(-1)) continue;
        if (b === to) return way.slice(1);
        if (!seen.has(b)) next.push([...way, b]);
        seen.add(b);
      }
    ways = next;
  }
  return [];
}

function hasTable(node: NodeSummary, name: string, hook: string): boolean {
  return node.tables.some((table) => table.name === name && table.chains.some((chain) => chain.name === hook));
}
