/** Who a packet is given to: `-m socket`, TPROXY, and what the node answers for them, in both families. */

import type { Packet, Socket } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables } from '../router.ts';

const SOCKET = ['', ' --transparent', ' --nowildcard', ' --transparent --nowildcard'].map((options) => `-m socket${options}`);
const sockets = (chain: string): string[] => SOCKET.map((match) => `-A ${chain} ${match}`);

/** Addresses of the first wire and of the second, and any. */
const FAMILIES = [
  { from: client, ra: (host: number) => `10.1.0.${host}`, rb: (host: number) => `10.2.0.${host}`, any: '0.0.0.0', icmp: 'icmp', unreachable: 3 },
  { from: client6, ra: (host: number) => `fd01::${host}`, rb: (host: number) => `fd02::${host}`, any: '::', icmp: 'icmpv6', unreachable: 1 },
] as const;
type FamilyOf = (typeof FAMILIES)[number];

const each = <T>(make: (family: FamilyOf) => readonly T[]): T[] => FAMILIES.flatMap((family) => make(family));
const inBoth = (make: (family: FamilyOf) => Readonly<Record<string, readonly string[]>>) => ({ iptables: tables(make(FAMILIES[0])), ip6tables: tables(make(FAMILIES[1])) });

/** What is marked 1 is the node's own. */
const TO_ITSELF = {
  rules: ['fwmark 1 lookup 100'],
  rules6: ['fwmark 1 lookup 100'],
  routes: ['default via 10.2.0.254', 'local default dev lo table 100'],
  routes6: ['default via fd02::254', 'local default dev lo table 100'],
};

export const SOCKETS: readonly KernelCase[] = [
  {
    // Behind TPROXY it is the socket that the packet has, wherever it goes; and nobody else is asked to answer it.
    name: 'option-socket-of-the-proxy',
    node: router({
      ...inBoth(({ ra }) => ({
        mangle: [
          '-A PREROUTING -p tcp --dport 80 -j TPROXY --on-port 4001 --tproxy-mark 1',
          `-A PREROUTING -p udp --dport 80 -j TPROXY --on-port 4001 --on-ip ${ra(1)} --tproxy-mark 1`,
          ...sockets('INPUT'),
        ],
        nat: [...sockets('PREROUTING'), `-A INPUT -s ${ra(3)} -p udp -j SNAT --to-source ${ra(9)}`],
      })),
      ...TO_ITSELF,
    }),
    options: {
      answers: 'stack',
      sockets: each(({ ra, any }): Socket[] => [
        { proto: 'tcp', address: any, port: 4001, listening: true, transparent: true },
        { proto: 'udp', address: ra(1), port: 4001, listening: true, transparent: true },
      ]),
    },
    sends: each(({ from, ra }) =>
      ['tcp', 'udp'].flatMap((proto) => [2, 3].flatMap((host) => [from.dst, ra(1)].map((dst, i): Packet => ({ ...from, src: ra(host), dst, proto, sport: 600 + i, dport: 80 })))),
    ),
  },
  {
    // What a rule of INPUT makes come from elsewhere is not for whom its sender was connected to, unless that one is transparent.
    name: 'option-sources-changed-on-the-way-in',
    node: router(
      inBoth(({ ra }) => ({
        mangle: [...sockets('PREROUTING'), ...sockets('INPUT')],
        nat: [`-A INPUT -p udp --sport 700 -j SNAT --to-source ${ra(99)}`, `-A INPUT -p udp --sport 701 -j SNAT --to-source ${ra(2).includes(':') ? `[${ra(2)}]` : ra(2)}:777`],
      })),
    ),
    options: {
      answers: 'stack',
      sockets: each(({ ra }): Socket[] =>
        [700, 701, 702].flatMap((port) =>
          [false, true].map((transparent) => ({ proto: 'udp', address: ra(1), port: transparent ? port + 100 : port, transparent, remote: { address: ra(2), port } })),
        ),
      ),
    },
    sends: each(({ from, ra }) => [700, 701, 702].flatMap((sport) => [sport, sport + 100].map((dport): Packet => ({ ...from, dst: ra(1), proto: 'udp', sport, dport })))),
  },
  // Who listens gives its mark to what it answers; where it has none, the packet's mark may be passed on.
  ...(['tcp_fwmark_accept', 'fwmark_reflect'] as const).map(
    (sysctl): KernelCase => ({
      name: `option-marks-of-who-answers-${sysctl.replace(/.*_/, '')}`,
      node: router({
        ...inBoth(() => ({
          mangle: ['-A PREROUTING -j MARK --set-mark 7', ...[0, 5, 7].map((mark) => `-A OUTPUT -m mark --mark ${mark}`)],
        })),
        sysctls: { [`net.ipv4.${sysctl}`]: '1', ...(sysctl === 'fwmark_reflect' ? { 'net.ipv6.fwmark_reflect': '1' } : {}) },
      }),
      options: {
        answers: 'stack',
        sockets: each(({ any }): Socket[] => [
          { proto: 'tcp', address: any, port: 80, listening: true, mark: 5 },
          { proto: 'tcp', address: any, port: 81, listening: true },
        ]),
      },
      sends: each(({ from, ra }) =>
        [80, 81, 82].flatMap((dport) => [
          { ...from, dst: ra(1), proto: 'tcp', sport: 600, dport },
          { ...from, dst: ra(1), proto: 'tcp', sport: 601, dport, flags: ['ACK'] as const, seq: 1, ack: 1 },
        ]),
      ),
    }),
  ),
  {
    // Where the rule sends datagrams, somebody connected to the sender is in the way of who listens; segments are for who listens. A deprecated address of IPv6 is nobody's.
    name: 'option-proxy-beside-connected-sockets',
    node: router({
      ...inBoth(({ ra }) => ({
        mangle: ['udp', 'tcp'].flatMap((proto) => [
          `-A PREROUTING -p ${proto} --dport 90 -j TPROXY --on-port 4005`,
          `-A PREROUTING -p ${proto} -j TPROXY --on-port 4001 --on-ip ${ra(1)}`,
        ]),
        filter: ['-A INPUT -j DROP'],
      })),
      interfaces: [
        { name: 'ra', addresses: ['10.1.0.1/24', '10.1.0.9/24', 'fd01::1/64', 'fd01::9/64', 'fd01::99/64 preferred_lft 0'] },
        { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
      ],
    }),
    options: {
      answers: 'stack',
      sockets: [
        ...each(({ ra }): Socket[] => [
          { proto: 'udp', address: ra(1), port: 4001, listening: true, transparent: true },
          { proto: 'udp', address: ra(1), port: 4001, transparent: true, remote: { address: ra(2), port: 600 } },
          { proto: 'tcp', address: ra(1), port: 4001, listening: true, transparent: true },
          { proto: 'udp', address: ra(1), port: 4002, remote: { address: ra(2), port: 600 } },
          { proto: 'tcp', address: ra(1), port: 4003, transparent: true, remote: { address: ra(2), port: 600 } },
        ]),
        ...['10.1.0.1', 'fd01::9'].map((address): Socket => ({ proto: 'tcp', address, port: 4005, listening: true, transparent: true })),
        ...['10.1.0.9', 'fd01::99'].map((address): Socket => ({ proto: 'udp', address, port: 4005, listening: true, transparent: true })),
      ],
    },
    sends: each(({ from, ra }) =>
      ['udp', 'tcp'].flatMap((proto) =>
        [600, 601].flatMap((sport) => [
          { ...from, proto, sport, dport: 9 },
          { ...from, dst: ra(1), proto, sport, dport: 90 },
          ...[4001, 4002, 4003].map((dport): Packet => ({ ...from, dst: ra(1), proto, sport, dport, ...(proto === 'tcp' ? { flags: ['ACK'], seq: 1, ack: 1 } : {}) })),
        ]),
      ),
    ),
  },
  {
    // A proxy as its manual has it: what belongs to an open connection is taken aside, all else is for who listens.
    name: 'option-proxy-with-connections-aside',
    node: router({
      ...inBoth(({ ra }) => ({
        mangle: [
          ':DIVERT - [0:0]',
          ...['tcp', 'udp'].map((proto) => `-A PREROUTING -p ${proto} -m socket --transparent -j DIVERT`),
          '-A DIVERT -j MARK --set-mark 1',
          '-A DIVERT -j ACCEPT',
          '-A PREROUTING -p tcp --dport 80 -j TPROXY --tproxy-mark 0x1/0x1 --on-port 3129',
          `-A PREROUTING -p udp --dport 53 -j TPROXY --tproxy-mark 0x1/0x1 --on-port 3130 --on-ip ${ra(1)}`,
          '-A PREROUTING -m socket --nowildcard --restore-skmark',
          ...sockets('INPUT'),
        ],
        nat: ['-A POSTROUTING -j MASQUERADE'],
        filter: ['-A INPUT -m conntrack --ctstate NEW', '-A INPUT -j DROP'],
      })),
      ...TO_ITSELF,
    }),
    options: {
      answers: 'stack',
      sockets: each(({ ra, rb, any }): Socket[] => [
        { proto: 'tcp', address: any, port: 3129, listening: true, transparent: true },
        { proto: 'udp', address: ra(1), port: 3130, listening: true, transparent: true },
        { proto: 'tcp', address: rb(2), port: 80, transparent: true, remote: { address: ra(2), port: 600 } },
        { proto: 'tcp', address: ra(2), port: 700, transparent: true, remote: { address: rb(3), port: 80 } },
        { proto: 'udp', address: rb(2), port: 53, transparent: true, remote: { address: ra(2), port: 600 } },
        { proto: 'udp', address: rb(9), port: 53, listening: true, transparent: true },
        { proto: 'tcp', address: ra(1), port: 22, listening: true, mark: 7 },
        { proto: 'udp', address: ra(1), port: 53, listening: true },
      ]),
    },
    sends: each(({ from, ra, rb, icmp, unreachable }) => [
      ...[600, 601].flatMap((sport): Packet[] => [
        { ...from, proto: 'tcp', sport, dport: 80, flags: ['ACK'], seq: 1, ack: 1 },
        { ...from, proto: 'tcp', sport, dport: 80 },
        { ...from, proto: 'udp', sport, dport: 53 },
        { ...from, dst: rb(9), proto: 'udp', sport, dport: 53 },
        { ...from, dst: ra(1), proto: 'udp', sport, dport: 53 },
        { ...from, dst: ra(1), proto: 'tcp', sport, dport: 22 },
      ]),
      { in: 'rb', src: rb(3), dst: ra(2), proto: 'tcp', sport: 80, dport: 700, flags: ['SYN', 'ACK'], ack: 1 } as const,
      { in: 'rb', src: rb(3), dst: ra(2), proto: 'tcp', sport: 80, dport: 701, flags: ['ACK'], seq: 1, ack: 1 } as const,
      {
        in: 'rb',
        src: rb(4),
        dst: ra(2),
        proto: icmp,
        icmpType: unreachable,
        icmpCode: 1,
        inner: { src: ra(2), dst: rb(3), proto: 'tcp', sport: 700, dport: 80, flags: ['ACK'] },
      } as const,
      // A redirect quotes a packet, too, and is no error in IPv6.
      ...(icmp === 'icmpv6'
        ? [{ in: 'rb', src: rb(4), dst: ra(2), proto: icmp, icmpType: 137, icmpCode: 0, inner: { src: ra(2), dst: rb(3), proto: 'tcp', sport: 700, dport: 80 } } as const]
        : []),
    ]),
  },
];
