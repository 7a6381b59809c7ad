/**
 * Virtual services at the edges: connections that end and are opened again, persistence, marks, one packet at a time, answers
 * of direct routing, what the second pass shows and refuses. Each was a question of which no source but the kernel's was sure.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { KernelCase } from '../kernel/cases.ts';
import type { KernelNode, Sending } from '../kernel/node.ts';
import { randomIpvsCase } from './random-ipvs.ts';

interface Rules {
  readonly raw?: readonly string[];
  readonly mangle?: readonly string[];
  /** Null: there is no nat table. */
  readonly nat?: readonly string[] | null;
  readonly filter?: readonly string[];
}

/** conntrack runs in a namespace only while some rule asks for it. */
const TRACKED = ['-A FORWARD -s 192.0.2.1/32 -m conntrack --ctstate INVALID -j DROP'];
const TRACKED6 = ['-A FORWARD -s 2001:db8::1/128 -m conntrack --ctstate INVALID -j DROP'];

function tables({ raw = [], mangle = [], nat = [], filter = [] }: Rules, tracked: readonly string[]): string {
  const all: Readonly<Record<string, readonly string[] | null>> = { raw, mangle, nat, filter: [...filter, ...tracked] };
  return Object.entries(all)
    .flatMap(([table, rules]) => (rules ? [`*${table}`, ...rules, 'COMMIT'] : []))
    .map((line) => `${line}\n`)
    .join('');
}

interface Options {
  readonly rules?: Rules;
  readonly rules6?: Rules;
  readonly conntrack?: 0 | 1;
  readonly vs?: Readonly<Record<string, number>>;
  readonly sysctls?: Readonly<Record<string, string>>;
}

/** Services as lines of ipvsadm; virtual addresses 10.96.0.50 to .53 and fd96::50. */
function node(services: readonly string[], { rules = {}, rules6 = {}, conntrack = 1, vs = {}, sysctls = {} }: Options = {}): KernelNode {
  return {
    interfaces: [
      { name: 'ra', addresses: ['10.1.0.1/24', 'fd01::1/64'] },
      { name: 'rb', mtu: 1400, addresses: ['10.2.0.1/24', 'fd02::1/64'] },
      { name: 'vip', create: 'type dummy', up: false, addresses: ['10.96.0.50/32', '10.96.0.51/32', '10.96.0.52/32', '10.96.0.53/32', 'fd96::50/128'] },
    ],
    iptables: tables(rules, TRACKED),
    ip6tables: tables(rules6, TRACKED6),
    ipvs: services.map((line) => `${line}\n`).join(''),
    sysctls: { 'net.ipv4.vs.conntrack': String(conntrack), ...Object.fromEntries(Object.entries(vs).map(([name, value]) => [`net.ipv4.vs.${name}`, String(value)])), ...sysctls },
  };
}

/** `-t 10.96.0.50:80` served by `servers`. */
const service = (name: string, servers: readonly string[], options = '-s rr'): string[] => [`-A ${name} ${options}`, ...servers.map((server) => `-a ${name} -r ${server} -w 1`)];

const WEB = service('-t 10.96.0.50:80', ['10.2.0.9:8080 -m']);
const DNS = service('-u 10.96.0.50:53', ['10.2.0.9:53 -m']);
const client = { in: 'ra', src: '10.1.0.2', dst: '10.96.0.50', proto: 'tcp' } as const;
const web: Packet = { ...client, sport: 4000, dport: 80 };
const dns: Packet = { ...client, proto: 'udp', sport: 4000, dport: 53 };
const own: Packet = { in: null, src: '10.96.0.50', dst: '10.96.0.50', proto: 'tcp', sport: 4100, dport: 80 };
const other: Packet = { in: 'ra', src: '10.1.0.3', dst: '10.2.0.3', proto: 'udp', sport: 9, dport: 9 };
const flags = (packet: Packet, ...names: NonNullable<Packet['flags']>): Packet => ({ ...packet, flags: names, seq: 1, ack: 5001 });
const answer = (index: number, ...names: NonNullable<Packet['flags']>): Sending => ({ replyTo: index, overrides: { flags: names, seq: 5001 } });

const toItself: Packet = { ...own, src: '10.1.0.1', dst: '10.1.0.1', sport: 4000, dport: 1000 };
const backToItself: Packet = { ...toItself, sport: 1000, dport: 4000, flags: ['RST', 'ACK'], seq: 5001, ack: 1 };

/** Opened, ended by the server, asked for again twice; the same ended by the client; by both. */
const ENDED: readonly (Sending | Packet)[] = [
  web,
  { replyTo: 0 },
  answer(0, 'RST', 'ACK'),
  { ...web, seq: 500 },
  { ...web, seq: 500 },
  { ...web, sport: 4001 },
  { replyTo: 5 },
  flags({ ...web, sport: 4001 }, 'RST'),
  { ...web, sport: 4001, seq: 500 },
  { ...web, sport: 4002 },
  { replyTo: 9 },
  flags({ ...web, sport: 4002 }, 'FIN', 'ACK'),
  answer(9, 'FIN', 'ACK'),
  { ...web, sport: 4002, seq: 500 },
  { ...web, sport: 4002, seq: 500 },
  own,
  { replyTo: 15 },
  answer(15, 'RST', 'ACK'),
  { ...own, seq: 500 },
  { ...own, seq: 500 },
];

/** Marks set where a service by mark may find them: before routing, in INPUT, in OUTPUT of the node's own. */
const MARKING: Rules = {
  mangle: [
    '-A PREROUTING -p tcp --dport 1001 -j MARK --set-xmark 0x7/0xffffffff',
    '-A INPUT -p tcp --dport 1002 -j MARK --set-xmark 0x7/0xffffffff',
    '-A OUTPUT -p tcp --dport 1003 -j MARK --set-xmark 0x7/0xffffffff',
    '-A FORWARD -p tcp --dport 1004 -j MARK --set-xmark 0x7/0xffffffff',
  ],
};

const SECOND_PASS: Rules = {
  mangle: ['-A POSTROUTING -m ipvs --ipvs', '-A POSTROUTING -m ipvs --vdir REPLY'],
  filter: [
    '-A OUTPUT -o ra',
    '-A OUTPUT -o rb',
    '-A OUTPUT -o lo',
    '-A OUTPUT -m owner --uid-owner 0',
    '-A OUTPUT -m owner --socket-exists',
    '-A OUTPUT -m owner ! --socket-exists',
    '-A OUTPUT -m addrtype --src-type LOCAL',
    '-A OUTPUT -m addrtype --dst-type LOCAL',
    '-A OUTPUT -d 10.2.0.9/32 -p tcp --dport 8080 -j REJECT --reject-with tcp-reset',
    '-A OUTPUT -d 10.2.0.9/32 -p udp --dport 53 -j REJECT',
  ],
};

export const IPVS_CASES: readonly KernelCase[] = [
  ...[0, 1, 2].map((mode): KernelCase => ({ name: `ipvs-ended-mode-${mode}`, node: node(WEB, { vs: { conn_reuse_mode: mode } }), sends: ENDED })),
  { name: 'ipvs-ended-conntrack-0', node: node(WEB, { conntrack: 0 }), sends: ENDED },
  // A FIN of a client whose answers take another way ends nothing, unless asked.
  ...[1, 3].map(
    (mode): KernelCase => ({
      name: `ipvs-ended-direct-mode-${mode}`,
      node: node(service('-t 10.96.0.50:80', ['10.2.0.9:80 -g']), { vs: { conn_reuse_mode: mode } }),
      sends: [web, flags(web, 'ACK'), flags(web, 'FIN', 'ACK'), { ...web, seq: 500 }, { ...web, seq: 500 }],
    }),
  ),
  {
    // A SYN that ends the old connection in OUTPUT meets it again when it comes back by lo, where it is for a service by mark.
    name: 'ipvs-ended-by-lo',
    node: node(service('-f 7', ['10.1.0.1:0 -g']), { rules: { mangle: ['-A POSTROUTING -o lo -j MARK --set-xmark 0x7/0xffffffff'] } }),
    sends: [toItself, backToItself, toItself, toItself],
  },
  {
    // A packet without flags ends it for IPVS, for ten seconds, and is INVALID to conntrack, which keeps it for two minutes.
    name: 'ipvs-expired',
    node: node(WEB),
    sends: [web, flags(web), { ...web, sport: 4001 }, { ...other, at: 6 }, { ...other, sport: 10, at: 12 }, { ...web, at: 12 }],
  },
  {
    name: 'ipvs-sloppy',
    node: node(WEB, { vs: { sloppy_tcp: 1 } }),
    sends: [flags(web, 'ACK'), { replyTo: 0 }, flags({ ...web, sport: 4001 }, 'RST'), flags({ ...web, sport: 4002 }, 'SYN', 'RST')],
  },
  {
    name: 'ipvs-persistence',
    node: node(
      [
        ...service('-t 10.96.0.50:80', ['10.2.0.9:8080 -m', '10.2.0.8:8080 -m', '10.2.0.7:8080 -m'], '-s rr -p 100'),
        ...service('-t 10.96.0.51:80', ['10.2.0.9:8080 -m', '10.2.0.8:8080 -m', '10.2.0.7:8080 -m'], '-s rr -p 100 -M 255.255.255.0'),
        // All ports of an address, and all that is marked: the client's port stays.
        ...service('-t 10.96.0.52:0', ['10.2.0.9:0 -m', '10.2.0.8:0 -m'], '-s rr -p 100'),
        ...service('-f 7', ['10.2.0.9:8080 -m'], '-s rr -p 100'),
      ],
      { rules: MARKING },
    ),
    sends: [
      web,
      { ...web, sport: 4001 },
      { ...web, src: '10.1.0.3' },
      { ...web, dst: '10.96.0.51' },
      { ...web, dst: '10.96.0.51', src: '10.1.0.3' },
      { ...web, dst: '10.96.0.52', dport: 1234 },
      { ...web, dst: '10.96.0.52', dport: 81, sport: 4001 },
      { ...web, dport: 1001 },
      { replyTo: 0 },
      flags(web, 'ACK'),
      // Ended, but the client stays where it was, and nothing is lost.
      answer(0, 'RST', 'ACK'),
      { ...web, seq: 500 },
    ],
  },
  {
    name: 'ipvs-mark',
    node: node(service('-f 7', ['10.2.0.9:0 -m']), { rules: MARKING }),
    sends: [
      ...[1001, 1002, 1003, 1004, 1005].map((dport): Packet => ({ ...client, sport: 4000, dport })),
      ...[1001, 1003, 1005].map((dport): Packet => ({ ...own, sport: 4000, dport })),
      { ...own, src: '10.1.0.1', dst: '10.1.0.2', sport: 4000, dport: 1003 },
      { ...own, sport: 4000, dport: 1006, mark: 7 },
      { ...client, dst: '10.2.0.3', sport: 4000, dport: 1004 },
      { replyTo: 0 },
    ],
  },
  {
    // Who sends to another host what is marked for a service, whose real server is the node: rewritten it stays, else it is lost.
    name: 'ipvs-mark-local',
    node: node([...service('-f 7', ['10.1.0.1:0 -g']), ...service('-f 8', ['10.1.0.1:8080 -m'])]),
    sends: [7, 8].map((mark): Packet => ({ ...own, src: '10.2.0.1', dst: '10.1.0.2', sport: 4000 + mark, dport: 1003, mark })),
  },
  ...([0, 1] as const).map(
    (conntrack): KernelCase => ({
      name: `ipvs-one-packet-conntrack-${conntrack}`,
      node: node(service('-u 10.96.0.50:53', ['10.2.0.9:53 -m'], '-s rr -o'), {
        conntrack,
        rules: { mangle: ['-A POSTROUTING -m ipvs --ipvs', '-A POSTROUTING -m ipvs --vport 53'] },
      }),
      sends: [dns, dns, { replyTo: 0 }, { ...own, proto: 'udp', dport: 53 }],
    }),
  ),
  {
    name: 'ipvs-options-of-the-match',
    node: node([...WEB, ...service('-u 10.96.0.50:53', ['10.2.0.9:53 -m'])], {
      rules: {
        mangle: ['vproto 6', 'vproto 17', 'vport 80', 'vport 53', 'vmethod MASQ', 'vmethod GATE', 'vaddr 10.96.0.0/16', 'vaddr 10.96.0.51/32', 'vdir ORIGINAL'].flatMap((asked) => [
          `-A POSTROUTING -m ipvs --${asked}`,
          ...(asked.startsWith('vdir') ? [] : [`-A POSTROUTING -m ipvs ! --${asked}`]),
        ]),
      },
    }),
    sends: [web, { replyTo: 0 }, dns, { replyTo: 2 }, { ...web, dst: '10.2.0.2', sport: 4999 }],
  },
  {
    // Answers of direct routing that come by the node all the same.
    name: 'ipvs-direct-answer',
    node: node([...service('-t 10.96.0.50:80', ['10.2.0.9:80 -g']), ...service('-t [fd96::50]:80', ['[fd02::9]:80 -g'])], { sysctls: { 'net.ipv4.conf.all.accept_local': '1' } }),
    sends: [web, { replyTo: 0 }, { ...web, src: 'fd01::2', dst: 'fd96::50' }, { replyTo: 2 }, flags({ ...web, src: 'fd01::2', dst: 'fd96::50' }, 'FIN', 'ACK')],
  },
  {
    name: 'ipvs-loopback',
    node: node([
      ...WEB,
      ...service('-t 127.0.0.1:80', ['10.2.0.9:8080 -m']),
      ...service('-t 10.96.0.51:80', ['127.0.0.1:8080 -m']),
      ...service('-t [fd96::50]:80', ['[fd02::9]:8080 -m']),
      ...service('-t [fd96::50]:81', ['[::1]:8080 -m']),
    ]),
    sends: [
      { ...own, src: '127.0.0.1' },
      { ...own, src: '127.0.0.1', dst: '127.0.0.1' },
      { ...own, src: '10.1.0.1', dst: '127.0.0.1' },
      { ...own, src: '10.1.0.1', dst: '10.96.0.51' },
      { ...web, dst: '10.96.0.51' },
      { ...own, src: '::1', dst: 'fd96::50' },
      { ...own, src: 'fd01::1', dst: 'fd96::50', dport: 81 },
      { ...web, src: 'fd01::2', dst: 'fd96::50', dport: 81 },
    ],
  },
  ...([0, 1] as const).map(
    (conntrack): KernelCase => ({
      // The node is the real server: nat INPUT comes after IPVS.
      name: `ipvs-nat-input-conntrack-${conntrack}`,
      node: node(service('-t 10.96.0.50:80', ['10.1.0.1:8080 -m']), {
        conntrack,
        rules: { nat: ['-A INPUT -d 10.96.0.50/32 -j SNAT --to-source 10.2.0.7', '-A INPUT -p tcp --dport 8080 -j SNAT --to-source 10.2.0.8'] },
      }),
      sends: [web, { replyTo: 0 }, { in: null, src: '10.1.0.1', dst: '10.1.0.2', proto: 'tcp', sport: 8080, dport: 4000, flags: ['SYN', 'ACK'], seq: 5000, ack: 1 }, own],
    }),
  ),
  ...([0, 1] as const).map(
    (conntrack): KernelCase => ({
      name: `ipvs-second-pass-conntrack-${conntrack}`,
      node: node([...WEB, ...DNS, ...service('-t 10.96.0.51:80', ['10.2.0.9:80 -m'])], { conntrack, rules: SECOND_PASS }),
      sends: [web, dns, own, { ...own, proto: 'udp', dport: 53 }, { ...web, dst: '10.96.0.51' }, { ...own, dst: '10.96.0.51' }, { replyTo: 5 }],
    }),
  ),
  {
    // A real server whose connection is not known is told so.
    name: 'ipvs-answer-without-connection',
    node: node([...WEB, ...DNS], { vs: { nat_icmp_send: 1 } }),
    sends: [
      { in: 'rb', src: '10.2.0.9', dst: '10.1.0.2', proto: 'tcp', sport: 8080, dport: 4000, flags: ['ACK'], seq: 1, ack: 1 },
      { in: 'rb', src: '10.2.0.9', dst: '10.1.0.2', proto: 'tcp', sport: 8080, dport: 4000, flags: ['RST'], seq: 1 },
      { in: 'rb', src: '10.2.0.9', dst: '10.1.0.2', proto: 'udp', sport: 53, dport: 4000 },
      { in: 'rb', src: '10.2.0.9', dst: '10.1.0.2', proto: 'udp', sport: 54, dport: 4000 },
    ],
  },
  {
    // One client reaches one real server by two services, from one port.
    name: 'ipvs-same-answer',
    node: node([...DNS, ...service('-u 10.96.0.51:53', ['10.2.0.9:53 -m'])], { conntrack: 0 }),
    sends: [dns, { ...dns, dst: '10.96.0.51' }, { replyTo: 1 }, dns, { replyTo: 3 }],
  },
  ...[null, []].map(
    (nat): KernelCase => ({
      // What the node sends looks like the answer that conntrack had expected before the real server took the address's place.
      name: `ipvs-clash-${nat ? 'nat' : 'no-nat'}`,
      node: node([...DNS, ...service('-t 10.96.0.50:80', ['10.2.0.9:80 -m'])], { rules: { nat } }),
      sends: [
        dns,
        { in: null, src: '10.96.0.50', dst: '10.1.0.2', proto: 'udp', sport: 53, dport: 4000 },
        web,
        { in: null, src: '10.96.0.50', dst: '10.1.0.2', proto: 'tcp', sport: 80, dport: 4000, flags: ['SYN'] },
      ],
    }),
  ),
  {
    name: 'ipvs-bad-checksum',
    node: node(WEB),
    sends: [
      web,
      { errorFor: 0, code: 3, overrides: { badChecksum: true } },
      {
        in: 'ra',
        src: '10.1.0.2',
        dst: '10.96.0.50',
        proto: 'icmp',
        icmpType: 3,
        icmpCode: 3,
        badChecksum: true,
        inner: { src: '10.96.0.50', dst: '10.1.0.2', proto: 'tcp', sport: 80, dport: 4000 },
      },
      own,
      {
        in: null,
        src: '10.96.0.50',
        dst: '10.96.0.50',
        proto: 'icmp',
        icmpType: 3,
        icmpCode: 3,
        badChecksum: true,
        inner: { src: '10.96.0.50', dst: '10.96.0.50', proto: 'tcp', sport: 80, dport: 4100 },
      },
    ],
  },
  ...[1, 2, 3].map((seed): KernelCase => ({ ...randomIpvsCase(seed, { packets: 40 }), name: `ipvs-random-${seed}` })),
];
