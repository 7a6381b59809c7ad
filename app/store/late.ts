/** Work that takes longer than a moment: only then is it worth a word. */

import type { State } from './state.ts';

/** The walk has been under way for longer than that. */
export function isLate({ answer: { status, late } }: State): boolean {
  return status === 'running' && late;
}

/** Is the verdict that is shown of another packet or file than those on the page, and not just for a moment? */
export function isOutdated(state: State): boolean {
  const { stale, status } = state.answer;
  return stale && (status !== 'running' || isLate(state));
}
