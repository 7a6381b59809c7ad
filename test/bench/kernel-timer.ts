/** Asks timer.py how long the kernel takes. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

export interface KernelTimer {
  /** Nanoseconds for one packet through the rules, sending and receiving included; text if it could not be measured. */
  measure(iptables: string, ipset: string, frame: string, packets: number): Promise<number | string>;
  close(): void;
}

/** Why there is no kernel to measure here, or a timer. */
export function startKernelTimer(): KernelTimer | string {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  if (process.getuid?.() !== 0) return 'not root';
  // Run from the repository's root, as npm does: the built file lies elsewhere.
  const child = spawn('python3', [resolve('test/bench/timer.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let failure = '';
  child.on('error', (error) => {
    failure = error.message;
  });
  return {
    async measure(iptables, ipset, frame, packets) {
      if (failure !== '') return failure;
      child.stdin.write(`${JSON.stringify({ iptables, ipset, frame, packets })}\n`);
      const { value, done } = await lines.next();
      if (done) return failure || 'python3 ended early';
      const answer = JSON.parse(value) as { nanoseconds?: number; refused?: string };
      return answer.nanoseconds ?? answer.refused ?? 'no answer';
    },
    close: () => child.stdin.end(),
  };
}
