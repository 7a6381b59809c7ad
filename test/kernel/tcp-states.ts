/**
 * Every state that a tracked TCP connection can be in, met by every kind of segment from either end, in and out of the
 * window: one connection each, so that the entries at the end tell what each segment did.
 */

import type { TcpFlagName } from '../../engine/model/field.ts';
import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import type { Random } from './random.ts';
import { tables } from './router.ts';

type Flags = readonly TcpFlagName[];
/** Who sends, what, and sequence numbers counted from where each end starts. */
type Segment = readonly [from: 'client' | 'server', flags: Flags, seq: number, ack: number, payload?: number, more?: Partial<Packet>];

const SYN: Flags = ['SYN'];
const SYN_ACK: Flags = ['SYN', 'ACK'];
const ACK: Flags = ['ACK'];
const FIN: Flags = ['FIN', 'ACK'];
const RST: Flags = ['RST'];
const RST_ACK: Flags = ['RST', 'ACK'];

const OPEN: readonly Segment[] = [
  ['client', SYN, 0, 0],
  ['server', SYN_ACK, 0, 1],
  ['client', ACK, 1, 1],
];
/** How each state is come to. */
export const WAYS: Readonly<Record<string, readonly Segment[]>> = {
  'no entry': [],
  SYN_SENT: [['client', SYN, 0, 0]],
  SYN_SENT2: [
    ['client', SYN, 0, 0],
    ['server', SYN, 0, 0],
  ],
  SYN_RECV: OPEN.slice(0, 2),
  ESTABLISHED: OPEN,
  'ESTABLISHED, data': [...OPEN, ['client', ACK, 1, 1, 20], ['server', ACK, 1, 21, 30], ['client', ACK, 21, 31]],
  'ESTABLISHED, picked up': [['client', ACK, 1, 1, 10]],
  'ESTABLISHED, picked up and answered': [
    ['client', ACK, 1, 1, 10],
    ['server', ACK, 1, 11],
  ],
  FIN_WAIT: [...OPEN, ['client', FIN, 1, 1]],
  'FIN_WAIT by the server': [...OPEN, ['server', FIN, 1, 1]],
  CLOSE_WAIT: [...OPEN, ['client', FIN, 1, 1], ['server', ACK, 1, 2]],
  LAST_ACK: [...OPEN, ['client', FIN, 1, 1], ['server', FIN, 1, 2]],
  TIME_WAIT: [...OPEN, ['client', FIN, 1, 1], ['server', FIN, 1, 2], ['client', ACK, 2, 2]],
  'CLOSE by a reset': [...OPEN, ['server', RST, 1, 0]],
  'CLOSE by a reset of the client': [...OPEN, ['client', RST, 1, 0]],
  'SYN ignored': [...OPEN, ['client', SYN, 9000, 0]],
  'SYN answered by a challenge': [...OPEN, ['client', SYN, 9000, 0], ['server', ACK, 1, 1]],
};
/** What meets it: in place, and with numbers off. */
const METS: readonly Segment[] = (['client', 'server'] as const).flatMap((from) => [
  ...([SYN, SYN_ACK, ACK, FIN, RST, RST_ACK] as const).flatMap((flags): Segment[] => [
    [from, flags, 1, 1],
    [from, flags, 2, 2],
    [from, flags, 0, 1],
    [from, flags, 40, 40],
    [from, flags, 500000, 1],
    [from, flags, 1, 500000],
    [from, flags, -500000, 1],
  ]),
  [from, ACK, 1, 1, 25],
  [from, FIN, 1, 2, 25],
  [from, RST, 0, 0],
  [from, [], 1, 1],
  [from, ['FIN'], 1, 1],
  [from, ['SYN', 'FIN'], 1, 1],
  [from, ['ACK', 'URG', 'PSH'], 1, 1],
  [from, SYN, 0, 0],
  [from, ACK, 1, 1, 0, { window: 0 }],
]);

const CLIENT_START = 1_000_000;
const SERVER_START = 2_000_000;

function packet([from, flags, seq, ack, payload = 0, more = {}]: Segment, sport: number): Packet {
  const [own, other] = from === 'client' ? [CLIENT_START, SERVER_START] : [SERVER_START, CLIENT_START];
  const ends =
    from === 'client'
      ? ({ in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', sport, dport: 80 } as const)
      : ({ in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', sport: 80, dport: sport } as const);
  return { ...ends, proto: 'tcp', flags, seq: own + seq, ack: flags.includes('ACK') || ack > 0 ? other + ack : 0, payload, ...more };
}

/** One connection per segment: the way, and what meets it. */
function connections(way: readonly Segment[], mets: readonly Segment[]): Packet[] {
  return mets.flatMap((met, i) => [...way, met].map((one) => packet(one, 2000 + i)));
}

const node = (sysctls: Readonly<Record<string, string>>): KernelCase['node'] => ({
  interfaces: [
    { name: 'ra', addresses: ['10.1.0.1/24'] },
    { name: 'rb', addresses: ['10.2.0.1/24'] },
  ],
  iptables: tables({ filter: ['NEW', 'ESTABLISHED', 'INVALID'].map((state) => `-A FORWARD -m conntrack --ctstate ${state}`) }),
  // So far apart that a timeout tells which one it is.
  sysctls: {
    ...Object.fromEntries(
      ['syn_sent', 'syn_recv', 'established', 'fin_wait', 'close_wait', 'last_ack', 'time_wait', 'close', 'max_retrans', 'unacknowledged'].map((name, i) => [
        `net.netfilter.nf_conntrack_tcp_timeout_${name}`,
        String(1000 + 100 * (name === 'established' ? 99 : i)),
      ]),
    ),
    ...sysctls,
  },
});

export const SETTINGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'as usual': {},
  liberal: { 'net.netfilter.nf_conntrack_tcp_be_liberal': '1' },
  'not loose': { 'net.netfilter.nf_conntrack_tcp_loose': '0' },
  'resets unchecked': { 'net.netfilter.nf_conntrack_tcp_ignore_invalid_rst': '1' },
};

export const tcpStates = (way: string, setting: string): KernelCase => ({
  name: `${way}, ${setting}`,
  node: node(SETTINGS[setting] ?? {}),
  sends: connections(WAYS[way] ?? [], METS),
});

/** Any segments in any order, forty connections of a short life. */
export function anyTcp(random: Random, setting: string): KernelCase {
  const kinds: readonly Flags[] = [SYN, SYN, SYN_ACK, ACK, ACK, ACK, FIN, RST, RST_ACK];
  const sequence = [0, 1, 1, 1, 2, 2, 21, 31, 40, 9000, 300000];
  const segment = (): Segment => {
    const flags = random.pick(kinds);
    const payload = flags === ACK ? random.pick([0, 0, 10, 20, 1000]) : 0;
    return [random.pick(['client', 'server']), flags, random.pick(sequence), random.pick(sequence), payload, { window: random.pick([64240, 64240, 64240, 1000, 0]) }];
  };
  const sends = Array.from({ length: 40 }, (_, i): Packet[] => {
    const start = random.chance(0.7) ? random.pick(Object.values(WAYS)) : [];
    return [...start, ...Array.from({ length: random.between(1, 6) }, segment)].map((one) => packet(one, 3000 + i));
  }).flat();
  return { name: `any segments, ${setting}`, node: node(SETTINGS[setting] ?? {}), sends };
}
