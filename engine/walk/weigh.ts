/**
 * The ends that a packet may come to where answers of rules are not known. Each answer is tried; what all ends agree on is
 * the outcome, what they do not agree on is not stated: neither which rule decided, nor a field of the packet, nor that a
 * rule matched that only some of the ways lead to.
 */

import { endPacket } from '../model/end-packet.ts';
import { formatRuleAddress, type RuleAddress } from '../model/rule.ts';
import { TRUE, UNKNOWN } from '../model/test.ts';
import type { Emitted, Outcome, Step, Trace, Unsettled } from '../model/trace.ts';
import type { State } from './state.ts';

/** Rule address to the answer assumed. */
export type Assumptions = Readonly<Record<string, boolean>>;

/** One walk, on which what is not known and not assumed did not match. */
export interface Once {
  readonly trace: Trace;
  readonly state: State;
  /** Rules whose answer was not known and not assumed, by address. */
  readonly unknown: readonly (readonly [string, RuleAddress])[];
  /** What else was not known. */
  readonly doubts: readonly string[];
  readonly notes: readonly string[];
}

interface Weighed {
  readonly trace: Trace;
  /** What the packet leaves behind may be otherwise, too. */
  readonly stateOpen: boolean;
  /** On another way it causes packets that it does not cause on this one. */
  readonly causesMore: boolean;
  /** The rules in question. */
  readonly because: readonly RuleAddress[];
}

/** Unknown answers are tried both ways until so many ends are known. */
const MAX_ALTERNATIVES = 16;
/** Steps that all those walks may record: thousands of unknown rules are reported as such, not tried for minutes. */
const MAX_WEIGHED_STEPS = 100_000;

/** Where one set of answers leads. */
interface End {
  readonly assume: Assumptions;
  readonly trace: Trace;
}

/** All that is known of the ways a packet may go. */
interface Ways {
  readonly ends: readonly End[];
  /** There are no others. */
  readonly complete: boolean;
  /** Every answer was tried: what else is not known is the doubts. */
  readonly tried: boolean;
  readonly because: readonly RuleAddress[];
  readonly doubt: string | null;
}

/** @param base the walk without assumptions of its own @param assumed what the scenario assumes @param again walks with these */
export function weigh(base: Once, assumed: Assumptions, again: (assume: Assumptions) => Once): Weighed {
  // Nothing is in question, as in most walks: there is one way.
  if (base.unknown.length === 0 && base.doubts.length === 0) return { trace: { ...base.trace, unsettled: null }, stateOpen: false, causesMore: false, because: [] };
  const ends: End[] = [];
  const states: State[] = [];
  const because = new Map(base.unknown);
  let complete = base.doubts.length === 0;
  let tried = true;
  const open: Assumptions[] = [assumed];
  let walks = 0;
  let steps = 0;
  while (open.length > 0) {
    if (ends.length >= MAX_ALTERNATIVES || walks >= MAX_ALTERNATIVES * 8 || steps > MAX_WEIGHED_STEPS) {
      complete = false;
      tried = false;
      break;
    }
    const assume = open.shift() as Assumptions;
    const once = walks++ === 0 ? base : again(assume);
    steps += once.trace.steps.length;
    for (const [address, at] of once.unknown) because.set(address, at);
    if (once.doubts.length > 0) complete = false;
    const [first] = once.unknown.filter(([address]) => assume[address] === undefined);
    if (!first) {
      ends.push({ assume: Object.fromEntries(Object.entries(assume).filter(([address]) => assumed[address] === undefined)), trace: once.trace });
      states.push(once.state);
      continue;
    }
    open.push({ ...assume, [first[0]]: false }, { ...assume, [first[0]]: true });
  }
  const ways: Ways = { ends, complete, tried, because: [...because.values()], doubt: base.doubts[0] ?? null };
  return {
    trace: { ...base.trace, outcome: outcomeOf(ways), emitted: weighEmitted(base.trace.emitted, ways), unsettled: unsettledOf(base.trace, ways) },
    stateOpen: !complete || states.some((state) => !sameState(state, base.state)),
    causesMore: ends.some(({ trace }) => trace.emitted.length > base.trace.emitted.length),
    because: ways.because,
  };
}

function outcomeOf({ ends, complete, because, doubt }: Ways): Outcome {
  const outcomes = ends.map(({ trace }) => trace.outcome);
  const [one] = outcomes;
  if (!complete || !one || !outcomes.every((other) => sameEnd(one, other))) return unknownOutcome(ends, because, doubt);
  const differ = (values: readonly unknown[]): boolean => new Set(values).size > 1;
  const by = differ(outcomes.map((outcome) => outcome.by && formatRuleAddress(outcome.by))) ? null : one.by;
  const reason = differ(outcomes.map((outcome) => outcome.reason)) ? null : one.reason;
  const notKnown = [...new Set([...outcomes.flatMap((outcome) => outcome.notKnown ?? []), ...differences(ends)])];
  const byChance = [...new Set(outcomes.flatMap((outcome) => outcome.byChance ?? []))];
  return {
    ...one,
    by,
    reason,
    ...(notKnown.length > 0 ? { notKnown } : {}),
    ...(byChance.length > 0 ? { byChance } : {}),
    ...(by === one.by && reason === one.reason ? {} : { because, alternatives: alternativesOf(ends) }),
  };
}

function sameEnd(a: Outcome, b: Outcome): boolean {
  return a.verdict === b.verdict && a.out === b.out && JSON.stringify(a.packet) === JSON.stringify(b.packet);
}

const alternativesOf = (ends: readonly End[]): Outcome['alternatives'] => ends.map(({ assume, trace }) => ({ assume, outcome: trace.outcome }));

function unknownOutcome(ends: readonly End[], because: readonly RuleAddress[], reason: string | null): Outcome {
  return { verdict: 'unknown', out: null, packet: null, by: null, reason, because, alternatives: alternativesOf(ends) };
}

/** Fields that the packet does not have alike at the ends. */
function differences(ends: readonly End[]): readonly string[] {
  const packets = ends.map(({ trace }) => (endPacket(trace) ?? {}) as Readonly<Record<string, unknown>>);
  const fields = new Set(packets.flatMap((packet) => Object.keys(packet)));
  return [...fields].filter((field) => new Set(packets.map((packet) => JSON.stringify(packet[field]))).size > 1);
}

/** The same for each packet that follows from this one: it is compared with its likes on the ways that have it. */
function weighEmitted(emitted: readonly Emitted[], ways: Ways): readonly Emitted[] {
  return emitted.map((one, i) => {
    const likes = ways.ends.flatMap(({ assume, trace }) => {
      const like = trace.emitted[i];
      return like?.cause === one.cause && JSON.stringify(like.packet) === JSON.stringify(one.packet) ? [{ assume, trace: like }] : [];
    });
    const everywhere = likes.length === ways.ends.length;
    const doubt = likes.find(({ trace }) => trace.unsettled)?.trace.unsettled?.reason ?? null;
    // What the packet that caused it meets later does not concern it: only its own doubts do.
    const own: Ways = { ends: likes, complete: doubt === null && ways.tried, tried: ways.tried, because: ways.because, doubt };
    const outcome = everywhere ? outcomeOf(own) : unknownOutcome(likes, ways.because, 'whether it is sent at all is not known');
    const unsettled = everywhere ? unsettledOf(one, own) : { rules: [], from: 0, open: true, because: ways.because, reason: null };
    return { ...one, emitted: weighEmitted(one.emitted, own), outcome, unsettled };
  });
}

function unsettledOf(trace: Trace, { ends, complete, because, doubt }: Ways): Unsettled | null {
  const decided = ends.map((end) => decidedOn(end.trace));
  const all = new Map(decided.flatMap((rules) => [...rules]));
  const rules = [...all].flatMap(([address, at]) => (decided.every((rule) => rule.has(address)) ? [] : [at]));
  if (complete && rules.length === 0) return null;
  const unknown = trace.steps.findIndex((step) => step.kind === 'rule' && step.matched === UNKNOWN);
  const unsure = new Set(rules.map(formatRuleAddress));
  const hangs = trace.steps.findIndex((step) => decides(step) && unsure.has(formatRuleAddress(step.at)));
  const first = complete ? hangs : unknown < 0 ? hangs : unknown + 1;
  const from = Math.min(first < 0 ? trace.steps.length : first, trace.unsettled?.from ?? trace.steps.length);
  return { rules, from, open: !complete, because, reason: doubt };
}

/** A rule that matched, or a policy. */
function decides(step: Step): step is Extract<Step, { kind: 'rule' | 'policy' }> {
  return step.kind === 'policy' || (step.kind === 'rule' && step.matched === TRUE);
}

function decidedOn({ steps }: Trace): ReadonlyMap<string, RuleAddress> {
  return new Map(steps.filter(decides).map((step) => [formatRuleAddress(step.at), step.at]));
}

/** Do they leave the same connections and sets? Counters of rules differ wherever a rule matches. */
function sameState(a: State, b: State): boolean {
  if (a.nextEntry !== b.nextEntry || a.entries.size !== b.entries.size || (a.sets === null) !== (b.sets === null)) return false;
  for (const [id, entry] of a.entries.entries()) {
    const other = b.entries.get(id);
    if (other !== entry && JSON.stringify(other) !== JSON.stringify(entry)) return false;
  }
  for (const [name, set] of a.sets?.entries() ?? []) if (b.sets?.get(name) !== set) return false;
  return true;
}
