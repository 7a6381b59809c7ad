/** Who still answers, and who still takes a packet, once something has changed it: sums that no longer hold, headers that stand somewhere else. */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import { client, client6, router, TRACKING, TRACKING6 } from './router.ts';

/** A datagram in two fragments; of the second one the bytes are said. */
const fragments = (packet: Packet, payload: number, header = 8, data = '0badcafe'): Packet[] => {
  const { sport: _, dport: __, flags: ___, icmpType: ____, icmpId: _____, ...rest } = packet;
  return [
    { ...packet, payload, moreFragments: true },
    { ...rest, fragOffset: payload + header, data: data.repeat(4) },
  ];
};
/** IPv6 tells datagrams apart by a label of the test's own, too. */
const numbered = (id: number): Partial<Packet> => ({ id, flowLabel: 0x80000 + id });

const OPTIONS = { header: 'destination-options', data: '010400000000' } as const;
const HOPS = { header: 'hop-by-hop', data: '010400000000' } as const;
/** Not to be passed over; the sender is told. */
const REFUSED = { header: 'destination-options', data: '9e0200000100' } as const;
const routing = (type: number, left: number) => ({ header: 'routing' as const, data: `0${type}0${left}00000000` });

const HEADERS: readonly NonNullable<Packet['extensionHeaders']>[] = [
  [HOPS],
  [OPTIONS],
  [HOPS, OPTIONS],
  [REFUSED],
  [OPTIONS, REFUSED],
  [routing(0, 0), routing(0, 1)],
  [routing(0, 1), routing(0, 0)],
  [routing(1, 3)],
  [routing(4, 0), REFUSED],
  [HOPS, routing(0, 0), REFUSED],
];

/** First bytes of what tracking has put together, which the kernel then takes for a header: too long, of a type with segments left, options that are none. */
const FIRST_BYTES: readonly Partial<Packet>[] = [
  { proto: 'udp', sport: 9, dport: 10 },
  { proto: 'udp', sport: 256, dport: 258 },
  { proto: 'udp', sport: 257, dport: 0x0903 },
  { proto: 'icmpv6', icmpType: 139, icmpId: 5 },
];

export const SPOILT_CASES: readonly KernelCase[] = [
  {
    // What is not translated yet, or is back to what it was, or adds up to the same: its sum holds. In IPv4 it is looked at without the addresses.
    name: 'reject-of-translated-dccp',
    node: router({
      iptables: '*nat\n-A PREROUTING -d 10.3.0.0/16 -j DNAT --to-destination 10.2.0.0\nCOMMIT\n*filter\n-A FORWARD -j REJECT\nCOMMIT\n',
      ip6tables: `*mangle
-A PREROUTING -d fd04::/64 -j DNPT --src-pfx fd04::/64 --dst-pfx fd02::/64
-A PREROUTING -d fd05::/64 -j DNPT --src-pfx fd06::/64 --dst-pfx fd02::/64
-A PREROUTING -d fd06::/64 -j DNPT --src-pfx fd03::/64 --dst-pfx fd02::/64
-A PREROUTING -d fd02::fffc:0:0:7 -j DNPT --src-pfx fd02::/64 --dst-pfx fd03::/64
COMMIT
*nat
-A PREROUTING -i ra -d fd03::2 -j NETMAP --to fd02::/64
-A PREROUTING -d fd03::3 -j DNAT --to-destination fd02::4
-A PREROUTING -d fd02::ffff:2 -j DNAT --to-destination fd02::2
-A PREROUTING -d fd02::7 -j DNAT --to-destination fd02::7
-A POSTROUTING -s fd01::5 -j SNAT --to-source fd02::9
COMMIT
*filter
-A FORWARD -m hl --hl-eq 63 -j ACCEPT
-A FORWARD -j REJECT
COMMIT
`,
    }),
    sends: [
      { ...client6, dst: 'fd03::2', proto: 'dccp', sport: 1, dport: 2 },
      { in: 'rb', src: 'fd02::2', dst: 'fd01::2', proto: 'dccp', sport: 2, dport: 1, ttl: 50 },
      { ...client6, dst: 'fd03::2', proto: 'dccp', sport: 1, dport: 2, ttl: 50 },
      { ...client6, src: 'fd01::5', proto: 'dccp', sport: 1, dport: 2 },
      { ...client6, src: 'fd01::5', proto: 'dccp', sport: 1, dport: 2, ttl: 50 },
      { in: 'rb', src: 'fd02::2', dst: 'fd02::9', proto: 'dccp', sport: 2, dport: 1, ttl: 50 },
      { ...client6, src: 'fd01::6', dst: 'fd03::2', proto: 'dccp', sport: 1, dport: 2, badChecksum: true, ttl: 50 },
      ...['fd03::3', 'fd02::ffff:2', 'fd02::7', 'fd04::7', 'fd05::7', 'fd06::7', 'fd02::fffc:0:0:7'].flatMap((dst, i) =>
        ['dccp', 'udp', 'tcp'].map((proto) => ({ ...client6, src: `fd01::${i + 20}`, dst, proto, sport: 1, dport: 2, ttl: 50 })),
      ),
      { ...client, proto: 'dccp', sport: 1, dport: 2 },
      // 10.1 + 235.199 + 10.2 + 0.0 + 33 + 20 is 0xffff; the second one is translated to the same.
      { ...client, src: '10.1.235.199', dst: '10.2.0.0', proto: 'dccp', sport: 1, dport: 2 },
      { ...client, src: '10.1.235.199', dst: '10.3.0.0', proto: 'dccp', sport: 1, dport: 2 },
      { ...client, src: '10.1.235.198', dst: '10.3.0.0', proto: 'dccp', sport: 1, dport: 2 },
      { ...client, src: '10.1.235.199', dst: '10.2.0.0', proto: 'dccp', sport: 1, dport: 3, badChecksum: true },
    ],
  },
  {
    // While the kernel sends an answer of its own it has no socket left for another one.
    name: 'own-answers-are-not-answered',
    node: router({ iptables: `*nat\nCOMMIT\n*filter\n-A OUTPUT -j REJECT\n${TRACKING}\nCOMMIT\n`, sysctls: { 'net.ipv4.icmp_ratemask': '0' } }),
    options: { answers: 'stack' },
    sends: [
      { ...client, dst: '10.2.0.1', proto: 'icmp', icmpType: 8, icmpId: 3, payload: 48 },
      { ...client, dst: '10.1.0.1', proto: 'icmp', icmpType: 13, icmpId: 3, payload: 20 },
      ...fragments({ ...client, dst: '10.2.0.1', proto: 'icmp', icmpType: 8, icmpId: 4, id: 0x8000 }, 32),
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 4, dport: 5 },
      { ...client, dst: '10.1.0.1', proto: 'tcp', sport: 4, dport: 5 },
    ],
  },
  {
    // Three times are answered to one, whatever else was sent with it.
    name: 'answers-of-time',
    node: router({ iptables: `*filter\n${TRACKING}\nCOMMIT\n` }),
    options: { answers: 'stack' },
    sends: [0, 3, 4, 12, 30].flatMap((payload) => [0, 5].map((icmpCode) => ({ ...client, dst: '10.1.0.1', proto: 'icmp', icmpType: 13, icmpCode, icmpId: 3 + payload, payload }))),
  },
  {
    // IPv6 answers later fragments, too; REJECT does not.
    name: 'later-fragments-are-answered',
    node: router({ ip6tables: '*filter\n-A FORWARD -m hl --hl-eq 40 -j REJECT\n-A FORWARD\nCOMMIT\n', routes6: ['unreachable fd0a::/64', 'default via fd02::254'] }),
    sends: [1, 41, 64].flatMap((ttl, i) =>
      (['fd02::2', 'fd0a::2'] as const).flatMap((dst, j) =>
        (['udp', 'icmpv6'] as const).flatMap((proto, k) => {
          const own = { ...client6, src: `fd01::${i * 10 + j * 4 + k + 3}`, dst, proto, ttl, ...numbered(0x700 + i * 10 + j * 4 + k) };
          return fragments(proto === 'udp' ? { ...own, sport: 1, dport: 2 } : { ...own, icmpType: 128, icmpId: 7 }, 32).reverse();
        }),
      ),
    ),
  },
  {
    // Each header is read, also the second of its kind; before a fragment header in each fragment; those for every hop where a packet comes in by lo.
    name: 'headers-of-what-is-delivered',
    node: router({ ip6tables: '*mangle\n-A INPUT\nCOMMIT\n' }),
    sends: HEADERS.flatMap((extensionHeaders, i) => [
      { ...client6, dst: 'fd01::1', proto: 'udp', sport: 100 + i, dport: 9, extensionHeaders },
      { in: null, src: 'fd01::1', dst: 'fd02::1', proto: 'udp', sport: 100 + i, dport: 9, extensionHeaders },
      ...fragments({ ...client6, src: `fd01::${i + 3}`, dst: 'fd01::1', proto: 'udp', sport: 1, dport: 2, extensionHeaders, ...numbered(0x710 + i) }, 32),
    ]),
  },
  {
    name: 'options-for-every-hop-by-lo',
    node: router({ ip6tables: '*mangle\n-A PREROUTING\nCOMMIT\n' }),
    sends: ['010400000000', '050200000100', '9e0200000100', '1e0200000100'].flatMap((data, i) => [
      { in: null, src: 'fd01::1', dst: 'fd02::1', proto: 'udp', sport: 100 + i, dport: 9, extensionHeaders: [{ header: 'hop-by-hop' as const, data }] },
    ]),
  },
  {
    // Where tracking puts a datagram together, the kernel takes its first bytes for the headers that stood before the fragment header.
    name: 'headers-of-what-tracking-put-together',
    node: router({ ip6tables: `*mangle\n-A INPUT\nCOMMIT\n*filter\n${TRACKING6}\nCOMMIT\n` }),
    sends: HEADERS.flatMap((extensionHeaders, i) =>
      FIRST_BYTES.flatMap((first, j) => {
        // Where they pass for headers, nobody knows what follows.
        if (j === 1 && extensionHeaders.some((one) => one === OPTIONS || one === REFUSED)) return [];
        return fragments({ ...client6, dst: 'fd01::1', proto: 'udp', ...first, extensionHeaders, ...numbered(0x720 + i * 4 + j) }, 32);
      }),
    ),
  },
  {
    // A prefix is translated in what an error quotes if the error stands right behind the header of IPv6.
    name: 'quoted-prefixes-behind-headers',
    node: router({ ip6tables: '*mangle\n-A PREROUTING -j DNPT --src-pfx fd07::/64 --dst-pfx fd03::/64\nCOMMIT\n' }),
    sends: [[], [HOPS], [OPTIONS], [HOPS, OPTIONS]].map((extensionHeaders) => ({
      ...client6,
      proto: 'icmpv6',
      icmpType: 4,
      icmpCode: 1,
      inner: { src: 'fd07::fffb:0:0:1', dst: 'fd01::1', proto: 'udp', sport: 80, dport: 80 },
      extensionHeaders,
    })),
  },
  {
    // The node's own protocols take what was found right before, if the header is still the same but for addresses. Of UDP-Lite no sum is.
    name: 'stack-and-spoilt-sums',
    node: router({
      ip6tables: `*mangle
-A PREROUTING -d fd07::/64 -j DNPT --src-pfx fd05::/64 --dst-pfx fd01::/64
-A INPUT -m hl --hl-eq 60 -j HL --hl-set 61
-A INPUT -m hl --hl-eq 50 -j TOS --set-tos 0x10
-A INPUT -s fd02::/64 -j SNPT --src-pfx fd01::/64 --dst-pfx fd08::/64
COMMIT
*filter
${TRACKING6}
COMMIT
`,
    }),
    options: { answers: 'stack' },
    sends: ['fd07::fffb:0:0:1', 'fd07::4:0:0:1', 'fd07::3:0:0:1', 'fd01::1'].flatMap((dst, i) =>
      ['ra', 'rb'].flatMap((device, j) =>
        [64, 60, 50].flatMap((ttl) => {
          const from = { in: device, src: `fd0${j + 1}::${i + 3}${ttl}`, dst, ttl };
          return ['tcp', 'udp', 'udplite'].map((proto) => ({ ...from, proto, sport: 1000 + i, dport: ttl }));
        }),
      ),
    ),
  },
  {
    // Found right by tracking, and by address translation only once more if the header has changed in between.
    name: 'error-with-a-sum-found-right-once',
    node: router({
      ip6tables: `*mangle
-A PREROUTING -m hl --hl-eq 50 -j TOS --set-tos 0x28
-A PREROUTING -m hl --hl-eq 40 -j HL --hl-set 45
-A POSTROUTING -m hl --hl-lt 62 -j SNPT --src-pfx fd03::/64 --dst-pfx fd02::/64
COMMIT
*nat
-A POSTROUTING -s fd01::77 -j SNAT --to-source fd02::77
COMMIT
`,
    }),
    sends: [
      { ...client6, proto: 'udp', sport: 1, dport: 2 },
      ...[64, 50, 40, 30].map((ttl) => ({
        in: 'rb',
        src: 'fd02::2',
        dst: 'fd01::2',
        ttl,
        proto: 'icmpv6',
        icmpType: 1,
        icmpCode: 1,
        inner: { src: 'fd01::2', dst: 'fd02::2', proto: 'udp', sport: 1, dport: 2 },
      })),
    ],
  },
  {
    // What tracking could make nothing of where the node sent it has no connection: it is looked at once more where it comes in by lo, its sum too.
    name: 'sum-found-right-on-lo',
    node: router({
      ip6tables: `*mangle
-A OUTPUT -m hl --hl-eq 50 -j HL --hl-set 49
-A OUTPUT -m hl --hl-eq 30 -j DNPT --src-pfx fd01::/64 --dst-pfx fd02::/64
-A PREROUTING -i lo -j DNPT --src-pfx fd02::/64 --dst-pfx fd03::/64
-A INPUT -m hl --hl-eq 60 -j HL --hl-set 61
COMMIT
*filter
${TRACKING6}
-A INPUT -j REJECT
COMMIT
`,
    }),
    sends: ['fd01::1', 'fd02::1'].flatMap((dst, i) =>
      [64, 60, 50, 30].flatMap((ttl) => {
        const own = { in: null, src: 'fd02::1', dst, ttl };
        return [
          { ...own, proto: 'tcp', sport: 1000 + i, dport: ttl, flags: ['SYN', 'ACK'] as const },
          { ...own, proto: 'tcp', sport: 2000 + i, dport: ttl },
          { ...own, proto: 'icmpv6', icmpType: 129, icmpId: ttl },
          { ...own, proto: 'icmpv6', icmpType: 128, icmpId: ttl + 1 },
        ];
      }),
    ),
  },
  {
    // An answer to what came in by lo, and was sent to an address that is not the node's any more: with one of the device whose address it was.
    name: 'source-of-errors-by-lo',
    node: router({
      ip6tables: '*mangle\n-A PREROUTING -i lo -m hl --hl-eq 59 -j DNPT --src-pfx fd02::/64 --dst-pfx fd09::/64\nCOMMIT\n*filter\n-A INPUT -j REJECT\nCOMMIT\n',
    }),
    sends: ['fd02::1', 'fd01::1'].flatMap((dst) =>
      ['fd09::fff8:0:0:1', 'fd01::1', 'fd02::1'].flatMap((src) => [64, 59].map((ttl) => ({ in: null, src, dst, proto: 'udplite', sport: 1, dport: 2, ttl }))),
    ),
  },
  {
    // TCP takes nothing that came in a frame to all, wherever a rule has redirected it; others answer by the address alone.
    name: 'redirected-from-a-group',
    node: router({
      iptables: '*nat\n-A PREROUTING -j REDIRECT\nCOMMIT\n',
      ip6tables: '*nat\n-A PREROUTING -j REDIRECT\nCOMMIT\n',
      sysctls: { 'net.ipv4.icmp_echo_ignore_broadcasts': '1' },
    }),
    options: { answers: 'stack' },
    sends: [
      ...['10.1.0.255', '255.255.255.255', '10.2.0.2'].flatMap((dst, i) =>
        (['broadcast', 'unicast'] as const).flatMap((l2, j) => {
          const from = { ...client, src: `10.1.0.${10 + i * 4 + j}`, dst, l2 };
          return [
            { ...from, proto: 'tcp', sport: 1, dport: 2 },
            { ...from, proto: 'udp', sport: 1, dport: 2 },
            { ...from, proto: 'icmp', icmpType: 8, icmpId: 7 },
          ];
        }),
      ),
      ...(['multicast', 'unicast'] as const).flatMap((l2, j) => ['tcp', 'udp'].map((proto) => ({ ...client6, src: `fd01::${30 + j}`, l2, proto, sport: 1, dport: 2 }))),
    ],
  },
  {
    // A copy that is refused where it leaves: in the name of the device that it would have left by.
    name: 'copy-refused-where-it-leaves',
    node: router({
      iptables: '*mangle\n-A PREROUTING -j TEE --gateway 10.2.0.3\nCOMMIT\n*filter\n-A OUTPUT ! -p icmp -j REJECT\nCOMMIT\n',
      ip6tables: '*mangle\n-A PREROUTING -j TEE --gateway fd02::3\nCOMMIT\n*filter\n-A OUTPUT ! -p ipv6-icmp -j REJECT\nCOMMIT\n',
    }),
    sends: [
      { ...client6, proto: 'udp', sport: 1, dport: 2 },
      { in: 'rb', src: 'fd01::3', dst: 'fd02::2', proto: 'udp', sport: 1, dport: 2 },
      { ...client, proto: 'udp', sport: 1, dport: 2 },
      { in: 'rb', src: '10.1.0.3', dst: '10.2.0.2', proto: 'udp', sport: 1, dport: 2 },
    ],
  },
  {
    // A RST answers a frame to all, but not what was sent to a group, unless a rule has redirected it.
    name: 'resets-to-group-frames',
    node: router({
      iptables: '*nat\n-A PREROUTING -p tcp -m ttl --ttl-eq 60 -j REDIRECT\nCOMMIT\n*filter\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n-A INPUT -j REJECT\nCOMMIT\n',
      ip6tables: '*nat\n-A PREROUTING -p tcp -m hl --hl-eq 60 -j REDIRECT\nCOMMIT\n*filter\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n-A INPUT -j REJECT\nCOMMIT\n',
    }),
    sends: (['broadcast', 'multicast', 'unicast'] as const).flatMap((l2, i) =>
      [64, 60].flatMap((ttl) => [
        ...['10.1.0.1', '224.0.0.1', '10.1.0.255'].map((dst) => ({ ...client, src: `10.1.0.${i + 2}`, dst, l2, ttl, proto: 'tcp', sport: ttl, dport: 2 })),
        ...['fd01::1', 'ff02::1'].map((dst) => ({ ...client6, src: `fd01::${i + 2}`, dst, l2, ttl, proto: 'tcp', sport: ttl, dport: 2 })),
      ]),
    ),
  },
  {
    // ECN takes what a later fragment begins with for the TCP header, and drops what is shorter than one.
    name: 'flags-of-later-fragments',
    node: router({ iptables: '*mangle\n-A FORWARD -p tcp -j ECN --ecn-tcp-remove\nCOMMIT\n' }),
    sends: [8, 16, 19, 20, 24].map((payload, i) => ({ ...client, proto: 'tcp', id: 70 + i, fragOffset: 40, payload })),
  },
];
