/**
 * Packets that a packet caused — REJECT's answer, an ICMP error, what a tunnel makes of it — walk on their own. One of
 * them can be looked at as a trace of its own: which one is said by its place among `emitted`, level by level.
 */

import type { CausedView, TraceView } from '../worker/messages.ts';
import type { State } from './state.ts';

/** Places in `emitted`, outermost first; empty: the packet itself. */
export type CausedPath = readonly number[];

/** The trace that a path leads to, null if it leads nowhere. */
export function causedTrace(trace: TraceView | null | undefined, path: CausedPath): TraceView | CausedView | null {
  let at: TraceView | CausedView | null = trace ?? null;
  for (const place of path) at = at?.emitted[place] ?? null;
  return at;
}

/** Which packet every panel shows: the one that is chosen, or, while its trace is still to come, the one before. */
export function shownPlace({ answer, selection }: Pick<State, 'answer' | 'selection'>): NonNullable<State['answer']['shows']> {
  return answer.shows ?? selection;
}

/** The trace that every panel shows. */
export function shownTrace(state: Pick<State, 'answer' | 'selection'>): TraceView | null {
  const { packet, caused } = shownPlace(state);
  return causedTrace(state.answer.traces[packet], caused);
}

/** The same path in another trace, as far as it leads to packets of the same kind. */
export function carryCaused(before: TraceView | undefined, after: TraceView, path: CausedPath): CausedPath {
  return path.every((_, i) => {
    const [was, is] = [before, after].map((trace) => causedTrace(trace, path.slice(0, i + 1)));
    return was && is && 'cause' in was && 'cause' in is && was.cause === is.cause;
  })
    ? path
    : [];
}
