/**
 * Rule sets from public places (beside the checkout, if there) and the examples: each is loaded by the kernel, saved, read and
 * printed back, and walked with packets drawn from its own rules. `npm run test:corpus` sends a thousand packets through each;
 * `npm test` a few dozen through as many as there is time for. PACKETWALK_SEED=S draws others.
 */

import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { parseNode, printNode } from '../../engine/index.ts';
import { firstSeed } from '../support/seed.ts';
import { aimedSends, keyOf, rangeOf } from './aimed-packets.ts';
import { describeDifferences } from './compare.ts';
import { CORPUS } from '../support/rule-corpus.ts';
import { corpusNames, loadRuleSet } from './corpus-nodes.ts';
import { judgeWalk, withoutDoubts } from './engine.ts';
import { HERE } from './example-cases.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import type { KernelNode } from './node.ts';
import { kernelNodeOf } from './node-of-snapshot.ts';
import { keepSmall, signature } from './random-run.ts';
import { Random } from './random.ts';
import { openNamespace } from './tools.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: rule sets from public places, walked on the kernel: ${kernel.reason}`);
if (corpusNames.length === 0) console.warn(`SKIPPED: rule sets from public places, walked on the kernel: there is no folder ${CORPUS}`);

/** Packets for each rule set; without the variable, as many as fit into the seconds. */
const PACKETS = Number(process.env.PACKETWALK_CORPUS ?? 0);
const SHARE = 24;
const SECONDS = 12;
/** Sent through one building of the node. */
const AT_ONCE = 50;
const FAILURES = fileURLToPath(new URL('../../.cache/failures/', import.meta.url));
const seed = firstSeed();
const ONLY = process.env.PACKETWALK_ONLY;

interface Result {
  readonly packets: number;
  readonly rules: number;
  readonly fired: number;
  /** Runs with an answer "unknown": what came behind it proves nothing. */
  readonly doubts: number;
  readonly text: string;
}

async function walkRuleSet(name: string, node: KernelNode, count: number): Promise<Result> {
  const range = rangeOf(node);
  const fired = new Set<string>();
  let [packets, doubts] = [0, 0];
  let text = '';
  for (let run = 0; packets < count && range.rules.length > 0; run++) {
    const one = { name, node, sends: aimedSends(range, fired, Math.min(AT_ONCE, count - packets), new Random(seed + run)) };
    if (one.sends.length === 0) break;
    const recording = await runOnKernel(one.node, one.sends, { title: name });
    const { differences: all } = judgeWalk(recording);
    const { differences, doubts: unknown } = withoutDoubts(all);
    packets += one.sends.length;
    if (unknown.length > 0) doubts++;
    recording.records.forEach((record, i) => {
      const family = recording.packets[i]?.dst.includes(':') ? 'ip6:' : '';
      for (const walk of [record, ...record.emitted]) for (const step of walk.steps) if (step.kind === 'rule') fired.add(`${family}${step.table}/${step.chain}/${step.rule}`);
    });
    if (differences.length === 0) continue;
    text = `seed ${seed}, run ${run}\n${describeDifferences(recording, differences.slice(0, 6))}`;
    if (PACKETS > 0) text += `\n${(await keepSmall(one, `corpus-${name}-${seed}-${run}`, new Set(differences.map(signature)), { trials: 200, failures: FAILURES })).text}`;
    break;
  }
  return { packets, rules: range.rules.length, fired: range.rules.filter((rule) => fired.has(keyOf(rule))).length, doubts, text };
}

const lines: string[] = [];
const began = performance.now();
const isTime = (): boolean => PACKETS > 0 || (performance.now() - began) / 1000 < SECONDS;
const say = (name: string, { packets, fired, rules, doubts }: Result): void => {
  lines.push(`  ${name}: ${packets} packets, ${fired} of ${rules} rules fired${doubts > 0 ? `, ${doubts} runs with an answer "unknown"` : ''}`);
};

afterAll(() => {
  closeKernel();
  if (lines.length > 0) console.info(`rule sets walked on the kernel, seed ${seed}:\n${lines.join('\n')}`);
});

/** Where there is not the time for all, other commits begin with others. */
function inTurn(names: readonly string[]): readonly string[] {
  const from = PACKETS > 0 ? 0 : seed % Math.max(1, names.length);
  return [...names.slice(from), ...names.slice(0, from)].filter((name) => !ONLY || new RegExp(ONLY).test(name));
}

const examples = [...new Set(HERE.map(({ folder }) => folder))];

/** As the kernel has loaded it, printed back, and walked. */
async function ruleSet(name: string): Promise<void> {
  const namespace = await openNamespace();
  try {
    const { node, family, refused } = loadRuleSet(name, namespace);
    const saved = (family === 'ipv6' ? node.ip6tables : node.iptables) ?? '';
    expect(printNode(parseNode([{ name, text: saved }], { family })).text).toBe(saved);
    const result = await walkRuleSet(name, node, PACKETS || SHARE);
    say(refused.length > 0 ? `${name} (without line ${refused.join(', ')}, which the kernel's tools refuse)` : name, result);
    expect(result.text).toBe('');
  } finally {
    namespace.close();
  }
}

async function example(folder: string): Promise<void> {
  const text = readFileSync(`public/examples/${folder}/node.snapshot`, 'utf8');
  const result = await walkRuleSet(folder, kernelNodeOf(parseNode([{ name: folder, text }])), PACKETS || SHARE);
  say(folder, result);
  expect(result.text).toBe('');
}

describe.skipIf(!kernel.ok)('as the kernel walks them', () => {
  it.each(inTurn([...corpusNames, ...examples]))('%s', { timeout: 600_000 }, async (name) => {
    if (!isTime()) lines.push(`  ${name}: skipped, no time left (npm run test:corpus)`);
    else await (examples.includes(name) ? example(name) : ruleSet(name));
  });
});
