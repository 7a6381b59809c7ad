/** Clusters for tests, as someone would write them, and the nodes made of them. */

import { parseAllDocuments } from 'yaml';
import { generateNode, readCluster, readOptions, type Cluster, type GeneratedNode, type NodeOptions, type OptionsJson } from '../../../engine/index.ts';

export function documentsOf(yaml: string): unknown[] {
  const documents = parseAllDocuments(yaml);
  return Array.isArray(documents) ? documents.map((document) => document.toJS() as unknown) : [];
}

export function optionsOf(json: OptionsJson): NodeOptions {
  const { options, problems } = readOptions(json);
  if (!options) throw new Error(problems.map(({ message }) => message).join('\n'));
  return options;
}

export function clusterOf(yaml: string): { readonly cluster: Cluster; readonly options: Readonly<Record<string, unknown>> } {
  const { cluster, options, problems } = readCluster(documentsOf(yaml));
  if (!cluster) throw new Error(problems.map(({ message }) => message).join('\n'));
  return { cluster, options };
}

/** The node that `options` of the text, and over them those given, ask for. */
export function nodeOf(yaml: string, given: OptionsJson = {}): GeneratedNode {
  const { cluster, options } = clusterOf(yaml);
  const node = generateNode(cluster, optionsOf({ ...options, ...given }));
  if ('failure' in node) throw new Error(`${node.failure}; ${node.hint}`);
  return node;
}

/** Text of the rules of a chain, from the top. */
export function rulesOf(node: GeneratedNode, family: 'ipv4' | 'ipv6', table: string, chain: string): readonly string[] {
  return node.chains[family].find((candidate) => candidate.table === table && candidate.name === chain)?.rules.map(({ text }) => text) ?? [];
}

/** Ids of the rows of a chain, from the top, without kube-proxy's. */
export function idsOf(node: GeneratedNode, family: 'ipv4' | 'ipv6', table: string, chain: string): readonly string[] {
  const rules = node.chains[family].find((candidate) => candidate.table === table && candidate.name === chain)?.rules ?? [];
  return rules.map(({ row }) => row).filter((id) => !id.startsWith('K:'));
}

/** Ids of all of Kube-OVN's rows on a node. */
export function allIds(node: GeneratedNode): ReadonlySet<string> {
  return new Set(Object.values(node.chains).flatMap((chains) => chains.flatMap(({ rules }) => rules.map(({ row }) => row))));
}

export function membersOf(node: GeneratedNode, name: string): readonly string[] | undefined {
  return node.sets.find((set) => set.name === name)?.members.map(({ text }) => text);
}

/** The node of public/examples/kube-ovn-installed. */
export const CANONICAL = `
options: { node: node1, kubeProxy: none }
nodes:
  - name: node1
    addresses: [192.168.0.101, "fd00:192:168::101"]
    interfaces:
      - { name: eth0, addresses: [192.168.0.101/24, 192.168.0.110/24, "fd00:192:168::101/64"], gateway: "192.168.0.1,fd00:192:168::1" }
  - { name: node2, addresses: [192.168.0.102, "fd00:192:168::102"] }
  - { name: node3, addresses: [192.168.0.103, "fd00:192:168::103"] }
subnets:
  - { name: join, cidrBlock: "100.64.0.0/16,fd00:100:64::/112" }
  - { name: ovn-default, cidrBlock: "10.16.0.0/16,fd00:10:16::/112", natOutgoing: true }
  - name: net1
    uid: 7e2451f8-fb44-4e5c-9a0e-aa98851157c5
    cidrBlock: "10.0.11.0/24,fd00:10:0:11::/112"
    natOutgoing: true
    natOutgoingPolicyRules:
      - { action: forward, match: { srcIPs: "10.0.11.0/30,10.0.11.254" } }
      - { action: nat, match: { srcIPs: "10.0.11.128/26", dstIPs: "114.114.114.114,8.8.8.8" } }
      - { action: forward, match: { srcIPs: "fd00:10:0:11::/126" } }
      - { action: nat, match: { srcIPs: "fd00:10:0:11::80/121", dstIPs: "2001:db8::8" } }
  - { name: cent, cidrBlock: "10.17.0.0/16,fd00:10:17::/112", natOutgoing: true, gatewayType: centralized, gatewayNode: "node1:192.168.0.110" }
  - { name: routed, cidrBlock: "10.66.0.0/16,fd00:10:66::/112" }
`;

/** The objects that the documentation's table of rules is written for, for both families: ovn-default centralized with an address, a policy rule of net1, a probed pod. */
export const PAGE = `
options: { node: node1, kubeProxy: ipvs, enableTproxy: true, nodeLocalDns: "169.254.20.10" }
nodes:
  - { name: node1, addresses: [192.168.0.101, "fd00:192:168::101"] }
  - { name: node2, addresses: [192.168.0.102, "fd00:192:168::102"] }
subnets:
  - { name: join, cidrBlock: "100.64.0.0/16,fd00:100:64::/112" }
  - { name: ovn-default, cidrBlock: "10.16.0.0/16,fd00:10:16::/112", natOutgoing: true, gatewayType: centralized, gatewayNode: "node1:192.168.0.101" }
  - name: net1
    uid: 11111111-2222-3333-4444-aa98851157c5
    cidrBlock: "10.0.11.0/24,fd00:10:0:11::/112"
    natOutgoing: true
    natOutgoingPolicyRules:
      - { action: forward, match: { srcIPs: "10.0.11.0/30,10.0.11.254", dstIPs: 114.114.114.114 } }
      - { action: forward, match: { srcIPs: "fd00:10:0:11::/126", dstIPs: "2001:db8::72" } }
  - { name: custom, vpc: vpc1, cidrBlock: "10.241.39.0/24,fd00:10:241::/112" }
services:
  - name: web
    type: NodePort
    externalTrafficPolicy: Local
    clusterIPs: [10.96.0.50, "fd00:10:96::50"]
    ports: [{ name: http, port: 80, targetPort: 8080, nodePort: 30080 }, { name: dns, protocol: UDP, port: 53, nodePort: 30053 }]
    endpoints: [{ address: 10.16.0.20, node: node1 }, { address: "fd00:10:16::14", node: node1 }]
pods:
  - { name: probed, node: node1, ips: [10.241.39.2, "fd00:10:241::2"], subnet: custom, probes: [80] }
`;

/** Services of every kind, to be put beside CANONICAL. */
export const SERVICES = `
services:
  - { name: web, type: NodePort, clusterIPs: [10.96.0.50, "fd00:10:96::50"], ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }],
      endpoints: [{ address: 10.16.0.20, node: node1 }, { address: 10.16.0.30, node: node2 }, { address: "fd00:10:16::14", node: node1 }] }
  - { name: local, type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 31000, sessionAffinity: ClientIP, clusterIPs: [10.96.0.51, "fd00:10:96::51"],
      loadBalancerIPs: [203.0.113.50], externalIPs: [203.0.113.60, 192.168.0.110],
      ports: [{ name: http, port: 80, targetPort: 8080, nodePort: 30081 }, { name: dns, protocol: UDP, port: 53, nodePort: 30053 }, { name: sig, protocol: SCTP, port: 99, nodePort: 30099 }],
      endpoints: [{ address: 10.16.0.20, node: node1 }, 10.16.0.30, 10.16.0.31] }
  - { name: empty, clusterIP: 10.96.0.99, ports: [{ port: 80 }] }
  - { name: remote, type: NodePort, externalTrafficPolicy: Local, internalTrafficPolicy: Local, clusterIP: 10.96.0.77, ports: [{ port: 80, nodePort: 30082 }], endpoints: [{ address: 10.16.0.30, node: node2 }] }
  - { name: kubernetes, clusterIP: 10.96.0.1, ports: [{ name: https, port: 443, targetPort: 6443 }], endpoints: [192.168.0.103] }
subnets:
  - { name: custom, vpc: vpc1, cidrBlock: "10.241.39.0/24,fd00:10:241::/112" }
  - { name: dotted.name, cidrBlock: 10.98.0.0/16, natOutgoing: true, natOutgoingPolicyRules: [{ action: nat, match: { dstIPs: "1.1.1.1" } }] }
pods:
  - { name: probed, node: node1, ips: [10.241.39.2, "fd00:10:241::2"], subnet: custom, probes: [80, 8081] }
`;

/** Pods with hostPorts and a Service with source ranges, to be put beside CANONICAL. */
export const HOST_PORTS = `
pods:
  - { name: p2, node: node1, ips: [10.16.0.20, "fd00:10:16::14"], subnet: ovn-default, sandbox: 3f2c9e5d,
      hostPorts: [{ hostPort: 8080, containerPort: 80 }, { hostPort: 5353, containerPort: 53, protocol: UDP, hostIP: 192.168.0.110 }, { hostPort: 8443, containerPort: 443, hostIP: "::" }] }
  - { name: made-up, node: node1, ips: [10.16.0.21], hostPorts: [{ hostPort: 99, containerPort: 99, protocol: SCTP }] }
  - { name: elsewhere, node: node2, ips: [10.16.0.30], hostPorts: [{ hostPort: 8081, containerPort: 80 }] }
  - { name: host, node: node1, ips: [192.168.0.101], hostNetwork: true, hostPorts: [{ hostPort: 9100, containerPort: 9100 }] }
`;
export const SOURCE_RANGES = `
services:
  - { name: lb, type: LoadBalancer, clusterIPs: [10.96.0.60, "fd00:10:96::60"], loadBalancerIPs: [203.0.113.50, "2001:db8:1::50"],
      loadBalancerSourceRanges: [198.51.100.0/24, 192.168.0.0/24, 203.0.113.9, "2001:db8::/32", "fd00:192:168::/64"],
      ports: [{ port: 80, targetPort: 8080, nodePort: 30083 }], endpoints: [{ address: 10.16.0.20, node: node1 }, { address: "fd00:10:16::14", node: node1 }] }
  - { name: open, type: LoadBalancer, clusterIP: 10.96.0.61, loadBalancerIPs: [203.0.113.51], loadBalancerSourceRanges: [0.0.0.0/0],
      ports: [{ port: 80, targetPort: 8080 }], endpoints: [{ address: 10.16.0.20, node: node1 }] }
`;
