/**
 * Connections that get in each other's way, on the kernel of this machine and in the engine; and the second half of each
 * sequence again by an engine that knows of the first no more than `conntrack -L` lists. PACKETWALK_SEED starts elsewhere,
 * PACKETWALK_RELATED sets the number of nodes.
 */

import { afterAll, describe, expect, it } from 'vitest';
import { firstSeed } from '../support/seed.ts';
import { describeDifferences } from './compare.ts';
import { judge, withoutDoubts } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { onlyAfter } from './listed.ts';
import { Random } from './random.ts';
import { bridgedConnections, relatedConnections } from './related.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: related connections on the kernel: ${kernel.reason}`);

afterAll(closeKernel);

const seed = firstSeed();
const COUNT = Number(process.env.PACKETWALK_RELATED ?? 4);
/** So that one mistake does not print a thousand lines. */
const SHOWN = 8;
const HALF = 20;

describe.skipIf(!kernel.ok)('related connections on the kernel of this machine', { timeout: 60_000 + COUNT * 5000 }, () => {
  it.each(Array.from({ length: COUNT }, (_, i) => [seed + i] as const))('seed %i', async (one) => {
    const { node, sends } = relatedConnections(new Random(one));
    const recording = await runOnKernel(node, sends, { title: `seed ${one}`, listAfter: HALF });
    expect(describeDifferences(recording, withoutDoubts(judge(recording)).differences.slice(0, SHOWN))).toBe('');
    const cut = onlyAfter(recording, HALF);
    // What a list does not tell: how old a connection is, its windows, its device, and what counted before.
    const told = withoutDoubts(judge(cut)).differences.filter(({ kind, text }) => kind !== 'counters' && !/timeout|ASSURED/.test(text));
    expect(describeDifferences(cut, told.slice(0, SHOWN))).toBe('');
  });

  it.each(Array.from({ length: Math.ceil(COUNT / 2) }, (_, i) => [seed + i] as const))('on a bridge, seed %i', async (one) => {
    const { node, sends } = bridgedConnections(new Random(one));
    const recording = await runOnKernel(node, sends, { title: `bridge, seed ${one}` });
    expect(describeDifferences(recording, withoutDoubts(judge(recording)).differences.slice(0, SHOWN))).toBe('');
  });
});
