/** Routes, policy rules and addresses that few nodes have: what they decide is as sure as the rest, or is said to be open. */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import type { KernelInterface } from './node.ts';
import { EVERYTHING, EVERYTHING6, tables, TRACKING, TRACKING6 } from './router.ts';

const WAYS: readonly KernelInterface[] = [
  { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
  { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
  { name: 'rc', addresses: ['10.3.0.1/24', 'fd03::1/64'] },
];
const [ra, rb, rc] = WAYS as readonly [KernelInterface, KernelInterface, KernelInterface];
const MASQUERADE = tables({ nat: ['-A POSTROUTING -j MASQUERADE'], filter: [TRACKING] });
const MASQUERADE6 = tables({ nat: ['-A POSTROUTING -j MASQUERADE'], filter: [TRACKING6] });

const udp = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => ({ in: 'ra', src: '10.1.0.2', dst, proto: 'udp', sport, dport: 53, ...rest });
const own = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => ({ in: null, dst, proto: 'udp', sport, dport: 53, ...rest });
const udp6 = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => udp(sport, dst, { src: 'fd01::2', ...rest });

/** Every precedence with every service, and some of the two ECN bits. */
const TOS = [0x00, 0x10, 0x50, 0xb0, 0x08, 0x28, 0x88, 0x04, 0x20, 0x0c, 0x1c, 0x3c, 0x13, 0xfc];

export const ROUTING_CASES: readonly KernelCase[] = [
  {
    // The network of an address with a peer is that of the peer.
    name: 'addresses-with-a-peer',
    node: {
      interfaces: [ra, { name: 'rb', addresses: ['10.2.0.1 peer 10.9.0.1/24', '10.2.0.3 peer 10.9.1.1/32'] }, rc],
      routes: ['default via 10.9.0.254', '30.0.0.0/8 via 10.9.1.1', '32.0.0.0/8 dev rb'],
      iptables: MASQUERADE,
    },
    sends: ['8.8.8.8', '30.1.1.1', '32.1.1.1', '10.9.0.7', '10.9.1.1', '10.2.0.2', '10.2.0.3'].flatMap((dst, i) => [udp(100 + i, dst), own(200 + i, dst)]),
  },
  {
    // What is deprecated is no source while there is another address of the scope.
    name: 'deprecated-addresses',
    node: {
      interfaces: [ra, { name: 'rb', addresses: ['2001:db8:5::1/64 preferred_lft 0', 'fd02::1/64'] }, rc],
      routes6: ['default via fd02::254', '2001:db8:30::/48 dev rb'],
      ip6tables: MASQUERADE6,
    },
    sends: ['2001:db8:8::8', '2001:db8:30::1', '2001:db8:5::9', 'fd02::9', 'fe80::77'].flatMap((dst, i) => [udp6(100 + i, dst), own(200 + i, dst)]),
  },
  {
    // IPv4 compares three bits of the DSCP with those of a route or a rule, IPv6 all six.
    name: 'routes-by-tos',
    node: {
      interfaces: WAYS,
      routes: [
        'default via 10.2.0.254',
        '58.0.0.0/8 via 10.3.0.9 tos 0x10',
        '58.0.0.0/8 via 10.1.0.9',
        '60.0.0.0/8 via 10.3.0.9 tos 0x20',
        '61.0.0.0/8 via 10.3.0.9 tos 0x1c',
        'default via 10.3.0.9 table 100',
      ],
      routes6: ['default via fd02::254', 'default via fd03::9 table 100'],
      rules: ['tos 0x08 to 8.0.0.0/8 lookup 100'],
      rules6: ['tos 0x10 lookup 100'],
      iptables: EVERYTHING,
      ip6tables: EVERYTHING6,
    },
    sends: [
      ...['58.1.1.1', '60.1.1.1', '61.1.1.1', '8.8.8.8'].flatMap((dst, i) => TOS.map((tos, j) => udp(100 * (i + 1) + j, dst, { tos }))),
      ...TOS.map((tos, j) => udp6(500 + j, '2001:db8::8', { tos })),
      own(600, '58.1.1.1', { tos: 0x50 }),
    ],
  },
  {
    // The way back is looked up with the TOS of the packet, from where it was going.
    name: 'way-back-by-tos-and-destination',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254', 'default via 10.1.0.9 table 100', 'blackhole 24.0.0.0/8 table local'],
      routes6: ['default via fd02::254', 'default via fd01::9 table 100'],
      rules: ['tos 0x10 lookup 100', 'from 10.3.0.0/24 lookup 100'],
      rules6: ['tos 0x10 lookup 100', 'from fd03::/64 lookup 100', 'ipproto tcp lookup 100'],
      iptables: tables({
        mangle: ['-A PREROUTING -m rpfilter', '-A PREROUTING -m addrtype --src-type BLACKHOLE', '-A PREROUTING -m addrtype --dst-type UNICAST'],
        filter: [TRACKING],
      }),
      ip6tables: tables({ mangle: ['-A PREROUTING -m rpfilter'], filter: [TRACKING6] }),
    },
    sends: [
      ...['9.9.9.9', '10.1.0.2', '24.0.0.1'].flatMap((src, i) => [
        udp(100 + i, '10.2.0.2', { src }),
        udp(200 + i, '10.2.0.2', { src, tos: 0x10 }),
        udp(300 + i, '10.3.0.2', { src }),
        udp(400 + i, '255.255.255.255', { src, l2: 'broadcast' }),
      ]),
      udp(500, '24.0.0.1'),
      ...['2001:db8::9', 'fd01::2'].flatMap((src, i) => [
        udp6(100 + i, 'fd02::2', { src }),
        udp6(200 + i, 'fd02::2', { src, tos: 0x10 }),
        udp6(300 + i, 'fd03::2', { src }),
        udp6(400 + i, 'fd02::2', { src, proto: 'tcp' }),
      ]),
    ],
  },
  {
    // What the node sends by lo comes back to it, whatever the tables say of the destination.
    name: 'routes-by-the-loopback-device',
    node: { interfaces: WAYS, routes: ['default via 10.2.0.254', '63.0.0.0/8 dev lo'], iptables: EVERYTHING },
    sends: [own(100, '63.1.1.1'), own(101, '63.1.1.1', { proto: 'tcp' }), udp(102, '63.1.1.1', { ttl: 3 })],
  },
  {
    // IPv6 takes such a route for a refusal, of what the node sends only behind OUTPUT.
    name: 'refusals-by-the-loopback-device',
    node: { interfaces: WAYS, routes6: ['default via fd02::254', '2062::/16 dev lo'], ip6tables: EVERYTHING6 },
    options: { answers: 'stack' },
    sends: [udp6(100, '2062::1'), own(101, '2062::1', { src: 'fd01::1' }), udp6(102, '2062::1', { ttl: 1 }), udp6(103, '2001:db8::1'), own(104, '::1', { src: '::1' })],
  },
  {
    name: 'broadcasts-sent-on',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254'],
      iptables: EVERYTHING,
      sysctls: { 'net.ipv4.conf.all.bc_forwarding': '1', 'net.ipv4.conf.ra.bc_forwarding': '1' },
    },
    sends: [
      udp(100, '10.2.0.255'),
      udp(101, '10.1.0.255', { l2: 'broadcast' }),
      udp(102, '10.1.0.255'),
      udp(103, '10.2.0.255', { in: 'rc', src: '10.3.0.2' }),
      udp(104, '10.2.0.255', { ttl: 1 }),
      udp(105, '255.255.255.255', { l2: 'broadcast' }),
      udp(106, '10.2.0.255', { src: '0.0.0.0' }),
    ],
  },
  {
    // An anycast address (here that of the routers of a network) is refused by in its own name and has no connections.
    name: 'anycast-addresses-answer',
    node: { interfaces: [ra, rb], routes6: ['default via fd02::254'], ip6tables: EVERYTHING6 },
    options: { answers: 'stack' },
    sends: ['fd01::', 'fd02::'].flatMap((dst, i) => [udp6(100 + i, dst), udp6(200 + i, dst, { proto: 'tcp' }), udp6(300 + i, dst, { proto: 'tcp', flags: ['ACK'], ack: 5 })]),
  },
  {
    // Where a rule asks for protocol or ports, the way back to a source is looked up by those of an answer.
    name: 'sources-by-rules-of-ports',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254', '9.0.0.0/8 via 10.3.0.254', 'default via 10.1.0.254 table 100'],
      rules: ['sport 53 lookup 100', 'ipproto icmp lookup 100'],
      iptables: EVERYTHING,
      sysctls: { 'net.ipv4.conf.all.rp_filter': '1' },
    },
    sends: ['9.9.9.9', '8.8.8.8', '10.1.0.2'].flatMap((src, i) => [
      udp(100 + i, '10.2.0.2', { src }),
      udp(53, '10.2.0.2', { src, dport: 100 + i }),
      udp(200 + i, '10.1.0.1', { src, proto: 'tcp' }),
      udp(300 + i, '10.2.0.2', { src, dport: 54 }),
      { in: 'ra', src, dst: '10.2.0.2', proto: 'icmp', icmpId: i + 1 },
      udp(400 + i, '255.255.255.255', { src, l2: 'broadcast' }),
    ]),
  },
  {
    // Fragments have no ports, not even the first; of ESP and AH the halves of the SPI stand there.
    name: 'ports-that-rules-read',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254', 'default via 10.3.0.254 table 100'],
      routes6: ['default via fd02::254', 'default via fd03::254 table 100'],
      rules: ['dport 53 lookup 100'],
      rules6: ['dport 53 lookup 100'],
      iptables: tables({ filter: [] }),
      ip6tables: tables({ filter: [] }),
    },
    sends: [
      udp(1, '8.8.8.8'),
      udp(5, '8.8.8.8', { id: 77, moreFragments: true, payload: 16 }),
      { in: 'ra', src: '10.1.0.2', dst: '8.8.8.8', proto: 'udp', id: 77, fragOffset: 24, payload: 16 },
      ...['esp', 'ah'].map((proto): Packet => ({ in: 'ra', src: '10.1.0.2', dst: '8.8.8.8', proto, spi: 0x10035 })),
      udp6(1, '2001:db8::8'),
      udp6(5, '2001:db8::8', { id: 77, moreFragments: true, payload: 16 }),
    ],
  },
  {
    // IPv4 looks up again for root, whoever sends; IPv6 for the sender.
    name: 'reroute-forgets-the-user',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254', 'default via 10.3.0.254 table 100'],
      routes6: ['default via fd02::254', 'default via fd03::254 table 100'],
      rules: ['uidrange 1000-1000 lookup 100'],
      rules6: ['uidrange 1000-1000 lookup 100'],
      iptables: tables({
        mangle: ['-A OUTPUT -p udp -m udp --dport 53 -j MARK --set-mark 9'],
        nat: ['-A OUTPUT -p udp -m udp --dport 55 -j DNAT --to-destination 9.9.9.9'],
        filter: [TRACKING],
      }),
      ip6tables: tables({ mangle: ['-A OUTPUT -p udp -m udp --dport 53 -j MARK --set-mark 9'], filter: [TRACKING6] }),
    },
    sends: [53, 54, 55].flatMap((dport, i) =>
      [0, 1000].flatMap((uid, j) => [own(100 + 10 * i + j, '8.8.8.8', { src: '10.2.0.1', dport, uid }), own(200 + 10 * i + j, '2001:db8::8', { src: 'fd02::1', dport, uid })]),
    ),
  },
  {
    // Errors are routed as ICMP, with the TOS that they have; what IPv6 answers is not routed by its traffic class.
    name: 'answers-by-rules',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254', 'default via 10.3.0.254 table 100', 'default via 10.2.0.9 table 101'],
      routes6: ['default via fd02::254', 'default via fd03::254 table 100'],
      rules: ['ipproto icmp tos 0x10 lookup 100', 'ipproto icmp dport 2816 lookup 101', 'ipproto tcp sport 7 blackhole'],
      rules6: ['tos 0x10 lookup 100'],
      iptables: tables({ raw: [], filter: [TRACKING, '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -p udp -m udp --dport 77 -j REJECT'] }),
      ip6tables: tables({ raw: [], filter: [TRACKING6, '-A FORWARD -p udp -m udp --dport 77 -j REJECT'] }),
    },
    options: { answers: 'stack' },
    sends: [
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'icmp', icmpId: 3 },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'icmp', icmpId: 4, tos: 0x10 },
      udp(100, '10.1.0.1'),
      udp(101, '10.1.0.1', { tos: 0x10 }),
      udp(102, '10.2.0.2', { dport: 77 }),
      udp(103, '10.2.0.2', { dport: 77, tos: 0x10 }),
      udp(104, '10.2.0.2', { ttl: 1 }),
      udp(105, '10.2.0.2', { ttl: 1, tos: 0x50 }),
      udp(106, '10.2.0.2', { proto: 'tcp', dport: 7 }),
      udp(107, '10.2.0.2', { proto: 'tcp', dport: 8 }),
      { in: 'ra', src: 'fd01::2', dst: 'fd01::1', proto: 'icmpv6', icmpId: 4, tos: 0x10 },
      udp6(200, 'fd01::1', { tos: 0x10 }),
      udp6(201, 'fd01::1', { proto: 'tcp', tos: 0x10 }),
      udp6(202, 'fd02::2', { dport: 77, tos: 0x10 }),
      udp6(203, 'fd02::2', { ttl: 1, tos: 0x10 }),
    ],
  },
  {
    // `icmp_errors_use_inbound_ifaddr`: not the address by which the sender is reached.
    name: 'errors-from-the-inbound-device',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24', '10.1.0.9/24', '10.11.0.1/24'] },
        { name: 'rb', addresses: ['10.2.0.1/24'] },
        { name: 'rc', addresses: ['10.3.0.1/24'] },
      ],
      routes: ['default via 10.2.0.254', 'unreachable 30.0.0.0/8', '172.16.0.0/16 via 10.3.0.9'],
      iptables: tables({ filter: [TRACKING, '-A FORWARD -j REJECT', '-A OUTPUT -p udp -m udp --dport 99 -j REJECT'] }),
      sysctls: { 'net.ipv4.icmp_errors_use_inbound_ifaddr': '1' },
    },
    options: { answers: 'stack' },
    sends: [
      ...['10.1.0.2', '10.11.0.2', '172.16.0.1', '9.9.9.9'].flatMap((src, i) => [
        udp(100 + i, '8.8.8.8', { src, ttl: 1 }),
        udp(200 + i, '30.1.1.1', { src }),
        udp(300 + i, '8.8.8.8', { src }),
        udp(400 + i, '10.1.0.9', { src }),
      ]),
      own(500, '8.8.8.8', { src: '10.1.0.1', dport: 99 }),
    ],
  },
  {
    // What is for everybody on the bridge, and gets a host elsewhere as its destination, is for the node and is sent on.
    name: 'group-frames-that-leave-a-bridge',
    needs: 'br_netfilter',
    node: {
      interfaces: [
        { name: 'br0', create: 'type bridge mcast_snooping 0', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
        { name: 'pa', master: 'br0' },
        { name: 'pb', master: 'br0' },
        { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
      ],
      iptables: tables({
        mangle: ['-A INPUT -m pkttype --pkt-type unicast', '-A FORWARD -m pkttype --pkt-type unicast', '-A FORWARD -m pkttype --pkt-type broadcast'],
        nat: ['-A PREROUTING -p udp -m udp --dport 1 -j DNAT --to-destination 10.2.0.2', '-A PREROUTING -p udp -m udp --dport 2 -j DNAT --to-destination 10.0.0.1'],
        filter: [TRACKING],
      }),
      ip6tables: tables({ nat: ['-A PREROUTING -p udp -m udp --dport 1 -j DNAT --to-destination fd02::2'], filter: [TRACKING6] }),
      sysctls: { 'net.bridge.bridge-nf-call-iptables': '1', 'net.bridge.bridge-nf-call-ip6tables': '1' },
    },
    sends: [
      ...[1, 2, 3].map(
        (dport): Packet => ({ in: 'br0', physIn: 'pa', dstMac: 'ff:ff:ff:ff:ff:ff', l2: 'broadcast', src: '10.0.0.2', dst: '10.0.0.255', proto: 'udp', sport: 5, dport }),
      ),
      { in: 'br0', physIn: 'pa', dstMac: '33:33:00:00:00:01', l2: 'multicast', src: 'fd00::2', dst: 'ff02::1', proto: 'udp', sport: 5, dport: 1 },
    ],
  },
  {
    // What is local by another table than "local" is delivered, and IPv4 sends nothing in its name: neither errors nor echoes nor resets.
    name: 'delivered-by-another-table',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254', 'local 8.0.0.0/8 dev lo table 100', 'local 9.0.0.0/8 dev lo table local'],
      routes6: ['default via fd02::254', 'local 2001:db8:8::/48 dev lo table 100', 'local 2001:db8:9::/48 dev lo table local'],
      rules: ['iif ra lookup 100'],
      rules6: ['iif ra lookup 100'],
      iptables: tables({ filter: [TRACKING, '-A INPUT -p udp -m udp --dport 1 -j REJECT', '-A INPUT -p tcp -m tcp --dport 1 -j REJECT --reject-with tcp-reset'] }),
      ip6tables: tables({ filter: [TRACKING6, '-A INPUT -p udp -m udp --dport 1 -j REJECT', '-A INPUT -p tcp -m tcp --dport 1 -j REJECT --reject-with tcp-reset'] }),
    },
    sends: ['8.8.8.8', '9.9.9.9', '2001:db8:8::8', '2001:db8:9::9'].flatMap((dst, i) => {
      const to = { in: 'ra', src: dst.includes(':') ? 'fd01::2' : '10.1.0.2', dst } as const;
      return [
        ...[1, 2].flatMap((dport): readonly Packet[] => ['udp', 'tcp'].map((proto) => ({ ...to, proto, sport: 100 + i, dport }))),
        { ...to, proto: dst.includes(':') ? 'icmpv6' : 'icmp', icmpId: 100 + i },
        ...[22, 23].map((dport): Packet => ({ ...to, proto: 'tcp', sport: 100 + i, dport })),
        { ...to, proto: 'tcp', sport: 200 + i, dport: 22, flags: ['ACK'], ack: 5 },
      ];
    }),
    options: {
      answers: 'stack',
      sockets: ['0.0.0.0', '::'].flatMap((address) => [
        { proto: 'tcp' as const, address, port: 22, listening: true },
        { proto: 'tcp' as const, address, port: 23, listening: true, transparent: true },
      ]),
    },
  },
];
