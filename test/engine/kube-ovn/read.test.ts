/** Descriptions of clusters: what kubectl prints and what is written by hand are read alike; what has no meaning is named, with its place. */

import { describe, expect, test } from 'vitest';
import { generateNode, readCluster, readOptions } from '../../../engine/index.ts';
import { CANONICAL, clusterOf, documentsOf, nodeOf, optionsOf } from './clusters.ts';

const problems = (yaml: string): { severity: string; path: string; message: string; hint: string }[] =>
  readCluster(documentsOf(yaml)).problems.map(({ severity, path, message, hint }) => ({ severity, path: path.join('.'), message, hint }));

const NODES = 'nodes: [{ name: node1, addresses: [192.168.0.101] }]\n';

/** As `kubectl get … -o yaml` prints them, with fields that say nothing here. */
const KUBECTL = `
apiVersion: v1
kind: List
metadata: { resourceVersion: "" }
items:
  - apiVersion: kubeovn.io/v1
    kind: Subnet
    metadata: { name: join, uid: 0a0a0a0a-0000-4000-8000-000000000001, creationTimestamp: "2026-01-01T00:00:00Z", managedFields: [{ manager: x }], finalizers: [kubeovn.io/kube-ovn-controller] }
    spec: { cidrBlock: "100.64.0.0/16,fd00:100:64::/112", default: false, gatewayNode: "", natOutgoing: false, private: false, protocol: Dual, vpc: ovn-cluster, gateway: "100.64.0.1,fd00:100:64::1", provider: ovn, enableLb: null }
    status: { activateGateway: "", conditions: [{ type: Ready }], natOutgoingPolicyRules: null }
  - apiVersion: kubeovn.io/v1
    kind: Subnet
    metadata: { name: net1, uid: 7e2451f8-fb44-4e5c-9a0e-aa98851157c5 }
    spec:
      cidrBlock: 10.0.11.0/24
      vpc: ovn-cluster
      gatewayType: distributed
      gatewayNode: ""
      natOutgoing: true
      natOutgoingPolicyRules:
        - { action: forward, match: { srcIPs: "10.0.11.0/30,10.0.11.254" } }
    status: { natOutgoingPolicyRules: [{ ruleID: 1615a54fc889, action: forward, match: { srcIPs: "10.0.11.0/30,10.0.11.254" } }] }
  - apiVersion: kubeovn.io/v1
    kind: Vpc
    metadata: { name: ovn-cluster }
    spec: {}
    status: { default: true, standby: true }
  - apiVersion: v1
    kind: Node
    metadata: { name: node1, annotations: { ovn.kubernetes.io/ip_address: "100.64.0.7,fd00:100:64::7", ovn.kubernetes.io/gateway: "100.64.0.1,fd00:100:64::1", ovn.kubernetes.io/mac_address: "16:A1:1B:9F:00:01", ovn.kubernetes.io/tunnel_interface: ens3 } }
    spec: { podCIDR: 10.244.0.0/24, taints: [] }
    status: { addresses: [{ type: InternalIP, address: 192.168.0.101 }, { type: InternalIP, address: "fd00:192:168::101" }, { type: Hostname, address: node1 }], nodeInfo: { kernelVersion: 6.8.0-31-generic, osImage: x }, capacity: { cpu: "2" } }
  - apiVersion: v1
    kind: Service
    metadata: { name: web, namespace: shop }
    spec: { type: NodePort, clusterIP: 10.96.0.50, clusterIPs: [10.96.0.50], externalTrafficPolicy: Local, internalTrafficPolicy: Cluster, ipFamilies: [IPv4], selector: { app: web }, sessionAffinity: None, ports: [{ name: http, port: 80, protocol: TCP, targetPort: web, nodePort: 30080 }] }
    status: { loadBalancer: {} }
  - addressType: IPv4
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: { name: web-x1, namespace: shop, labels: { kubernetes.io/service-name: web } }
    endpoints: [{ addresses: [10.0.11.20], nodeName: node1, conditions: { ready: true, serving: true } }, { addresses: [10.0.11.21], nodeName: node2, conditions: { ready: false } }]
    ports: [{ name: http, port: 8080, protocol: TCP }]
  - apiVersion: v1
    kind: Pod
    metadata: { name: p, namespace: shop, annotations: { ovn.kubernetes.io/logical_switch: net1 } }
    spec: { nodeName: node1, serviceAccountName: default, containers: [{ name: c, image: x, ports: [{ name: web, containerPort: 8080 }], readinessProbe: { httpGet: { path: /, port: web, scheme: HTTP }, periodSeconds: 10 }, livenessProbe: { tcpSocket: { port: 9000 } } }] }
    status: { phase: Running, podIP: 10.0.11.20, podIPs: [{ ip: 10.0.11.20 }] }
  - apiVersion: v1
    kind: ConfigMap
    metadata: { name: c }
`;

describe('what kubectl prints', () => {
  const { cluster } = readCluster(documentsOf(KUBECTL));

  test('is read without complaint; other kinds are counted', () => {
    expect(problems(KUBECTL)).toEqual([{ severity: 'note', path: '', message: '1 object of kind "ConfigMap" not read: nothing on the node comes from it', hint: '' }]);
  });

  test('endpoints that are not ready are left out; ports and nodes come from the slice', () => {
    expect(cluster?.services[0]).toMatchObject({
      namespace: 'shop',
      externalPolicyLocal: true,
      ports: [{ nodePort: 30080, endpoints: [{ address: '10.0.11.20', port: 8080, node: 'node1' }] }],
    });
  });

  test('probes by number, and those that later releases see', () => {
    expect(cluster?.pods[0]).toMatchObject({ subnet: 'net1', ips: ['10.0.11.20'], probePorts: [9000], laterProbePorts: [8080] });
  });

  test('ovn0 is as the node’s annotations say', () => {
    const { text } = nodeOf(KUBECTL, { node: 'node1' });
    expect(text).toContain('"ifname":"ovn0"');
    expect(text).toContain('"local":"100.64.0.7","prefixlen":16');
    expect(text).toContain('16:a1:1b:9f:00:01');
    expect(text).toContain('"ifname":"ens3"');
    expect(text).toMatch(/==> uname -r <==\n6\.8\.0-31-generic\n$/);
  });

  test('the short form says the same', () => {
    const short = `
nodes:
  - { name: node1, addresses: [192.168.0.101, "fd00:192:168::101"], join: [100.64.0.7, "fd00:100:64::7"], kernel: 6.8.0-31-generic }
subnets:
  - { name: join, cidrBlock: "100.64.0.0/16,fd00:100:64::/112" }
  - { name: net1, uid: 7e2451f8-fb44-4e5c-9a0e-aa98851157c5, cidrBlock: 10.0.11.0/24, natOutgoing: true, natOutgoingPolicyRules: [{ action: forward, match: { srcIPs: "10.0.11.0/30,10.0.11.254" } }] }
services:
  - { name: web, namespace: shop, type: NodePort, clusterIP: 10.96.0.50, externalTrafficPolicy: Local, ports: [{ name: http, port: 80, targetPort: 8080, nodePort: 30080 }], endpoints: [{ address: 10.0.11.20, node: node1 }] }
`;
    const [a, b] = [nodeOf(KUBECTL, { node: 'node1', kubeProxy: 'ipvs' }), nodeOf(short, { node: 'node1', kubeProxy: 'ipvs' })];
    expect(b.chains).toEqual(a.chains);
    expect(b.sets).toEqual(a.sets);
  });

  test('a whole list in several documents, with interfaces added by hand', () => {
    const { text } = nodeOf(`${KUBECTL}\n---\nnodes:\n  - { name: node1, interfaces: [{ name: bond0, addresses: [192.168.0.101/24], gateway: 192.168.0.254 }] }\n`, {
      node: 'node1',
    });
    expect(text).toContain('{"dst":"default","gateway":"192.168.0.254","dev":"bond0"');
  });
});

describe('what has no meaning', () => {
  test.each([
    ['subnets: [{ name: a, cidrBlock: 10.16.0/16 }]', 'subnets.0.cidrBlock', /Subnet "a": cidrBlock: "10\.16\.0\/16" is no prefix/],
    ['subnets: [{ name: a, cidrBlock: 10.16.0.0/16, natOutgoing: "yes" }]', 'subnets.0.natOutgoing', /"yes" is not true or false/],
    ['subnets: [{ name: a, cidrBlock: 10.16.0.0/16, gatewayType: distributd }]', 'subnets.0.gatewayType', /"distributd" is not one of/],
    [
      'subnets: [{ name: a, cidrBlock: 10.16.0.0/16, natOutgoingPolicyRules: [{ action: nat, match: { srcIPs: "10.0.0.1, 10.0.0.2" } }] }]',
      'subnets.0.natOutgoingPolicyRules.0.match.srcIPs',
      /" 10\.0\.0\.2" is neither/,
    ],
    [
      'subnets: [{ name: a, cidrBlock: 10.16.0.0/16, natOutgoingPolicyRules: [{ action: nat, match: { srcIPs: 10.0.0.1, dstIPs: "::1" } }] }]',
      'subnets.0.natOutgoingPolicyRules.0.match',
      /both families/,
    ],
    ['subnets: [{ name: a, cidrBlock: 10.16.0.0/16, natOutgoingPolicyRules: [{ match: {} }] }]', 'subnets.0.natOutgoingPolicyRules.0.action', /"action" is missing/],
    ['subnets: [{ name: a, cidrBlock: 10.16.0.0/16, natOutgoingPolicyRules: all }]', 'subnets.0.natOutgoingPolicyRules', /"all" is not a list/],
    ['subnets: [{ name: a, cidrBlock: 0.0.0.0/0 }]', 'subnets.0.cidrBlock', /hash:net cannot hold/],
    ['subnets: [{ cidrBlock: 10.16.0.0/16 }]', 'subnets.0.name', /"name" is missing/],
    ['subnets: [{ name: a, cidrBlock: 10.16.0.0/16, gatewayNode: "node1:nowhere" }]', 'subnets.0.gatewayNode', /"nowhere" is not an IPv4 address/],
    ['services: [{ name: a, clusterIP: 10.96.0.300, ports: [{ port: 80 }] }]', 'services.0.clusterIP', /"10\.96\.0\.300" is not an IP address/],
    ['services: [{ name: a, clusterIP: 10.96.0.3, ports: [{ port: 80000 }] }]', 'services.0.ports.0.port', /80000 is not a whole number/],
    ['services: [{ name: a, clusterIP: 10.96.0.3, ports: [{ port: 80, targetPort: web }], endpoints: [10.16.0.1] }]', 'services.0.endpoints.0', /port named "web"/],
    ['pods: [{ name: a, node: node1, ips: [x] }]', 'pods.0.ips.0', /"x" is not an IP address/],
    ['subnets: { a: 1 }', 'subnets', /"subnets" is not a list/],
    ['subnets: [10.16.0.0/16]', 'subnets.0', /this is not an object/],
  ])('%s', (yaml, path, message) => {
    const found = problems(NODES + yaml).filter(({ severity }) => severity === 'error');
    expect(found.map((problem) => problem.path)).toEqual([path]);
    expect(found[0]?.message).toMatch(message);
    expect(readCluster(documentsOf(NODES + yaml)).cluster).toBeNull();
  });

  test.each([
    ['just a text', 'not a description'],
    ['items: []', 'there is no Node'],
    ['[1]', 'this is not an object'],
    ['- { metadata: { name: a } }', 'without "kind"'],
    ['{ kind: List, items: 5 }', '"items" is not a list'],
    // YAML can make a list hold itself, and nothing can print that.
    ['{ kind: Subnet, metadata: { name: a }, spec: &s [*s] }', 'a list is not an object'],
    ['{ kind: List, items: &i [{ kind: List, items: *i }, { kind: List, items: *i }] }', 'nested too deeply'],
  ])('%s', (yaml, message) => {
    expect(
      problems(yaml)
        .filter(({ severity }) => severity === 'error')
        .map((problem) => problem.message)
        .join(),
    ).toContain(message);
  });

  test('unknown fields are named with a way out, and passed over', () => {
    const yaml = `${NODES}subnets: [{ name: a, cidrBlock: 10.16.0.0/16, natOutgoin: true, mtu: 1400 }]\nsubnet: []`;
    expect(problems(yaml).map(({ severity, path, hint }) => [severity, path, hint])).toEqual([
      ['warning', 'subnets.0.natOutgoin', 'did you mean "natOutgoing"?'],
      ['warning', 'subnet', 'did you mean "subnets"?'],
    ]);
    expect(readCluster(documentsOf(yaml)).cluster).not.toBeNull();
  });

  test('an IPv6 address after a gateway’s name is never understood by the daemon', () => {
    const yaml = CANONICAL.replace('node1:192.168.0.110', 'node1:fd00:192:168::110');
    expect(problems(yaml).map(({ message }) => message)).toEqual([expect.stringMatching(/IPv6 address after a node's name/)]);
    expect(nodeOf(yaml).text).not.toContain('--to-source fd00:192:168::110');
  });

  test('a prefix of length 0 in a policy rule: said, and left out', () => {
    const yaml = CANONICAL.replace('114.114.114.114,8.8.8.8', '0.0.0.0/0,8.8.8.8');
    expect(problems(yaml)).toMatchObject([{ severity: 'warning', path: 'subnets.2.natOutgoingPolicyRules.1.match.dstIPs' }]);
    expect(
      nodeOf(yaml)
        .sets.flatMap(({ members }) => members)
        .some(({ text }) => text.startsWith('0.0.0.0')),
    ).toBe(false);
  });

  test.each([
    [{ release: 'v2' }, /unknown release "v2"/],
    [{ kubeProxy: 'ipvz' }, /"ipvz" is not one of/],
    [{ serviceCidr: '10.96.0.0' }, null],
    [{ serviceCidr: '10.96.0.0/12,10.97.0.0/16' }, /second prefix of its family/],
    [{ serviceCidr: 'all' }, /"all" is no prefix/],
    [{ nodeLocalDns: 'dns' }, /"dns" is not an IP address/],
  ])('options %o', (json, message) => {
    const { options, problems: found } = readOptions(json);
    if (message === null) expect(options).not.toBeNull();
    else expect(found[0]?.message).toMatch(message);
  });

  test('a node that is not there', () => {
    const { cluster } = clusterOf(CANONICAL);
    expect(generateNode(cluster, optionsOf({ node: 'nod2' }))).toEqual({ failure: 'there is no node "nod2"', hint: 'did you mean "node2"?' });
    expect(generateNode(cluster, optionsOf({}))).toEqual({ failure: 'no node is named', hint: 'nodes are node1, node2, node3' });
  });
});

test.each(['a\n-A INPUT -j DROP', 'a b', '"', 'a'.repeat(64)])('a port name that the API would not take is an error, for it stands in comments of rules: %j', (portName) => {
  const { cluster, problems: found } = readCluster([
    { nodes: [{ name: 'node1', addresses: ['192.168.0.101'] }], services: [{ name: 'web', clusterIP: '10.96.0.50', ports: [{ port: 80, name: portName }] }] },
  ]);
  expect(cluster).toBeNull();
  expect(found.map(({ severity, path }) => [severity, path.join('.')])).toEqual([['error', 'services.0.ports.0.name']]);
});
