/**
 * Packets into and out of Geneve and VXLAN devices: the inner packet, the outer one, and what of the one is on the other.
 * Every device is made twice over: with a fixed far end, and as Open vSwitch makes it (`external`, the far end on the route).
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from '../kernel/cases.ts';
import type { KernelNode } from '../kernel/node.ts';
import { encodePacket, macBytes, toHex } from '../kernel/packet-bytes.ts';

const PORTS = { geneve: 6081, vxlan: 4789 } as const;
type Kind = keyof typeof PORTS;

/** The node's MAC on the tunnel device: position 2 in the list below. */
const TUNNEL_MAC = '02:00:00:00:0c:01';
const FAR_MAC = '02:00:00:00:0c:02';

interface Options {
  /** S11 or X6: the rule in filter OUTPUT that clears the outer packet's mark. */
  readonly clears?: boolean;
  readonly external?: boolean;
  readonly create?: string;
  readonly more?: Partial<KernelNode>;
  readonly mangle?: readonly string[];
}

function node(kind: Kind, { clears = false, external = false, create = '', more = {}, mangle = [] }: Options = {}): KernelNode {
  const port = PORTS[kind];
  const far = external ? 'external' : 'id 5 remote 192.168.0.102';
  const dstport = `dstport ${port}`;
  return {
    interfaces: [
      { name: 'eth0', addresses: ['192.168.0.101/24', 'fd00::101/64'] },
      { name: 'eth1', addresses: ['192.168.1.101/24'] },
      { name: 'tun', create: `type ${kind} ${far} ${dstport}${create}`, mtu: 1400, addresses: ['10.9.0.1/24'] },
      { name: 'ra', addresses: ['10.16.0.1/16'] },
    ],
    routes: external ? ['10.77.0.0/16 encap ip id 7 dst 192.168.0.102 ttl 64 dev tun'] : ['10.77.0.0/16 via 10.9.0.2 dev tun'],
    // The marks that a Kube-OVN node has on its way, and what they do to the outer packet.
    iptables: `*raw\nCOMMIT\n*mangle\n-A PREROUTING -i ra -p tcp -j MARK --set-mark 0x4000\n-A PREROUTING -i eth0 -p udp -m udp --dport ${port} -j MARK --set-mark 0x7\n${mangle.map((rule) => `${rule}\n`).join('')}COMMIT\n*nat\n-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE\nCOMMIT\n*filter\n${clears ? `-A OUTPUT -p udp -m udp --dport ${port} -j MARK --set-xmark 0x0/0xffffffff\n` : ''}COMMIT\n`,
    ip6tables: '*mangle\nCOMMIT\n*filter\nCOMMIT\n',
    ...more,
  };
}

const unmarked: Packet = { in: 'ra', src: '10.16.0.10', dst: '10.77.0.5', proto: 'udp', sport: 4000, dport: 53 };
const marked: Packet = { in: 'ra', src: '10.16.0.10', dst: '10.77.0.5', proto: 'tcp', sport: 4001, dport: 80, tos: 0x28, df: true };
const local: Packet = { in: null, src: '10.9.0.1', dst: '10.77.0.5', proto: 'udp', sport: 4002, dport: 53, mark: 0x21 };

const header = (kind: Kind, id: number): string => (kind === 'geneve' ? `00006558${id.toString(16).padStart(6, '0')}00` : `08000000${id.toString(16).padStart(6, '0')}00`);

/** The far end's packet, in its envelope. */
function wrapped(kind: Kind, inner: Packet, sport: number): Packet {
  const ethernet = Uint8Array.from([...macBytes(TUNNEL_MAC), ...macBytes(FAR_MAC), 8, 0]);
  return {
    in: 'eth0',
    src: '192.168.0.102',
    dst: '192.168.0.101',
    proto: 'udp',
    sport,
    dport: PORTS[kind],
    data: header(kind, 5) + toHex(ethernet) + toHex(encodePacket(inner)),
  };
}

const FORWARDED_IN: Packet = { src: '10.77.0.5', dst: '10.16.0.10', proto: 'udp', sport: 1053, dport: 4000, id: 77 };
const DELIVERED_IN: Packet = { src: '10.77.0.5', dst: '10.9.0.1', proto: 'udp', sport: 1053, dport: 53, id: 78 };

function flows(kind: Kind): Packet[] {
  return [unmarked, marked, marked, local, wrapped(kind, FORWARDED_IN, 50000), wrapped(kind, DELIVERED_IN, 50001)];
}

/** The same mark chooses another route: does it choose the outer packet's? */
const BY_MARK: Partial<KernelNode> = {
  rules: ['fwmark 0x4000/0x4000 to 192.168.0.0/24 lookup 100'],
};

const TWO_ROUTES: Partial<KernelNode> = { ...BY_MARK, routes: ['10.77.0.0/16 via 10.9.0.2 dev tun', '192.168.0.0/24 via 192.168.1.1 dev eth1 table 100'] };

export const TUNNEL_CASES: readonly KernelCase[] = [
  ...(['geneve', 'vxlan'] as const).flatMap((kind): KernelCase[] => [
    { name: `${kind}-clearing`, node: node(kind, { clears: true }), sends: flows(kind) },
    { name: `${kind}-route-by-mark`, node: node(kind, { more: TWO_ROUTES }), sends: [unmarked, marked] },
  ]),
  { name: 'geneve-without-clearing', node: node('geneve'), sends: flows('geneve') },
  { name: 'geneve-external', node: node('geneve', { external: true, clears: true }), sends: [unmarked, marked, local] },
  {
    name: 'geneve-reroute-in-output',
    node: node('geneve', { mangle: ['-A OUTPUT -p udp -m udp --dport 6081 -j MARK --set-mark 0x4000'], more: TWO_ROUTES }),
    sends: [unmarked, local],
  },
  { name: 'geneve-inherits', node: node('geneve', { create: ' tos inherit ttl inherit df inherit' }), sends: [marked, { ...unmarked, tos: 0x13 }] },
];
