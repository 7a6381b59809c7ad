/**
 * What kube-proxy leaves on a node in IPVS mode (Kubernetes 1.34, `pkg/proxy/ipvs/proxier.go`): rules that are the same for any number of
 * Services, the sets they look at, the virtual servers, and the addresses on kube-ipvs0.
 */

import type { TableName } from '../../model/hook.ts';
import type { ObjectReference } from '../cluster.ts';
import { kubeSetName } from '../names.ts';
import type { GeneratedSet } from '../sets.ts';
import type { RuleChain } from '../tables.ts';
import { contains, setMember, type FamilyView, type Member, type NodeView } from '../view.ts';
import { collect, writeMasquerade } from './iptables.ts';
import { KUBE_SETS, type KubeSetRow } from './rows.ts';
import { byAddress, comment, hostPort, RuleWriter, servicePorts, type ServicePortView } from './service-port.ts';

const JUMPS: readonly (readonly [TableName, string, string])[] = [
  ['nat', 'OUTPUT', `${comment('kubernetes service portals')} -j KUBE-SERVICES`],
  ['nat', 'PREROUTING', `${comment('kubernetes service portals')} -j KUBE-SERVICES`],
  ['nat', 'POSTROUTING', `${comment('kubernetes postrouting rules')} -j KUBE-POSTROUTING`],
  ['filter', 'FORWARD', `${comment('kubernetes forwarding rules')} -j KUBE-FORWARD`],
  ['filter', 'INPUT', `${comment('kubernetes health check rules')} -j KUBE-NODE-PORT`],
  ['filter', 'INPUT', `${comment('kube-proxy firewall rules')} -j KUBE-PROXY-FIREWALL`],
  ['filter', 'FORWARD', `${comment('kube-proxy firewall rules')} -j KUBE-PROXY-FIREWALL`],
  ['filter', 'INPUT', `${comment('kubernetes ipvs access filter')} -j KUBE-IPVS-FILTER`],
  ['filter', 'OUTPUT', `${comment('kubernetes ipvs access filter')} -j KUBE-IPVS-OUT-FILTER`],
];
const CHAINS: readonly (readonly [TableName, string])[] = [
  ...['KUBE-SERVICES', 'KUBE-POSTROUTING', 'KUBE-NODE-PORT', 'KUBE-LOAD-BALANCER', 'KUBE-MARK-MASQ'].map((name) => ['nat', name] as const),
  ...['KUBE-FORWARD', 'KUBE-NODE-PORT', 'KUBE-PROXY-FIREWALL', 'KUBE-SOURCE-RANGES-FIREWALL', 'KUBE-IPVS-FILTER', 'KUBE-IPVS-OUT-FILTER'].map((name) => ['filter', name] as const),
];

interface VirtualServer {
  /** `10.96.0.50:80`. */
  readonly text: string;
  readonly protocol: string;
  readonly affinity: number | null;
  readonly realServers: readonly string[];
}

export interface IpvsState {
  readonly sets: readonly GeneratedSet[];
  readonly chains: readonly RuleChain[];
  readonly virtualServers: readonly VirtualServer[];
  /** Addresses on kube-ipvs0. */
  readonly addresses: readonly string[];
}

/** `nodeAddresses`: those of every interface but lo and kube-ipvs0, link-local ones left out. */
export function ipvsMode(node: NodeView, view: FamilyView, nodeAddresses: readonly string[]): IpvsState {
  const ports = servicePorts(node, view.family);
  const bound = new Map<string, ObjectReference>();
  const servers = ports.flatMap((port) => virtualServers(port, nodeAddresses, bound));
  const addresses = [...bound.keys()].sort(byAddress);
  const members = setMembers(ports, nodeAddresses, view.nodeAddress);
  members.set(
    'IPVS-IPS',
    addresses.map((text): Member => ({ text, origin: bound.get(text) ?? PROXY })),
  );
  const sets = Object.entries(KUBE_SETS).map(
    ([id, { type }]): GeneratedSet => ({
      row: `KUBE-${id}`,
      name: kubeSetName(view.family, id),
      create: type === 'bitmap:port' ? 'bitmap:port range 0-65535' : `${type} family ${view.family === 'ipv4' ? 'inet' : 'inet6'} hashsize 1024 maxelem 65536 bucketsize 12`,
      family: type === 'bitmap:port' ? null : view.family,
      members: distinct(members.get(id) ?? []),
      origins: [PROXY],
    }),
  );
  return { sets, chains: ipvsChains(node, view, sets, ports), virtualServers: servers, addresses };
}

const PROXY: ObjectReference = { kind: 'kube-proxy', name: '', field: '--proxy-mode=ipvs' };

function distinct(members: readonly Member[]): Member[] {
  return [...new Map(members.map((member) => [member.text, member])).values()];
}

/** As iptables-save prints them after --vproto. */
const IPVS_PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132 };

/** Whether the node itself is among those that may use the load balancer. */
const allowsNode = ({ sourceRanges }: ServicePortView, nodeAddress: string | null): boolean => nodeAddress !== null && sourceRanges.some((range) => contains(range, nodeAddress));

function setMembers(ports: readonly ServicePortView[], nodeAddresses: readonly string[], nodeAddress: string | null): Map<string, Member[]> {
  const members = new Map<string, Member[]>();
  const add = (id: string, text: string, origin: ObjectReference): void => {
    const list = members.get(id) ?? [];
    members.set(id, list);
    list.push({ text, origin });
  };
  for (const view of ports) {
    const { origin, protocol, port, clusterIP, endpoints, externalIPs, loadBalancerIPs, sourceRanges, nodePort, externalPolicyLocal, healthCheckNodePort } = view;
    for (const endpoint of endpoints) if (endpoint.isLocal) add('LOOP-BACK', `${endpoint.address},${protocol}:${endpoint.port},${endpoint.address}`, origin);
    add('CLUSTER-IP', `${clusterIP},${protocol}:${port}`, origin);
    for (const address of externalIPs) add(externalPolicyLocal ? 'EXTERNAL-IP-LOCAL' : 'EXTERNAL-IP', `${address},${protocol}:${port}`, origin);
    for (const address of loadBalancerIPs) {
      add('LOAD-BALANCER', `${address},${protocol}:${port}`, origin);
      if (externalPolicyLocal) add('LOAD-BALANCER-LOCAL', `${address},${protocol}:${port}`, origin);
      if (sourceRanges.length === 0) continue;
      const ranges = { ...origin, field: 'spec.loadBalancerSourceRanges' };
      add('LOAD-BALANCER-FW', `${address},${protocol}:${port}`, ranges);
      // A set of this type holds no prefix of length 0, so kube-proxy fails to add one.
      for (const range of sourceRanges) if (!range.endsWith('/0')) add('LOAD-BALANCER-SOURCE-CIDR', `${address},${protocol}:${port},${setMember(range)}`, ranges);
      if (allowsNode(view, nodeAddress)) add('LOAD-BALANCER-SOURCE-IP', `${address},${protocol}:${port},${address}`, ranges);
    }
    if (nodePort > 0) {
      const suffix = protocol === 'sctp' ? 'SCTP-HASH' : protocol.toUpperCase();
      const entries = protocol === 'sctp' ? nodeAddresses.map((address) => `${address},sctp:${nodePort}`) : [String(nodePort)];
      for (const entry of entries) {
        add(`NODE-PORT-${suffix}`, entry, origin);
        if (externalPolicyLocal) add(`NODE-PORT-LOCAL-${suffix}`, entry, { ...origin, field: 'spec.externalTrafficPolicy' });
      }
    }
    if (healthCheckNodePort > 0) add('HEALTH-CHECK-NODE-PORT', String(healthCheckNodePort), origin);
  }
  // A bitmap prints its ports in order.
  for (const [id, list] of members) if (KUBE_SETS[id]?.type === 'bitmap:port') list.sort((a, b) => Number(a.text) - Number(b.text));
  return members;
}

function virtualServers(port: ServicePortView, nodeAddresses: readonly string[], bound: Map<string, ObjectReference>): VirtualServer[] {
  const local = port.endpoints.filter(({ isLocal }) => isLocal);
  // Without local endpoints all of them are used: pods of the node are to reach the Service (kubernetes#97081).
  const chosen = (onlyLocal: boolean): readonly string[] => (onlyLocal && local.length > 0 ? local : port.endpoints).map(({ text }) => text);
  const server = (address: string, number: number, onlyLocal: boolean): VirtualServer => ({
    text: hostPort(address, number),
    protocol: port.protocol,
    affinity: port.affinity,
    realServers: chosen(onlyLocal),
  });
  bound.set(port.clusterIP, port.origin);
  const outside = [...port.externalIPs, ...port.loadBalancerIPs];
  for (const address of outside) if (!nodeAddresses.includes(address)) bound.set(address, port.origin);
  return [
    server(port.clusterIP, port.port, port.internalPolicyLocal),
    ...outside.map((address) => server(address, port.port, port.externalPolicyLocal)),
    ...(port.nodePort > 0 ? nodeAddresses.map((address) => server(address, port.nodePort, port.externalPolicyLocal)) : []),
  ];
}

function ipvsChains(node: NodeView, { family, nodeAddress }: FamilyView, sets: readonly GeneratedSet[], ports: readonly ServicePortView[]): RuleChain[] {
  const writer = new RuleWriter();
  const name = (id: string): string => kubeSetName(family, id);
  const isEmpty = (id: string): boolean => (sets.find((set) => set.name === name(id))?.members.length ?? 0) === 0;
  const about = (id: string): string => comment((KUBE_SETS[id] as KubeSetRow).comment);
  const match = (id: string, sides: string): string => `-m set --match-set ${name(id)} ${sides}`;
  const clusterCidr = node.options.clusterCidr[family];
  const nat = (chain: string, text: string): void => writer.write('nat', chain, text);
  const filter = (chain: string, text: string): void => writer.write('filter', chain, text);

  nat('KUBE-SERVICES', `-s ${family === 'ipv4' ? '127.0.0.0/8' : '::1/128'} -j RETURN`);
  if (!isEmpty('LOOP-BACK')) nat('KUBE-POSTROUTING', `${about('LOOP-BACK')} ${match('LOOP-BACK', 'dst,dst,src')} -j MASQUERADE`);
  if (!isEmpty('LOAD-BALANCER')) nat('KUBE-SERVICES', `${about('LOAD-BALANCER')} ${match('LOAD-BALANCER', 'dst,dst')} -j KUBE-LOAD-BALANCER`);
  if (!isEmpty('LOAD-BALANCER-LOCAL')) nat('KUBE-LOAD-BALANCER', `${about('LOAD-BALANCER-LOCAL')} ${match('LOAD-BALANCER-LOCAL', 'dst,dst')} -j RETURN`);
  for (const [protocol, suffix, sides] of [
    ['tcp', 'TCP', 'dst'],
    ['udp', 'UDP', 'dst'],
    ['sctp', 'SCTP-HASH', 'dst,dst'],
  ] as const)
    for (const [id, target] of [
      [`NODE-PORT-LOCAL-${suffix}`, 'RETURN'],
      [`NODE-PORT-${suffix}`, 'KUBE-MARK-MASQ'],
    ] as const)
      if (!isEmpty(id)) nat('KUBE-NODE-PORT', `-p ${protocol} ${about(id)} ${match(id, sides)} -j ${target}`);
  if (!isEmpty('CLUSTER-IP'))
    nat(
      'KUBE-SERVICES',
      clusterCidr === undefined
        ? `${about('CLUSTER-IP')} ${match('CLUSTER-IP', 'src,dst')} -j KUBE-MARK-MASQ`
        : `! -s ${clusterCidr} ${about('CLUSTER-IP')} ${match('CLUSTER-IP', 'dst,dst')} -j KUBE-MARK-MASQ`,
    );
  for (const id of ['EXTERNAL-IP', 'EXTERNAL-IP-LOCAL']) {
    if (isEmpty(id)) continue;
    if (id === 'EXTERNAL-IP') nat('KUBE-SERVICES', `${about(id)} ${match(id, 'dst,dst')} -j KUBE-MARK-MASQ`);
    nat('KUBE-SERVICES', `${about(id)} ${match(id, 'dst,dst')} -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT`);
    nat('KUBE-SERVICES', `${about(id)} ${match(id, 'dst,dst')} -m addrtype --dst-type LOCAL -j ACCEPT`);
  }
  nat('KUBE-SERVICES', '-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT');
  nat('KUBE-LOAD-BALANCER', '-j KUBE-MARK-MASQ');
  for (const id of ['CLUSTER-IP', 'LOAD-BALANCER']) if (!isEmpty(id)) nat('KUBE-SERVICES', `${match(id, 'dst,dst')} -j ACCEPT`);
  writeMasquerade(writer);

  for (const [id, chain, sides, target] of [
    ['LOAD-BALANCER-FW', 'KUBE-PROXY-FIREWALL', 'dst,dst', 'KUBE-SOURCE-RANGES-FIREWALL'],
    ['LOAD-BALANCER-SOURCE-CIDR', 'KUBE-SOURCE-RANGES-FIREWALL', 'dst,dst,src', 'RETURN'],
    ['LOAD-BALANCER-SOURCE-IP', 'KUBE-SOURCE-RANGES-FIREWALL', 'dst,dst,src', 'RETURN'],
  ] as const)
    if (!isEmpty(id)) filter(chain, `${about(id)} ${match(id, sides)} -j ${target}`);
  filter('KUBE-SOURCE-RANGES-FIREWALL', '-j DROP');
  // A connection of the node's own comes from the address it goes to, so the ranges would let it pass.
  for (const port of ports)
    if (port.sourceRanges.length > 0 && !allowsNode(port, nodeAddress))
      for (const address of port.loadBalancerIPs)
        writer.write(
          'filter',
          'KUBE-IPVS-OUT-FILTER',
          `-s ${address}/${family === 'ipv4' ? 32 : 128} -m ipvs --vproto ${IPVS_PROTOCOLS[port.protocol]} --vaddr ${address} --vport ${port.port} -j DROP`,
          [{ ...port.origin, field: 'spec.loadBalancerSourceRanges' }],
        );
  filter('KUBE-FORWARD', `${comment('kubernetes forwarding rules')} -m mark --mark 0x4000/0x4000 -j ACCEPT`);
  filter('KUBE-FORWARD', `${comment('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`);
  filter('KUBE-NODE-PORT', `${about('HEALTH-CHECK-NODE-PORT')} ${match('HEALTH-CHECK-NODE-PORT', 'dst')} -j ACCEPT`);
  for (const [id, sides] of [
    ['LOAD-BALANCER', 'dst,dst'],
    ['CLUSTER-IP', 'dst,dst'],
    ['EXTERNAL-IP', 'dst,dst'],
    ['EXTERNAL-IP-LOCAL', 'dst,dst'],
    ['HEALTH-CHECK-NODE-PORT', 'dst'],
  ] as const)
    filter('KUBE-IPVS-FILTER', `${match(id, sides)} -j RETURN`);
  filter('KUBE-IPVS-FILTER', `-m conntrack --ctstate NEW ${match('IPVS-IPS', 'dst')} -j REJECT --reject-with ${family === 'ipv4' ? 'icmp' : 'icmp6'}-port-unreachable`);
  return collect(writer.rules, CHAINS, JUMPS);
}

/** What `ipvsadm -Sn` prints. */
export function printVirtualServers(servers: readonly VirtualServer[], scheduler: string): string {
  return servers
    .flatMap(({ text, protocol, affinity, realServers }) => {
      const service = `${protocol === 'udp' ? '-u' : protocol === 'sctp' ? '--sctp-service' : '-t'} ${text}`;
      const persistent = affinity === null ? '' : ` -p ${affinity}`;
      return [`-A ${service} -s ${scheduler}${persistent}\n`, ...realServers.map((real) => `-a ${service} -r ${real} -m -w 1\n`)];
    })
    .join('');
}
