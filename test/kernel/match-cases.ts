/** Matches that look at what few nodes have. */

import type { KernelCase } from './cases.ts';

export const MATCH_CASES: readonly KernelCase[] = [
  {
    name: 'device-groups',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24'], group: 5 },
        { name: 'rb', addresses: ['10.2.0.1/24'], group: 0x15 },
        { name: 'rc', addresses: ['10.3.0.1/24'] },
      ],
      iptables: `*mangle
-A PREROUTING -m devgroup --src-group 5
-A PREROUTING -m devgroup ! --src-group 5
-A PREROUTING -m devgroup --src-group 0x5/0xf
-A FORWARD -m devgroup --src-group 0x5/0xf --dst-group 0x5/0xf
-A FORWARD -m devgroup --src-group default --dst-group 0x15
-A FORWARD -m devgroup ! --src-group 0x15 ! --dst-group default
-A OUTPUT -m devgroup --dst-group 0x10/0x10
COMMIT
`,
    },
    sends: [
      { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'udp', sport: 1, dport: 1 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'udp', sport: 2, dport: 2 },
      { in: 'rc', src: '10.3.0.2', dst: '10.2.0.2', proto: 'udp', sport: 3, dport: 3 },
      { in: null, src: '10.2.0.1', dst: '10.2.0.2', proto: 'udp', sport: 4, dport: 4 },
      { in: null, src: '10.3.0.1', dst: '10.3.0.2', proto: 'udp', sport: 5, dport: 5 },
    ],
  },
  {
    // Each rule counts the connections that it has met, whatever others there are.
    name: 'connections-that-a-rule-met',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24'] },
        { name: 'rb', addresses: ['10.2.0.1/24'] },
      ],
      iptables: `*filter
-A FORWARD -m conntrack --ctstate INVALID
${[0, 1, 2, 3].map((above) => `-A FORWARD -m ttl --ttl-eq 59 -m connlimit --connlimit-above ${above}`).join('\n')}
-A FORWARD -m connlimit --connlimit-upto 2 --connlimit-mask 24 --connlimit-daddr
-A FORWARD -m connlimit --connlimit-above 1 --connlimit-mask 0
COMMIT
`,
    },
    sends: [
      ...(
        [
          [1, 64],
          [1, 60],
          [2, 60],
          [2, 60],
          [3, 64],
          [3, 60],
          [4, 60],
          [1, 60],
        ] as const
      ).map(([sport, ttl]) => ({ in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'udp', sport, dport: 9, ttl })),
      { replyTo: 0 },
      { replyTo: 6 },
    ],
  },
  {
    name: 'ecn-bits-taken-out',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24'] },
        { name: 'rb', addresses: ['10.2.0.1/24'] },
      ],
      iptables: `*mangle
-A PREROUTING -p tcp -m ttl --ttl-eq 64 -j ECN --ecn-tcp-remove
-A PREROUTING -p tcp -m ttl --ttl-eq 63 -j ECN --ecn-tcp-ece 1
-A PREROUTING -p tcp -m ttl --ttl-eq 62 -j ECN --ecn-tcp-cwr 1 --ecn-tcp-ece 0
COMMIT
`,
    },
    sends: [64, 63, 62].flatMap((ttl) =>
      (
        [
          ['ACK', 'ECE'],
          ['SYN', 'ECE', 'CWR'],
          ['ACK', 'PSH'],
        ] as const
      ).map((flags, i) => ({ in: 'rb', src: '10.2.0.4', dst: '10.1.0.3', proto: 'tcp', sport: ttl * 10 + i, dport: 1000, flags, ttl })),
    ),
  },
  {
    // CT attaches an entry of its own, with no mark, until the packet's is found.
    name: 'connmark-of-a-template',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24'] },
        { name: 'rb', addresses: ['10.2.0.1/24'] },
      ],
      iptables: `*raw
-A PREROUTING -p udp -j CT --zone 3
-A PREROUTING -j MARK --set-xmark 0xabcd/0xffffffff
-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff00 --ctmask 0xffffffff
COMMIT
*mangle
-A FORWARD -j LOG
COMMIT
`,
    },
    sends: ['udp', 'tcp'].map((proto) => ({ in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto, sport: 7, dport: 9 })),
  },
  {
    // Ids of echoes are mapped, those of other queries are not (icmpv6_manip_pkt()).
    name: 'queries-and-nat-of-ids',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['fd01::1/64', '10.1.0.1/24'] },
        { name: 'rb', addresses: ['fd02::1/64', '10.2.0.1/24'] },
      ],
      ip6tables: '*nat\n-A POSTROUTING -o rb -p ipv6-icmp -j SNAT --to-source fd02::9\nCOMMIT\n*filter\n-A FORWARD -m conntrack --ctstate INVALID\nCOMMIT\n',
      iptables: '*nat\n-A POSTROUTING -o rb -p icmp -j SNAT --to-source 10.2.0.9\nCOMMIT\n',
    },
    sends: [
      ...[128, 139].flatMap((icmpType) => ['fd01::2', 'fd01::3'].map((src) => ({ in: 'ra', src, dst: 'fd02::2', proto: 'icmpv6', icmpType, icmpId: 7 }))),
      ...[8, 13].flatMap((icmpType) => ['10.1.0.2', '10.1.0.3'].map((src) => ({ in: 'ra', src, dst: '10.2.0.2', proto: 'icmp', icmpType, icmpId: icmpType }))),
      { replyTo: 1 },
      { replyTo: 7 },
    ],
  },
  {
    // What tells of a path's MTU takes nothing from what the sender may still be told.
    name: 'fragmentation-needed-is-free',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24'] },
        { name: 'rb', addresses: ['10.2.0.1/24'] },
      ],
      iptables: '*filter\nCOMMIT\n',
    },
    sends: [
      { in: 'rb', src: '10.2.0.3', dst: '10.1.0.3', proto: 'udp', sport: 6, dport: 6, payload: 1473, df: true },
      { in: 'rb', src: '10.2.0.3', dst: '203.0.113.7', proto: 'udp', sport: 6, dport: 6 },
    ],
  },
  {
    // An answer of IPv6 takes its source from the device that the packet came in by, and then its way from that source.
    name: 'way-of-answers-by-their-source',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['fd01::1/64'] },
        { name: 'rb', addresses: ['fd02::1/64'] },
      ],
      routes6: ['default via fd02::254 table 100'],
      rules6: ['from fd01::/64 table 100 pref 176'],
      ip6tables: '*filter\nCOMMIT\n',
    },
    sends: [
      { in: 'ra', src: '2001:db8:8::8', dst: 'fd02::3', proto: 'udp', sport: 1, dport: 2, ttl: 1 },
      { in: 'rb', src: '2001:db8:8::8', dst: 'fd01::3', proto: 'udp', sport: 1, dport: 2, ttl: 1 },
    ],
  },
];
