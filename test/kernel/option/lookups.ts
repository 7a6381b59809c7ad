/** Options that ask about sets, sockets and routes. */

import type { KernelCase } from '../cases.ts';
import { client } from '../router.ts';
import { option, tcp, udp } from './lines.ts';

const SETS = `create S hash:ip family inet hashsize 1024 maxelem 65536 counters
add S 10.1.0.2 packets 5 bytes 500
add S 10.1.0.3 packets 6 bytes 499
create L list:set size 8 counters
add L S packets 1 bytes 1
create N list:set size 8 counters
create T hash:ip family inet hashsize 1024 maxelem 65536 counters
add T 10.1.0.2 packets 0 bytes 0
add N T packets 0 bytes 0
create K hash:ip family inet hashsize 1024 maxelem 65536 skbinfo
add K 10.1.0.2 skbmark 0x11/0xff
add K 10.1.0.3 skbmark 0x22/0xf0
`;

/** With and without IPsec, of one kind and of any but that. */
const transforms = (direction: string): string[] =>
  ['', ' --pol none', ' --pol ipsec', ' --pol ipsec --proto esp', ' --pol ipsec ! --proto esp', ' --pol ipsec --strict --reqid 1'].map(
    (rest) => `-m policy --dir ${direction}${rest}`,
  );

export const FOUND: readonly KernelCase[] = [
  option(
    'counters-of-entries',
    {
      node: { ipset: SETS },
      rules: [
        ...['--packets-eq 5', '! --packets-eq 5', '--bytes-eq 500', '! --bytes-eq 500', '--packets-lt 6', '--packets-gt 5', '--bytes-lt 500', '--bytes-gt 499'].map(
          (asked) => `-m set --match-set S src ! --update-counters ${asked}`,
        ),
        '-m set --match-set L src ! --update-subcounters',
        '-m set --match-set L src',
        '-m set --match-set N src --update-subcounters',
        '-m set --match-set N src --update-counters',
        '-m set ! --match-set S src',
      ],
    },
    [udp(1, 1), udp(1, 2, { src: '10.1.0.3' }), udp(1, 3, { src: '10.1.0.4' }), udp(1, 4)],
  ),
  option(
    'marks-of-entries',
    {
      node: { ipset: SETS },
      rules: [
        '-j MARK --set-mark 0x100',
        '-j SET --map-set K src --map-mark',
        '-m mark --mark 0x111',
        '-m mark --mark 0x11/0xff',
        '-j SET --map-set K dst --map-mark',
        '-m mark --mark 0x20/0xf0',
      ],
    },
    [udp(1, 1), udp(1, 2, { src: '10.1.0.3' }), udp(1, 3, { src: '10.1.0.4' })],
  ),
  option(
    'sockets-that-listen',
    {
      rules: [
        '-m socket',
        '-m socket --transparent',
        '-m socket --nowildcard',
        '-m socket --nowildcard --transparent',
        '-m socket --transparent --restore-skmark',
        '-m mark --mark 0x5',
      ],
      more: { filter: ['-A INPUT -j DROP'] },
      options: {
        answers: 'stack',
        sockets: [
          { proto: 'udp', address: '10.1.0.1', port: 51, listening: true },
          { proto: 'udp', address: '0.0.0.0', port: 52, listening: true },
          { proto: 'udp', address: '10.1.0.1', port: 53, listening: true, transparent: true, mark: 5 },
          { proto: 'udp', address: '0.0.0.0', port: 54, listening: true, transparent: true },
          { proto: 'tcp', address: '0.0.0.0', port: 55, listening: true, transparent: true },
        ],
      },
    },
    [...[50, 51, 52, 53, 54].map((dport) => udp(7, dport, { dst: '10.1.0.1' })), ...[55, 56].map((dport) => tcp(7, dport, { dst: '10.1.0.1' }))],
  ),
  option(
    'policies-where-there-are-none',
    {
      rules: transforms('in'),
      more: {
        mangle: [
          ...transforms('in').map((rule) => `-A INPUT ${rule}`),
          ...['FORWARD', 'OUTPUT', 'POSTROUTING'].flatMap((chain) => transforms('out').map((rule) => `-A ${chain} ${rule}`)),
        ],
      },
    },
    [udp(1, 2), { ...client, proto: 'esp', spi: 5 }, udp(1, 2, { dst: '10.1.0.1' }), { in: null, src: '10.2.0.1', dst: '10.2.0.1', proto: 'udp', sport: 1, dport: 2 }],
  ),
  option(
    'way-back-by-mark',
    {
      rules: ['-m rpfilter', '-m rpfilter --validmark', '-p udp --dport 2 -j MARK --set-mark 7', '-m rpfilter', '-m rpfilter --validmark', '-m rpfilter --invert'],
      node: { routes: ['default via 10.2.0.254', 'default via 10.1.0.254 dev ra table 200'], rules: ['fwmark 7 lookup 200'] },
    },
    [1, 2].flatMap((dport) => [udp(1, dport, { src: '8.8.8.8' }), udp(1, dport, { in: 'rb', src: '8.8.8.8', dst: '10.1.0.2' })]),
  ),
];
