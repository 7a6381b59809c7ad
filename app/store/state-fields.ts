/** The values around a step, one by one: what each was before it, what it is after it, and which step wrote it last. */

import type { PacketState, StepView, TraceView } from '../worker/messages.ts';
import { hex } from '../text/format.ts';

export type PacketField = 'in' | 'out' | 'src' | 'dst' | 'proto' | 'sport' | 'dport' | 'flags' | 'icmp' | 'ttl' | 'tos' | 'length';
export type ConntrackField = 'ctstate' | 'direction' | 'tracking' | 'timeout' | 'ctmark' | 'status' | 'original' | 'reply';
export type RouteField = 'route' | 'via' | 'dev' | 'table' | 'priority' | 'type';
export type StateField = PacketField | 'mark' | ConntrackField | RouteField;

/** Null: there is none. */
type Values<F extends StateField> = Readonly<Partial<Record<F, string | null>>>;

export interface FieldAt<F extends StateField = StateField> {
  readonly name: F;
  readonly before: string | null;
  readonly after: string | null;
  /** Step that wrote what is there, of those up to this one; null: it came so. */
  readonly writer: number | null;
}

/** Fields a packet has, whatever step: ports, flags and ICMP as far as its protocol has them. */
function packetValues(state: PacketState): Values<PacketField> {
  return {
    in: state.in,
    out: state.out,
    src: state.src,
    dst: state.dst,
    proto: state.proto,
    ...(state.sport !== null && { sport: String(state.sport), dport: String(state.dport) }),
    ...(state.flags && { flags: state.flags.join(' ') || null }),
    ...(state.icmp && { icmp: `${state.icmp.type}/${state.icmp.code} id ${state.icmp.id}` }),
    ttl: String(state.ttl),
    tos: hex(state.tos),
    length: String(state.length),
  };
}

/** `entry`: conntrack's last word on it so far. */
function conntrackValues({ conntrack }: PacketState, entry: ConntrackStep | null): Values<ConntrackField> {
  const known = conntrack.original !== null;
  return {
    ctstate: conntrack.ctstate,
    direction: conntrack.direction,
    tracking: known ? (entry?.entry?.tcp?.state ?? entry?.entry?.sctp ?? null) : null,
    timeout: known && entry?.timeout !== undefined ? `${entry.timeout} s` : null,
    ctmark: hex(conntrack.mark),
    status: conntrack.status.join(' ') || null,
    original: conntrack.original,
    reply: conntrack.reply,
  };
}

function routeValues(step: RouteStep | null): Values<RouteField> {
  return {
    route: step && (step.route || null),
    via: step?.via ?? null,
    dev: step?.dev ?? null,
    table: step && (step.table || null),
    priority: step && (step.rule === null ? null : String(step.rule)),
    type: step && (step.type || null),
  };
}

type ConntrackStep = Extract<StepView, { kind: 'conntrack' }>;
type RouteStep = Extract<StepView, { kind: 'route' }>;

interface Moments {
  readonly packet: Values<PacketField>;
  readonly mark: Values<'mark'>;
  readonly conntrack: Values<ConntrackField>;
  readonly route: Values<RouteField>;
}

export type StateSection = keyof Moments;

export interface StateAt {
  readonly packet: readonly FieldAt<PacketField>[];
  readonly mark: readonly FieldAt<'mark'>[];
  readonly conntrack: readonly FieldAt<ConntrackField>[];
  readonly route: readonly FieldAt<RouteField>[];
}

interface History {
  /** Before the first step, then after each. */
  readonly moments: readonly Moments[];
  /** For each field the steps that changed it, in order. */
  readonly writers: ReadonlyMap<string, readonly number[]>;
}

const histories = new WeakMap<TraceView, History>();

function historyOf(trace: TraceView): History {
  const known = histories.get(trace);
  if (known) return known;
  const moments: Moments[] = [];
  const writers = new Map<string, number[]>();
  let entry: ConntrackStep | null = null;
  let route: RouteStep | null = null;
  const momentOf = (state: PacketState): Moments => ({
    packet: packetValues(state),
    mark: { mark: hex(state.mark) },
    conntrack: conntrackValues(state, entry),
    route: routeValues(route),
  });
  for (const step of trace.steps) {
    const [before, after] = [trace.states[step.before], trace.states[step.after]];
    if (!before || !after) continue;
    if (moments.length === 0) moments.push(momentOf(before));
    const was = moments.at(-1) as Moments;
    if (step.kind === 'conntrack' && step.entry) entry = step;
    if (step.kind === 'route') route = step;
    // Most steps change nothing, and share what there is.
    const changes = step.before !== step.after || step.kind === 'conntrack' || step.kind === 'route';
    const is = changes ? momentOf(after) : was;
    moments.push(is);
    if (!changes) continue;
    for (const section of ['packet', 'mark', 'conntrack', 'route'] as const) {
      const values: Readonly<Record<string, string | null>> = is[section];
      const earlier: Readonly<Record<string, string | null>> = was[section];
      for (const [name, value] of Object.entries(values)) if (value !== earlier[name]) writers.set(name, [...(writers.get(name) ?? []), step.index]);
    }
  }
  const history = { moments, writers };
  histories.set(trace, history);
  return history;
}

/** All fields around a step; always the same ones for one trace. */
export function stateAt(trace: TraceView, index: number): StateAt {
  const { moments, writers } = historyOf(trace);
  const [before, after] = [moments[index], moments[index + 1]];
  const fields = <F extends StateField>(section: StateSection): readonly FieldAt<F>[] =>
    Object.keys(after?.[section] ?? {}).map((name) => ({
      name: name as F,
      before: (before?.[section] as Readonly<Record<string, string | null>> | undefined)?.[name] ?? null,
      after: (after?.[section] as Readonly<Record<string, string | null>> | undefined)?.[name] ?? null,
      writer: writers.get(name)?.findLast((step) => step <= index) ?? null,
    }));
  return { packet: fields('packet'), mark: fields('mark'), conntrack: fields('conntrack'), route: fields('route') };
}

/** What the packet changed in sets on its whole way, with the step. */
export function setChangesOf(
  trace: TraceView,
): readonly { readonly step: number; readonly name: string; readonly what: 'added' | 'deleted' | 'renewed'; readonly entry: string }[] {
  return trace.steps.flatMap((step) =>
    step.kind !== 'rule' || !step.sets
      ? []
      : step.sets.flatMap((set) => (['added', 'deleted', 'renewed'] as const).flatMap((what) => set[what].map((entry) => ({ step: step.index, name: set.name, what, entry })))),
  );
}

/** Connections of IPVS as the packet found and left them; `made`: the step at which one came about, null: it was there. */
export function ipvsConnectionsOf(trace: TraceView): readonly { readonly connection: NonNullable<TraceView['ipvs']>['after'][number]; readonly made: number | null }[] {
  if (!trace.ipvs) return [];
  const keyOf = ({ proto, client, virtual }: (typeof trace.ipvs.after)[number]): string => `${proto} ${client} ${virtual}`;
  const there = new Set(trace.ipvs.before.map(keyOf));
  const first = trace.steps.find((step) => step.kind === 'ipvs')?.index ?? null;
  return trace.ipvs.after.map((connection) => ({ connection, made: there.has(keyOf(connection)) ? null : first }));
}
