/** Sockets that are connected: what comes for them is theirs before any route is looked up. */

import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING } from '../router.ts';

const marks = ['-A PREROUTING -m tos --tos 0x10 -j MARK --set-mark 7'];
const node = (sysctls: Readonly<Record<string, string>> = {}) =>
  router({
    allRules: true,
    rules: ['pref 1 fwmark 7 unreachable', 'pref 2 lookup local', 'pref 3 lookup main'],
    rules6: ['pref 1 fwmark 7 unreachable', 'pref 2 lookup local', 'pref 3 lookup main'],
    sysctls,
    iptables: tables({
      mangle: [...marks, '-A PREROUTING -m socket', '-A PREROUTING -m socket --nowildcard', '-A PREROUTING -m socket --transparent'],
      nat: ['-A PREROUTING -i ra -d 10.1.0.77/32 -j DNAT --to-destination 10.1.0.1'],
      filter: [TRACKING],
    }),
    ip6tables: tables({ mangle: marks, filter: [] }),
  });
const sockets = [
  { proto: 'tcp', address: '10.1.0.1', port: 80, remote: { address: '10.1.0.2', port: 4000 } },
  { proto: 'udp', address: '10.1.0.1', port: 53, remote: { address: '10.1.0.2', port: 5000 } },
  { proto: 'udp', address: 'fd01::1', port: 53, remote: { address: 'fd01::2', port: 5000 } },
] as const;
const tcp = (tos: number, sport = 4000) => ({ ...client, dst: '10.1.0.1', proto: 'tcp', sport, dport: 80, flags: ['ACK'], seq: 1, ack: 1, tos }) as const;
const udp = (tos: number, sport = 5000) => ({ ...client, dst: '10.1.0.1', proto: 'udp', sport, dport: 53, tos }) as const;
const udp6 = (tos: number, sport = 5000) => ({ ...client6, dst: 'fd01::1', proto: 'udp', sport, dport: 53, tos }) as const;
const sends = [
  tcp(0),
  tcp(0x10),
  // Of another connection, and a new one.
  tcp(0x10, 4001),
  { ...tcp(0x10, 4002), flags: ['SYN'], ack: 0 } as const,
  udp(0),
  udp(0x10),
  udp(0x10, 5001),
  { ...udp(0x10), in: 'rb' } as const,
  udp6(0),
  udp6(0x10),
  udp6(0x10, 5001),
];

export const EARLY_DEMUX: readonly KernelCase[] = [
  { name: 'early-demux', node: node(), options: { sockets }, sends },
  { name: 'early-demux-off', node: node({ 'net.ipv4.ip_early_demux': '0' }), options: { sockets }, sends },
  { name: 'early-demux-udp-off', node: node({ 'net.ipv4.udp_early_demux': '0' }), options: { sockets }, sends },
  {
    name: 'connected-sockets-answer-nobody-else',
    node: node(),
    options: { sockets, answers: 'stack' },
    sends: [udp(0), udp(0, 5001), tcp(0), tcp(0, 4001), udp6(0), udp6(0, 5001), { ...udp(0), src: '10.1.0.9' }],
  },
];
