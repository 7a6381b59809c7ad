/** The node's interfaces and addresses: its own NICs, ovn0 and, in IPVS mode, kube-ipvs0; printed as `ip -j addr` and `ip -j -d link` print them (iproute2 6.1). */

import { ADDRESS_BITS, formatAddress, parseAddress, type Family } from '../net/address.ts';
import type { NodeInterface } from './cluster.ts';
import { IPVS_NIC, NODE_NIC } from './names.ts';
import { addressIn, contains, familyOf, prefixOf, type NodeView } from './view.ts';

export interface LinkAddress {
  readonly family: Family;
  readonly address: string;
  readonly length: number;
  readonly scope: 'global' | 'link' | 'host';
  /** The address that stands for it as a source: itself, or the first of its prefix. */
  readonly primary: string;
}

export interface Link {
  readonly index: number;
  readonly name: string;
  /** `openvswitch`, `dummy`, `geneve`; null for hardware. */
  readonly kind: string | null;
  /** Of a port of Open vSwitch's datapath. */
  readonly tunnelPort?: number;
  readonly mtu: number;
  readonly mac: string;
  readonly up: boolean;
  readonly isLoopback: boolean;
  readonly addresses: readonly LinkAddress[];
  readonly gateways: readonly string[];
}

/** What a tunnel takes from the MTU (`pkg/util/const.go`: GeneveHeaderLength, VxlanHeaderLength). */
const TUNNEL_OVERHEAD = { geneve: 100, vxlan: 50 } as const;
/** RFC 8926, RFC 7348. */
const TUNNEL_PORT = { geneve: 6081, vxlan: 4789 } as const;
const DEFAULT_LENGTH: Readonly<Record<Family, number>> = { ipv4: 24, ipv6: 64 };

/** lo first, then the node's own, ovn0, the tunnels' device, kube-ipvs0. `notes` gets what was taken for granted. */
export function nodeLinks(view: NodeView, serviceAddresses: readonly string[], notes: string[]): Link[] {
  const { node, options } = view;
  const own = node.interfaces.length > 0 ? node.interfaces : defaultInterfaces(view, notes);
  const missing = node.internalIPs.filter((address) => !own.some(({ addresses }) => addresses.some((text) => text.split('/')[0] === address)));
  if (missing.length > 0) notes.push(`no interface of the node has its InternalIP ${missing.join(', ')}`);
  const tunnel = own.find(({ name }) => name === node.tunnelInterface) ?? own[0];
  const links: Link[] = [{ ...LOOPBACK }];
  for (const { name, addresses, gateways, mtu, mac } of own.filter(({ name: other }) => other !== 'lo' && other !== NODE_NIC && other !== IPVS_NIC))
    links.push(ethernet({ index: links.length + 1, name, kind: null, mtu, mac: mac ?? madeMac(addresses, links.length + 1) }, addresses, gateways));
  const join = view.families.map((family) => `${family.joinAddress}/${lengthOf(view.join?.cidrs[family.family] ?? '', family.family)}`);
  const mtu = (tunnel?.mtu ?? 1500) - TUNNEL_OVERHEAD[options.networkType];
  links.push(ethernet({ index: links.length + 1, name: NODE_NIC, kind: 'openvswitch', mtu, mac: node.joinMac ?? madeMac(join, links.length + 1) }, join, []));
  links.push(tunnelDevice(options.networkType, links.length + 1));
  if (options.kubeProxy === 'ipvs')
    links.push({
      index: links.length + 1,
      name: IPVS_NIC,
      kind: 'dummy',
      mtu: 1500,
      mac: '02:00:00:00:00:fe',
      // kube-proxy never sets it up; its addresses are the node's all the same.
      up: false,
      isLoopback: false,
      addresses: serviceAddresses.map(
        (address): LinkAddress => ({ family: familyOf(address), address, length: ADDRESS_BITS[familyOf(address)], scope: 'global', primary: address }),
      ),
      gateways: [],
    });
  return links;
}

/** The device by which Open vSwitch sends and receives outer packets; it has no address and no route. */
function tunnelDevice(kind: keyof typeof TUNNEL_PORT, index: number): Link {
  const port = TUNNEL_PORT[kind];
  const name = `${kind === 'geneve' ? 'genev' : kind}_sys_${port}`;
  return {
    index,
    name,
    kind,
    tunnelPort: port,
    mtu: 65000,
    mac: `02:00:00:00:00:${index.toString(16).padStart(2, '0')}`,
    up: true,
    isLoopback: false,
    addresses: [],
    gateways: [],
  };
}

const LOOPBACK: Link = {
  index: 1,
  name: 'lo',
  kind: null,
  mtu: 65536,
  mac: '00:00:00:00:00:00',
  up: true,
  isLoopback: true,
  addresses: [
    { family: 'ipv4', address: '127.0.0.1', length: 8, scope: 'host', primary: '127.0.0.1' },
    { family: 'ipv6', address: '::1', length: 128, scope: 'host', primary: '::1' },
  ],
  gateways: [],
};

/** The API does not say how a node's NIC is set up: its InternalIPs, prefixes of the usual length, the first address as gateway. */
function defaultInterfaces({ node }: NodeView, notes: string[]): NodeInterface[] {
  const name = node.tunnelInterface ?? 'eth0';
  const addresses = node.internalIPs.map((address) => `${address}/${DEFAULT_LENGTH[familyOf(address)]}`);
  const gateways = (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const first = addresses.find((text) => familyOf(text) === family);
    return first === undefined ? [] : [gatewayOf(first)];
  });
  if (addresses.length > 0) notes.push(`interfaces of the node are not described: ${name} with ${addresses.join(', ')} and gateway ${gateways.join(', ')} is taken for granted`);
  return [{ name, addresses, gateways, mtu: 1500, mac: null }];
}

function gatewayOf(text: string): string {
  const network = `${formatAddress(prefixOf(text).family, prefixOf(text).words)}/${prefixOf(text).length}`;
  const first = addressIn(network, 1);
  return first === text.split('/')[0] ? addressIn(network, 2) : first;
}

function lengthOf(cidr: string, family: Family): number {
  return cidr === '' ? (family === 'ipv4' ? 16 : 112) : (prefixOf(cidr).length ?? ADDRESS_BITS[family]);
}

function ethernet(head: Pick<Link, 'index' | 'name' | 'kind' | 'mtu' | 'mac'>, texts: readonly string[], gateways: readonly string[]): Link {
  const addresses: LinkAddress[] = [];
  for (const text of [...texts.filter((word) => familyOf(word) === 'ipv4'), ...texts.filter((word) => familyOf(word) === 'ipv6')]) {
    const [address = '', length = ''] = text.split('/');
    const family = familyOf(address);
    // A second IPv4 address of one prefix is secondary: the first is the source.
    const first = family === 'ipv4' ? addresses.find((other) => other.family === family && other.length === Number(length) && contains(text, other.address)) : undefined;
    addresses.push({ family, address, length: Number(length), scope: 'global', primary: first?.address ?? address });
  }
  if (addresses.some(({ family }) => family === 'ipv6')) {
    const local = linkLocal(head.mac);
    addresses.push({ family: 'ipv6', address: local, length: 64, scope: 'link', primary: local });
  }
  return { ...head, up: true, isLoopback: false, addresses, gateways };
}

/** `02:00` and the four bytes of the first IPv4 address, or the interface's number. */
function madeMac(addresses: readonly string[], index: number): string {
  const word = parseAddress(addresses.find((text) => familyOf(text) === 'ipv4')?.split('/')[0] ?? '')?.words[0] ?? index;
  return ['02', '00', ...[24, 16, 8, 0].map((shift) => ((word >>> shift) & 255).toString(16).padStart(2, '0'))].join(':');
}

/** Modified EUI-64 (RFC 4291, appendix A). */
function linkLocal(mac: string): string {
  const bytes = mac.split(':').map((part) => Number.parseInt(part, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  return formatAddress('ipv6', [0xfe800000, 0, (((a ^ 2) << 24) | (b << 16) | (c << 8) | 0xff) >>> 0, ((0xfe << 24) | (d << 16) | (e << 8) | f) >>> 0]);
}

type Printed = Readonly<Record<string, unknown>>;

function linkFields({ index, name, kind, tunnelPort, mtu, mac, up, isLoopback }: Link): Printed {
  const flags = isLoopback ? ['LOOPBACK', 'UP', 'LOWER_UP'] : kind === 'dummy' ? ['BROADCAST', 'NOARP'] : ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'];
  return {
    ifindex: index,
    ifname: name,
    flags,
    mtu,
    qdisc: up ? 'noqueue' : 'noop',
    ...(tunnelPort === undefined ? {} : { master: 'ovs-system' }),
    operstate: isLoopback || kind === 'openvswitch' || tunnelPort !== undefined ? 'UNKNOWN' : up ? 'UP' : 'DOWN',
    group: 'default',
    txqlen: 1000,
    link_type: isLoopback ? 'loopback' : 'ether',
    address: mac,
    broadcast: isLoopback ? mac : 'ff:ff:ff:ff:ff:ff',
  };
}

export function printAddresses(links: readonly Link[]): string {
  return printList(
    links.map((link) => ({
      ...linkFields(link),
      addr_info: link.addresses.map(({ family, address, length, scope, primary }) => ({
        family: family === 'ipv4' ? 'inet' : 'inet6',
        local: address,
        prefixlen: length,
        scope,
        ...(primary === address ? {} : { secondary: true }),
        ...(family === 'ipv4' ? { label: link.name } : {}),
      })),
    })),
  );
}

export function printLinks(links: readonly Link[]): string {
  return printList(links.map((link) => ({ ...linkFields(link), ...(link.kind === null ? {} : { linkinfo: linkInfo(link) }) })));
}

/** `external`: Open vSwitch tells the device with each packet where it goes. */
function linkInfo({ kind, tunnelPort }: Link): Printed {
  if (tunnelPort === undefined) return { info_kind: kind };
  const common = { external: true, id: 0 };
  const data =
    kind === 'vxlan'
      ? { port_range: { low: 0, high: 0 }, port: tunnelPort, learning: false, ttl: 0, df: 'unset', ageing: 300, udp_csum: true, udp_zero_csum6_tx: false }
      : { ttl: 0, df: 'unset', port: tunnelPort };
  return { info_kind: kind, info_data: { ...common, ...data, udp_zero_csum6_rx: true }, info_slave_kind: 'openvswitch' };
}

/** One item a line. */
export function printList(items: readonly Printed[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(',\n ')}]\n`;
}
