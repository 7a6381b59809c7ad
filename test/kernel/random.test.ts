/**
 * Random nodes: the engine against the kernel of this machine, with seeds of their own for every commit. What the variables do
 * stands in CONTRIBUTING.md; PACKETWALK_REPORT=1 writes REPORT.md and asks for every row of the coverage.
 */

import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseNode } from '../../engine/index.ts';
import { disagreements } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { kernelNodeOf } from './node-of-snapshot.ts';
import { randomRun } from './random-run.ts';
import { readRecording } from './recorded.ts';
import { emptyRows, reportText, writeReport } from './report.ts';
import { firstSeed } from '../support/seed.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: random nodes on the kernel: ${kernel.reason}`);

const { env } = process;
/** Thirty nodes, or as many as there is time for; more where it is asked for. */
const NODES = Number(env.PACKETWALK_SEEDS ?? 0) || (env.PACKETWALK_SECONDS ? Number.MAX_SAFE_INTEGER : 30);
const SECONDS = Number(env.PACKETWALK_SECONDS ?? 0) || (env.PACKETWALK_SEEDS ? Number.MAX_SAFE_INTEGER : 25);
const FIRST = firstSeed();
const RARE = Number(env.PACKETWALK_RARE ?? 0.5);
/** Of the rules of iptables-nft the kernel's trace says nothing: most nodes are loaded by iptables-legacy. */
const NFT_EVERY = Number(env.PACKETWALK_NFT ?? 5);
const FAILURES = fileURLToPath(new URL('../../.cache/failures/', import.meta.url));
const SHOWN = 5;

afterAll(closeKernel);

describe.skipIf(!kernel.ok)('random nodes', () => {
  it.skipIf(env.PACKETWALK_CASE)('walk as the kernel does', { timeout: 86_400_000 }, async () => {
    const result = await randomRun({
      first: FIRST,
      nodes: NODES,
      seconds: SECONDS,
      rare: RARE,
      nftEvery: NFT_EVERY,
      missesEvery: env.PACKETWALK_REPORT ? 20 : 0,
      failures: FAILURES,
      trials: 300,
      small: 3,
    });
    console.info(reportText(result, env.PACKETWALK_REPORT ? 'whole' : 'short'));
    if (env.PACKETWALK_REPORT) writeReport(result);
    const { failures } = result;
    expect(
      failures.length === 0
        ? ''
        : `${failures.length} nodes\n\n${failures
            .slice(0, SHOWN)
            .map(({ text }) => text)
            .join('\n\n')}`,
    ).toBe('');
    if (env.PACKETWALK_REPORT) expect(emptyRows(result.coverage), 'rows that nothing reached').toEqual([]);
  });

  it.runIf(env.PACKETWALK_CASE)('walk as the kernel does in a recording that disagreed', async () => {
    const [, folder = '', name = ''] = /^(.*\/)?([^/]+?)(?:\.json)?$/.exec(env.PACKETWALK_CASE ?? '') ?? [];
    const before = readRecording(name, folder || './');
    const node = kernelNodeOf(parseNode([{ name, text: `${before.snapshot.join('\n')}\n` }]));
    const now = await runOnKernel(node, before.packets, { title: name, sockets: before.environment.sockets ?? [], answers: before.answers });
    expect(disagreements(now)).toBe('');
  });
});
