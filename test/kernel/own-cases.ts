/** What the node sends of itself, to itself and on a link: addresses that mean another device, or none, and connections that meet its own. */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import { client, router, tables, TRACKING, TRACKING6, WIRES } from './router.ts';

const udp = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => ({ in: 'ra', src: '10.1.0.2', dst, proto: 'udp', sport, dport: 53, ...rest });
const own = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => ({ in: null, dst, proto: 'udp', sport, dport: 53, ...rest });
const udp6 = (sport: number, dst: string, rest: Partial<Packet> = {}): Packet => udp(sport, dst, { src: 'fd01::2', ...rest });

/** Address of the link that the second wire has by its MAC. */
const OWN_LINK = 'fe80::ff:fe00:b01';

export const OWN_CASES: readonly KernelCase[] = [
  {
    // Who sends to :: means ::1, and the packet says :: nonetheless; looked up again it goes where :: leads. MASQUERADE of IPv6 takes ::
    // for a source like any other. What ::1 sends to a group does not come back to the node by the device that it leaves by.
    name: 'loopback-and-nobody-in-ipv6',
    node: router({
      ip6tables: '*mangle\n-A OUTPUT -p tcp -m tcp --dport 81 -j MARK --set-xmark 0x7/0xffffffff\nCOMMIT\n*nat\n-A POSTROUTING ! -s ::1/128 -j MASQUERADE\nCOMMIT\n',
    }),
    sends: [
      { in: 'ra', src: '::', dst: 'fd01::9', proto: 'udp', sport: 1, dport: 2 },
      { in: 'ra', src: '::', dst: 'fd02::2', proto: 'udp', sport: 3, dport: 2 },
      { in: null, src: 'fd01::1', dst: '::', proto: 'udp', sport: 4, dport: 5 },
      { in: null, src: '::1', dst: '::', proto: 'tcp', sport: 4, dport: 80 },
      { in: null, src: 'fd01::1', dst: '::', proto: 'tcp', sport: 4, dport: 81 },
      { in: null, src: 'fd01::1', dst: '::', proto: 'icmpv6', icmpId: 9 },
      { in: null, dst: '::', proto: 'udp', sport: 6, dport: 5 },
      ...['::1', 'fd01::1'].map((src) => ({ in: null, src, dst: 'ff02::1', proto: 'udp', sport: 7, dport: 5 })),
    ],
  },
  {
    // What an address of the link asks is answered on the link; an echo goes back where it came from if that is as good a way. Nobody
    // joins the group of an address where neighbours are not looked for.
    name: 'answers-on-the-link-they-came-by',
    node: {
      interfaces: [...WIRES, { name: 'rc', addresses: ['fd03::1/64', 'fd01::7/64'] }],
      routes6: ['default via fd02::254', 'fd08::/64 via fd01::9', 'fd08::/64 via fd03::9 metric 1025', 'unreachable fd09::/64'],
      ip6tables: tables({ raw: [], filter: [TRACKING6, '-A INPUT -p udp -m udp --dport 77 -j REJECT', '-A INPUT -p tcp -m tcp --dport 77 -j REJECT --reject-with tcp-reset'] }),
      sysctls: { 'net.ipv6.conf.rb.hop_limit': '33' },
    },
    options: { answers: 'stack' },
    sends: ['rb', 'rc', 'ra'].flatMap((device, i) => [
      ...['ff02::1', 'ff02::2', 'fd02::', 'fd02::1', 'fe80::ff:fe00:c01'].flatMap((dst, j) =>
        ['fd01::2', 'fe80::5', 'fd08::8'].map(
          (src, k): Packet => ({ in: device, src, dst, proto: 'icmpv6', icmpId: 100 * i + 10 * j + k + 1, l2: dst.startsWith('ff') ? 'multicast' : 'unicast', tos: 0x20 }),
        ),
      ),
      ...['fd01::2', 'fe80::5'].flatMap((src, k): Packet[] => [
        { in: device, src, dst: 'fd02::1', proto: 'udp', sport: 100 * i + k, dport: 9 },
        { in: device, src, dst: 'fd02::1', proto: 'udp', sport: 200 * i + k, dport: 77 },
        { in: device, src, dst: 'fd02::1', proto: 'tcp', sport: 300 * i + k, dport: 9 },
        { in: device, src, dst: 'fd02::1', proto: 'tcp', sport: 400 * i + k, dport: 77 },
        { in: device, src, dst: 'fd09::1', proto: 'udp', sport: 500 * i + k, dport: 9 },
        { in: device, src, dst: 'fd05::1', proto: 'udp', sport: 600 * i + k, dport: 9, ttl: 1 },
      ]),
    ]),
  },
  {
    // To an address of the link a packet goes by the device that it had, is answered on it, and does not leave it.
    name: 'addresses-of-a-link',
    node: {
      interfaces: [...WIRES, { name: 'rc', addresses: ['fd03::1/64', 'fe80::3/64'] }],
      routes6: ['default via fe80::99 dev rb', 'fd09::/16 via fe80::98 dev rc', 'unreachable fd0a::/16'],
      rules6: ['fwmark 5 lookup 100'],
      ip6tables: tables({
        raw: [],
        mangle: ['-A OUTPUT -p udp -m udp --dport 70 -j MARK --set-mark 5'],
        nat: [
          '-A PREROUTING -p udp -m udp --dport 71 -j DNAT --to-destination fe80::77',
          '-A PREROUTING -p udp -m udp --dport 72 -j REDIRECT',
          '-A PREROUTING -p udp -m udp --dport 78 -j DNAT --to-destination ::1',
          '-A OUTPUT -p udp -m udp --dport 73 -j DNAT --to-destination fe80::78',
          '-A OUTPUT -p udp -m udp --dport 75 -j DNAT --to-destination fd02::1',
          '-A OUTPUT -p udp -m udp --dport 76 -j REDIRECT',
          '-A POSTROUTING -p udp -m udp --dport 74 -j MASQUERADE',
        ],
        filter: [
          TRACKING6,
          '-A FORWARD -p udp -m udp --dport 79 -j REJECT',
          '-A OUTPUT -p udp -m udp --dport 80 -j REJECT',
          '-A INPUT -p tcp -m tcp --dport 81 -j REJECT --reject-with tcp-reset',
        ],
      }),
    },
    options: { answers: 'stack' },
    sends: [
      ...(
        [
          {},
          { ttl: 1 },
          { dst: OWN_LINK },
          { dst: 'fe80::ff:fe00:a01' },
          { dst: 'fe80::77' },
          { src: 'fd02::5', dst: 'fe80::77' },
          { src: 'fd02::5', dport: 71 },
          { src: 'fd02::5', dport: 72, dst: OWN_LINK },
          { dport: 72, dst: OWN_LINK },
          { src: 'fd02::5', dport: 78 },
          { dport: 79 },
          { src: 'fd02::5', dport: 79 },
          { proto: 'tcp', dst: OWN_LINK, dport: 81 },
          { proto: 'tcp', dst: OWN_LINK, dport: 82 },
          { dst: 'fd0a::1' },
          { in: 'rc', dst: 'fd02::9', src: 'fd09::9' },
          { src: '::', dst: 'fd01::1' },
          { src: 'fd01::1', dst: 'fd01::9' },
        ] satisfies Partial<Packet>[]
      ).map((rest, i) => udp6(i + 1, 'fd01::2', { in: 'rb', src: 'fe80::5', dport: 9, ...rest })),
      ...(
        [
          {},
          { dst: 'fe80::77' },
          { dport: 73 },
          ...[74, 75, 76, 80, 70].map((dport) => ({ dport, dst: 'fd09::1' })),
          { src: '::1', dst: 'fd01::1' },
          { src: '::1', dst: 'fd01::9' },
          { src: 'fd01::1', dst: '::1' },
          { src: 'fd77::7' },
        ] satisfies Partial<Packet>[]
      ).map((rest, i) => own(31 + i, 'fd02::2', { src: 'fd02::1', dport: 9, ...rest })),
    ],
  },
  {
    // Also to 0.0.0.0, from an address that is not its own.
    name: 'what-the-node-sends-to-itself',
    node: router({
      interfaces: [...WIRES, { name: 'rc', addresses: ['10.3.0.1/24'] }],
      iptables: tables({
        raw: [],
        mangle: [],
        nat: [
          '-A PREROUTING -p udp -m udp --dport 78 -j DNAT --to-destination 127.0.0.1',
          '-A OUTPUT -p udp -m udp --dport 75 -j DNAT --to-destination 10.2.0.1',
          '-A OUTPUT -p udp -m udp --dport 76 -j REDIRECT',
          '-A OUTPUT -p udp -m udp --dport 79 -j DNAT --to-destination 127.0.0.1:99',
          '-A POSTROUTING -o lo -p udp -m udp --dport 83 -j SNAT --to-source 10.3.0.1',
        ],
        filter: [TRACKING, '-A OUTPUT -p udp -m udp --dport 80 -j REJECT', '-A INPUT -p udp -m udp --dport 82 -j REJECT'],
      }),
    }),
    options: { answers: 'stack' },
    sends: [
      ...['10.1.0.1', '127.0.0.9', '0.0.0.0', '8.8.8.8'].flatMap((dst, i) =>
        ['10.2.0.1', '127.0.0.1', '10.9.9.9'].flatMap((src, j) => [9, 75, 76, 79, 80, 82, 83].map((dport, k) => own(1000 + 100 * i + 10 * j + k, dst, { src, dport }))),
      ),
      udp(1, '10.1.0.1', { dport: 78 }),
    ],
  },
  {
    // The answer to be expected is what another connection began with: its source port is taken, since the destination was translated.
    name: 'redirected-onto-a-connection-of-the-node',
    node: router({ iptables: tables({ nat: ['-A PREROUTING -j REDIRECT'] }), ip6tables: tables({ nat: ['-A PREROUTING -j REDIRECT'] }) }),
    sends: [
      own(5000, 'fd01::2', { src: 'fd01::1', dport: 4001 }),
      udp6(4001, 'fd02::3', { dport: 5000 }),
      udp6(4001, 'fd02::3', { dport: 5000 }),
      own(500, '10.1.0.2', { src: '10.1.0.1', dport: 401 }),
      udp(401, '10.2.0.3', { dport: 500 }),
      udp(401, '10.2.0.4', { dport: 500 }),
      own(600, '10.1.0.2', { src: '10.1.0.1', dport: 402, proto: 'tcp' }),
      udp(402, '10.2.0.3', { dport: 600, proto: 'tcp' }),
    ],
  },
  {
    // The same tuple the other way round: that an answer has been seen changes nothing, it is dropped in the end.
    name: 'connection-that-clashes-with-one-that-was-answered',
    node: router({
      iptables:
        '*raw\n-A PREROUTING -p udp -j CT --zone-reply 2\n-A OUTPUT -m ttl --ttl-eq 60 -j CT --zone-reply 2\nCOMMIT\n*nat\n-A POSTROUTING -s 192.0.2.1/32 -j MASQUERADE\nCOMMIT\n',
    }),
    sends: [
      { ...client, src: '10.1.0.4', dst: '10.1.0.1', proto: 'udp', sport: 5353, dport: 443 },
      { in: null, src: '10.1.0.1', dst: '10.1.0.4', proto: 'udp', sport: 443, dport: 5353, ttl: 60 },
      { in: null, src: '10.1.0.1', dst: '10.1.0.4', proto: 'udp', sport: 443, dport: 5353 },
      { ...client, src: '10.1.0.4', dst: '10.1.0.1', proto: 'udp', sport: 5353, dport: 443 },
    ],
  },
];
