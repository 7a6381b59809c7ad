/** Options of targets: what they write. */

import type { Packet } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables } from '../router.ts';
import { option, tcp, udp } from './lines.ts';

export const CHANGES: readonly KernelCase[] = [
  option(
    'marks-as-written',
    {
      rules: [
        '-j MARK --set-mark 0x0f0e',
        '-p udp --dport 1 -j MARK --set-mark 0x30/0x3c',
        '-p udp --dport 2 -j MARK --and-mark 0xff',
        '-p udp --dport 3 -j MARK --or-mark 0x10',
        '-p udp --dport 4 -j MARK --xor-mark 0x101',
        '-p udp --dport 5 -j MARK --set-xmark 0x3/0xff',
        '-p udp --dport 6 -j MARK --set-mark 0',
        '-m mark --mark 0x3b/0xff',
        '-m comment --comment "what came of it"',
      ],
    },
    [1, 2, 3, 4, 5, 6, 7].map((dport) => udp(1, dport)),
  ),
  option(
    'marks-of-connections-as-written',
    {
      rules: [
        '-j CONNMARK --set-mark 0x0f0e',
        '-p udp --dport 1 -j CONNMARK --set-mark 0x30/0x3c',
        '-p udp --dport 2 -j CONNMARK --and-mark 0xff',
        '-p udp --dport 3 -j CONNMARK --or-mark 0x10',
        '-p udp --dport 4 -j CONNMARK --xor-mark 0x101',
        '-p udp --dport 5 -j CONNMARK --set-xmark 0x3/0xff',
        '-p udp --dport 6 -j CONNMARK --restore-mark --mask 0xff',
        '-p udp --dport 7 -j MARK --set-mark 0xfff0',
        '-p udp --dport 7 -j CONNMARK --save-mark --mask 0xff',
        '-p udp --dport 8 -j MARK --set-mark 0xa000',
        '-p udp --dport 8 -j CONNMARK --restore-mark --nfmask 0xf00 --ctmask 0xff0f',
        '-m comment --comment "what came of it"',
      ],
    },
    [1, 2, 3, 4, 5, 6, 7, 8, 9].map((dport) => udp(1, dport)),
  ),
  option(
    'service-as-written',
    {
      rules: [
        '-p udp --dport 1 -j TOS --and-tos 0x1c',
        '-p udp --dport 2 -j TOS --or-tos 0x40',
        '-p udp --dport 3 -j TOS --xor-tos 0x0c',
        '-p udp --dport 4 -j TOS --set-tos 0x10/0x3e',
        '-p udp --dport 5 -j TOS --set-tos Minimize-Delay',
        '-p udp --dport 6 -j DSCP --set-dscp-class EF',
        '-p udp --dport 7 -j DSCP --set-dscp 0x0a',
        '-p udp --dport 8 -j ECN --ecn-ip-ect 2',
        '-p tcp --dport 9 -j ECN --ecn-tcp-cwr 0 --ecn-tcp-ece 1',
        '-p tcp --dport 10 -j ECN --ecn-tcp-cwr 1',
        '-m comment --comment "what came of it"',
      ],
      more: { raw: [] },
    },
    [
      ...[1, 2, 3, 4, 5, 6, 7, 8].flatMap((dport) => [0x29, 0x98].map((tos) => udp(1, dport, { tos }))),
      ...[9, 10].flatMap((dport) => [tcp(1, dport, { flags: ['ACK', 'CWR'] }), tcp(2, dport, { flags: ['SYN', 'ECE', 'CWR'] })]),
    ],
  ),
  option(
    'mark-made-of-a-hash',
    {
      rules: [
        '-p udp --dport 1 -j HMARK --hmark-tuple src,dst --hmark-mod 1000 --hmark-offset 5 --hmark-rnd 0x11',
        '-p udp --dport 2 -j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 1000 --hmark-rnd 0x11',
        '-p udp --dport 3 -j HMARK --hmark-sport-mask 0x00ff --hmark-dport-mask 0x0002 --hmark-mod 1000 --hmark-rnd 0x11',
        '-p udp --dport 4 -j HMARK --hmark-src-prefix 31 --hmark-dst-prefix 30 --hmark-sport-mask 0xff00 --hmark-dport-mask 0xffff --hmark-proto-mask 0x10 --hmark-mod 4294967295 --hmark-rnd 0x12',
        '-p udp --dport 6 -j HMARK --hmark-tuple src,sport --hmark-mod 1000 --hmark-rnd 0x14',
        '-p udp --dport 5 -j HMARK --hmark-sport 0x1234 --hmark-dport 0x4321 --hmark-mod 1000 --hmark-rnd 0x12',
        '-p esp -j HMARK --hmark-tuple spi,proto --hmark-mod 1000 --hmark-rnd 0x12',
        '-p ah -j HMARK --hmark-spi 0x1234 --hmark-mod 1000 --hmark-rnd 0x12',
        '-p esp -j HMARK --hmark-spi-mask 0xff00 --hmark-mod 1000 --hmark-rnd 0x13',
        '-m comment --comment "what came of it"',
      ],
    },
    [
      ...[1, 2, 3, 4, 5, 6].flatMap((dport) => [
        udp(0x1111, dport),
        udp(0x1211, dport),
        udp(0x1112, dport, { src: '10.1.0.3' }),
        udp(0x1111, dport, { src: '10.1.0.4', dst: '10.2.0.3' }),
        udp(0x1111, dport, { dst: '10.2.0.1' }),
      ]),
      ...[0x150, 0x151, 0x250].flatMap((spi) => ['ah', 'esp'].map((proto): Packet => ({ ...client, proto, spi }))),
    ],
  ),
  option(
    'queues-without-a-program',
    {
      rules: [
        '-p udp --dport 1 -j NFQUEUE --queue-num 5',
        '-p udp --dport 2 -j NFQUEUE --queue-num 5 --queue-bypass',
        '-p udp --dport 3 -j NFQUEUE --queue-balance 2:4 --queue-bypass',
        '-p udp --dport 4 -j NFQUEUE --queue-balance 2:4 --queue-cpu-fanout',
        '-m comment --comment "behind it"',
      ],
    },
    [1, 2, 3, 4, 5].map((dport) => udp(1, dport)),
  ),
  option('copy-by-a-device', { rules: ['-p udp --dport 1 -j TEE --gateway 203.0.113.5', '-p udp --dport 2 -j TEE --gateway 203.0.113.5 --oif ra'] }, [
    udp(1, 1),
    udp(1, 2),
    udp(1, 3),
  ]),
  option(
    'transparent-proxy',
    {
      rules: [
        '-j MARK --set-mark 1',
        '-p tcp --dport 80 -j TPROXY --on-ip 10.1.0.1 --on-port 50080 --tproxy-mark 0x2/0x2',
        '-p tcp --dport 81 -j TPROXY --on-port 50081 --tproxy-mark 0x2/0x2',
        '-p tcp --dport 82 -j TPROXY --on-ip 10.1.0.9 --on-port 50080 --tproxy-mark 0x2/0x2',
      ],
      more: { mangle: ['-A INPUT -m mark --mark 0x3'] },
      node: { rules: ['fwmark 2/2 lookup 100'], routes: ['default via 10.2.0.254', 'local default dev lo table 100'] },
      options: {
        sockets: [
          { proto: 'tcp', address: '10.1.0.1', port: 50080, listening: true, transparent: true },
          { proto: 'tcp', address: '0.0.0.0', port: 50081, listening: true, transparent: true },
        ],
      },
    },
    [80, 81, 82, 83].map((dport) => tcp(7, dport)),
  ),
];

const inBoth = (text: string) => ({ iptables: text, ip6tables: text });
/** Rules of routing that name ports. */
const NO_WAY = ['ipproto tcp sport 80 unreachable', 'ipproto tcp dport 602 lookup 100'];

/** Not options: what stands in the way of an answer, or of a change. */
export const REFUSED: readonly KernelCase[] = [
  {
    // The answer of SYNPROXY is routed by its protocol and its ports, in both families.
    name: 'option-no-way-for-a-cookie',
    node: router({
      ...inBoth(
        tables({
          raw: ['-A PREROUTING -p tcp --syn -j CT --notrack'],
          mangle: ['-A POSTROUTING -o ra', '-A POSTROUTING -o rb'],
          filter: ['INPUT', 'FORWARD'].map((chain) => `-A ${chain} -p tcp -m conntrack --ctstate UNTRACKED -j SYNPROXY --mss 1460`),
        }),
      ),
      rules: NO_WAY,
      rules6: NO_WAY,
      routes: ['default via 10.2.0.254', 'default via 10.2.0.254 table 100'],
      routes6: ['default via fd02::254', 'default via fd02::254 table 100'],
    }),
    sends: [client, client6].flatMap((from) =>
      [from.dst, from === client ? '10.1.0.1' : 'fd01::1'].flatMap((dst) =>
        [80, 81].flatMap((dport) => [601, 602].map((sport): Packet => ({ ...from, dst, proto: 'tcp', sport, dport }))),
      ),
    ),
  },
  {
    // Nothing fits a way whose MTU the headers fill.
    name: 'option-no-room-for-a-segment',
    node: router({
      iptables: tables({ mangle: ['-A FORWARD -p tcp -m tcp --syn -j TCPMSS --clamp-mss-to-pmtu', '-A FORWARD -p tcp'] }),
      routes: ['default via 10.2.0.254', '10.6.0.0/16 via 10.2.0.254 mtu 40', '10.7.0.0/16 via 10.2.0.254 mtu 41', '10.8.0.0/16 dev ra mtu 40'],
    }),
    sends: [
      ...['10.2.0.2', '10.6.0.2', '10.7.0.2'].flatMap((dst) =>
        [undefined, 1, 1460].map((mss, i): Packet => ({ ...client, dst, proto: 'tcp', sport: 1 + i, dport: 9, ...(mss ? { mss } : {}) })),
      ),
      { ...client, src: '10.8.0.2', proto: 'tcp', sport: 1, dport: 9, mss: 1460 },
      { ...client, dst: '10.6.0.2', proto: 'tcp', sport: 1, dport: 9, flags: ['ACK'] },
    ],
  },
  {
    // Of protocols without a sum of their own a first fragment is as good as any; of the others REJECT misses the rest.
    name: 'option-first-fragments-are-answered',
    node: router(inBoth(tables({ filter: ['-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A FORWARD -j REJECT'] }))),
    sends: [client, client6].flatMap((from, v6) =>
      (['tcp', 'udp', v6 ? 'icmpv6' : 'icmp', 'udplite', 'sctp', 'dccp', 'gre', 'esp', 99, 100] as const).map(
        (proto, i): Packet => ({
          ...from,
          src: v6 ? `fd01::${20 + i}` : `10.1.0.${20 + i}`,
          proto,
          ...(['tcp', 'udp', 'udplite', 'sctp', 'dccp'].includes(String(proto)) ? { sport: 1, dport: 2 } : {}),
          ...(proto === 100 ? { data: 'ff'.repeat(24) } : { payload: proto === 'tcp' ? 28 : proto === 'sctp' || proto === 'dccp' || proto === 'gre' ? 20 : 24 }),
          moreFragments: true,
          id: 70 + i,
          flowLabel: 70 + i,
        }),
      ),
    ),
  },
];

/** Not an option: what REDIRECT makes of destinations of an old kind, to which no address of the device belongs. */
export const REDIRECTED: KernelCase = {
  name: 'option-redirect-of-old-addresses',
  node: router({ ip6tables: tables({ nat: ['-A PREROUTING -p udp -j REDIRECT --to-ports 53'], filter: [] }) }),
  sends: ['::6', '2001:db8::6', 'fd01::1', 'fe80::6', 'fec0::6', '::ffff:0:6'].map((dst, i): Packet => ({ ...client6, dst, proto: 'udp', sport: 1 + i, dport: 7 })),
};
