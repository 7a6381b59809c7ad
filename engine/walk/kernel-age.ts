/**
 * Answers that older kernels give otherwise. What the engine says was seen on Linux 6.18; a node whose `uname -r` is older gets a
 * note on each answer that is known to have changed since.
 */

import type { Run } from './run.ts';

/** Release numbers of `uname -r`, as far as they decide: `6.1.0-18-amd64` is [6, 1]. Null: it is none. */
function release(text: string): readonly [number, number] | null {
  const parts = /^(\d+)\.(\d+)/.exec(text);
  return parts && [Number(parts[1]), Number(parts[2])];
}

/** Is the node's kernel older than the release? False if the snapshot does not say. */
export function isOlder(kernel: string | null, since: string): boolean {
  const [own, changed] = [kernel === null ? null : release(kernel), release(since)];
  if (!own || !changed) return false;
  return own[0] < changed[0] || (own[0] === changed[0] && own[1] < changed[1]);
}

/**
 * Says that the answer just given is another one before release `since`.
 * @param otherwise what such a kernel does, as a clause: `kernels before 5.3 drop …`
 */
export function noteAge(run: Run, since: string, otherwise: string): void {
  const { kernel } = run.world.node;
  if (isOlder(kernel, since)) run.notes.add(`packet ${run.number}: the node runs Linux ${kernel}, and kernels before ${since} ${otherwise}`);
}
