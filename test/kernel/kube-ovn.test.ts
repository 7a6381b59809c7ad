/**
 * Generated Kube-OVN nodes on the real kernel: ipset restore and iptables-restore take them without a word and print them back as they are, for
 * the documentation's objects in both orders, for every mode, and for random clusters; and packets go the way the engine walks.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateNode, parseNode, parseTypedPacket, readCluster, readOptions, type GeneratedNode, type OptionsJson, type Packet } from '../../engine/index.ts';
import { CANONICAL, HOST_PORTS, nodeOf, PAGE, SERVICES, SOURCE_RANGES } from '../engine/kube-ovn/clusters.ts';
import { randomCluster, randomOptions } from '../engine/kube-ovn/random-cluster.ts';
import { disagreements } from './engine.ts';
import { closeKernel, kernelAvailable, runOnKernel } from './kernel.ts';
import { kernelNodeOf } from './node-of-snapshot.ts';
import { openNamespace, type Namespace } from './tools.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: generated Kube-OVN nodes are not loaded: ${kernel.reason}`);

let namespace: Namespace;
beforeAll(async () => {
  if (kernel.ok) namespace = await openNamespace();
});
afterAll(() => {
  namespace?.close();
  closeKernel();
});

const TABLES = ['filter', 'nat', 'mangle'] as const;
const TOOLS = [
  ['iptables-legacy', 'iptables-save'],
  ['ip6tables-legacy', 'ip6tables-save'],
] as const;

function section(text: string, command: string): string {
  const start = text.indexOf(`==> ${command} <==\n`);
  return start < 0 ? '' : (text.slice(start + command.length + 9).split(/^==> /m)[0] ?? '');
}

/** What the tools said, and where what they print differs from what went in; empty if all is well. */
function load({ text }: GeneratedNode): string[] {
  // Rules hold sets: they go first.
  for (const [tool] of TOOLS) for (const table of TABLES) namespace.run(`${tool}-restore`, [], `*${table}\nCOMMIT\n`);
  namespace.run('ipset', ['destroy']);
  const complaints: string[] = [];
  const take = (tool: string, input: string): void => {
    const { ok, stdout, stderr } = namespace.run(tool, tool === 'ipset' ? ['restore'] : [], input);
    if (!ok || stdout + stderr !== '') complaints.push(`${tool}: ${stdout}${stderr}`);
  };
  const sets = section(text, 'ipset save');
  take('ipset', sets);
  const sorted = (lines: string): string[] => lines.split('\n').sort();
  if (String(sorted(namespace.run('ipset', ['save']).stdout)) !== String(sorted(sets))) complaints.push('ipset save prints something else');
  for (const [tool, command] of TOOLS) {
    const rules = section(text, command);
    take(`${tool}-restore`, rules);
    for (const table of TABLES) {
      const given = new RegExp(`^\\*${table}\\n[^]*?^COMMIT\\n`, 'm').exec(rules)?.[0];
      if (given === undefined) continue;
      const saved = namespace
        .run(`${tool}-save`, ['-t', table])
        .stdout.replace(/^#.*\n/gm, '')
        .replace(/\[\d+:\d+\]/g, '[0:0]');
      if (saved !== given) complaints.push(`${tool}-save -t ${table} prints something else:\n${saved}\n---\n${given}`);
    }
  }
  return complaints;
}

describe.skipIf(!kernel.ok)('loaded without a word, and printed back as given', () => {
  const modes = ['none', 'iptables', 'ipvs'] as const;
  it.each(modes.flatMap((kubeProxy) => (['installed', 'documented'] as const).map((order) => [kubeProxy, order] as const)))('kube-proxy %s, rules as %s', (kubeProxy, order) => {
    for (const yaml of [PAGE, `${CANONICAL}\n---\n${SERVICES}`, [CANONICAL, HOST_PORTS, SOURCE_RANGES].join('\n---\n')])
      for (const clusterCidr of ['', '10.16.0.0/16,fd00:10:16::/112']) expect(load(nodeOf(yaml, { kubeProxy, order, enableTproxy: true, clusterCidr }))).toEqual([]);
  });

  it.each(['v1.10', 'v1.11', 'v1.11.5', 'v1.12.0', 'v1.12', 'v1.13', 'v1.16'])('release %s', (release) => {
    for (const kubeProxyChains of ['above', 'below'] as const) expect(load(nodeOf(PAGE, { release, kubeProxyChains }))).toEqual([]);
  });

  it('a rule that is not there is missed: the comparison can fail', () => {
    const { text, ...rest } = nodeOf(PAGE);
    expect(load({ ...rest, text: text.replace('-j OVN-NAT-POLICY\n', '-j NOWHERE\n') })).not.toEqual([]);
    expect(load({ ...rest, text: text.replace('add ovn40services 10.96.0.0/12', 'add ovn40services 10.96.0.1/12') })).not.toEqual([]);
  });

  it('random clusters', () => {
    fc.assert(
      fc.property(randomCluster, randomOptions, (description, json: OptionsJson) => {
        const { cluster } = readCluster([description]);
        const { options } = readOptions(json);
        const node = cluster && options ? generateNode(cluster, options) : null;
        if (!node || 'failure' in node) throw new Error('a random cluster is to be readable');
        expect(load(node)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

/** Packets whose way was worked out by hand from the sources; on the engine in test/engine/kube-ovn/walk.test.ts. */
describe.skipIf(!kernel.ok)('packets go the same way on the kernel', () => {
  const WEB = `
services:
  - { name: web, type: NodePort, clusterIP: 10.96.0.50, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }], endpoints: [10.16.0.30] }
  - { name: local, type: NodePort, externalTrafficPolicy: Local, clusterIP: 10.96.0.51, ports: [{ port: 80, targetPort: 8080, nodePort: 30081 }], endpoints: [{ address: 10.16.0.20, node: node1 }] }
  - { name: empty, clusterIP: 10.96.0.99, ports: [{ port: 80 }] }
`;
  const LINES = [
    'ovn0 tcp 10.16.0.10:40000 > 8.8.8.8:443',
    'ovn0 tcp 10.17.0.5:4000 > 8.8.8.8:443',
    'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443',
    'ovn0 tcp 10.0.11.130:4201 > 8.8.8.8:443',
    'ovn0 tcp 10.16.0.10:4100 > 10.96.0.50:80',
    'ovn0 tcp 10.16.0.10:4102 > 10.96.0.99:80',
    'eth0 tcp 192.168.0.200:6004 > 10.96.0.99:80',
    'eth0 tcp 203.0.113.9:50000 > 192.168.0.101:30080',
    'eth0 tcp 203.0.113.9:50002 > 192.168.0.101:30081',
    'ovn0 tcp [fd00:10:16::a]:4300 > [2001:db8::8]:443',
  ];
  const packets = LINES.map((line) => parseTypedPacket(line) as Packet);

  it.each([
    ['iptables', 'below'],
    ['iptables', 'above'],
    ['none', 'below'],
  ] as const)('kube-proxy %s, its chains %s', async (kubeProxy, kubeProxyChains) => {
    const { text } = nodeOf(`${CANONICAL}\n---\n${WEB}`, { kubeProxy, kubeProxyChains });
    const recording = await runOnKernel(kernelNodeOf(parseNode([{ name: 'node', text }])), packets, { title: `kube-ovn-${kubeProxy}-${kubeProxyChains}` });
    expect(recording.records.map(({ error }) => error)).toEqual(packets.map(() => null));
    expect(disagreements(recording)).toBe('');
    // P24: with the mark of S14 KUBE-FORWARD accepts before KUBE-SERVICES can refuse.
    const left = recording.records[5]?.left.map(({ out }) => out);
    expect(left).toEqual(['eth0']);
  });
});
