/** Rules that iptables-nft says in nft's own words, and packets to which these say something else than the matches of legacy. */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import { client, client6, router } from './router.ts';

/** A rule for each option of tcp and udp, and what asks the protocol alone. None decides: each counts what it matches. */
const RULES: readonly string[] = [
  '-p udp -m udp --sport 43981',
  '-p udp -m udp --dport 43981',
  '-p udp -m udp ! --sport 5353',
  '-p udp -m udp ! --dport 5353',
  '-p udp -m udp --sport 0:10',
  '-p udp -m udp --sport 24576:28671',
  '-p udp -m udp --dport 40000:50000',
  '-p udp -m udp ! --sport 5353:5356',
  '-p udp -m udp --sport 1:50000 --dport 1:50000',
  '-p udp -m udp --dport 0:65535',
  '-p udp -m multiport --dports 43981',
  '-p tcp -m tcp --syn',
  '-p tcp -m tcp ! --syn',
  '-p tcp -m tcp --tcp-flags ALL NONE',
  '-p tcp -m tcp --tcp-flags SYN,ACK SYN --dport 40000:50000',
  '-p tcp -m tcp --tcp-flags NONE ALL',
  '-p tcp -m tcp ! --tcp-flags NONE NONE',
  '-p tcp -m tcp --dport 43981',
  '-p tcp -m tcp --dport 43981 --tcp-option 2',
  '-p tcp -m tcp ! --dport 80 ! --tcp-option 3',
  '-p tcp -m multiport ! --dports 80',
  '! -p tcp -m tcp --dport 43981',
  '! -p tcp -m tcp ! --sport 80',
  '! -p tcp -m tcp --tcp-flags ALL NONE',
  '! -p udp -m udp --dport 43981',
  '! -p udp -m udp ! --dport 80',
  '-p tcp',
  '-p udp',
  '! -p tcp',
  '-p 51',
  '! -p 51',
  '-p 59',
  '! -p 59',
];

const table = (rules: readonly string[]): string => `*mangle\n${rules.map((rule) => `-A FORWARD ${rule}\n`).join('')}COMMIT\n`;

const AH = { header: 'ah', data: '0001000100020000000100000000000000000000000000000000' } as const;
const OPTIONS = { header: 'destination-options', data: '010400000000' } as const;

const PACKETS: readonly Partial<Packet>[] = [
  // Later fragments: data of every length that may hold a header, or a part of one.
  { proto: 'udp', fragOffset: 24, data: 'abcdabcdabcdabcd' },
  { proto: 'udp', fragOffset: 24, data: 'abcdab' },
  { proto: 'udp', fragOffset: 24, data: 'ab' },
  { proto: 'udp', fragOffset: 8, payload: 8 },
  { proto: 'tcp', fragOffset: 24, data: 'abcdabcdabcdabcdabcdabcd0002000000000000' },
  { proto: 'tcp', fragOffset: 24, data: 'abcdabcdabcdabcdabcdabcd0000000000000000' },
  { proto: 'tcp', fragOffset: 24, data: 'abcdabcd' },
  { proto: 'tcp', fragOffset: 24, payload: 40 },
  // What the second fragment of an attack on filters looks like: legacy drops it.
  { proto: 'tcp', fragOffset: 8, data: '0000000050020000abcdabcd' },
  { proto: 'sctp', fragOffset: 24, data: 'abcdabcdabcdabcd' },
  { proto: 99, fragOffset: 24, data: 'abcdabcd' },
  // First ones, whole ones, and headers that are none of TCP or UDP.
  { proto: 'udp', sport: 43981, dport: 43981, moreFragments: true, payload: 8 },
  { proto: 'tcp', sport: 1, dport: 43981, flags: ['SYN'], moreFragments: true, payload: 4 },
  { proto: 'udp', sport: 43981, dport: 80 },
  { proto: 'tcp', sport: 80, dport: 43981, flags: ['SYN'], mss: 1460 },
  { proto: 'tcp', sport: 80, dport: 43981, flags: ['ACK'] },
  { proto: 'sctp', sport: 43981, dport: 43981 },
  { proto: 'udplite', sport: 80, dport: 43981 },
  { proto: 'icmp', icmpType: 8, icmpId: 43981 },
  { proto: 'esp' },
  { proto: 99, data: 'abcdabcd' },
  { proto: 99, data: 'abcdab' },
  { proto: 99 },
];
const PACKETS6: readonly Partial<Packet>[] = [
  ...PACKETS.map((packet) => (packet.proto === 'icmp' ? { ...packet, proto: 'icmpv6' as const, icmpType: 128 } : packet)),
  { proto: 'udp', fragOffset: 24, data: 'abcdabcd', tos: 0xba, flowLabel: 0xabcd },
  ...[[AH], [OPTIONS, AH], [AH, OPTIONS], [OPTIONS]].flatMap((extensionHeaders) => [
    { proto: 'tcp' as const, sport: 80, dport: 43981, flags: ['SYN' as const], extensionHeaders },
    { proto: 'udp' as const, sport: 80, dport: 43981, extensionHeaders },
  ]),
  { proto: 'udp', fragOffset: 24, data: 'abcdabcd', extensionHeaders: [OPTIONS] },
  // Of this one nothing tells a protocol: no rule that asks for one matches, negated or not.
  { proto: 'ah', fragOffset: 24, data: 'abcdabcd' },
  { proto: 59 },
];

/** IPv6 packets are told apart by their labels. */
const labelled = (packet: Partial<Packet>, i: number): Packet => ({ ...client6, id: 2000 + i, flowLabel: 0x90000 + i, ...packet }) as Packet;

export const NFT_CASES: readonly KernelCase[] = [
  {
    name: 'nft-reads-what-it-takes-for-a-header',
    node: router({ backend: 'nft', iptables: table([...RULES, '-f', '! -f -p udp']) }),
    sends: PACKETS.map((packet, i) => ({ ...client, id: 2000 + i, ...packet }) as Packet),
  },
  { name: 'nft-reads-what-it-takes-for-a-header-ipv6', node: router({ backend: 'nft', ip6tables: table(RULES) }), sends: PACKETS6.map(labelled) },
  {
    // Table security of iptables-nft has a priority of 150, of legacy 50: at INPUT it stands behind nat, and sees its source.
    name: 'nft-security-behind-nat',
    node: router({
      backend: 'nft',
      ...Object.fromEntries(
        (['iptables', 'ip6tables'] as const).map((tool) => [
          tool,
          `*nat
-A INPUT -p udp -j SNAT --to-source ${tool === 'iptables' ? '10.1.0.77' : 'fd01::77'}
COMMIT
*security
-A INPUT -s ${tool === 'iptables' ? '10.1.0.2' : 'fd01::2'}
-A INPUT -s ${tool === 'iptables' ? '10.1.0.77' : 'fd01::77'}
-A INPUT -p tcp -j DROP
-A FORWARD -j MARK --set-mark 1
-A OUTPUT -m mark ! --mark 0
COMMIT
`,
        ]),
      ),
    }),
    sends: [
      { ...client, dst: '10.1.0.1', proto: 'udp', sport: 1000, dport: 53 },
      { replyTo: 0 },
      { ...client, dst: '10.1.0.1', proto: 'tcp', sport: 1000, dport: 53 },
      { ...client, proto: 'udp', sport: 1000, dport: 53 },
      { ...client6, dst: 'fd01::1', proto: 'udp', sport: 1000, dport: 53 },
      { ...client6, dst: 'fd01::1', proto: 'tcp', sport: 1000, dport: 53 },
    ],
  },
];
