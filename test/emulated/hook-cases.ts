/**
 * Which hooks and tables a packet of a virtual service meets, in order: every table is there and nothing stands in the way.
 * Virtual services: masquerading (`-m`), direct routing (`-g`), a real server that is the node itself, none at all.
 */

import type { KernelCase } from '../kernel/cases.ts';
import type { KernelNode, Sending } from '../kernel/node.ts';
import type { Packet } from '../../engine/model/packet.ts';

/** conntrack runs in a namespace only while some rule asks for it. */
const TRACKED = '-A POSTROUTING -s 192.0.2.1/32 -j MASQUERADE';
const tables = (postrouting: readonly string[]): string =>
  `*raw\nCOMMIT\n*mangle\n-A INPUT -j MARK --set-xmark 0x10/0x10\nCOMMIT\n*nat\n${postrouting.map((rule) => `${rule}\n`).join('')}COMMIT\n*filter\n-A INPUT -m conntrack --ctstate INVALID\n-A INPUT -m conntrack --ctstate UNTRACKED\n-A FORWARD -m conntrack --ctstate INVALID\n-A FORWARD -m conntrack --ctstate UNTRACKED\n-A OUTPUT -m conntrack --ctstate INVALID\n-A OUTPUT -m conntrack --ctstate UNTRACKED\n-A OUTPUT -m conntrack --ctstate NEW\n-A OUTPUT -m conntrack --ctstate ESTABLISHED\n-A OUTPUT -m owner --uid-owner 0\nCOMMIT\n*security\nCOMMIT\n`;

const VIRTUAL = [
  '-A -t 10.1.0.1:30080 -s rr',
  '-a -t 10.1.0.1:30080 -r 10.2.0.9:8080 -m -w 1',
  '-A -t 10.96.0.50:80 -s rr',
  '-a -t 10.96.0.50:80 -r 10.2.0.9:8080 -m -w 1',
  '-A -u 10.96.0.50:53 -s rr',
  '-a -u 10.96.0.50:53 -r 10.2.0.9:53 -m -w 1',
  '-A -t 10.96.0.51:80 -s rr',
  '-a -t 10.96.0.51:80 -r 10.2.0.9:80 -g -w 1',
  '-A -t 10.96.0.52:80 -s rr',
  '-a -t 10.96.0.52:80 -r 10.1.0.1:8080 -m -w 1',
  '-A -t 10.96.0.53:80 -s rr',
  '-A -t 10.96.0.54:80 -s rr',
  '-a -t 10.96.0.54:80 -r 10.2.0.10:8080 -m -w 1',
  '-a -t 10.96.0.54:80 -r 10.2.0.12:8080 -m -w 1',
  '-a -t 10.96.0.54:80 -r 10.2.0.11:8080 -m -w 1',
];
const VIRTUAL6 = [
  '-A -t [fd01::1]:30080 -s rr',
  '-a -t [fd01::1]:30080 -r [fd02::9]:8080 -m -w 1',
  '-A -t [fd96::50]:80 -s rr',
  '-a -t [fd96::50]:80 -r [fd02::9]:8080 -m -w 1',
  '-A -t [fd96::51]:80 -s rr',
  '-a -t [fd96::51]:80 -r [fd02::9]:80 -g -w 1',
];

function node(conntrack: 0 | 1, { source = [], sysctls = {} }: { readonly source?: readonly string[]; readonly sysctls?: Readonly<Record<string, string>> } = {}): KernelNode {
  const vips = ['10.96.0.50', '10.96.0.51', '10.96.0.52', '10.96.0.53', '10.96.0.54'];
  return {
    interfaces: [
      { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
      { name: 'rb', mtu: 1400, addresses: ['10.2.0.1/24', 'fd02::1/64'] },
      { name: 'vip', create: 'type dummy', up: false, addresses: [...vips.map((one) => `${one}/32`), 'fd96::50/128', 'fd96::51/128'] },
    ],
    iptables: tables([TRACKED, ...source]),
    ip6tables: tables(['-A POSTROUTING -s 2001:db8::1/128 -j MASQUERADE']),
    ipvs: `${[...VIRTUAL, ...VIRTUAL6].join('\n')}\n`,
    sysctls: { 'net.ipv4.vs.conntrack': String(conntrack), ...sysctls },
  };
}

/** `-m ipvs` asked in every chain that IPVS may have been before. */
function ipvsMatches(): string {
  const questions = ['--ipvs', '! --ipvs', '--vaddr 10.1.0.1/32 --vport 30080', '--vdir ORIGINAL', '--vdir REPLY', '--vmethod MASQ', '--vmethod GATE', '! --vaddr 10.1.0.1/32'];
  const rules = (chain: string): string[] => questions.map((question) => `-A ${chain} -m ipvs ${question}`);
  return `*mangle\n${rules('POSTROUTING').join('\n')}\nCOMMIT\n*nat\n${TRACKED}\nCOMMIT\n*filter\n${['INPUT', 'FORWARD', 'OUTPUT'].flatMap(rules).join('\n')}\nCOMMIT\n`;
}

const client = { in: 'ra', src: '10.1.0.2', proto: 'tcp' } as const;
const nodePort: Packet = { ...client, dst: '10.1.0.1', sport: 4000, dport: 30080 };
const clusterIp: Packet = { in: 'rb', src: '10.2.0.2', dst: '10.96.0.50', proto: 'tcp', sport: 4001, dport: 80 };
const own: Packet = { in: null, src: '10.96.0.50', dst: '10.96.0.50', proto: 'tcp', sport: 4002, dport: 80, mark: 0x20 };
const third = (packet: Packet): Packet => ({ ...packet, flags: ['ACK'], seq: 1, ack: 5001 });

const FLOWS: readonly (Sending | Packet)[] = [
  nodePort,
  { replyTo: 0 },
  third(nodePort),
  { errorFor: 0, code: 3 },
  { errorFor: 1, code: 3 },
  clusterIp,
  { replyTo: 5 },
  own,
  { replyTo: 7 },
  third(own),
  // Direct routing.
  { ...client, dst: '10.96.0.51', sport: 4003, dport: 80 },
  { ...own, src: '10.96.0.51', dst: '10.96.0.51', sport: 4004 },
  // The node is the real server.
  { ...client, dst: '10.96.0.52', sport: 4005, dport: 80 },
  { in: null, src: '10.1.0.1', dst: '10.1.0.2', proto: 'tcp', sport: 8080, dport: 4005, flags: ['SYN', 'ACK'], seq: 5000, ack: 1 },
  { ...own, src: '10.96.0.52', dst: '10.96.0.52', sport: 4006 },
  // No real server.
  { ...client, dst: '10.96.0.53', sport: 4007, dport: 80 },
  { ...own, src: '10.96.0.53', dst: '10.96.0.53', sport: 4008 },
  // A port of a virtual address that no service has.
  { ...client, dst: '10.96.0.50', sport: 4009, dport: 81 },
  // A connection that IPVS has not seen begin.
  { ...client, dst: '10.96.0.50', sport: 4010, dport: 80, flags: ['ACK'], seq: 1, ack: 1 },
  // TTL and size.
  { ...nodePort, sport: 4011, ttl: 1 },
  { ...nodePort, sport: 4012, ttl: 2 },
  { ...client, dst: '10.96.0.50', sport: 4013, dport: 80, tos: 0x20 },
  { ...client, proto: 'udp', dst: '10.96.0.50', sport: 4014, dport: 53 },
  { replyTo: 22 },
  // Round robin over three: four new connections, and one that goes on.
  { ...client, dst: '10.96.0.54', sport: 4020, dport: 80 },
  { ...client, dst: '10.96.0.54', sport: 4021, dport: 80 },
  { ...client, dst: '10.96.0.54', sport: 4020, dport: 80 },
  { ...client, dst: '10.96.0.54', sport: 4022, dport: 80 },
  { ...client, dst: '10.96.0.54', sport: 4025, dport: 80 },
  // Too big for the way to the real server.
  { ...client, dst: '10.96.0.50', sport: 4023, dport: 80, df: true, payload: 1400 },
  { ...client, dst: '10.96.0.50', sport: 4024, dport: 80, payload: 1400 },
];

const FLOWS6: readonly (Sending | Packet)[] = [
  { in: 'ra', src: 'fd01::2', dst: 'fd01::1', proto: 'tcp', sport: 4000, dport: 30080 },
  { replyTo: 0 },
  { in: null, src: 'fd96::50', dst: 'fd96::50', proto: 'tcp', sport: 4002, dport: 80, mark: 0x20 },
  { replyTo: 2 },
  { in: 'ra', src: 'fd01::2', dst: 'fd96::51', proto: 'tcp', sport: 4003, dport: 80 },
  { in: 'ra', src: 'fd01::2', dst: 'fd01::1', proto: 'tcp', sport: 4004, dport: 30080, ttl: 1 },
];

const MASQUERADE = ['-A POSTROUTING -d 10.2.0.9/32 -j MASQUERADE'];
const OTHER_WAY: Partial<KernelNode> = { rules: ['fwmark 0x10/0x10 lookup 100'], routes: ['10.2.0.9 via 10.1.0.254 dev ra table 100'] };

export const HOOK_CASES: readonly KernelCase[] = [
  { name: 'hooks-conntrack-0', node: node(0), sends: FLOWS },
  { name: 'hooks-conntrack-1', node: node(1), sends: FLOWS },
  { name: 'hooks-masquerade', node: node(1, { source: MASQUERADE }), sends: FLOWS.slice(0, 10) },
  { name: 'hooks-ipv6', node: node(1), sends: FLOWS6 },
  // Policy routing by a mark set in INPUT: is the packet that IPVS sends on routed by it? The last packet is INVALID to conntrack.
  { name: 'hooks-routed-by-mark', node: { ...node(1), ...OTHER_WAY }, sends: [nodePort, nodePort, third(nodePort)] },
  { name: 'hooks-routed-by-mark-conntrack-0', node: { ...node(0), ...OTHER_WAY }, sends: [nodePort] },
  // Policy routing by source: is the answer routed by the address that IPVS gives it?
  {
    name: 'hooks-reply-routed-by-source',
    node: { ...node(1), rules: ['from 10.1.0.1 to 10.1.0.2 lookup 100'], routes: ['10.1.0.2 via 10.2.0.254 dev rb table 100'] },
    sends: [nodePort, { replyTo: 0 }],
  },
  {
    name: 'hooks-ipvs-match',
    node: { ...node(1), iptables: ipvsMatches() },
    sends: [nodePort, { replyTo: 0 }, own, { replyTo: 2 }, { ...client, dst: '10.96.0.51', sport: 4003, dport: 80 }, { ...client, dst: '10.1.0.1', sport: 4030, dport: 22 }],
  },
  // The stack answers for itself.
  {
    name: 'hooks-stack',
    node: node(1),
    sends: [
      { ...client, dst: '10.96.0.50', sport: 4010, dport: 80, flags: ['ACK'], seq: 1, ack: 1 },
      { ...client, dst: '10.96.0.53', sport: 4007, dport: 80 },
      { ...client, dst: '10.96.0.50', proto: 'icmp', icmpId: 3 },
    ],
    options: { answers: 'stack' },
  },
];
