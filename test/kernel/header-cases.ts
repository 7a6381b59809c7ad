/** What random nodes found about headers, sockets and what belongs together: small nodes whose every rule says what it saw. */

import type { KernelCase } from './cases.ts';
import { client, client6, router, TRACKING, TRACKING6 } from './router.ts';

const socketRules = (family: string): string =>
  `*mangle\n${['PREROUTING', 'INPUT']
    .flatMap((chain) => ['', ' --transparent', ' --nowildcard'].map((option) => `-A ${chain} -m socket${option}`))
    .join('\n')}\nCOMMIT\n*nat\n-A POSTROUTING -o rb -p udp -j SNAT --to-source ${family}\nCOMMIT\n*filter\n-A INPUT -j DROP\nCOMMIT\n`;

/** The node tells itself of an error, with hop limits that the rules tell apart. */
const ERRORS_BY_LO = [64, 61, 60].map((ttl) => ({
  in: null,
  src: '::1',
  dst: '::1',
  proto: 'icmpv6',
  icmpType: 1,
  icmpCode: 1,
  ttl,
  inner: { src: '::1', dst: '::1', proto: 'udp', sport: 1, dport: 2 },
}));

export const HEADER_CASES: readonly KernelCase[] = [
  {
    // An error is about a packet of the socket, quoted as it was sent.
    name: 'sockets-of-errors',
    node: router({ iptables: socketRules('10.2.0.9'), ip6tables: socketRules('fd02::9') }),
    options: {
      answers: 'stack',
      sockets: [
        { proto: 'tcp', address: '0.0.0.0', port: 53, listening: true, transparent: true },
        { proto: 'udp', address: '10.1.0.1', port: 80, listening: true },
        { proto: 'tcp', address: '::', port: 53, listening: true, transparent: true },
        { proto: 'udp', address: 'fd01::1', port: 80, listening: true },
      ],
    },
    sends: [
      ...(['tcp', 'udp'] as const).flatMap((proto) =>
        [53, 80].flatMap((port) => [
          { ...client, dst: '10.1.0.1', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.1.0.1', dst: '10.2.0.2', proto, sport: port, dport: 9 } },
          { ...client, dst: '10.1.0.1', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.1.0.2', dst: '10.1.0.1', proto, sport: 9, dport: port } },
          { ...client6, dst: 'fd01::1', proto: 'icmpv6', icmpType: 1, icmpCode: 1, inner: { src: 'fd01::1', dst: 'fd02::2', proto, sport: port, dport: 9 } },
          { ...client6, dst: 'fd01::1', proto: 'icmpv6', icmpType: 1, icmpCode: 1, inner: { src: 'fd01::2', dst: 'fd01::1', proto, sport: 9, dport: port } },
        ]),
      ),
      { in: null, src: '10.1.0.1', dst: '10.2.0.2', proto: 'udp', sport: 80, dport: 9 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.9', proto: 'udp', sport: 9, dport: 80 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.9', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.2.0.9', dst: '10.2.0.2', proto: 'udp', sport: 80, dport: 9 } },
      { in: null, src: 'fd01::1', dst: 'fd02::2', proto: 'udp', sport: 80, dport: 9 },
      { in: 'rb', src: 'fd02::2', dst: 'fd02::9', proto: 'udp', sport: 9, dport: 80 },
    ],
  },
  {
    // A connection that is none yet has no family, and so no address to be shared out by.
    name: 'share-of-a-template',
    node: router({
      iptables: `*raw
-A PREROUTING -j CT --zone 3
${[1, 2].map((number) => `-A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node ${number} --cluster-hash-seed 0xdeadbeef`).join('\n')}
-A PREROUTING -m cluster --cluster-total-nodes 4 --cluster-local-nodemask 6 --cluster-hash-seed 0x5
COMMIT
`,
      ip6tables: `*raw
-A PREROUTING -j CT --zone 3
${[1, 2].map((number) => `-A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node ${number} --cluster-hash-seed 0xdeadbeef`).join('\n')}
COMMIT
`,
    }),
    sends: [
      { ...client, proto: 'udp', sport: 1, dport: 9 },
      { ...client6, proto: 'udp', sport: 1, dport: 9 },
    ],
  },
  {
    // Who brings the last fragment handles the whole.
    name: 'processor-of-fragments',
    node: router({
      iptables: `*mangle\n${[0, 1].map((cpu) => `-A FORWARD -m cpu --cpu ${cpu}`).join('\n')}\nCOMMIT\n*filter\n${TRACKING}\nCOMMIT\n`,
      ip6tables: `*mangle\n${[0, 1].map((cpu) => `-A FORWARD -m cpu --cpu ${cpu}`).join('\n')}\nCOMMIT\n*filter\n${TRACKING6}\nCOMMIT\n`,
    }),
    sends: [client, client6].flatMap((way) =>
      [0, 1].flatMap((cpu) => [
        { ...way, proto: 'udp', sport: 1, dport: 9, id: 0x8000 + cpu, flowLabel: 0x80000 + cpu, payload: 16, moreFragments: true, cpu },
        { ...way, proto: 'udp', sport: 1, dport: 9, id: 0x8000 + cpu, flowLabel: 0x80000 + cpu, payload: 16, fragOffset: 24, cpu: 1 - cpu },
      ]),
    ),
  },
  {
    // Options for the destination are read where the packet is delivered, one header after the other, and in no packet that goes on.
    name: 'destination-options-where-delivered',
    node: router({ ip6tables: `*mangle\n-A INPUT\n-A FORWARD\nCOMMIT\n*filter\n${TRACKING6}\nCOMMIT\n` }),
    sends: ['fd01::1', 'fd02::2', 'fd02::1'].flatMap((dst) =>
      [
        '010400000000',
        '0502000001010000000000000000',
        '0502000001050000000000000000',
        '010400000100',
        '1e0200000100',
        '5e0200000100',
        '9e0200000100',
        'de0200000100',
        'c20400000000',
        '1e1000000000',
        '1e001e001e001e001e001e001e001e0000000000000000',
        '1e001e001e001e001e001e001e001e001e00010200000100',
      ].flatMap((data, i) => {
        const padded = data.padEnd(12 + Math.ceil(Math.max(0, data.length - 12) / 16) * 16, '0');
        const headers = { header: 'destination-options', data: padded } as const;
        return [
          { ...client6, dst, proto: 'udp', sport: 100 + i, dport: 9, extensionHeaders: [headers] },
          ...(i === 6 ? [{ ...client6, dst, proto: 'udp', sport: 200, dport: 9, extensionHeaders: [{ header: 'routing' as const, data: '000100000000' }, headers] }] : []),
          ...(i === 6 ? [{ ...client6, dst, proto: 'udp', sport: 201, dport: 9, extensionHeaders: [headers, { header: 'routing' as const, data: '000100000000' }] }] : []),
        ];
      }),
    ),
  },
  {
    // An authentication header with nothing behind it is two headers.
    name: 'headers-with-nothing-behind',
    node: router({
      ip6tables: `*mangle\n${['none', 'auth', 'auth,none', 'prot', 'esp', 'auth,dst,none']
        .flatMap((headers) => ['', '! '].flatMap((not) => ['', ' --soft'].map((soft) => `-A FORWARD -m ipv6header ${not}--header ${headers}${soft}`)))
        .join('\n')}\nCOMMIT\n`,
    }),
    sends: [
      { ...client6, proto: 'ah', spi: 7 },
      { ...client6, proto: 'esp', spi: 7 },
      { ...client6, proto: 59, payload: 0 },
      { ...client6, proto: 'udp', sport: 1, dport: 9, extensionHeaders: [{ header: 'ah', data: `000000000001${'00'.repeat(16)}` }] },
      { ...client6, proto: 'ah', spi: 7, extensionHeaders: [{ header: 'destination-options', data: '010400000000' }] },
    ],
  },
  {
    // Of what a process sends whole nobody says where its ICMP header begins, until it has come in somewhere.
    name: 'quoted-prefixes-of-own-errors',
    node: router({
      ip6tables: `*mangle
-A PREROUTING -m hl --hl-eq 60 -j DNPT --src-pfx fd02::/64 --dst-pfx fd03::/64
-A OUTPUT -m hl ! --hl-eq 60 -j DNPT --src-pfx fd02::/64 --dst-pfx fd03::/64
-A POSTROUTING -m hl --hl-eq 59 -j SNPT --src-pfx fd01::/64 --dst-pfx fd09::/64
COMMIT
`,
    }),
    sends: [64, 60, 59].map((ttl) => ({
      in: null,
      src: 'fd01::1',
      dst: 'fd02::1',
      proto: 'icmpv6',
      icmpType: 1,
      icmpCode: 1,
      ttl,
      inner: { src: 'fd02::1', dst: 'fd01::1', proto: 'udp', sport: 1, dport: 2 },
    })),
  },
  {
    // Its sum is over the addresses, and REJECT of IPv4 leaves them out; in IPv6 nobody corrects it for a translated address.
    name: 'reject-of-dccp',
    node: router({
      iptables: '*filter\n-A FORWARD -j REJECT\nCOMMIT\n',
      ip6tables: '*nat\n-A PREROUTING -s fd01::3/128 -j DNAT --to-destination fd02::3\nCOMMIT\n*filter\n-A FORWARD -j REJECT\nCOMMIT\n',
    }),
    sends: [
      ...['dccp', 'sctp', 'udplite'].flatMap((proto) => [client, client6, { ...client6, src: 'fd01::3' }].map((from) => ({ ...from, proto, sport: 1, dport: 2 }))),
      { ...client6, proto: 'dccp', sport: 1, dport: 2, badChecksum: true },
    ],
  },
  {
    // Who sends to a group must be on the way back, as anybody else.
    name: 'group-from-elsewhere',
    node: router({ iptables: '*mangle\n-A PREROUTING\n-A INPUT\nCOMMIT\n', sysctls: { 'net.ipv4.conf.all.rp_filter': '1' } }),
    sends: ['10.1.0.2', '10.2.0.2', '203.0.113.7', '127.0.0.2', '0.0.0.0', '224.0.0.5'].flatMap((src) =>
      ['udp', 99].map((proto) => ({ in: 'ra', src, dst: '224.0.0.1', proto, ...(proto === 'udp' ? { sport: 1, dport: 2 } : {}), l2: 'multicast' as const })),
    ),
  },
  {
    // Of an error about what was translated IPv4 asks for the socket that sent it, IPv6 for one where the error came to.
    name: 'sockets-of-translated-errors',
    node: router({
      iptables: '*nat\n-A POSTROUTING -o rb -j MASQUERADE\nCOMMIT\n*mangle\n-A PREROUTING -m socket --nowildcard\nCOMMIT\n',
      ip6tables: '*nat\n-A POSTROUTING -o rb -j MASQUERADE\nCOMMIT\n*mangle\n-A PREROUTING -m socket --nowildcard\nCOMMIT\n',
    }),
    sends: [
      ...[client, client6].flatMap((from) => [7, 8].map((sport) => ({ ...from, proto: 'udp', sport, dport: 9 }))),
      ...[0, 1, 2, 3].map((errorFor) => ({ errorFor, code: 3 })),
    ],
    options: {
      sockets: ['10.1.0.1', '10.2.0.1', 'fd01::1', 'fd02::1'].flatMap((address) => [
        { proto: 'udp' as const, address, port: address.endsWith('2.0.1') || address.startsWith('fd02') ? 7 : 8, listening: true },
      ]),
    },
  },
  {
    // Whoever listens where the packet goes to is not who is connected to its sender.
    name: 'listener-is-not-connected',
    node: router({
      iptables: '*mangle\n-A PREROUTING -p tcp -j TPROXY --on-port 4001\n-A PREROUTING -p udp -j TPROXY --on-port 4001\nCOMMIT\n*filter\n-A INPUT -j DROP\nCOMMIT\n',
      ip6tables: '*mangle\n-A PREROUTING -p tcp -j TPROXY --on-port 4001\n-A PREROUTING -p udp -j TPROXY --on-port 4001\nCOMMIT\n*filter\n-A INPUT -j DROP\nCOMMIT\n',
    }),
    sends: [
      ...['tcp', 'udp'].flatMap((proto) => [
        { ...client, dst: '10.1.0.1', proto, sport: 600, dport: 22 },
        { ...client6, dst: 'fd01::1', proto, sport: 600, dport: 22 },
      ]),
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 600, dport: 23 },
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 600, dport: 24 },
    ],
    options: {
      answers: 'stack',
      sockets: [
        ...['tcp', 'udp'].flatMap((proto) => ['10.1.0.1', 'fd01::1'].map((address) => ({ proto: proto as 'tcp' | 'udp', address, port: 22, listening: true, transparent: true }))),
        { proto: 'udp', address: '10.1.0.1', port: 23, transparent: true, remote: { address: '10.1.0.2', port: 600 } },
        { proto: 'udp', address: '10.1.0.1', port: 24, remote: { address: '10.1.0.2', port: 600 } },
        { proto: 'udp', address: '10.1.0.1', port: 4001, listening: true, transparent: true },
      ],
    },
  },
  {
    // REJECT looks at the sum once more where the packet is forwarded, and where it is delivered if the header is another one by then, too.
    name: 'reject-after-a-spoilt-sum',
    node: router({
      ip6tables: `*mangle
-A PREROUTING -m hl --hl-eq 60 -j HL --hl-set 50
-A PREROUTING -d fd03::/64 -j DNPT --src-pfx fd02::/64 --dst-pfx fd04::/64
-A PREROUTING -d fd07::/64 -j DNPT --src-pfx fd05::/64 --dst-pfx fd01::/64
COMMIT
*filter
${TRACKING6}
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A INPUT -j REJECT
-A FORWARD -p tcp -j REJECT --reject-with tcp-reset
-A FORWARD -j REJECT
COMMIT
`,
    }),
    sends: ['fd03::9', 'fd02::9', 'fd07::fffb:0:0:1', 'fd07::fffc:0:0:1', 'fd07::4:0:0:1', 'fd07::3:0:0:1', 'fd01::1'].flatMap((dst, i) =>
      [64, 60].flatMap((ttl) => [
        { ...client6, dst, proto: 'tcp', sport: 1000 + i, dport: ttl, ttl },
        { ...client6, src: `fd01::${i + 3}${ttl}`, dst, proto: 'udp', sport: 1000 + i, dport: ttl, ttl },
        { ...client6, src: `fd01::${i + 3}${ttl}`, dst, proto: 'icmpv6', icmpType: 128, icmpId: 7, ttl },
      ]),
    ),
  },
  {
    // A sum that was right once is looked at again where the packet comes in, and found wrong only if the header is another one, too.
    name: 'sum-found-right-before',
    node: router({
      ip6tables: `*mangle
-A PREROUTING -i lo -m hl --hl-eq 60 -j HL --hl-set 5
-A PREROUTING -i ra -m hl --hl-eq 59 -j HL --hl-set 5
-A PREROUTING -i ra -s fd01::3 -j DNPT --src-pfx fd05::/64 --dst-pfx fd07::/64
-A PREROUTING -i ra -m hl --hl-eq 58 -j TOS --set-tos 0x10
-A POSTROUTING -o lo -m hl --hl-lt 62 -j SNPT --src-pfx fd01::/64 --dst-pfx fd09::/64
COMMIT
*nat
COMMIT
`,
    }),
    sends: [
      ...ERRORS_BY_LO,
      { in: null, src: '::1', dst: '::1', proto: 'udp', sport: 1, dport: 2 },
      ...ERRORS_BY_LO,
      { ...client6, proto: 'udp', sport: 1, dport: 2 },
      ...['fd01::2', 'fd01::3'].flatMap((src) =>
        [64, 59, 58].map((ttl) => ({
          ...client6,
          src,
          proto: 'icmpv6',
          icmpType: 1,
          icmpCode: 1,
          ttl,
          inner: { src: 'fd02::2', dst: 'fd01::2', proto: 'udp', sport: 2, dport: 1 },
        })),
      ),
    ],
  },
];
