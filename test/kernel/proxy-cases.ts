/** SYNPROXY: what it answers itself, what ends there and what goes on. */

import type { KernelCase } from './cases.ts';
import { client, client6, router, tables } from './router.ts';

const seen = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'].map((state) => `-m conntrack --ctstate ${state}`);
const after = (chain: string, tests: readonly string[]): string[] => tests.map((test) => `-A ${chain} ${test}`);
const answers = [
  ...seen,
  '-m mark --mark 0x5',
  '-p tcp -m ecn --ecn-tcp-ece',
  ...[8, 4, 3, 1].map((kind) => `-p tcp -m tcp --tcp-option ${kind}`),
  ...['0:40', '41:44', '45:56', '57:60', '61:64', '65:80'].map((range) => `-m length --length ${range}`),
];

/** A proxy in front of everything, as the manual has it; what it answers is counted on its way out. `notrack`: SYNs are not tracked. */
const proxy = (options: string, notrack: boolean): string =>
  tables({
    raw: notrack ? ['-A PREROUTING -p tcp -m tcp --syn -j CT --notrack'] : [],
    mangle: ['-A PREROUTING -j MARK --set-mark 0x5', ...after('POSTROUTING', answers)],
    nat: ['-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination :80', '-A POSTROUTING -o rb -j MASQUERADE'],
    filter: [
      ...['INPUT', 'FORWARD'].flatMap((chain) => [`-A ${chain} -p tcp -m conntrack --ctstate INVALID,UNTRACKED,NEW -j SYNPROXY ${options}`, `-A ${chain} -p tcp`]),
      ...after('OUTPUT', answers),
    ],
  });

const FLAGS = [['SYN'], ['SYN', 'ECE', 'CWR'], ['ACK'], ['ACK', 'PSH'], ['SYN', 'ACK'], ['FIN'], ['RST'], ['RST', 'ACK'], ['URG'], [], ['SYN', 'FIN']] as const;

const sends = (from: typeof client | typeof client6, own: string): KernelCase['sends'] => [
  ...FLAGS.map((flags, i) => ({ ...from, proto: 'tcp', sport: 1000 + i, dport: 80, flags, seq: 77 })),
  { ...from, proto: 'tcp', sport: 2000, dport: 80, flags: ['SYN'], mss: 1400, tcpOptions: [4, 8, 3] },
  { ...from, proto: 'tcp', sport: 2001, dport: 80, flags: ['SYN'], mss: 1400 },
  { ...from, proto: 'tcp', sport: 2002, dport: 80, flags: ['SYN'], badChecksum: true },
  { ...from, proto: 'tcp', sport: 2003, dport: 80, flags: ['SYN'], payload: 9, tos: 0x10 },
  { ...from, proto: 'tcp', sport: 2006, dport: 80, flags: ['SYN', 'ECE', 'CWR'], mss: 1000, tcpOptions: [8, 3] },
  { ...from, proto: 'tcp', sport: 2007, dport: 80, flags: ['SYN', 'ECE'], tcpOptions: [8] },
  { ...from, proto: 'tcp', sport: 2008, dport: 8080, flags: ['SYN'], tcpOptions: [8] },
  { ...from, proto: 'tcp', sport: 2009, dport: 8080, flags: ['FIN', 'ACK'] },
  { ...from, dst: own, proto: 'tcp', sport: 2004, dport: 80, flags: ['SYN'], tcpOptions: [4, 8] },
  { ...from, dst: own, proto: 'tcp', sport: 2005, dport: 80, flags: ['FIN', 'ACK'] },
];

export const PROXY_CASES: readonly KernelCase[] = [
  {
    name: 'syn-proxy-tracked',
    node: router({
      iptables: proxy('--sack-perm --timestamp --wscale 7 --mss 1460', false),
      ip6tables: proxy('--mss 1460', false),
      sysctls: { 'net.ipv6.conf.all.hop_limit': '33' },
    }),
    sends: [...sends(client, '10.1.0.1'), ...sends(client6, 'fd01::1')],
  },
  {
    name: 'syn-proxy-untracked',
    node: router({ iptables: proxy('--sack-perm --wscale 7', true), ip6tables: proxy('--sack-perm --timestamp --wscale 7 --mss 1460 --ecn', true) }),
    sends: [...sends(client, '10.1.0.1'), ...sends(client6, 'fd01::1')],
  },
];
