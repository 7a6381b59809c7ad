/** What random nodes found where engine and kernel did not agree, one kind each: small nodes whose every rule says what it saw. */

import type { KernelCase } from './cases.ts';
import type { KernelNode } from './node.ts';

const node = (rules: Partial<KernelNode>): KernelNode => ({
  interfaces: [
    { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
    { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
  ],
  routes: ['default via 10.2.0.254'],
  routes6: ['default via fd02::254'],
  ...rules,
});

const client = { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2' } as const;
const client6 = { in: 'ra', src: 'fd01::2', dst: 'fd02::2' } as const;

export const RARE_CASES: readonly KernelCase[] = [
  {
    // The copy for the node itself is of no special type until it comes in, and may be all that is left.
    name: 'own-broadcast-comes-back',
    node: node({
      iptables: `*mangle
-A PREROUTING -m pkttype --pkt-type unicast
-A PREROUTING -m pkttype --pkt-type broadcast
-A PREROUTING -m rpfilter --invert
-A PREROUTING -m rpfilter
-A INPUT -m pkttype --pkt-type broadcast
-A POSTROUTING -m pkttype --pkt-type unicast
-A POSTROUTING -m pkttype --pkt-type broadcast
-A POSTROUTING -m statistic --mode nth --every 2 --packet 1 -j DROP
COMMIT
`,
    }),
    sends: [
      { in: null, src: '10.2.0.1', dst: '10.2.0.255', proto: 'udp', sport: 53, dport: 600 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.255', proto: 'udp', sport: 53, dport: 600, l2: 'broadcast' },
    ],
  },
  {
    // A tuple is looked for where its direction's zone puts it; what clashes in the other place is not seen before the end, or never.
    name: 'zones-of-one-direction',
    node: node({
      iptables: '*raw\n-A PREROUTING -p udp -j CT --zone-reply 2\n-A OUTPUT -p tcp -j CT --zone-reply 2\nCOMMIT\n*nat\n-A POSTROUTING -s 192.0.2.1/32 -j MASQUERADE\nCOMMIT\n',
    }),
    sends: [
      { in: 'ra', src: '10.1.0.4', dst: '10.1.0.1', proto: 'udp', sport: 5353, dport: 443 },
      { in: null, src: '10.1.0.1', dst: '10.1.0.4', proto: 'udp', sport: 443, dport: 5353 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'tcp', sport: 4000, dport: 22, flags: ['ACK'], ack: 1 },
      { in: null, src: '10.2.0.1', dst: '10.2.0.2', proto: 'tcp', sport: 22, dport: 4000 },
    ],
  },
  {
    // The entry that CT attaches in raw is one for all packets of its rule, and so is its mark.
    name: 'mark-of-a-template-stays',
    node: node({
      iptables: `*raw
-A PREROUTING -s 10.1.0.2/31 -j CT --zone 3
-A PREROUTING -s 10.1.0.4 -j CT --zone 4
-A PREROUTING -m connmark --mark 0x12
-A PREROUTING -j CONNMARK --restore-mark
-A PREROUTING -m ttl --ttl-eq 60 -j CONNMARK --set-xmark 0x12/0xff
-A PREROUTING -m ttl --ttl-eq 59 -j MARK --set-mark 0x34
-A PREROUTING -m ttl --ttl-eq 59 -j CONNMARK --save-mark
COMMIT
*mangle
-A FORWARD -m connmark --mark 0
COMMIT
`,
    }),
    sends: (
      [
        ['10.1.0.2', 64],
        ['10.1.0.2', 60],
        ['10.1.0.3', 64],
        ['10.1.0.4', 64],
        ['10.1.0.4', 59],
        ['10.1.0.3', 59],
        ['10.1.0.2', 64],
        ['10.1.0.4', 64],
        ['10.1.0.5', 60],
      ] as const
    ).map(([src, ttl], i) => ({ ...client, src, proto: 'udp', sport: i + 1, dport: 9, ttl })),
  },
  {
    // What a routing header asks of a host is decided behind INPUT.
    name: 'routing-header-at-its-end',
    node: node({ ip6tables: '*filter\n-A INPUT\nCOMMIT\n' }),
    sends: ['040000000005', '000000000000', '000100000000', '030000000000', '050000000000', '050300000000'].map((start, i) => ({
      ...client6,
      dst: 'fd02::1',
      proto: 'udp',
      sport: i + 1,
      dport: 9,
      extensionHeaders: [{ header: 'routing', data: `${start}fd09${'00'.repeat(13)}01` }],
    })),
  },
  {
    // The quoted packet changes with the error; an address with another prefix leaves the sum wrong, which only those notice that check it.
    name: 'prefixes-of-quoted-packets',
    node: node({
      ip6tables: `*mangle
-A PREROUTING -m hl --hl-eq 64 -j DNPT --src-pfx fd02::/64 --dst-pfx fd07::/64
-A OUTPUT -d fd02::/64 -j DNPT --src-pfx fd07::/64 --dst-pfx fd01::/64
-A POSTROUTING -m hl --hl-eq 59 -j SNPT --src-pfx fd01::/64 --dst-pfx fd09::/64
COMMIT
*filter
-A FORWARD -p udp -j REJECT
-A OUTPUT -s fd02::1 -p udp -j REJECT
COMMIT
`,
    }),
    sends: [
      { ...client6, src: 'fd01::3', proto: 'icmpv6', icmpType: 1, icmpCode: 4, inner: { src: 'fd02::2', dst: 'fd01::3', proto: 'udp', sport: 1, dport: 2 } },
      { ...client6, src: 'fd01::3', proto: 'icmpv6', icmpType: 1, icmpCode: 4, ttl: 60, inner: { src: 'fd02::2', dst: 'fd01::3', proto: 'udp', sport: 1, dport: 2 } },
      { ...client6, src: 'fd01::3', dst: 'fd03::2', proto: 'udp', sport: 1, dport: 2 },
      { in: null, src: 'fd02::1', dst: 'fd02::2', proto: 'udp', sport: 1, dport: 2 },
      { in: null, src: 'fd02::1', dst: 'fd03::2', proto: 'udp', sport: 1, dport: 2 },
    ],
  },
  {
    // REJECT takes a payload to be summed up, whatever the protocol.
    name: 'reject-by-the-sum-of-the-payload',
    node: node({ iptables: '*filter\n-A FORWARD -j REJECT\nCOMMIT\n', ip6tables: '*filter\n-A FORWARD -j REJECT\nCOMMIT\n' }),
    sends: [
      ...['', '0000', 'ffff', '3b000001c4fe0000', '3b00010000000000', '45000014'].map((data) => ({ ...client, proto: 108, data })),
      ...['', '05900000', '05910000', 'ffff'].map((data) => ({ ...client6, proto: 99, data })),
      ...['ah', 'esp', 'gre'].flatMap((proto) => [client, client6].map((from) => ({ ...from, proto }))),
    ],
  },
  {
    // Nobody is told of what became of an ICMP message that the stack does not know.
    name: 'unknown-icmp-is-an-error',
    node: node({ iptables: '*filter\n-A FORWARD -m ttl --ttl-eq 60 -j REJECT\nCOMMIT\n', ip6tables: '*filter\n-A FORWARD -j REJECT\nCOMMIT\n' }),
    sends: [
      ...[0, 1, 9, 13, 18, 19, 30, 42].flatMap((icmpType) => [1, 61].map((ttl) => ({ ...client, proto: 'icmp', icmpType, ttl }))),
      ...[100, 127, 138, 139, 200].map((icmpType) => ({ ...client6, proto: 'icmpv6', icmpType })),
    ],
  },
  {
    // In IPv6 the authentication header is one on the way to the protocol, and behind it is none.
    name: 'nothing-behind-the-authentication-header',
    node: node({
      ipset: 'create one hash:ip,port family inet6\nadd one fd01::2,ah:0\ncreate other hash:ip,port family inet6\n',
      ip6tables: `*mangle
-A FORWARD -p ah
-A FORWARD ! -p ah
-A FORWARD -p 59
-A FORWARD -m set --match-set one src,src
-A FORWARD -j SET --add-set other src,dst
-A FORWARD -m hl --hl-eq 59 -m hashlimit --hashlimit-above 9/sec --hashlimit-mode dstip --hashlimit-name addresses
-A FORWARD -m hl --hl-eq 59 -m hashlimit --hashlimit-above 9/sec --hashlimit-mode dstip,dstport --hashlimit-name ports
COMMIT
*filter
-A FORWARD -m hl --hl-eq 49 -m connlimit --connlimit-above 1
COMMIT
`,
    }),
    sends: [
      { ...client6, proto: 'ah', spi: 7 },
      { ...client6, proto: 'ah', spi: 7, ttl: 60 },
      { ...client6, proto: 'esp', spi: 7, ttl: 60 },
      { ...client6, proto: 'ah', spi: 7, ttl: 50 },
      { ...client6, proto: 'esp', spi: 7 },
    ],
  },
  {
    name: 'values-of-set-entries',
    node: node({
      ipset: `create marks hash:net skbinfo counters
add marks 10.1.0.0/24 skbmark 0x10/0xf0 skbprio 1:2 skbqueue 3
add marks 10.1.0.3 nomatch skbmark 0x77
add marks 10.1.0.4
create plain hash:ip
add plain 10.2.0.2
create macs bitmap:ip,mac range 10.1.0.0/24 skbinfo
add macs 10.1.0.2 skbmark 0x1000/0xf000
create all list:set size 8
add all marks
add all plain
`,
      iptables: `*mangle
-A PREROUTING -j MARK --set-mark 0x105
-A PREROUTING -j SET --map-set marks src --map-mark
-A FORWARD -j SET --map-set plain dst --map-mark --map-prio
-A FORWARD -j SET --map-set macs src,src --map-mark
-A FORWARD -j SET --map-set macs src,src --map-mark
-A FORWARD -m ttl --ttl-eq 59 -j MARK --set-mark 0x6
-A FORWARD -m ttl --ttl-eq 59 -j SET --map-set all src --map-mark --map-queue
-A POSTROUTING -m ttl --ttl-eq 59 -j SET --map-set all dst --map-mark
COMMIT
`,
    }),
    sends: ['10.1.0.2', '10.1.0.3', '10.1.0.4', '203.0.113.7'].flatMap((src, i) => [64, 60].map((ttl) => ({ ...client, src, proto: 'udp', sport: i, dport: 9, ttl }))),
  },
  {
    name: 'destination-mac-in-sets',
    node: node({
      ipset: `create learns bitmap:ip,mac range 10.1.0.0/24 comment
add learns 10.1.0.2 comment "in time gone"
create told bitmap:ip,mac range 10.1.0.0/24
add told 10.1.0.2,02:00:00:00:0a:01
create rest bitmap:ip,mac range 10.1.0.0/24
add rest 10.1.0.2,02:00:00:00:0c:01
add rest 10.1.0.3
create groups bitmap:ip,mac range 10.2.0.0/24
`,
      iptables: `*mangle
-A PREROUTING -m set --match-set told src,dst
-A PREROUTING -m set --match-set told src,src
-A PREROUTING -m set --match-set learns src,dst
-A PREROUTING -j SET --add-set groups dst,dst
-A INPUT -j SET --del-set rest dst,dst
-A FORWARD -j SET --del-set rest src,dst
COMMIT
`,
    }),
    sends: [
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 1, dport: 9 },
      { ...client, proto: 'udp', sport: 1, dport: 9 },
      { in: 'rb', src: '10.2.0.3', dst: '10.2.0.255', proto: 'udp', sport: 1, dport: 9, l2: 'broadcast' },
      { in: 'rb', src: '10.2.0.3', dst: '10.2.0.4', proto: 'udp', sport: 1, dport: 9 },
    ],
  },
  {
    // A copy has gone all its way before its packet meets the next rule.
    name: 'copies-go-first',
    node: node({
      ipset: 'create seen hash:ip counters\n',
      iptables: `*mangle
-A PREROUTING -j TEE --gateway 10.2.0.254
-A FORWARD -m set --match-set seen src
-A FORWARD -m statistic --mode nth --every 2 --packet 0 -j MARK --set-mark 1
-A FORWARD -j TEE --gateway 10.1.0.254 --oif ra
-A FORWARD -m set --match-set seen src --packets-gt 1
-A POSTROUTING -m pkttype --pkt-type broadcast
-A POSTROUTING -m mark --mark 1
-A POSTROUTING -j SET --add-set seen src
-A POSTROUTING -j TTL --ttl-inc 3
COMMIT
*filter
-A OUTPUT -m conntrack --ctstate UNTRACKED
COMMIT
`,
    }),
    sends: [
      { ...client, proto: 'udp', sport: 1, dport: 9 },
      { ...client, proto: 'udp', sport: 1, dport: 9, l2: 'broadcast' },
      { ...client, dst: '255.255.255.255', proto: 'udp', sport: 1, dport: 9, l2: 'broadcast' },
      { ...client, proto: 'udp', sport: 1, dport: 9, payload: 1473 },
    ],
  },
  {
    // ::1 is an address of lo: what another device brought is not answered in its name.
    name: 'answer-about-the-loopback-address',
    node: node({
      ip6tables: '*nat\n-A OUTPUT -p udp -j DNAT --to-destination fd01::2\n-A POSTROUTING -s ::1 -j SNAT --to-source fd02::9\nCOMMIT\n',
    }),
    sends: [{ in: null, src: '::1', dst: '::1', proto: 'udp', sport: 4000, dport: 4000 }, { replyTo: 0 }],
  },
];
