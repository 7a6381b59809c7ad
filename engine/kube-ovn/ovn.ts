/**
 * OVN's own tables, for whoever asks where Open vSwitch takes a packet that leaves by ovn0: pods of the cluster's router and
 * the nodes' ports on the join network, each bound to its node, and the nodes' tunnel ends. Printed as `ovn-sbctl --format=json
 * list TABLE` prints them (OVN 23.03), with the columns that matter. Pods of other VPCs, which ovn0 does not reach, and ports
 * of routers are left out.
 */

import { utf8Bytes } from '../net/utf8.ts';
import type { Cluster, ClusterNode, Subnet } from './cluster.ts';
import { FAMILIES } from './names.ts';
import { sha256 } from './sha256.ts';
import { contains, firstOf, nodeJoinAddresses, type NodeView } from './view.ts';

interface Port {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly node: string;
}

/** Commands and what they print. */
export function ovnSections(view: NodeView): (readonly [string, string])[] {
  const { cluster, options } = view;
  const nodes = cluster.nodes.map((node) => ({ node, ip: tunnelAddress(node) }));
  const encaps = nodes.flatMap(({ node, ip }) =>
    ip === null ? [] : [[uuid('Encap', node.name), chassisName(node.name), ip, ['map', [['csum', 'true']]], options.networkType] as const],
  );
  const chassis = nodes.map(({ node, ip }) => [uuid('Chassis', node.name), ip === null ? EMPTY : uuid('Encap', node.name), node.name, chassisName(node.name)]);
  const ports = portsOf(view).map(({ name, addresses, node }) => [
    uuid('Port_Binding', name),
    cluster.nodes.some((one) => one.name === node) ? uuid('Chassis', node) : EMPTY,
    name,
    [madeMac(addresses), ...addresses].join(' '),
    '',
  ]);
  const table = (name: string, headings: readonly string[], data: readonly unknown[]): readonly [string, string] => [
    `ovn-sbctl --format=json list ${name}`,
    `${JSON.stringify({ data, headings })}\n`,
  ];
  return [
    table('Port_Binding', ['_uuid', 'chassis', 'logical_port', 'mac', 'type'], ports),
    table('Chassis', ['_uuid', 'encaps', 'hostname', 'name'], chassis),
    table('Encap', ['_uuid', 'chassis_name', 'ip', 'options', 'type'], encaps),
  ];
}

/** A set without members (RFC 7047). */
const EMPTY = ['set', []] as const;

/** Address of the interface that tunnels end on, IPv4 first (`setEncapIPs` of the daemon); null: none is described. */
function tunnelAddress({ interfaces, tunnelInterface, internalIPs }: ClusterNode): string | null {
  const device = interfaces.find(({ name }) => name === tunnelInterface) ?? interfaces[0];
  const own = device?.addresses.map((text) => text.split('/')[0] ?? '') ?? [];
  const candidates = own.length > 0 ? own : internalIPs;
  return FAMILIES.map((family) => firstOf(family, candidates)).find((address) => address !== null) ?? null;
}

/** Pods that are described, endpoints of Services that are not pods of the description, and the nodes. */
function portsOf(view: NodeView): Port[] {
  const { cluster, subnets, clusterRouter, join } = view;
  const overlay = subnets.filter(({ vpc, vlan, logicalGateway, name }) => vpc === clusterRouter && (vlan === '' || logicalGateway) && name !== join?.name);
  const inside = (address: string, subnet: Subnet): boolean => Object.values(subnet.cidrs).some((cidr) => contains(cidr, address));
  const pods = cluster.pods
    .filter(
      ({ subnet, ips, hostNetwork, deleting }) => !hostNetwork && !deleting && overlay.some((one) => (subnet === null ? ips.some((ip) => inside(ip, one)) : one.name === subnet)),
    )
    .map(({ namespace, name, ips, node }): Port => ({ name: `${name}.${namespace}`, addresses: ips, node }));
  const known = new Set(pods.flatMap(({ addresses }) => addresses));
  const endpoints = endpointsOf(cluster).filter(({ address }) => !known.has(address) && overlay.some((one) => inside(address, one)));
  const nodes = cluster.nodes.map((node): Port => ({ name: `node-${node.name}`, addresses: nodeJoinAddresses(view, node), node: node.name }));
  return [...pods, ...endpoints.map(({ address, node }): Port => ({ name: `endpoint-${address}`, addresses: [address], node })), ...nodes].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

function endpointsOf({ services }: Cluster): { readonly address: string; readonly node: string }[] {
  const found = new Map<string, string>();
  for (const { ports } of services) for (const { endpoints } of ports) for (const { address, node } of endpoints) if (node !== null) found.set(address, node);
  return [...found].map(([address, node]) => ({ address, node }));
}

const digest = (text: string): Uint8Array => sha256(Uint8Array.from(utf8Bytes(text)));

/** The same name always has the same one. */
function uuid(table: string, name: string): readonly ['uuid', string] {
  return ['uuid', uuidText(`${table} ${name}`)];
}

const chassisName = (node: string): string => uuidText(`system-id ${node}`);

function uuidText(text: string): string {
  const hex = Array.from(digest(text).subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** `0a:58` and the four bytes of an IPv4 address, as CNI plugins make them up. */
function madeMac(addresses: readonly string[]): string {
  const address = firstOf('ipv4', addresses);
  const bytes = address === null ? [...digest(addresses.join()).subarray(0, 4)] : address.split('.').map(Number);
  return [0x0a, 0x58, ...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
