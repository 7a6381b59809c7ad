/**
 * Random nodes: the engine against the kernel of this machine. PACKETWALK_SEEDS=N tries more nodes, PACKETWALK_SEED=S
 * starts at another (a failure prints its own); PACKETWALK_RARE=0.4 gives that share of rules a rarer match or target.
 */

import { afterAll, describe, expect, it } from 'vitest';
import { describeDifferences } from './compare.ts';
import { engineMissing, judge } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { randomCase } from './random-node.ts';

const kernel = kernelAvailable();
const reason = kernel.ok ? engineMissing : kernel.reason;
if (reason) console.warn(`SKIPPED: random nodes on the kernel: ${reason}`);

const FIRST = Number(process.env.PACKETWALK_SEED ?? 1000);
const COUNT = Number(process.env.PACKETWALK_SEEDS ?? 60);
const RARE = Number(process.env.PACKETWALK_RARE ?? 0.3);
/** So that one mistake does not print a thousand lines. */
const SHOWN = { seeds: 5, differences: 6 };

afterAll(closeKernel);

describe.skipIf(reason)('random nodes', () => {
  it(`walk as the kernel does, seeds ${FIRST} to ${FIRST + COUNT - 1}`, { timeout: 60_000 + COUNT * 2_000 }, async () => {
    const failures: string[] = [];
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const one = randomCase(seed, { rare: RARE });
      const recording = await runOnKernel(one.node, one.sends, { ...one.options, title: one.name });
      const differences = judge(recording);
      if (differences.length > 0)
        failures.push(
          `PACKETWALK_RARE=${RARE} PACKETWALK_SEED=${seed} PACKETWALK_SEEDS=1: ${differences.length} differences\n${describeDifferences(recording, differences.slice(0, SHOWN.differences))}`,
        );
    }
    expect(failures.length === 0 ? '' : `${failures.length} of ${COUNT} seeds\n\n${failures.slice(0, SHOWN.seeds).join('\n\n')}`).toBe('');
  });

  it('make rules fire, connections clash and packets go every way', async () => {
    const seen = { rules: 0, nat: 0, left: 0, delivered: 0, emitted: 0, lost: 0 };
    for (let seed = 1; seed <= 8; seed++) {
      const one = randomCase(seed);
      for (const record of (await runOnKernel(one.node, one.sends)).records) {
        seen.rules += record.steps.filter((step) => step.kind === 'rule').length;
        seen.nat += record.steps.filter((step) => step.kind === 'rule' && step.table === 'nat').length;
        seen.left += record.left.length;
        seen.delivered += Number(record.delivered);
        seen.emitted += record.emitted.length;
        seen.lost += Number(record.left.length === 0 && !record.delivered);
      }
    }
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(5);
  });
});
