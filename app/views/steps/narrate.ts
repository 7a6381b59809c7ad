/** What is spoken of a step: its head, which the slider says, too; by which tests and where to; what it changed. */

import { isDoubtful } from '../../store/doubt.ts';
import { ruleAt, type Part } from '../../store/parts.ts';
import { targetName } from '../../store/fate.ts';
import type { Reading, RuleSummary, StepView, TraceView, Verbosity } from '../../store/state.ts';
import { hex } from '../../text/format.ts';
import type { Words } from '../../text/words.ts';
import { sentenceOf } from './sentence.ts';

interface Told {
  readonly trace: TraceView;
  readonly step: StepView;
  /** Rule that is looked at, where the step holds several. */
  readonly chosen: number | null;
  /** As it stands in the file; null where it is not known. */
  readonly rule: RuleSummary | null;
  /** What was read of it. */
  readonly readings: readonly Reading[] | null;
  /** Where one steps test by test. */
  readonly part: { readonly parts: readonly Part[]; readonly at: number } | null;
}

/** A test without the words every rule of its kind has; as rules write it in every language. */
function shortTest(test: string): string {
  return test
    .replace(/^-m \S+ (?=-|!)/, '')
    .replace(/--match-set /g, '')
    .replace(/--(?=[a-z])/g, '');
}

export function headOf({ trace, step, chosen }: Pick<Told, 'trace' | 'step' | 'chosen'>, words: Words): string {
  return words.timeline.spoken.head({ step: step.index + 1, count: trace.steps.length, place: placeText(step, chosen, words) });
}

function placeText(step: StepView, chosen: number | null, words: Words): string {
  const rule = ruleAt(step, chosen);
  if (rule !== null && 'chain' in step) return words.steps.sentence.rule({ ...step, rule });
  return step.kind === 'policy' || step.kind === 'return' ? `${step.table} ${step.chain}` : sentenceOf(step, words);
}

export function narrationOf(told: Told, verbosity: Verbosity, words: Words): string {
  const said = certainly(told, verbosity, words);
  return isDoubtful(told.trace, told.step.index) ? `${said} ${words.timeline.spoken.doubtful}` : said;
}

/** As if the step happened in any case. */
function certainly(told: Told, verbosity: Verbosity, words: Words): string {
  const { trace, step, chosen } = told;
  const at = { step: step.index + 1, count: trace.steps.length };
  const rule = ruleAt(step, chosen);
  if (told.part && rule !== null) return partText(told, told.part, { ...at, place: placeText(step, chosen, words) }, words);
  if (verbosity === 'brief' || rule === null) return `${words.timeline.spoken.other({ ...at, sentence: sentenceOf(step, words) })}${changesText(told, verbosity, words)}`;
  return `${ruleText(told, { ...at, place: placeText(step, chosen, words) }, words)}${changesText(told, verbosity, words)}`;
}

type Place = { readonly step: number; readonly count: number; readonly place: string };

function ruleText({ trace, step, rule, readings }: Told, at: Place, words: Words): string {
  const text = words.timeline.spoken;
  if (step.kind === 'misses') {
    const failed = readings?.find(({ holds }) => holds === 'false');
    return failed ? text.missed({ ...at, reason: words.why.reading({ ...failed, entry: failed.entry ?? '' }) }) : text.other({ ...at, sentence: sentenceOf(step, words) });
  }
  if (step.kind !== 'rule' || step.matched === 'unknown') return text.other({ ...at, sentence: sentenceOf(step, words) });
  const tests = (rule?.tests ?? readings?.map(({ clause }) => clause) ?? []).map(shortTest).join(text.comma);
  const does = doesText(trace, step, words);
  return tests === '' ? text.matchedAll({ ...at, does }) : text.matched({ ...at, tests, does });
}

/** What a target does, and where the walk goes on. */
function doesText({ steps }: TraceView, step: Extract<StepView, { kind: 'rule' }>, words: Words): string {
  const text = words.timeline.spoken.does;
  const { target } = step;
  if (target === null) return text.none;
  const next = steps[step.index + 1];
  if (next && 'chain' in next && next.chain === targetName(target) && next.table === step.table) return text.calls({ target: next.chain });
  if (targetName(target) === 'RETURN' && next && 'chain' in next && next.table === step.table)
    return text.returns({ target, place: next.kind === 'rule' || next.kind === 'misses' ? words.steps.sentence.rule({ ...next, table: '' }).trim() : next.chain });
  return text.target({ target });
}

function partText({ trace, step }: Told, { parts, at }: NonNullable<Told['part']>, place: Place, words: Words): string {
  const text = words.timeline.spoken;
  const part = parts[at];
  // How many there are is not said: the ones behind a test that fails are not made.
  if (part?.kind === 'test')
    return text.test({
      ...place,
      part: at + 1,
      clause: shortTest(words.engine({ text: part.reading.clause })),
      result: words.why.holds[part.reading.holds],
      saw: words.engine({ text: part.reading.saw }),
    });
  if (part?.kind === 'effect') {
    const said = (value: string | number): string => words.engine({ text: valueText(part.change.field, value) });
    return text.effect({ ...place, field: part.change.field, from: said(part.change.from), to: said(part.change.to) });
  }
  return text.target({ ...place, does: step.kind === 'rule' ? doesText(trace, step, words) : '' });
}

function changesText({ step }: Told, verbosity: Verbosity, words: Words): string {
  if (verbosity !== 'full' || step.kind !== 'rule') return '';
  const text = words.timeline.spoken;
  const said = (field: string, value: string | number): string => words.engine({ text: valueText(field, value) });
  const changes = step.effects.filter(({ from, to }) => from !== to).map(({ field, from, to }) => text.change({ field, from: said(field, from), to: said(field, to) }));
  return changes.length === 0 ? '' : ` ${text.changes({ changes: changes.join(text.comma) })}`;
}

/** Marks are read bit by bit: in hex. */
function valueText(field: string, value: string | number): string {
  return typeof value === 'number' && /mark$/.test(field) ? hex(value) : String(value);
}
