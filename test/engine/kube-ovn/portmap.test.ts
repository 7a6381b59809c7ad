/** hostPorts as the CNI portmap plugin writes them. Expectations: the plugin's own tests (containernetworking/plugins v1.9.1, `portmap_iptables_test.go`) and its source. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hostPortChainName } from '../../../engine/kube-ovn/portmap.ts';
import { sha512Hex } from '../../../engine/kube-ovn/sha512.ts';
import { CANONICAL, HOST_PORTS, nodeOf, rulesOf } from './clusters.ts';

const node = nodeOf(`${CANONICAL}\n---\n${HOST_PORTS}`, { kubeProxy: 'iptables' });

test('SHA-512 is what the crypto library makes of it, at every length where padding changes', () => {
  for (const length of [0, 1, 3, 111, 112, 113, 127, 128, 239, 240, 500]) {
    const text = 'a'.repeat(length);
    expect(sha512Hex(new TextEncoder().encode(text))).toBe(createHash('sha512').update(text).digest('hex'));
  }
});

test('names of chains: the vectors of the plugin’s tests', () => {
  const sandbox = 'icee6giejonei6sohng6ahngee7laquohquee9shiGo7fohferakah3Feiyoolu2pei7ciPhoh7shaoX6vai3vuf0ahfaeng8yohb9ceu0daez5hashee8ooYai5wa3y';
  expect(hostPortChainName('testNetName', sandbox)).toBe('CNI-DN-bfd599665540dd91d5d28');
  expect(hostPortChainName('test', sandbox)).toBe('CNI-DN-67e92b96e692a494b6b85');
});

describe('rules', () => {
  const chain = hostPortChainName('kube-ovn', '3f2c9e5d');

  test('the pod’s own, by family of the host address; the whole Subnet counts as the pod', () => {
    expect(rulesOf(node, 'ipv4', 'nat', chain)).toEqual([
      '-s 10.16.0.0/16 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
      '-s 127.0.0.1/32 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
      '-p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.16.0.20:80',
      '-s 10.16.0.0/16 -d 192.168.0.110/32 -p udp -m udp --dport 5353 -j CNI-HOSTPORT-SETMARK',
      '-s 127.0.0.1/32 -d 192.168.0.110/32 -p udp -m udp --dport 5353 -j CNI-HOSTPORT-SETMARK',
      '-d 192.168.0.110/32 -p udp -m udp --dport 5353 -j DNAT --to-destination 10.16.0.20:53',
    ]);
    expect(rulesOf(node, 'ipv6', 'nat', chain)).toEqual([
      '-s fd00:10:16::/112 -p tcp -m tcp --dport 8080 -j CNI-HOSTPORT-SETMARK',
      '-p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:10:16::14]:80',
      '-s fd00:10:16::/112 -p tcp -m tcp --dport 8443 -j CNI-HOSTPORT-SETMARK',
      '-p tcp -m tcp --dport 8443 -j DNAT --to-destination [fd00:10:16::14]:443',
    ]);
  });

  test('the way there names every port, whatever its address; pods of other nodes and of the host’s network are not there', () => {
    const entries = rulesOf(node, 'ipv4', 'nat', 'CNI-HOSTPORT-DNAT');
    expect(entries.filter((text) => text.endsWith(chain))).toEqual([
      `-p tcp -m comment --comment "dnat name: \\"kube-ovn\\" id: \\"3f2c9e5d\\"" -m multiport --dports 8080,8443 -j ${chain}`,
      `-p udp -m comment --comment "dnat name: \\"kube-ovn\\" id: \\"3f2c9e5d\\"" -m multiport --dports 5353 -j ${chain}`,
    ]);
    expect(entries).toHaveLength(3);
    expect(rulesOf(node, 'ipv6', 'nat', 'CNI-HOSTPORT-DNAT')).toHaveLength(2);
  });

  test.each(['below', 'above'] as const)('kube-proxy’s chains %s: masqueraded before all others, translated after them', (kubeProxyChains) => {
    const other = nodeOf(`${CANONICAL}\n---\n${HOST_PORTS}`, { kubeProxy: 'iptables', kubeProxyChains });
    expect(rulesOf(other, 'ipv4', 'nat', 'POSTROUTING')[0]).toBe('-m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ');
    for (const chainName of ['PREROUTING', 'OUTPUT']) expect(rulesOf(other, 'ipv4', 'nat', chainName).at(-1)).toBe('-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT');
  });

  test('no more than 15 ports a rule', () => {
    const ports = Array.from({ length: 16 }, (_, i) => `{ hostPort: ${7000 + i}, containerPort: 80 }`).join(', ');
    const many = nodeOf(`${CANONICAL}\n---\npods: [{ name: p, node: node1, ips: [10.16.0.20], hostPorts: [${ports}] }]`);
    expect(rulesOf(many, 'ipv4', 'nat', 'CNI-HOSTPORT-DNAT').map((text) => / --dports (\S+)/.exec(text)?.[1]?.split(',').length)).toEqual([15, 1]);
  });

  test('without hostPorts there is nothing of it', () => {
    expect(nodeOf(CANONICAL).text).not.toContain('CNI-');
    expect(nodeOf(CANONICAL).text).not.toContain('route_localnet');
  });

  test('a sandbox that is not named is made up, and that is said', () => {
    expect(node.notes.filter((note) => note.includes('sandboxes'))).toEqual([expect.stringContaining('(made-up)')]);
  });

  test('127.0.0.1 may be routed: the plugin allows it on ovn0, kube-proxy in iptables mode everywhere', () => {
    expect(node.text).toContain('net.ipv4.conf.ovn0.route_localnet = 1\n');
    expect(node.text).toContain('net.ipv4.conf.all.route_localnet = 1\n');
    expect(nodeOf(`${CANONICAL}\n---\n${HOST_PORTS}`, { kubeProxy: 'ipvs' }).text).not.toContain('net.ipv4.conf.all.route_localnet');
  });
});

test('read from a Pod as kubectl prints it', () => {
  const yaml = `${CANONICAL}
---
apiVersion: v1
kind: Pod
metadata: { name: p2, namespace: default, annotations: { ovn.kubernetes.io/logical_switch: ovn-default } }
spec: { nodeName: node1, containers: [{ name: c, ports: [{ containerPort: 80, hostPort: 8080, protocol: TCP }, { containerPort: 81, protocol: TCP }] }] }
status: { podIPs: [{ ip: 10.16.0.20 }] }
`;
  const { chains } = nodeOf(yaml);
  const dnat = chains.ipv4.flatMap(({ name, rules }) => (name.startsWith('CNI-DN-') ? rules : []));
  expect(dnat.map(({ text }) => text).at(-1)).toBe('-p tcp -m tcp --dport 8080 -j DNAT --to-destination 10.16.0.20:80');
  expect(dnat).toHaveLength(3);
  expect(dnat[0]?.origins).toEqual([{ kind: 'Pod', name: 'default/p2', field: 'spec.containers[].ports[].hostPort' }]);
});
