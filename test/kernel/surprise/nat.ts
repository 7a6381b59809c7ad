/** NAT where it surprises. */

import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;

export const NAT: readonly KernelCase[] = [
  {
    name: 'nat-without-tracking',
    node: router({ iptables: tables({ nat: ['-A PREROUTING -j MARK --set-mark 7'], filter: [] }) }),
    sends: [
      { ...client, ...udp(1, 2) },
      { ...client, ...udp(1, 2) },
    ],
  },
  {
    name: 'nat-with-tracking-elsewhere',
    node: router({ iptables: tables({ nat: ['-A PREROUTING -j MARK --set-mark 7'], filter: ['-A FORWARD -m conntrack --ctstate INVALID'] }) }),
    sends: [
      { ...client, ...udp(1, 2) },
      { ...client, ...udp(1, 2) },
    ],
  },
  {
    name: 'nat-mark-on-first-packet-only',
    node: router({
      iptables: tables({ nat: ['-A PREROUTING -j MARK --set-mark 7'], filter: [TRACKING] }),
      rules: ['fwmark 7 lookup 200'],
      routes: ['default via 10.2.0.254', 'default via 10.1.0.254 dev ra table 200'],
    }),
    sends: [
      { ...client, dst: '8.8.8.8', ...udp(1, 2) },
      { ...client, dst: '8.8.8.8', ...udp(1, 2) },
    ],
  },
  {
    name: 'invalid-leaks-past-snat',
    node: router({
      iptables: tables({
        nat: ['-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100'],
        mangle: [],
        filter: ['-A FORWARD -m conntrack --ctstate INVALID', '-A FORWARD -m conntrack ! --ctstate INVALID'],
      }),
    }),
    sends: [
      { ...client, ...tcp(4000, 80), flags: ['SYN', 'ACK'] },
      { ...client, ...tcp(4001, 80), badChecksum: true },
      { ...client, ...udp(4001, 80), badChecksum: true },
      { ...client, ...tcp(4002, 80), flags: ['SYN', 'FIN'] },
      { ...client, ...tcp(4003, 80), flags: [] },
      { ...client, ...tcp(4004, 80), flags: ['RST'] },
      { ...client, ...tcp(4005, 80), flags: ['FIN', 'ACK'] },
      { ...client, ...tcp(4006, 80), flags: ['ACK'] },
      { ...client, proto: 'icmp', icmpType: 0, icmpId: 3 },
      { ...client, proto: 'icmp', icmpType: 40, icmpId: 3 },
      { ...client, proto: 'icmp', icmpType: 8, icmpCode: 3, icmpId: 3 },
    ],
  },
  {
    name: 'low-ports-clash',
    node: router({ iptables: tables({ nat: ['-A POSTROUTING -o rb -j MASQUERADE'], filter: [] }) }),
    sends: [512, 511, 1, 600, 1023, 1024, 0].flatMap((port) => [
      { ...client, ...udp(port, 53) },
      { ...client, src: '10.1.0.3', ...udp(port, 53) },
    ]),
  },
  {
    name: 'null-binding-moves-a-port',
    node: router({ iptables: tables({ nat: ['-A PREROUTING -p udp -m udp --dport 53 -j DNAT --to-destination 10.2.0.2:5353'], filter: [] }) }),
    sends: [
      { ...client, dst: '10.1.0.1', ...udp(4000, 53) },
      { ...client, dst: '10.2.0.1', ...udp(4000, 53) },
      { ...client, dst: '10.2.0.2', ...udp(4000, 5353) },
      { replyTo: 0 },
      { replyTo: 1 },
      { replyTo: 2 },
    ],
  },
  {
    name: 'snat-range-by-hash',
    node: router({
      iptables: tables({
        nat: ['-A POSTROUTING -p tcp -j SNAT --to-source 10.2.0.100-10.2.0.110', '-A POSTROUTING -p udp -j SNAT --to-source 10.2.0.100-10.2.0.110 --persistent'],
        filter: [],
      }),
    }),
    sends: [3, 4, 5, 6, 7, 8].flatMap((n) => [
      { ...client, src: `10.1.0.${n}`, ...tcp(5000, 80) },
      { ...client, src: `10.1.0.${n}`, dst: '10.2.0.3', ...tcp(5000, 80) },
      { ...client, src: `10.1.0.${n}`, ...udp(5000, 80) },
    ]),
  },
  {
    name: 'odd-port-reused',
    node: router({ iptables: tables({ nat: ['-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100'], filter: [] }) }),
    sends: [
      { ...client, ...udp(5000, 80) },
      { ...client, src: '10.1.0.3', ...udp(5000, 80) },
      { ...client, src: '10.1.0.3', ...udp(5000, 81) },
      { ...client, src: '10.1.0.3', dst: '10.2.0.3', ...udp(5000, 81) },
      { replyTo: 2 },
      { ...client, src: '10.1.0.4', ...udp(5000, 80) },
    ],
  },
  {
    name: 'port-range-exhausted',
    node: router({
      iptables: tables({ nat: ['-A POSTROUTING -o rb -p udp -j MASQUERADE --to-ports 2000-2003', '-A POSTROUTING -o rb -p tcp -j SNAT --to-source 10.2.0.100:77'], filter: [] }),
    }),
    sends: [2, 3, 4, 5, 6, 7].flatMap((n) => [
      { ...client, src: `10.1.0.${n}`, ...udp(5000, 80) },
      { ...client, src: `10.1.0.${n}`, ...tcp(5000, 80) },
    ]),
  },
  {
    name: 'dnat-port-ranges',
    node: router({
      iptables: tables({
        nat: [
          '-A PREROUTING -p udp -m udp --dport 1000:1010 -j DNAT --to-destination 10.2.0.2:2000-2010/1000',
          '-A PREROUTING -p udp -m udp --dport 53 -j DNAT --to-destination 10.2.0.2:3000-3001',
          '-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination :8080',
          '-A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 8081',
          '-A PREROUTING -p tcp -m tcp --dport 82 -j REDIRECT --to-ports 8082-8083',
        ],
        mangle: [],
        filter: [],
      }),
    }),
    sends: [
      { ...client, ...udp(1, 1000) },
      { ...client, ...udp(1, 1003) },
      { ...client, ...udp(1, 1010) },
      { ...client, ...udp(1, 53) },
      { ...client, ...udp(2, 53) },
      { ...client, dst: '10.2.0.9', ...udp(2, 53) },
      { ...client, dst: '10.2.0.10', ...udp(2, 53) },
      { ...client, ...tcp(2, 80) },
      { ...client, ...tcp(2, 81) },
      { replyTo: 8 },
      { ...client, ...tcp(2, 82) },
      { ...client, dst: '10.2.0.7', ...tcp(2, 82) },
      { ...client, dst: '10.2.0.8', ...tcp(2, 82) },
    ],
  },
  {
    name: 'no-port-protocols-clash',
    node: router({ iptables: tables({ nat: ['-A POSTROUTING -o rb -j MASQUERADE'], filter: [] }) }),
    sends: [
      { ...client, proto: 99 },
      { ...client, src: '10.1.0.3', proto: 99 },
      { replyTo: 0 },
      { ...client, proto: 'gre' },
      { ...client, src: '10.1.0.3', proto: 'gre' },
      { ...client, proto: 'sctp', sport: 5, dport: 6 },
      { ...client, src: '10.1.0.3', proto: 'sctp', sport: 5, dport: 6 },
      { ...client, proto: 'icmp', icmpId: 9 },
      { ...client, src: '10.1.0.3', proto: 'icmp', icmpId: 9 },
      { replyTo: 7 },
      { replyTo: 8 },
      { ...client, dst: '10.2.0.4', proto: 'esp', spi: 5 },
      { ...client, src: '10.1.0.3', dst: '10.2.0.4', proto: 'esp', spi: 6 },
      { ...client, proto: 'udplite', sport: 5, dport: 6 },
      { ...client, src: '10.1.0.3', proto: 'udplite', sport: 5, dport: 6 },
    ],
  },
  {
    name: 'masquerade-picks-by-next-hop',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24'] },
        { name: 'rb', addresses: ['10.2.0.1/24', '10.2.0.50/24', '172.16.5.1/24', '172.17.0.1/16 scope link'] },
      ],
      routes: ['default via 10.2.0.254 src 10.2.0.50', '8.8.0.0/16 via 172.16.5.9 src 10.2.0.50', '9.0.0.0/8 dev rb', '11.0.0.0/8 via 172.17.0.9'],
      iptables: tables({ nat: ['-A POSTROUTING -o rb -j MASQUERADE'], filter: [] }),
    },
    sends: [
      { ...client, dst: '1.1.1.1', ...udp(1, 2) },
      { ...client, dst: '8.8.8.8', ...udp(1, 2) },
      { ...client, dst: '9.9.9.9', ...udp(1, 2) },
      { ...client, dst: '11.9.9.9', ...udp(1, 2) },
      { ...client, dst: '172.17.0.77', ...udp(1, 2) },
      { dst: '1.1.1.1', ...udp(9, 2) },
      { dst: '9.1.1.1', ...udp(9, 2) },
      { dst: '11.1.1.1', ...udp(9, 2) },
      { dst: '8.8.1.1', ...udp(9, 2) },
      { dst: '172.17.0.3', ...udp(9, 2) },
    ],
  },
  {
    name: 'masquerade-device-changes',
    node: router({
      iptables: tables({
        mangle: ['-A PREROUTING -m dscp --dscp 4 -j MARK --set-mark 1'],
        nat: ['-A POSTROUTING -p udp -j MASQUERADE', '-A POSTROUTING -p tcp -j SNAT --to-source 10.2.0.77'],
        filter: [],
      }),
      rules: ['fwmark 1 lookup 200'],
      routes: ['default via 10.2.0.254', 'default via 10.1.0.254 dev ra table 200'],
    }),
    sends: [
      { ...client, dst: '8.8.8.8', ...udp(1, 2) },
      { ...client, dst: '8.8.8.8', ...udp(1, 2), tos: 0x10 },
      { ...client, dst: '8.8.8.8', ...udp(1, 2), tos: 0x10 },
      { ...client, dst: '8.8.8.8', ...udp(1, 2) },
      { ...client, dst: '8.8.8.8', ...tcp(1, 2) },
      { ...client, dst: '8.8.8.8', ...tcp(1, 2), tos: 0x10 },
    ],
  },
  {
    name: 'netmap',
    node: router({
      iptables: tables({
        mangle: [],
        nat: [
          '-A PREROUTING -d 10.77.0.0/24 -j NETMAP --to 10.2.0.0/24',
          '-A POSTROUTING -s 10.1.0.0/24 -o rb -j NETMAP --to 10.88.0.0/24',
          '-A OUTPUT -d 10.77.0.0/24 -j NETMAP --to 10.2.0.0/24',
        ],
        filter: [],
      }),
    }),
    sends: [
      { ...client, dst: '10.77.0.2', ...udp(7, 53) },
      { replyTo: 0 },
      { errorFor: 0, code: 3 },
      { errorFor: 0, code: 1, overrides: { src: '10.2.0.254' } },
      { ...client, dst: '10.77.0.2', ...udp(8, 53), ttl: 1 },
      { src: '10.2.0.1', dst: '10.77.0.9', ...udp(8, 53) },
    ],
  },
  {
    name: 'errors-through-nat',
    node: router({
      iptables: tables({
        mangle: [],
        nat: [
          '-A PREROUTING -d 10.1.0.1/32 -p udp -m udp --dport 53 -j DNAT --to-destination 10.2.0.2:5353',
          '-A POSTROUTING -o rb -p udp -m udp --dport 5353 -j MASQUERADE',
          '-A POSTROUTING -o rb -p tcp -j SNAT --to-source 10.2.0.100:4444',
          '-A PREROUTING -d 10.1.0.99/32 -p tcp -j DNAT --to-destination 10.2.0.5',
          '-A POSTROUTING -p icmp -o rb -j MASQUERADE',
        ],
        filter: ['-A FORWARD -m conntrack --ctstate RELATED', '-A FORWARD -m conntrack --ctstate INVALID'],
      }),
    }),
    sends: [
      { ...client, dst: '10.1.0.1', ...udp(7, 53) },
      { errorFor: 0, code: 1, overrides: { src: '10.2.0.254' } },
      { errorFor: 0, code: 3 },
      { ...client, ...tcp(7, 80) },
      { errorFor: 3, code: 1, overrides: { src: '10.2.0.254' } },
      { errorFor: 3, code: 1, overrides: { src: '10.2.0.254', dst: '10.2.0.1' } },
      { errorFor: 3, code: 1, overrides: { src: '10.2.0.254', icmpType: 11, icmpCode: 0 } },
      { ...client, dst: '10.1.0.99', ...tcp(9, 80) },
      { errorFor: 7, code: 1, overrides: { src: '10.2.0.254' } },
      { ...client, proto: 'icmp', icmpId: 99 },
      { errorFor: 9, code: 1, overrides: { src: '10.2.0.254' } },
      { replyTo: 3 },
      // The client complains about the reply.
      {
        in: 'ra',
        src: '10.1.0.2',
        dst: '10.2.0.2',
        proto: 'icmp',
        icmpType: 3,
        icmpCode: 3,
        inner: { src: '10.2.0.2', dst: '10.1.0.2', proto: 'tcp', sport: 80, dport: 7, flags: ['SYN', 'ACK'] },
      },
      { ...client, dst: '10.1.0.1', ...udp(8, 53), ttl: 1 },
      { ...client, dst: '10.1.0.1', ...udp(7, 53), ttl: 1 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'udp', sport: 5353, dport: 7, ttl: 1 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'udp', sport: 5353, dport: 7 },
    ],
  },
  {
    name: 'ipv6-nat',
    node: router({
      ip6tables: tables({
        mangle: [],
        nat: [
          '-A PREROUTING -d fd01::1/128 -p udp -m udp --dport 53 -j DNAT --to-destination [fd02::2]:5353',
          '-A POSTROUTING -o rb -p udp -j SNAT --to-source fd02::100-fd02::110',
          '-A POSTROUTING -o rb -p tcp -j MASQUERADE',
          '-A PREROUTING -i ra -p tcp -m tcp --dport 81 -j REDIRECT --to-ports 8081',
        ],
        filter: [],
      }),
    }),
    sends: [
      { ...client6, dst: 'fd01::1', ...udp(7, 53) },
      { replyTo: 0 },
      { errorFor: 0, code: 0, overrides: { src: 'fd02::254' } },
      { ...client6, ...tcp(7, 80) },
      { ...client6, src: 'fd01::3', ...udp(7, 80) },
      { ...client6, src: 'fd01::4', ...udp(7, 80) },
      { ...client6, src: 'fd01::4', ...tcp(7, 81) },
      { ...client6, src: 'fe80::5', dst: 'fe80::1', ...tcp(7, 81) },
      { ...client6, ...tcp(7, 80), flags: ['ACK'], ttl: 1 },
    ],
  },
  {
    name: 'zones',
    node: router({
      iptables: tables({
        raw: [
          '-A PREROUTING -i ra -p udp -m udp --dport 53 -j CT --zone 5',
          '-A PREROUTING -i ra -p udp -m udp --dport 54 -j CT --zone-orig 6',
          '-A PREROUTING -i ra -p udp -m udp --dport 55 -j CT --zone-reply 7',
          '-A PREROUTING -p tcp -j CT --notrack',
        ],
        mangle: ['-A PREROUTING -m conntrack --ctstate NEW', '-A PREROUTING -m conntrack --ctstate ESTABLISHED', '-A PREROUTING -m conntrack --ctstate UNTRACKED --ctproto 99'],
        nat: ['-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100'],
        filter: [],
      }),
    }),
    sends: [
      { ...client, ...udp(7, 53) },
      { replyTo: 0 },
      { ...client, src: '10.1.0.3', ...udp(7, 53) },
      { ...client, ...udp(7, 54) },
      { replyTo: 3 },
      { ...client, src: '10.1.0.3', ...udp(7, 54) },
      { ...client, ...udp(7, 55) },
      { replyTo: 6 },
      { ...client, src: '10.1.0.3', ...udp(7, 55) },
      { ...client, ...tcp(7, 55) },
      { replyTo: 9 },
    ],
  },
  {
    name: 'zone-from-mark',
    node: router({
      iptables: tables({
        raw: [
          '-A PREROUTING -i ra -p udp -m udp --dport 53 -j CT --zone mark',
          '-A PREROUTING -i ra -p udp -m udp --dport 53 -j MARK --set-mark 0x70005',
          '-A PREROUTING -i ra -p udp -m udp --dport 54 -j MARK --set-mark 8',
          '-A PREROUTING -i ra -p udp -m udp --dport 54 -j CT --zone-orig mark',
          '-A PREROUTING -i ra -p udp -m udp --dport 54 -j MARK --set-mark 9',
        ],
        mangle: [],
        nat: ['-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100'],
        filter: [],
      }),
    }),
    sends: [{ ...client, ...udp(7, 53) }, { replyTo: 0 }, { ...client, ...udp(7, 53) }, { ...client, ...udp(7, 54) }, { replyTo: 3 }],
  },
];
