/**
 * TCP tracking against the kernel of this machine, segment by segment: a few states that every segment meets, and segments
 * in any order, with seeds of their own every time; SCTP chunk by chunk. PACKETWALK_TCP=all meets every state of TCP under every
 * setting.
 */

import { afterAll, describe, expect, it } from 'vitest';
import type { KernelCase } from './cases.ts';
import { disagreements } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { Random } from './random.ts';
import { SCTP_STATES } from './surprise/tracking.ts';
import { anyTcp, SETTINGS, tcpStates, WAYS } from './tcp-states.ts';
import { firstSeed } from '../support/seed.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: TCP states on the kernel: ${kernel.reason}`);

const seed = firstSeed();
const random = new Random(seed);
const ways = Object.keys(WAYS);
const settings = Object.keys(SETTINGS);
const all = process.env.PACKETWALK_TCP === 'all';
const met: readonly (readonly [string, string])[] = all
  ? settings.flatMap((setting) => ways.map((way) => [way, setting] as const))
  : random.some(ways, 2, 2).map((way) => [way, random.pick(settings)] as const);

afterAll(closeKernel);

const judged = async ({ name, node, sends }: KernelCase): Promise<string> => disagreements(await runOnKernel(node, sends, { title: name }));

describe.skipIf(!kernel.ok)('a TCP connection on the kernel of this machine', { timeout: 60_000 }, () => {
  it.each(met)('%s, %s: what every segment does to it', async (way, setting) => {
    expect(await judged(tcpStates(way, setting))).toBe('');
  });

  it.each(settings)(`any segments, %s (seed ${seed})`, async (setting) => {
    expect(await judged(anyTcp(random, setting))).toBe('');
  });
});

describe.skipIf(!kernel.ok)('an SCTP association on the kernel of this machine', { timeout: 60_000 }, () => {
  it.each((all ? SCTP_STATES : [random.pick(SCTP_STATES)]).map((one) => [one.name, one] as const))('what every chunk %s does to it', async (_, one) => {
    expect(await judged(one)).toBe('');
  });
});
