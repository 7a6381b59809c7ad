/** Random nodes of one kind, each walked on the kernel and in the engine: what the tests of a few matches share. */

import { expect } from 'vitest';
import type { Packet } from '../../engine/model/packet.ts';
import { describeDifferences } from './compare.ts';
import { judge, withoutDoubts } from './engine.ts';
import { runOnKernel } from './kernel.ts';
import type { KernelNode, Sending } from './node.ts';

export interface RandomNode {
  readonly node: KernelNode;
  readonly sends: readonly (Sending | Packet)[];
}

/** Fails with the seed of a node that the two walk differently. What came of the others: rules that fired, answers "unknown". */
export async function expectAgreement(
  title: string,
  make: (seed: number) => RandomNode,
  first: number,
  nodes: number,
): Promise<{ readonly hits: number; readonly unknown: number }> {
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
