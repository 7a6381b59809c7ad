/**
 * Which stages and stops of the hook map a packet met, pass by pass, and why it passed some by. Derived from a trace. A
 * packet begins another pass where lo gives it back, and where IPVS sends it on through OUTPUT.
 */

import type { CausedView, NodeSummary, StepView, TraceView } from '../worker/messages.ts';
import { stopOf } from './cursor.ts';
import { doubtfulFrom } from './doubt.ts';

type StopState = 'now' | 'taken' | 'other-pass' | 'skipped' | 'not-reached';

/** Why the packet passed a stop by, or did not come to it. */
type StopReason =
  | 'nat-decided'
  | 'not-tracked'
  | 'invalid'
  | 'no-table'
  | 'no-tracking'
  | 'has-entry'
  | 'own-entry'
  | 'confirmed'
  | 'no-entry'
  | 'same-route'
  | 'same-destination'
  | 'no-service'
  | 'handled'
  | 'no-tproxy-rule'
  | 'no-tunnel'
  | 'nothing'
  | 'sent-on'
  | 'ended';

export interface StopFact {
  readonly state: StopState;
  /** What became of it in this pass alone. */
  readonly here: Exclude<StopState, 'other-pass'>;
  /** Null where there is nothing to explain. */
  readonly reason: StopReason | null;
  /** First step there in this pass, else in another one; null if there is none. */
  readonly first: number | null;
  /** Passes that took it, in order. */
  readonly passes: readonly number[];
  /** The packet ends here. */
  readonly end: boolean;
  /** It hangs on what is not known whether the packet comes here. */
  readonly doubtful: boolean;
  /** Packets that were made here, by their place among the trace's. */
  readonly made: readonly number[];
}

/** How a pass begins or ends: at a link, at a process, at lo, where IPVS sends on, or where the packet ends. */
type PassEnd = 'in' | 'local' | 'lo' | 'ipvs' | 'made' | 'out' | 'nowhere' | 'unknown';

export interface PassFacts {
  /** As in the steps, from 1. */
  readonly number: number;
  readonly begins: PassEnd;
  readonly ends: PassEnd;
  /** Stages in the order met, links included. */
  readonly order: readonly string[];
  /** Its first step. */
  readonly step: number;
  /** As `PathFacts.stop`, with this pass as the current one. */
  readonly stop: (id: string) => StopFact;
  /** First step at a stage in this pass, null if it was passed without one. */
  readonly stage: (id: string) => number | null;
}

/** What the node has, or the packet met, of the stops that not every node has. */
export interface Extras {
  readonly tproxy: boolean;
  readonly ipvs: boolean;
  readonly tunnel: boolean;
  readonly lateSecurity: boolean;
}

export interface PathFacts {
  readonly passes: readonly PassFacts[];
  /** Place of the cursor's pass in `passes`. */
  readonly current: number;
  /** Number of the cursor's pass; 1 without steps. */
  readonly pass: number;
  /** By stop id (`PREROUTING/nat`), in the cursor's pass. */
  readonly stop: (id: string) => StopFact;
  /** First step at a stage: in the cursor's pass, else in any; null if there is none. */
  readonly stage: (id: string) => number | null;
  /** Where pressing a stop or a stage leads: to its first step, from there on to the next visit. */
  readonly target: (id: string, pass?: number) => number | null;
  /** Stages in the order met, of all passes. */
  readonly order: readonly string[];
  /** `from>to` of stages that followed each other, and the passes that did. */
  readonly ways: ReadonlyMap<string, readonly number[]>;
  readonly nowStage: string | null;
  readonly nowStop: string | null;
  /** It went round more often than the walk follows. */
  readonly cutOff: boolean;
  readonly extras: Extras;
}

export type Edges = readonly (readonly [string, string])[];

/** Tables of each hook; the others on the map are not tables. */
const TABLES: ReadonlySet<string> = new Set(['raw', 'mangle', 'nat', 'filter', 'security']);
const HOOKS: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);
/** Stops in the order in which a hook runs them; a hook has some of them. */
const RANK = ['raw', 'conntrack', 'mangle', 'tproxy', 'reroute-mangle', 'dnat', 'reroute-nat', 'ipvs-early', 'filter', 'security', 'ipvs', 'snat', 'late-security', 'confirm'];

function rankOf(id: string, isLate: boolean): number {
  const [hook = '', name = ''] = id.split('/');
  if (name === 'nat') return RANK.indexOf(hook === 'PREROUTING' || hook === 'OUTPUT' ? 'dnat' : 'snat');
  if (name === 'security' && isLate) return RANK.indexOf('late-security');
  return RANK.indexOf(name === 'ipvs' && hook === 'OUTPUT' ? 'ipvs-early' : name);
}

/** Stage of the map that a stop lies in. */
export function stageOfStop(stop: string): string {
  switch (stop) {
    case 'route/PREROUTING':
      return 'route';
    case 'route/OUTPUT':
      return 'route-out';
    case 'tunnel/in':
      return 'local';
    case 'tunnel/out':
      return 'tunnel';
    default:
      return stop.split('/', 1)[0] as string;
  }
}

export function extrasOf(trace: TraceView | null, node: NodeSummary | null): Extras {
  const met = new Set((trace?.steps ?? []).map(stopOf));
  return {
    tproxy: met.has('PREROUTING/tproxy') || (node?.has.tproxy ?? false),
    ipvs: (node?.has.ipvs ?? false) || [...met].some((stop) => stop.endsWith('/ipvs')),
    tunnel: (node?.has.tunnels ?? false) || met.has('tunnel/out'),
    lateSecurity: node?.has.lateSecurity ?? false,
  };
}

const firsts = new WeakMap<TraceView | CausedView, readonly number[]>();

/** The first of the steps in a row at one stop that a step is among: the way looks the same at all of them. */
export function firstAtStop(trace: TraceView | CausedView, step: number): number {
  let known = firsts.get(trace);
  if (!known) {
    known = stopVisitsOf(trace.steps).flatMap((visit) => new Array<number>(visit.last - visit.step + 1).fill(visit.step));
    firsts.set(trace, known);
  }
  return known[step] ?? step;
}

/**
 * `edges` are the ways of the map within a pass. A hook without a table leaves no step, yet the packet went through it:
 * stages between two that were met are filled in.
 */
export function pathOf(trace: TraceView | CausedView | null, node: NodeSummary | null, step: number, edges: Edges): PathFacts {
  const extras = extrasOf(trace, node);
  const steps = trace?.steps ?? [];
  const visits = stopVisitsOf(steps);
  const groups = inPasses(visits);
  const last = steps.at(-1);
  const endStop = trace && last && !LEFT.has(trace.outcome.verdict) && trace.outcome.verdict !== 'unknown' ? stopOf(last) : null;
  const cutOff = last !== undefined && stopOf(last) === 'lo/';
  const starts = groups.map((_, i) => beginOf(trace, groups, i));
  const orders = groups.map((group, i) => orderOf(trace, group, starts[i] as PassEnd, groups[i + 1] ? (starts[i + 1] as PassEnd) : null, edges));
  const made = new Map<string, number[]>();
  trace?.emitted.forEach(({ parent }, i) => {
    const cause = steps[parent];
    if (cause) made.set(`${cause.pass}:${stopOf(cause)}`, [...(made.get(`${cause.pass}:${stopOf(cause)}`) ?? []), i]);
  });
  const doubtful = trace ? doubtfulFrom(trace) : 0;
  const ahead = trace?.outcome.verdict === 'unknown' ? stagesAfter(orders.at(-1)?.at(-1), edges) : null;
  const now = steps[step];
  const nowStop = now ? stopOf(now) : null;
  const current = Math.max(
    0,
    groups.findIndex(({ pass }) => pass === now?.pass),
  );

  const passes = groups.map(({ pass, visits: own }, i): PassFacts => {
    const next = groups[i + 1] ? (starts[i + 1] as PassEnd) : null;
    const order = orders[i] as readonly string[];
    return {
      number: pass,
      begins: starts[i] as PassEnd,
      ends: next ?? lastEnd(trace),
      order,
      step: own[0]?.step ?? 0,
      stage: (id) => own.find((visit) => visit.stage === id)?.step ?? null,
      stop: remembered((id) => {
        const first = own.find((visit) => visit.stop === id)?.step ?? null;
        const elsewhere = visits.filter((visit) => visit.stop === id);
        const common = {
          first: first ?? elsewhere[0]?.step ?? null,
          passes: [...new Set(elsewhere.map((visit) => visit.pass))],
          end: endStop === id && last?.pass === pass,
          doubtful: false,
          made: made.get(`${pass}:${id}`) ?? [],
          reason: null,
        };
        const here = nowStop === id && now?.pass === pass ? 'now' : 'taken';
        if (first !== null) return { ...common, here, state: here, doubtful: doubtful <= first };
        const missed = missedOf(id, { own, order, next: next ?? (cutOff ? 'lo' : null), steps, trace, node, pass });
        return {
          ...common,
          here: missed.state,
          state: elsewhere.length > 0 ? 'other-pass' : missed.state,
          reason: missed.reason,
          doubtful: ahead !== null && next === null && missed.state === 'not-reached' && (missed.reason === 'ended' || (missed.reason === null && ahead.has(stageOfStop(id)))),
        };
      }),
    };
  });
  const facts = passes[current];

  const ways = new Map<string, number[]>();
  passes.forEach(({ order, number }, i) => {
    const whole = i === 0 ? order : [passes[i - 1]?.order.at(-1) as string, ...order];
    for (const [j, to] of whole.entries()) if (j > 0) ways.set(`${whole[j - 1]}>${to}`, [...new Set([...(ways.get(`${whole[j - 1]}>${to}`) ?? []), number])]);
  });

  return {
    passes,
    current,
    pass: now?.pass ?? 1,
    stop: (id) => facts?.stop(id) ?? unmet(id, node),
    stage: (id) => facts?.stage(id) ?? passes.map((one) => one.stage(id)).find((first) => first !== null) ?? null,
    target: (id, pass = now?.pass) => {
      const here = visits.filter((visit) => visit.stop === id || visit.stage === id);
      const at = here.findIndex((visit) => visit.step <= step && step <= visit.last);
      if (at >= 0 && here[at]?.pass === pass) return here[(at + 1) % here.length]?.step ?? null;
      return (here.find((visit) => visit.pass === pass) ?? here[0])?.step ?? null;
    },
    order: passes.flatMap(({ order }) => order),
    ways,
    nowStage: nowStop === null ? null : stageOfStop(nowStop),
    nowStop,
    cutOff,
    extras,
  };
}

/** Every button of the way asks, at every step to another stop. */
function remembered<T extends object>(read: (id: string) => T): (id: string) => T {
  const known = new Map<string, T>();
  return (id) => {
    const value = known.get(id) ?? read(id);
    known.set(id, value);
    return value;
  };
}

/** A stop of a map without a packet. */
function unmet(id: string, node: NodeSummary | null): StopFact {
  const [hook = '', name = ''] = id.split('/');
  const absent = node !== null && TABLES.has(name) && !hasTable(node, name, hook, null);
  return { state: 'not-reached', here: 'not-reached', reason: absent ? 'no-table' : null, first: null, passes: [], end: false, doubtful: false, made: [] };
}

/** Steps in a row at one stop. */
interface StopVisit {
  readonly stop: string;
  readonly stage: string;
  readonly pass: number;
  readonly step: number;
  readonly last: number;
}

function stopVisitsOf(steps: readonly StepView[]): readonly StopVisit[] {
  const visits: StopVisit[] = [];
  for (const step of steps) {
    const { index, pass } = step;
    const stop = stopOf(step);
    const before = visits.at(-1);
    if (before && before.stop === stop && before.pass === pass) visits[visits.length - 1] = { ...before, last: index };
    else visits.push({ stop, stage: stageOfStop(stop), pass, step: index, last: index });
  }
  return visits;
}

interface PassVisits {
  readonly pass: number;
  readonly visits: readonly StopVisit[];
}

function inPasses(visits: readonly StopVisit[]): readonly PassVisits[] {
  return [...new Set(visits.map(({ pass }) => pass))].map((pass) => ({ pass, visits: visits.filter((visit) => visit.pass === pass) }));
}

function beginOf(trace: TraceView | CausedView | null, groups: readonly PassVisits[], place: number): PassEnd {
  const before = groups[place - 1];
  // IPVS sends on from where it runs; everything else goes round by way of POSTROUTING.
  if (before) return before.visits.at(-1)?.stop.endsWith('/ipvs') ? 'ipvs' : 'lo';
  // The node's own copy of what it sends to a group is made on the way out.
  if (trace && 'cause' in trace && trace.cause === 'clone') return 'made';
  return trace?.packet.in ? 'in' : 'local';
}

const LEFT: ReadonlySet<string> = new Set(['forwarded', 'sent', 'delivered']);

function lastEnd(trace: TraceView | null): PassEnd {
  switch (trace?.outcome.verdict) {
    case 'forwarded':
    case 'sent':
      return 'out';
    case 'delivered':
      return 'local';
    case 'unknown':
      return 'unknown';
    default:
      return 'nowhere';
  }
}

/** Stages of a pass. `next`: how the pass after it begins, null for the last one. */
function orderOf(trace: TraceView | CausedView | null, { visits }: PassVisits, begins: PassEnd, next: PassEnd | null, edges: Edges): readonly string[] {
  const met: string[] = begins === 'in' || begins === 'local' ? [begins] : begins === 'lo' ? ['PREROUTING'] : [];
  for (const { stage } of visits) if (met.at(-1) !== stage && stage !== 'lo') met.push(stage);
  const ends = next === null ? lastEnd(trace) : null;
  if (ends === 'out' && met.at(-1) !== 'out') met.push('out');
  if (ends === 'local' && met.at(-1) !== 'local') met.push('local');
  if (next === 'lo' && met.at(-1) !== 'POSTROUTING') met.push('POSTROUTING');
  return met.flatMap((stage, i) => (i === 0 ? [stage] : [...between(met[i - 1] as string, stage, edges), stage]));
}

/** Stages that can still be met behind one. */
function stagesAfter(from: string | undefined, edges: Edges): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [from];
  while (open.length > 0) {
    const at = open.pop();
    for (const [a, b] of edges) {
      if (a !== at || found.has(b)) continue;
      found.add(b);
      open.push(b);
    }
  }
  return found;
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

interface Around {
  readonly own: readonly StopVisit[];
  readonly order: readonly string[];
  readonly next: PassEnd | null;
  readonly steps: readonly StepView[];
  readonly trace: TraceView | null;
  readonly node: NodeSummary | null;
  readonly pass: number;
}

/** A stop without a step in a pass: passed by, and why, or not reached. */
function missedOf(id: string, around: Around): { readonly state: 'skipped' | 'not-reached'; readonly reason: StopReason | null } {
  const { own, order, next, trace, node, steps } = around;
  const stage = stageOfStop(id);
  const [hook = '', name = ''] = id.split('/');
  const family = steps[0]?.family ?? null;
  // What the node has not is so whatever the way is.
  const absent = HOOKS.has(hook) && TABLES.has(name) && node !== null && !hasTable(node, name, hook, family);
  const place = order.lastIndexOf(stage);
  const wentOn = place >= 0 && (place < order.length - 1 || (next === 'lo' && stage === 'POSTROUTING'));
  const isLate = node?.has.lateSecurity ?? false;
  const furthest = Math.max(-1, ...own.filter((visit) => visit.stage === stage).map((visit) => rankOf(visit.stop, isLate)));
  if (!wentOn && !(place >= 0 && rankOf(id, isLate) < furthest)) {
    if (absent) return { state: 'not-reached', reason: 'no-table' };
    return { state: 'not-reached', reason: place < 0 || !trace ? null : next === 'ipvs' ? 'sent-on' : 'ended' };
  }
  if (absent) return { state: 'skipped', reason: 'no-table' };
  return { state: 'skipped', reason: reasonOf(hook, name, around) };
}

function reasonOf(hook: string, name: string, around: Around): StopReason {
  const { steps, trace, pass } = around;
  const before = (stop: string): boolean => steps.some((step) => step.pass < pass && stopOf(step).endsWith(stop));
  const { ctstate, tracked } = conntrackAt(hook, around);
  switch (name) {
    case 'nat':
      return tracked ? 'nat-decided' : ctstate === 'INVALID' ? 'invalid' : 'not-tracked';
    case 'conntrack':
      if (before('/conntrack')) return 'has-entry';
      return tracked ? 'own-entry' : ctstate === 'UNTRACKED' ? 'not-tracked' : 'no-tracking';
    case 'confirm':
      return tracked ? 'confirmed' : 'no-entry';
    case 'reroute-mangle':
      return 'same-route';
    case 'reroute-nat':
      return 'same-destination';
    case 'ipvs':
      return trace?.steps.some((step) => step.pass <= pass && stopOf(step).endsWith('/ipvs')) ? 'handled' : 'no-service';
    case 'tproxy':
      return 'no-tproxy-rule';
    case 'out':
      return 'no-tunnel';
    default:
      return 'nothing';
  }
}

/** What conntrack knew of the packet when it left a hook: after its last step up to there, else before its next one. */
function conntrackAt(hook: string, { steps, trace, order, pass }: Around): { readonly ctstate: string | null; readonly tracked: boolean } {
  const stages = order.slice(0, order.lastIndexOf(hook) + 1);
  const last = steps.findLast((one) => one.pass < pass || (one.pass === pass && stages.includes(stageOfStop(stopOf(one)))));
  const state = last?.after ?? steps.find((one) => one.pass === pass)?.before;
  const conntrack = state === undefined ? undefined : trace?.states[state]?.conntrack;
  return { ctstate: conntrack?.ctstate ?? null, tracked: (conntrack?.original ?? null) !== null };
}

function hasTable(node: NodeSummary, name: string, hook: string, family: string | null): boolean {
  return node.tables.some((table) => table.name === name && (family === null || table.family === family) && table.chains.some((chain) => chain.name === hook));
}
