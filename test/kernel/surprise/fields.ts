/** What rules see of a packet where it surprises: interfaces, fragments, addresses, frames, sizes. */

import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;

export const FIELDS: readonly KernelCase[] = [
  {
    name: 'interfaces-per-hook',
    node: router({
      iptables: tables({
        mangle: [
          ':P - [0:0]',
          '-A PREROUTING -j P',
          '-A INPUT -j P',
          '-A FORWARD -j P',
          '-A OUTPUT -j P',
          '-A POSTROUTING -j P',
          '-A P -i ra',
          '-A P ! -i ra',
          '-A P -i r+',
          '-A P ! -i r+',
          '-A P -o rb',
          '-A P ! -o rb',
          '-A P -o r+',
          '-A P -i lo',
          '-A P -o lo',
          '-A P -i ra -o rb',
          '-A P ! -i ra ! -o rb',
          '-A P -i r',
        ],
        filter: [TRACKING],
      }),
    }),
    sends: [
      { ...client, ...udp(1, 2) },
      { ...client, dst: '10.1.0.1', ...udp(1, 2) },
      { src: '10.2.0.1', dst: '10.2.0.2', ...udp(1, 2) },
      { src: '10.2.0.1', dst: '10.2.0.1', ...udp(1, 2) },
    ],
  },
  {
    name: 'fragments-without-conntrack',
    node: router({
      iptables: tables({
        filter: [
          '-A FORWARD -f',
          '-A FORWARD ! -f',
          '-A FORWARD -p tcp',
          '-A FORWARD -p tcp ! --dport 80',
          '-A FORWARD -p tcp --dport 80',
          '-A FORWARD -p udp -m udp --sport 0:65535',
          '-A FORWARD -p udp -m multiport ! --dports 1,2',
          '-A FORWARD -p udp -m length --length 28',
          '-A FORWARD -p icmp -m icmp --icmp-type any',
          '-A FORWARD -p tcp -m tcp ! --tcp-flags SYN NONE',
          '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset',
          '-A FORWARD -p udp -j REJECT',
        ],
      }),
      ip6tables: tables({
        filter: [
          '-A FORWARD -p udp',
          '-A FORWARD -p udp ! --dport 80',
          '-A FORWARD -p udp --dport 80',
          '-A FORWARD -p tcp',
          '-A FORWARD -m frag --fragmore',
          '-A FORWARD -m frag --fragfirst',
          '-A FORWARD -m frag --fraglast',
          '-A FORWARD -p udp -j REJECT',
        ],
      }),
    }),
    sends: [
      { ...client, ...tcp(1, 80), moreFragments: true, payload: 20 },
      { ...client, ...tcp(1, 80), fragOffset: 40, payload: 20 },
      { ...client, ...udp(1, 80), moreFragments: true, payload: 16 },
      { ...client, ...udp(1, 80), fragOffset: 24, payload: 8 },
      { ...client, ...udp(1, 80), fragOffset: 24, payload: 8, moreFragments: true },
      { ...client, proto: 'icmp', fragOffset: 24, payload: 8 },
      { ...client6, ...udp(1, 80), moreFragments: true, payload: 16 },
      { ...client6, ...udp(1, 80), fragOffset: 24, payload: 8 },
    ],
  },
  {
    name: 'tcp-fragment-at-8',
    node: router({ iptables: tables({ filter: ['-A FORWARD -p tcp', '-A FORWARD -p tcp -m tcp --dport 80', '-A FORWARD'] }) }),
    sends: [
      { ...client, ...tcp(1, 80), fragOffset: 8, payload: 20 },
      { ...client, ...tcp(1, 80), fragOffset: 16, payload: 20 },
      { ...client, ...tcp(1, 80), moreFragments: true, payload: 4 },
    ],
  },
  {
    name: 'addrtype',
    node: router({
      routes: ['default via 10.2.0.254', 'unreachable 10.9.0.0/16', 'blackhole 10.8.0.0/16', 'prohibit 10.7.0.0/16'],
      routes6: ['default via fd02::254', 'unreachable fd09::/16'],
      iptables: tables({
        raw: ['LOCAL', 'UNICAST', 'BROADCAST', 'MULTICAST', 'UNREACHABLE', 'BLACKHOLE', 'PROHIBIT', 'ANYCAST', 'UNSPEC', 'LOCAL,UNICAST'].flatMap((type) => [
          `-A PREROUTING -m addrtype --dst-type ${type}`,
          `-A PREROUTING -m addrtype ! --dst-type ${type} --limit-iface-in`,
          `-A PREROUTING -m addrtype --src-type ${type}`,
        ]),
        filter: [],
      }),
      ip6tables: tables({
        raw: ['LOCAL', 'UNICAST', 'MULTICAST', 'UNREACHABLE', 'ANYCAST', 'UNSPEC', 'LOCAL,UNICAST'].flatMap((type) => [
          `-A PREROUTING -m addrtype --dst-type ${type}`,
          `-A PREROUTING -m addrtype --dst-type ${type} --limit-iface-in`,
          `-A PREROUTING -m addrtype --src-type ${type}`,
        ]),
        filter: [],
      }),
    }),
    sends: [
      ...[
        '10.1.0.1',
        '10.2.0.1',
        '127.0.0.1',
        '127.3.3.3',
        '10.1.0.255',
        '10.2.0.255',
        '10.9.0.1',
        '10.8.0.1',
        '10.7.0.1',
        '224.0.0.1',
        '255.255.255.255',
        '8.8.8.8',
        '0.0.0.0',
        '10.1.0.0',
      ].map((dst) => ({ ...client, dst, ...udp(1, 2) })),
      ...['fd01::1', 'fd02::1', 'fd01::', 'fd09::1', 'ff02::1', 'fe80::1', 'fe80::ff:fe00:a01', '2001:db8::1'].map((dst) => ({ ...client6, dst, ...udp(1, 2) })),
      { ...client6, src: 'fe80::7', dst: 'fd01::1', ...udp(1, 2) },
      { ...client6, src: 'fe80::7', dst: 'fe80::ff:fe00:b01', ...udp(1, 2) },
      { ...client6, src: 'fd02::1', dst: 'fd01::1', ...udp(1, 2) },
    ],
  },
  {
    name: 'frames',
    node: router({
      iptables: tables({
        mangle: [
          '-A PREROUTING -m pkttype --pkt-type unicast',
          '-A PREROUTING -m pkttype --pkt-type broadcast',
          '-A PREROUTING -m pkttype ! --pkt-type multicast',
          '-A PREROUTING -m mac --mac-source 02:00:00:00:0a:02',
          '-A FORWARD -m mac ! --mac-source 02:00:00:00:0a:02',
          '-A OUTPUT -m pkttype --pkt-type unicast',
          '-A POSTROUTING -m pkttype --pkt-type unicast',
          '-A INPUT -m mac ! --mac-source 02:00:00:00:0a:02',
          '-A INPUT -m pkttype --pkt-type unicast',
          '-A INPUT -m pkttype --pkt-type broadcast',
          '-A INPUT -m pkttype --pkt-type multicast',
        ],
        filter: [],
      }),
    }),
    sends: [
      { ...client, ...udp(1, 2) },
      { ...client, ...udp(1, 2), srcMac: '02:11:22:33:44:55' },
      { ...client, dst: '10.1.0.1', ...udp(1, 2), l2: 'broadcast' },
      { ...client, ...udp(1, 2), l2: 'multicast' },
      { ...client, dst: '10.1.0.1', ...udp(1, 2), l2: 'multicast' },
      { src: '10.2.0.1', dst: '10.2.0.2', ...udp(1, 2) },
      { src: '10.2.0.1', dst: '10.2.0.1', ...udp(1, 2) },
      { src: '127.0.0.1', dst: '127.0.0.1', ...udp(1, 2) },
    ],
  },
  {
    name: 'tcpmss',
    node: {
      ...router({
        iptables: tables({
          mangle: [
            '-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -m ttl --ttl-lt 50 -j TCPMSS --clamp-mss-to-pmtu',
            '-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -m ttl --ttl-gt 50 -j TCPMSS --set-mss 1000',
            '-A POSTROUTING -p tcp -m tcpmss --mss 1000:1200',
            '-A POSTROUTING -p tcp -m tcpmss ! --mss 1000:1200',
            '-A OUTPUT -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
          ],
          filter: [],
        }),
        ip6tables: tables({
          mangle: [
            '-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -m hl --hl-lt 50 -j TCPMSS --clamp-mss-to-pmtu',
            '-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -m hl --hl-gt 50 -j TCPMSS --set-mss 1000',
          ],
          filter: [],
        }),
        routes: ['default via 10.2.0.254', '10.50.0.0/16 via 10.2.0.9 mtu 1100'],
      }),
      interfaces: [
        { name: 'ra', mtu: 1300, addresses: ['10.1.0.1/24', 'fd01::1/64'] },
        { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
      ],
    },
    sends: [
      ...[undefined, 536, 1460, 1200, 9000].flatMap((mss) =>
        [64, 40].flatMap((ttl) => [
          { ...client, ...tcp(1, 80), ttl, ...(mss ? { mss } : {}) },
          { ...client6, ...tcp(1, 80), ttl, ...(mss ? { mss } : {}) },
          { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...tcp(80, 1), flags: ['SYN', 'ACK'] as const, ttl, ...(mss ? { mss } : {}) },
        ]),
      ),
      { ...client, ...tcp(1, 80), ttl: 40, payload: 10 },
      { ...client, ...tcp(1, 80), ttl: 40, mss: 1460, payload: 10 },
      { ...client, dst: '10.50.0.1', ...tcp(1, 80), ttl: 40, mss: 1460 },
      { src: '10.2.0.1', dst: '10.2.0.2', ...tcp(1, 80), mss: 9000 },
      { src: '10.2.0.1', dst: '10.1.0.2', ...tcp(1, 80), mss: 9000 },
      { src: '10.2.0.1', dst: '10.2.0.1', ...tcp(1, 80), mss: 65000 },
      { src: '10.1.0.1', dst: '10.2.0.2', ...tcp(1, 80), mss: 9000 },
    ],
  },
  {
    name: 'sizes',
    node: router({
      iptables: tables({ filter: ['-A FORWARD -m length --length 0:36', '-A FORWARD -m length --length 37:100', '-A FORWARD -m length ! --length 48'] }),
      ip6tables: tables({ filter: ['-A FORWARD -m length --length 48', '-A FORWARD -m length --length 49:60', '-A FORWARD -m length --length 60:'] }),
    }),
    sends: [
      { ...client, ...udp(1, 2), payload: 0 },
      { ...client, ...tcp(1, 2), payload: 8 },
      { ...client, ...tcp(1, 2), mss: 1000, tcpOptions: [4, 8, 1, 3] },
      { ...client, proto: 'icmp', payload: 56 },
      { ...client, proto: 'gre' },
      { ...client, proto: 'gre', greKey: 7 },
      { ...client, proto: 'esp', spi: 5, payload: 16 },
      { ...client, proto: 'ah', spi: 5, payload: 4 },
      { ...client, proto: 99, payload: 30 },
      { ...client, proto: 'sctp', sport: 1, dport: 2 },
      { ...client, proto: 'dccp', sport: 1, dport: 2 },
      { ...client, proto: 'udplite', sport: 1, dport: 2 },
      { ...client6, ...udp(1, 2), payload: 0 },
      { ...client6, ...tcp(1, 2) },
      { ...client6, proto: 'icmpv6' },
      { ...client6, proto: 59, payload: 0 },
      { ...client6, proto: 'esp', spi: 3 },
      { ...client6, proto: 'gre' },
    ],
  },
];
