/**
 * Hand-made cases on the real kernel: each case's recording still tells the truth, and what netfilter is known to do is
 * what the harness sees. PACKETWALK_RECORD=1 rewrites the recordings.
 */

import { release } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { CASES, type KernelCase } from './cases.ts';
import { BUSY, closeKernel, kernelAvailable, KernelRefused, runOnKernel } from './kernel.ts';
import { randomCase } from './random-node.ts';
import { readRecording, recordedNames, writeRecording } from './recorded.ts';
import type { KernelStep, PacketRecord, Recording } from './recording.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: the kernel is not asked: ${kernel.reason}`);
const recordAgain = Boolean(process.env.PACKETWALK_RECORD);

/** Seeds of random nodes whose recordings are kept. */
const RECORDED_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const recordedCases: readonly KernelCase[] = [...CASES, ...RECORDED_SEEDS.map((seed) => ({ ...randomCase(seed), name: `random-${seed}` }))];

afterAll(closeKernel);

const run = (one: KernelCase): Promise<Recording> => runOnKernel(one.node, one.sends, { ...one.options, title: one.name });
const path = (steps: readonly KernelStep[]): string => steps.map((step) => `${step.table}:${step.chain.replace('ROUTING', '')}`).join(' ');

/** What is the same on every run: random ports and the kernel's own ids are not. */
function essence(record: Pick<PacketRecord, 'steps' | 'left' | 'delivered' | 'emitted'>, drawn: ReadonlySet<number>): unknown {
  const port = (value: number | undefined): number | string | undefined => (value !== undefined && drawn.has(value) ? 'drawn' : value);
  const fixed = <T extends { sport?: number; dport?: number }>(one: T): object => ({ ...one, sport: port(one.sport), dport: port(one.dport) });
  return {
    steps: record.steps.map(fixed),
    left: record.left.map((one) => [one.out, one.packet.src, one.packet.dst, port(one.packet.sport), port(one.packet.dport), one.packet.ttl, one.packet.tos]),
    delivered: record.delivered,
    emitted: 'emitted' in record ? record.emitted.map((one) => essence({ ...one, emitted: [] }, drawn)) : [],
  };
}

const essenceOf = (recording: Recording): unknown[] => {
  const drawn = new Set((recording.environment.choices ?? []).map((choice) => Number(choice.value)));
  return recording.records.map((record) => essence(record, drawn));
};

describe.skipIf(!kernel.ok)('the kernel', () => {
  for (const one of recordedCases)
    it.concurrent(`does in ${one.name} what was recorded`, { retry: BUSY }, async (context) => {
      if (one.since !== undefined && release().localeCompare(one.since, 'en', { numeric: true }) < 0) return context.skip(`kernels before ${one.since} do otherwise`);
      const now = await run(one).catch((error: unknown) => {
        if (error instanceof KernelRefused && /Unknown device type/.test(error.message)) return context.skip(`this kernel has no device of that type: ${error.message}`);
        if (error instanceof KernelRefused && /cgroup|net_cls|'nfacct'|'nfnl_osf'/.test(error.message))
          return context.skip(`this machine lacks what the case needs: ${error.message}`);
        throw error;
      });
      if (recordAgain) writeRecording(one.name, now);
      expect(essenceOf(now)).toEqual(essenceOf(readRecording(one.name)));
    });

  it('has a case for every recording', () => {
    expect(recordedNames()).toEqual(recordedCases.map((one) => one.name).sort());
  });
});

describe.skipIf(!kernel.ok)('the harness sees', () => {
  const named = (name: string): KernelCase => {
    const found = CASES.find((one) => one.name === name);
    if (!found) throw new Error(`no case "${name}"`);
    return found;
  };

  it('a forwarded connection pass nat once (reference sequences of ip_tables)', async () => {
    const { records } = await run(named('plain-forward'));
    expect(path(records[0]?.steps ?? [])).toBe('raw:PRE mangle:PRE nat:PRE mangle:FORWARD filter:FORWARD security:FORWARD mangle:POST nat:POST');
    expect(path(records[1]?.steps ?? [])).toBe('raw:PRE mangle:PRE mangle:FORWARD filter:FORWARD security:FORWARD mangle:POST');
    expect(records.map((record) => record.left[0]?.out)).toEqual(['rb', 'ra', 'rb']);
  });

  it('a loopback packet come back without nat, and not its own TRACE rule', async () => {
    const { records } = await run(named('local-output-and-loopback'));
    expect(path(records[2]?.steps ?? [])).toBe(
      'raw:OUTPUT mangle:OUTPUT nat:OUTPUT filter:OUTPUT security:OUTPUT mangle:POST nat:POST raw:PRE mangle:PRE mangle:INPUT filter:INPUT security:INPUT',
    );
    expect(records[2]?.steps.every((step) => step.mark === 7 && step.kind === 'policy')).toBe(true);
    expect(records.map((record) => record.delivered)).toEqual([false, false, true, true, true]);
    expect(records.every((record) => record.emitted.length === 0)).toBe(true);
  });

  it('what the stack answers, where it may', async () => {
    const { records } = await run(named('stack-answers'));
    expect(records.map((record) => record.emitted.map(({ packet, steps }) => [packet.proto, packet.icmpType ?? packet.flags, path(steps)]))).toEqual([
      [['icmp', 0, 'raw:OUTPUT mangle:OUTPUT filter:OUTPUT security:OUTPUT mangle:POST']],
      [['icmp', 3, 'raw:OUTPUT mangle:OUTPUT filter:OUTPUT security:OUTPUT mangle:POST']],
      [['tcp', ['RST', 'ACK'], 'raw:OUTPUT mangle:OUTPUT filter:OUTPUT security:OUTPUT mangle:POST']],
    ]);
  });

  it('a clash of ports resolved by chance, and the reply find its way', async () => {
    const { records, environment, conntrack } = await run(named('masquerade-and-reply'));
    const drawn = records[3]?.left[0]?.packet.sport;
    expect(environment.choices).toEqual([{ packet: 4, for: 'port', value: drawn }]);
    expect(drawn).not.toBe(4200);
    expect(records[4]?.left[0]).toMatchObject({ out: 'ra', packet: { dst: '10.1.0.3', dport: 4200 } });
    expect(conntrack.map((entry) => [entry.proto, entry.state, entry.status.join()]).sort()).toEqual([
      ['icmp', null, 'SEEN_REPLY,SRC_NAT'],
      ['tcp', 'ESTABLISHED', 'SEEN_REPLY,ASSURED,SRC_NAT'],
      ['tcp', 'SYN_RECV', 'SEEN_REPLY,SRC_NAT'],
    ]);
  });

  it('bare ACCEPT, DROP and RETURN rules as rules', async () => {
    const { records } = await run(named('bare-rules-are-rules'));
    expect(records[0]?.steps.map((step) => `${step.chain}/${step.rule} ${step.kind}`)).toEqual([
      'FORWARD/1 rule',
      'U/1 rule',
      'FORWARD/2 rule',
      'V/1 rule',
      'V/2 return',
      'FORWARD/3 rule',
    ]);
  });

  it('counters without what it added itself', async () => {
    const { counters } = await run(named('reject'));
    expect(counters.ipv4).toEqual({
      filter: {
        INPUT: { policy: [0, 0], rules: [[1, 36]] },
        FORWARD: {
          policy: [0, 0],
          rules: [
            [1, 40],
            [1, 36],
          ],
        },
        OUTPUT: { policy: [3, 168], rules: [] },
      },
    });
  });

  it('a node that the kernel refuses refused, with its words', async () => {
    await expect(runOnKernel({ interfaces: [], iptables: '*filter\n-A INPUT -j NOWHERE\nCOMMIT\n' }, [])).rejects.toThrow(KernelRefused);
    await expect(runOnKernel({ interfaces: [], iptables: '*filter\n-A INPUT -j NOWHERE\nCOMMIT\n' }, [])).rejects.toThrow(/NOWHERE/);
  });
});
