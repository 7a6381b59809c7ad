/**
 * VXLAN devices, which this kernel has: how a device is set up against what its outer packets are, and what it takes out
 * of those that come in. Geneve is asked of the emulated kernel (test/emulated/tunnel-cases.ts).
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import type { KernelNode } from './node.ts';
import { encodePacket, macBytes, toHex } from './packet-bytes.ts';

/** Of the tunnel device by its place among the interfaces, and of the far end. */
const TUNNEL_MAC = '02:00:00:00:0c:01';
const FAR_MAC = '02:00:00:00:0c:02';

/** Rules that say what they see: the outer packet's mark, owner and TOS show in what they do to it. */
const RULES = `*raw
COMMIT
*mangle
-A PREROUTING -i ra -p tcp -j MARK --set-mark 0x4000
-A PREROUTING -i eth0 -p udp -m udp --dport 4789 -j MARK --set-mark 0x7
-A OUTPUT -p udp -m udp --dport 4789 -m owner --uid-owner 0 -j MARK --or-mark 0x100
-A OUTPUT -p udp -m udp --dport 4789 -m tos --tos 0x28 -j MARK --or-mark 0x200
-A OUTPUT -p udp -m udp --dport 4789 -m length --length 94:98 -j MARK --or-mark 0x400
COMMIT
*nat
-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE
COMMIT
*filter
COMMIT
`;
const RULES6 = `*raw
COMMIT
*mangle
-A PREROUTING -i ra -p tcp -j MARK --set-mark 0x4000
COMMIT
*filter
-A OUTPUT -p udp -m udp --dport 4789 -m conntrack --ctstate NEW
COMMIT
`;

const node = (create: string, more: Partial<KernelNode> = {}): KernelNode => ({
  interfaces: [
    { name: 'eth0', addresses: ['192.168.0.101/24', 'fd00::101/64'] },
    { name: 'eth1', addresses: ['192.168.1.101/24'] },
    { name: 'tun', create: `type vxlan ${create}`, mtu: 1400, addresses: ['10.9.0.1/24', 'fd09::1/64'] },
    { name: 'ra', addresses: ['10.16.0.1/16', 'fd16::1/64'] },
  ],
  routes: ['10.77.0.0/16 via 10.9.0.2 dev tun'],
  routes6: ['fd77::/64 via fd09::2 dev tun'],
  iptables: RULES,
  ip6tables: RULES6,
  ...more,
});

const FIXED = 'id 5 remote 192.168.0.102 dstport 4789';
const udp: Packet = { in: 'ra', src: '10.16.0.10', dst: '10.77.0.5', proto: 'udp', sport: 4000, dport: 53 };
const tcp: Packet = { in: 'ra', src: '10.16.0.10', dst: '10.77.0.5', proto: 'tcp', sport: 4001, dport: 80, tos: 0x28, df: true, ttl: 20 };
const ping: Packet = { in: 'ra', src: '10.16.0.10', dst: '10.77.0.5', proto: 'icmp', icmpId: 7, tos: 3 };
const local: Packet = { in: null, src: '10.9.0.1', dst: '10.77.0.5', proto: 'udp', sport: 4002, dport: 53, mark: 0x21, tos: 1 };
const udp6: Packet = { in: 'ra', src: 'fd16::10', dst: 'fd77::5', proto: 'udp', sport: 4003, dport: 53, tos: 0xb9, ttl: 30 };
const OUT: readonly Packet[] = [udp, tcp, ping, local, udp6];

interface Envelope {
  readonly id?: number;
  readonly flags?: string;
  readonly to?: string;
  readonly from?: string;
  readonly type?: readonly [number, number];
  readonly outer?: Partial<Packet>;
}

let port = 50000;
/** The far end's packet in its envelope. */
function wrapped(inner: Packet, { id = 5, flags = '08000000', to = TUNNEL_MAC, from = FAR_MAC, type = [8, 0], outer = {} }: Envelope = {}): Packet {
  const frame = Uint8Array.from([...macBytes(to), ...macBytes(from), ...type, ...encodePacket(inner)]);
  const data = `${flags}${id.toString(16).padStart(6, '0')}00${toHex(frame)}`;
  return { in: 'eth0', src: '192.168.0.102', dst: '192.168.0.101', proto: 'udp', sport: port++, dport: 4789, data, ...outer };
}

const inner: Packet = { src: '10.77.0.5', dst: '10.16.0.10', proto: 'udp', sport: 1053, dport: 4000, id: 77 };
const IN: readonly Packet[] = [
  wrapped(inner),
  wrapped({ ...inner, id: 77, dst: '10.9.0.1', dport: 50000 }),
  wrapped({ ...inner, id: 78, proto: 'tcp', flags: ['SYN'], mss: 1300 }),
  wrapped({ ...inner, id: 79, tos: 2 }, { outer: { tos: 3 } }),
  wrapped({ ...inner, id: 80, tos: 0 }, { outer: { tos: 3 } }),
  wrapped({ ...inner, id: 81, tos: 2 }, { outer: { tos: 1 } }),
  wrapped({ ...inner, id: 82 }, { id: 6 }),
  wrapped({ ...inner, id: 83 }, { flags: '00000000' }),
  wrapped({ ...inner, id: 84 }, { to: '02:00:00:00:99:99' }),
  wrapped({ ...inner, id: 85 }, { from: TUNNEL_MAC }),
  wrapped({ ...inner, id: 86 }, { to: 'ff:ff:ff:ff:ff:ff' }),
  wrapped({ ...inner, id: 87 }, { outer: { src: '192.168.0.77' } }),
  wrapped({ ...inner, id: 88 }, { outer: { badChecksum: true } }),
  wrapped({ ...inner, id: 89, badChecksum: true }),
  wrapped({ ...inner, id: 90, ttl: 1 }),
  wrapped({ src: 'fd77::5', dst: 'fd16::10', proto: 'udp', sport: 1053, dport: 4000, flowLabel: 91 }, { type: [0x86, 0xdd] }),
  wrapped({ ...inner, id: 92 }, { type: [8, 6] }),
  wrapped({ ...inner, id: 93, proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.16.0.10', dst: '10.77.0.5', proto: 'udp', sport: 4000, dport: 1053 } }),
];

export const TUNNEL_CASES: readonly KernelCase[] = [
  { name: 'vxlan', node: node(FIXED), sends: OUT },
  { name: 'vxlan-inherits', node: node(`${FIXED} ttl inherit tos inherit df inherit`), sends: OUT },
  { name: 'vxlan-as-told', node: node(`${FIXED} local 192.168.0.101 ttl 9 tos 0x28 df set srcport 2000 2100`, { sysctls: { 'net.ipv4.ip_default_ttl': '70' } }), sends: OUT },
  { name: 'vxlan-default-ttl', node: node(FIXED, { sysctls: { 'net.ipv4.ip_default_ttl': '70' } }), sends: [udp] },
  {
    name: 'vxlan-routed',
    node: node(`${FIXED} tos inherit`, {
      rules: ['fwmark 0x4000/0x4000 to 192.168.0.0/24 lookup 100', 'tos 0x10 to 192.168.0.0/24 lookup 101'],
      routes: ['10.77.0.0/16 via 10.9.0.2 dev tun', '192.168.0.0/24 via 192.168.1.1 dev eth1 src 192.168.1.101 table 100', 'unreachable 192.168.0.0/24 table 101'],
    }),
    sends: [udp, tcp, local, { ...udp, sport: 4009, tos: 0x10 }],
  },
  { name: 'vxlan-bound', node: node(`${FIXED} dev eth1`), sends: [udp] },
  { name: 'vxlan-no-way', node: node('id 5 remote 172.31.0.1 dstport 4789'), sends: [udp, tcp] },
  { name: 'vxlan-circular', node: node('id 5 remote 10.77.0.9 dstport 4789'), sends: [udp] },
  {
    name: 'vxlan-ring',
    // IP_TUNNEL_RECURSION_LIMIT came to stable kernels and was raised there.
    since: '6.18.44',
    node: node('id 5 remote 10.8.0.2 dstport 4789', {
      interfaces: [
        { name: 'eth0', addresses: ['192.168.0.101/24'] },
        { name: 'tun', create: 'type vxlan id 5 remote 10.8.0.2 dstport 4789', mtu: 1400, addresses: ['10.9.0.1/24'] },
        { name: 'back', create: 'type vxlan id 6 remote 10.9.0.2 dstport 4790', mtu: 1400, addresses: ['10.8.0.1/24'] },
        { name: 'ra', addresses: ['10.16.0.1/16'] },
      ],
      routes6: [],
      ip6tables: '',
    }),
    sends: [udp, tcp],
  },
  { name: 'vxlan-over-ipv6', node: node('id 5 remote fd00::102 dstport 4789'), sends: OUT },
  { name: 'vxlan-incoming', node: node(FIXED), sends: IN },
];
