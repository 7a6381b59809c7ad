/** Options that ask about the headers of a packet and about its bytes. */

import type { Packet } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import { client, client6 } from '../router.ts';
import { both, EDGES, option, pieces, tcp, udp } from './lines.ts';

export const HEADERS: readonly KernelCase[] = [
  option(
    'security-parameter-index',
    { rules: ['ah', 'esp'].flatMap((name) => [...both(`-p ${name} -m ${name} --${name}spi 100:200`), ...both(`-p ${name} -m ${name} --${name}spi 150`), `-p ${name} -m ${name}`]) },
    [...EDGES.flatMap((spi) => ['ah', 'esp'].map((proto): Packet => ({ ...client, proto, spi }))), ...pieces('ah', 21), ...pieces('esp', 22)],
  ),
  option(
    'security-parameter-index-ipv6',
    { v6: true, rules: [...both('-p esp -m esp --espspi 100:200')] },
    EDGES.map((spi): Packet => ({ ...client6, proto: 'esp', spi })),
  ),
  option(
    'ports-of-dccp-and-sctp',
    {
      rules: ['dccp', 'sctp'].flatMap((name) =>
        ['sport', 'dport'].flatMap((side) => [...both(`-p ${name} -m ${name} --${side} 100:200`), ...both(`-p ${name} -m ${name} --${side} 150`)]),
      ),
    },
    [
      ...EDGES.flatMap((port) =>
        ['dccp', 'sctp'].flatMap((proto): Packet[] => [
          { ...client, proto, sport: port, dport: 1 },
          { ...client, proto, sport: 1, dport: port },
        ]),
      ),
      ...pieces('dccp', 23),
      ...pieces('sctp', 24),
    ],
  ),
  option(
    'flags-and-segment-size-of-tcp',
    {
      rules: [
        '-p tcp --syn',
        '-p tcp ! --syn',
        '-p tcp -m ecn --ecn-tcp-ece',
        '-p tcp -m ecn ! --ecn-tcp-ece',
        '-p tcp -m ecn --ecn-tcp-cwr',
        ...both('-p tcp -m tcpmss --mss 1000'),
        ...both('-p tcp -m tcpmss --mss 1000:1100'),
      ],
    },
    [
      tcp(1, 2),
      tcp(2, 2, { flags: ['ACK'] }),
      tcp(3, 2, { flags: ['SYN', 'ACK'] }),
      ...[999, 1000, 1001, 1100, 1101].map((mss, i) => tcp(10 + i, 2, { mss })),
      tcp(20, 2, { flags: ['ACK', 'ECE'] }),
      tcp(21, 2, { flags: ['SYN', 'ECE', 'CWR'] }),
      udp(1, 2),
      ...pieces('tcp', 25),
      { ...client, proto: 'tcp', id: 28, fragOffset: 48, payload: 40, df: false },
    ],
  ),
  option(
    'kinds-of-icmp',
    {
      rules: [
        ...both('-p icmp -m icmp --icmp-type 8'),
        ...both('-p icmp -m icmp --icmp-type 3/1'),
        ...both('-p icmp -m icmp --icmp-type 3'),
        '-p icmp -m icmp --icmp-type any',
        '-p icmp -m icmp --icmp-type echo-reply',
      ],
    },
    [
      ...(
        [
          [8, 0],
          [8, 1],
          [0, 0],
          [13, 0],
        ] as const
      ).map(([icmpType, icmpCode], i): Packet => ({ ...client, proto: 'icmp', icmpType, icmpCode, icmpId: 5 + i })),
      ...[0, 1, 2].map((icmpCode): Packet => ({ ...client, proto: 'icmp', icmpType: 3, icmpCode, inner: { src: '10.2.0.2', dst: '10.1.0.2', proto: 'udp', sport: 1, dport: 2 } })),
      ...pieces('icmp', 26),
    ],
  ),
  option(
    'kinds-of-icmpv6',
    { v6: true, rules: [...both('-p icmpv6 -m icmp6 --icmpv6-type 128'), ...both('-p icmpv6 -m icmp6 --icmpv6-type 1/3'), ...both('-p icmpv6 -m icmp6 --icmpv6-type 1')] },
    [
      ...[128, 129].map((icmpType, i): Packet => ({ ...client6, proto: 'icmpv6', icmpType, icmpId: 5 + i })),
      { ...client6, proto: 'icmpv6', icmpType: 128, icmpCode: 3, icmpId: 9 },
      ...[0, 3, 4].map((icmpCode): Packet => ({ ...client6, proto: 'icmpv6', icmpType: 1, icmpCode, inner: { src: 'fd02::2', dst: 'fd01::2', proto: 'udp', sport: 1, dport: 2 } })),
      { ...client6, proto: 'icmpv6', id: 27, moreFragments: true, payload: 24 },
      { ...client6, proto: 'icmpv6', id: 27, fragOffset: 32, payload: 16 },
    ],
  ),
  option(
    'lengths-and-owners',
    {
      rules: [...both('-m length --length 100:200'), ...both('-m length --length 100')],
      more: {
        mangle: [
          '-A OUTPUT -m owner --uid-owner 100-200',
          '-A OUTPUT -m owner ! --uid-owner 100-200',
          '-A OUTPUT -m owner --gid-owner 100-200',
          '-A OUTPUT -m owner ! --gid-owner 150',
        ],
      },
    },
    [
      ...EDGES.map((length) => udp(1, length, { payload: length - 28 })),
      ...EDGES.flatMap((id): Packet[] => [
        { in: null, src: '10.1.0.1', dst: '10.2.0.2', proto: 'udp', sport: 3, dport: id, uid: id, gid: 7 },
        { in: null, src: '10.1.0.1', dst: '10.2.0.2', proto: 'udp', sport: 4, dport: id, uid: 7, gid: id },
      ]),
    ],
  ),
  option(
    'address-of-the-frame',
    { rules: ['-m mac --mac-source 02:00:00:00:0a:02', '-m mac ! --mac-source 02:00:00:00:0a:02'] },
    ['02:00:00:00:0a:02', '12:00:00:00:0a:02', '02:00:00:00:0a:03'].map((srcMac, i) => udp(1, 1 + i, { srcMac })),
  ),
  option(
    'address-made-from-the-frame',
    {
      v6: true,
      rules: ['-m eui64'],
      more: { mangle: ['-A INPUT -m eui64', '-A FORWARD -m eui64'] },
      node: {
        interfaces: [
          { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64', 'fd01::200:ff:fe00:0/64'] },
          { name: 'rb', addresses: ['10.2.0.1/24', 'fd02::1/64'] },
        ],
      },
    },
    [
      ...['fd01::11:22ff:fe33:4455', 'fd01::11:22ff:fe33:4456', 'fd01::211:22ff:fe33:4455', 'fd01::11:22ff:fe34:4455', 'fd01::11:23ff:fe33:4455'].map(
        (src, i): Packet => ({ ...client6, src, proto: 'udp', sport: 1, dport: 1 + i, srcMac: '02:11:22:33:44:55' }),
      ),
      { in: null, src: 'fd01::200:ff:fe00:0', dst: 'fd01::1', proto: 'udp', sport: 1, dport: 9 },
      { in: null, src: 'fd01::1', dst: 'fd01::200:ff:fe00:0', proto: 'udp', sport: 1, dport: 10 },
    ],
  ),
  option(
    'classes-of-service',
    {
      rules: [
        '-m dscp --dscp-class EF',
        '-m dscp ! --dscp-class EF',
        '-m dscp --dscp-class AF11',
        '-m dscp --dscp 0x0a',
        '-m tos --tos 0x10/0x10',
        '-m tos ! --tos 0x10/0x10',
        '-m tos --tos Minimize-Delay',
      ],
    },
    [0xb8, 0xb9, 0x28, 0x18, 0x10, 0x08, 0x00].map((tos, i) => udp(1, 1 + i, { tos })),
  ),
  option(
    'text-in-the-packet',
    {
      rules: [
        '-m string --algo bm --string HELLO',
        '-m string --algo kmp ! --string HELLO',
        '-m string --algo bm --icase --string hello',
        '-m string --algo bm --string hello',
        ...[28, 29, 30, 31].map((from) => `-m string --algo bm --from ${from} --string HELLO`),
        ...[33, 34, 35, 36].map((to) => `-m string --algo kmp --to ${to} --string HELLO`),
        '-m string --algo bm --hex-string "|48454c|LO"',
      ],
    },
    // xxHELLOyy, xxHellOyy, xxHELLPyy, and the word alone: its first byte stands 28 bytes behind the beginning of the IP header.
    ['787848454c4c4f7979', '787848656c6c4f7979', '787848454c4c507979', '48454c4c4f'].map((data, i) => udp(1, 1 + i, { data })),
  ),
];
