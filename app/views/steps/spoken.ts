/** What is spoken of the page as it is: of the step that the cursor is at, whatever is pointed at. */

import { chainOf, isChange } from '../../store/cursor.ts';
import { shownTrace } from '../../store/caused.ts';
import { currentParts, readingsAt, ruleAt } from '../../store/parts.ts';
import type { State } from '../../store/state.ts';
import { wordsOf } from '../../text/words.ts';
import { narrationOf } from './narrate.ts';
import { sentenceIn } from './sentence.ts';

export function spokenStep(state: State): string {
  const { selection, settings, answer } = state;
  const trace = shownTrace(state);
  const step = trace?.steps[selection.step];
  if (!trace || !step) return '';
  const words = wordsOf(settings.language);
  const number = ruleAt(step, selection.rule);
  const chain = 'chain' in step ? chainOf(answer.node, step) : null;
  const rule = number === null ? null : (chain?.rules[number - 1] ?? null);
  const readings = number === null ? null : readingsAt(state, trace, step.index, number);
  return narrationOf({ trace, step, chosen: selection.rule, rule, readings, part: currentParts(state) }, settings.verbosity, words);
}

/** A step that a button with the focus leads to; null: none, or it is pointed at by a mouse. */
export function spokenPreview(state: State): string | null {
  const { preview, previewAloud } = state.selection;
  const trace = shownTrace(state);
  const step = preview === null || !previewAloud ? undefined : trace?.steps[preview];
  if (!trace || !step) return null;
  const words = wordsOf(state.settings.language);
  return words.timeline.leadsTo({ step: step.index + 1, sentence: sentenceIn(trace, step, words) });
}

/** Playing goes over it: only changes and stops are spoken then. */
export function passesBy(state: State): boolean {
  const { selection } = state;
  const step = shownTrace(state)?.steps[selection.step];
  return selection.playing && step !== undefined && !isChange(step);
}
