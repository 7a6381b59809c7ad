/** What a packet changed in a set: the entries that came, went, or whose time began anew. */

import { entryText, expiresAt, isPresent, type SetState } from './state.ts';

export interface SetDifference {
  /** Element texts, in the order in which they were added. */
  readonly added: readonly string[];
  readonly deleted: readonly string[];
  /** Were there, and got another timeout. */
  readonly renewed: readonly string[];
}

/** Positions are given out once, so those of the earlier state are the later one's, too. */
export function setDifference(before: SetState, after: SetState): SetDifference {
  const added: string[] = [];
  const deleted: string[] = [];
  const renewed: string[] = [];
  for (let position = 0; position < after.positions; position++) {
    const [was, is] = [position < before.positions && isPresent(before, position), isPresent(after, position)];
    if (is && !was) added.push(entryText(after, position));
    else if (was && !is) deleted.push(entryText(before, position));
    else if (was && is && expiresAt(before, position) !== expiresAt(after, position)) renewed.push(entryText(after, position));
  }
  return { added, deleted, renewed };
}
