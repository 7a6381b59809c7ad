/** Rules where they surprise: order, state, chains, sets, tracking. */

import type { KernelCase } from '../cases.ts';
import { client, client6, router, tables, TRACKING6 } from '../router.ts';

const udp = (sport: number, dport: number) => ({ proto: 'udp', sport, dport }) as const;
const tcp = (sport: number, dport: number) => ({ proto: 'tcp', sport, dport }) as const;
const again = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
const deep = Array.from({ length: 60 }, (_, i) => `C${i}`);

export const RULES: readonly KernelCase[] = [
  {
    name: 'limit-before-a-match',
    node: router({
      iptables: tables({
        filter: [
          '-A FORWARD -m limit --limit 1/hour --limit-burst 3 -p udp -m udp --dport 9',
          '-A FORWARD -p udp -m udp --dport 9 -m limit --limit 1/hour --limit-burst 2',
          '-A FORWARD -m limit --limit 1/hour --limit-burst 2 -m ttl --ttl-lt 10',
          '-A FORWARD -m ttl --ttl-lt 10 -m limit --limit 1/hour --limit-burst 1',
        ],
      }),
    }),
    sends: [...again(2, { ...client, ...udp(1, 8) }), ...again(4, { ...client, ...udp(1, 9) }), ...again(3, { ...client, ...udp(1, 9), ttl: 5 })],
  },
  {
    name: 'limit-refills',
    node: router({ iptables: tables({ filter: ['-A FORWARD -m limit --limit 1/second --limit-burst 2 -j ACCEPT', '-A FORWARD -j DROP'] }) }),
    sends: [0, 0, 0, 1.5, 1.5, 2.1, 2.6].map((at) => ({ ...client, ...udp(1, 8), at })),
  },
  {
    name: 'nth-and-quota',
    node: router({
      iptables: tables({
        filter: [
          '-A FORWARD -p udp -m statistic --mode nth --every 3 --packet 1',
          '-A FORWARD -p udp -m statistic --mode nth ! --every 2 --packet 0',
          '-A FORWARD -m quota --quota 100',
          '-A FORWARD -m quota ! --quota 100',
          '-A FORWARD -p udp -m quota --quota 36',
        ],
      }),
    }),
    sends: again(8, { ...client, ...udp(1, 8) }),
  },
  {
    name: 'chains',
    node: router({
      iptables: tables({
        filter: [
          ':A - [0:0]',
          ':B - [0:0]',
          ':C - [0:0]',
          ':EMPTY - [0:0]',
          ':GOTO - [0:0]',
          ':FORWARD DROP [0:0]',
          '-A FORWARD -p udp -m udp --dport 1 -j A',
          '-A FORWARD -p udp -m udp --dport 2 -g A',
          '-A FORWARD -p udp -m udp --dport 3 -j RETURN',
          '-A FORWARD -j EMPTY',
          '-A FORWARD -p udp -m udp --dport 4 -j GOTO',
          '-A FORWARD -p udp -m udp --dport 4',
          '-A FORWARD -p udp -m udp --dport 5 -g EMPTY',
          '-A FORWARD -p udp -m udp --dport 6 -j C',
          '-A FORWARD',
          '-A A -j B',
          '-A A -m ttl --ttl-lt 10 -j RETURN',
          '-A A -m ttl --ttl-lt 20 -j ACCEPT',
          '-A A',
          '-A B -m ttl --ttl-lt 5 -g C',
          '-A B -j RETURN',
          '-A B -j DROP',
          '-A C -m ttl --ttl-lt 3 -j ACCEPT',
          '-A C',
          '-A GOTO -g A',
          '-A GOTO -j ACCEPT',
        ],
      }),
    }),
    sends: [1, 2, 3, 4, 5, 6, 7].flatMap((dport) => [64, 12, 8, 4, 3].map((ttl) => ({ ...client, ...udp(1, dport), ttl }))),
  },
  {
    name: 'deep-chains',
    node: router({
      iptables: tables({
        filter: [
          ...deep.map((name) => `:${name} - [0:0]`),
          '-A FORWARD -j C0',
          ...deep.slice(1).map((name, i) => `-A C${i} -j ${name}`),
          '-A C59 -p tcp -j RETURN',
          '-A C59 -p udp -j ACCEPT',
        ],
      }),
    }),
    sends: [
      { ...client, ...udp(1, 2) },
      { ...client, ...tcp(1, 2) },
    ],
  },
  {
    name: 'sets-change-under-way',
    node: router({
      ipset:
        'create seen hash:ip,port family inet timeout 2\ncreate gone hash:ip family inet counters\nadd gone 10.1.0.2\nadd gone 10.1.0.3 packets 5 bytes 7\ncreate inner hash:net family inet\nadd inner 10.2.0.0/24\nadd inner 10.2.0.2 nomatch\ncreate other hash:ip family inet\nadd other 10.2.0.2\ncreate both list:set size 8\nadd both inner\nadd both other\ncreate nif hash:net,iface family inet\nadd nif 10.1.0.0/24,ra\nadd nif 0.0.0.0/0,rb\ncreate pairs hash:ip,port,net family inet\nadd pairs 10.2.0.2,udp:53,10.1.0.0/24\nadd pairs 10.2.0.2,icmp:8/0,10.1.0.0/24\n',
      iptables: tables({
        mangle: [
          '-A PREROUTING -m set --match-set seen src,dst',
          '-A PREROUTING -p udp -j SET --add-set seen src,dst',
          '-A PREROUTING -m set --match-set seen src,dst',
          '-A PREROUTING -p tcp -j SET --add-set seen src,dst --exist --timeout 100',
          '-A PREROUTING -p icmp -j SET --del-set gone src',
          '-A PREROUTING -m set --match-set gone src',
          '-A PREROUTING -m set --match-set gone src --packets-gt 5',
          '-A PREROUTING -m set --match-set gone src ! --update-counters',
          '-A PREROUTING -m set --match-set gone src --bytes-lt 100 ! --packets-eq 2',
          '-A PREROUTING -m set --match-set both dst',
          '-A PREROUTING -m set ! --match-set inner dst',
          '-A PREROUTING -m set --return-nomatch --match-set inner dst',
          '-A PREROUTING -m set --match-set nif src,src',
          '-A PREROUTING -m set --match-set nif dst,src',
          '-A FORWARD -m set --match-set nif dst,dst',
          '-A FORWARD -m set --match-set nif src,src',
          '-A POSTROUTING -m set --match-set nif src,src',
          '-A PREROUTING -m set --match-set pairs dst,dst,src',
          '-A PREROUTING -m set ! --match-set pairs dst,dst,src',
          '-A PREROUTING -m set --match-set pairs dst',
          '-A PREROUTING -m set ! --match-set pairs dst,dst',
          '-A PREROUTING -m set --match-set other dst,dst,dst',
        ],
        filter: [],
      }),
    }),
    sends: [
      { ...client, ...udp(1, 53), at: 0 },
      { ...client, ...udp(1, 53), at: 0 },
      { ...client, ...udp(1, 53), at: 1 },
      { ...client, ...udp(2, 53), at: 2.5 },
      { ...client, ...tcp(2, 53), at: 3.6 },
      { ...client, ...tcp(2, 53), at: 6 },
      { ...client, proto: 'icmp', at: 6 },
      { ...client, ...udp(9, 53), at: 6 },
      { ...client, src: '10.1.0.3', dst: '10.2.0.3', ...udp(9, 53), at: 6 },
      { ...client, src: '10.1.0.3', dst: '10.2.0.3', ...udp(9, 53), at: 6 },
      { in: 'rb', src: '10.2.0.2', dst: '10.1.0.2', ...udp(9, 53), at: 6 },
      { ...client, proto: 99, at: 6 },
    ],
  },
  {
    name: 'conntrack-matches-without-entry',
    node: router({
      iptables: tables({
        raw: ['-A PREROUTING -p udp -m udp --dport 99 -j NOTRACK'],
        mangle: [
          '-A FORWARD -m conntrack --ctstate UNTRACKED --ctorigsrc 99.9.9.9/32',
          '-A FORWARD -m conntrack --ctstate INVALID --ctproto 17',
          '-A FORWARD -m conntrack ! --ctorigsrc 99.9.9.9/32',
          '-A FORWARD -m connmark --mark 0',
          '-A FORWARD -m connmark ! --mark 5',
          '-A FORWARD -m state --state INVALID',
          '-A FORWARD -m state --state UNTRACKED',
          '-A FORWARD -m conntrack ! --ctstate NEW',
          '-A FORWARD -m conntrack --ctdir ORIGINAL',
          '-A FORWARD -m conntrack --ctexpire 0:100',
          '-A FORWARD -j CONNMARK --set-mark 7',
          '-A FORWARD -j CONNMARK --restore-mark',
          '-A FORWARD -m mark --mark 7',
        ],
        filter: [],
      }),
    }),
    sends: [{ ...client, ...udp(1, 99) }, { ...client, ...tcp(1, 99), flags: ['FIN', 'SYN'] }, { ...client, ...udp(1, 98) }, { ...client, ...udp(1, 98) }, { replyTo: 2 }],
  },
  {
    name: 'ipv6-untracked-and-header-matches',
    node: router({
      ip6tables: tables({
        mangle: [
          '-A PREROUTING -m conntrack --ctstate UNTRACKED',
          '-A PREROUTING -m conntrack --ctstate INVALID',
          '-A PREROUTING -m conntrack --ctstate NEW',
          '-A PREROUTING -p ipv6-icmp',
          '-A PREROUTING -p hopopt',
          '-A PREROUTING -p ipv6-nonxt',
          '-A PREROUTING -p icmp',
        ],
        filter: [TRACKING6],
      }),
    }),
    sends: [133, 134, 135, 136, 137, 130, 131, 132, 143, 128, 129, 139, 140, 1, 2, 3, 4, 127, 200, 151].map((icmpType) => ({
      ...client6,
      dst: 'fd01::1',
      proto: 'icmpv6',
      icmpType,
      ttl: 255,
    })),
  },
];
