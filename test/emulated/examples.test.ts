/**
 * The page's examples with virtual servers, as recorded on the emulated kernel (emulated.test.ts writes the recordings): what a
 * scenario promises, that kernel did, and the engine walks the same way, step for step.
 */

import { describe, expect, it } from 'vitest';
import { disagreements } from '../kernel/engine.ts';
import { brokenPromises, WITH_IPVS } from '../kernel/example-cases.ts';
import { readExampleRecording, recordedExamples } from '../kernel/example-recordings.ts';
import type { Recording } from '../kernel/recording.ts';
import { exampleSnapshot } from '../support/examples.ts';
import { RECORDED } from './cases.ts';

/** Tables of a save in the order of their names: the kernel lists them as it likes. */
function section(text: string, header: string): string[] {
  const body = text.split(/^==> /m).find((part) => part.startsWith(`${header} <==`)) ?? '';
  if (header === 'ipvsadm -Sn')
    return body
      .split('\n')
      .filter((line) => line.startsWith('-'))
      .sort();
  return body
    .split(/^(?=\*)/m)
    .slice(1)
    .sort()
    .flatMap((table) => table.split('\n').filter((line) => /^[-*]/.test(line)));
}

describe('examples with virtual servers', () => {
  it('are recorded, and nothing else is', () => {
    expect(recordedExamples(RECORDED)).toEqual(WITH_IPVS.map(({ name }) => name).sort());
  });

  describe.each(WITH_IPVS.map((example) => [example.name, example] as const))('%s', (name, example) => {
    const recording = (): Recording => readExampleRecording(name, RECORDED);

    it('keeps its promises on the emulated kernel', () => {
      const { versions, records, packets } = recording();
      expect(versions.kernel).toMatch(/^6\.1\./);
      expect(packets).toHaveLength(example.scenario.packets.length);
      // A refusal is an error of sending for the node's own packets.
      expect(records.map(({ error }) => error).filter((error) => error !== null && error !== 'EPERM')).toEqual([]);
      expect(brokenPromises(example, recording())).toEqual([]);
    });

    it('is walked by the engine as by the kernel', () => {
      expect(disagreements(recording())).toBe('');
    });
  });

  const oneEach = [...new Map(WITH_IPVS.map((example) => [example.folder, example])).values()];
  it.each(oneEach.map((example) => [example.folder, example] as const))('%s was recorded with the rules and virtual servers of its snapshot', (_, example) => {
    for (const header of ['ipvsadm -Sn', 'iptables-save', 'ip6tables-save']) {
      const ours = section(exampleSnapshot(example), header);
      expect(ours.length).toBeGreaterThan(20);
      expect(section(`${readExampleRecording(example.name, RECORDED).snapshot.join('\n')}\n`, header)).toEqual(ours);
    }
  });
});
