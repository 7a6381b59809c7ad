/** What an edit of the cluster changed, in one sentence; apart from the panel of the cluster, which is loaded later. */

import type { NodeChanges } from '../../store/node-changes.ts';
import type { Words } from '../../text/words.ts';

export function changesText({ count }: NodeChanges, words: Words): string {
  const text = words.cluster.changes;
  return count.sets === 0 ? text.count(count) : text.said({ rules: text.count(count), sets: text.sets({ count: count.sets }) });
}
