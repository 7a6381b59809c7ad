/** Where random tests begin. */

import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

/**
 * `PACKETWALK_SEED`, or one made of the commit that is checked out: another for each change, and the same for everybody who
 * runs that change. Without a commit, and for what asks for it (`PACKETWALK_FRESH=1`), a number drawn anew.
 */
export function firstSeed(): number {
  const given = Number(process.env.PACKETWALK_SEED ?? 0);
  if (given > 0) return given;
  try {
    if (!process.env.PACKETWALK_FRESH)
      return 1 + (Number.parseInt(execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).slice(0, 8), 16) % 1_000_000_000);
  } catch {
    // No repository, or no git.
  }
  return randomInt(1, 1_000_000_000);
}
