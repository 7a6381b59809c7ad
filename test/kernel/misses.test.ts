/**
 * Reasons of misses, judged by the kernel: cut off after the clause that the engine names as the first false one, a rule
 * still misses; cut off before it, it hits. All rules that random packets meet in random nodes, every clause of them.
 * PACKETWALK_SEED, PACKETWALK_SEEDS and PACKETWALK_RARE as in random.test.ts.
 */

import { afterAll, describe, expect, it } from 'vitest';
import type { TraceReportJson } from '../../engine/trace/format.ts';
import type { KernelCase } from './cases.ts';
import { cutNode, SHARED } from './cut-rules.ts';
import { traceOnEngine } from './engine.ts';
import { exampleCase, HERE } from './example-cases.ts';
import { closeKernel, kernelAvailable, LANES, runOnKernel } from './kernel.ts';
import { type Coverage, judgeMisses, withoutCuts } from './misses.ts';
import { randomCase } from './random-node.ts';
import { forMisses } from './random-run.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: reasons of misses on the kernel: ${kernel.reason}`);

const FIRST = Number(process.env.PACKETWALK_SEED ?? 5000);
const COUNT = Number(process.env.PACKETWALK_SEEDS ?? 24);
const RARE = Number(process.env.PACKETWALK_RARE ?? 0.3);
/** Every tenth example; all of them with PACKETWALK_EXAMPLES=all. */
const SAMPLE = HERE.filter((_, i) => process.env.PACKETWALK_EXAMPLES === 'all' || (i + FIRST) % 10 === 0);
const SHOWN = { seeds: 5, packets: 2 };

afterAll(closeKernel);

describe.skipIf(!kernel.ok)('the clause named false is the one', () => {
  it(`in random nodes, seeds ${FIRST} to ${FIRST + COUNT - 1}`, { timeout: 60_000 + COUNT * 4_000 }, async () => {
    const failures: string[] = [];
    const coverage = new Map<string, Coverage>();
    let next = FIRST;
    const lane = async (): Promise<void> => {
      while (next < FIRST + COUNT) {
        const seed = next++;
        const { faults } = await judgeCase(randomCase(seed, { rare: RARE }), coverage);
        if (faults.length > 0)
          failures.push(`PACKETWALK_RARE=${RARE} PACKETWALK_SEED=${seed} PACKETWALK_SEEDS=1: ${faults.length} packets\n${faults.slice(0, SHOWN.packets).join('\n')}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    console.info(coverageText(coverage));
    expect(failures.length === 0 ? '' : `${failures.length} of ${COUNT} seeds\n\n${failures.slice(0, SHOWN.seeds).join('\n\n')}`).toBe('');
    expect(
      [...coverage.values()].reduce((sum, { exact }) => sum + exact, 0),
      'misses judged exactly',
    ).toBeGreaterThan(COUNT * 100);
    const unjudged = [...coverage]
      .filter(([kind, { exact, match, none }]) => none > 0 && exact + match === 0 && !SHARED.some((name) => kind.startsWith(name)))
      .map(([kind]) => kind);
    expect(unjudged, 'clauses whose misses were never judged').toEqual([]);
  });

  it.concurrent.each(SAMPLE.map((example) => [example.name, example] as const))('in the example %s', async (name, example) => {
    const coverage = new Map<string, Coverage>();
    expect((await judgeCase({ name, ...exampleCase(example) }, coverage)).faults).toEqual([]);
    expect([...coverage.values()].some(({ exact }) => exact > 0)).toBe(true);
  });

  it('a reason that names another clause is seen', async () => {
    const one: KernelCase = {
      name: 'two clauses',
      node: {
        interfaces: [
          { name: 'ra', addresses: ['10.1.0.1/24'] },
          { name: 'rb', addresses: ['10.2.0.1/24'] },
        ],
        iptables: '*filter\n-A FORWARD -s 10.1.0.2/32 -p udp -m udp --dport 53 -m mark --mark 0x1 -j DROP\nCOMMIT\n',
      },
      sends: [{ packet: { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'udp', sport: 4000, dport: 53 } }],
    };
    const { recording, cut, report, faults } = await judgeCase(one, new Map());
    expect(faults).toEqual([]);
    const last = report.traces[0]?.steps.flatMap((step) => (step.kind === 'rule' ? [step.why.map(({ clause }) => clause)] : []));
    expect(last).toEqual([['-s 10.1.0.2/32', '-p udp', '--dport 53', '-m mark --mark 0x1']]);
    // Too early: the kernel takes the rule further than the reasons do. The clauses are six: two of them are guards that hold.
    for (const [count, further] of [
      [3, 5],
      [2, 2],
    ] as const) {
      const { faults: seen } = judgeMisses(recording, cut, withReasons(report, count));
      expect(seen).toHaveLength(1);
      expect(seen[0]).toContain(`kernel: FORWARD filter/FORWARD/1 first ${further} clauses`);
    }
    // Too late: the source is not that of the rule, and the protocol is said to be the first false clause.
    const early = await judgeCase({ ...one, sends: [{ packet: { in: 'ra', src: '10.1.0.3', dst: '10.2.0.2', proto: 'tcp', sport: 4000, dport: 53 } }] }, new Map());
    expect(early.faults).toEqual([]);
    const { faults: late } = judgeMisses(early.recording, early.cut, withReasons(report, 2));
    expect(late).toHaveLength(1);
    expect(late[0]).toContain('foreseen: FORWARD filter/FORWARD/1 first 1 clauses');
  });
});

/** The reasons of every miss cut down to so many clauses, the last of them said to be false. */
function withReasons(report: TraceReportJson, count: number): TraceReportJson {
  return {
    ...report,
    traces: report.traces.map((trace) => ({
      ...trace,
      steps: trace.steps.map((step) => (step.kind === 'rule' ? { ...step, why: step.why.slice(0, count).map((why, i) => ({ ...why, holds: i < count - 1 })) } : step)),
    })),
  };
}

/** The case with its cut rules on the kernel, without them in the engine. */
async function judgeCase(one: KernelCase, coverage: Map<string, Coverage>) {
  const cut = cutNode(forMisses(one.node));
  const recording = await runOnKernel(cut.node, one.sends, { ...one.options, title: one.name });
  const report = traceOnEngine(withoutCuts(recording, cut));
  const judged = judgeMisses(recording, cut, report);
  for (const [kind, { exact, match, none }] of judged.coverage) {
    const sum = coverage.get(kind) ?? { exact: 0, match: 0, none: 0 };
    coverage.set(kind, { exact: sum.exact + exact, match: sum.match + match, none: sum.none + none });
  }
  return { cut, recording, report, faults: judged.faults };
}

function coverageText(coverage: ReadonlyMap<string, Coverage>): string {
  const lines = [...coverage]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, { exact, match, none }]) => `${kind}: ${exact}${match ? ` + ${match} by the whole match` : ''}${none ? `, ${none} behind something unknown` : ''}`);
  const judged = [...coverage.values()].reduce((sum, { exact, match }) => sum + exact + match, 0);
  return `${judged} misses judged, by kind of clause:\n  ${lines.join('\n  ')}`;
}
