/** Random nodes of one kind, each walked on the kernel and in the engine: what the tests of a few matches share. */

import { afterAll, describe, expect, it } from 'vitest';
import type { Packet } from '../../engine/model/packet.ts';
import { firstSeed } from '../support/seed.ts';
import { describeDifferences } from './compare.ts';
import { judge, withoutDoubts } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import type { KernelNode, Sending } from './node.ts';

export interface RandomNode {
  readonly node: KernelNode;
  readonly sends: readonly (Sending | Packet)[];
}

interface RandomTest {
  /** Of the recordings. */
  readonly title: string;
  readonly make: (seed: number) => RandomNode;
  /** How many nodes are tried where PACKETWALK_SEEDS does not say. */
  readonly nodes: number;
  /** Of each node: more rules than that are to fire. */
  readonly packets: number;
  /** Of all nodes; without it no answer may be "unknown". */
  readonly fewerUnknown?: (nodes: number) => number;
}

/** A test over random nodes, skipped aloud where there is no kernel to ask. PACKETWALK_SEED repeats a run, PACKETWALK_SEEDS makes it longer. */
export function describeRandom(what: string, how: string, { title, make, nodes, packets, fewerUnknown = () => 1 }: RandomTest): void {
  const kernel = kernelAvailable();
  if (!kernel.ok) console.warn(`SKIPPED: ${what}, on the kernel: ${kernel.reason}`);
  const first = firstSeed();
  const count = Number(process.env.PACKETWALK_SEEDS ?? 0) || nodes;

  afterAll(closeKernel);

  describe.skipIf(!kernel.ok)(what, () => {
    it(`${how} (PACKETWALK_SEED=${first})`, { timeout: 3_600_000 }, async () => {
      const { hits, unknown } = await expectAgreement(title, make, first, count);
      expect(hits).toBeGreaterThan(count * packets);
      expect(unknown).toBeLessThan(fewerUnknown(count));
    });
  });
}

/** Fails with the seed of a node that the two walk differently. What came of the others: rules that fired, answers "unknown". */
async function expectAgreement(title: string, make: RandomTest['make'], first: number, nodes: number): Promise<{ readonly hits: number; readonly unknown: number }> {
  let [hits, unknown] = [0, 0];
  for (let seed = first; seed < first + nodes; seed++) {
    const { node, sends } = make(seed);
    const recording = await runOnKernel(node, sends, { title: `${title}-${seed}` });
    const { differences, doubts } = withoutDoubts(judge(recording));
    expect(differences.length === 0 ? '' : `seed ${seed}\n${describeDifferences(recording, differences)}`).toBe('');
    unknown += doubts.length;
    hits += recording.records.reduce((sum, { steps }) => sum + steps.filter(({ kind }) => kind === 'rule').length, 0);
  }
  return { hits, unknown };
}
