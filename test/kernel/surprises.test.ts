/**
 * Surprises on the real kernel and in the engine, step for step. PACKETWALK_RECORD=1 rewrites recorded/surprises/; the
 * recordings are checked where no kernel can be asked.
 */

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { describeDifferences } from './compare.ts';
import { judge } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { readRecording, writeRecording } from './recorded.ts';
import type { Recording } from './recording.ts';
import { SURPRISES } from './surprises.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: the kernel is not asked about surprises: ${kernel.reason}`);
const recordAgain = Boolean(process.env.PACKETWALK_RECORD);

/** So that one mistake does not print a thousand lines. */
const SHOWN = 12;

afterAll(closeKernel);

const agree = (recording: Recording): string => describeDifferences(recording, judge(recording).slice(0, SHOWN));

/** The way of each packet, without what chance decides. */
function way({ records }: Recording): unknown {
  return records.map(({ steps, left, delivered, error }) => ({
    steps: steps.map((step) => `${step.hook} ${step.table}/${step.chain}/${step.rule} ${step.kind} mark ${step.mark} ${step.src} > ${step.dst}`),
    left: left.map(({ out, packet }) => `${out} ${packet.src} > ${packet.dst}`),
    delivered,
    error,
  }));
}

describe.skipIf(!kernel.ok)('on the kernel of this machine', () => {
  it.each(SURPRISES.map((one) => [one.name, one] as const))('%s', async (name, { node, sends, options }) => {
    const recording = await runOnKernel(node, sends, { ...options, title: name });
    expect(agree(recording)).toBe('');
    if (recordAgain) writeRecording(`surprises/${name}`, recording);
    expect(way(recording)).toEqual(way(readRecording(`surprises/${name}`)));
  });
});

describe('as recorded', () => {
  it.each(SURPRISES.map(({ name }) => [name] as const))('%s', (name) => {
    expect(agree(readRecording(`surprises/${name}`))).toBe('');
  });

  it('every surprise once and nothing else', () => {
    const files = readdirSync(fileURLToPath(new URL('./recorded/surprises/', import.meta.url))).map((file) => file.replace(/\.json$/, ''));
    expect(files.sort()).toEqual(SURPRISES.map(({ name }) => name).sort());
  });
});
