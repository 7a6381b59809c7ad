/** Options that ask about extension headers of IPv6, and about headers of DCCP, SCTP and the like that say what stands behind them. */

import type { Packet } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import { client, client6 } from '../router.ts';
import { both, EDGES, option } from './lines.ts';

const headed = (header: string, data: string, rest: Partial<Packet> = {}): Packet => ({
  ...client6,
  proto: 'udp',
  sport: 1,
  dport: 2,
  extensionHeaders: [{ header, data }],
  ...rest,
});
/** AH of IPv6: reserved, SPI, sequence number, and a check value of so many bytes. */
const authentication = (spi: number, reserved = '0000', check = 12): string => `${reserved}${spi.toString(16).padStart(8, '0')}00000001${'00'.repeat(check)}`;

export const EXTENSION_HEADERS: readonly KernelCase[] = [
  option(
    'headers-of-ipv6',
    {
      v6: true,
      rules: [
        ...both('-m ah --ahspi 100:200'),
        '-m ah --ahlen 24',
        '-m ah ! --ahlen 24',
        '-m ah --ahres',
        ...both('-m frag --fragid 100:200'),
        ...both('-m frag --fragid 150'),
        '-m frag --fraglen 16',
        '-m frag ! --fraglen 16',
        '-m frag --fragres --fragfirst',
        '-m hbh --hbh-len 8',
        '-m hbh ! --hbh-len 8',
        '-m hbh --hbh-opts 5:2',
        '-m hbh --hbh-opts 5:3',
        '-m hbh --hbh-opts 1,5',
        '-m dst --dst-len 8',
        '-m dst ! --dst-len 8',
        '-m dst --dst-opts 1:4',
      ],
    },
    [
      ...EDGES.map((spi) => headed('ah', authentication(spi))),
      headed('ah', authentication(150, '0001')),
      headed('ah', authentication(150, '0000', 16)),
      ...EDGES.flatMap((id): Packet[] => [
        { ...client6, proto: 'udp', sport: 1, dport: 2, id, moreFragments: true, payload: 24 },
        { ...client6, proto: 'udp', id, fragOffset: 32, payload: 16 },
      ]),
      headed('hop-by-hop', '010400000000'),
      headed('hop-by-hop', '050200000100'),
      headed('hop-by-hop', '0100050200000105000000000000'),
      headed('destination-options', '010400000000'),
      headed('destination-options', '0102000001000108000000000000'),
      { ...client6, proto: 'udp', sport: 1, dport: 2 },
    ],
  ),
  option(
    'routing-headers-of-ipv6',
    {
      v6: true,
      rules: [
        '-m rt --rt-type 0',
        ...both('-m rt --rt-segsleft 1'),
        '-m rt --rt-len 24',
        '-m rt ! --rt-len 24',
        '-m rt --rt-type 0 --rt-0-res',
        '-m rt --rt-type 0 --rt-0-addrs fd0a::1',
        '-m rt --rt-type 0 --rt-0-addrs fd0a::2',
        '-m rt --rt-type 0 --rt-0-addrs fd0a::2 --rt-0-not-strict',
        '-m rt --rt-type 0 --rt-0-addrs fd0a::1,fd0a::2',
        ...[
          'next-hdr 17',
          'hdr-len-eq 4',
          'hdr-len-gt 3',
          'hdr-len-lt 4',
          'segs-left-eq 1',
          'segs-left-gt 0',
          'segs-left-lt 1',
          'last-entry-eq 1',
          'last-entry-gt 0',
          'last-entry-lt 1',
          'tag 5',
          'psid fd0a::2',
          'nsid fd0a::1',
          'lsid fd0a::2',
        ].flatMap((asked) => [`-m srh --srh-${asked}`, `-m srh ! --srh-${asked}`]),
      ],
    },
    [
      ...(
        [
          ['0001', '00000000', 'fd0a::1'],
          ['0000', '00000000', 'fd0a::1', 'fd0a::2'],
          ['0001', '00000001', 'fd0a::2', 'fd0a::1'],
          ['0001', '00000000', 'fd0a::2', 'fd0a::3'],
          ['0401', '01000005', 'fd0a::1', 'fd0a::2'],
          ['0400', '01000006', 'fd0a::1', 'fd0a::2'],
          ['0400', '00000005', 'fd0a::1'],
          ['0402', '02000005', 'fd0a::2', 'fd0a::1', 'fd0a::3'],
          ['0200', '00000000'],
        ] as const
      ).map(([kind, fields, ...segments]) => headed('routing', `${kind}${fields}${segments.map((one) => `fd0a${'0'.repeat(27)}${one.at(-1)}`).join('')}`)),
      { ...client6, proto: 'udp', sport: 1, dport: 2 },
    ],
  ),
  option(
    'headers-behind-ipv6',
    {
      v6: true,
      rules: [
        ...both('-p mobility-header -m mh --mh-type 1:2'),
        '-p mobility-header -m mh --mh-type 5',
        ...both('-p ipcomp -m ipcomp --ipcompspi 100:200'),
        '-p ipcomp -m ipcomp --ipcompspi 150 --compres',
      ],
    },
    [
      ...[0, 1, 2, 3, 5].map((type): Packet => ({ ...client6, proto: 135, data: `3b00${type.toString(16).padStart(2, '0')}0000000000` })),
      ...EDGES.map((spi): Packet => ({ ...client6, proto: 108, data: `1100${spi.toString(16).padStart(4, '0')}0000000000000000` })),
      { ...client6, proto: 108, data: '11010096000000000000' },
      ...[108, 135].flatMap((proto, i): Packet[] => [
        { ...client6, proto, id: 40 + i, moreFragments: true, data: proto === 108 ? '11000096000000000000000000000000' : '3b000100000000000000000000000000' },
        { ...client6, proto, id: 40 + i, fragOffset: 16, data: proto === 108 ? '1100009600000000' : '3b00010000000000' },
      ]),
    ],
  ),
  ...[false, true].map((v6) =>
    option(
      `types-and-options-of-dccp${v6 ? '-ipv6' : ''}`,
      {
        v6,
        rules: [
          ...['REQUEST', 'RESPONSE,DATA', 'ack,dataack,CLOSEREQ', 'CLOSE,RESET', 'SYNC', 'SYNCACK', 'INVALID'].flatMap((types) => both(`-p dccp -m dccp --dccp-types ${types}`)),
          ...[1, 2, 17, 32, 33, 42].flatMap((kind) => both(`-p dccp -m dccp --dccp-option ${kind}`)),
          '-p dccp -m dccp --sport 5 --dport 6 --dccp-types REQUEST ! --dccp-option 42',
          // Offset to the data, type, and options where they stand.
          `-m u32 --u32 "${v6 ? 44 : 24}>>24=5"`,
          `-m u32 --u32 "${v6 ? 48 : 28}>>24=1"`,
          `-p dccp -m dccp --dccp-types REQUEST -m u32 --u32 "${v6 ? 60 : 40}=0x2a042103"`,
        ],
      },
      [
        ...(['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK', 10, 15] as const).map(
          (dccpType, i): Packet => ({ ...(v6 ? client6 : client), proto: 'dccp', sport: 5, dport: 6 + (i % 2), dccpType }),
        ),
        // Padding and a mandatory one are one byte each; a length of 0 counts as 1, and one leads beyond the end; 2 has no length, and is taken to have one.
        ...['2a042103', '0001002a02', '2a00210311', '212103', '02042a02', '2b2a', '0120030001', '11'].map(
          (dccpOptions, i): Packet => ({ ...(v6 ? client6 : client), proto: 'dccp', sport: 5, dport: 6, dccpType: i % 2 ? 'DATA' : 'REQUEST', dccpOptions }),
        ),
      ],
    ),
  ),
  option(
    'mark-made-of-authentication-headers',
    {
      v6: true,
      rules: [
        '-m hl --hl-eq 64 -j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 65521 --hmark-rnd 7',
        '-m hl --hl-eq 63 -j HMARK --hmark-spi 0x55 --hmark-spi-mask 0xffffff --hmark-mod 65521 --hmark-rnd 9',
        '-m comment --comment "what came of it"',
      ],
    },
    [64, 63].flatMap((ttl) => [
      headed('ah', authentication(7), { ttl }),
      headed('ah', authentication(7), { ttl, proto: 'icmpv6' }),
      headed('ah', authentication(0x12345678), { ttl, moreFragments: true, id: 50, payload: 16 }),
      { ...client6, ttl, proto: 'ah', spi: 0x12345678 },
      { ...client6, ttl, proto: 'ah', spi: 9, moreFragments: true, id: 51 },
      { ...client6, ttl, proto: 'ah', fragOffset: 32, id: 52 },
      ...[
        { proto: 'ah', spi: 0x77 },
        { proto: 'udp', sport: 5, dport: 6, extensionHeaders: [{ header: 'ah', data: authentication(8) }] },
      ].map((quoted): Packet => ({ ...client6, ttl, proto: 'icmpv6', icmpType: 1, icmpCode: 1, inner: { src: 'fd02::2', dst: 'fd01::2', ...quoted } })),
    ]),
  ),
  ...['-p udp', '-p ah', '! -p tcp', '-p ipv6-nonxt', '-s fd01::3 -p udp', '-i rb -p udp', '-p tcp -m tcp --dport 1'].map((rule, i) =>
    // Behind a later fragment's authentication header no protocol is found: a rule that asks for one drops it, if what it asks before holds.
    option(`later-fragments-of-authentication-${i + 1}`, { v6: true, rules: ['-m frag --fraglast', '-m ah', rule, '-m comment --comment "still there"'] }, [
      { ...client6, proto: 'ah', fragOffset: 32, id: 60 },
      { ...client6, proto: 'ah', spi: 9, moreFragments: true, id: 60 },
      { ...client6, proto: 'udp', fragOffset: 32, id: 61 },
      headed('destination-options', '010400000000', { proto: 'ah', fragOffset: 32, id: 62 }),
    ]),
  ),
  option(
    'chunks-of-sctp',
    {
      rules: ['any INIT', 'any INIT,DATA', 'all INIT', 'all DATA,SACK', 'only INIT', 'only DATA,SACK', 'any DATA:Be', 'any DATA:U'].flatMap((asked) => [
        `-p sctp -m sctp --chunk-types ${asked}`,
        `-p sctp -m sctp ! --chunk-types ${asked}`,
      ]),
    },
    // INIT; DATA with its first and last fragment bits; SACK; SACK and DATA; DATA, unordered.
    ['01000004', '0003000800000001', '03000004', '030000040003000800000001', '0004000800000001'].map(
      (data, i): Packet => ({ ...client, proto: 'sctp', sport: 1, dport: 1 + i, data }),
    ),
  ),
];
