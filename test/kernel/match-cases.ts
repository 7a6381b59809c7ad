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
];
