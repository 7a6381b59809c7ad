/** What changed in a set between two moments of a walk, by name: the SET target's entries, spelled out. */

import { setDifference, type SetDifference, type SetState } from '../extension/settype/index.ts';
import type { Snapshot } from '../model/trace.ts';

/** Null where either moment does not know the set. */
export function setChange(before: Snapshot, after: Snapshot, name: string): SetDifference | null {
  const [was, is] = [before, after].map(({ world }) => world.sets?.get(name) as SetState | undefined);
  return was && is ? setDifference(was, is) : null;
}
