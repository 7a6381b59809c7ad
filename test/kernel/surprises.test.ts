/**
 * Surprises on the real kernel and in the engine, step for step. PACKETWALK_RECORD=1 rewrites recorded/surprises/; the
 * recordings are checked where no kernel can be asked.
 */

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { KernelCase } from './cases.ts';
import { disagreements } from './engine.ts';
import { BUSY, closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { readRecording, writeRecording } from './recorded.ts';
import { waysOf } from './recording.ts';
import { SURPRISES } from './surprises.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: the kernel is not asked about surprises: ${kernel.reason}`);
const recordAgain = Boolean(process.env.PACKETWALK_RECORD);

afterAll(closeKernel);

const waits = ({ sends }: KernelCase): boolean => sends.some((one) => ('packet' in one ? one.packet.at : 'dst' in one ? one.at : one.overrides?.at));

describe.skipIf(!kernel.ok)('on the kernel of this machine', () => {
  // Those that wait for the clock wait together, and for nothing else.
  describe.each([
    ['whose packets wait', SURPRISES.filter(waits)],
    ['at once', SURPRISES.filter((one) => !waits(one))],
  ] as const)('%s', (_, cases) => {
    it.concurrent.each(cases.map((one) => [one.name, one] as const))('%s', { retry: BUSY }, async (name, { node, sends, options }) => {
      const recording = await runOnKernel(node, sends, { ...options, title: name });
      expect(disagreements(recording)).toBe('');
      if (recordAgain) writeRecording(`surprises/${name}`, recording);
      expect(waysOf(recording)).toEqual(waysOf(readRecording(`surprises/${name}`)));
    });
  });
});

describe('as recorded', () => {
  it.each(SURPRISES.map(({ name }) => [name] as const))('%s', (name) => {
    expect(disagreements(readRecording(`surprises/${name}`))).toBe('');
  });

  it('every surprise once and nothing else', () => {
    const files = readdirSync(fileURLToPath(new URL('./recorded/surprises/', import.meta.url))).map((file) => file.replace(/\.json$/, ''));
    expect(files.sort()).toEqual(SURPRISES.map(({ name }) => name).sort());
  });
});
