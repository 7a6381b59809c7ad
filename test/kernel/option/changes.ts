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

/** Not an option: what REDIRECT makes of destinations of an old kind, to which no address of the device belongs. */
export const REDIRECTED: KernelCase = {
  name: 'option-redirect-of-old-addresses',
  node: router({ ip6tables: tables({ nat: ['-A PREROUTING -p udp -j REDIRECT --to-ports 53'], filter: [] }) }),
  sends: ['::6', '2001:db8::6', 'fd01::1', 'fe80::6', 'fec0::6', '::ffff:0:6'].map((dst, i): Packet => ({ ...client6, dst, proto: 'udp', sport: 1 + i, dport: 7 })),
};
