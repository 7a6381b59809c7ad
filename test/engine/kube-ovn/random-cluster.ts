/** Random clusters: Subnets of all kinds, policy rules, Services and probed pods, in the short form. */

import fc from 'fast-check';
import { KUBE_PROXY_CHAINS, KUBE_PROXY_MODES, NETWORK_TYPES, RULE_ORDERS, type OptionsJson } from '../../../engine/index.ts';

type Json = Readonly<Record<string, unknown>>;

const byte = fc.integer({ min: 0, max: 255 });
const maybe = <T>(key: string, values: fc.Arbitrary<T>): fc.Arbitrary<Json> =>
  fc.oneof(
    fc.constant({}),
    values.map((value) => ({ [key]: value })),
  );
const all = (...parts: readonly fc.Arbitrary<Json>[]): fc.Arbitrary<Json> => fc.tuple(...parts).map((list) => Object.assign({}, ...list) as Json);

const v4 = fc.tuple(fc.constantFrom(10, 11, 172), byte, byte, byte).map((bytes) => bytes.join('.'));
const v6 = fc.tuple(fc.constantFrom('fd00', '2001:db8'), byte, byte).map(([head, a, b]) => `${head}:${a.toString(16)}::${b.toString(16)}`);
const words = (one: fc.Arbitrary<string>, bits: number): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(one, fc.option(fc.integer({ min: 1, max: bits }))), { minLength: 1, maxLength: 4 })
    .map((list) => list.map(([address, length]) => (length === null ? address : `${address}/${length}`)).join(','));

const policyRule = fc
  .tuple(fc.constantFrom('nat', 'forward', 'snat'), fc.boolean())
  .chain(([action, isV6]) =>
    all(maybe('srcIPs', words(isV6 ? v6 : v4, isV6 ? 128 : 32)), maybe('dstIPs', words(isV6 ? v6 : v4, isV6 ? 128 : 32))).map((match) => ({ action, match })),
  );

const NAMES = ['ovn-default', 'net1', 'net-2', 'a.b', 'x'.repeat(63), 'cent', 'custom'];

const subnet = (name: string, index: number): fc.Arbitrary<Json> =>
  all(
    fc.constantFrom(`10.${100 + index}.0.0/16`, `fd00:${100 + index}::/112`, `10.${100 + index}.0.0/16,fd00:${100 + index}::/112`).map((cidrBlock) => ({ name, cidrBlock })),
    maybe('natOutgoing', fc.boolean()),
    maybe('natOutgoingPolicyRules', fc.array(policyRule, { maxLength: 3 })),
    maybe('gatewayType', fc.constantFrom('distributed', 'centralized')),
    maybe('gatewayNode', fc.constantFrom('node1', 'node1:10.0.0.77', 'node2:10.0.0.2,node1:10.0.0.78')),
    maybe('enableEcmp', fc.boolean()),
    maybe('vlan', fc.constantFrom('', 'vlan1')),
    maybe('logicalGateway', fc.boolean()),
    maybe('u2oInterconnection', fc.boolean()),
    maybe('vpc', fc.constantFrom('ovn-cluster', 'other')),
    fc.oneof(fc.constant({}), fc.constant({ externalEgressGateway: '10.0.0.254', policyRoutingPriority: 1000 + index, policyRoutingTableID: 1000 + index })),
  );

const service = (index: number): fc.Arbitrary<Json> =>
  all(
    fc.constantFrom([`10.96.1.${index}`], [`fd00:10:96::1:${index}`], [`10.96.1.${index}`, `fd00:10:96::1:${index}`]).map((clusterIPs) => ({ name: `svc-${index}`, clusterIPs })),
    maybe('type', fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer')),
    maybe('externalTrafficPolicy', fc.constantFrom('Cluster', 'Local')),
    maybe('internalTrafficPolicy', fc.constantFrom('Cluster', 'Local')),
    maybe('sessionAffinity', fc.constantFrom('None', 'ClientIP')),
    maybe('externalIPs', fc.constantFrom([`203.0.113.${index}`], [`2001:db8:1::${index}`])),
    maybe('loadBalancerIPs', fc.constant([`198.51.100.${index}`])),
    // The node is always in one of them: without, IPVS mode needs -m ipvs, which not every kernel has.
    maybe('loadBalancerSourceRanges', fc.constantFrom(['10.0.0.0/8'], ['203.0.113.0/24', '10.0.0.0/8'], ['0.0.0.0/0', '2001:db8::/32'])),
    maybe('healthCheckNodePort', fc.constant(31000 + index)),
    fc
      .subarray(['TCP', 'UDP', 'SCTP'], { minLength: 1 })
      .map((protocols) => ({ ports: protocols.map((protocol, i) => ({ name: `p${i}`, protocol, port: 80 + i, targetPort: 8080 + i, nodePort: 30000 + index * 4 + i })) })),
    maybe(
      'endpoints',
      fc.subarray([{ address: '10.100.0.20', node: 'node1' }, { address: '10.100.0.30', node: 'node2' }, { address: 'fd00:100::14', node: 'node1' }, '10.0.0.2'], { minLength: 0 }),
    ),
  );

const portNumber = fc.integer({ min: 1, max: 65535 });
const hostPort = fc
  .tuple(portNumber, portNumber)
  .chain(([number, containerPort]) =>
    all(
      fc.constant({ hostPort: number, containerPort }),
      maybe('protocol', fc.constantFrom('TCP', 'UDP', 'SCTP')),
      maybe('hostIP', fc.constantFrom('0.0.0.0', '::', '10.0.0.1', 'fd00::1')),
    ),
  );

const pod = (index: number): fc.Arbitrary<Json> =>
  all(
    fc.constantFrom(...NAMES).map((name) => ({ name: `pod-${index}`, node: 'node1', subnet: name, ips: [`10.241.0.${index}`, `fd00:241::${index}`] })),
    maybe('hostPorts', fc.array(hostPort, { maxLength: 20 })),
    maybe('probes', fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { maxLength: 3 })),
  );

/** Some of the switches, each with any of its values. */
export const randomOptions: fc.Arbitrary<OptionsJson> = all(
  maybe('release', fc.constantFrom('v1.10', 'v1.11', 'v1.11.5', 'v1.12.0', 'v1.12', 'v1.13', 'v1.14', 'v1.15', 'v1.16', 'master')),
  maybe('kubeProxy', fc.constantFrom(...KUBE_PROXY_MODES)),
  maybe('order', fc.constantFrom(...RULE_ORDERS)),
  maybe('kubeProxyChains', fc.constantFrom(...KUBE_PROXY_CHAINS)),
  maybe('networkType', fc.constantFrom(...NETWORK_TYPES)),
  maybe('enableLb', fc.boolean()),
  maybe('enableTproxy', fc.boolean()),
  maybe('clusterCidr', fc.constantFrom('10.100.0.0/16', '10.100.0.0/16,fd00:100::/112')),
  maybe('nodeLocalDns', fc.constantFrom('169.254.20.10', '169.254.20.10,fd00:53::10')),
).map((options) => ({ ...options, node: 'node1' }) as OptionsJson);

export const randomCluster: fc.Arbitrary<Json> = fc
  .tuple(
    fc.constantFrom(['10.0.0.1'], ['fd00::1'], ['10.0.0.1', 'fd00::1']),
    fc.subarray(NAMES).chain((names) => fc.tuple(...names.map(subnet))),
    fc.integer({ min: 0, max: 3 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => service(i + 1)))),
    fc.integer({ min: 0, max: 2 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => pod(i + 1)))),
  )
  .map(([addresses, subnets, services, pods]) => ({
    nodes: [
      { name: 'node1', addresses },
      { name: 'node2', addresses: ['10.0.0.2', 'fd00::2'] },
    ],
    subnets,
    services,
    pods,
  }));
