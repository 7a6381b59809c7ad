/** Fragments: put together again where the kernel tracks connections or delivers, and as they are where it does neither. */

import type { Packet } from '../../../engine/model/packet.ts';
import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING, TRACKING6 } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;

/** A UDP datagram cut at these offsets: 8 bytes of header, the rest payload. */
function cut(base: Packet, id: number, ends: readonly number[], header = 8): Packet[] {
  const more = base.dst.includes(':') ? { flowLabel: 0x9000 + id } : {};
  return ends.map((end, i) => {
    const from = i === 0 ? 0 : (ends[i - 1] as number);
    return { ...base, ...more, id, fragOffset: from, moreFragments: i < ends.length - 1, payload: end - from - (i === 0 ? header : 0) };
  });
}

const MATCHES = (chain: string): string[] => [
  `-A ${chain} -f`,
  `-A ${chain} ! -f`,
  `-A ${chain} -p udp -m udp --dport 53`,
  `-A ${chain} -p udp -m udp ! --dport 53`,
  `-A ${chain} -m length --length 0:100`,
  `-A ${chain} -m length --length 101:`,
  ...(chain === 'OUTPUT' || chain === 'POSTROUTING' ? [] : [`-A ${chain} -m mac --mac-source 02:00:00:00:0a:02`]),
];
const MATCHES6 = (chain: string): string[] => [
  `-A ${chain} -m frag --fragfirst`,
  `-A ${chain} -p udp -m udp --dport 53`,
  `-A ${chain} -m length --length 0:100`,
  `-A ${chain} -m length --length 101:`,
];

const tracked = router({
  iptables: tables({ raw: MATCHES('PREROUTING'), mangle: [...MATCHES('FORWARD'), ...MATCHES('INPUT'), ...MATCHES('OUTPUT'), ...MATCHES('POSTROUTING')], filter: [TRACKING] }),
  ip6tables: tables({
    raw: MATCHES6('PREROUTING'),
    mangle: [...MATCHES6('FORWARD'), ...MATCHES6('INPUT'), ...MATCHES6('OUTPUT'), ...MATCHES6('POSTROUTING')],
    filter: [TRACKING6],
  }),
});
const untracked = router({
  iptables: tables({ mangle: [...MATCHES('FORWARD'), ...MATCHES('INPUT')], filter: [] }),
  ip6tables: tables({ mangle: [...MATCHES6('FORWARD'), ...MATCHES6('INPUT')], filter: [] }),
});

const pick = <T>(list: readonly T[], ...order: readonly number[]): T[] => order.map((i) => list[i] as T);

const whole = cut({ ...client, ...udp(4000, 53) }, 700, [40, 80, 120]);
const whole6 = cut({ ...client6, ...udp(4000, 53) }, 700, [40, 80, 120]);

export const FRAGMENTS: readonly KernelCase[] = [
  {
    name: 'fragments-in-order',
    node: tracked,
    sends: [
      ...whole,
      ...cut({ ...client, ...udp(4001, 54), tos: 0x10, ttl: 9 }, 701, [48, 96]),
      ...cut({ ...client, ...tcp(4002, 80) }, 702, [40, 80], 20),
      ...cut({ ...client, proto: 'icmp', icmpId: 9 }, 703, [40, 80]),
      ...cut({ ...client, proto: 99 }, 704, [40, 80], 0),
      // One alone waits.
      whole[1] as Packet,
      { ...client, ...udp(4000, 53) },
    ],
  },
  {
    name: 'fragments-out-of-order',
    node: tracked,
    sends: [
      ...pick(cut({ ...client, ...udp(4000, 53) }, 710, [40, 80, 120]), 2, 0, 1),
      ...pick(cut({ ...client, ...udp(4001, 53) }, 711, [40, 80, 120]), 2, 1, 0),
      // The first is of another look than the last: its TTL and TOS are what counts.
      ...pick(
        cut({ ...client, ...udp(4002, 53) }, 712, [40, 80, 120]).map((one, i) => ({ ...one, ttl: 60 - i, tos: 0x20 * (i + 1), srcMac: `02:00:00:00:0a:0${i + 2}` })),
        1,
        2,
        0,
      ),
      // By another device than the others.
      ...cut({ ...client, ...udp(4003, 53) }, 713, [40, 80]).map((one, i) => ({ ...one, in: i === 0 ? 'ra' : 'rb' })),
      ...cut({ ...client, ...udp(4004, 53) }, 714, [40, 80]).map((one, i) => ({ ...one, src: i === 0 ? '10.1.0.2' : '10.1.0.3' })),
    ],
  },
  {
    name: 'fragments-twice-and-overlapping',
    node: tracked,
    sends: [
      // The same again is passed over.
      ...pick(cut({ ...client, ...udp(4000, 53) }, 720, [40, 80, 120]), 0, 0, 1, 0, 1, 2),
      // Inside of what is there.
      ...[0, 40, 16, 80].map(
        (from): Packet => ({ ...client, ...udp(4001, 53), id: 721, fragOffset: from, moreFragments: from < 80, payload: from === 16 ? 24 : from === 0 ? 32 : 40 }),
      ),
      // Across the border of two: all is thrown away, and what follows starts anew.
      ...[0, 24, 40, 80, 0, 40].map(
        (from, i): Packet => ({ ...client, ...udp(4002, 53), id: 722, fragOffset: from, moreFragments: from < 80, payload: from === 0 ? 32 : from === 24 ? 32 : 40, ttl: 60 + i }),
      ),
      // Beyond the end.
      ...[40, 80, 0].map((from): Packet => ({ ...client, ...udp(4003, 53), id: 723, fragOffset: from, moreFragments: from !== 40, payload: from === 0 ? 32 : 40 })),
      // Two ends.
      ...[80, 40, 0].map((from): Packet => ({ ...client, ...udp(4004, 53), id: 724, fragOffset: from, moreFragments: from === 0, payload: from === 0 ? 32 : 40 })),
      // Nothing in it; and a middle one that is no multiple of eight, which is cut.
      { ...client, proto: 99, id: 725, fragOffset: 8, moreFragments: true, payload: 0 },
      { ...client, ...udp(4005, 53), id: 726, moreFragments: true, payload: 35 },
      { ...client, ...udp(4005, 53), id: 726, fragOffset: 40, payload: 40 },
      // A hole that is filled by one which is larger.
      ...[0, 80, 40].map(
        (from): Packet => ({ ...client, ...udp(4006, 53), id: 727, fragOffset: from, moreFragments: from !== 80, payload: from === 0 ? 32 : from === 40 ? 48 : 8 }),
      ),
    ],
  },
  {
    name: 'fragments-ecn',
    node: tracked,
    sends: [0, 1, 2, 3].flatMap((a) =>
      [0, 1, 2, 3].flatMap((b) => cut({ ...client, ...udp(4000 + 4 * a + b, 53) }, 730 + 4 * a + b, [40, 80]).map((one, i) => ({ ...one, tos: i ? b : a }))),
    ),
  },
  {
    name: 'fragments-ipv6',
    node: tracked,
    sends: [
      ...whole6,
      ...pick(cut({ ...client6, ...udp(4001, 53) }, 711, [40, 80, 120]), 2, 1, 0),
      ...pick(
        cut({ ...client6, ...udp(4002, 53) }, 712, [40, 80, 120]).map((one, i) => ({ ...one, ttl: 60 - i, tos: 0x20 * (i + 1) })),
        1,
        2,
        0,
      ),
      ...cut({ ...client6, ...udp(4003, 53) }, 713, [40, 80]).map((one, i) => ({ ...one, in: i === 0 ? 'ra' : 'rb' })),
      ...pick(cut({ ...client6, ...udp(4004, 53) }, 720, [40, 80, 120]), 0, 0, 1, 0, 1, 2),
      ...[0, 24, 40, 80, 0, 40].map(
        (from, i): Packet => ({
          ...client6,
          ...udp(4005, 53),
          id: 722,
          flowLabel: 0x9722,
          fragOffset: from,
          moreFragments: from < 80,
          payload: from === 0 ? 32 : from === 24 ? 32 : 40,
          ttl: 60 + i,
        }),
      ),
      ...[40, 80, 0].map((from): Packet => ({ ...client6, proto: 99, id: 723, flowLabel: 0x9723, fragOffset: from, moreFragments: from !== 40, payload: 40 })),
      ...cut({ ...client6, ...tcp(4007, 80) }, 724, [40, 80], 20),
      ...cut({ ...client6, proto: 'icmpv6', icmpId: 9 }, 725, [40, 80]),
    ],
  },
  {
    name: 'fragments-to-the-node',
    node: tracked,
    sends: [
      ...cut({ ...client, dst: '10.1.0.1', ...udp(4000, 53) }, 740, [40, 80]),
      ...cut({ ...client, dst: '10.2.0.1', proto: 'icmp', icmpId: 3 }, 741, [40, 80]),
      ...cut({ ...client6, dst: 'fd01::1', ...udp(4000, 53) }, 742, [40, 80]),
      ...cut({ in: null, src: '10.2.0.1', dst: '10.2.0.2', ...udp(5000, 53) }, 743, [40, 80]),
      ...cut({ in: null, src: '10.2.0.1', dst: '10.2.0.1', ...udp(5001, 53) }, 744, [40, 80]),
      ...cut({ in: null, src: 'fd02::1', dst: 'fd02::2', ...udp(5002, 53) }, 745, [40, 80]),
      ...cut({ in: null, src: '10.2.0.1', dst: '10.2.0.2', ...udp(5003, 53), mark: 7 }, 746, [40, 80]).map((one, i) => (i === 0 ? one : { ...one, mark: 8 })),
    ],
  },
  {
    name: 'fragments-to-the-node-untracked',
    node: untracked,
    sends: [
      ...cut({ ...client, dst: '10.1.0.1', ...udp(4000, 53) }, 740, [40, 80, 120]),
      ...pick(cut({ ...client, dst: '10.1.0.1', ...udp(4001, 53) }, 741, [40, 80, 120]), 1, 2, 0),
      ...cut({ ...client6, dst: 'fd01::1', ...udp(4000, 53) }, 742, [40, 80]),
      ...cut({ ...client, ...udp(4000, 53) }, 743, [40, 80]),
      ...cut({ ...client6, ...udp(4000, 53) }, 744, [40, 80]),
    ],
  },
  {
    name: 'fragments-of-translated-connections',
    node: router({
      iptables: tables({
        nat: ['-A PREROUTING -d 10.1.0.1/32 -p udp -j DNAT --to-destination 10.2.0.2:5353', '-A POSTROUTING -o rb -j SNAT --to-source 10.2.0.100'],
        filter: MATCHES('FORWARD'),
      }),
      ip6tables: tables({ nat: ['-A POSTROUTING -o rb -j MASQUERADE'], filter: MATCHES6('FORWARD') }),
    }),
    sends: [
      ...cut({ ...client, dst: '10.1.0.1', ...udp(4000, 53) }, 750, [40, 80]),
      ...cut({ in: 'rb', src: '10.2.0.2', dst: '10.2.0.100', ...udp(5353, 4000) }, 751, [40, 80, 120]),
      ...pick(cut({ ...client, dst: '10.1.0.1', ...udp(4000, 53) }, 752, [40, 80]), 1, 0),
      ...cut({ ...client6, ...udp(4000, 53) }, 753, [40, 80]),
    ],
  },
  {
    name: 'fragments-and-path-mtu',
    node: {
      ...tracked,
      interfaces: [
        { name: 'ra', mtu: 2000, addresses: ['10.1.0.1/24', 'fd01::1/64'] },
        { name: 'rb', mtu: 1400, addresses: ['10.2.0.1/24', 'fd02::1/64'] },
      ],
    },
    sends: [
      // Fragments that fit, of a datagram that does not; then fragments that do not fit themselves.
      ...cut({ ...client, ...udp(4000, 53) }, 760, [1000, 2000]),
      ...cut({ ...client, ...udp(4001, 53) }, 761, [1480, 2000]),
      ...cut({ ...client, ...udp(4002, 53), df: true }, 762, [1000, 2000]),
      ...cut({ ...client, ...udp(4003, 53), df: true }, 763, [1480, 2000]),
      ...cut({ ...client, ...udp(4004, 53) }, 764, [1480, 2000]).map((one, i) => ({ ...one, df: i === 1 })),
      ...cut({ ...client6, ...udp(4000, 53) }, 765, [1000, 2000]),
      ...cut({ ...client6, ...udp(4001, 53) }, 766, [1480, 2000]),
      { ...client, ...udp(4005, 53), payload: 1600 },
      { ...client, ...udp(4006, 53), payload: 1600, df: true },
    ],
  },
  {
    name: 'fragments-run-out-of-time',
    node: { ...tracked, sysctls: { 'net.ipv4.ipfrag_time': '1', 'net.netfilter.nf_conntrack_frag6_timeout': '1' } },
    sends: [
      ...cut({ ...client, ...udp(4000, 53) }, 770, [40, 80, 120]).map((one, i) => ({ ...one, at: [0, 0.5, 1.5][i] as number })),
      ...cut({ ...client, ...udp(4001, 53) }, 771, [40, 80]).map((one, i) => ({ ...one, at: [1.5, 2][i] as number })),
      // The first one last: about a datagram that begins, the sender of IPv6 would be told.
      ...pick(cut({ ...client6, ...udp(4000, 53) }, 772, [40, 80]), 1, 0).map((one, i) => ({ ...one, at: [2, 3.5][i] as number })),
    ],
  },
  {
    name: 'fragments-refused',
    node: router({
      iptables: tables({ filter: [TRACKING, '-A FORWARD -p udp -m udp --dport 53 -j REJECT', '-A FORWARD -p tcp -j REJECT --reject-with tcp-reset', '-A INPUT -p udp -j REJECT'] }),
      ip6tables: tables({ filter: [TRACKING6, '-A FORWARD -p udp -m udp --dport 53 -j REJECT'] }),
    }),
    sends: [
      ...cut({ ...client, ...udp(4000, 53) }, 780, [40, 80]),
      ...cut({ ...client, ...tcp(4000, 53), seq: 100 }, 781, [40, 80], 20),
      ...cut({ ...client, dst: '10.1.0.1', ...udp(4000, 53) }, 782, [40, 80]),
      ...cut({ ...client6, ...udp(4000, 53) }, 783, [40, 80]),
      ...cut({ ...client, ...udp(4001, 54), ttl: 1 }, 784, [40, 80]),
    ],
  },
];
