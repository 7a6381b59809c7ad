/**
 * Records what the kernel does with single options (option-cases.ts): PACKETWALK_RECORD=1, and PACKETWALK_ONLY for some of
 * them. Their recordings hold the rules as they were written, not as iptables-save prints them; recorded.test.ts holds the
 * engine against them.
 */

import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { KernelCase } from './cases.ts';
import { disagreements } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { clockCase, OPTION_CASES } from './option-cases.ts';
import { readRecording, recordedNames, writeRecording } from './recorded.ts';
import type { Recording } from './recording.ts';

const kernel = kernelAvailable();
const { PACKETWALK_RECORD: RECORD, PACKETWALK_ONLY: ONLY } = process.env;
const MUTANTS = fileURLToPath(new URL('./recorded/mutants/', import.meta.url));

afterAll(closeKernel);

/** The tables of a snapshot as they were given. */
function asWritten(recording: Recording, { node }: KernelCase): Recording {
  const lines: string[] = [];
  for (let i = 0; i < recording.snapshot.length; i++) {
    const line = recording.snapshot[i] as string;
    lines.push(line);
    const given = line === '==> iptables-save <==' ? node.iptables : line === '==> ip6tables-save <==' ? node.ip6tables : undefined;
    if (given === undefined) continue;
    lines.push(...given.trimEnd().split('\n'));
    while (i + 1 < recording.snapshot.length && !recording.snapshot[i + 1]?.startsWith('==>')) i++;
  }
  return { ...recording, snapshot: lines };
}

/** At the beginning of a second: what is asked of the clock must not change while the node is built. */
async function atNextSecond(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000) + 20));
  return Math.floor(Date.now() / 1000);
}

async function record(one: KernelCase): Promise<void> {
  const printed = await runOnKernel(one.node, one.sends, { ...one.options, title: one.name });
  expect(disagreements(printed)).toBe('');
  const written = asWritten(printed, one);
  expect(disagreements(written)).toBe('');
  writeRecording(one.name, written, MUTANTS);
}

describe.runIf(RECORD && kernel.ok)('single options, recorded', () => {
  it.each(OPTION_CASES.filter(({ name }) => !ONLY || name.includes(ONLY)).map((one) => [one.name, one] as const))('%s', (_, one) => record(one));
  it.runIf(!ONLY || 'option-times-of-the-clock'.includes(ONLY))('option-times-of-the-clock', async () => record(clockCase(await atNextSecond())));
});

it('each has its recording, of the rules that stand here', () => {
  const names = recordedNames(MUTANTS);
  for (const { name, node } of OPTION_CASES) {
    expect(names, `${name}: PACKETWALK_RECORD=1 npx vitest run --project kernel test/kernel/option-cases.test.ts`).toContain(name);
    const text = readRecording(name, MUTANTS).snapshot.join('\n');
    expect(text, name).toContain((node.iptables ?? node.ip6tables ?? '').trimEnd());
  }
});
