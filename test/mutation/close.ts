/**
 * What nobody notices is closed with the kernel's help: random nodes are recorded until one of them notices the mutant. A
 * recording is kept if it notices what no other does; what comes in are the survivors, what goes out is what is left.
 */

import { judgeWalk } from '../kernel/engine.ts';
import { KernelRefused, runOnKernel } from '../kernel/kernel.ts';
import { randomCase } from '../kernel/random-node.ts';
import { writeRecording } from '../kernel/recorded.ts';
import type { Mutant } from './mutants.ts';
import { recorded, RECORDED, Suite } from './suite.ts';

const KEPT = `${RECORDED}mutants/`;

/** `worth`: so many mutants a recording must notice to be kept. */
export async function closeSurvivors(survivors: readonly Mutant[], first: number, count: number, worth: number, say: (text: string) => void): Promise<Mutant[]> {
  let left = [...survivors];
  for (let seed = first; seed < first + count && left.length > 0; seed++) {
    const one = randomCase(seed, { rare: 0.7, packets: 30 });
    if (one.node.sysctls?.['net.netfilter.nf_conntrack_udp_timeout'] !== undefined) continue;
    try {
      const recording = await runOnKernel(one.node, one.sends, { ...one.options, title: `random node ${seed}` });
      if (judgeWalk(recording).differences.length > 0) continue;
      const witness = recorded(`random-${seed}`, recording);
      const suite = new Suite([witness]);
      const noticed = left.filter((mutant) => suite.judge(mutant).noticedBy !== null);
      if (noticed.length < worth) continue;
      writeRecording(witness.name, recording, KEPT);
      left = left.filter((mutant) => !noticed.includes(mutant));
      say(`${witness.name} notices ${noticed.length}, ${left.length} left: ${noticed.map(({ of, name }) => `${of}: ${name}`).join('; ')}`);
    } catch (error) {
      if (!(error instanceof KernelRefused)) throw error;
    }
  }
  return left;
}
