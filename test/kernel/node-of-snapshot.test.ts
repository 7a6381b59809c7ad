/**
 * A snapshot is enough to build the node again: what a recording's snapshot is rebuilt to prints the same snapshot, and
 * does the same with the same packets.
 */

import { afterAll, describe, expect, it } from 'vitest';
import { parseNode } from '../../engine/index.ts';
import { nodeOf, PAGE } from '../engine/kube-ovn/clusters.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { kernelNodeOf } from './node-of-snapshot.ts';
import { readRecording } from './recorded.ts';
import type { Recording } from './recording.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: snapshots are not rebuilt: ${kernel.reason}`);

afterAll(closeKernel);

/** Addresses, routes and rules, as printed; link indexes of the other namespace and hash seeds are chance, and it was recorded on another kernel. */
const printed = ({ snapshot }: Recording): string[] =>
  snapshot
    .filter((_, i) => snapshot[i - 1] !== '==> uname -r <==')
    .map((line) =>
      line
        .replace(/"link_netnsid":\d+,/g, '')
        .replace(/initval 0x[0-9a-f]+/, 'initval')
        .replace(/timeout [1-9]\d*$/, 'timeout'),
    );
/** A hash set prints its entries in an order of its own. */
const sorted = (lines: readonly string[]): string[] => [...lines].sort();

describe.skipIf(!kernel.ok)('a snapshot rebuilt', () => {
  it.each(['random-1', 'random-4', 'random-7', 'errors-of-the-stack', 'mark-reroutes', 'ipv6-masquerade'])('%s', async (name) => {
    const before = readRecording(name);
    const node = kernelNodeOf(parseNode([{ name, text: `${before.snapshot.join('\n')}\n` }]));
    const after = await runOnKernel(node, before.packets);
    expect(sorted(printed(after))).toEqual(sorted(printed(before)));
    expect(after.records.map(({ steps }) => steps.map(({ table, chain, rule }) => `${table}/${chain}/${rule}`))).toEqual(
      before.records.map(({ steps }) => steps.map(({ table, chain, rule }) => `${table}/${chain}/${rule}`)),
    );
  });
});

it('of a node of Kube-OVN makes wires of what packets leave by, and hands over virtual servers', () => {
  const built = (kubeProxy: 'ipvs' | 'iptables') => kernelNodeOf(parseNode([{ name: 'node', text: nodeOf(PAGE, { kubeProxy }).text }]));
  const { interfaces, ipvs, sysctls } = built('ipvs');
  const wires = interfaces.filter(({ create }) => create === undefined).map(({ name }) => name);
  expect(wires).toEqual(['lo', 'eth0', 'ovn0', 'genev_sys_6081']);
  expect(interfaces.find(({ name }) => name === 'kube-ipvs0')).toMatchObject({ create: 'type dummy', up: false, addresses: ['10.96.0.50/32', 'fd00:10:96::50/128'] });
  expect(ipvs).toContain('-A -t 192.168.0.101:30080 -s rr\n-a -t 192.168.0.101:30080 -r 10.16.0.20:8080 -m -w 1\n');
  expect(sysctls).toMatchObject({ 'net.ipv4.vs.conntrack': '1' });
  // A kernel without IPVS knows neither.
  expect(built('iptables').ipvs).toBeUndefined();
  expect(Object.keys(built('iptables').sysctls ?? {}).filter((name) => name.includes('.vs.'))).toEqual([]);
});
