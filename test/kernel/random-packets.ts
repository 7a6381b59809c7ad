/**
 * Rarer packets for random nodes: protocols beside TCP, UDP and ICMP, fragments, broadcasts and multicasts, data that
 * rules look into, flags that make no sense, whole TCP conversations that reach every state, and packets after a wait.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { Sending } from './node.ts';
import { WORDS } from './random-rare.ts';
import { allOwn, DEVICES, PORTS, type Vocabulary } from './random-vocabulary.ts';
import type { Random } from './random.ts';

const hexOf = (text: string): string => Buffer.from(text).toString('hex');

interface Ends {
  readonly device: string;
  readonly in: string;
  readonly src: string;
  readonly dst: string;
}

/** From one wire to a host on another, or to the node. */
function ends(random: Random, words: Vocabulary): Ends {
  const device = random.pick(DEVICES);
  const others = DEVICES.filter((one) => one !== device).flatMap((one) => words.hosts[one] ?? []);
  return { device, in: device, src: random.pick(words.hosts[device] ?? []), dst: random.chance(0.2) ? random.pick(allOwn(words)) : random.pick(others) };
}

/** Packets that belong together, from position `at` on. */
export function rareSends(random: Random, words: Vocabulary, at: number): readonly Sending[] {
  const v4 = words.family === 'ipv4';
  return random.weighted<(r: Random, w: Vocabulary, position: number) => readonly Sending[]>([
    [4, protocols],
    [3, withData],
    [2, fragments],
    [v4 ? 2 : 1, groups],
    [4, conversation],
    [1, oddFlags],
    [1, queries],
    [1, tooLong],
    [1, oddErrors],
    [v4 ? 0 : 2, extended],
  ])(random, words, at);
}

function protocols(random: Random, words: Vocabulary, at: number): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  const ports = { sport: random.pick(PORTS), dport: random.pick(PORTS) };
  const packet = random.weighted<() => Packet>([
    [
      3,
      () => ({
        ...way,
        proto: 'sctp',
        ...ports,
        data: random.pick(['0100001400000001000000010001000100000001', '0003001000000001000000010000000041424344', '0200001400000001000000010001000100000001']),
      }),
    ],
    [2, () => ({ ...way, proto: 'udplite', ...ports })],
    [3, () => ({ ...way, proto: 'dccp', ...ports })],
    [2, () => ({ ...way, proto: 'gre', ...(random.chance(0.5) ? { greKey: random.between(1, 3) } : {}) })],
    [2, () => ({ ...way, proto: 'esp', spi: random.pick([1, 256, 300, 4096]) })],
    [2, () => ({ ...way, proto: 'ah', spi: random.pick([1, 256, 300, 4096]) })],
    // REJECT takes any protocol to have a sum over its payload, and answers those alone whose sum is right.
    [2, () => ({ ...way, proto: 108, data: `3b00${random.pick(['0001c4fe', '0100c3ff', '1000b4ff', '01000000', '10000001'])}0000` })],
    [1, () => ({ ...way, proto: 99 })],
  ])();
  return [{ packet }, ...(random.chance(0.6) ? [{ replyTo: at }] : [])];
}

function withData(random: Random, words: Vocabulary): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  const data = hexOf(random.pick(['', 'pad', 'x'])) + hexOf(random.pick(WORDS)) + hexOf(random.pick(['', ' HTTP/1.1', 'ABCabc']));
  const packet: Packet = random.chance(0.5)
    ? { ...way, proto: 'udp', sport: random.pick(PORTS), dport: random.pick(PORTS), data }
    : { ...way, proto: 'tcp', sport: random.pick(PORTS), dport: random.pick(PORTS), flags: ['PSH', 'ACK'], seq: 1, ack: 1, data };
  return [{ packet }, { packet: { ...packet, data: hexOf(random.pick(WORDS)) } }];
}

/** Headers between that of IPv6 and a datagram, which say what they hold: an alert for routers, padding, a segment list with none left. */
function extended(random: Random, words: Vocabulary, at: number): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  const headers = [
    { header: 'hop-by-hop', data: random.pick(['050200000100', '010400000000']) },
    { header: 'routing', data: `040000000005fd09${'00'.repeat(13)}01` },
    { header: 'destination-options', data: '010400000000' },
  ].filter(() => random.chance(0.6));
  const packet: Packet = { ...way, proto: random.pick(['udp', 'tcp']), sport: random.pick(PORTS), dport: random.pick(PORTS), extensionHeaders: headers };
  return [{ packet }, ...(random.chance(0.5) ? [{ replyTo: at }] : [])];
}

/** All of a datagram's fragments, or not, seldom in order. */
function fragments(random: Random, words: Vocabulary, at: number): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  const id = 0x8000 + at;
  const label = words.family === 'ipv4' ? { id } : { id, flowLabel: 0x80000 + id };
  const common = { ...way, proto: 'udp', sport: random.pick(PORTS), dport: random.pick(PORTS), ...label };
  const first: Packet = { ...common, payload: 16, moreFragments: true };
  const second: Packet = { ...common, payload: 16, fragOffset: 24 };
  return random.weighted<readonly Sending[]>([
    [4, [{ packet: first }, { packet: second }]],
    [1, [{ packet: second }, { packet: first }]],
    [1, [{ packet: first }]],
    [1, [{ packet: second }]],
  ]);
}

function groups(random: Random, words: Vocabulary): readonly Sending[] {
  const device = random.pick(DEVICES);
  const src = random.pick(words.hosts[device] ?? []);
  const common = { proto: 'udp', sport: random.pick(PORTS), dport: random.pick(PORTS) };
  const own = words.own[device]?.[0] as string;
  if (words.family === 'ipv6')
    return [
      {
        packet: random.chance(0.6) ? { ...common, in: device, src, dst: 'ff02::1', l2: 'multicast' } : { ...common, in: device, src, dst: own, l2: 'broadcast' },
      },
    ];
  const broadcast = own.replace(/\d+$/, '255');
  return random.weighted<readonly Sending[]>([
    [2, [{ packet: { ...common, in: device, src, dst: random.pick([broadcast, '255.255.255.255']), l2: 'broadcast' } }]],
    [2, [{ packet: { ...common, in: device, src, dst: '224.0.0.1', l2: 'multicast' } }]],
    [1, [{ packet: { ...common, in: device, src, dst: random.pick(words.hosts.rb ?? []), l2: 'broadcast' } }]],
    [2, [{ packet: { ...common, in: null, src: own, dst: broadcast } }]],
  ]);
}

/** A conversation as far as it gets: orig or reply side, flags, bytes. */
type Line = readonly [from: 'client' | 'server', flags: NonNullable<Packet['flags']>, bytes?: number];
const OPEN: readonly Line[] = [
  ['client', ['SYN']],
  ['server', ['SYN', 'ACK']],
  ['client', ['ACK']],
];
const SCRIPTS: readonly (readonly Line[])[] = [
  [
    ...OPEN,
    ['client', ['PSH', 'ACK'], 5],
    ['server', ['ACK']],
    ['client', ['FIN', 'ACK']],
    ['server', ['ACK']],
    ['server', ['FIN', 'ACK']],
    ['client', ['ACK']],
    ['client', ['SYN']],
  ],
  [...OPEN, ['server', ['FIN', 'ACK']], ['client', ['FIN', 'ACK']], ['server', ['ACK']], ['client', ['SYN']]],
  [...OPEN, ['server', ['PSH', 'ACK'], 7], ['client', ['RST']], ['client', ['SYN']], ['server', ['SYN', 'ACK']]],
  [
    ['client', ['SYN']],
    ['server', ['SYN']],
    ['client', ['SYN', 'ACK']],
    ['server', ['ACK']],
    ['client', ['ACK']],
  ],
  [
    ['client', ['SYN']],
    ['server', ['RST', 'ACK']],
    ['client', ['SYN']],
  ],
  [...OPEN, ['client', ['SYN']], ['server', ['ACK']], ['client', ['FIN', 'ACK']], ['server', ['RST']]],
  [
    ['client', ['ACK']],
    ['server', ['ACK']],
    ['client', ['FIN', 'ACK']],
    ['server', ['FIN', 'ACK']],
    ['client', ['ACK']],
  ],
];

function conversation(random: Random, words: Vocabulary, at: number): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  const script = random.pick(SCRIPTS);
  const sends: Sending[] = [];
  const sequence = { client: 100, server: 9000 };
  const base = { ...way, proto: 'tcp', sport: random.pick(PORTS), dport: random.pick(PORTS) };
  for (const [from, flags, bytes = 0] of script.slice(0, random.between(3, script.length))) {
    const other = from === 'client' ? 'server' : 'client';
    // Seldom far off: outside the window.
    const seq = sequence[from] + (random.chance(0.04) ? 5_000_000 : 0);
    const fields = { flags, seq, ack: flags.includes('ACK') ? sequence[other] : 0, ...(bytes > 0 ? { payload: bytes } : {}) };
    sends.push(from === 'client' ? { packet: { ...base, ...fields } } : { replyTo: at, overrides: fields });
    sequence[from] += bytes + Number(flags.includes('SYN')) + Number(flags.includes('FIN'));
  }
  return sends;
}

function oddFlags(random: Random, words: Vocabulary): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  const flags = random.pick([[], ['FIN'], ['SYN', 'FIN'], ['SYN', 'RST'], ['FIN', 'PSH', 'URG'], ['SYN', 'ECE', 'CWR'], ['ACK', 'URG'], ['ACK', 'ECE']] as const);
  return [
    {
      packet: {
        ...way,
        proto: 'tcp',
        sport: random.pick(PORTS),
        dport: random.pick(PORTS),
        flags,
        tcpOptions: random.some([3, 4, 8], 0, 3),
        ...(random.chance(0.4) ? { mss: 1300 } : {}),
      },
    },
  ];
}

function queries(random: Random, words: Vocabulary): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  if (words.family === 'ipv6') return [{ packet: { ...way, proto: 'icmpv6', icmpType: random.pick([139, 129, 200]), icmpId: 1 } }];
  const icmpType = random.pick([15, 17, 0, 14, 30]);
  return [{ packet: { ...way, proto: 'icmp', icmpType, icmpId: random.between(1, 3) } }];
}

/** One byte more than the MTU: a frame with a VLAN tag has room for it. */
function tooLong(random: Random, words: Vocabulary): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  const payload = words.family === 'ipv4' ? 1473 : 1453;
  return [{ packet: { ...way, proto: 'udp', sport: random.pick(PORTS), dport: random.pick(PORTS), payload, ...(words.family === 'ipv4' ? { df: random.chance(0.5) } : {}) } }];
}

/** Errors about what nobody sent, and about what somebody did from somewhere else. */
function oddErrors(random: Random, words: Vocabulary, at: number): readonly Sending[] {
  const { device: _, ...way } = ends(random, words);
  const inner = { src: way.src, dst: way.dst, proto: 'udp', sport: random.pick(PORTS), dport: random.pick(PORTS) };
  const v4 = words.family === 'ipv4';
  const types: readonly (readonly [number, number])[] = v4
    ? [
        [3, 1],
        [3, 4],
        [11, 0],
        [12, 0],
      ]
    : [
        [1, 0],
        [2, 0],
        [3, 0],
        [4, 0],
      ];
  const [icmpType, icmpCode] = random.pick(types);
  return random.chance(0.5)
    ? [{ packet: { ...way, proto: v4 ? 'icmp' : 'icmpv6', icmpType, icmpCode, inner: { ...inner, src: way.dst, dst: way.src } } }]
    : [{ packet: { ...way, ...inner } }, { errorFor: at, code: 0, overrides: { icmpType, icmpCode, ...(random.chance(0.3) ? { src: random.pick(words.remote) } : {}) } }];
}

/** Timeouts short enough to see connections end, and when the packets behind the wait come. */
export const SHORT_TIMEOUTS: Readonly<Record<string, string>> = {
  'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': '1',
  'net.netfilter.nf_conntrack_tcp_timeout_syn_recv': '3',
  'net.netfilter.nf_conntrack_tcp_timeout_established': '1',
  'net.netfilter.nf_conntrack_tcp_timeout_close': '1',
  'net.netfilter.nf_conntrack_udp_timeout': '1',
  'net.netfilter.nf_conntrack_udp_timeout_stream': '3',
  'net.netfilter.nf_conntrack_icmp_timeout': '1',
  'net.netfilter.nf_conntrack_icmpv6_timeout': '1',
  'net.netfilter.nf_conntrack_generic_timeout': '1',
};
export const WAIT = 2.2;
