/**
 * The engine against what real kernels did, as kept in recorded/: runs everywhere, without a kernel to ask. The files are
 * written by kernel.test.ts with PACKETWALK_RECORD=1.
 */

import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { disagreements } from './engine.ts';
import { readRecording, recordedNames } from './recorded.ts';

const RECORDED = fileURLToPath(new URL('./recorded/', import.meta.url));
const MUTANTS = `${RECORDED}mutants/`;

describe('the engine does what the kernel did', () => {
  // Those in mutants/ are random nodes that notice what nobody else does (npm run test:mutation).
  for (const [name, folder] of [...recordedNames().map((one) => [one, RECORDED] as const), ...recordedNames(MUTANTS).map((one) => [one, MUTANTS] as const)]) {
    const recording = readRecording(name, folder);
    it(`${name} (kernel ${recording.versions.kernel})`, () => {
      expect(disagreements(recording)).toBe('');
    });
  }
});
