/**
 * Tunnels where no recording can tell: what is not known is said and not guessed, chance is the scenario's, and Open
 * vSwitch as OVN's tables describe it. What kernels do is in test/emulated/recorded and test/kernel/recorded.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, parseTypedPacket, TRUE, UNKNOWN, walk, type Environment, type WalkResult } from '../../../engine/index.ts';
import { CANONICAL, nodeOf } from '../kube-ovn/clusters.ts';

const TABLES = readFileSync(new URL('../format/ovn-tables.snapshot', import.meta.url), 'utf8');

interface Device {
  readonly kind?: string;
  readonly data?: object;
  readonly master?: string;
}

function snapshot({ kind = 'vxlan', data = { id: 5, remote: '192.168.0.102', port: 4789, ttl: 0, df: 'unset' }, master }: Device, rest = ''): string {
  const address = (local: string, prefixlen: number) => [{ family: 'inet', local, prefixlen, scope: 'global' }];
  const links = [
    { ifindex: 2, ifname: 'eth0', flags: ['UP'], mtu: 1500, address: '02:00:00:00:0a:01', addr_info: address('192.168.0.101', 24) },
    { ifindex: 3, ifname: 'tun', flags: ['UP'], mtu: 1400, address: '02:00:00:00:0c:01', addr_info: address('10.9.0.1', 24), ...(master ? { master } : {}) },
  ];
  const details = [{ ifindex: 3, ifname: 'tun', mtu: 1400, linkinfo: { info_kind: kind, info_data: data } }];
  const routes = [
    { dst: '192.168.0.0/24', dev: 'eth0', prefsrc: '192.168.0.101' },
    { dst: '10.16.0.0/16', dev: 'tun' },
    { dst: '10.9.0.0/24', dev: 'tun', prefsrc: '10.9.0.1' },
  ];
  const rules = '*mangle\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p udp -m udp --dport 4789 -j MARK --set-xmark 0x0/0xffffffff\nCOMMIT\n';
  return `==> iptables-save <==\n${rules}==> ip -j addr <==\n${JSON.stringify(links)}\n==> ip -d -j link <==\n${JSON.stringify(details)}\n==> ip -j route show table all <==\n${JSON.stringify(routes)}\n${rest}`;
}

function send(text: string, lines: readonly string[], environment: Environment = {}): WalkResult[] {
  let world = createWorld(parseNode([{ name: 'node', text }]), environment);
  return lines.map((line) => {
    const packet = parseTypedPacket(line);
    if ('failure' in packet) throw new Error(packet.failure);
    const result = walk(world, packet);
    world = result.world;
    return result;
  });
}

const TO_POD = 'local udp 10.9.0.1:4000 > 10.16.0.30:53 mark 0x21';
const outerOf = ({ trace }: WalkResult) => trace.emitted.find(({ cause }) => cause === 'tunnel');
const encapOf = ({ trace }: WalkResult) => trace.steps.flatMap((step) => (step.kind === 'encap' ? [step.text] : []));

describe('the source port of an outer packet', () => {
  test('is one for one inner flow, of its range, and noted as chance', () => {
    const results = send(snapshot({}), [TO_POD, TO_POD, TO_POD.replace('4000', '4001'), TO_POD.replace('4000', '4002')]);
    const ports = results.map((result) => outerOf(result)?.packet.sport as number);
    expect(ports[1]).toBe(ports[0]);
    expect(new Set(ports).size).toBe(3);
    for (const port of ports) expect(port >= 32768 && port <= 60999).toBe(true);
    expect(results.map(({ notes }) => notes.filter((note) => note.includes('hash with a seed of the boot')).length)).toEqual([1, 0, 1, 1]);
  });

  test("is the scenario's if it says so, for the rest of the flow too", () => {
    const results = send(snapshot({}), [TO_POD, TO_POD], { choices: [{ packet: 1, for: 'tunnel', value: 40123 }] });
    expect(results.map((result) => outerOf(result)?.packet.sport)).toEqual([40123, 40123]);
    expect(results.flatMap(({ notes }) => notes).filter((note) => note.includes('seed'))).toEqual([]);
    // 80 is not of the range.
    expect(outerOf(send(snapshot({}), [TO_POD], { choices: [{ packet: 1, for: 'tunnel', value: 80 }] })[0] as WalkResult)?.packet.sport).not.toBe(80);
  });
});

describe('what is not known of a tunnel', () => {
  test.each([
    ['a forwarding entry decides', { id: 5, port: 4789, ttl: 0 }, /bridge fdb/],
    ['a group', { id: 5, group: '239.1.1.1', port: 4789, ttl: 0 }, /is a group/],
    ['a setting', { id: 5, remote: '192.168.0.102', port: 4789, ttl: 0, gbp: true }, /gbp is not modelled/],
    ['no set-up', {}, /not in the snapshot/],
    ['an address that is none', { id: 5, remote: '192.168.0.x', port: 4789, ttl: 0 }, /remote "192.168.0.x" is not modelled/],
    ['the node itself', { id: 5, remote: '192.168.0.101', port: 4789, ttl: 0 }, /the node itself/],
  ])('is noted, and no outer packet is made up: %s', (_, data, says) => {
    const [result] = send(snapshot({ data }), [TO_POD]) as [WalkResult];
    expect(result.trace.outcome).toMatchObject({ verdict: 'sent', out: 'tun' });
    expect(outerOf(result)).toBeUndefined();
    expect(encapOf(result)).toEqual([expect.stringMatching(says)]);
    expect(result.notes.join('\n')).toMatch(says);
  });

  test('nothing tells an external device where to: the packet is dropped', () => {
    const [result] = send(snapshot({ data: { external: true, id: 0, port: 4789, ttl: 0 } }), [TO_POD]) as [WalkResult];
    expect(result.trace.outcome).toMatchObject({ verdict: 'lost', reason: 'no tunnel metadata' });
  });

  test('a mark of which bits are not known is not known on the outer packet either', () => {
    const taken = '-A POSTROUTING -d 10.16.0.30/32 -j SET --map-set unread src --map-mark';
    const text = snapshot({})
      .replace(':POSTROUTING ACCEPT [0:0]\n', (chain) => `${chain}${taken}\n`)
      .replace('--dport 4789 -j MARK --set-xmark 0x0/0xffffffff', '--dport 4789 -m mark --mark 0x4000/0x4000 -j DROP');
    expect(parseNode([{ name: 'node', text }]).problems.map(({ code }) => code)).toEqual(['unknown-sets']);
    const [result] = send(text, [TO_POD]) as [WalkResult];
    const outer = outerOf(result);
    expect(outer?.steps.some((step) => step.kind === 'rule' && step.at.table === 'filter' && step.matched === UNKNOWN)).toBe(true);
    // Whether it is dropped is not known: neither end is claimed.
    expect(outer?.outcome.verdict).toBe('unknown');
    expect(outer?.outcome.alternatives.map(({ outcome }) => outcome.verdict).sort()).toEqual(['dropped', 'sent']);
  });

  test('what comes in to a port of a bridge or switch is noted', () => {
    const data = '0800000000000500'.padEnd(60, '0');
    const text = snapshot({ master: 'ovs-system' });
    let world = createWorld(parseNode([{ name: 'node', text }]));
    const result = walk(world, { in: 'eth0', src: '192.168.0.102', dst: '192.168.0.101', proto: 'udp', sport: 5, dport: 4789, data });
    world = result.world;
    expect(result.trace.outcome.verdict).toBe('delivered');
    expect(result.trace.emitted).toEqual([]);
    expect(result.notes.join('\n')).toContain('port of ovs-system');
  });
});

describe('Open vSwitch', () => {
  const ovs = snapshot({ kind: 'openvswitch', data: {} }, TABLES);

  test('sends to a pod on another node by that node, with the mark, by the tunnel that both speak', () => {
    const [result] = send(ovs, [TO_POD]) as [WalkResult];
    const outer = outerOf(result);
    // Geneve's 8 bytes and OVN's option of 8, Ethernet 14, the datagram's 36.
    expect(outer?.packet).toMatchObject({ src: '192.168.0.101', dst: '192.168.0.102', proto: 'udp', dport: 6081, ttl: 64, tos: 0, df: true, mark: 0x21, payload: 66 });
    const hooks = outer?.steps.map(({ hook }) => hook);
    expect([...new Set(hooks)]).toEqual(['OUTPUT', 'POSTROUTING']);
    expect(outer?.outcome).toMatchObject({ verdict: 'sent', out: 'eth0' });
    expect(encapOf(result)).toEqual([expect.stringMatching(/^tun: Open vSwitch sends it to node2; genev_sys_6081 wraps it/)]);
  });

  test('by the port that the table Encap names', () => {
    const other = ovs.replace('"192.168.0.102",["map",[["csum","true"]]],"geneve"', '"192.168.0.102",["map",[["csum","true"],["dst_port","6082"]]],"geneve"');
    const [result] = send(other, [TO_POD]) as [WalkResult];
    expect(outerOf(result)?.packet.dport).toBe(6082);
    expect(encapOf(result)).toEqual([expect.stringContaining('genev_sys_6082')]);
  });

  test('to a node with two ends of one type is not known', () => {
    const [result] = send(ovs.replace('"192.168.0.102",["map",[["csum","true"]]],"vxlan"', '"192.168.1.102",["map",[["csum","true"]]],"geneve"'), [TO_POD]) as [WalkResult];
    expect(outerOf(result)).toBeUndefined();
    expect(encapOf(result)).toEqual([expect.stringContaining('node2 has 2 tunnel ends for geneve')]);
  });

  test.each([
    ['10.16.0.10', /gives it to p1.default .* on this node: nothing leaves/, 0],
    ['10.16.0.11', /is on no node/, 1],
    ['10.16.9.9', /no Port_Binding has 10.16.9.9/, 1],
  ])('makes nothing up for %s', (address, says, notes) => {
    const [result] = send(ovs, [TO_POD.replace('10.16.0.30', address)]) as [WalkResult];
    expect(result.trace.outcome).toMatchObject({ verdict: 'sent', out: 'tun' });
    expect(result.trace.emitted).toEqual([]);
    expect(encapOf(result)).toEqual([expect.stringMatching(says)]);
    expect(result.notes.filter((note) => says.test(note))).toHaveLength(notes);
  });

  test('is not known without its tables, nor where networks overlap', () => {
    const [without] = send(snapshot({ kind: 'openvswitch', data: {} }), [TO_POD]) as [WalkResult];
    expect(without.trace.emitted).toEqual([]);
    expect(without.notes.join('\n')).toContain("none of OVN's tables");
    const twice = ovs.replace('0a:58:0a:10:00:0a 10.16.0.10', '0a:58:0a:10:00:0a 10.16.0.30');
    const [result] = send(twice, [TO_POD]) as [WalkResult];
    expect(encapOf(result)).toEqual([expect.stringContaining('several networks')]);
    expect(result.trace.emitted).toEqual([]);
  });
});

describe('a generated node of Kube-OVN', () => {
  const WEB = `
services:
  - { name: web, clusterIP: 10.96.0.50, ports: [{ port: 80, targetPort: 8080 }], endpoints: [{ address: 10.16.0.30, node: node2 }] }
pods:
  - { name: p1, node: node1, ips: [10.16.0.10, "fd00:10:16::a"], subnet: ovn-default }
  - { name: p4, node: node3, ips: [10.16.0.40, "fd00:10:16::28"], subnet: ovn-default }
  - { name: p9, node: node3, ips: [10.16.0.41], hostNetwork: true, subnet: ovn-default }
`;

  test.each([
    ['geneve', 6081, 'genev_sys_6081'],
    ['vxlan', 4789, 'vxlan_sys_4789'],
  ] as const)('clears what a %s packet inherits: S11 (X6) fires on the outer packet', (networkType, port, device) => {
    const { text } = nodeOf(`${CANONICAL}${WEB}`, { kubeProxy: 'iptables', networkType });
    const [marked, known] = send(text, ['local tcp 192.168.0.101:6001 > 10.16.0.30:8080 mark 0x21', 'local tcp [fd00:192:168::101]:6000 > [fd00:10:16::28]:80']) as [
      WalkResult,
      WalkResult,
    ];
    const outer = outerOf(marked);
    expect(outer?.packet).toMatchObject({ src: '192.168.0.101', dst: '192.168.0.102', dport: port });
    const inherited = marked.trace.outcome.packet?.mark;
    expect(outer?.packet.mark).toBe(inherited);
    expect(inherited).not.toBe(0);
    const cleared = outer?.steps.filter(
      (step) => step.kind === 'rule' && step.matched === TRUE && step.at.table === 'filter' && step.effects.some(({ field, to }) => field === 'mark' && to === 0),
    );
    expect(cleared).toHaveLength(1);
    expect(outer?.outcome).toMatchObject({ verdict: 'sent', out: 'eth0', packet: { src: '192.168.0.101', mark: 0 } });
    expect(encapOf(marked)[0]).toContain(device);
    expect(outerOf(known)?.packet).toMatchObject({ dst: '192.168.0.103', dport: port });
  });

  test('knows pods of the node and of others, and no host pods', () => {
    const { text } = nodeOf(`${CANONICAL}${WEB}`, { kubeProxy: 'none' });
    const node = parseNode([{ name: 'node', text }]);
    const where = (address: string) => node.overlay?.ports.get(address)?.map(({ name, chassis }) => `${name} ${node.overlay?.chassis.get(chassis ?? '')?.hostname}`);
    expect(['10.16.0.10', 'fd00:10:16::28', '10.16.0.30', '10.16.0.41', '100.64.0.3', '100.64.0.2'].map(where)).toEqual([
      ['p1.default node1'],
      ['p4.default node3'],
      ['endpoint-10.16.0.30 node2'],
      undefined,
      ['node-node2 node2'],
      ['node-node1 node1'],
    ]);
    expect(node.problems).toEqual([]);
  });
});
