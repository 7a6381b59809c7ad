/**
 * The engine against what real kernels did, as kept in recorded/: runs everywhere, without a kernel to ask. The files are
 * written by kernel.test.ts with PACKETWALK_RECORD=1.
 */

import { describe, expect, it } from 'vitest';
import { describeDifferences } from './compare.ts';
import { engineMissing, judge } from './engine.ts';
import { readRecording, recordedNames } from './recorded.ts';

if (engineMissing) console.warn(`SKIPPED: recorded kernels against the engine: ${engineMissing}`);

describe.skipIf(engineMissing)('the engine does what the kernel did', () => {
  for (const name of recordedNames()) {
    const recording = readRecording(name);
    // What the node's own programs answer is not the engine's to know.
    it.skipIf(recording.answers === 'stack')(`${name} (kernel ${recording.versions.kernel})`, () => {
      expect(describeDifferences(recording, judge(recording))).toBe('');
    });
  }
});
