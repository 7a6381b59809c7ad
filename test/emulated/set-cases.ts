/**
 * The set types that few kernels have: hash:net,net, hash:net,port,net, hash:ip,mac, hash:mac, hash:ip,mark. Each query is
 * a rule without target, so the trace names the ones that match. Ranges, nomatch, sides, counters, the SET target.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from '../kernel/cases.ts';
import type { KernelNode } from '../kernel/node.ts';

interface Query {
  readonly set: string;
  readonly sides: readonly string[];
}

const pair = ['src,dst', 'dst,src', 'src,src', 'dst,dst', 'src'];
const triple = ['src,dst,dst', 'src,src,dst', 'dst,dst,src', 'dst,src,src', 'src,dst', 'src,dst,src'];

/** Every query as it is, negated, and asking for nomatch. */
function queries(list: readonly Query[], chain: string): string[] {
  return list.flatMap(({ set, sides }) =>
    sides.flatMap((side) => [
      `-A ${chain} -m set --match-set ${set} ${side}`,
      `-A ${chain} -m set ! --match-set ${set} ${side}`,
      `-A ${chain} -m set --match-set ${set} ${side} --return-nomatch`,
    ]),
  );
}

function router(ipset: string, filter: readonly string[], more: Partial<KernelNode> = {}): KernelNode {
  return {
    interfaces: [
      { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
      { name: 'rb', addresses: ['10.2.0.1/16', 'fd02::1/64'] },
    ],
    routes: ['default via 10.2.0.254'],
    routes6: ['default via fd02::254'],
    ipset,
    iptables: `*filter\n${filter.join('\n')}\nCOMMIT\n`,
    ...more,
  };
}

const from = (src: string, dst: string, more: Partial<Packet> = {}): Packet => ({ in: 'ra', src, dst, proto: 'udp', sport: 4000, dport: 53, ...more });

const NET_NET = `create nn hash:net,net family inet
add nn 10.1.0.0/24,10.2.0.0/16
add nn 10.1.0.2,10.2.0.0/24
add nn 10.1.0.0/24,10.2.0.128/25 nomatch
add nn 10.1.0.4/30,10.2.9.0/24 nomatch
add nn 10.1.0.5,10.2.9.0/25
create nr hash:net,net family inet
add nr 10.1.0.3-10.1.0.9,10.2.0.250-10.2.1.4
add nr 10.1.0.77/24,10.3.0.1
create nc hash:net,net family inet counters
add nc 10.1.0.0/25,10.2.0.0/16 packets 3 bytes 100
create empty hash:net,net family inet
`;

const NET_PORT_NET = `create npn hash:net,port,net family inet
add npn 10.1.0.0/24,udp:53,10.2.0.0/16
add npn 10.1.0.0/24,tcp:80-82,10.2.0.0/24
add npn 10.1.0.0/25,udp:53,10.2.0.128/25 nomatch
add npn 10.1.0.7,udp:53,10.2.0.128/25
add npn 10.1.0.0/24,icmp:echo-request,10.2.0.9
add npn 10.1.0.0/24,gre:0,10.2.0.9
add npn 10.2.0.0/24,udp:4000,10.1.0.0/28
create npr hash:net,port,net family inet
add npr 10.1.0.3-10.1.0.9,10-12,10.2.0.250-10.2.1.4
add npr 10.1.0.1,80,10.2.0.0-10.2.0.255
`;

const NET_PORT_NET6 = `create npn6 hash:net,port,net family inet6
add npn6 fd01::/64,udp:53,fd02::/64
add npn6 fd01::/120,udp:53,fd02::80/121 nomatch
add npn6 fd01::2,tcp:80,fd02::9
add npn6 fd01::/64,icmpv6:echo-request,fd02::9
create nn6 hash:net,net family inet6
add nn6 fd01::/64,fd02::/64
add nn6 fd01::2,fd02::/120 nomatch
add nn6 fd01::/120,fd02::9
create im6 hash:ip,mark family inet6 markmask 0xff
add im6 fd01::2,0x110
`;

const MAC = `create ipmac hash:ip,mac family inet
add ipmac 10.1.0.2,02:00:00:00:0a:02
add ipmac 10.1.0.3,02:00:00:00:0a:ff
add ipmac 10.2.0.9,02:00:00:00:0a:02
create mac hash:mac
add mac 02:00:00:00:0A:02
add mac 02:11:22:33:44:55
`;

const MARK = `create ipmark hash:ip,mark family inet
add ipmark 10.1.0.2,0x10
add ipmark 10.1.0.4/30,5
add ipmark 10.2.0.9,0x10
create ipmask hash:ip,mark family inet markmask 0xff
add ipmask 10.1.0.2,0x110
add ipmask 10.1.0.8-10.1.0.11,0x2ff
`;

const PAIR_PACKETS: readonly Packet[] = [
  from('10.1.0.2', '10.2.0.9'),
  from('10.1.0.2', '10.2.0.200'),
  from('10.1.0.3', '10.2.0.200'),
  from('10.1.0.3', '10.2.0.9'),
  from('10.1.0.5', '10.2.9.9'),
  from('10.1.0.5', '10.2.9.200'),
  from('10.1.0.6', '10.2.9.9'),
  from('10.1.0.6', '10.2.1.3'),
  from('10.1.0.9', '10.2.1.4'),
  from('10.1.0.9', '10.2.1.5'),
  from('10.1.0.10', '10.2.0.250'),
  from('10.1.0.80', '10.3.0.1'),
  from('10.9.0.1', '10.2.0.9'),
];

const TRIPLE_PACKETS: readonly Packet[] = [
  from('10.1.0.2', '10.2.0.9'),
  from('10.1.0.2', '10.2.0.200'),
  from('10.1.0.7', '10.2.0.200'),
  from('10.1.0.200', '10.2.0.200'),
  from('10.1.0.2', '10.2.0.9', { proto: 'tcp', dport: 81 }),
  from('10.1.0.2', '10.2.0.9', { proto: 'tcp', dport: 83 }),
  from('10.1.0.2', '10.2.0.9', { proto: 'tcp', dport: 53 }),
  from('10.1.0.2', '10.2.0.9', { proto: 'icmp', icmpType: 8, icmpCode: 0, icmpId: 1 }),
  from('10.1.0.2', '10.2.0.9', { proto: 'icmp', icmpType: 13, icmpCode: 0, icmpId: 2 }),
  from('10.1.0.2', '10.2.0.9', { proto: 'gre' }),
  from('10.1.0.2', '10.2.0.9', { fragOffset: 1480, payload: 16 }),
  from('10.1.0.9', '10.2.1.4', { proto: 'tcp', dport: 12 }),
  from('10.1.0.9', '10.2.1.4', { dport: 12 }),
  from('10.1.0.10', '10.2.0.250', { proto: 'tcp', dport: 11 }),
];

export const SET_CASES: readonly KernelCase[] = [
  {
    name: 'set-hash-net-net',
    node: router(
      NET_NET,
      queries(
        ['nn', 'nr', 'nc', 'empty'].map((set) => ({ set, sides: pair })),
        'FORWARD',
      ),
    ),
    sends: PAIR_PACKETS,
  },
  {
    name: 'set-hash-net-net-counters',
    node: router(NET_NET, ['-A FORWARD -m set --match-set nc src,dst --packets-gt 4', '-A FORWARD -m set --match-set nc src,dst ! --update-counters --bytes-lt 190']),
    sends: PAIR_PACKETS.slice(0, 6),
  },
  {
    name: 'set-hash-net-port-net',
    node: router(
      NET_PORT_NET,
      queries(
        ['npn', 'npr'].map((set) => ({ set, sides: triple })),
        'FORWARD',
      ),
    ),
    sends: TRIPLE_PACKETS,
  },
  {
    name: 'set-ipv6',
    node: router(NET_PORT_NET6, [], {
      iptables: '*filter\nCOMMIT\n',
      ip6tables: `*mangle\n-A PREROUTING -p udp -j MARK --set-mark 0x210\nCOMMIT\n*filter\n${queries(
        [
          { set: 'npn6', sides: triple },
          { set: 'nn6', sides: pair },
          { set: 'im6', sides: ['src,src', 'dst,src'] },
        ],
        'FORWARD',
      ).join('\n')}\nCOMMIT\n`,
    }),
    sends: [
      from('fd01::2', 'fd02::9'),
      from('fd01::2', 'fd02::99'),
      from('fd01::1:2', 'fd02::99'),
      from('fd01::3', 'fd02::9'),
      from('fd01::2', 'fd02::9', { proto: 'tcp', dport: 80 }),
      from('fd01::2', 'fd02::9', { proto: 'icmpv6', icmpType: 128, icmpCode: 0, icmpId: 1 }),
    ],
  },
  {
    name: 'set-source-mac',
    node: router(MAC, [
      ...['FORWARD', 'INPUT', 'OUTPUT'].flatMap((chain) =>
        queries(
          [
            { set: 'ipmac', sides: ['src,src', 'dst,src', 'src'] },
            { set: 'mac', sides: ['src', 'src,dst'] },
          ],
          chain,
        ),
      ),
    ]),
    sends: [
      from('10.1.0.2', '10.2.0.9'),
      from('10.1.0.3', '10.2.0.9'),
      from('10.1.0.2', '10.2.0.8', { srcMac: '02:11:22:33:44:55' }),
      from('10.1.0.4', '10.2.0.8', { srcMac: '02:11:22:33:44:66' }),
      from('10.1.0.2', '10.1.0.1'),
      { in: null, src: '10.1.0.1', dst: '10.2.0.9', proto: 'udp', sport: 1, dport: 2 },
      { in: null, src: '10.1.0.1', dst: '10.1.0.1', proto: 'udp', sport: 3, dport: 4 },
    ],
  },
  {
    // What the engine says here is "unknown": a packet is not asked for its destination MAC.
    name: 'set-destination-mac',
    node: router(`${MAC}add mac 02:00:00:00:0a:01\nadd ipmac 10.1.0.2,02:00:00:00:0a:01\n`, [
      ...queries(
        [
          { set: 'ipmac', sides: ['src,dst', 'dst,dst'] },
          { set: 'mac', sides: ['dst'] },
        ],
        'FORWARD',
      ),
    ]),
    sends: [from('10.1.0.2', '10.2.0.9'), from('10.1.0.3', '10.2.0.9')],
  },
  {
    name: 'set-hash-ip-mark',
    node: router(
      MARK,
      queries(
        ['ipmark', 'ipmask'].map((set) => ({ set, sides: ['src,src', 'src,dst', 'dst,dst', 'dst'] })),
        'FORWARD',
      ),
      {
        iptables: `*mangle\n-A PREROUTING -p udp -m udp --dport 16 -j MARK --set-mark 0x10\n-A PREROUTING -p udp -m udp --dport 5 -j MARK --set-mark 5\n-A PREROUTING -p udp -m udp --dport 255 -j MARK --set-mark 0xff\n-A PREROUTING -p udp -m udp --dport 272 -j MARK --set-mark 0x110\nCOMMIT\n*filter\n${queries(
          ['ipmark', 'ipmask'].map((set) => ({ set, sides: ['src,src', 'src,dst', 'dst,dst', 'dst'] })),
          'FORWARD',
        ).join('\n')}\nCOMMIT\n`,
      },
    ),
    sends: [
      from('10.1.0.2', '10.2.0.9', { dport: 16 }),
      from('10.1.0.2', '10.2.0.9', { dport: 272 }),
      from('10.1.0.2', '10.2.0.9', { dport: 5 }),
      from('10.1.0.6', '10.2.0.9', { dport: 5 }),
      from('10.1.0.8', '10.2.0.9', { dport: 5 }),
      from('10.1.0.11', '10.2.0.8', { dport: 255 }),
      from('10.1.0.2', '10.2.0.9'),
    ],
  },
  {
    name: 'set-target-adds',
    node: router(
      `${NET_NET}${NET_PORT_NET}${MARK}${MAC}create new hash:net,net family inet\ncreate new3 hash:net,port,net family inet\ncreate newmac hash:mac\ncreate newmark hash:ip,mark family inet markmask 0xf0\n`,
      [
        '-A FORWARD -j SET --add-set new src,dst',
        '-A FORWARD -j SET --add-set nn src,dst',
        '-A FORWARD -j SET --add-set new3 src,dst,dst',
        '-A FORWARD -j SET --add-set npn src,dst,dst',
        '-A FORWARD -j SET --add-set newmac src',
        '-A FORWARD -j SET --add-set newmark src,src',
        '-A FORWARD -j SET --add-set ipmac src,src',
        '-A FORWARD -p tcp -j SET --del-set npn src,dst,dst',
        '-A FORWARD -m set --match-set new src,dst',
        '-A FORWARD -m set --match-set new3 src,dst,dst',
        '-A FORWARD -m set --match-set newmac src',
        '-A FORWARD -m set --match-set newmark src,src',
        '-A FORWARD -m set --match-set ipmac src,src',
      ],
      {},
    ),
    sends: [from('10.1.0.2', '10.2.0.9'), from('10.1.0.2', '10.2.0.10', { proto: 'tcp', dport: 80 }), from('10.1.0.77', '10.2.0.9', { proto: 'icmp', icmpId: 3 })],
  },
];
