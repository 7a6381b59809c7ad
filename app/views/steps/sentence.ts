/** One sentence per step: for the live region, the slider, previews and the panel between tables. */

import { isDoubtful } from '../../store/doubt.ts';
import type { StepView, TraceView } from '../../store/state.ts';
import type { Words } from '../../text/words.ts';

/** Name of a table as people say it: `nat`, `ip6:nat`. */
export function sentenceOf(step: StepView, words: Words): string {
  const text = words.steps.sentence;
  switch (step.kind) {
    case 'rule': {
      const place = text.rule(step);
      return step.matched === 'unknown' ? text.ruleUnknown({ place }) : text.ruleMatched({ place, target: step.target ?? text.noTarget });
    }
    case 'misses':
      return text.misses({ ...step, first: step.rule });
    case 'return':
      return text.return(step);
    case 'policy':
      return text.policy(step);
    case 'conntrack':
      return step.event === 'confirm' ? text.confirm : step.event === 'destroy' ? text.destroy : text[step.event](step);
    case 'nat': {
      const { from } = step;
      const to = step.byChance === undefined ? step.to : words.verdict.byChance({ address: step.byChance });
      return step.manip === 'src' ? text.natSource({ from, to }) : text.natDestination({ from, to });
    }
    case 'route':
      if (step.dev === null) return words.engine(step);
      return step.via === null ? text.route({ ...step, dev: step.dev }) : text.routeVia({ ...step, dev: step.dev, via: step.via });
    default:
      return words.engine(step);
  }
}

/** The same, with what it hangs on where it may not happen. */
export function sentenceIn(trace: TraceView, step: StepView, words: Words): string {
  const sentence = sentenceOf(step, words);
  return isDoubtful(trace, step.index) ? words.timeline.doubtful({ sentence }) : sentence;
}

/** Where a step is, shortly: `POSTROUTING/3`, `conntrack`. */
export function placeOf(step: StepView, words: Words): string {
  return 'chain' in step ? `${step.table} ${step.chain}/${step.rule}` : words.steps.kinds[step.kind];
}

/** Where the walk goes on behind a step, or behind one rule of it where that is looked at; null: it ends. */
export function placeAfter({ steps }: TraceView, step: StepView, number: number | null, words: Words): string | null {
  if (step.kind === 'misses' && number !== null && number < step.last) return placeOf({ ...step, rule: number + 1 }, words);
  const next = steps[step.index + 1];
  return next ? placeOf(next, words) : null;
}
