/** Packets that are longer than the way takes: refused before FORWARD where they may not be cut, cut behind POSTROUTING where they may. */

import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING, TRACKING6 } from '../router.ts';

const udp = (sport: number, payload: number) => ({ proto: 'udp', sport, dport: 53, payload }) as const;
const narrow = (tracking: boolean) =>
  router({
    interfaces: [
      { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'], mtu: 9000 },
      { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'], mtu: 1300 },
    ],
    routes: ['default via 10.2.0.254', '10.3.0.0/24 via 10.2.0.5 mtu 1000', '10.4.0.0/24 via 10.2.0.5 mtu lock 900', '10.5.0.0/24 via 10.2.0.5 mtu 1400'],
    routes6: ['default via fd02::254', 'fd03::/64 via fd02::5 mtu 1290'],
    iptables: tables({
      mangle: ['-A FORWARD -m length --length 1301:65535', '-A POSTROUTING -m length --length 1301:65535', '-A OUTPUT -p icmp -m icmp --icmp-type 3/4'],
      ...(tracking ? { nat: ['-A PREROUTING -d 10.1.0.1/32 -p udp -j DNAT --to-destination 10.3.0.9', '-A POSTROUTING -o rb -j MASQUERADE'] } : {}),
      filter: tracking ? [TRACKING] : [],
    }),
    ip6tables: tables({ mangle: ['-A OUTPUT -p ipv6-icmp -m icmp6 --icmpv6-type 2'], filter: tracking ? [TRACKING6] : [] }),
  });
const sends = [
  { ...client, ...udp(1, 1272), df: true },
  { ...client, ...udp(2, 1273), df: true },
  { ...client, ...udp(3, 1273) },
  { ...client, ...udp(4, 2900) },
  { ...client, dst: '10.3.0.2', ...udp(5, 972), df: true },
  { ...client, dst: '10.3.0.2', ...udp(6, 973), df: true },
  { ...client, dst: '10.3.0.2', ...udp(7, 973) },
  { ...client, dst: '10.4.0.2', ...udp(8, 880), df: true },
  { ...client, dst: '10.5.0.2', ...udp(9, 1350), df: true },
  { ...client, dst: '10.5.0.2', ...udp(10, 1380), df: true },
  // The refusal of a packet whose destination has been translated names the original one.
  { ...client, dst: '10.1.0.1', ...udp(11, 1000), df: true },
  // TTL first.
  { ...client, ...udp(12, 1400), df: true, ttl: 1 },
  { ...client6, ...udp(1, 1252) },
  { ...client6, ...udp(2, 1253) },
  { ...client6, dst: 'fd03::2', ...udp(3, 1243) },
  { ...client6, ...udp(4, 1253), ttl: 1 },
];

export const MTU: readonly KernelCase[] = [
  { name: 'too-long-for-the-way', node: narrow(false), sends },
  { name: 'too-long-for-the-way-with-nat', node: narrow(true), sends },
];
