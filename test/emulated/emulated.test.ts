/**
 * The cases on the emulated kernel. Booting takes ten seconds and a package of 70 MB the first time, so it is asked for:
 * `npm run record:emulated` writes the recordings anew, PACKETWALK_EMULATED=1 holds them against the kernel, and random nodes with
 * virtual services against the engine (PACKETWALK_SEED, PACKETWALK_SEEDS).
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleCase, WITH_IPVS } from '../kernel/example-cases.ts';
import { readExampleRecording, writeExampleRecording } from '../kernel/example-recordings.ts';
import { type Agent, runOnKernel } from '../kernel/kernel.ts';
import { readRecording, recordedNames, writeRecording } from '../kernel/recorded.ts';
import type { KernelWalk, Recording } from '../kernel/recording.ts';
import { describeDifferences } from '../kernel/compare.ts';
import { judge as judgeRecording } from '../kernel/engine.ts';
import { CASES, RECORDED } from './cases.ts';
import { emulatorMissing, prepareImage } from './image.ts';
import { lastWords, startMachine } from './machine.ts';
import { randomIpvsCase } from './random-ipvs.ts';

const recordAgain = Boolean(process.env.PACKETWALK_RECORD);
const wanted = process.env.PACKETWALK_EMULATED ?? '';
const missing = wanted === '' ? 'not asked for: set PACKETWALK_EMULATED=1' : emulatorMissing();
if (missing) console.warn(`SKIPPED: the emulated kernel is not asked: ${missing}`);
/** `PACKETWALK_EMULATED=ipvs` runs the cases whose name has `ipvs` in it. */
const isWanted = ({ name }: { readonly name: string }): boolean => wanted === '1' || name.includes(wanted);
const chosen = CASES.filter(isWanted);
const chosenExamples = WITH_IPVS.filter(isWanted);

const FIRST_SEED = Number(process.env.PACKETWALK_SEED ?? 1000);

/** Tunnels draw their source ports from a hash of the inner flow, seeded anew at every boot. */
const TUNNEL_PORTS = [4789, 6081];

/** What is the same on every run: ports and ids that chance draws are not, and timeouts run on. */
function essence(recording: Recording): unknown {
  const drawn = new Set((recording.environment.choices ?? []).map((choice) => Number(choice.value)));
  const seen = <T extends { sport?: number; dport?: number }>(one: T): object => ({
    ...one,
    sport: one.sport !== undefined && (drawn.has(one.sport) || TUNNEL_PORTS.includes(one.dport ?? 0)) ? 'drawn' : one.sport,
    dport: one.dport !== undefined && drawn.has(one.dport) ? 'drawn' : one.dport,
  });
  const walk = ({ steps, left, delivered }: KernelWalk): object => ({
    delivered,
    steps: steps.map(seen),
    left: left.map(({ out, packet: { src, dst, ttl, tos, df } }) => ({ out, src, dst, ttl, tos, df })),
  });
  return recording.records.map((record) => ({ ...walk(record), error: record.error, emitted: record.emitted.map(walk) }));
}

describe.skipIf(missing)('the emulated kernel', () => {
  let judge: Agent;

  beforeAll(async () => {
    judge = startMachine(prepareImage());
    await judge.ask({ do: 'versions' }).catch((failure: unknown) => {
      throw new Error(`the machine did not come up: ${failure}\n${lastWords()}`);
    });
  }, 120_000);
  afterAll(() => judge?.close());

  for (const { name, node, sends, options } of chosen)
    it(`does in ${name} what was recorded`, async () => {
      const now = await runOnKernel(node, sends, { ...options, title: name, judge });
      if (recordAgain) writeRecording(name, now, RECORDED);
      expect(essence(now)).toEqual(essence(readRecording(name, RECORDED)));
    }, 60_000);

  for (const example of chosenExamples)
    it(`does in the example ${example.name} what was recorded`, async () => {
      const { name } = example;
      const { node, sends, options } = exampleCase(example);
      const now = await runOnKernel(node, sends, { ...options, title: name, judge });
      if (recordAgain) writeExampleRecording(name, now, RECORDED);
      expect(essence(now)).toEqual(essence(readExampleRecording(name, RECORDED)));
    }, 30_000);

  /** A node takes two to ten seconds, and the machine lives for fifteen minutes. */
  const seeds = Array.from({ length: wanted === '1' || 'random-ipvs'.includes(wanted) ? Number(process.env.PACKETWALK_SEEDS ?? 5) : 0 }, (_, i) => FIRST_SEED + i);
  for (const seed of seeds)
    it(`does with virtual services of seed ${seed} what the engine says`, async () => {
      const { node, sends, name } = randomIpvsCase(seed);
      const now = await runOnKernel(node, sends, { title: name, judge });
      const differences = judgeRecording(now);
      expect(`${differences.length} differences${describeDifferences(now, differences.slice(0, 6))}`).toBe('0 differences');
    }, 60_000);

  it('has a case for every recording', () => {
    expect(recordedNames(RECORDED)).toEqual(CASES.map(({ name }) => name).sort());
  });
});
