/**
 * Packets walked through generated nodes: the rows that fire, in order, and how the packet leaves. Expectations are those worked out by hand
 * from Kube-OVN's and kube-proxy's sources for each situation (ids P01 to P50); what needs IPVS in the kernel is not here.
 */

import { describe, expect, test } from 'vitest';
import { createWorld, explainGeneratedRule, parseNode, parseTypedPacket, TRUE, walk, type OptionsJson } from '../../../engine/index.ts';
import { CANONICAL, nodeOf } from './clusters.ts';

const WEB = `
services:
  - { name: web, type: NodePort, clusterIP: 10.96.0.50, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }], endpoints: [10.16.0.30] }
  - { name: kubernetes, clusterIP: 10.96.0.1, ports: [{ port: 443, targetPort: 6443 }], endpoints: [192.168.0.103] }
  - { name: empty, clusterIP: 10.96.0.99, ports: [{ port: 80 }] }
`;
const LOCAL = WEB.replace('type: NodePort', 'type: NodePort, externalTrafficPolicy: Local').replace('[10.16.0.30]', '[{ address: 10.16.0.20, node: node1 }]');

/** Ids of the rows that fire, jumps to Kube-OVN's chains left out, kube-proxy's as `K`; then how it leaves. */
function walked(yaml: string, line: string, given: OptionsJson): { readonly hits: string; readonly leaves: string } {
  const node = nodeOf(yaml, given);
  const parsed = parseTypedPacket(line);
  if ('failure' in parsed) throw new Error(parsed.failure);
  const { trace } = walk(createWorld(parseNode([{ name: 'node', text: node.text }])), parsed);
  const ids = trace.steps.flatMap((step) => {
    if (step.kind !== 'rule' || step.matched !== TRUE) return [];
    const id = explainGeneratedRule(node, step.at)?.id ?? '?';
    if (['S12', 'S13', 'X11', 'X12', 'X13'].includes(id)) return [];
    return id.startsWith('K:')
      ? step.target?.startsWith('DNAT')
        ? ['K:DNAT']
        : step.target?.startsWith('MARK')
          ? ['K:MARK']
          : step.target === 'DROP' || step.target?.startsWith('REJECT')
            ? [`K:${step.target.split(' ')[0]}`]
            : []
      : [id];
  });
  const { out, packet, verdict } = trace.outcome;
  const leaves = packet
    ? `${out ?? verdict} ${packet.src === parsed.src ? '=' : packet.src} > ${packet.dst === parsed.dst ? '=' : packet.dst} mark 0x${(packet.mark ?? 0).toString(16)}`
    : verdict;
  return { hits: ids.join(' '), leaves };
}

describe('no kube-proxy', () => {
  const net1 = { kubeProxy: 'none' } as const;
  test.each([
    ['P01', 'ovn0 tcp 10.16.0.10:40000 > 8.8.8.8:443', 'S09 S07 S24 X4 X5', 'eth0 192.168.0.101 > = mark 0x0'],
    ['P04', 'ovn0 tcp 10.66.0.7:4001 > 8.8.8.8:443', 'S09 S07', 'eth0 = > = mark 0x0'],
    ['P05', 'ovn0 tcp 10.17.0.5:4000 > 8.8.8.8:443', 'S09 S07 S23', 'eth0 192.168.0.110 > = mark 0x0'],
    ['P12', 'eth0 tcp 192.168.0.200:5000 > 10.16.0.20:80', 'S10 S08 X3', 'ovn0 = > = mark 0x0'],
    ['P18', 'ovn0 tcp 10.17.0.5:4000 > 8.8.8.8:443 ACK', 'S09 S07 X10', 'dropped'],
    ['P19', 'local tcp 192.168.0.101:6000 > 10.16.0.30:8080', 'X3', 'ovn0 = > = mark 0x0'],
    ['P43', 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443', 'S09 S07 S25 S28 S29 S27', 'eth0 = > = mark 0x90002'],
    ['P44', 'ovn0 tcp 10.0.11.130:4201 > 8.8.8.8:443', 'S09 S07 S25 S28 S29 S26 X4 X5', 'eth0 192.168.0.101 > = mark 0x0'],
    ['P45', 'ovn0 tcp 10.0.11.50:4202 > 8.8.8.8:443', 'S09 S07 S25 S28 S24 X4 X5', 'eth0 192.168.0.101 > = mark 0x0'],
    ['P46', 'ovn0 tcp 10.0.11.130:4203 > 1.1.1.1:443', 'S09 S07 S25 S28 S24 X4 X5', 'eth0 192.168.0.101 > = mark 0x0'],
    ['P56', 'ovn0 tcp [fd00:10:16::a]:4300 > [2001:db8::8]:443', 'S09 S07 S24 X4 X5', 'eth0 fd00:192:168::101 > = mark 0x0'],
    ['P59', 'ovn0 tcp [fd00:10:17::5]:4301 > [2001:db8::8]:443', 'S09 S07 S24 X4 X5', 'eth0 fd00:192:168::101 > = mark 0x0'],
  ])('%s: %s', (_, line, hits, leaves) => {
    expect(walked(CANONICAL, line, net1)).toEqual({ hits, leaves });
  });

  test('P43 in the documentation’s order: the policy is never asked', () => {
    expect(walked(CANONICAL, 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443', { kubeProxy: 'none', order: 'documented' })).toEqual({
      hits: 'S07 S24',
      leaves: 'eth0 192.168.0.101 > = mark 0x0',
    });
  });

  test('P06: without an address, or on a standby node, a centralized gateway masquerades', () => {
    const yaml = CANONICAL.replace('node1:192.168.0.110', 'node1');
    expect(walked(yaml, 'ovn0 tcp 10.17.0.5:4000 > 8.8.8.8:443', { kubeProxy: 'none' }).hits).toBe('S09 S07 S24 X4 X5');
  });
});

describe('kube-proxy in iptables mode, OVN’s load balancing off', () => {
  const plain = { kubeProxy: 'iptables', enableLb: false } as const;
  test.each([
    ['P21', 'ovn0 tcp 10.16.0.10:4100 > 10.96.0.50:80', WEB, plain, 'S14 K:DNAT S10 S09 S08 S18 X4 X5', 'ovn0 100.64.0.2 > 10.16.0.30 mark 0x0'],
    ['P23', 'ovn0 tcp 10.16.0.10:4101 > 10.96.0.1:443', WEB, plain, 'S14 K:DNAT S09 S07 S18 X4 X5', 'eth0 192.168.0.101 > 192.168.0.103 mark 0x0'],
    ['P24', 'ovn0 tcp 10.16.0.10:4102 > 10.96.0.99:80', WEB, plain, 'S14 S09 S06 S18 X4 X5', 'eth0 192.168.0.101 > = mark 0x0'],
    ['P29', 'local tcp 192.168.0.101:6002 > 10.96.0.50:80', WEB, { ...plain, clusterCidr: '10.16.0.0/16' }, 'K:MARK K:DNAT S18 X4 X5', 'ovn0 100.64.0.2 > 10.16.0.30 mark 0x0'],
    ['P29b', 'local tcp 192.168.0.101:6002 > 10.96.0.50:80', WEB, plain, 'K:DNAT X3', 'ovn0 = > 10.16.0.30 mark 0x0'],
    ['P31', 'eth0 tcp 203.0.113.9:50000 > 192.168.0.101:30080', WEB, plain, 'K:MARK K:DNAT S10 S08 S18 X4 X5', 'ovn0 100.64.0.2 > 10.16.0.30 mark 0x0'],
    ['P39', 'eth0 tcp 203.0.113.9:50002 > 192.168.0.101:30080', LOCAL, plain, 'K:DNAT S10 S08 X3', 'ovn0 = > 10.16.0.20 mark 0x0'],
  ])('%s: %s', (_, line, services, given, hits, leaves) => {
    expect(walked(`${CANONICAL}\n---\n${services}`, line, given)).toEqual({ hits, leaves });
  });

  /** S14's mark makes KUBE-FORWARD accept, and that jump stands above the one to KUBE-SERVICES, which would refuse. */
  test('P24 with kube-proxy’s jumps above: let through all the same; what is not marked is refused', () => {
    const above = { ...plain, kubeProxyChains: 'above' } as const;
    const node = `${CANONICAL}\n---\n${WEB}`;
    expect(walked(node, 'ovn0 tcp 10.16.0.10:4102 > 10.96.0.99:80', above).leaves).toBe('eth0 192.168.0.101 > = mark 0x0');
    expect(walked(node, 'local tcp 192.168.0.101:6003 > 10.96.0.99:80', above)).toEqual({ hits: 'K:REJECT', leaves: 'rejected' });
    expect(walked(node, 'eth0 tcp 192.168.0.200:6004 > 10.96.0.99:80', above)).toEqual({ hits: 'K:REJECT', leaves: 'rejected' });
  });

  test('a node port whose only endpoint is on another node, policy Local: dropped', () => {
    const remote = LOCAL.replace('address: 10.16.0.20, node: node1', 'address: 10.16.0.30, node: node2');
    expect(walked(`${CANONICAL}\n---\n${remote}`, 'eth0 tcp 203.0.113.9:50002 > 192.168.0.101:30080', plain)).toEqual({ hits: 'K:DROP', leaves: 'dropped' });
  });
});
