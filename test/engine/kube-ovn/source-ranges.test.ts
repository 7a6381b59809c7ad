/**
 * loadBalancerSourceRanges in both of kube-proxy's modes. Expectations: `pkg/proxy/iptables/proxier.go`, `pkg/proxy/ipvs/proxier.go` of Kubernetes and their tests
 * (ns5/svc5); how `-m ipvs` is printed: iptables-save 1.8.9 on a kernel with IPVS.
 */

import { expect, test } from 'vitest';
import { readCluster } from '../../../engine/index.ts';
import { CANONICAL, documentsOf, membersOf, nodeOf, rulesOf, SOURCE_RANGES } from './clusters.ts';

const yaml = `${CANONICAL}\n---\n${SOURCE_RANGES}`;

/** The Service of kube-proxy's own tests, with its chain names. */
test('iptables mode: the Service of kube-proxy’s tests', () => {
  const svc5 = `
services:
  - { namespace: ns5, name: svc5, type: LoadBalancer, clusterIP: 10.96.0.45, loadBalancerIPs: [5.6.7.8], loadBalancerSourceRanges: [" 203.0.113.0/25"],
      ports: [{ name: p80, port: 80, nodePort: 3002 }], endpoints: [10.180.0.3] }
`;
  const node = nodeOf(`${CANONICAL}\n---\n${svc5}`, { kubeProxy: 'iptables' });
  expect(rulesOf(node, 'ipv4', 'nat', 'KUBE-FW-NUKIZ6OKUXPJNT4C')).toEqual([
    '-s 203.0.113.0/25 -m comment --comment "ns5/svc5:p80 loadbalancer IP" -j KUBE-EXT-NUKIZ6OKUXPJNT4C',
    '-m comment --comment "other traffic to ns5/svc5:p80 will be dropped by KUBE-PROXY-FIREWALL"',
  ]);
  expect(rulesOf(node, 'ipv4', 'filter', 'KUBE-PROXY-FIREWALL')).toEqual([
    '-d 5.6.7.8/32 -p tcp -m comment --comment "ns5/svc5:p80 traffic not accepted by KUBE-FW-NUKIZ6OKUXPJNT4C" -m tcp --dport 80 -j DROP',
  ]);
  expect(rulesOf(node, 'ipv4', 'nat', 'KUBE-SERVICES')).toContain(
    '-d 5.6.7.8/32 -p tcp -m comment --comment "ns5/svc5:p80 loadbalancer IP" -m tcp --dport 80 -j KUBE-FW-NUKIZ6OKUXPJNT4C',
  );
  // Node ports are not subject to it.
  expect(rulesOf(node, 'ipv4', 'nat', 'KUBE-NODEPORTS')).toEqual(['-p tcp -m comment --comment "ns5/svc5:p80" -m tcp --dport 3002 -j KUBE-EXT-NUKIZ6OKUXPJNT4C']);
});

test('iptables mode: each family its ranges; where the node is in one, the address itself may come as well', () => {
  const node = nodeOf(yaml, { kubeProxy: 'iptables' });
  const sources = (family: 'ipv4' | 'ipv6'): readonly (string | null)[] =>
    node.chains[family].flatMap(({ name, rules }) => (name.startsWith('KUBE-FW-') ? rules.map(({ text }) => /^-s (\S+)/.exec(text)?.[1] ?? null) : []));
  // The last three are of the Service that is open to all: /0 is not printed.
  expect(sources('ipv4')).toEqual(['198.51.100.0/24', '192.168.0.0/24', '203.0.113.9/32', '203.0.113.50/32', null, null, '203.0.113.51/32', null]);
  expect(sources('ipv6')).toEqual(['2001:db8::/32', 'fd00:192:168::/64', '2001:db8:1::50/128', null]);
});

test('IPVS mode: sets, and the way to them', () => {
  const node = nodeOf(yaml, { kubeProxy: 'ipvs' });
  expect(membersOf(node, 'KUBE-LOAD-BALANCER-FW')).toEqual(['203.0.113.50,tcp:80', '203.0.113.51,tcp:80']);
  // A prefix of length 0 does not go into a set.
  expect(membersOf(node, 'KUBE-LOAD-BALANCER-SOURCE-CIDR')).toEqual([
    '203.0.113.50,tcp:80,198.51.100.0/24',
    '203.0.113.50,tcp:80,192.168.0.0/24',
    '203.0.113.50,tcp:80,203.0.113.9',
  ]);
  expect(membersOf(node, 'KUBE-LOAD-BALANCER-SOURCE-IP')).toEqual(['203.0.113.50,tcp:80,203.0.113.50', '203.0.113.51,tcp:80,203.0.113.51']);
  expect(rulesOf(node, 'ipv4', 'filter', 'KUBE-PROXY-FIREWALL')).toEqual([
    '-m comment --comment "Kubernetes service load balancer ip + port for load balancer with sourceRange" -m set --match-set KUBE-LOAD-BALANCER-FW dst,dst -j KUBE-SOURCE-RANGES-FIREWALL',
  ]);
  expect(rulesOf(node, 'ipv4', 'filter', 'KUBE-SOURCE-RANGES-FIREWALL').map((text) => text.replace(/^.* -m set/, '-m set'))).toEqual([
    '-m set --match-set KUBE-LOAD-BALANCER-SOURCE-CIDR dst,dst,src -j RETURN',
    '-m set --match-set KUBE-LOAD-BALANCER-SOURCE-IP dst,dst,src -j RETURN',
    '-j DROP',
  ]);
  expect(rulesOf(node, 'ipv4', 'filter', 'KUBE-IPVS-OUT-FILTER')).toEqual([]);
});

test('IPVS mode: a node outside the ranges is kept from the address', () => {
  const node = nodeOf(yaml.replace('192.168.0.0/24, ', ''), { kubeProxy: 'ipvs' });
  expect(rulesOf(node, 'ipv4', 'filter', 'KUBE-IPVS-OUT-FILTER')).toEqual(['-s 203.0.113.50/32 -m ipvs --vproto 6 --vaddr 203.0.113.50 --vport 80 -j DROP']);
  expect(membersOf(node, 'KUBE-LOAD-BALANCER-SOURCE-IP')).toEqual(['203.0.113.51,tcp:80,203.0.113.51']);
});

test('a range that is none is named, with its place', () => {
  const { problems } = readCluster(documentsOf(yaml.replace('198.51.100.0/24', 'everyone')));
  expect(problems).toEqual([
    expect.objectContaining({ severity: 'error', path: ['services', 0, 'loadBalancerSourceRanges', 0], message: expect.stringContaining('"everyone" is no prefix') }),
  ]);
});
