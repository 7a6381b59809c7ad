/**
 * Parts of a step, for stepping test by test: every test of a rule that was made, then what its target did. A step that
 * is not of a rule has no parts: it is one stop. What was read of a rule late has its parts once it is there.
 */

import type { Reading, StepView, TraceView } from '../worker/messages.ts';
import { shownPlace, shownTrace } from './caused.ts';
import type { Stop } from './cursor.ts';
import { readingsKey } from './questions.ts';
import type { State } from './state.ts';

type RuleStep = Extract<StepView, { kind: 'rule' }>;

export type Part =
  | { readonly kind: 'test'; readonly reading: Reading }
  | { readonly kind: 'effect'; readonly change: RuleStep['effects'][number] }
  /** A target that changed no field: a verdict, a call, a return. */
  | { readonly kind: 'target'; readonly target: string | null };

/** The tests that were made come first: the one that failed is the last of them. */
export function partsOf(step: StepView, readings: readonly Reading[] | null): readonly Part[] {
  if (readings === null || (step.kind !== 'rule' && step.kind !== 'misses')) return [];
  const tests = readings.map((reading): Part => ({ kind: 'test', reading }));
  if (step.kind === 'misses' || step.matched === 'unknown') return tests;
  const changes = step.effects.filter(({ from, to }) => from !== to).map((change): Part => ({ kind: 'effect', change }));
  return [...tests, ...(changes.length > 0 ? changes : [{ kind: 'target', target: step.target } as const])];
}

/** What was read of a rule at a step of the trace that is shown; null while it has not been asked for. */
export function readingsAt(state: Pick<State, 'answer' | 'selection'>, trace: TraceView, step: number, rule: number): readonly Reading[] | null {
  const { packet, caused } = shownPlace(state);
  return trace.readings[`${step}/${rule}`] ?? state.answer.readings[readingsKey(packet, caused, step, rule)] ?? null;
}

/** The rule of a step that the cursor is at; null where a run of misses is looked at as a whole, or no rule at all. */
export function ruleAt(step: StepView | null | undefined, chosen: number | null): number | null {
  if (!step || (step.kind !== 'rule' && step.kind !== 'misses')) return null;
  const last = step.kind === 'misses' ? step.last : step.rule;
  if (chosen !== null && chosen >= step.rule && chosen <= last) return chosen;
  return last > step.rule ? null : step.rule;
}

/** The parts of the rule the cursor is at, and which of them it is at. */
export function currentParts(state: Pick<State, 'answer' | 'selection'>): { readonly parts: readonly Part[]; readonly at: number } | null {
  const { selection } = state;
  const trace = shownTrace(state);
  const step = trace?.steps[selection.step];
  const rule = ruleAt(step, selection.rule);
  if (selection.altitude !== 'test' || !trace || !step || rule === null) return null;
  const parts = partsOf(step, readingsAt(state, trace, step.index, rule));
  return parts.length === 0 ? null : { parts, at: Math.min(selection.part, parts.length - 1) };
}

/** How many stops a rule makes at a step: at least one. */
type CountParts = (step: StepView, rule: number) => number;

export function countParts(state: Pick<State, 'answer' | 'selection'>, trace: TraceView): CountParts {
  return (step, rule) => Math.max(1, partsOf(step, readingsAt(state, trace, step.index, rule)).length);
}

export function nextPart(trace: TraceView, at: Stop, count: CountParts): Stop {
  const step = trace.steps[at.step];
  if (step && (step.kind === 'rule' || step.kind === 'misses')) {
    const rule = ruleAt(step, at.rule);
    // A run that is looked at as a whole is entered at its first rule.
    if (rule === null) return enter(step, step.rule, 0);
    if (at.part + 1 < count(step, rule)) return enter(step, rule, at.part + 1);
    if (step.kind === 'misses' && rule < step.last) return enter(step, rule + 1, 0);
  }
  const next = trace.steps[at.step + 1];
  return next ? enter(next, firstRule(next), 0) : at;
}

export function previousPart(trace: TraceView, at: Stop, count: CountParts): Stop {
  const step = trace.steps[at.step];
  if (step && (step.kind === 'rule' || step.kind === 'misses')) {
    const rule = ruleAt(step, at.rule);
    if (rule !== null && at.part > 0) return enter(step, rule, Math.min(at.part, count(step, rule)) - 1);
    if (rule !== null && rule > step.rule) return enter(step, rule - 1, count(step, rule - 1) - 1);
  }
  const before = trace.steps[at.step - 1];
  if (!before) return { step: 0, rule: null, part: 0 };
  const rule = before.kind === 'misses' ? before.last : firstRule(before);
  return enter(before, rule, rule === null ? 0 : count(before, rule) - 1);
}

function firstRule(step: StepView): number | null {
  return step.kind === 'rule' || step.kind === 'misses' ? step.rule : null;
}

/** A rule is only said where the step holds several. */
function enter(step: StepView, rule: number | null, part: number): Stop {
  return { step: step.index, rule: step.kind === 'misses' && step.last > step.rule ? rule : null, part };
}
