/**
 * The published trace (formats §3) from the engine's own: the one place where the two meet. Folded misses become a step
 * each, their reasons read on demand through `explain`; interface ids become names; tuples, entries and addresses text.
 */

import type { ConntrackEntry, Tuple } from '../model/conntrack.ts';
import type { Problem } from '../model/diagnostic.ts';
import { CTSTATUS, FIELD } from '../model/field.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import { FALSE, TRUE, type Action, type Clause, type Tri } from '../model/test.ts';
import type { ClauseReading, Emitted, Outcome, Snapshot, Step, Trace } from '../model/trace.ts';
import { formatAddress } from '../net/address.ts';
import { conntrackProtocolName, hasPorts, isIcmp, keyedByPorts } from '../net/protocol.ts';
import type { EmittedJson, EntryJson, OutcomeJson, ProblemJson, StepJson, TraceJson, TupleJson, WhyJson } from './format.ts';

/** What a trace leaves out because the world it was walked in knows it. */
export interface TraceReader {
  /** The clauses of a rule as they read at a moment, up to and including the first that is false. */
  explain(snapshot: Snapshot, ruleIndex: number): readonly ClauseReading[];
  /** Text after `-j` or `-g`; null if there is none. */
  target(ruleIndex: number): string | null;
  /** What the rule tests, as data. */
  clauses(ruleIndex: number): readonly Clause[];
  /** What the rule does when it matches; null for one without target, or that jumps or goes to a chain. */
  action(ruleIndex: number): Action | null;
  /** Name of an interface register's value; null for none. */
  interfaceName(id: number): string | null;
  /** Simulated clock after the walk, in seconds: what is left of a timeout. */
  readonly now: number;
}

export interface TraceJsonOptions {
  /** Leave out rules that did not match. */
  readonly matchedOnly?: boolean;
}

/** One packet's walk in its published shape. */
export function traceJson(trace: Trace, reader: TraceReader, options: TraceJsonOptions = {}): TraceJson {
  const steps: StepJson[] = [];
  const published = publishedIndexes();
  for (const step of trace.steps) {
    published.set(step);
    for (const json of stepsJson(step, reader, options)) {
      steps.push(json);
      published.count++;
    }
  }
  return {
    packet: trace.packet,
    steps,
    outcome: outcomeJson(trace.outcome),
    emitted: trace.emitted.map((emitted) => ({ ...emittedHead(emitted, published), ...traceJson(emitted, reader, options) })),
  };
}

/** Steps printed in one piece: neither a string per step nor one for all of a long walk. */
const STEPS_AT_ONCE = 1000;

/** The same as text, in pieces: every rule of a large rule set with its reasons is more than one string can hold. */
export function* traceJsonText(trace: Trace, reader: TraceReader, options: TraceJsonOptions = {}): IterableIterator<string> {
  const published = publishedIndexes();
  yield `{"packet":${JSON.stringify(trace.packet)},"steps":[`;
  let batch: StepJson[] = [];
  let separator = '';
  for (const step of trace.steps) {
    published.set(step);
    for (const json of stepsJson(step, reader, options)) {
      published.count++;
      if (batch.push(json) < STEPS_AT_ONCE) continue;
      yield separator + JSON.stringify(batch).slice(1, -1);
      separator = ',';
      batch = [];
    }
  }
  if (batch.length > 0) yield separator + JSON.stringify(batch).slice(1, -1);
  yield `],"outcome":${JSON.stringify(outcomeJson(trace.outcome))},"emitted":[`;
  for (const [i, emitted] of trace.emitted.entries()) {
    yield `${i === 0 ? '' : ','}${JSON.stringify(emittedHead(emitted, published)).slice(0, -1)},`;
    let first = true;
    for (const piece of traceJsonText(emitted, reader, options)) {
      yield first ? piece.slice(1) : piece;
      first = false;
    }
  }
  yield ']}';
}

/** Published index of each step: emitted packets name the step that caused them. */
interface PublishedIndexes {
  /** Steps published so far. */
  count: number;
  set(step: Step): void;
  get(index: number): number;
}

function publishedIndexes(): PublishedIndexes {
  const indexes: number[] = [];
  return {
    count: 0,
    set(step) {
      indexes[step.index] = this.count;
    },
    get: (index) => indexes[index] ?? 0,
  };
}

function emittedHead(emitted: Emitted, published: PublishedIndexes): Pick<EmittedJson, 'cause' | 'parent'> {
  return { cause: emitted.cause, parent: published.get(emitted.parent) };
}

/** The published steps of one step: one for each rule of a run of misses. */
function* stepsJson(step: Step, reader: TraceReader, options: TraceJsonOptions): IterableIterator<StepJson> {
  const base = stepBase(step, reader);
  switch (step.kind) {
    case 'rule': {
      if (options.matchedOnly && step.matched === FALSE) return;
      const readings = step.readings ?? reader.explain(step.before, step.ruleIndex);
      yield { ...base, kind: 'rule', ...place(step.at), matched: triJson(step.matched), target: step.target, why: readings.map(whyJson), effects: step.effects };
      return;
    }
    case 'misses': {
      if (options.matchedOnly) return;
      for (let number = step.first; number <= step.last; number++) {
        const ruleIndex = step.ruleIndex + (number - step.first);
        const readings = step.readings?.get(number) ?? reader.explain(step.before, ruleIndex);
        yield { ...base, kind: 'rule', ...place({ ...step.at, number }), matched: false, target: reader.target(ruleIndex), why: readings.map(whyJson), effects: [] };
      }
      return;
    }
    default:
      yield stepJson(base, step, reader);
  }
}

function stepJson(base: ReturnType<typeof stepBase>, step: Exclude<Step, { kind: 'rule' | 'misses' }>, reader: TraceReader): StepJson {
  switch (step.kind) {
    case 'return':
      return { ...base, kind: 'return', ...place(step.at) };
    case 'policy':
      return { ...base, kind: 'policy', ...place(step.at), verdict: step.verdict };
    case 'conntrack':
      return { ...base, kind: 'conntrack', event: step.event, state: step.state, direction: step.direction, entry: step.entry && entryJson(step.entry, reader.now) };
    case 'nat':
      return { ...base, kind: 'nat', manip: step.manip, from: tupleJson(step.from), to: tupleJson(step.to), ...(step.byChance ? { byChance: true } : {}) };
    case 'route':
      return { ...base, kind: 'route', table: step.table, route: step.route, via: step.via, dev: step.dev, type: step.type, rule: step.rule };
    case 'drop':
      return { ...base, kind: 'drop', reason: step.reason, text: step.text };
    default:
      return { ...base, kind: step.kind, text: step.text };
  }
}

/** What every step has; the packet as it was before. */
function stepBase({ family, hook, pass, before }: Step, reader: TraceReader): Omit<Extract<StepJson, { kind: 'return' }>, 'kind' | 'table' | 'chain' | 'rule'> {
  const { regs } = before;
  const register = (field: { readonly index: number }): number => regs[field.index] as number;
  const proto = register(FIELD.proto);
  return {
    family,
    hook,
    pass,
    in: reader.interfaceName(register(FIELD.in)),
    out: reader.interfaceName(register(FIELD.out)),
    src: formatAddress(family, regs, FIELD.src.index),
    dst: formatAddress(family, regs, FIELD.dst.index),
    ...(hasPorts(proto) ? { sport: register(FIELD.sport), dport: register(FIELD.dport) } : {}),
    ...(isIcmp(family, proto) ? { icmpType: register(FIELD.icmpType), icmpCode: register(FIELD.icmpCode), icmpId: register(FIELD.icmpId) } : {}),
    mark: register(FIELD.mark),
    ttl: register(FIELD.ttl),
    tos: register(FIELD.tos),
  };
}

function place(at: RuleAddress): { readonly table: string; readonly chain: string; readonly rule: number } {
  return { table: at.table, chain: at.chain, rule: at.number };
}

function triJson(value: Tri): boolean | 'unknown' {
  return value === TRUE ? true : value === FALSE ? false : 'unknown';
}

function whyJson(reading: ClauseReading): WhyJson {
  const { clause, field, negated, wanted, saw, holds, entry, text } = reading;
  return { clause, field, negated, wanted, saw, holds: triJson(holds), ...(entry === undefined ? {} : { entry }), text };
}

function outcomeJson(outcome: Outcome): OutcomeJson {
  const { verdict, out, packet, by, reason, notKnown, byChance, because, alternatives } = outcome;
  return {
    verdict,
    out,
    packet,
    by: by && formatRuleAddress(by),
    ...(reason === null ? {} : { reason }),
    ...(notKnown ? { notKnown } : {}),
    ...(byChance ? { byChance } : {}),
    ...(verdict === 'unknown' || alternatives.length > 0
      ? { because: because.map(formatRuleAddress), alternatives: alternatives.slice(0, 16).map(({ assume, outcome: then }) => ({ assume, outcome: outcomeJson(then) })) }
      : {}),
  };
}

export function tupleJson(tuple: Tuple): TupleJson {
  const { family, proto, sport, dport } = tuple;
  return {
    src: formatAddress(family, tuple.src),
    dst: formatAddress(family, tuple.dst),
    ...(keyedByPorts(proto) ? { sport, dport } : {}),
    ...(isIcmp(family, proto) ? { icmpType: dport >>> 8, icmpCode: dport & 255, icmpId: sport } : {}),
  };
}

/** `now` in seconds on the simulated clock. */
export function entryJson(entry: ConntrackEntry, now: number): EntryJson {
  const { original, reply, status, mark, zone, tcp, expires } = entry;
  return {
    family: original.family,
    proto: conntrackProtocolName(original.proto),
    state: tcp?.state ?? null,
    status: STATUS_ORDER.filter((name) => status & CTSTATUS[name]),
    original: tupleJson(original),
    reply: tupleJson(reply),
    mark,
    zone,
    // In whole milliseconds first: 120.3 - 0.3 is a little less than 120.
    timeout: Math.max(0, Math.floor(Math.round((expires - now) * 1000) / 1000)),
  };
}

/** Leaves out what the published shape does not have. */
export function problemJson({ severity, code, section, line, column, rule, message, hint }: Problem): ProblemJson {
  return { severity, code, section, line, column, rule, message, hint };
}

const STATUS_ORDER = ['EXPECTED', 'SEEN_REPLY', 'ASSURED', 'SRC_NAT', 'DST_NAT'] as const;
