/** Frames that a bridge sends on, with br_netfilter: what the rules of IP see of them. */

import type { KernelCase } from '../cases.ts';
import type { KernelNode } from '../node.ts';
import { tables, TRACKING, TRACKING6 } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;
/** Hosts behind the ports. */
export const MAC = { a: '02:00:00:00:aa:02', b: '02:00:00:00:bb:03', c: '02:00:00:00:cc:04', nobody: '02:00:00:00:dd:05', bridge: '02:00:00:00:0a:01' } as const;
/** 10.0.0.2 behind pa, .3 behind pb, .4 behind pc. */
const from = (port: 'a' | 'b' | 'c', dstMac: string) => ({ in: 'br0', physIn: `p${port}`, srcMac: MAC[port], dstMac }) as const;

export const bridge = (rules: Partial<KernelNode>): KernelNode => ({
  interfaces: [
    { name: 'br0', create: 'type bridge mcast_snooping 0', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
    { name: 'pa', master: 'br0' },
    { name: 'pb', master: 'br0' },
    { name: 'pc', master: 'br0' },
    { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
  ],
  routes: ['default via 10.2.0.254'],
  routes6: ['default via fd02::254'],
  neighbours: (['a', 'b', 'c'] as const).flatMap((port, i) => [`10.0.0.${i + 2} lladdr ${MAC[port]} dev br0`, `fd00::${i + 2} lladdr ${MAC[port]} dev br0`]),
  forwarding: (['a', 'b', 'c'] as const).map((port) => `${MAC[port]} dev p${port} master static`),
  ...rules,
});

export const PHYSDEV: readonly string[] = [
  '-m physdev --physdev-is-bridged',
  '-m physdev --physdev-in pa',
  '-m physdev ! --physdev-in pa',
  '-m physdev --physdev-is-in',
  '-m physdev --physdev-out pb --physdev-is-bridged',
  '-m physdev ! --physdev-out pb --physdev-is-bridged',
  '-m physdev --physdev-is-out --physdev-is-bridged',
  '-m physdev ! --physdev-is-bridged',
  '-m physdev ! --physdev-is-in',
];
const everywhere = (tracking: string) => ({
  raw: PHYSDEV.map((match) => `-A PREROUTING ${match}`),
  mangle: [
    ...PHYSDEV.map((match) => `-A FORWARD ${match}`),
    ...PHYSDEV.map((match) => `-A POSTROUTING ${match}`),
    ...PHYSDEV.map((match) => `-A INPUT ${match}`),
    ...PHYSDEV.map((match) => `-A OUTPUT ${match}`),
  ],
  nat: [],
  filter: [tracking, '-A FORWARD -m conntrack --ctstate NEW', '-A FORWARD -m conntrack --ctstate ESTABLISHED', '-A FORWARD -m mac --mac-source 02:00:00:00:aa:02'],
  security: [],
});

export const BRIDGES: readonly KernelCase[] = [
  {
    name: 'bridged',
    node: bridge({ iptables: tables(everywhere(TRACKING)), ip6tables: tables(everywhere(TRACKING6)) }),
    sends: [
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(1, 2) },
      { ...from('b', MAC.a), src: '10.0.0.3', dst: '10.0.0.2', ...udp(2, 1) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(1, 2), ttl: 1 },
      { ...from('a', MAC.bridge), src: '10.0.0.2', dst: '10.0.0.1', ...udp(1, 2) },
      { ...from('a', MAC.bridge), src: '10.0.0.2', dst: '10.2.0.2', ...udp(1, 2) },
      { in: 'rb', src: '10.2.0.2', dst: '10.0.0.2', ...udp(2, 1) },
      // Routed back by the bridge that it came over.
      { ...from('a', MAC.bridge), src: '10.0.0.2', dst: '10.0.0.3', ...udp(3, 4) },
      { src: '10.0.0.1', dst: '10.0.0.3', ...udp(5, 6) },
      // To an address of the node, but in a frame for a host.
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.1', ...udp(7, 8) },
      // Elsewhere, bridged all the same.
      { ...from('a', MAC.b), src: '192.0.2.9', dst: '198.51.100.7', ...udp(7, 8) },
      { ...from('a', MAC.a), src: '10.0.0.2', dst: '10.0.0.3', ...udp(9, 8) },
      { ...from('a', MAC.b), src: 'fd00::2', dst: 'fd00::3', ...udp(1, 2) },
      { ...from('b', MAC.a), src: 'fd00::3', dst: 'fd00::2', ...udp(2, 1), ttl: 1 },
      { ...from('a', MAC.bridge), src: 'fd00::2', dst: 'fd00::1', ...udp(1, 2) },
      { ...from('a', MAC.bridge), src: 'fd00::2', dst: 'fd02::2', ...udp(1, 2) },
    ],
  },
  {
    name: 'bridged-nat',
    node: bridge({
      iptables: tables({
        raw: [],
        mangle: ['-A FORWARD -m physdev --physdev-is-bridged', '-A FORWARD -m physdev --physdev-out pc --physdev-is-bridged', '-A INPUT -m physdev --physdev-in pa'],
        nat: [
          '-A PREROUTING -p udp -m udp --dport 53 -j DNAT --to-destination 10.0.0.4:5353',
          '-A PREROUTING -p udp -m udp --dport 54 -j REDIRECT --to-ports 5354',
          '-A PREROUTING -p udp -m udp --dport 55 -j DNAT --to-destination 10.2.0.2',
          '-A PREROUTING -p udp -m udp --dport 56 -j DNAT --to-destination 192.0.2.7',
          '-A POSTROUTING -p tcp -o br0 -j SNAT --to-source 10.0.0.1',
          '-A POSTROUTING -p tcp -o rb -j MASQUERADE',
        ],
        filter: [TRACKING],
      }),
    }),
    sends: [
      // To the node, and sent on to a host of the bridge: bridged, not routed.
      { ...from('a', MAC.bridge), src: '10.0.0.2', dst: '10.0.0.1', ...udp(1, 53) },
      { ...from('c', MAC.a), src: '10.0.0.4', dst: '10.0.0.2', ...udp(5353, 1) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(2, 53) },
      { ...from('c', MAC.a), src: '10.0.0.4', dst: '10.0.0.2', ...udp(5353, 2) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(3, 54) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(4, 55) },
      { in: 'rb', src: '10.2.0.2', dst: '10.0.0.2', ...udp(55, 4) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(4, 56) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...tcp(5, 80) },
      { ...from('b', MAC.bridge), src: '10.0.0.3', dst: '10.0.0.1', ...tcp(80, 5), flags: ['SYN', 'ACK'], ack: 1 },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...tcp(5, 80), flags: ['ACK'], seq: 1, ack: 1 },
      { ...from('a', MAC.c), src: '10.0.0.4', dst: '10.0.0.3', ...udp(8, 53) },
      // For another port of the bridge, which is the node's, and sent on to a host all the same.
      { ...from('a', '02:00:00:00:0d:01'), src: '10.0.0.2', dst: '10.0.0.3', ...udp(9, 53) },
    ],
  },
  {
    name: 'bridged-filter',
    node: bridge({
      iptables:
        '*mangle\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\n-A FORWARD -p udp -m udp --dport 9 -j REJECT\n-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n-A FORWARD -p udp -m udp --dport 7 -j ACCEPT\nCOMMIT\n',
    }),
    sends: [
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(1, 2) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(1, 7) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(1, 9) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...tcp(1, 9) },
      // Sent out by every other port.
      { ...from('a', MAC.nobody), src: '10.0.0.2', dst: '10.0.0.9', ...udp(1, 7) },
      { ...from('a', 'ff:ff:ff:ff:ff:ff'), l2: 'broadcast', src: '10.0.0.2', dst: '10.0.0.255', ...udp(1, 7) },
    ],
  },
  {
    name: 'bridge-nf-off',
    node: bridge({ iptables: tables(everywhere(TRACKING)), sysctls: { 'net.bridge.bridge-nf-call-iptables': '0' } }),
    sends: [
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(1, 2) },
      { ...from('a', MAC.bridge), src: '10.0.0.2', dst: '10.0.0.1', ...udp(1, 2) },
      { ...from('a', MAC.bridge), src: '10.0.0.2', dst: '10.2.0.2', ...udp(1, 2) },
    ],
  },
  {
    name: 'bridged-odds-and-ends',
    node: bridge({
      interfaces: [
        { name: 'br0', create: 'type bridge mcast_snooping 0', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
        { name: 'pa', master: 'br0' },
        { name: 'pb', master: 'br0', mtu: 1400 },
        { name: 'pc', master: 'br0' },
        { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
      ],
      iptables: tables({
        raw: ['-A PREROUTING -i pa', '-A PREROUTING -i br0 -m mac --mac-source 02:00:00:00:aa:02'],
        mangle: [
          '-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
          '-A FORWARD -m addrtype --dst-type LOCAL --limit-iface-in',
          '-A POSTROUTING -m physdev --physdev-in pa',
          '-A PREROUTING -m pkttype --pkt-type unicast',
          '-A FORWARD -m pkttype --pkt-type broadcast',
        ],
        nat: [
          '-A PREROUTING -p udp -m udp --dport 53 -j DNAT --to-destination 10.0.0.2',
          '-A PREROUTING -p udp -m udp --dport 54 -j DNAT --to-destination 10.0.0.9',
          '-A PREROUTING -p udp -m udp --dport 56 -j DNAT --to-destination 0.0.0.7',
          '-A POSTROUTING -p tcp -m physdev --physdev-out pb --physdev-is-bridged -j MASQUERADE',
        ],
        filter: [TRACKING, '-A INPUT -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -p udp -m udp --dport 9 -j DROP'],
      }),
      ip6tables: tables({ mangle: [], filter: [TRACKING6, '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -p udp -m udp --dport 9 -j REJECT'] }),
    }),
    sends: [
      // As the wire says it.
      { in: 'pa', srcMac: MAC.a, dstMac: MAC.b, src: '10.0.0.2', dst: '10.0.0.3', ...udp(1, 2) },
      { in: 'pa', srcMac: MAC.a, dstMac: MAC.bridge, src: '10.0.0.2', dst: '10.0.0.1', ...udp(1, 2) },
      { in: 'pb', srcMac: MAC.b, dstMac: '02:00:00:00:0b:01', src: '10.0.0.3', dst: '10.2.0.2', ...udp(1, 2) },
      // To a host behind the port that it came in by.
      { ...from('a', MAC.b), src: '10.0.0.7', dst: '10.0.0.3', ...udp(2, 53) },
      // To a host that is to be asked for first.
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(3, 56) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...tcp(4, 80), mss: 1460 },
      { ...from('b', MAC.bridge), src: '10.0.0.3', dst: '10.0.0.1', ...tcp(80, 4), flags: ['SYN', 'ACK'], ack: 1 },
      { ...from('a', MAC.bridge), src: '10.0.0.2', dst: '10.0.0.1', ...tcp(5, 80) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(5, 6), payload: 1372 },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(5, 6), payload: 1373 },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', ...udp(5, 6), payload: 1373, df: true },
      { ...from('a', 'ff:ff:ff:ff:ff:ff'), l2: 'broadcast', src: '10.0.0.2', dst: '10.0.0.255', ...udp(1, 7) },
      { ...from('a', 'ff:ff:ff:ff:ff:ff'), l2: 'broadcast', src: '10.0.0.2', dst: '10.0.0.255', ...udp(1, 7) },
      { ...from('a', 'ff:ff:ff:ff:ff:ff'), l2: 'broadcast', src: '10.0.0.2', dst: '10.0.0.255', ...udp(2, 9) },
      { ...from('a', '01:00:5e:00:00:01'), l2: 'multicast', src: '10.0.0.2', dst: '224.0.0.1', ...udp(1, 7) },
      { ...from('a', MAC.b), src: 'fd00::2', dst: 'fd00::3', ...tcp(1, 2) },
      { ...from('a', MAC.b), src: 'fd00::2', dst: 'fd00::3', ...udp(1, 9) },
      { src: '10.0.0.1', dst: '10.0.0.255', ...udp(1, 7) },
      // By no bridge, and for somebody else.
      { in: 'rb', dstMac: MAC.b, src: '10.2.0.2', dst: '10.0.0.3', ...udp(30, 31) },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', proto: 'udp', sport: 70, dport: 71, payload: 992, id: 77, moreFragments: true },
      { ...from('a', MAC.b), src: '10.0.0.2', dst: '10.0.0.3', proto: 'udp', payload: 800, id: 77, fragOffset: 1000 },
    ],
  },
];
