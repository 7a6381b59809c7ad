/** The node's own packets, sockets and marks where they surprise. */

import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;

export const LOCAL: readonly KernelCase[] = [
  {
    name: 'local-nat-round-trip',
    node: router({
      iptables: tables({
        raw: [],
        mangle: ['-A INPUT -m conntrack --ctstate DNAT', '-A OUTPUT -m conntrack --ctstate DNAT', '-A INPUT -m conntrack --ctstate SNAT'],
        nat: [
          '-A OUTPUT -d 10.99.0.1/32 -p udp -j DNAT --to-destination 10.2.0.2:53',
          '-A OUTPUT -d 10.99.0.1/32 -p tcp -j DNAT --to-destination 10.1.0.7',
          '-A POSTROUTING -p udp -o rb -j SNAT --to-source 10.2.0.1:1-5',
          '-A POSTROUTING -p tcp -o ra -j MASQUERADE',
          '-A INPUT -p udp -m udp --dport 700 -j SNAT --to-source 10.77.0.1',
          '-A OUTPUT -d 10.99.0.2/32 -j DNAT --to-destination 10.1.0.1',
        ],
        filter: [TRACKING],
        security: [],
      }),
    }),
    sends: [
      { src: '10.2.0.1', dst: '10.99.0.1', ...udp(7, 99) },
      { replyTo: 0 },
      { errorFor: 0, code: 3 },
      { errorFor: 0, code: 1, overrides: { src: '10.2.0.254' } },
      { src: '10.2.0.1', dst: '10.99.0.1', ...tcp(7, 99) },
      { replyTo: 4 },
      { ...client, dst: '10.1.0.1', ...udp(7, 700) },
      { replyTo: 6 },
      { ...client, dst: '10.1.0.1', ...udp(7, 700) },
      { src: '10.2.0.1', dst: '10.99.0.2', ...udp(7, 99) },
      { replyTo: 9 },
      { dst: '10.99.0.2', ...udp(8, 99) },
    ],
  },
  {
    name: 'fwmark-reflect',
    node: router({
      sysctls: { 'net.ipv4.fwmark_reflect': '1', 'net.ipv6.fwmark_reflect': '1' },
      iptables: tables({
        mangle: ['-A PREROUTING -i ra -j MARK --set-mark 7', '-A OUTPUT -m mark --mark 7'],
        filter: ['-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -j REJECT'],
      }),
      ip6tables: tables({
        mangle: ['-A PREROUTING -i ra -j MARK --set-mark 7', '-A OUTPUT -m mark --mark 7'],
        filter: ['-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -j REJECT'],
      }),
      rules: ['fwmark 7 lookup 100'],
      routes: ['default via 10.2.0.254', '10.1.0.0/24 via 10.2.0.99 table 100'],
    }),
    sends: [
      { ...client, ...udp(1, 2) },
      { ...client, ...tcp(1, 2) },
      { ...client, ...udp(1, 2), ttl: 1 },
      { ...client6, ...udp(1, 2) },
      { ...client6, ...tcp(1, 2) },
      { ...client6, ...udp(1, 2), ttl: 1 },
    ],
  },
  {
    name: 'marks-without-reflect',
    node: router({
      iptables: tables({
        mangle: ['-A PREROUTING -i ra -j MARK --set-mark 7', '-A OUTPUT -m mark --mark 7'],
        filter: ['-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -j REJECT'],
      }),
      rules: ['fwmark 7 lookup 100'],
      routes: ['default via 10.2.0.254', '10.1.0.0/24 via 10.2.0.99 table 100', 'default via 10.2.0.98 table 100'],
    }),
    sends: [
      { ...client, ...udp(1, 2) },
      { ...client, ...tcp(1, 2) },
      { ...client, ...udp(1, 2), ttl: 1 },
      { ...client, src: '9.9.9.9', ...udp(1, 2) },
    ],
  },
  {
    name: 'checks-off',
    node: router({
      sysctls: { 'net.netfilter.nf_conntrack_checksum': '0', 'net.netfilter.nf_conntrack_tcp_be_liberal': '1' },
      iptables: tables({ nat: ['-A POSTROUTING -o rb -j MASQUERADE'], filter: ['NEW', 'ESTABLISHED', 'INVALID'].map((state) => `-A FORWARD -m conntrack --ctstate ${state}`) }),
    }),
    sends: [
      { ...client, ...tcp(1, 2), badChecksum: true },
      { ...client, ...udp(1, 2), badChecksum: true },
      { ...client, proto: 'icmp', badChecksum: true },
      { ...client, ...tcp(5, 2), seq: 100 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', ...tcp(2, 5), flags: ['SYN', 'ACK'], seq: 500, ack: 101 },
      { ...client, ...tcp(5, 2), flags: ['ACK'], seq: 9000000, ack: 501 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', ...tcp(2, 5), flags: ['ACK'], seq: 501, ack: 90000000 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', ...tcp(2, 5), flags: ['RST'], seq: 1, ack: 0 },
    ],
  },
  {
    name: 'tproxy',
    options: {
      sockets: [
        { proto: 'tcp', address: '0.0.0.0', port: 5000, transparent: true },
        { proto: 'udp', address: '10.1.0.1', port: 5001, transparent: true },
        { proto: 'tcp', address: '0.0.0.0', port: 5002 },
      ],
    },
    node: router({
      iptables: tables({
        mangle: [
          '-A PREROUTING -p tcp -m tcp --dport 80 -j TPROXY --on-port 5000 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1',
          '-A PREROUTING -p udp -m udp --dport 80 -j TPROXY --on-port 5001 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1',
          '-A PREROUTING -p tcp -m tcp --dport 81 -j TPROXY --on-port 5002 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1',
          '-A PREROUTING -p tcp -m tcp --dport 82 -j TPROXY --on-port 5003 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1',
          '-A PREROUTING -p udp -m udp --dport 81 -j TPROXY --on-port 5001 --on-ip 10.2.0.1 --tproxy-mark 0x1/0x1',
          '-A PREROUTING -p tcp -m tcp --dport 83 -j TPROXY --on-port 5000 --on-ip 0.0.0.0 --tproxy-mark 0x0/0x0',
          '-A PREROUTING',
        ],
        filter: [],
      }),
      rules: ['fwmark 1 lookup 100'],
      routes: ['default via 10.2.0.254', 'local default dev lo table 100'],
    }),
    sends: [
      { ...client, ...tcp(9, 80) },
      { ...client, ...udp(9, 80) },
      { ...client, ...tcp(9, 81) },
      { ...client, ...tcp(9, 82) },
      { ...client, ...udp(9, 81) },
      { ...client, ...tcp(9, 83) },
      { ...client, dst: '10.1.0.1', ...tcp(9, 80) },
    ],
  },
  {
    name: 'tee-by-the-way-of-its-gateway',
    node: router({
      iptables: tables({
        mangle: [
          '-A PREROUTING -i lo -j TEE --gateway 10.1.0.254',
          '-A FORWARD -j TEE --gateway 10.1.0.77',
          '-A PREROUTING -i ra -j MARK --set-mark 7',
          '-A OUTPUT -m mark --mark 7 -j MARK --set-mark 8',
          ':P - [0:0]',
          '-A POSTROUTING -j P',
          '-A P -i ra',
          '-A P -o ra',
          '-A P -o rb',
        ],
        filter: [TRACKING],
      }),
      rules: ['fwmark 7 lookup 200', 'from 10.1.0.2 lookup 200'],
      routes: ['default via 10.2.0.254', 'default via 10.2.0.9 table 200'],
    }),
    sends: [
      { src: '127.0.0.1', dst: '127.0.0.1', ...udp(1, 5) },
      { ...client, ...udp(1, 6) },
      { ...client, dst: '8.8.8.8', ...udp(1, 7) },
    ],
  },
  {
    name: 'tee',
    node: router({
      iptables: tables({
        raw: ['-A OUTPUT', '-A PREROUTING'],
        mangle: [
          '-A PREROUTING -i ra -p udp -m udp --dport 5 -j TEE --gateway 10.2.0.77',
          '-A FORWARD -p udp -m udp --dport 6 -j TEE --gateway 10.1.0.77',
          '-A OUTPUT -p udp -m udp --dport 7 -j TEE --gateway 10.2.0.77',
          '-A POSTROUTING -p udp -m udp --dport 8 -j TEE --gateway 10.1.0.77',
          '-A INPUT -p udp -m udp --dport 5 -j TEE --gateway 10.2.0.78',
        ],
        nat: ['-A POSTROUTING -o rb -j MASQUERADE'],
        filter: ['-A OUTPUT -m conntrack --ctstate UNTRACKED'],
      }),
    }),
    sends: [
      { ...client, ...udp(1, 5) },
      { ...client, ...udp(1, 6) },
      { src: '10.2.0.1', dst: '10.2.0.2', ...udp(1, 7) },
      { ...client, ...udp(1, 8) },
      { ...client, dst: '10.1.0.1', ...udp(1, 5) },
    ],
  },
  {
    name: 'owners',
    node: router({
      iptables: tables({
        filter: [
          '-A OUTPUT -m owner --uid-owner 0',
          '-A OUTPUT -m owner ! --uid-owner 0',
          '-A OUTPUT -m owner --socket-exists',
          '-A OUTPUT -m owner --uid-owner 1000 --gid-owner 50',
          '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset',
          '-A FORWARD -j REJECT',
        ],
        mangle: [
          '-A POSTROUTING -m owner --uid-owner 0',
          '-A POSTROUTING -m owner ! --uid-owner 0',
          '-A POSTROUTING -m owner --socket-exists',
          '-A POSTROUTING -m owner ! --socket-exists',
          '-A POSTROUTING -m owner ! --uid-owner 5 ! --gid-owner 5',
        ],
      }),
    }),
    sends: [
      { ...client, ...udp(1, 2) },
      { ...client, ...tcp(1, 2) },
      { src: '10.2.0.1', dst: '10.2.0.2', ...udp(1, 2), uid: 1000, gid: 50 },
      { src: '10.2.0.1', dst: '10.2.0.2', ...udp(1, 2), uid: 0, gid: 0 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', proto: 'icmp', icmpType: 3, icmpCode: 1 },
      { src: '10.2.0.1', dst: '10.2.0.1', ...udp(1, 2), uid: 5, gid: 5 },
    ],
  },
  {
    name: 'rules-of-local-packets',
    node: router({
      iptables: tables({ mangle: [], filter: [] }),
      rules: ['iif lo to 8.0.0.0/8 lookup 100', 'uidrange 1000-2000 lookup 101', 'from 10.2.0.9 lookup 102', 'fwmark 5/5 lookup 102', 'from 10.1.0.0/24 iif ra lookup 103'],
      routes: [
        'default via 10.2.0.254',
        'default via 10.1.0.100 table 100',
        'default via 10.1.0.101 src 10.2.0.1 table 101',
        'default via 10.1.0.102 table 102',
        'default via 10.2.0.103 table 103',
        '7.0.0.0/8 via 10.2.0.7 src 10.1.0.1',
        '6.0.0.0/8 dev ra',
      ],
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
        { name: 'rb', addresses: ['10.2.0.1/24', '10.2.0.9/24', 'fd02::1/64'] },
      ],
    }),
    sends: [
      { dst: '8.8.8.8', ...udp(1, 2) },
      { ...client, dst: '8.8.8.8', ...udp(1, 2) },
      { src: '10.2.0.1', dst: '9.9.9.9', ...udp(1, 2), uid: 1500 },
      { src: '10.2.0.9', dst: '9.9.9.9', ...udp(1, 2) },
      { dst: '9.9.9.9', ...udp(1, 3), mark: 0xd },
      { dst: '7.7.7.7', ...udp(1, 3) },
      { dst: '6.6.6.6', ...udp(1, 3) },
      { src: '10.1.0.1', dst: '9.9.9.9', ...udp(1, 3) },
      { dst: '10.2.0.9', ...udp(1, 3) },
      { dst: '127.0.0.5', ...udp(1, 3) },
      { src: '172.16.0.1', dst: '9.9.9.9', ...udp(1, 3) },
      { src: '127.0.0.1', dst: '9.9.9.9', ...udp(1, 3) },
      { src: '10.2.0.255', dst: '9.9.9.9', ...udp(1, 3) },
    ],
  },
  {
    name: 'reject-on-loopback',
    node: router({
      iptables: tables({
        raw: [],
        mangle: [],
        nat: ['-A OUTPUT -d 10.9.9.9/32 -j DNAT --to-destination 10.1.0.1'],
        filter: [
          '-A INPUT -i lo -p udp -m udp --dport 2 -j REJECT',
          '-A INPUT -i lo -p tcp -m tcp --dport 2 -j REJECT --reject-with tcp-reset',
          '-A INPUT -i lo -p udp -m udp --dport 3 -j DROP',
        ],
      }),
    }),
    sends: [
      { src: '10.2.0.1', dst: '10.2.0.1', ...udp(1, 2) },
      { src: '10.2.0.1', dst: '10.2.0.1', ...tcp(1, 2) },
      { src: '127.0.0.1', dst: '127.0.0.1', ...udp(1, 2) },
      { src: '10.2.0.1', dst: '10.9.9.9', ...udp(1, 2) },
      { src: '10.2.0.1', dst: '10.9.9.9', ...tcp(1, 2) },
      { src: '10.2.0.1', dst: '10.9.9.9', ...udp(1, 3) },
      { src: '10.2.0.1', dst: '10.9.9.9', ...udp(1, 3) },
    ],
  },
  {
    name: 'port-ranges-of-snat',
    node: router({
      iptables: tables({
        nat: [
          '-A POSTROUTING -p tcp -j SNAT --to-source 10.2.0.100:6000-6003',
          '-A POSTROUTING -p udp -m udp --dport 5 -j SNAT --to-source 10.2.0.100-10.2.0.101:6000-6001',
          '-A POSTROUTING -p udp -m udp --dport 6 -j MASQUERADE --to-ports 6000',
          '-A POSTROUTING -p udp -m udp --dport 7 -j SNAT --to-source 10.2.0.100 --random',
          '-A POSTROUTING -p icmp -j SNAT --to-source 10.2.0.100:50-52',
        ],
        filter: [],
      }),
    }),
    sends: [
      ...[6001, 6001, 6009, 6001, 6002].map((sport, i) => ({ ...client, src: `10.1.0.${2 + i}`, ...tcp(sport, 80) })),
      ...[6001, 6001, 6009, 6001, 6002].map((sport, i) => ({ ...client, src: `10.1.0.${2 + i}`, ...udp(sport, 5) })),
      { ...client, ...udp(77, 6) },
      { ...client, ...udp(78, 6) },
      { ...client, dst: '10.2.0.3', ...udp(78, 6) },
      { ...client, ...udp(77, 7) },
      ...[50, 50, 99, 99].map((icmpId, i) => ({ ...client, src: `10.1.0.${2 + i}`, proto: 'icmp' as const, icmpId })),
      { replyTo: 0 },
      { ...client, ...tcp(6001, 81) },
      { ...client, src: '10.1.0.3', ...tcp(6001, 81) },
    ],
  },
  {
    name: 'time-wait-port-reuse',
    node: router({ iptables: tables({ nat: ['-A POSTROUTING -p tcp -j SNAT --to-source 10.2.0.100:6000'], filter: [] }) }),
    sends: [
      { ...client, ...tcp(1, 80), seq: 100 },
      { replyTo: 0 },
      { ...client, ...tcp(1, 80), flags: ['ACK'], seq: 101, ack: 5001 },
      { ...client, ...tcp(1, 80), flags: ['FIN', 'ACK'], seq: 101, ack: 5001 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...tcp(80, 6000), flags: ['FIN', 'ACK'], seq: 5001, ack: 102 },
      { ...client, ...tcp(1, 80), flags: ['ACK'], seq: 102, ack: 5002 },
      { ...client, src: '10.1.0.3', ...tcp(2, 80), seq: 50 },
      { ...client, src: '10.1.0.4', ...tcp(2, 80), seq: 90000 },
    ],
  },
  {
    name: 'ipv6-prefix-translation',
    node: router({
      ip6tables: tables({
        mangle: [
          '-A POSTROUTING -s fd01::/64 -o rb -j SNPT --src-pfx fd01::/64 --dst-pfx fd77::/64',
          '-A PREROUTING -i rb -d fd77::/64 -j DNPT --src-pfx fd77::/64 --dst-pfx fd01::/64',
        ],
        filter: [],
      }),
    }),
    sends: [
      { ...client6, ...udp(1, 2) },
      { replyTo: 0 },
      { ...client6, ...tcp(1, 2) },
      { ...client6, src: 'fd01::ffff:ffff:ffff:ffff', ...udp(1, 2) },
      { ...client6, src: 'fd01::ffff:1:2:3', ...udp(1, 2) },
    ],
  },
  {
    name: 'ipv6-prefix-translation-48',
    node: router({
      ip6tables: tables({
        mangle: ['-A POSTROUTING -s fd01::/48 -o rb -j SNPT --src-pfx fd01::/48 --dst-pfx fd77:8:9::/48', '-A OUTPUT -d fd55::/40 -j DNPT --src-pfx fd55::/40 --dst-pfx fd02::/48'],
        filter: [],
      }),
    }),
    sends: [
      { ...client6, ...udp(1, 2) },
      { ...client6, src: 'fd01:0:0:ffff::1', ...udp(1, 2) },
      { src: 'fd02::1', dst: 'fd55::9', ...udp(1, 2) },
    ],
  },
  {
    name: 'options-stripped',
    node: router({
      iptables: tables({
        mangle: [
          '-A FORWARD -p tcp -m tcpmss --mss 1000:1500',
          '-A FORWARD -p tcp -m tcp --tcp-option 3',
          '-A FORWARD -p tcp -j TCPOPTSTRIP --strip-options mss,wscale',
          '-A FORWARD -p tcp -m tcpmss --mss 1000:1500',
          '-A FORWARD -p tcp -m tcp --tcp-option 3',
          '-A FORWARD -p tcp -m tcp --tcp-option 4',
          '-A FORWARD -p tcp -m tcp --tcp-option 1',
          '-A FORWARD -p tcp -m length --length 48',
          '-A POSTROUTING -p tcp -m tcp --tcp-flags SYN SYN -j TCPMSS --set-mss 1200',
          '-A POSTROUTING -p tcp -m tcpmss --mss 1:600',
        ],
        filter: [],
      }),
    }),
    sends: [
      { ...client, ...tcp(1, 2), mss: 1460, tcpOptions: [3, 4] },
      { ...client, ...tcp(2, 2), mss: 1460 },
      { ...client, ...tcp(3, 2) },
    ],
  },
  {
    name: 'links-down',
    node: {
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24'] },
        { name: 'rb', addresses: ['10.2.0.1/24'] },
        { name: 'rc', addresses: ['10.3.0.1/24'] },
        { name: 'rd', up: false, addresses: ['10.4.0.1/24'] },
      ],
      routes: ['default via 10.2.0.254', '10.5.0.0/16 via 10.3.0.9', '10.4.0.0/24 via 10.2.0.44 metric 500'],
      iptables: tables({ raw: [], mangle: [], nat: ['-A POSTROUTING -j MASQUERADE'], filter: [], security: [] }),
    },
    sends: [
      { ...client, dst: '10.4.0.1', ...udp(1, 2) },
      { ...client, dst: '10.4.0.9', ...udp(1, 2) },
      { ...client, src: '10.4.0.7', ...udp(1, 2) },
      { src: '10.4.0.1', dst: '10.2.0.2', ...udp(1, 2) },
    ],
  },
];
