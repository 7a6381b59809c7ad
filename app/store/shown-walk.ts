/**
 * The walker answers questions about what it was given last. Where that came to nothing, as it was cancelled or refused, what is
 * shown is of a walk before it: that one is made again, unheard, before anything is asked of it.
 */

import type { Run } from '../worker/client.ts';
import type { Answer } from '../worker/messages.ts';
import type { Walker } from './store.ts';

export interface ShownWalk {
  run(run: Run): void;
  /** What was under way is ended. */
  cancel(): void;
  /** False: the answer is one of a walk that was made again. */
  hears(answer: Answer): boolean;
  /** The next question is about the node that is shown, or about its traces. */
  ready(about: 'node' | 'traces'): void;
  /** The walker broke at a question, or while it walked again. */
  broken(): boolean;
}

const OF_A_WALK: ReadonlySet<Answer['kind']> = new Set(['cluster', 'node', 'traces', 'refused', 'not-generated']);

export function shownWalkOf(walker: Walker): ShownWalk {
  /** What the walker has; null: nothing, or nobody knows. */
  let last: Run | null = null;
  const shown: { node: Run | null; traces: Run | null } = { node: null, traces: null };
  let told: Run | null = null;
  let isAgain = false;
  let hasBroken = false;
  return {
    run(run) {
      [last, told, isAgain, hasBroken] = [run, null, false, false];
      walker.run(run);
    },
    cancel() {
      last = null;
      walker.cancel?.();
    },
    hears({ kind }) {
      if (isAgain && OF_A_WALK.has(kind)) return false;
      if (kind === 'node') told = last;
      if (kind === 'traces') shown.traces = last;
      if (kind === 'traces' || ((kind === 'refused' || kind === 'failed') && told === last && last)) shown.node = last;
      if (kind === 'failed') {
        hasBroken = isAgain || last === shown.traces;
        last = null;
      }
      return true;
    },
    ready(about) {
      const wanted = shown[about];
      if (!wanted || wanted === last) return;
      [last, isAgain] = [wanted, true];
      walker.run(wanted);
    },
    broken: () => hasBroken,
  };
}
