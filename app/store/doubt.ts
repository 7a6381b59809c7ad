/**
 * What of a walk hangs on what is not known. The engine shows the way on which nothing that is not known matched, and whether every
 * other way ends alike: where they do not, all behind the first rule in doubt may not happen at all; where they do, by another rule, that rule may not.
 */

import type { TraceView } from '../worker/messages.ts';

const known = new WeakMap<object, number>();

/** Steps from there on may not happen; the number of steps where all of them do. */
export function doubtfulFrom(trace: TraceView): number {
  let from = known.get(trace);
  if (from === undefined) {
    from =
      trace.unsettled?.from ?? (trace.outcome.verdict === 'unknown' ? trace.steps.findIndex((step) => step.kind === 'rule' && step.matched === 'unknown') + 1 : trace.steps.length);
    known.set(trace, from);
  }
  return from;
}

export function isDoubtful(trace: TraceView | null | undefined, step: number): boolean {
  return trace != null && step >= doubtfulFrom(trace);
}
