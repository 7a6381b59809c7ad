/**
 * What kube-ovn-cni on one node makes of the cluster, for each family: which prefixes count as its own, which are translated, which of
 * them leave with a designated address, what its neighbours are. Defaults that the controller would have filled in are filled in here,
 * because they hang on the switches. Everything the room writes is written from this view.
 */

import { ADDRESS_BITS, formatAddress, formatPrefix, parseAddress, parsePrefix, prefixContains, type Family, type Prefix } from '../net/address.ts';
import type { Cluster, ClusterNode, ObjectReference, Pod, Subnet } from './cluster.ts';
import { FAMILIES } from './names.ts';
import { DEFAULT_SERVICE_CIDR, splitWords, type NodeOptions } from './options.ts';
import { policyRuleId, type PolicyRuleText } from './policy-rule-id.ts';
import { has } from './releases.ts';

/** One family's prefix of a Subnet. */
export interface SubnetPrefix {
  readonly subnet: Subnet;
  readonly cidr: string;
}

export interface PolicyRule extends PolicyRuleText {
  readonly id: string;
  /** From 0, in the Subnet's list. */
  readonly index: number;
  readonly subnet: Subnet;
}

interface DesignatedAddress extends SubnetPrefix {
  readonly address: string;
}

interface ProbePort {
  readonly pod: Pod;
  readonly address: string;
  readonly port: number;
}

export interface Member {
  readonly text: string;
  readonly origin: ObjectReference;
}

export interface FamilyView {
  readonly family: Family;
  /** The node's first InternalIP of the family. */
  readonly nodeAddress: string | null;
  readonly joinAddress: string;
  readonly joinGateway: string;
  readonly services: readonly Member[];
  /** Default-VPC overlay prefixes, join included, by name of the Subnet. */
  readonly overlay: readonly SubnetPrefix[];
  readonly nat: readonly SubnetPrefix[];
  readonly distributed: readonly SubnetPrefix[];
  readonly policySubnets: readonly SubnetPrefix[];
  /** Rules that get sets in this family: every rule of every Subnet that has the family. */
  readonly policyRules: readonly PolicyRule[];
  readonly designated: readonly DesignatedAddress[];
  readonly otherNodes: readonly Member[];
  readonly nodeLocalDns: readonly string[];
  /** By pod, then by port; empty without --enable-tproxy. */
  readonly probes: readonly ProbePort[];
  readonly proxyListen: string;
}

export interface NodeView {
  readonly cluster: Cluster;
  readonly node: ClusterNode;
  readonly options: NodeOptions;
  readonly clusterRouter: string;
  readonly families: readonly FamilyView[];
  readonly join: Subnet | null;
  /** All Subnets, join included, with the controller's defaults, by name. */
  readonly subnets: readonly Subnet[];
  /** What was filled in, and what is not generated. */
  readonly notes: readonly string[];
}

const DEFAULT_JOIN: Readonly<Record<Family, string>> = { ipv4: '100.64.0.0/16', ipv6: 'fd00:100:64::/112' };

/** Null if there is no node of that name. */
export function viewOf(cluster: Cluster, options: NodeOptions): NodeView | null {
  const node = cluster.nodes.find(({ name }) => name === options.node);
  if (!node) return null;
  const notes: string[] = [];
  const clusterRouter = options.clusterRouter ?? cluster.defaultVpc ?? 'ovn-cluster';
  const given = cluster.subnets.find(({ name }) => name === options.joinSubnet) ?? null;
  const join = given ?? defaultJoin(options.joinSubnet, node);
  if (!given) notes.push(`Subnet "${options.joinSubnet}" is not described: it is taken as ${Object.values(join.cidrs).join(',')}`);
  const subnets = [...cluster.subnets.filter(({ name }) => name !== options.joinSubnet), join].map((subnet) => formatted(subnet, clusterRouter, options));
  subnets.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const families = FAMILIES.filter((family) => (node.join.length > 0 ? firstOf(family, node.join) !== null : join.cidrs[family] !== undefined));
  const dual = families.length === 2;
  return {
    cluster,
    node,
    options,
    clusterRouter,
    subnets,
    join: subnets.find(({ name }) => name === options.joinSubnet) ?? null,
    families: families.map((family) => familyView({ cluster, node, options, clusterRouter, subnets, join, dual, notes }, family)),
    notes,
  };
}

/** As `formatSubnet` of the controller leaves it. */
function formatted(subnet: Subnet, clusterRouter: string, options: NodeOptions): Subnet {
  const isJoin = subnet.name === options.joinSubnet;
  const isOvn = subnet.provider === '' || subnet.provider === 'ovn' || subnet.provider.endsWith('.ovn');
  const vpc = subnet.vpc ?? (isOvn ? clusterRouter : null);
  const both = subnet.cidrs.ipv4 !== undefined && subnet.cidrs.ipv6 !== undefined;
  return {
    ...subnet,
    vpc,
    protocol: both ? 'Dual' : subnet.cidrs.ipv6 === undefined ? 'IPv4' : 'IPv6',
    gatewayType: subnet.gatewayType === '' && vpc === clusterRouter && !isJoin ? 'distributed' : subnet.gatewayType,
    enableLb: isJoin ? null : (subnet.enableLb ?? options.enableLb),
    u2oInterconnection: subnet.u2oInterconnection && subnet.vlan !== '',
    activateGateway: subnet.activateGateway ?? subnet.gateways[0]?.node ?? null,
  };
}

interface Surroundings {
  readonly cluster: Cluster;
  readonly node: ClusterNode;
  readonly options: NodeOptions;
  readonly clusterRouter: string;
  readonly subnets: readonly Subnet[];
  readonly join: Subnet;
  readonly dual: boolean;
  readonly notes: string[];
}

function familyView(all: Surroundings, family: Family): FamilyView {
  const { cluster, node, options, clusterRouter, subnets } = all;
  const { release } = options;
  const nodeAddress = firstOf(family, node.internalIPs);
  const inDefaultVpc = subnets.filter((subnet) => subnet.vpc === clusterRouter && isOverlay(subnet));
  const prefixes = (some: readonly Subnet[]): SubnetPrefix[] =>
    some.flatMap((subnet) => {
      const cidr = subnet.cidrs[family];
      return cidr === undefined ? [] : [{ subnet, cidr }];
    });
  const nat = prefixes(inDefaultVpc.filter((subnet) => subnet.natOutgoing && !subnet.deleting));
  const policySubnets = has(release, 'policyRules') ? nat.filter(({ subnet }) => subnet.policyRules.length > 0) : [];
  return {
    family,
    nodeAddress,
    joinAddress: joinAddressOf(all, family),
    joinGateway: firstOf(family, node.joinGateways) ?? addressIn(all.join.cidrs[family] ?? DEFAULT_JOIN[family], 1),
    services: serviceMembers(all, family),
    overlay: prefixes(inDefaultVpc),
    nat,
    distributed: prefixes(inDefaultVpc.filter((subnet) => subnet.gatewayType === 'distributed' && !subnet.deleting)),
    policySubnets,
    policyRules: policySubnets.flatMap(({ subnet }) => subnet.policyRules.map((rule, index) => ({ ...rule, index, subnet, id: policyRuleId(subnet.name, index, rule) }))),
    designated: designatedAddresses(inDefaultVpc, node.name, family),
    otherNodes: cluster.nodes.flatMap((other) =>
      other.name === node.name
        ? []
        : other.internalIPs
            .filter((address) => familyOf(address) === family)
            .map((text) => ({ text, origin: { kind: 'Node' as const, name: other.name, field: 'status.addresses' } })),
    ),
    nodeLocalDns: has(release, 'withoutNodeLocalDns') && options.order === 'installed' ? [] : options.nodeLocalDns.filter((address) => familyOf(address) === family),
    probes: probePorts(all, family),
    proxyListen: proxyListen(all, family, nodeAddress),
  };
}

/** Not on a VLAN, or on one with OVN as its gateway. */
const isOverlay = (subnet: Subnet): boolean => subnet.vlan === '' || subnet.logicalGateway;

function serviceMembers({ cluster, options, notes }: Surroundings, family: Family): Member[] {
  const fromObjects = cluster.serviceCidrs.filter((cidr) => familyOf(cidr) === family);
  if (fromObjects.length > 0 && has(options.release, 'serviceCidrObjects'))
    return fromObjects.map((text) => ({ text, origin: { kind: 'ServiceCIDR', name: '', field: 'spec.cidrs' } }));
  const cidr = options.serviceCidr[family] ?? splitWords(DEFAULT_SERVICE_CIDR).find((word) => familyOf(word) === family);
  if (options.serviceCidr[family] === undefined) notes.push(`no service network is given for ${family === 'ipv4' ? 'IPv4' : 'IPv6'}: it is taken as ${cidr}`);
  return cidr === undefined ? [] : [{ text: cidr, origin: { kind: 'kube-ovn-cni', name: '', field: '--service-cluster-ip-range' } }];
}

/** `getEgressNatIPByNode` of the daemon. Only IPv4 addresses come through its parsing. */
function designatedAddresses(subnets: readonly Subnet[], node: string, family: Family): DesignatedAddress[] {
  const found = subnets.flatMap((subnet) => {
    const cidr = subnet.cidrs[family];
    const address = subnet.gateways.find((gateway) => gateway.node === node && gateway.address !== null)?.address;
    if (!subnet.natOutgoing || subnet.gatewayType !== 'centralized' || cidr === undefined || address === undefined || address === null || familyOf(address) !== family) return [];
    return subnet.enableEcmp || subnet.activateGateway === node ? [{ subnet, cidr, address }] : [];
  });
  return found.sort((a, b) => (a.cidr < b.cidr ? -1 : 1));
}

/** Pods of this node whose primary network is a Subnet of another VPC (`getTProxyConditionPod`). */
function probePorts({ cluster, node, options, clusterRouter, subnets }: Surroundings, family: Family): ProbePort[] {
  if (!options.enableTproxy || (!has(options.release, 'tproxy') && options.order === 'installed')) return [];
  const withLater = has(options.release, 'namedProbePorts');
  const key = (pod: Pod): string => `${pod.namespace}/${pod.name}`;
  return cluster.pods
    .filter((pod) => pod.node === node.name && !pod.hostNetwork && subnets.some(({ name, vpc }) => name === pod.subnet && vpc !== clusterRouter))
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .flatMap((pod) => {
      const address = firstOf(family, pod.ips);
      const ports = [...new Set([...pod.probePorts, ...(withLater ? pod.laterProbePorts : [])])].sort((a, b) => a - b);
      return address === null ? [] : ports.map((port) => ({ pod, address, port }));
    });
}

function proxyListen({ options, dual }: Surroundings, family: Family, nodeAddress: string | null): string {
  const any = family === 'ipv4' ? '0.0.0.0' : '::';
  if (has(options.release, 'tproxyOnNodeAddress') || options.order === 'documented' || !dual) return nodeAddress ?? any;
  return any;
}

/** Addresses of a node's ovn0, in each family that the view has. */
export function nodeJoinAddresses({ cluster, families, join }: Pick<NodeView, 'cluster' | 'families' | 'join'>, node: ClusterNode): string[] {
  return families.map(({ family }) => joinAddressOf({ cluster, node, join: { cidrs: join?.cidrs ?? {} } }, family));
}

/** Addresses of ovn0 are given out in the order in which nodes came: the router has the first of the prefix. */
function joinAddressOf({ cluster, node, join }: Pick<Surroundings, 'cluster' | 'node'> & { readonly join: Pick<Subnet, 'cidrs'> }, family: Family): string {
  const noted = firstOf(family, node.join);
  return noted ?? addressIn(join.cidrs[family] ?? DEFAULT_JOIN[family], 2 + cluster.nodes.indexOf(node));
}

function defaultJoin(name: string, node: ClusterNode): Subnet {
  const wanted = FAMILIES.filter((family) => firstOf(family, [...node.join, ...node.internalIPs]) !== null);
  const cidrs = Object.fromEntries((wanted.length > 0 ? wanted : FAMILIES.slice(0, 1)).map((family) => [family, DEFAULT_JOIN[family]]));
  return {
    name,
    uid: '',
    deleting: false,
    vpc: null,
    provider: '',
    cidrs,
    protocol: null,
    natOutgoing: false,
    policyRules: [],
    gatewayType: '',
    gateways: [],
    enableEcmp: false,
    activateGateway: null,
    enableLb: null,
    vlan: '',
    logicalGateway: false,
    u2oInterconnection: false,
    externalEgressGateways: [],
    policyRoutingPriority: 0,
    policyRoutingTableId: 0,
  };
}

/** Family of an address or a prefix in text that was checked before. */
export const familyOf = (text: string): Family => (text.includes(':') ? 'ipv6' : 'ipv4');

export function firstOf(family: Family, addresses: readonly string[]): string | null {
  return addresses.find((address) => familyOf(address) === family) ?? null;
}

/** The address at `offset` in a prefix that was checked before. */
export function addressIn(cidr: string, offset: number): string {
  const { family, words } = prefixOf(cidr);
  const last = words.length - 1;
  return formatAddress(
    family,
    words.map((word, i) => (i === last ? (word + offset) >>> 0 : word)),
  );
}

export function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new Error(`"${text}" was to be checked when it was read`);
  return prefix;
}

export function contains(cidr: string, address: string): boolean {
  const words = parseAddress(address)?.words;
  return words !== undefined && familyOf(cidr) === familyOf(address) && prefixContains(prefixOf(cidr), words);
}

/** As ipset prints it: a prefix of full length is written as an address. */
export function setMember(text: string): string {
  const prefix = prefixOf(text);
  return prefix.length === ADDRESS_BITS[prefix.family] ? formatAddress(prefix.family, prefix.words) : formatPrefix(prefix);
}
