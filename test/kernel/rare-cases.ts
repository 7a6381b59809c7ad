/** What random nodes found where engine and kernel did not agree, one kind each: small nodes whose every rule says what it saw. */

import type { KernelCase } from './cases.ts';
import { client, client6, router } from './router.ts';

export const RARE_CASES: readonly KernelCase[] = [
  {
    // The copy for the node itself is of no special type until it comes in, and may be all that is left.
    name: 'own-broadcast-comes-back',
    node: router({
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
    node: router({
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
    node: router({
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
    node: router({ ip6tables: '*filter\n-A INPUT\nCOMMIT\n' }),
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
    node: router({
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
    node: router({ iptables: '*filter\n-A FORWARD -j REJECT\nCOMMIT\n', ip6tables: '*filter\n-A FORWARD -j REJECT\nCOMMIT\n' }),
    sends: [
      ...['', '0000', 'ffff', '3b000001c4fe0000', '3b00010000000000', '45000014'].map((data) => ({ ...client, proto: 108, data })),
      ...['', '05900000', '05910000', 'ffff'].map((data) => ({ ...client6, proto: 99, data })),
      ...['ah', 'esp', 'gre'].flatMap((proto) => [client, client6].map((from) => ({ ...from, proto }))),
    ],
  },
  {
    // Nobody is told of what became of an ICMP message that the stack does not know.
    name: 'unknown-icmp-is-an-error',
    node: router({ iptables: '*filter\n-A FORWARD -m ttl --ttl-eq 60 -j REJECT\nCOMMIT\n', ip6tables: '*filter\n-A FORWARD -j REJECT\nCOMMIT\n' }),
    sends: [
      ...[0, 1, 9, 13, 18, 19, 30, 42].flatMap((icmpType) => [1, 61].map((ttl) => ({ ...client, proto: 'icmp', icmpType, ttl }))),
      ...[100, 127, 138, 139, 200].map((icmpType) => ({ ...client6, proto: 'icmpv6', icmpType })),
    ],
  },
  {
    // In IPv6 the authentication header is one on the way to the protocol, and behind it is none.
    name: 'nothing-behind-the-authentication-header',
    node: router({
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
    node: router({
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
    node: router({
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
    node: router({
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
    node: router({
      ip6tables: '*nat\n-A OUTPUT -p udp -j DNAT --to-destination fd01::2\n-A POSTROUTING -s ::1 -j SNAT --to-source fd02::9\nCOMMIT\n',
    }),
    sends: [{ in: null, src: '::1', dst: '::1', proto: 'udp', sport: 4000, dport: 4000 }, { replyTo: 0 }],
  },
  {
    // Until it is in the table, a connection counts each time that the rule meets it; and who finds its own does not look for what has ended behind it.
    name: 'connections-counted-again',
    node: router({
      iptables: `*mangle
:COUNT - [0:0]
-A PREROUTING -m ttl ! --ttl-eq 50 -j COUNT
-A OUTPUT -j COUNT
-A FORWARD -m ttl --ttl-eq 63 -j COUNT
-A POSTROUTING -j TEE --gateway 10.2.0.254
-A POSTROUTING -m ttl ! --ttl-eq 49 -j COUNT
-A COUNT -m connlimit --connlimit-above 0
-A COUNT -m connlimit --connlimit-above 1
-A COUNT -m connlimit --connlimit-above 2
-A COUNT -m connlimit --connlimit-above 3
-A COUNT -m connlimit --connlimit-above 4
-A COUNT -m connlimit --connlimit-above 5
COMMIT
`,
    }),
    sends: [
      { ...client, proto: 'udp', sport: 1, dport: 9, ttl: 40 },
      { ...client, proto: 'udp', sport: 1, dport: 9 },
      { ...client, src: '10.1.0.3', proto: 'udp', sport: 2, dport: 9, ttl: 50 },
      { ...client, src: '10.1.0.3', proto: 'udp', sport: 2, dport: 9 },
      { ...client, src: '10.1.0.3', proto: 'tcp', sport: 3, dport: 9, seq: 100 },
      { ...client, src: '10.1.0.3', proto: 'udp', sport: 4, dport: 9 },
      { replyTo: 4 },
      { ...client, src: '10.1.0.3', proto: 'tcp', sport: 3, dport: 9, flags: ['RST', 'ACK'], seq: 101, ack: 5001 },
      { ...client, src: '10.1.0.3', proto: 'udp', sport: 2, dport: 9 },
      { ...client, src: '10.1.0.3', proto: 'udp', sport: 4, dport: 9 },
      { in: null, src: '10.2.0.1', dst: '10.2.0.1', proto: 'udp', sport: 5, dport: 9 },
      { in: null, src: '10.2.0.1', dst: '10.2.0.1', proto: 'udp', sport: 5, dport: 9 },
    ],
  },
  {
    // A connection that the rule first meets when it is assured is not counted; where none is left that is, the kernel drops the packet.
    name: 'assured-connections-are-not-counted',
    node: router({
      iptables: `*raw
-A PREROUTING -m tos --tos 0x08 -j NOTRACK
COMMIT
*mangle
-A FORWARD -m tos --tos 0x10 -j ACCEPT
-A FORWARD -m connlimit --connlimit-above 0
-A FORWARD -m connlimit --connlimit-above 1
-A FORWARD -m connlimit --connlimit-above 2
-A FORWARD -m connlimit --connlimit-above 3
-A FORWARD -m connlimit --connlimit-above 3 --connlimit-mask 0
-A FORWARD -m connlimit --connlimit-above 4 --connlimit-mask 0
COMMIT
`,
    }),
    sends: [
      { ...client, proto: 'udp', sport: 1, dport: 9 },
      { ...client, proto: 'udp', sport: 2, dport: 9, tos: 0x10 },
      { ...client, proto: 'udp', sport: 2, dport: 9 },
      { ...client, proto: 'tcp', sport: 3, dport: 9, seq: 100, tos: 0x10 },
      { ...client, proto: 'tcp', sport: 3, dport: 9, flags: ['SYN', 'FIN'], seq: 100 },
      { replyTo: 3, overrides: { tos: 0x10 } },
      { ...client, proto: 'tcp', sport: 3, dport: 9, flags: ['ACK'], seq: 101, ack: 5001, tos: 0x10 },
      { ...client, proto: 'tcp', sport: 4, dport: 9, seq: 100, tos: 0x10 },
      { replyTo: 7, overrides: { tos: 0x10 } },
      { ...client, proto: 'tcp', sport: 4, dport: 9, flags: ['ACK'], seq: 101, ack: 5001 },
      { ...client, proto: 'tcp', sport: 4, dport: 9, flags: ['ACK'], seq: 101, ack: 5001, tos: 0x08 },
      { ...client, proto: 'tcp', sport: 4, dport: 9, flags: ['SYN', 'FIN'], seq: 101 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'tcp', sport: 9, dport: 4, flags: ['ACK'], seq: 5001, ack: 101 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'tcp', sport: 9, dport: 4, flags: ['RST'], seq: 5001, ack: 101 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'tcp', sport: 9, dport: 4, flags: ['ACK'], seq: 5001, ack: 101 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'udp', sport: 9, dport: 2 },
    ],
  },
  {
    // An entry that waits for its MAC has a timeout, which begins when the MAC is learnt, unless another one is asked for.
    name: 'timeout-of-a-learnt-mac',
    node: router({
      ipset: ['plain', 'same', 'none', 'other']
        .map(
          (name) =>
            `create ${name} bitmap:ip,mac range 10.1.0.0/24 timeout 600 comment\nadd ${name} 10.1.0.2 timeout 3000 comment "in time gone"\nadd ${name} 10.1.0.3 timeout 0\n`,
        )
        .join(''),
      iptables: `*mangle
-A PREROUTING -j SET --add-set plain src,src
-A PREROUTING -j SET --add-set same src,src --timeout 600
-A PREROUTING -j SET --add-set none src,src --exist --timeout 0
-A PREROUTING -j SET --add-set other src,src --timeout 77
COMMIT
`,
    }),
    sends: ['10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.2'].map((src) => ({ ...client, src, proto: 'udp', sport: 2, dport: 9 })),
  },
  {
    // A copy for the node itself waits where it comes in: for what came in that this is through, for a process that the table is.
    name: 'copies-wait-to-come-in',
    node: router({
      ipset: 'create seen hash:ip counters\n',
      iptables: `*mangle
-A PREROUTING -m set --match-set seen src -j MARK --set-mark 9
-A INPUT -j SET --add-set seen src --exist
-A FORWARD -j TEE --gateway 10.1.0.1
-A FORWARD -m set --match-set seen src
-A OUTPUT -m statistic --mode nth --every 2 --packet 0
-A OUTPUT -p udp -j TEE --gateway 10.2.0.1
-A OUTPUT -m set --match-set seen src -j MARK --set-mark 3
-A POSTROUTING -m statistic --mode nth --every 2 --packet 0
-A POSTROUTING -m set --match-set seen src
COMMIT
*filter
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
-A INPUT -m set --match-set seen src
-A INPUT -j DROP
-A OUTPUT -m set --match-set seen src
-A FORWARD -m set --match-set seen src
-A FORWARD -s 10.1.0.3 -j REJECT
COMMIT
`,
    }),
    sends: [
      { ...client, proto: 'udp', sport: 1, dport: 9 },
      { ...client, src: '10.1.0.3', proto: 'udp', sport: 1, dport: 9 },
      { in: null, src: '10.2.0.1', dst: '10.2.0.2', proto: 'udp', sport: 5, dport: 9 },
      { in: null, src: '10.1.0.1', dst: '10.2.0.1', proto: 'udp', sport: 5, dport: 9 },
      { ...client, src: '10.1.0.4', proto: 'tcp', sport: 1, dport: 9 },
    ],
  },
  {
    // An error for all hosts of a network of the node: its own copy comes in when it has left.
    name: 'error-to-everybody',
    node: router({
      ipset: 'create seen hash:ip counters\n',
      iptables: `*mangle
-A PREROUTING -m set --match-set seen dst
-A INPUT -j SET --add-set seen dst --exist
-A OUTPUT -m set --match-set seen dst
-A POSTROUTING -m statistic --mode nth --every 2 --packet 0
-A POSTROUTING -m set --match-set seen dst
COMMIT
*filter
-A FORWARD -p udp --dport 9 -j REJECT
COMMIT
`,
    }),
    sends: [
      { ...client, src: '10.2.0.255', proto: 'udp', sport: 1, dport: 8, ttl: 1 },
      { ...client, src: '10.1.0.255', proto: 'udp', sport: 1, dport: 8, ttl: 1 },
      { ...client, src: '10.2.0.255', proto: 'udp', sport: 1, dport: 9 },
      { in: null, src: '10.2.0.1', dst: '10.2.0.255', proto: 'udp', sport: 1, dport: 9 },
    ],
  },
  {
    // A rule that asks chance twice: whether it matches, and which id.
    name: 'chance-of-match-and-id',
    node: router({ iptables: '*nat\n-A POSTROUTING -m statistic --mode random --probability 1 -j MASQUERADE --random-fully\nCOMMIT\n' }),
    sends: [{ ...client, proto: 'icmp', icmpId: 1 }, { replyTo: 0 }],
  },
  {
    // What is put together for delivery may not be cut up again: its copy is refused, however short it is.
    name: 'copy-of-what-came-in-fragments',
    node: router({ iptables: '*mangle\n-A INPUT -j TEE --gateway 10.2.0.254\n-A OUTPUT -p icmp\nCOMMIT\n' }),
    sends: [false, true].flatMap((df) => [
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 1, dport: 9, id: df ? 78 : 77, payload: 16, moreFragments: true, df },
      { ...client, dst: '10.1.0.1', proto: 'udp', id: df ? 78 : 77, payload: 16, fragOffset: 24, df },
    ]),
  },
  {
    // Address translation wants eight bytes of GRE, also of a quoted one.
    name: 'short-gre-is-not-translated',
    node: router({
      iptables: '*nat\n-A POSTROUTING -o rb -j MASQUERADE\nCOMMIT\n*filter\nCOMMIT\n',
      ip6tables: '*nat\n-A POSTROUTING -o rb -j MASQUERADE\nCOMMIT\n',
    }),
    sends: [
      ...[0, 3, 4].flatMap((payload) => [client, client6].map((from) => ({ ...from, proto: 'gre', payload }))),
      ...[0, 4].map((payload) => ({
        in: 'rb',
        src: '10.2.0.9',
        dst: '10.2.0.1',
        proto: 'icmp',
        icmpType: 3,
        icmpCode: 1,
        inner: { src: '10.2.0.1', dst: '10.2.0.2', proto: 'gre', payload },
      })),
      ...[2, 4].map((payload) => ({ in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'gre', payload })),
    ],
  },
  // Of what has been forwarded only what was found right twice is taken for right: elsewhere what NPT has spoilt shows.
  ...['0', '1'].map((checked) => ({
    name: `spoilt-sum-of-a-forwarded-error-${checked}`,
    node: router({
      sysctls: { 'net.netfilter.nf_conntrack_checksum': checked },
      ip6tables: `*nat
-A POSTROUTING -s 2001:db8::1/128 -j MASQUERADE
COMMIT
*mangle
-A POSTROUTING -m hl --hl-eq 39 -j SNPT --src-pfx fd07::/64 --dst-pfx fd09::/64
-A POSTROUTING -m hl --hl-eq 29 -j SNPT --src-pfx fd02::/64 --dst-pfx fd09::/64
COMMIT
`,
    }),
    sends: [
      { ...client6, proto: 'udp', sport: 1, dport: 2 },
      ...[50, 40, 30].map((ttl) => ({
        in: 'rb',
        src: 'fd02::2',
        dst: 'fd01::2',
        proto: 'icmpv6',
        icmpType: 1,
        icmpCode: 4,
        ttl,
        inner: { src: 'fd01::2', dst: 'fd02::2', proto: 'udp', sport: 1, dport: 2 },
      })),
    ],
  })),
];
