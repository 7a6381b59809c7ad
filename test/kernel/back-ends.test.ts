/**
 * Rules of iptables-legacy and of iptables-nft on one node, loaded in either order: small random rule sets whose tables meet
 * the same packets. The kernel's trace shows rules of legacy alone, so counters of both, outcomes and connections are compared.
 * PACKETWALK_SEED starts elsewhere, PACKETWALK_BACK_ENDS sets the number of nodes.
 */

import { afterAll, describe, expect, it } from 'vitest';
import type { TraceJson } from '../../engine/trace/format.ts';
import { firstSeed } from '../support/seed.ts';
import { traceOnEngine } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { Random } from './random.ts';
import type { Counters, Recording } from './recording.ts';
import { router, tables, TRACKING } from './router.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: both back ends on the kernel: ${kernel.reason}`);

afterAll(closeKernel);

const PORTS = [53, 80, 5353, 8080];

function rulesOf(random: Random): string {
  const match = (): string => `-p udp -m udp --dport ${random.pick(PORTS)}`;
  const marks = (hook: string): string[] => random.some(['0x1', '0x2', '0x4'], 0, 2).map((bit) => `-A ${hook} ${match()} -j MARK --set-xmark ${bit}/${bit}`);
  const verdicts = (hook: string): string[] =>
    random
      .some(['-j ACCEPT', '-j DROP', '', '-m mark --mark 0x1/0x1 -j ACCEPT', '-m conntrack --ctstate DNAT', '-j RETURN'], 0, 4)
      .map((rest) => `-A ${hook} ${match()} ${rest}`.trimEnd());
  const all: Record<string, string[]> = {
    raw: random.some([`-A PREROUTING ${match()} -j NOTRACK`, `-A PREROUTING ${match()} -j MARK --set-xmark 0x8/0x8`], 0, 1),
    mangle: [...marks('PREROUTING'), ...marks('FORWARD'), ...marks('POSTROUTING'), ...marks('OUTPUT')],
    nat: [
      ...random.some([`-A PREROUTING ${match()} -j DNAT --to-destination 10.2.0.${random.between(2, 4)}`, `-A PREROUTING ${match()} -j REDIRECT --to-ports 5353`], 0, 2),
      ...random.some([`-A POSTROUTING ${match()} -j SNAT --to-source 10.2.0.${random.between(50, 52)}`, '-A POSTROUTING -o rb -p udp -j MASQUERADE'], 0, 2),
    ],
    filter: [TRACKING, ...verdicts('FORWARD'), ...verdicts('INPUT'), ...verdicts('OUTPUT')],
  };
  return tables(Object.fromEntries(Object.entries(all).filter(([name, rules]) => rules.length > 0 || name === 'filter' || random.chance(0.3))));
}

function differences(recording: Recording): string[] {
  const report = traceOnEngine(recording, { matchedOnly: true });
  const found: string[] = report.problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  report.traces.forEach((trace, i) => {
    const { left, delivered } = recording.records[i] as Recording['records'][number];
    const kernel = left[0] ? `${left[0].out} ${left[0].packet.src}:${left[0].packet.sport} > ${left[0].packet.dst}:${left[0].packet.dport}` : delivered ? 'delivered' : 'nothing';
    if (kernel !== outcome(trace)) found.push(`packet ${i + 1} ${JSON.stringify(recording.packets[i])}: kernel ${kernel}, engine ${outcome(trace)}`);
  });
  const compareCounters = (backend: string, counters: Counters | undefined): void => {
    for (const [table, chains] of Object.entries(counters?.ipv4 ?? {}))
      for (const [chain, { policy, rules }] of Object.entries(chains)) {
        const engine = report.counters.ipv4[`${backend}:${table}`]?.[chain];
        // Policies of iptables-nft count only where a restore gave them counters.
        const policies = backend === 'legacy' ? [engine?.policy, policy] : [];
        const [ours, theirs] = [JSON.stringify([policies[0], engine?.rules]), JSON.stringify([policies[1], rules])];
        if (ours !== theirs) found.push(`${backend}:${table}/${chain}: kernel ${theirs}, engine ${ours}`);
      }
  };
  compareCounters('legacy', recording.counters);
  compareCounters('nft', recording.nftCounters);
  return found;
}

function outcome({ outcome: { verdict, out, packet } }: TraceJson): string {
  if (verdict === 'delivered') return 'delivered';
  return verdict === 'forwarded' || verdict === 'sent' ? `${out} ${packet?.src}:${packet?.sport} > ${packet?.dst}:${packet?.dport}` : verdict === 'unknown' ? 'unknown' : 'nothing';
}

const seed = firstSeed();
const COUNT = Number(process.env.PACKETWALK_BACK_ENDS ?? 3);

describe.skipIf(!kernel.ok)('both back ends on the kernel of this machine', { timeout: 60_000 + COUNT * 5000 }, () => {
  it.each(Array.from({ length: COUNT }, (_, i) => [seed + i] as const))('seed %i', async (one) => {
    const random = new Random(one);
    const node = router({ iptables: rulesOf(random), nft: { iptables: rulesOf(random), first: random.chance(0.5) } });
    const sends = Array.from({ length: 24 }, (_, i) => ({
      proto: 'udp' as const,
      sport: 1000 + random.int(12),
      dport: random.pick(PORTS),
      ...(random.chance(0.25)
        ? { src: random.pick(['10.1.0.1', '10.2.0.1']), dst: random.pick(['10.2.0.2', '10.1.0.1']) }
        : { in: 'ra', src: `10.1.0.${random.between(2, 3)}`, dst: random.pick(['10.2.0.2', '10.2.0.3', '10.1.0.1']) }),
      id: 1001 + i,
    }));
    const recording = await runOnKernel(node, sends, { title: `seed ${one}` });
    expect(differences(recording).slice(0, 12)).toEqual([]);
  });
});
