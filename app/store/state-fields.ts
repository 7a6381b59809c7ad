/** The values around a step, one by one: what each was before it, what it is after it, and which step wrote it last. */

import type { PacketState, StepView, TraceView } from '../worker/messages.ts';
import { hex } from '../text/format.ts';

type PacketField = 'in' | 'out' | 'src' | 'dst' | 'proto' | 'sport' | 'dport' | 'flags' | 'icmp' | 'ttl' | 'tos' | 'length';
type ConntrackField = 'ctstate' | 'direction' | 'tracking' | 'timeout' | 'ctmark' | 'status' | 'original' | 'reply';
type RouteField = 'route' | 'via' | 'dev' | 'table' | 'priority' | 'type';
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

type StateSection = keyof Moments;

export interface StateAt {
  /** Every field is after the step what it was before. */
  readonly unchanged: boolean;
  readonly packet: readonly FieldAt<PacketField>[];
  readonly mark: readonly FieldAt<'mark'>[];
  readonly conntrack: readonly FieldAt<ConntrackField>[];
  readonly route: readonly FieldAt<RouteField>[];
}

const histories = new WeakMap<TraceView, readonly StateAt[]>();

/** The fields around each step. What is the same at two steps in a row is the same object: most steps change nothing, and what shows them need not look. */
function historyOf(trace: TraceView): readonly StateAt[] {
  const known = histories.get(trace);
  if (known) return known;
  const all: StateAt[] = [];
  let entry: ConntrackStep | null = null;
  let route: RouteStep | null = null;
  let was: Moments | null = null;
  const momentOf = (state: PacketState): Moments => ({
    packet: packetValues(state),
    mark: { mark: hex(state.mark) },
    conntrack: conntrackValues(state, entry),
    route: routeValues(route),
  });
  for (const step of trace.steps) {
    const [before, after] = [trace.states[step.before], trace.states[step.after]];
    if (!before || !after) continue;
    was ??= momentOf(before);
    if (step.kind === 'conntrack' && step.entry) entry = step;
    if (step.kind === 'route') route = step;
    const is: Moments = step.before !== step.after || step.kind === 'conntrack' || step.kind === 'route' ? momentOf(after) : was;
    const last = all.at(-1) ?? null;
    all.push(is === was && last?.unchanged ? last : nextOf(last, was, is, step.index));
    was = is;
  }
  histories.set(trace, all);
  return all;
}

function nextOf(last: StateAt | null, was: Moments, is: Moments, step: number): StateAt {
  const fields = <F extends StateField>(section: StateSection): readonly FieldAt<F>[] => {
    const earlier = last?.[section] as readonly FieldAt<F>[] | undefined;
    const values = is[section] as Readonly<Record<F, string | null>>;
    const before = was[section] as Readonly<Record<F, string | null>>;
    const made = (Object.keys(values) as F[]).map((name): FieldAt<F> => {
      const old = earlier?.find((field) => field.name === name);
      const field = { name, before: before[name] ?? null, after: values[name] ?? null };
      const writer = field.before === field.after ? (old?.writer ?? null) : step;
      return old && old.before === field.before && old.after === field.after && old.writer === writer ? old : { ...field, writer };
    });
    return earlier && made.length === earlier.length && made.every((field, i) => field === earlier[i]) ? earlier : made;
  };
  const next = { packet: fields<PacketField>('packet'), mark: fields<'mark'>('mark'), conntrack: fields<ConntrackField>('conntrack'), route: fields<RouteField>('route') };
  if (last && next.packet === last.packet && next.mark === last.mark && next.conntrack === last.conntrack && next.route === last.route) return last;
  return { ...next, unchanged: Object.values(next).every((section) => section.every(({ before, after }) => before === after)) };
}

const NOTHING: StateAt = { unchanged: true, packet: [], mark: [], conntrack: [], route: [] };

/** All fields around a step; always the same ones for one trace. */
export function stateAt(trace: TraceView, index: number): StateAt {
  return historyOf(trace)[index] ?? NOTHING;
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
  const ipvsKey = ({ proto, client, virtual }: (typeof trace.ipvs.after)[number]): string => `${proto} ${client} ${virtual}`;
  const there = new Set(trace.ipvs.before.map(ipvsKey));
  const first = trace.steps.find((step) => step.kind === 'ipvs')?.index ?? null;
  return trace.ipvs.after.map((connection) => ({ connection, made: there.has(ipvsKey(connection)) ? null : first }));
}
