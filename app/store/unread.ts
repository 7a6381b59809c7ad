/** Files in which nothing can be read that could decide anything: nothing is known then, and nothing is walked. */

import type { NodeSummary, State } from './state.ts';

/** Rules in the words of nft: beside tables that are read they are no more than noted, but where they are all there is they would decide. */
const NATIVE = 'nft list ruleset';

/** What the files hold that nobody can read, apart from rules: those are unknown where the packet meets them. */
export function unreadIn({ document, answer }: Read): readonly NodeSummary['problems'][number][] {
  const { node } = answer;
  if (document.cluster || !node) return NONE;
  return node.problems.filter(({ severity, rule, section }) => !rule && (severity === 'error' || (node.tables.length === 0 && section === NATIVE)));
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
