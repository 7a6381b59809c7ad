/**
 * The page's examples on the real kernel: what a scenario promises, the kernel does, and the engine walks the same way,
 * step for step. PACKETWALK_RECORD=1 rewrites recorded/examples/; the recordings are checked where no kernel can be asked.
 * Those with virtual servers are asked of the emulated kernel (test/emulated/examples.test.ts).
 */

import { afterAll, describe, expect, it } from 'vitest';
import { disagreements } from './engine.ts';
import type { Example } from '../support/examples.ts';
import { brokenPromises, exampleCase, HERE } from './example-cases.ts';
import { readExampleRecording, recordedExamples, writeExampleRecording } from './example-recordings.ts';
import { BUSY, closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { waysOf } from './recording.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: the kernel is not asked about the examples: ${kernel.reason}`);
const recordAgain = Boolean(process.env.PACKETWALK_RECORD);

afterAll(closeKernel);

describe.skipIf(!kernel.ok)('on the kernel of this machine', () => {
  it.concurrent.each(HERE.map((example) => [example.name, example] as const))('%s', { retry: BUSY }, async (name, example) => {
    const { node, sends, options } = exampleCase(example);
    const recording = await runOnKernel(node, sends, { ...options, title: name });
    // A refusal is an error of sending for the node's own packets.
    expect(recording.records.map(({ error }) => error).filter((error) => error !== null && error !== 'EPERM')).toEqual([]);
    expect(brokenPromises(example, recording)).toEqual([]);
    expect(disagreements(recording)).toBe('');
    if (recordAgain) writeExampleRecording(name, recording);
    expect(waysOf(recording)).toEqual(waysOf(readExampleRecording(name)));
  });
});

describe('as recorded', () => {
  it.each(HERE.map((example) => [example.name, example] as const))('%s', (name, example) => {
    const recording = readExampleRecording(name);
    expect(brokenPromises(example, recording)).toEqual([]);
    expect(disagreements(recording)).toBe('');
  });

  it('every example and nothing else', () => {
    expect(recordedExamples()).toEqual(HERE.map(({ name }) => name).sort());
  });

  it('a promise that the kernel does not keep is seen', () => {
    const example = HERE.find(({ name }) => name.endsWith('/p02-reply-from-internet')) as Example;
    const recording = readExampleRecording(example.name);
    const wrong = [{ packet: 2, verdict: 'delivered' as const, out: 'eth0', dst: '10.16.0.11', mark: 1, fires: ['filter/FORWARD/14'], not: ['filter/FORWARD/3'] }];
    expect(brokenPromises({ ...example, scenario: { ...example.scenario, expect: wrong } }, recording).map((text) => text.split(',')[0])).toEqual([
      'packet 2: verdict delivered',
      'packet 2: out eth0',
      'packet 2: dst 10.16.0.11',
      'packet 2: mark 1',
      'packet 2: fires filter/FORWARD/14',
      'packet 2: not filter/FORWARD/3',
    ]);
  });
});
