/** What a rule asks of the world around the packet: processors, and the processes and control groups behind sockets. */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import { WIRES } from './router.ts';

const each = (chains: readonly string[], matches: readonly string[]): string => chains.flatMap((chain) => matches.map((match) => `-A ${chain} ${match}\n`)).join('');
const udp = (sport: number, rest: Partial<Packet> = {}): Packet => ({ in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'udp', sport, dport: 9, ...rest });
const own = (sport: number, rest: Partial<Packet> = {}): Packet => ({ in: null, src: '10.2.0.1', dst: '10.2.0.2', proto: 'udp', sport, dport: 9, ...rest });
const own6 = (sport: number, rest: Partial<Packet> = {}): Packet => ({ in: null, src: 'fd02::1', dst: 'fd02::2', proto: 'udp', sport, dport: 9, ...rest });

const PROCESSORS = each(
  ['PREROUTING', 'FORWARD', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  ['-m cpu --cpu 0', '-m cpu ! --cpu 0', '-m cpu --cpu 1', '-m cpu ! --cpu 1', '-m cpu --cpu 4294967295'],
);

const GROUPS = [
  '-m cgroup --path packetwalk-a',
  '-m cgroup ! --path packetwalk-a',
  '-m cgroup --path /packetwalk-a/b',
  '-m cgroup ! --path packetwalk-a//b/',
  '-m cgroup --path packetwalk-ab',
  '-m cgroup --path /',
  '-m cgroup ! --path /',
  '-m cgroup --cgroup 7',
  '-m cgroup ! --cgroup 7',
  '-m cgroup --cgroup 0',
  '-m cgroup ! --cgroup 0',
];
const CGROUPS = ['/packetwalk-a/b', '/packetwalk-ab'];
const members: readonly Pick<Packet, 'cgroup' | 'classid'>[] = [
  { cgroup: '/packetwalk-a', classid: 7 },
  { cgroup: '/packetwalk-a/b', classid: 0 },
  { cgroup: '/packetwalk-ab', classid: 8 },
  { cgroup: '/', classid: 0 },
];

/** gid 5 with 6 and 9, gid 6 with none, gid 7 with 5. */
const PROCESSES: readonly Pick<Packet, 'gid' | 'groups'>[] = [
  { gid: 5, groups: [6, 9] },
  { gid: 6, groups: [] },
  { gid: 7, groups: [5] },
];
const OWNERS = ['5', '6', '8-9', '7'].flatMap((range) =>
  ['', '! '].flatMap((not) => [
    `-m owner ${not}--gid-owner ${range} --suppl-groups`,
    `-m owner ${not}--gid-owner ${range}`,
    `-m owner --uid-owner 0 ${not}--gid-owner ${range} --suppl-groups`,
  ]),
);

const ACCOUNTING = each(
  ['PREROUTING', 'FORWARD'],
  ['plain', 'bytes', 'exact', 'packets', 'none'].map((name) => `-m nfacct --nfacct-name ${name}`),
);

const RATES = each(
  ['PREROUTING'],
  [
    ...['lt', 'gt', 'eq'].flatMap((mode) =>
      ['', '! '].flatMap((not) => [
        `-m rateest --rateest one ${not}--rateest-${mode} --rateest-bps 0`,
        `-m rateest --rateest one ${not}--rateest-${mode} --rateest-pps 1`,
        `-m rateest --rateest-delta --rateest one --rateest-bps1 8kbit ${not}--rateest-${mode} --rateest-bps2 16kbit`,
        `-m rateest --rateest-delta --rateest one --rateest-bps1 8kbit ${not}--rateest-${mode} --rateest-bps2 8kbit`,
        `-m rateest --rateest-delta --rateest one --rateest-pps1 9 ${not}--rateest-${mode} --rateest-pps2 9`,
        `-m rateest --rateest1 one --rateest2 two ${not}--rateest-${mode} --rateest-bps`,
        `-m rateest --rateest-delta --rateest1 one --rateest-bps1 8kbit --rateest2 two ${not}--rateest-${mode} --rateest-bps2 4kbit`,
      ]),
    ),
  ],
);
const RECENT = each(
  ['PREROUTING'],
  [
    '-m recent --rcheck --name ssh4',
    '-m recent ! --rcheck --name ssh4',
    '-m recent --rcheck --seconds 1 --name ssh4',
    '-m recent --rcheck --seconds 600 --hitcount 2 --name ssh4',
    '-m recent --rcheck --hitcount 3 --name ssh4',
    '-m recent --rcheck --rttl --name ssh4',
    '-m recent --update --seconds 1 --name kept',
    '-m recent --rcheck --hitcount 2 --name kept',
  ],
);

const FINGERPRINTS = `# window:ttl:df:size:options:genre:version:subtype:details
S4:64:1:60:M*,S,T,N,W7:PwLinux:2.6::multiple of the MSS
T2:64:1:44:M*:PwTwice:1::multiple of the MTU
%8192:64:1:40:.:\tPwNone:1::no options
512:64:1:48:M536,N,N,S:@PwOld:1:sub:a number, options and a blank
*:64:1:52:M*,N,N,S,M*:*PwAny:1::any window
S4:64:0:60:M*,S,T,N,W7:PwLoose:2.6::may be fragmented
`;
const SYSTEMS = ['PwLinux', 'PwTwice', 'PwNone', 'PwOld', 'PwAny', 'PwLoose', 'PwLin'].flatMap((name) => [
  `-p tcp -m osf --genre ${name}`,
  `-p tcp -m osf ! --genre ${name}`,
  `-p tcp -m osf --genre ${name} --ttl 0`,
  `-p tcp -m osf --genre ${name} --ttl 1`,
  `-p tcp -m osf --genre ${name} --ttl 2`,
  `-p tcp -m osf --genre ${name} --ttl 2 --log 1`,
]);
const syn = (sport: number, rest: Partial<Packet>): Packet => ({ in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'tcp', sport, dport: 9, df: true, ...rest });

export const OUTSIDE_CASES: readonly KernelCase[] = [
  {
    name: 'processor-of-a-packet',
    node: {
      interfaces: WIRES,
      iptables: `*mangle\n${PROCESSORS}COMMIT\n*filter\n-A FORWARD -p udp -m udp --dport 10 -j REJECT\nCOMMIT\n`,
      ip6tables: `*mangle\n${PROCESSORS}COMMIT\n`,
    },
    sends: [
      ...[0, 1].flatMap((cpu) => [
        udp(1, { cpu }),
        udp(2 + cpu, { cpu, dport: 10 }),
        own(4, { cpu }),
        own(5, { cpu, dst: '10.2.0.1' }),
        { in: 'rb', src: 'fd02::2', dst: 'fd02::1', proto: 'udp', sport: 6, dport: 7, cpu },
      ]),
      // The other one may put the datagram together.
      udp(7, { cpu: 0, id: 70, moreFragments: true, payload: 16 }),
      { ...udp(7, { cpu: 1, id: 70 }), sport: undefined, dport: undefined, fragOffset: 24, payload: 8 } as Packet,
    ],
  },
  {
    name: 'control-groups-of-senders',
    node: {
      interfaces: WIRES,
      cgroups: CGROUPS,
      iptables: `*mangle\n${each(['OUTPUT', 'POSTROUTING', 'INPUT'], GROUPS)}COMMIT\n`,
      ip6tables: `*mangle\n${each(['OUTPUT', 'POSTROUTING', 'INPUT'], GROUPS)}COMMIT\n`,
    },
    sends: [...members.flatMap((member, i) => [own(10 + i, member), own(20 + i, { ...member, dst: '10.2.0.1' }), own6(30 + i, member)]), udp(1)],
  },
  {
    name: 'control-groups-of-receivers',
    node: {
      interfaces: WIRES,
      cgroups: CGROUPS,
      iptables: `*mangle\n${each(['INPUT'], GROUPS)}COMMIT\n`,
      ip6tables: `*mangle\n${each(['INPUT'], GROUPS)}COMMIT\n`,
    },
    options: {
      sockets: [
        { proto: 'udp', address: '10.1.0.1', port: 50, remote: { address: '10.1.0.2', port: 1 }, cgroup: '/packetwalk-a/b', classid: 7 },
        { proto: 'udp', address: '10.1.0.1', port: 51, cgroup: '/packetwalk-a', classid: 0 },
        { proto: 'tcp', address: '10.1.0.1', port: 52, remote: { address: '10.1.0.2', port: 1 }, cgroup: '/packetwalk-ab', classid: 8 },
        { proto: 'udp', address: 'fd01::1', port: 53, remote: { address: 'fd01::2', port: 1 }, cgroup: '/packetwalk-a', classid: 7 },
        { proto: 'tcp', address: 'fd01::1', port: 54, cgroup: '/packetwalk-a', classid: 7 },
      ],
    },
    sends: [
      ...[50, 51].map((dport) => udp(1, { dst: '10.1.0.1', dport })),
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'tcp', sport: 1, dport: 52, flags: ['ACK'], seq: 1, ack: 1 },
      { in: 'ra', src: 'fd01::2', dst: 'fd01::1', proto: 'udp', sport: 1, dport: 53 },
      { in: 'ra', src: 'fd01::2', dst: 'fd01::1', proto: 'tcp', sport: 1, dport: 54 },
    ],
  },
  {
    // The stack answers in the name of a listener, of a connection to be, or with a socket of its own.
    name: 'control-groups-of-answers',
    node: {
      interfaces: WIRES,
      cgroups: CGROUPS,
      iptables: `*mangle\n${each(['OUTPUT', 'POSTROUTING'], GROUPS)}COMMIT\n*filter\n-A FORWARD -p tcp -j REJECT --reject-with tcp-reset\n-A FORWARD -j REJECT\nCOMMIT\n`,
    },
    options: { answers: 'stack', sockets: [{ proto: 'tcp', address: '10.1.0.1', port: 80, uid: 3, gid: 4, groups: [5], cgroup: '/packetwalk-a/b', classid: 7 }] },
    sends: [
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'tcp', sport: 1, dport: 80 },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'tcp', sport: 2, dport: 80, flags: ['ACK'], ack: 9 },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'tcp', sport: 3, dport: 81 },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'udp', sport: 4, dport: 82 },
      { in: 'ra', src: '10.1.0.2', dst: '10.1.0.1', proto: 'icmp', icmpId: 5 },
      udp(6),
      { ...udp(7), proto: 'tcp' },
    ],
  },
  {
    name: 'supplementary-groups',
    node: {
      interfaces: WIRES,
      iptables: `*mangle\n${each(['OUTPUT', 'POSTROUTING'], OWNERS)}COMMIT\n*filter\n-A FORWARD -j REJECT\nCOMMIT\n`,
      ip6tables: `*mangle\n${each(['OUTPUT'], OWNERS)}COMMIT\n`,
    },
    sends: [...PROCESSES.flatMap((process, i) => [own(10 + i, { uid: 0, ...process }), own6(20 + i, { uid: 1, ...process })]), udp(1)],
  },
  {
    // Objects are shared by the rules of both families; a quota is passed by the packet that makes it more.
    name: 'quotas-of-accounting-objects',
    node: {
      interfaces: WIRES,
      accounting: ['plain', 'bytes byte 200', 'exact byte 72', 'packets packet 3', 'none packet 0'],
      iptables: `*mangle\n${ACCOUNTING}-A PREROUTING -p tcp -m nfacct --nfacct-name packets -m nfacct --nfacct-name bytes\nCOMMIT\n`,
      ip6tables: `*mangle\n${ACCOUNTING}COMMIT\n`,
    },
    sends: [
      udp(1, { payload: 44 }),
      udp(2),
      { in: 'ra', src: 'fd01::2', dst: 'fd02::2', proto: 'udp', sport: 3, dport: 9, payload: 60 },
      ...[4, 5, 6].map((sport): Packet => ({ ...udp(sport), proto: 'tcp' })),
      udp(7),
    ],
  },
  {
    // Estimators say 0 until the timer ticks for the first time, which takes eight seconds here.
    name: 'rates-of-estimators',
    node: {
      interfaces: WIRES,
      iptables: `*mangle\n-A PREROUTING -j RATEEST --rateest-name one --rateest-interval 8s --rateest-ewmalog 16s\n-A PREROUTING -j RATEEST --rateest-name two --rateest-interval 8s --rateest-ewmalog 16s\n${RATES}COMMIT\n`,
    },
    options: {
      told: {
        rates: [
          { name: 'one', bps: 0, pps: 0 },
          { name: 'two', bps: 0, pps: 0 },
        ],
      },
    },
    sends: [udp(1), udp(2)],
  },
  {
    // Whatever is written into the list has TTL 0; twice is twice.
    name: 'lists-of-recent-that-are-there',
    node: {
      interfaces: WIRES,
      iptables: `*mangle\n${RECENT}COMMIT\n`,
      recent: [
        ['ssh4', '+10.1.0.2'],
        ['ssh4', '+10.1.0.3'],
        ['ssh4', '+10.1.0.3'],
        ['ssh4', '+10.1.0.5'],
        ['ssh4', '-10.1.0.5'],
        ['kept', '+10.1.0.3'],
      ],
    },
    options: {
      told: {
        recent: [
          { list: 'ssh4', address: '10.1.0.3', seen: [0, 0] },
          { list: 'ssh4', address: '10.1.0.2', seen: [0] },
          { list: 'kept', address: '10.1.0.3', seen: [0] },
        ],
      },
    },
    sends: [0, 1.6].flatMap((at, i) => [2, 3, 4, 5].map((host) => udp(host + 10 * i, { src: `10.1.0.${host}`, at, ttl: 50 + host }))),
  },
  {
    name: 'clock-of-the-kernel',
    node: {
      interfaces: WIRES,
      iptables:
        '*mangle\n-A PREROUTING -m time --datestart 2020-01-01T00:00:00 --datestop 2037-01-01T00:00:00 --kerneltz\n-A PREROUTING -m time --datestart 2037-01-01T00:00:00 --kerneltz\nCOMMIT\n',
    },
    options: { told: { minutesWest: 0 } },
    sends: [udp(1)],
  },
  {
    name: 'fingerprints-of-systems',
    node: { interfaces: WIRES, iptables: `*mangle\n${each(['PREROUTING', 'FORWARD'], SYSTEMS)}COMMIT\n`, fingerprints: FINGERPRINTS },
    sends: [
      syn(1, { window: 5840, mss: 1460, tcpOptions: [2, 4, 8, 1, 3] }),
      syn(2, { window: 5840, mss: 1460, tcpOptions: [2, 4, 8, 1, 3], df: false }),
      syn(3, { window: 5800, mss: 1450, tcpOptions: [2, 4, 8, 1, 3] }),
      syn(4, { window: 5801, mss: 1450, tcpOptions: [2, 4, 8, 1, 3] }),
      syn(5, { window: 5840, mss: 1450, tcpOptions: [2, 4, 8, 1, 3] }),
      syn(6, { window: 3000, mss: 1400, tcpOptions: [2] }),
      syn(7, { window: 2880, mss: 1400, tcpOptions: [2] }),
      syn(8, { window: 8192, tcpOptions: [] }),
      syn(9, { window: 8193, tcpOptions: [] }),
      syn(10, { window: 512, mss: 536, tcpOptions: [2, 1, 1, 4] }),
      syn(11, { window: 513, mss: 536, tcpOptions: [2, 1, 1, 4] }),
      syn(12, { window: 512, mss: 536, tcpOptions: [2, 1, 4, 1] }),
      syn(13, { window: 512, mss: 536, tcpOptions: [2, 1, 1, 4], payload: 1 }),
      syn(14, { window: 512, mss: 536, tcpOptions: [2, 1, 1, 4], ttl: 63 }),
      syn(15, { window: 512, mss: 536, tcpOptions: [2, 1, 1, 4], ttl: 65 }),
      syn(16, { window: 512, mss: 536, tcpOptions: [2, 1, 1, 4], flags: ['SYN', 'ACK'] }),
      syn(17, { window: 512, mss: 536, tcpOptions: [2, 1, 1, 4], flags: ['ACK'] }),
      syn(18, { window: 77, mss: 536, tcpOptions: [2, 1, 1, 4, 2] }),
      syn(19, { window: 5840, mss: 1460, tcpOptions: [2, 4, 8, 1, 3], ttl: 60 }),
    ],
  },
];
