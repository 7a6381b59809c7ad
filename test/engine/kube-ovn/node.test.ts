/** A generated node against nodes made by hand and confirmed on the real kernel (public/examples), and what a snapshot of it is read as. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createWorld, formatPrefix, parseNode, type Node } from '../../../engine/index.ts';
import { CANONICAL, nodeOf, PAGE, SERVICES } from './clusters.ts';

const example = (name: string): string => readFileSync(new URL(`../../../public/examples/${name}/node.snapshot`, import.meta.url), 'utf8');

/** The lines of a section, without comments, counters, seeds; members of a set in order, because a hash has none. */
function section(snapshot: string, command: string): string[] {
  const from = snapshot.indexOf(`==> ${command}`);
  const body = snapshot.slice(snapshot.indexOf('\n', from) + 1).split(/^==> /m)[0] ?? '';
  const lines = body
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/ initval 0x[0-9a-f]+/, '').replace(/ \[\d+:\d+\]$/, ''));
  return command === 'ipset save' ? lines.sort() : lines;
}

const read = (text: string): Node => parseNode([{ name: 'node', text }]);

describe('public/examples/kube-ovn-installed', () => {
  const [ours, theirs] = [nodeOf(CANONICAL).text, example('kube-ovn-installed')];

  test.each(['iptables-save', 'ip6tables-save', 'ipset save', 'ip -j route show table all', 'ip -j rule', 'ip -j -6 rule'])('%s is the same', (command) => {
    expect(section(ours, command).length).toBeGreaterThan(1);
    expect(section(ours, command)).toEqual(section(theirs, command));
  });

  test('IPv6 routes and addresses are the same', () => {
    const routes = ({ routes: list }: Node): unknown[] => (list ?? []).map((route) => JSON.stringify({ ...route, destination: formatPrefix(route.destination) })).sort();
    expect(routes(read(ours))).toEqual(routes(read(theirs)));
    // The example was recorded without Open vSwitch, so it has no device for its tunnels.
    const addresses = ({ interfaces }: Node): unknown =>
      (interfaces ?? []).filter(({ tunnel }) => !tunnel).map(({ name, mtu, mac, addresses: list }) => ({ name, mtu, mac, list }));
    expect(addresses(read(ours))).toEqual(addresses(read(theirs)));
  });
});

describe('the other examples', () => {
  /** The node of kube-ovn-tproxy, from its Subnets and its probed pod. */
  const tproxy = `
options: { node: node1, kubeProxy: none, enableTproxy: true }
nodes:
  - { name: other, addresses: [172.18.0.2, "fc00:f853:ccd:e793::2"] }
  - name: node1
    addresses: [172.18.0.3, "fc00:f853:ccd:e793::3"]
    join: [100.64.0.3, "fd00:100:64::3"]
    interfaces:
      - { name: eth0, addresses: [172.18.0.3/16, "fc00:f853:ccd:e793::3/64"], gateway: [172.18.0.1, "fc00:f853:ccd:e793::1"], mac: "02:42:ac:12:00:03" }
subnets:
  - { name: join, cidrBlock: "100.64.0.0/16,fd00:100:64::/112" }
  - { name: ovn-default, cidrBlock: "10.16.0.0/16,fd00:10:16::/112", natOutgoing: true }
  - { name: custom, vpc: vpc1, cidrBlock: "10.241.39.0/24,fd00:10:241::/112" }
pods:
  - { name: probed, node: node1, ips: [10.241.39.2, "fd00:10:241::2"], subnet: custom, probes: [80] }
`;

  test.each(['iptables-save', 'ip6tables-save', 'ipset save', 'ip -j route show table all', 'ip -j rule', 'ip -j -6 rule'])('kube-ovn-tproxy: %s', (command) => {
    expect(section(nodeOf(tproxy).text, command)).toEqual(section(example('kube-ovn-tproxy'), command));
  });

  test('policy routing of an external gateway, as ip printed it on a node where it was set up by hand', () => {
    const theirs = `==> ip -j route show table all <==
[{"dst":"default","gateway":"192.168.0.254","dev":"eth0","table":"1000","protocol":"static","flags":[]}]
==> ip -j rule <==
[{"priority":1001,"src":"172.31.0.0","srclen":16,"table":"1000"}]
`;
    const ours = nodeOf(`${CANONICAL}
  - { name: ext, cidrBlock: 172.31.0.0/16, gatewayType: centralized, gatewayNode: node1, externalEgressGateway: 192.168.0.254, policyRoutingPriority: 1001, policyRoutingTableID: 1000 }
`).text;
    const rule = (text: string): unknown => read(text).policyRules?.filter(({ table }) => table === '1000');
    const route = (text: string): unknown => read(text).routes?.filter(({ table }) => table === '1000');
    expect(rule(theirs)).toHaveLength(1);
    expect(rule(ours)).toEqual(rule(theirs));
    expect(route(ours)).toEqual(route(theirs));
  });
});

describe('the snapshot is read without a word', () => {
  const kinds = ['iptables', 'ipvs', 'none'] as const;
  test.each(kinds.flatMap((kubeProxy) => (['installed', 'documented'] as const).map((order) => [kubeProxy, order] as const)))('kube-proxy %s, rules as %s', (kubeProxy, order) => {
    for (const yaml of [`${CANONICAL}\n---\n${SERVICES}`, PAGE]) {
      const node = read(nodeOf(yaml, { kubeProxy, order, enableTproxy: true }).text);
      expect(createWorld(node).problems.filter(({ severity }) => severity !== 'note')).toEqual([]);
      expect(node.sets?.size).toBeGreaterThan(10);
    }
  });

  test('kube-proxy in nftables mode is a blind spot, and said to be one', () => {
    const { text, notes } = nodeOf(CANONICAL, { kubeProxy: 'nftables' });
    expect(notes.join()).toMatch(/nftables mode/);
    expect(read(text).notes.join()).toMatch(/kube-proxy/);
  });

  test('one family only', () => {
    const v4 = CANONICAL.replaceAll(/,"?fd00:[^",}\]]*/g, '')
      .replaceAll(/, "fd00:[^"]*"/g, '')
      .replace(/ {6}- \{ action: \w+, match: \{ srcIPs: "fd00.*\n/g, '');
    const { text, sets, chains } = nodeOf(v4, { kubeProxy: 'ipvs' });
    expect(sets.filter(({ name }) => name.startsWith('ovn60') || name.startsWith('KUBE-6'))).toEqual([]);
    expect(chains.ipv6).toEqual([]);
    expect(section(text, 'ip6tables-save')).toEqual([]);
  });

  test('what was taken for granted is in the first lines', () => {
    const { text } = nodeOf('nodes: [{ name: node1, addresses: [10.0.0.5] }]', { node: 'node1' });
    const head = text.split('==> ')[0] ?? '';
    expect(head).toMatch(/join/);
    expect(head).toMatch(/eth0 with 10\.0\.0\.5\/24 and gateway 10\.0\.0\.1/);
  });
});

describe('routes', () => {
  const subnetRoutes = (yaml: string, given = {}): readonly string[] =>
    (read(nodeOf(yaml, given).text).routes ?? [])
      .filter(({ protocol, family }) => protocol === 'static' && family === 'ipv4')
      .map(({ destination, prefsrc }) => `${formatPrefix(destination)} ${prefsrc === null ? '-' : 'src'}`);

  test('one for each overlay Subnet of the default VPC, with the node as source since v1.12', () => {
    expect(subnetRoutes(CANONICAL)).toEqual(['10.0.11.0/24 src', '10.16.0.0/16 src', '10.17.0.0/16 src', '10.66.0.0/16 src']);
    expect(subnetRoutes(CANONICAL, { release: 'v1.11' })).toEqual(['10.0.11.0/24 -', '10.16.0.0/16 -', '10.17.0.0/16 -', '10.66.0.0/16 -']);
  });

  test.each([
    ['{ name: u, vlan: v, cidrBlock: 10.91.0.0/16 }', {}, false],
    ['{ name: u, vlan: v, cidrBlock: 10.91.0.0/16, u2oInterconnection: true }', {}, false],
    ['{ name: u, vlan: v, cidrBlock: 10.91.0.0/16, u2oInterconnection: true }', { enableLb: false }, true],
    ['{ name: u, vlan: v, cidrBlock: 10.91.0.0/16, logicalGateway: true }', {}, true],
    ['{ name: u, vpc: other, cidrBlock: 10.91.0.0/16 }', {}, false],
    // It contains the node itself.
    ['{ name: u, cidrBlock: 192.168.0.0/16 }', {}, false],
  ])('%s %o: %s', (subnet, given, there) => {
    expect(subnetRoutes(`${CANONICAL}\n  - ${subnet}`, given).some((route) => /^(10\.91|192\.168)/.test(route))).toBe(there);
  });

  test('IPVS mode puts every Service’s address on kube-ipvs0, which is down', () => {
    const node = read(nodeOf(`${CANONICAL}\n---\n${SERVICES}`, { kubeProxy: 'ipvs' }).text);
    const dummy = node.interfaces?.find(({ name }) => name === 'kube-ipvs0');
    expect(dummy).toMatchObject({ up: false, kind: 'dummy' });
    // 192.168.0.110 is an address of eth0 and stays there.
    expect(dummy?.addresses).toHaveLength(5 + 2 + 2);
    expect(node.routes?.filter(({ type, nexthops }) => type === 'local' && nexthops[0]?.dev === 'kube-ipvs0')).toHaveLength(9);
  });
});

test('the same cluster and switches make the same text, whatever was switched in between', () => {
  const plain = nodeOf(PAGE).text;
  for (const change of [{ kubeProxy: 'none' }, { order: 'documented' }, { enableTproxy: false }, { release: 'v1.11' }, { kubeProxyChains: 'above' }] as const) {
    expect(nodeOf(PAGE, change).text).not.toBe(plain);
    expect(nodeOf(PAGE).text).toBe(plain);
  }
});
