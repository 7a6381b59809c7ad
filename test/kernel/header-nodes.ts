/**
 * Packets and rules about what headers hold: extension headers of IPv6, fragments, mobility, the chunks of SCTP, the index of IPComp,
 * and rt, srh, hbh, dst, frag, ah, ipv6header and mh that ask for them.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { Family } from '../../engine/net/address.ts';
import type { Random } from './random.ts';

type Headers = NonNullable<Packet['extensionHeaders']>;
export type Rule = (random: Random) => string;

const hex = (...bytes: readonly number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
export const not = (random: Random): string => (random.chance(0.3) ? '! ' : '');
const SEGMENTS = ['fd05::1', 'fd05::2', 'fd06::3'] as const;
const segmentBytes = (text: string): number[] => [0xfd, text.startsWith('fd05') ? 5 : 6, ...new Array<number>(13).fill(0), Number(text.at(-1))];

/** Options that any kernel passes over: padding, router alert, and some whose numbers ask to be skipped. */
function optionBytes(random: Random): number[] {
  const bytes: number[] = [];
  for (let i = random.between(0, 3); i > 0; i--) bytes.push(...random.pick([[5, 2, 0, 0], [0], [1, 1, 0], [0x1e, 4, 1, 2, 3, 4], [0x3e, 0]]));
  while ((bytes.length + 2) % 8) bytes.push(0);
  return bytes;
}

function routing(random: Random): string {
  const type = random.pick([0, 2, 4, 4, 4]);
  const count = random.between(0, 3);
  const segments = Array.from({ length: count }, () => segmentBytes(random.pick(SEGMENTS))).flat();
  const left = random.between(0, count);
  const rest =
    type === 4
      ? [Math.max(0, count - 1), 0, random.pick([0, 1]), random.pick([0, 5])]
      : random.pick([
          [0, 0, 0, 0],
          [0, 0, 0, 9],
        ]);
  return hex(type, left, ...rest, ...segments);
}

function extensionHeaders(random: Random): Headers {
  const headers: Headers[number][] = [];
  if (random.chance(0.4)) headers.push({ header: 'hop-by-hop', data: hex(...optionBytes(random)) });
  if (random.chance(0.3)) headers.push({ header: 'destination-options', data: hex(...optionBytes(random)) });
  if (random.chance(0.5)) headers.push({ header: random.pick(['routing', 43]), data: routing(random) });
  if (random.chance(0.2))
    headers.push({ header: 'ah', data: hex(0, random.pick([0, 1]), 0, 1, 0, random.pick([0, 2]), 0, 0, 0, 1, ...new Array<number>(random.pick([12, 16, 20])).fill(0)) });
  if (random.chance(0.2)) headers.push({ header: 60, data: hex(...optionBytes(random)) });
  return headers;
}

function chunks(random: Random): string {
  const bytes: number[] = [];
  for (let i = random.between(1, 3); i > 0; i--) {
    const length = random.pick([4, 6, 8, 16]);
    bytes.push(random.pick([0, 1, 3, 6, 14, 64, 193]), random.pick([0, 1, 3, 8]), 0, length, ...new Array<number>(((length + 3) & ~3) - 4).fill(7));
  }
  if (random.chance(0.1)) bytes.push(0, 0, 0);
  if (random.chance(0.1)) bytes.push(3, 0, 0, 0, 1, 1);
  return hex(...bytes);
}

/** @param id of a fragment, no two of which belong together */
export function headerPacket(random: Random, family: Family, id: number): Packet {
  const way = family === 'ipv4' ? { src: '10.1.0.2', dst: random.pick(['10.2.0.2', '10.2.0.3']) } : { src: 'fd01::2', dst: random.pick(['fd02::2', 'fd02::3']) };
  const headers = family === 'ipv6' && random.chance(0.8) ? { extensionHeaders: extensionHeaders(random) } : {};
  const base = { in: 'ra', ...way, ...headers };
  const kind = random.weighted([
    [4, 'udp'],
    [2, 'tcp'],
    [4, 'sctp'],
    [2, 'ipcomp'],
    [family === 'ipv6' ? 3 : 0, 'mh'],
    // In IPv6 nobody says what follows it.
    [family === 'ipv4' ? 1 : 0, 'ah'],
    [1, 'esp'],
    [family === 'ipv6' ? 3 : 0, 'fragment'],
    [1, 'none'],
  ] as const);
  switch (kind) {
    case 'sctp':
      return { ...base, proto: 'sctp', sport: 5, dport: 6, data: chunks(random) };
    case 'ipcomp':
      return { ...base, proto: 108, data: random.pick(['06000002', '110000051234', '060001', '0600ffff00000000']) };
    case 'mh':
      return { ...base, proto: 135, data: random.pick(['3b01050000000000', '3b01000000000000', '3b0105', '0601050000000000', '3b01f00000000000']) };
    case 'fragment':
      return {
        ...base,
        proto: 'udp',
        sport: 1,
        dport: 2,
        id,
        payload: 32,
        ...(random.chance(0.5) ? { moreFragments: true } : { fragOffset: 40, moreFragments: random.chance(0.5) }),
      };
    case 'none':
      // An authentication header with nothing behind it is a packet of protocol AH.
      return { in: 'ra', ...way, proto: 59, payload: 0 };
    case 'ah':
    case 'esp':
      return { ...base, proto: kind, spi: random.pick([2, 0x10000]) };
    default:
      return { ...base, proto: kind, sport: 1, dport: random.pick([53, 80]) };
  }
}

export const HEADER_RULES_6: readonly (readonly [number, Rule])[] = [
  [3, (random) => `-m rt ${not(random)}--rt-type ${random.pick([0, 2, 4])}`],
  [2, (random) => `-m rt ${not(random)}--rt-segsleft ${random.pick(['0', '1', '1:2', '0:1'])}`],
  [2, (random) => `-m rt ${not(random)}--rt-len ${random.pick([8, 24, 40])}`],
  [1, () => '-m rt --rt-type 0 --rt-0-res'],
  [2, (random) => `-m rt --rt-type 0 --rt-0-addrs ${random.some(SEGMENTS, 1, 2).join(',')}${random.chance(0.5) ? ' --rt-0-not-strict' : ''}`],
  [
    8,
    (random) => {
      const what = random.pick([
        `next-hdr ${random.pick([6, 17, 60])}`,
        `hdr-len-${random.pick(['eq', 'gt', 'lt'])} ${random.pick([0, 2, 4])}`,
        `segs-left-${random.pick(['eq', 'gt', 'lt'])} ${random.between(0, 2)}`,
        `last-entry-${random.pick(['eq', 'gt', 'lt'])} ${random.between(0, 2)}`,
        `tag ${random.pick([0, 5, 0x500, 0x501, 0x100])}`,
        `${random.pick(['psid', 'nsid', 'lsid'])} ${random.pick(['fd05::/16', 'fd05::1/128', 'fd00::/8', 'fd06::3/112'])}`,
      ]);
      return `-m srh ${not(random)}--srh-${what}`;
    },
  ],
  ...(['hbh', 'dst'] as const).flatMap((name): (readonly [number, Rule])[] => [
    [2, (random) => `-m ${name} ${not(random)}--${name}-len ${random.pick([8, 16])}`],
    [3, (random) => `-m ${name} --${name}-opts ${random.pick(['5', '5:2', '5:2,0', '0', '1:1', '1:1,5', '30:4', '30', '62:0', '0,0,0,0,0,0', '62:0,30:9', '1:0'])}`],
  ]),
  [
    3,
    (random) =>
      `-m frag ${random.pick(['--fragfirst', '--fraglast', '--fragmore', '! --fragid 5', '--fragid 0:9', '--fragres', '--fraglen 5', '! --fraglen 5', '--fragid 700 --fragfirst'])}`,
  ],
  [3, (random) => `-m ah ${random.pick([`${not(random)}--ahspi ${random.pick(['2', '65536:65538', '0:70000'])}`, `${not(random)}--ahlen ${random.pick([24, 28])}`, '--ahres'])}`],
  [
    4,
    (random) =>
      `-m ipv6header ${random.chance(0.5) ? '--soft ' : ''}${not(random)}--header ${random.some(['hop', 'dst', 'route', 'frag', 'auth', 'esp', 'none', 'prot'], 1, 3).join(',')}`,
  ],
  [3, (random) => `-p 135 -m mh ${not(random)}--mh-type ${random.pick(['binding-update', '0:4', '0', '5:255'])}`],
  [2, (random) => `-m length ${not(random)}--length ${random.pick(['0:60', '61:80', '81:100'])}`],
];
export const HEADER_RULES: readonly (readonly [number, Rule])[] = [
  [
    8,
    (random) => {
      const types = random.pick([
        'DATA',
        'INIT',
        'SACK,DATA',
        'DATA:Be',
        'ABORT:T',
        'ABORT:t,SHUTDOWN_COMPLETE',
        'I_DATA:B,DATA',
        'ALL',
        'NONE',
        'ASCONF',
        'DATA,INIT,SACK,ABORT,SHUTDOWN_COMPLETE,I_DATA,ASCONF',
      ]);
      return `-p sctp -m sctp --chunk-types ${random.pick(['any', 'all', 'only'])} ${types}`;
    },
  ],
  [3, (random) => `-p ipcomp -m ipcomp ${not(random)}--ipcompspi ${random.pick(['2', '0:5', '65535'])}${random.chance(0.3) ? ' --compres' : ''}`],
  [2, (random) => `-p esp -m esp ${not(random)}--espspi ${random.pick(['2', '3:70000'])}`],
];
