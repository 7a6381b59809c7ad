/** What lies under the rules: realms, lengths, frames for groups, sources of IPv6, links that take nothing in, and where a filter of sources stands. */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import type { KernelInterface } from './node.ts';
import { EVERYTHING, EVERYTHING6, router, tables, TRACKING, TRACKING6, WIRES } from './router.ts';

const rc: KernelInterface = { name: 'rc', addresses: ['10.3.0.1/24', 'fd03::1/64'] };
const WAYS: readonly KernelInterface[] = [...WIRES, rc];
const [ra, rb] = WIRES as readonly [KernelInterface, KernelInterface];

const udp = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => ({ in: 'ra', src: '10.1.0.2', dst, proto: 'udp', sport, dport: 53, ...rest });
const own = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => ({ in: null, dst, proto: 'udp', sport, dport: 53, ...rest });
const udp6 = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => udp(sport, dst, { src: 'fd01::2', ...rest });

const REALMS = ['INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].flatMap((chain) =>
  [0, 1, 2, 3, 4, 5, 6, 8].flatMap((realm) => [`-A ${chain} -m realm --realm ${realm}/0xffff`, `-A ${chain} -m realm --realm 0x${realm}0000/0xffff0000`]),
);

const FRAMES = ['unicast', 'broadcast', 'multicast'] as const;

/** Of each kind of address, and some behind none. */
const FAR6 = [
  '2001:db8:8::8',
  '2001:db8:30::1',
  '2001:db8:5::9',
  'fd02::9',
  '2002:102:304::1',
  '2001:0:1::1',
  'fec0::7',
  '::1.2.3.4',
  'fd09::1',
  '3ffe::1',
  '64:ff9b::1.2.3.4',
  '2001:10::5',
  'fd55::1',
];
const MASQUERADE6 = tables({ nat: ['-A POSTROUTING -j MASQUERADE'], filter: [TRACKING6] });

const MARKS = [
  '-A PREROUTING -p udp -m udp --sport 7001 -j MARK --set-mark 0x11',
  '-A PREROUTING -p udp -m udp --sport 7002 -j MARK --set-mark 0x21',
  '-A PREROUTING -p udp -m udp --sport 7003 -j MARK --set-mark 0x31',
];
const WAYS4 = [
  '8.8.8.8',
  '20.1.1.1',
  '21.1.1.1',
  '22.1.1.1',
  '23.1.1.1',
  '24.1.1.1',
  '25.1.1.1',
  '26.1.1.1',
  '27.1.1.1',
  '28.1.1.1',
  '29.1.1.1',
  '31.2.1.1',
  '31.1.1.1',
  '40.1.1.1',
  '41.1.1.1',
  '42.1.1.1',
];
const WAYS6 = ['2001:db8::8', '2020::1', '2021::1', '2022::1', '2023::1', '2024::1', '2025::1', '2026::1', '2027::1', '2031::1', '2040::1', '2041::1'];

/** Where packets come from that a filter of sources may mind. */
const SOURCES = ['10.1.0.2', '10.2.0.7', '10.3.0.9', '10.1.0.1', '10.2.0.255', '44.1.1.1', '45.1.1.1', '9.9.9.9', '127.0.0.1', '0.0.0.0'];

export const NETWORK_CASES: readonly KernelCase[] = [
  {
    // What the route does not give the rule gives, then the way back. One rule for each table: else what the kernel has kept decides.
    name: 'realms-of-policy-rules',
    node: {
      interfaces: WAYS,
      routes: [
        'default via 10.2.0.254',
        'default via 10.3.0.254 table 100',
        '20.0.0.0/8 via 10.3.0.254 realms 4 table 100',
        '30.0.0.0/8 via 10.3.0.254 realms 5/6',
        'default via 10.3.0.9 table 101',
        '9.0.0.0/8 via 10.1.0.9 realms 8',
      ],
      rules: ['from 10.1.0.2 lookup 100 realms 1/2', 'to 40.0.0.0/8 lookup 101 realms 3'],
      iptables: tables({ mangle: REALMS, filter: [TRACKING] }),
    },
    sends: [
      ...['8.8.8.8', '20.1.1.1', '30.1.1.1', '10.1.0.1', '40.1.1.1'].flatMap((dst, i) =>
        ['10.1.0.2', '10.1.0.7', '9.1.1.1', '10.2.0.7'].map((src, j) => udp(10 * i + j, dst, { src })),
      ),
      ...['10.1.0.1', '10.2.0.1'].flatMap((src, i) =>
        ['8.8.8.8', '30.1.1.1', '40.1.1.1', '10.3.0.255', '255.255.255.255', '10.1.0.1'].map((dst, j) => own(100 + 10 * i + j, dst, { src })),
      ),
      ...['10.1.0.2', '9.1.1.1', '0.0.0.0'].flatMap((src, i) => [
        udp(200 + i, '10.1.0.255', { src, l2: 'broadcast' }),
        udp(210 + i, '255.255.255.255', { src, l2: 'broadcast' }),
        udp(220 + i, '224.0.0.1', { src, l2: 'multicast' }),
      ]),
    ],
  },
  {
    name: 'packets-for-one-in-frames-for-many',
    node: router({
      interfaces: WAYS,
      iptables: EVERYTHING,
      ip6tables: EVERYTHING6,
      sysctls: {
        'net.ipv4.conf.ra.drop_unicast_in_l2_multicast': '1',
        'net.ipv6.conf.ra.drop_unicast_in_l2_multicast': '1',
        'net.ipv6.conf.all.drop_unicast_in_l2_multicast': '1',
      },
    }),
    sends: ['ra', 'rb'].flatMap((device, i) =>
      FRAMES.flatMap((l2, j) => {
        const [net, sport] = [i + 1, 10 * i + j];
        const from = { in: device, src: `10.${net}.0.2`, proto: 'udp', dport: 5, l2 };
        const from6 = { ...from, src: `fd0${net}::2` };
        return [
          { ...from, dst: '10.1.0.1', sport: 100 + sport },
          { ...from, dst: '10.3.0.9', sport: 200 + sport },
          { ...from, dst: `10.${net}.0.255`, sport: 300 + sport },
          { ...from6, dst: 'fd01::1', sport: 400 + sport },
          { ...from6, dst: 'ff02::1', sport: 500 + sport },
          { ...from6, dst: 'fd03::9', sport: 600 + sport },
        ];
      }),
    ),
  },
  {
    // Of what a process sends only what no socket gets through: more than the device takes, and not to be cut.
    name: 'longer-than-the-way-takes',
    node: {
      interfaces: [ra, { ...rb, mtu: 1400 }, { ...rc, mtu: 1300 }],
      routes: ['default via 10.2.0.254', '20.0.0.0/8 via 10.2.0.254 mtu 1000', '40.0.0.0/8 via 10.2.0.254 mtu 1450', '50.0.0.0/8 via 10.3.0.254 mtu lock 1350'],
      routes6: ['default via fd02::254', '2020::/16 via fd02::254 mtu 1290', '2040::/16 via fd02::254 mtu 1450', '2070::/16 via fd03::254 mtu 1000'],
      iptables: EVERYTHING,
      ip6tables: EVERYTHING6,
    },
    options: { answers: 'stack' },
    sends: [
      ...['8.8.8.8', '20.1.1.1', '40.1.1.1', '50.1.1.1', '10.3.0.7', '10.1.0.1'].flatMap((dst, i) =>
        [900, 1100, 1310, 1360, 1410, 1440].flatMap((payload, j) => [udp(1000 + 100 * i + j, dst, { payload, df: true }), udp(2000 + 100 * i + j, dst, { payload })]),
      ),
      ...[900, 1372, 1373, 1440].map((payload, i) => own(3000 + i, '8.8.8.8', { payload, df: true, src: '10.2.0.1' })),
      ...['2001:db8::8', '2020::1', '2040::1', '2070::1', 'fd03::7'].flatMap((dst, i) =>
        [1220, 1250, 1310, 1360, 1410].map((payload, j) => udp6(5000 + 100 * i + j, dst, { payload })),
      ),
    ],
  },
  {
    name: 'sources-of-ipv6',
    node: {
      interfaces: [
        ra,
        {
          name: 'rb',
          addresses: [
            '2001:db8:5::1/64',
            'fd02::1/64',
            'fd02::2/128',
            'fec0::1/64',
            '2002:a01::1/48',
            '2001:0:5::1/64',
            '2001:10::1/28',
            '2001:db8:5::88/64 preferred_lft 0',
            '2001:db8:30::5/64 noprefixroute',
            '::10.0.0.1/96',
          ],
        },
        { name: 'rc', addresses: ['fd03::1/64', '2001:db8:30:9::1/64', '2001:db8:8::1/128'] },
      ],
      routes6: ['default via fd02::254', '2001:db8:30::/48 dev rb', 'fd09::/16 via fd02::254 src fd03::1', 'fd55::/16 dev rc'],
      ip6tables: MASQUERADE6,
    },
    sends: FAR6.flatMap((dst, i) => [udp6(100 + i, dst), own(200 + i, dst)]),
  },
  {
    // Only its own addresses, though it has none but that of the link.
    name: 'sources-of-the-device-alone',
    node: {
      interfaces: [ra, { name: 'rb' }, { name: 'rc', addresses: ['2001:db8:8::1/64'] }],
      routes6: ['default dev rb'],
      ip6tables: MASQUERADE6,
      sysctls: { 'net.ipv6.conf.rb.use_oif_addrs_only': '1' },
    },
    sends: FAR6.map((dst, i) => udp6(100 + i, dst)),
  },
  {
    name: 'links-that-take-nothing-in',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24'] },
        { name: 'rb', mtu: 1279, addresses: ['10.2.0.1/24'] },
        { name: 'rc', addresses: ['fd03::1/64'] },
      ],
      routes: ['default via 10.2.0.254'],
      iptables: EVERYTHING,
      ip6tables: EVERYTHING6,
      sysctls: { 'net.ipv6.conf.ra.disable_ipv6': '1' },
    },
    sends: ['ra', 'rb', 'rc'].flatMap((device, i) => [
      { in: device, src: 'fd02::2', dst: 'fd03::1', proto: 'udp', sport: i, dport: 2 },
      { in: device, src: '10.2.0.2', dst: '10.1.0.1', proto: 'udp', sport: i, dport: 2 },
    ]),
  },
  {
    // The later rule stands before.
    name: 'rules-and-routes-of-all-kinds',
    node: {
      interfaces: WAYS,
      routes: [
        'default via 10.2.0.254',
        'default via 10.3.0.254 table 100',
        '20.0.0.0/8 via 10.3.0.254 table 101',
        'throw 21.0.0.0/8 table 101',
        'unreachable 22.0.0.0/8 table 101',
        'prohibit 23.0.0.0/8',
        'local 24.0.0.0/8 dev lo table 101',
        '25.0.0.0/8 dev rc',
        '26.0.0.0/8 via 10.9.9.9 dev rc onlink',
        '27.0.0.0/8 via inet6 fd03::9 dev rc',
        'default via 10.1.0.9 table 102',
        '28.0.0.0/8 via 10.2.0.9 src 10.1.0.1',
        'broadcast 29.1.1.1 dev rc',
        'blackhole 31.0.0.0/8 metric 5',
        '31.1.0.0/16 via 10.3.0.9',
      ],
      routes6: [
        'default via fd02::254',
        'default via fd03::254 table 100',
        '2020::/16 via fd03::254 table 101',
        'throw 2021::/16 table 101',
        'unreachable 2022::/16 table 101',
        'prohibit 2023::/16',
        'local 2024::/16 dev lo table 101',
        '2025::/16 dev rc',
        '2026::/16 via fd09::9 dev rc onlink',
        'anycast 2027::1 dev rc',
        'blackhole 2031::/16',
      ],
      rules: [
        'not from 10.1.0.0/24 to 40.0.0.0/8 lookup 100',
        'from all lookup main suppress_prefixlength 0',
        'pref 100 from 10.1.0.7 goto 32000',
        'pref 32000 nop',
        'iif lo to 41.0.0.0/8 lookup 102',
        'iif ra to 42.0.0.0/8 lookup 102',
        'from all lookup 101',
        'fwmark 0x10/0xf0 prohibit',
        'fwmark 0x20/0xf0 unreachable',
        'fwmark 0x30/0xf0 blackhole',
      ],
      rules6: [
        'not from fd01::/64 to 2040::/16 lookup 100',
        'from all lookup main suppress_prefixlength 0',
        'iif lo to 2041::/16 lookup 100',
        'from all lookup 101',
        'fwmark 0x10/0xf0 prohibit',
        'fwmark 0x20/0xf0 unreachable',
        'fwmark 0x30/0xf0 blackhole',
      ],
      iptables: tables({ raw: MARKS, nat: [], filter: [TRACKING] }),
      ip6tables: tables({ raw: MARKS, nat: [], filter: [TRACKING6] }),
    },
    sends: [
      ...WAYS4.flatMap((dst, i) => [
        udp(100 + i, dst, { src: `10.1.0.${20 + i}` }),
        udp(200 + i, dst, { src: '10.1.0.7' }),
        udp(300 + i, dst, { in: 'rb', src: `10.2.0.${20 + i}` }),
        own(400 + i, dst),
        own(500 + i, dst, { src: '10.3.0.1' }),
      ]),
      own(600, '8.8.8.8', { mark: 0x10 }),
      ...[7001, 7002, 7003].flatMap((sport) => [udp(sport, '8.8.8.8', { src: `10.1.0.${sport - 6901}` }), udp6(sport, '2001:db8::8', { src: `fd01::${sport}` })]),
      ...WAYS6.flatMap((dst, i) => [udp6(100 + i, dst), udp6(300 + i, dst, { in: 'rb', src: 'fd02::7' }), own(400 + i, dst), own(500 + i, dst, { src: 'fd03::1' })]),
    ],
  },
  {
    // A rule leads the way back elsewhere, and the sender is on the link all the same. Each sender is told once.
    name: 'redirects-beside-policy-rules',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254', '44.0.0.0/8 via 10.1.0.9', 'default via 10.2.0.9 table 100', 'unreachable default table 101', 'default via 10.1.0.8 table 102'],
      rules: ['from 10.1.0.2 lookup 100', 'from 10.1.0.5 lookup 101', 'from 10.1.0.6 lookup 102'],
      iptables: tables({ raw: [], filter: [] }),
      sysctls: { 'net.ipv4.conf.ra.send_redirects': '1' },
    },
    sends: ['10.1.0.2', '10.1.0.5', '10.1.0.6', '10.1.0.7', '44.1.1.1'].flatMap((dst, i) =>
      ['10.1.0', '44.2.2', '10.3.0'].map((net, j) => udp(10 * i + j, dst, { src: `${net}.${20 + i}` })),
    ),
  },
  {
    name: 'filters-of-sources',
    node: {
      interfaces: WAYS,
      routes: ['default via 10.2.0.254', '44.0.0.0/8 via 10.1.0.9 table 100', 'unreachable 45.0.0.0/8'],
      rules: ['fwmark 7 lookup 100'],
      iptables: tables({ mangle: ['-A PREROUTING -s 44.0.0.0/8 -j MARK --set-mark 7'], filter: [TRACKING] }),
      sysctls: {
        'net.ipv4.conf.ra.rp_filter': '1',
        'net.ipv4.conf.rb.rp_filter': '2',
        'net.ipv4.conf.ra.src_valid_mark': '1',
        'net.ipv4.conf.rc.accept_local': '1',
        'net.ipv4.conf.rc.route_localnet': '1',
        'net.ipv4.conf.rb.forwarding': '0',
        'net.ipv4.conf.ra.send_redirects': '1',
      },
    },
    sends: SOURCES.flatMap((src, i) =>
      ['ra', 'rb', 'rc'].flatMap((device, j) =>
        ['10.2.0.9', '10.1.0.1', '10.3.0.255', '127.0.0.1', '10.1.0.9'].map((dst, k): Packet => {
          const sport = 1000 + i * 18 + j * 6 + k;
          return { in: device, src, dst, proto: 'udp', sport, dport: 9, ...(dst.endsWith('255') ? { l2: 'broadcast' } : {}) };
        }),
      ),
    ),
  },
];
