/**
 * Themes: some random nodes get rules and packets about one thing besides their own, because whole of random packets and rules
 * seldom meet in it: headers, rarer protocols, lists of recent, fragments, expected connections, bridges. What comes in: a
 * case; what goes out: the case with the theme's rules first in their chains and its packets last.
 */

import type { Packet } from '../../engine/model/packet.ts';
import type { Family } from '../../engine/net/address.ts';
import type { KernelCase } from './cases.ts';
import { HEADER_RULES, HEADER_RULES_6, headerPacket, not } from './header-nodes.ts';
import type { KernelNode, Sending } from './node.ts';
import { PORTS } from './random-vocabulary.ts';
import type { Random } from './random.ts';
import { fewHosts, router, tables } from './router.ts';
import { bridge, MAC, PHYSDEV } from './surprise/bridges.ts';
import { control, passive } from './surprise/expectations.ts';

/** What is added to a node of random rules. */
interface Added {
  readonly family: Family;
  /** Whole rules, by table. */
  readonly rules: Readonly<Record<string, readonly string[]>>;
  readonly packets: readonly Packet[];
  /** Fragments are seen as they are. */
  readonly untracked?: boolean;
}

const PACKETS = 16;
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const port = (random: Random): number => random.pick(PORTS);
const target = (random: Random): string => random.weighted([[6, ''] as const, [1, ' -j MARK --or-mark 0x10'] as const, [1, ' -j ACCEPT'] as const, [1, ' -j DROP'] as const]);

/** Theme rules in the chains that packets on their way through meet. */
function spread(random: Random, count: number, rule: (chain: string) => string): Record<string, string[]> {
  const rules: Record<string, string[]> = {};
  for (let i = 0; i < count; i++) {
    const [table, chain] = random.pick([
      ['raw', 'PREROUTING'],
      ['mangle', 'PREROUTING'],
      ['mangle', 'FORWARD'],
      ['mangle', 'POSTROUTING'],
      ['filter', 'FORWARD'],
    ] as const);
    rules[table] = [...(rules[table] ?? []), `-A ${chain} ${rule(chain)}${target(random)}`];
  }
  return rules;
}

/** The address that ra's far end makes of its MAC address. */
const FROM_MAC = 'fd01::ff:fe00:a02';

function headers(random: Random): Added {
  const family: Family = random.chance(0.8) ? 'ipv6' : 'ipv4';
  const v6 = family === 'ipv6';
  const kinds = [...HEADER_RULES, ...(v6 ? HEADER_RULES_6 : [])];
  return {
    family,
    rules: spread(random, 14, (chain) => (v6 && chain !== 'POSTROUTING' && random.chance(0.1) ? '-m eui64' : random.weighted(kinds)(random))),
    packets: times(PACKETS, (i) => ({ ...headerPacket(random, family, i < 10 ? i : 0x9000 + i), ...(v6 && random.chance(0.15) ? { src: FROM_MAC } : {}) })),
    untracked: random.chance(0.5),
  };
}

function protocols(random: Random): Added {
  const family: Family = random.chance(0.5) ? 'ipv4' : 'ipv6';
  const types = (): string => random.some(['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'CLOSE', 'RESET', 'SYNC'], 1, 3).join(',');
  const rule = (): string => {
    const proto = random.pick(['sctp', 'dccp', 'udplite']);
    return random.weighted<() => string>([
      [2, () => `-p ah -m ah ${not(random)}--ahspi ${random.pick(['256', '1:300', '4096'])}`],
      [2, () => `-p esp -m esp ${not(random)}--espspi ${random.pick(['256', '1:300', '4096'])}`],
      [2, () => `-p 108 -m ipcomp ${not(random)}--ipcompspi ${random.pick(['256', '1:300', '4096'])}`],
      [2, () => `-p dccp -m dccp ${not(random)}--dccp-types ${types()}`],
      [1, () => `-p dccp -m dccp ${not(random)}--dccp-option ${random.pick([1, 32])}`],
      [2, () => (proto === 'udplite' ? '-p udplite' : `-p ${proto} -m ${proto} ${not(random)}--${random.pick(['sport', 'dport'])} ${random.pick(['0:80', '443', '600:5000'])}`)],
      [2, () => `-p ${proto} -m multiport ${not(random)}--${random.pick(['sports', 'dports', 'ports'])} ${random.some(PORTS, 2, 5).join(',')}`],
      [2, () => `-p sctp -m sctp ${not(random)}--chunk-types ${random.pick(['any', 'all', 'only'])} ${random.pick(['INIT', 'DATA,INIT', 'DATA', 'SACK,INIT'])}`],
    ])();
  };
  const packet = (): Packet => {
    const way = { in: 'ra', ...fewHosts(random, family) };
    const ports = { sport: port(random), dport: port(random) };
    const spi = random.pick([1, 256, 300, 4096, 70000]);
    return random.weighted<() => Packet>([
      [2, () => ({ ...way, proto: 'ah', spi })],
      [2, () => ({ ...way, proto: 'esp', spi })],
      [2, () => ({ ...way, proto: 108, data: `3b00${random.pick(['0001c4fe', '0100c3ff', '1000b4ff'])}0000` })],
      [
        3,
        () => ({
          ...way,
          proto: 'dccp',
          ...ports,
          dccpType: random.pick(['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'CLOSE', 'RESET', 'SYNC']),
          dccpOptions: random.pick(['', '01', '200401020000', '0120030a']),
        }),
      ],
      [
        3,
        () => ({
          ...way,
          proto: 'sctp',
          ...ports,
          data: random.pick(['0100001400000001000000010001000100000001', '0003001000000001000000010000000041424344', '03000010000000010000000100000000']),
        }),
      ],
      [2, () => ({ ...way, proto: 'udplite', ...ports })],
    ])();
  };
  return { family, rules: spread(random, 14, rule), packets: times(PACKETS, packet) };
}

/** Few hosts and few lists, so that who is looked for has been there. */
function lists(random: Random): Added {
  const family: Family = random.chance(0.5) ? 'ipv4' : 'ipv6';
  const rule = (): string => {
    const list = `--name theme${random.int(2)} --rsource`;
    return random.weighted([
      [2, `-m recent --set ${list}`],
      [2, `-m recent ${not(random)}--rcheck ${list}`],
      [1, `-m recent ! --rcheck --seconds 600 --hitcount ${random.between(1, 3)} ${list}`],
      [2, `-m recent ${not(random)}--update ${list}`],
      [1, `-m recent ${not(random)}--remove ${list}`],
    ]);
  };
  return {
    family,
    rules: spread(random, 10, rule),
    packets: times(PACKETS, () => ({ in: 'ra', ...fewHosts(random, family), proto: 'udp', sport: port(random), dport: port(random) })),
  };
}

function fragments(random: Random): Added {
  if (random.chance(0.5)) return fragments6(random);
  const packets = times(PACKETS / 2, (i): Packet[] => {
    const id = 0x9800 + i;
    const common = { in: 'ra', ...fewHosts(random, 'ipv4'), proto: 'udp', sport: port(random), dport: port(random), id, payload: 16 };
    return random.pick<Packet[]>([
      [
        { ...common, moreFragments: true },
        { ...common, fragOffset: 24 },
      ],
      [
        { ...common, fragOffset: 24 },
        { ...common, moreFragments: true },
      ],
      [{ ...common, fragOffset: 48 }],
      [{ in: 'ra', ...fewHosts(random, 'ipv4'), proto: 'udp', sport: port(random), dport: port(random) }],
    ]);
  }).flat();
  const rule = (): string => `${random.pick(['', '-p udp ', '-s 10.1.0.2/31 '])}${random.pick(['-f', '! -f'])}`;
  return { family: 'ipv4', rules: spread(random, 8, rule), packets, untracked: true };
}

function fragments6(random: Random): Added {
  const rule = (): string =>
    `-m frag ${random.pick(['--fragfirst', '--fraglast', '--fragmore', '! --fragid 5', '--fragid 0:9', '! --fragid 3:7', '--fragres', '! --fraglen 5', '--fragid 5 --fragmore'])}`;
  const packet = (i: number): Packet => ({
    in: 'ra',
    ...fewHosts(random, 'ipv6'),
    proto: 'udp',
    sport: port(random),
    dport: port(random),
    payload: 16,
    ...random.weighted<Partial<Packet>>([
      [3, { id: i, moreFragments: true }],
      [3, { id: i, fragOffset: 24, moreFragments: random.chance(0.5) }],
      [1, {}],
    ]),
  });
  return { family: 'ipv6', rules: spread(random, 8, rule), packets: times(PACKETS, packet), untracked: true };
}

const ADDED: readonly (readonly [number, (random: Random) => Added])[] = [
  [5, headers],
  [4, protocols],
  [2, lists],
  [2, fragments],
];

/** Rules of a table go before those that it has. */
export function withRules(text: string, added: Added['rules']): string {
  let all = text;
  for (const [table, lines] of Object.entries(added)) {
    const block = lines.map((line) => `${line}\n`).join('');
    const head = new RegExp(`^\\*${table}\\n(?::.*\\n)*`, 'm').exec(all);
    all = head ? all.slice(0, head.index + head[0].length) + block + all.slice(head.index + head[0].length) : `${all}*${table}\n${block}COMMIT\n`;
  }
  return all;
}

/** The case with one of the themes; `withoutTracking` takes out of a text what turns tracking on. */
export function withTheme(one: KernelCase, random: Random, withoutTracking: (text: string) => string): KernelCase {
  const added = random.weighted(ADDED)(random);
  const key = added.family === 'ipv4' ? 'iptables' : 'ip6tables';
  const own = one.node[key] ?? '';
  const node: KernelNode = { ...one.node, [key]: withRules(added.untracked ? withoutTracking(own) : own, added.rules) };
  const packets = added.packets.map((packet): Sending => ({ packet }));
  return { ...one, node, sends: [...one.sends.slice(0, Math.max(8, one.sends.length - packets.length)), ...packets] };
}

const STATES = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID'] as const;

/** A control connection of FTP, the connection that its helper expects, and others. */
export function expectedCase(name: string, random: Random): KernelCase {
  const client = random.pick(['10.1.0.2', '10.1.0.3']);
  const server = random.pick(['10.2.0.2', '10.2.0.3']);
  const [sport, dport, data] = [random.between(1024, 5000), random.between(1024, 65000), random.between(1024, 5000)];
  const match = (): string =>
    random.weighted([
      [3, `-m helper ${not(random)}--helper ${random.pick(['ftp', 'ftp-21', '""', 'irc'])}`],
      [2, `-m conntrack ${not(random)}--ctstatus ${random.pick(['EXPECTED', 'SEEN_REPLY', 'ASSURED,EXPECTED'])}`],
      [2, `-m conntrack ${not(random)}--ctstate ${random.some(STATES, 1, 2).join(',')}`],
      [1, `-m connmark ${not(random)}--mark 0x${random.int(3)}`],
      [1, `-m state ${not(random)}--state ${random.pick(STATES)}`],
    ]);
  const rules = (chain: string, count: number): string[] => times(count, () => `-A ${chain} ${match()}${random.chance(0.2) ? ` -j CONNMARK --set-mark 0x${random.int(3)}` : ''}`);
  const iptables = tables({
    raw: ['-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp'],
    mangle: [...rules('PREROUTING', 8), ...rules('POSTROUTING', 6)],
    ...(random.chance(0.5) ? { nat: ['-A POSTROUTING -s 192.0.2.1/32 -j MASQUERADE'] } : {}),
    filter: rules('FORWARD', 8),
  });
  const line = (from: Packet['src'], to: string, source: number, destination: number, more: Partial<Packet> = {}): Packet => ({
    in: from === client ? 'ra' : 'rb',
    src: from as string,
    dst: to,
    proto: 'tcp',
    sport: source,
    dport: destination,
    seq: 7,
    ...more,
  });
  return {
    name,
    node: router({ iptables }),
    needs: 'the FTP helper',
    options: { expectations: [{ proto: 'tcp', src: client, dst: server, dport, master: { src: client, sport, dst: server, dport: 21 } }] },
    sends: [
      ...control({ client, server }, sport, 'PASV\r\n', passive(server, dport)),
      line(client, server, data, dport),
      line(server, client, dport, data, { flags: ['SYN', 'ACK'], seq: 90, ack: 8 }),
      line(client, server, data, dport, { flags: ['ACK'], seq: 8, ack: 91 }),
      // It was expected once, and from there to here.
      line(client, server, data + 1, dport),
      line(server, client, data, dport),
      line(client, server, sport, 21, { flags: ['ACK'], seq: 115, ack: 600 }),
    ],
  };
}

/** Frames that go over a bridge, to it and from it. */
export function bridgeCase(name: string, random: Random): KernelCase {
  const family: Family = random.chance(0.6) ? 'ipv4' : 'ipv6';
  const host = (i: number): string => (family === 'ipv4' ? `10.0.0.${i}` : `fd00::${i}`);
  const far = family === 'ipv4' ? '10.2.0.2' : 'fd02::2';
  const physdev = (chain: string): string =>
    `-A ${chain} ${random.chance(0.8) ? random.pick(PHYSDEV) : `-m mac ${not(random)}--mac-source ${random.pick([MAC.a, MAC.b])}`}`.replace(/(OUTPUT|POSTROUTING) -m mac.*/, '$1');
  const chains = (list: readonly string[]): string[] => list.flatMap((chain) => times(4, () => physdev(chain)));
  const text = tables({ raw: chains(['PREROUTING']), mangle: chains(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']), filter: chains(['INPUT', 'FORWARD']) });
  const ports = ['a', 'b', 'c'] as const;
  const send = (): Packet => {
    const rest = { proto: 'udp', sport: port(random), dport: port(random) };
    const at = random.int(3);
    const from = ports[at] as (typeof ports)[number];
    const other = random.pick([0, 1, 2].filter((one) => one !== at));
    return random.weighted<() => Packet>([
      [5, () => ({ in: 'br0', physIn: `p${from}`, srcMac: MAC[from], dstMac: MAC[ports[other] as (typeof ports)[number]], src: host(at + 2), dst: host(other + 2), ...rest })],
      [2, () => ({ in: 'br0', physIn: `p${from}`, srcMac: MAC[from], dstMac: MAC.bridge, src: host(at + 2), dst: random.pick([host(1), far]), ...rest })],
      [1, () => ({ in: 'rb', src: far, dst: host(other + 2), ...rest })],
      [1, () => ({ src: host(1), dst: host(other + 2), ...rest })],
    ])();
  };
  return { name, node: bridge({ [family === 'ipv4' ? 'iptables' : 'ip6tables']: text }), needs: 'br_netfilter', sends: times(24, send) };
}
