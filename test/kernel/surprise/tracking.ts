/** Connection tracking of other protocols than TCP, zones, and what NAT chooses: every way to an entry that is not the usual one. */

import type { Packet } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;
const server = { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2' } as const;
const server6 = { in: 'rb', src: 'fd02::2', dst: 'fd01::2' } as const;

const states = (chain: string): string[] => ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'].map((state) => `-A ${chain} -m conntrack --ctstate ${state}`);
const watched = router({
  iptables: tables({ mangle: [], nat: [], filter: states('FORWARD') }),
  ip6tables: tables({ mangle: [], nat: [], filter: states('FORWARD') }),
});
const snat = router({
  iptables: tables({ nat: ['-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100'], filter: states('FORWARD') }),
  ip6tables: tables({ nat: ['-A POSTROUTING -o rb -j SNAT --to-source fd02::100'], filter: states('FORWARD') }),
});

/** RFC 9260: type, flags, length, then zeros. */
const chunk = (type: number, flags = 0): string => `${type.toString(16).padStart(2, '0')}${flags.toString(16).padStart(2, '0')}0014${'00'.repeat(16)}`;
const CHUNKS = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const;
type Chunk = keyof typeof CHUNKS;

/** How each state of an association is come to; `<` before a chunk of the server. */
const ASSOCIATIONS: readonly (readonly string[])[] = [
  [],
  ['init'],
  ['init', '<initAck'],
  ['init', '<initAck', 'cookieEcho'],
  ['init', '<initAck', 'cookieEcho', '<cookieAck'],
  ['init', '<initAck', 'cookieEcho', '<cookieAck', 'shutdown'],
  ['init', '<initAck', 'cookieEcho', '<cookieAck', '<shutdown'],
  ['init', '<initAck', 'cookieEcho', '<cookieAck', 'shutdown', '<shutdownAck'],
  ['init', '<initAck', 'cookieEcho', '<cookieAck', 'shutdown', '<shutdownAck', 'shutdownComplete'],
  ['heartbeat'],
  ['heartbeat', '<heartbeatAck'],
];

function association(names: readonly string[], sport: number): Packet[] {
  return names.map((name): Packet => {
    const answers = name.startsWith('<');
    return {
      ...(answers ? server : client),
      proto: 'sctp',
      ...(answers ? { sport: 80, dport: sport } : { sport, dport: 80 }),
      data: chunk(CHUNKS[name.replace('<', '') as Chunk]),
    };
  });
}

const SCTP_TIMEOUTS = Object.fromEntries(
  ['closed', 'cookie_wait', 'cookie_echoed', 'established', 'shutdown_sent', 'shutdown_recd', 'shutdown_ack_sent', 'heartbeat_sent'].map((name, i) => [
    `net.netfilter.nf_conntrack_sctp_timeout_${name}`,
    String(1000 + 100 * i),
  ]),
);

/** Every state of an association, met by every chunk from either end. */
export const SCTP_STATES: readonly KernelCase[] = (['', '<'] as const).map((from) => ({
  name: `of the ${from === '' ? 'original' : 'reply'} direction`,
  node: { ...watched, sysctls: SCTP_TIMEOUTS },
  sends: ASSOCIATIONS.flatMap((way, i) => Object.keys(CHUNKS).flatMap((met, j) => association([...way, `${from}${met}`], 2000 + 20 * i + j))),
}));

export const TRACKING_OF_OTHERS: readonly KernelCase[] = [
  {
    name: 'sctp-nat-and-bundles',
    node: { ...snat, sysctls: SCTP_TIMEOUTS },
    sends: [
      { ...client, proto: 'sctp', sport: 7, dport: 80, data: chunk(1) },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 'sctp', sport: 80, dport: 7, data: chunk(2) },
      { ...client, proto: 'sctp', sport: 7, dport: 80, data: chunk(10) + chunk(0) },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 'sctp', sport: 80, dport: 7, data: chunk(11) + chunk(3) },
      { ...client, src: '10.1.0.3', proto: 'sctp', sport: 7, dport: 80, data: chunk(1) },
      { ...client, proto: 'sctp', sport: 8, dport: 80, data: chunk(3) + chunk(1) },
      { ...client, proto: 'sctp', sport: 9, dport: 80, data: chunk(4) + chunk(0) },
      { ...client, proto: 'sctp', sport: 10, dport: 80, data: chunk(1), badChecksum: true },
      { ...client, proto: 'sctp', sport: 11, dport: 80 },
    ],
  },
  {
    name: 'protocols-without-tracker',
    node: snat,
    sends: [
      ...(['gre', 'dccp', 'udplite', 'esp', 'ah', 99, 4] as const).flatMap((proto): Packet[] => [
        { ...client, proto, sport: 7, dport: 8, payload: 24 },
        { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto, sport: 8, dport: 7, payload: 24 },
        { ...client, proto, sport: 9, dport: 8, payload: 24 },
      ]),
      ...(['gre', 'dccp', 'udplite', 'esp', 'ah', 99] as const).flatMap((proto): Packet[] => [
        { ...client6, proto, sport: 7, dport: 8, payload: 24 },
        { in: 'rb', src: 'fd02::2', dst: 'fd02::100', proto, sport: 8, dport: 7, payload: 24 },
      ]),
      { ...client, proto: 'gre', greKey: 5 },
      { ...client, proto: 'gre', greKey: 6 },
    ],
  },
  {
    name: 'icmp-ids',
    node: snat,
    sends: [
      { ...client, proto: 'icmp', icmpId: 5 },
      { ...client, proto: 'icmp', icmpId: 5, icmpSeq: 9 },
      { ...client, proto: 'icmp', icmpId: 6 },
      { ...client, proto: 'icmp', icmpId: 15, icmpCode: 1 },
      { ...client, src: '10.1.0.3', proto: 'icmp', icmpId: 5 },
      { replyTo: 4 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 'icmp', icmpType: 0, icmpId: 5 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 'icmp', icmpType: 0, icmpId: 7 },
      { ...client, proto: 'icmp', icmpType: 13, icmpId: 25, payload: 12 },
      { ...client, proto: 'icmp', icmpType: 17, icmpId: 35, payload: 4 },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', proto: 'icmp', icmpType: 14, icmpId: 25, payload: 12 },
      { ...client6, proto: 'icmpv6', icmpId: 5 },
      { ...client6, src: 'fd01::3', proto: 'icmpv6', icmpId: 5 },
      { replyTo: 12 },
      { ...client6, proto: 'icmpv6', icmpType: 139, icmpId: 45 },
      { in: 'rb', src: 'fd02::2', dst: 'fd02::100', proto: 'icmpv6', icmpType: 129, icmpId: 5 },
      { in: 'rb', src: 'fd02::2', dst: 'fd02::100', proto: 'icmpv6', icmpType: 129, icmpId: 9 },
    ],
  },
  {
    name: 'icmp-id-range',
    node: router({
      iptables: tables({ nat: ['-A POSTROUTING -p icmp -j SNAT --to-source 10.2.0.100', '-A POSTROUTING -p udp -j MASQUERADE --to-ports 2000-2001'], filter: [TRACKING] }),
    }),
    sends: [2, 3, 4].flatMap((host) => [
      { ...client, src: `10.1.0.${host}`, proto: 'icmp', icmpId: 2000 },
      { ...client, src: `10.1.0.${host}`, ...udp(2000, 53) },
    ]),
  },
  {
    name: 'zones-and-templates',
    node: router({
      iptables: tables({
        raw: [
          '-A PREROUTING -i ra -p udp -m udp --dport 53 -j CT --zone 5 --ctevents new',
          '-A PREROUTING -i ra -p udp -m udp --dport 54 -j CT --zone-orig 6',
          '-A PREROUTING -i rb -p udp -m udp --sport 53 -j CT --zone 5',
          '-A PREROUTING -p udp -m udp --dport 56 -j CT --notrack',
          '-A PREROUTING -p udp -m udp --dport 57 -j CT --zone 9',
          '-A PREROUTING -p udp -m udp --dport 57 -j CT --zone 10',
          '-A PREROUTING -p udp -m udp --dport 58 -j CT --zone 9',
          '-A PREROUTING -p udp -m udp --dport 58 -j CT --notrack',
          '-A PREROUTING -p icmp -j CT --zone 5',
          '-A OUTPUT -p udp -m udp --dport 53 -j CT --zone 5',
        ],
        mangle: [...states('PREROUTING'), '-A FORWARD -m connmark --mark 1', '-A PREROUTING -p udp -j CONNMARK --set-mark 1'],
        nat: ['-A POSTROUTING -o rb -j MASQUERADE'],
        filter: [],
      }),
    }),
    sends: [
      { ...client, ...udp(7, 53) },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', ...udp(53, 7) },
      { ...client, src: '10.1.0.3', ...udp(7, 53) },
      { ...client, ...udp(7, 54) },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', ...udp(54, 7) },
      { ...client, ...udp(7, 56) },
      { ...client, ...udp(7, 57) },
      { ...client, ...udp(7, 58) },
      { ...client, proto: 'icmp', icmpId: 3 },
      { src: '10.2.0.1', dst: '10.2.0.2', ...udp(7, 53) },
      { src: '10.2.0.1', dst: '10.2.0.1', ...udp(7, 53) },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.2.0.1', dst: '10.2.0.2', ...udp(7, 53) } },
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.1', proto: 'icmp', icmpType: 3, icmpCode: 1, inner: { src: '10.2.0.1', dst: '10.2.0.2', ...udp(7, 54) } },
    ],
  },
  {
    name: 'status-none-and-queues',
    node: router({
      iptables: tables({
        mangle: [
          '-A FORWARD -m conntrack --ctstatus NONE',
          '-A FORWARD -m conntrack ! --ctstatus NONE',
          '-A FORWARD -m conntrack ! --ctstatus CONFIRMED',
          '-A FORWARD -p udp -m udp --dport 60 -j NFQUEUE --queue-num 3 --queue-bypass',
          '-A FORWARD -p udp -m udp --dport 60 -j DROP',
          '-A FORWARD -p udp -m udp --dport 61 -j NFQUEUE --queue-num 3',
        ],
        filter: ['-A FORWARD -p udp -m udp --dport 60'],
      }),
    }),
    sends: [{ ...client, ...udp(7, 53) }, { ...client, ...udp(7, 53) }, { replyTo: 0 }, { ...client, ...udp(7, 60) }, { ...client, ...udp(7, 61) }],
  },
  {
    name: 'persistent-and-random',
    node: router({
      iptables: tables({
        nat: [
          '-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.2.0.2-10.2.0.9 --persistent',
          '-A PREROUTING -p tcp -m tcp --dport 81 -j DNAT --to-destination 10.2.0.2-10.2.0.9',
          '-A PREROUTING -p tcp -m tcp --dport 82 -j DNAT --to-destination 10.2.0.2:8000-8003/80',
          '-A PREROUTING -p tcp -m tcp --dport 84 -j REDIRECT --to-ports 8000-8003',
          '-A POSTROUTING -o rb -p tcp -m tcp --dport 85 -j MASQUERADE --random',
          '-A POSTROUTING -o rb -p tcp -m tcp --dport 86 -j MASQUERADE --random-fully',
          '-A POSTROUTING -o rb -p tcp -m tcp --dport 87 -j SNAT --to-source 10.2.0.100-10.2.0.103:4000-4010 --random',
          '-A POSTROUTING -o rb -p tcp -m tcp --dport 88 -j SNAT --to-source 10.2.0.100:4000-4001',
          '-A POSTROUTING -o rb -p tcp -m tcp --dport 89 -j NETMAP --to 10.2.3.0/24',
        ],
        filter: [],
      }),
    }),
    sends: [80, 81, 82, 84, 85, 86, 87, 88, 89].flatMap((dport) =>
      [2, 3, 4].flatMap((host, i) => [{ ...client, src: `10.1.0.${host}`, dst: dport === 84 ? '10.1.0.1' : '10.2.0.2', ...tcp(5000 + i, dport) }]),
    ),
  },
  {
    name: 'errors-about-everything',
    node: router({
      iptables: tables({
        nat: ['-A PREROUTING -d 10.1.0.1/32 -p tcp -j DNAT --to-destination 10.2.0.2:8080', '-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100'],
        filter: states('FORWARD'),
      }),
      ip6tables: tables({ nat: ['-A POSTROUTING -o rb -j SNAT --to-source fd02::100'], filter: states('FORWARD') }),
    }),
    sends: [
      { ...client, dst: '10.1.0.1', ...tcp(7, 80) },
      { errorFor: 0, code: 1 },
      { errorFor: 0, code: 3, overrides: { src: '10.2.0.254', icmpType: 11, icmpCode: 0 } },
      { ...client, proto: 'sctp', sport: 7, dport: 80, data: chunk(1) },
      { errorFor: 3, code: 1 },
      { ...client, proto: 99 },
      { errorFor: 5, code: 2 },
      { ...client, proto: 'gre' },
      { errorFor: 7, code: 2 },
      { ...client, proto: 'dccp', sport: 7, dport: 8 },
      { errorFor: 9, code: 2 },
      { ...client, proto: 'icmp', icmpId: 8 },
      { errorFor: 11, code: 1 },
      { ...client6, proto: 'icmpv6', icmpId: 8 },
      { errorFor: 13, code: 1 },
      { ...client6, ...udp(7, 8) },
      { errorFor: 15, code: 4 },
      { errorFor: 15, code: 0, overrides: { icmpType: 2 } },
      // An error of the client's own side, about an answer.
      { in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...tcp(8080, 7), flags: ['SYN', 'ACK'], ack: 1 },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'icmp', icmpType: 3, icmpCode: 3, inner: { src: '10.1.0.1', dst: '10.1.0.2', ...tcp(80, 7), flags: ['SYN', 'ACK'] } },
    ],
  },
  {
    name: 'same-tuple-from-both-sides',
    node: watched,
    sends: [
      { ...client, ...udp(7, 8) },
      { ...server, ...udp(8, 7) },
      { ...server6, ...udp(8, 7) },
      { ...client6, ...udp(7, 8) },
      { ...client, ...udp(0, 0) },
      { ...server, ...udp(0, 0) },
      { ...client, dst: '10.1.0.2', ...udp(9, 9) },
      { src: '10.2.0.1', dst: '10.2.0.1', ...udp(9, 9) },
    ],
  },
];
