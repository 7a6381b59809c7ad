/** Files in which nothing can be read that could decide anything: nothing is known then, and nothing is walked. */

import type { NodeSummary, State } from './state.ts';

/** What the files hold that nobody can read, apart from rules: those are unknown where the packet meets them. */
export function unreadIn({ document, answer }: Read): readonly NodeSummary['problems'][number][] {
  return document.cluster ? NONE : (answer.node?.problems.filter(({ severity, rule }) => severity === 'error' && !rule) ?? NONE);
}

/** What became of a packet would say nothing: no table was read, and there is something that is no table, or nothing at all. */
export function isUnread(state: Read): boolean {
  const { document, answer } = state;
  return answer.node?.tables.length === 0 && !document.cluster && (unreadIn(state).length > 0 || document.files.every(({ text }) => text.trim() === ''));
}

interface Read {
  readonly document: State['document'];
  readonly answer: Pick<State['answer'], 'node'>;
}

const NONE: readonly never[] = [];
