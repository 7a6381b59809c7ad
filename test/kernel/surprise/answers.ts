/** What the node itself answers to what is delivered: a packet of its own, from OUTPUT on. */

import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING, TRACKING6 } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;
const here = { ...client, dst: '10.1.0.1' } as const;
const here6 = { ...client6, dst: 'fd01::1' } as const;

const SEEN = (chain: string): string[] => [
  ...['NEW', 'ESTABLISHED', 'RELATED', 'INVALID'].map((state) => `-A ${chain} -m conntrack --ctstate ${state}`),
  `-A ${chain} -m owner --socket-exists`,
  `-A ${chain} -m owner ! --uid-owner 0`,
  `-A ${chain} -m owner --uid-owner 0`,
];
const every = router({
  iptables: tables({ raw: [], mangle: ['-A PREROUTING -m tos --tos 0x10 -j MARK --set-mark 9'], nat: [], filter: [TRACKING, ...SEEN('OUTPUT')] }),
  ip6tables: tables({ raw: [], mangle: ['-A PREROUTING -m tos --tos 0x10 -j MARK --set-mark 9'], nat: [], filter: [TRACKING6, ...SEEN('OUTPUT')] }),
});

const asked: KernelCase['sends'] = [
  { ...here, proto: 'icmp', icmpId: 5, icmpSeq: 7, payload: 30 },
  { ...here, proto: 'icmp', icmpId: 5, tos: 0x1f },
  { ...here, dst: '10.2.0.1', proto: 'icmp', icmpId: 6 },
  { ...here, proto: 'icmp', icmpType: 13, icmpId: 6, payload: 12 },
  { ...here, proto: 'icmp', icmpType: 15, icmpId: 6 },
  { ...here, proto: 'icmp', icmpId: 8, badChecksum: true },
  { ...here, dst: '10.1.0.255', proto: 'icmp', icmpId: 9, l2: 'broadcast' },
  { ...here6, proto: 'icmpv6', icmpId: 5, icmpSeq: 7, payload: 30, tos: 0x10 },
  { ...here6, dst: 'fd02::1', proto: 'icmpv6', icmpId: 6 },
  { ...here, ...udp(4000, 53), tos: 0x10 },
  { ...here, ...udp(4000, 53) },
  { ...here, ...udp(4001, 53), badChecksum: true },
  { ...here, dst: '10.1.0.255', ...udp(4002, 53), l2: 'broadcast' },
  { ...here, dst: '224.0.0.1', ...udp(4002, 53), l2: 'multicast' },
  { ...here6, ...udp(4000, 53) },
  { ...here, ...tcp(4000, 80), seq: 100, tos: 0x10 },
  { ...here, ...tcp(4001, 80), seq: 100, payload: 10 },
  { ...here, ...tcp(4002, 80), seq: 100, ack: 77, flags: ['ACK'], payload: 3 },
  { ...here, ...tcp(4003, 80), seq: 100, ack: 77, flags: ['FIN', 'ACK'] },
  { ...here, ...tcp(4004, 80), seq: 100, ack: 77, flags: ['SYN', 'ACK'] },
  { ...here, ...tcp(4005, 80), seq: 100, flags: ['RST'] },
  { ...here, ...tcp(4006, 80), seq: 100, flags: ['PSH'] },
  { ...here, ...tcp(4007, 80), badChecksum: true },
  { ...here6, ...tcp(4000, 80), seq: 100, tos: 0x13 },
  { ...here6, ...tcp(4001, 80), seq: 100, ack: 77, flags: ['ACK'] },
];

export const ANSWERS: readonly KernelCase[] = [
  { name: 'answers-of-the-node', node: every, options: { answers: 'stack' }, sends: asked },
  {
    name: 'answers-with-the-mark',
    node: { ...every, sysctls: { 'net.ipv4.fwmark_reflect': '1', 'net.ipv6.fwmark_reflect': '1', 'net.ipv4.ip_default_ttl': '33', 'net.ipv4.icmp_echo_ignore_broadcasts': '0' } },
    options: { answers: 'stack' },
    sends: asked.map((one) => ('dst' in one ? { ...one, tos: 0x10 } : one)),
  },
  {
    name: 'answers-through-nat',
    node: router({
      iptables: tables({
        mangle: [],
        nat: [
          '-A PREROUTING -d 10.2.0.77/32 -j DNAT --to-destination 10.1.0.1',
          '-A PREROUTING -d 10.2.0.78/32 -p tcp -j REDIRECT --to-ports 81',
          '-A INPUT -p udp -m udp --dport 54 -j SNAT --to-source 10.1.0.99',
          '-A POSTROUTING -o ra -j MASQUERADE',
        ],
        filter: [],
      }),
      ip6tables: tables({ nat: ['-A PREROUTING -d fd02::77/128 -j DNAT --to-destination fd01::1'], filter: [] }),
    }),
    options: { answers: 'stack' },
    sends: [
      { ...client, dst: '10.2.0.77', proto: 'icmp', icmpId: 5 },
      { ...client, dst: '10.2.0.77', ...udp(4000, 53) },
      { ...client, dst: '10.2.0.77', ...tcp(4000, 80) },
      { ...client, dst: '10.2.0.78', ...tcp(4001, 80) },
      { ...here, ...udp(4001, 54) },
      { ...client6, dst: 'fd02::77', proto: 'icmpv6', icmpId: 5 },
      { ...client6, dst: 'fd02::77', ...udp(4000, 53) },
      { ...client6, dst: 'fd02::77', ...tcp(4000, 80) },
    ],
  },
  {
    name: 'answers-of-listening-sockets',
    node: every,
    options: {
      answers: 'stack',
      sockets: [
        { proto: 'tcp', address: '0.0.0.0', port: 80, listening: true, uid: 0 },
        { proto: 'tcp', address: '10.2.0.1', port: 81, listening: true, uid: 0 },
        { proto: 'tcp', address: '::', port: 80, listening: true, uid: 0 },
        { proto: 'udp', address: '0.0.0.0', port: 53, uid: 0 },
      ],
    },
    sends: [
      { ...here, ...tcp(4000, 80), seq: 100, mss: 1460, tos: 0x10 },
      { ...here, ...tcp(4001, 80), seq: 100, mss: 1460, tcpOptions: [2, 4, 8, 1, 3] },
      { ...here, ...tcp(4002, 80), seq: 100, flags: ['SYN', 'ECE', 'CWR'] },
      { ...here, ...tcp(4003, 80), seq: 100, flags: ['SYN', 'FIN'] },
      { ...here, ...tcp(4004, 80), seq: 100, ack: 9, flags: ['ACK'] },
      { ...here, ...tcp(4005, 80), seq: 100, ack: 9, flags: ['FIN', 'ACK'] },
      { ...here, ...tcp(4006, 80), seq: 100, flags: ['PSH'] },
      { ...here, ...tcp(4007, 81), seq: 100 },
      { ...here, dst: '10.2.0.1', ...tcp(4008, 81), seq: 100 },
      { ...here, ...udp(4009, 53) },
      { ...here6, ...udp(4009, 53) },
      { ...here6, ...tcp(4010, 80), seq: 100, mss: 1440 },
      { ...here6, ...tcp(4011, 80), seq: 100, ack: 9, flags: ['ACK'] },
    ],
  },
  {
    name: 'answers-on-lo',
    node: every,
    options: { answers: 'stack' },
    sends: [
      { src: '10.1.0.1', dst: '10.2.0.1', proto: 'icmp', icmpId: 5 },
      { src: '10.1.0.1', dst: '10.2.0.1', ...udp(4000, 53) },
      { src: '10.1.0.1', dst: '10.2.0.1', ...tcp(4000, 80) },
      // Raw sockets of IPv6 do not tell a packet from its answer of the same protocol.
      { src: 'fd01::1', dst: 'fd02::1', ...udp(4000, 53) },
    ],
  },
  {
    name: 'answers-by-another-way',
    node: router({
      iptables: tables({ mangle: ['-A PREROUTING -j MARK --set-mark 7'], filter: ['-A OUTPUT -o rb', '-A OUTPUT -o ra', '-A OUTPUT -p tcp -j DROP', '-A INPUT -p udp -j DROP'] }),
      routes: ['default via 10.2.0.254', '10.9.0.0/16 via 10.2.0.9'],
      rules: ['fwmark 0x7 lookup 200', 'from 10.2.0.1 lookup 201'],
    }),
    options: { answers: 'stack' },
    sends: [
      { ...here, src: '10.9.0.1', proto: 'icmp', icmpId: 5 },
      { ...here, src: '10.9.0.1', ...tcp(4000, 80) },
      { ...here, src: '10.9.0.1', ...udp(4000, 80) },
      { ...here, src: '0.0.0.0', ...udp(4000, 80) },
      { ...here, dst: '10.2.0.1', src: '10.9.0.1', proto: 'icmp', icmpId: 5 },
    ],
  },
  {
    name: 'answers-are-few',
    node: { ...every, sysctls: { 'net.ipv4.icmp_ratelimit': '1000', 'net.ipv6.icmp.ratelimit': '1000' } },
    options: { answers: 'stack' },
    sends: [
      ...Array.from({ length: 8 }, (_, i) => ({ ...here, ...udp(4000 + i, 53) })),
      ...Array.from({ length: 8 }, (_, i) => ({ ...here, proto: 'icmp', icmpId: i })),
      ...Array.from({ length: 8 }, (_, i) => ({ ...here6, ...udp(4000 + i, 53) })),
    ],
  },
];
