/** A random node with packets, from a seed: both families, addresses, routes, policy rules, sets, rules; and what is sent through it. */

import { availableParallelism } from 'node:os';
import type { Packet, Socket } from '../../engine/model/packet.ts';
import type { KernelCase } from './cases.ts';
import type { KernelNode, Sending } from './node.ts';
import { withoutUnmodelled } from './random-modelled.ts';
import { rareSends, SHORT_TIMEOUTS, WAIT } from './random-packets.ts';
import { randomSets, randomTables } from './random-rules.ts';
import { rareSets } from './random-sets.ts';
import { bridgeCase, expectedCase, withRules, withTheme } from './random-themes.ts';
import { allHosts, allOwn, DEVICES, MARKS, PORTS, TOS, V4, V6, type Vocabulary } from './random-vocabulary.ts';
import { Random } from './random.ts';

interface RandomCaseOptions {
  readonly packets?: number;
  /** Share of rules with one of the rarer matches or targets. */
  readonly rare?: number;
}

export function randomCase(seed: number, options: RandomCaseOptions = {}): KernelCase {
  return (options.rare ?? 0) > 0 ? rareCase(seed, options.packets ?? 40, options.rare as number) : commonCase(seed, options);
}

function commonCase(seed: number, options: RandomCaseOptions): KernelCase {
  const random = new Random(seed);
  const sets4 = randomSets(random, V4);
  const sets6 = randomSets(random, V6);
  const routes4 = randomRouting(random, V4);
  const routes6 = randomRouting(random, V6);
  const node: KernelNode = {
    interfaces: DEVICES.map((name) => ({ name, addresses: [...(V4.own[name] ?? []).map((own) => `${own}/24`), ...(V6.own[name] ?? []).map((own) => `${own}/64`)] })),
    routes: routes4.routes,
    routes6: routes6.routes,
    rules: routes4.rules,
    rules6: routes6.rules,
    ipset: sets4.text + sets6.text,
    iptables: randomTables(random, V4, sets4.sets),
    ip6tables: randomTables(random, V6, sets6.sets),
    sysctls: random.chance(0.15) ? { 'net.ipv4.conf.all.rp_filter': random.pick(['1', '2']) } : {},
  };
  return { name: `seed ${seed}`, node, sends: randomSends(random, options.packets ?? 40, false) };
}

/** What turns tracking on: without it fragments are seen as they are, and nat is not passed. */
const TRACKING =
  /-m (conntrack|state|connmark|connlimit|connbytes|connlabel|cluster|helper|socket)\b|-j (CONNMARK|CT|SNAT|DNAT|MASQUERADE|REDIRECT|NETMAP|SYNPROXY|TPROXY|NOTRACK)\b/;

const withoutTracking = (text: string): string => withoutLines(text, TRACKING);

/**
 * Of nodes that copy (TEE): both a packet and its copy may be answered, and nobody tells the two answers apart, so they do not refuse.
 * A copy that finds a new way in mangle OUTPUT may come back to the node, which then copies it again, and so on without end.
 */
const tellingCopiesApart = (text: string): string => {
  const rules = withoutLines(text, / -j REJECT/);
  const mangle = rules.indexOf('*mangle');
  const end = rules.indexOf('COMMIT', mangle);
  return mangle < 0 ? rules : rules.slice(0, mangle) + withoutLines(rules.slice(mangle, end), /^-A OUTPUT/) + rules.slice(end);
};

/** Does not come back to the node, and is not too long for the way to the gateway. */
const isCopiedPlainly = (send: Sending): boolean =>
  !('packet' in send) ||
  (send.packet.in !== null && send.packet.l2 === undefined && (send.packet.payload ?? 0) < 1400) ||
  (!send.packet.in && /^(10|fd0[123]).*[234]$/.test(send.packet.dst));

const PLAIN: Sending = { packet: { in: 'ra', src: '10.1.0.2', dst: '10.2.0.2', proto: 'udp', sport: 53, dport: 53 } };

const withoutLines = (text: string, left: RegExp): string =>
  text
    .split('\n')
    .filter((line) => !left.test(line))
    .join('\n');

/** Where themes draw from, so that a seed's own node stays what it is. */
const THEMES = 0x7e3e_5eed;
/** Shares of nodes with a theme, and of nodes that are all about one thing. */
const [THEMED, EXPECTED, BRIDGED] = [0.16, 0.01, 0.02];

function rareCase(seed: number, count: number, rare: number): KernelCase {
  const themes = new Random(seed ^ THEMES);
  const kind = themes.int(1000) / 1000;
  if (kind < EXPECTED) return expectedCase(`seed ${seed}`, themes);
  if (kind < EXPECTED + BRIDGED) return bridgeCase(`seed ${seed}`, themes);
  const random = new Random(seed);
  const sets = { ipv4: rareSets(random, V4), ipv6: rareSets(random, V6) };
  const routes = { ipv4: randomRouting(random, V4), ipv6: randomRouting(random, V6) };
  const sockets = random.chance(0.04);
  const tracked = { ipv4: random.chance(0.85), ipv6: random.chance(0.85) };
  const waits = random.chance(0.012);
  const copies = random.chance(0.15);
  const tables = (words: Vocabulary): string => {
    const text = randomTables(random, words, sets[words.family].sets, rare, sockets);
    const all = tracked[words.family] ? text : withoutTracking(text);
    const told = copies ? tellingCopiesApart(all) : withoutLines(all, / -j TEE/);
    // Where timeouts are short, packets are not to wait for the clock of connlimit.
    const kept = waits ? withoutLines(told, / -m connlimit/) : told;
    // Nothing may reach the stack, which would answer: only the sockets of the test are to be found.
    return sockets ? withDrop(kept) : kept;
  };
  const node: KernelNode = {
    interfaces: DEVICES.map((name) => ({ name, addresses: [...(V4.own[name] ?? []).map((own) => `${own}/24`), ...(V6.own[name] ?? []).map((own) => `${own}/64`)] })),
    routes: routes.ipv4.routes,
    routes6: routes.ipv6.routes,
    rules: routes.ipv4.rules,
    rules6: routes.ipv6.rules,
    ipset: sets.ipv4.text + sets.ipv6.text,
    iptables: tables(V4),
    ip6tables: tables(V6),
    // An address that got another error since the last jiffy gets fewer of "no route".
    sysctls: { ...randomSysctls(random), ...(waits ? SHORT_TIMEOUTS : {}), 'net.ipv4.icmp_ratemask': '0' },
  };
  const all = rareSendings(random, count);
  const sends = copies ? all.map((send) => (isCopiedPlainly(send) ? send : PLAIN)) : all;
  const plain: KernelCase = {
    name: `seed ${seed}`,
    node,
    sends: waits ? afterWait(sends) : sends,
  };
  if (sockets) return saying(withSockets({ ...plain, node: withoutUnmodelled(node) }, random));
  const isPlain = !waits && !copies;
  const one = isPlain && themes.chance(THEMED) ? withTheme(plain, themes, withoutTracking) : plain;
  return saying({ ...one, node: withoutUnmodelled(one.node) });
}

const PROCESSORS = availableParallelism();

/** Where rules ask for the processor or the class of a packet, packets say it. */
function saying(one: KernelCase): KernelCase {
  const text = `${one.node.iptables ?? ''}${one.node.ip6tables ?? ''}`;
  if (!/ -m (cpu|cgroup) /.test(text)) return one;
  const say = (packet: Partial<Packet>, i: number): Partial<Packet> => ({ ...(i % 3 === 0 && PROCESSORS > 1 ? { cpu: 1 } : { cpu: 0 }), ...(packet.in ? {} : { classid: 0 }) });
  return {
    ...one,
    sends: one.sends.map((send, i): Sending => {
      const packet = 'packet' in send ? send.packet : 'dst' in send ? send : null;
      return packet
        ? { packet: { ...packet, ...say(packet, i) } }
        : { ...(send as Exclude<Sending, { packet: Packet }>), overrides: { ...(send as { overrides?: Partial<Packet> }).overrides, ...say({ in: 'ra' }, i) } };
    }),
  };
}

/** The second half comes later. */
function afterWait(sends: readonly Sending[]): Sending[] {
  const half = Math.floor(sends.length / 2);
  return sends.map((send, i) => (i !== half ? send : 'packet' in send ? { packet: { ...send.packet, at: WAIT } } : { ...send, overrides: { ...send.overrides, at: WAIT } }));
}

function withDrop(text: string): string {
  const drop = '-A INPUT -j DROP\n';
  return text.includes('*filter\n') ? text.replace(/\*filter\n(?::.*\n)*/, (head) => head + drop) : `${text}*filter\n${drop}COMMIT\n`;
}

/** Rules that ask for sockets, and packets to them, from them (as an error quotes them) and to where none is. */
function withSockets(one: KernelCase, random: Random): KernelCase {
  const sockets = randomSockets(random);
  const rules = ['PREROUTING', 'INPUT'].flatMap((chain) => ['', ' --transparent', ' --nowildcard'].map((option) => `-A ${chain} -m socket${option}`));
  const packets = sockets.flatMap(({ proto, address, port }): Packet[] => {
    const words = address.includes(':') ? V6 : V4;
    const own = /^(0\.0\.0\.0|::)$/.test(address) ? random.pick(allOwn(words)) : address;
    const way = { in: 'ra', src: random.pick(words.hosts.ra ?? []), dst: own };
    const error = words === V4 ? { proto: 'icmp', icmpType: 3, icmpCode: 1 } : { proto: 'icmpv6', icmpType: 1, icmpCode: 1 };
    return [
      { ...way, proto, sport: random.pick(PORTS), dport: random.chance(0.7) ? port : random.pick(PORTS) },
      ...(random.chance(0.4) ? [{ ...way, ...error, inner: { src: own, dst: way.src, proto, sport: port, dport: random.pick(PORTS) } }] : []),
    ];
  });
  const node = { ...one.node, iptables: withRules(one.node.iptables ?? '', { mangle: rules }), ip6tables: withRules(one.node.ip6tables ?? '', { mangle: rules }) };
  const kept = one.sends.slice(0, Math.max(8, one.sends.length - packets.length));
  return { ...one, node, sends: [...kept, ...packets.map((packet): Sending => ({ packet }))], options: { answers: 'stack', sockets } };
}

function randomSockets(random: Random): Socket[] {
  const seen = new Set<string>();
  return Array.from({ length: random.between(2, 8) }, (): Socket => {
    const words = random.chance(0.5) ? V4 : V6;
    const address = random.chance(0.4) ? (words.family === 'ipv4' ? '0.0.0.0' : '::') : random.pick(allOwn(words));
    return { proto: random.pick(['tcp', 'udp']), address, port: random.pick(PORTS), listening: true, ...(random.chance(0.5) ? { transparent: true } : {}) };
  }).filter(({ proto, port, address }) => {
    const key = `${proto} ${port} ${address.includes(':')}`;
    return !seen.has(key) && seen.add(key);
  });
}

function randomSysctls(random: Random): Record<string, string> {
  const settings: readonly (readonly [number, string, readonly string[]])[] = [
    [0.15, 'net.ipv4.conf.all.rp_filter', ['1', '2']],
    [0.06, 'net.netfilter.nf_conntrack_tcp_loose', ['0']],
    [0.06, 'net.netfilter.nf_conntrack_tcp_be_liberal', ['1']],
    [0.06, 'net.netfilter.nf_conntrack_checksum', ['0']],
    [0.3, 'net.netfilter.nf_conntrack_acct', ['1']],
    [0.06, 'net.ipv4.fwmark_reflect', ['1']],
    [0.06, 'net.ipv6.fwmark_reflect', ['1']],
    [0.05, 'net.ipv4.conf.ra.forwarding', ['0']],
  ];
  return Object.fromEntries(settings.flatMap(([share, name, values]) => (random.chance(share) ? [[name, random.pick(values)]] : [])));
}

/** Common packets and rarer ones, in turn. */
function rareSendings(random: Random, count: number): Sending[] {
  const sends: Sending[] = [];
  while (sends.length < count) {
    const from = sends.length;
    const more = random.chance(0.5)
      ? rareSends(random, random.chance(0.55) ? V4 : V6, from)
      : randomSends(random, random.between(2, 8), true).map(
          (send): Sending => ('replyTo' in send ? { ...send, replyTo: send.replyTo + from } : 'errorFor' in send ? { ...send, errorFor: send.errorFor + from } : send),
        );
    sends.push(...more);
  }
  return sends;
}

function randomRouting(random: Random, words: Vocabulary): { readonly routes: string[]; readonly rules: string[] } {
  const prefix = words.family === 'ipv4' ? 16 : 16;
  const net20 = words.family === 'ipv4' ? `10.20.0.0/${prefix}` : `fd20::/${prefix}`;
  const routes: string[] = [];
  if (random.chance(0.9)) routes.push(`default via ${words.gateways[random.pick(['rb', 'rb', 'rc'])]}`);
  if (random.chance(0.6))
    routes.push(
      random.weighted([
        [3, `${net20} via ${words.gateways.rc}`],
        [1, `${net20} dev ra`],
        [1, `unreachable ${net20}`],
        [1, `blackhole ${net20}`],
        [1, `prohibit ${net20}`],
      ]),
    );
  if (random.chance(0.3)) routes.push(`${words.remote[0]}/${words.hostBits} via ${words.gateways.ra} src ${words.own.rb?.[1]}`);
  const rules: string[] = [];
  if (random.chance(0.7)) {
    const device = random.pick(DEVICES);
    routes.push(`default via ${words.gateways[device]} table 100`);
    for (let left = random.between(1, 2); left > 0; left--)
      rules.push(
        random.weighted([
          [4, `fwmark ${random.pick(MARKS)}/${random.pick([0xff, 0xffff, 0xffffffff])} lookup 100 priority ${random.between(100, 200)}`],
          [1, `from ${random.pick(words.prefixes)} lookup 100 priority ${random.between(100, 200)}`],
          [1, `to ${random.pick(words.prefixes)} lookup 100 priority ${random.between(100, 200)}`],
          [1, `iif ${random.pick(DEVICES)} lookup 100 priority ${random.between(100, 200)}`],
          [1, `fwmark ${random.pick(MARKS)} ${random.pick(['unreachable', 'prohibit', 'blackhole'])} priority ${random.between(100, 200)}`],
        ]),
      );
  }
  // The kernel takes no rule twice.
  return { routes, rules: [...new Set(rules)] };
}

function randomSends(random: Random, count: number, rare: boolean): Sending[] {
  const sends: Sending[] = [];
  /** Positions of plain packets, to be answered, repeated or complained about. */
  const firsts: number[] = [];
  for (let i = 0; i < count; i++) {
    const earlier = firsts.length > 0 ? random.pick(firsts.slice(-4)) : -1;
    const kind =
      earlier < 0
        ? 'new'
        : random.weighted([
            [5, 'new'],
            [5, 'reply'],
            [2, 'again'],
            [2, 'next'],
            [2, 'clash'],
            [1, 'error'],
          ] as const);
    const before = sends[earlier];
    if (kind === 'new' || !before || !('packet' in before)) {
      firsts.push(sends.length);
      const packet = randomPacket(random, random.chance(0.6) ? V4 : V6, i);
      sends.push({ packet: rare && !packet.in && random.chance(0.4) ? { ...packet, uid: random.pick([1000, 600]), gid: 100 } : packet });
    } else if (kind === 'reply') sends.push({ replyTo: earlier, ...(random.chance(0.1) ? { overrides: { flags: [random.pick(['RST', 'ACK'] as const)] } } : {}) });
    else if (kind === 'error') sends.push({ errorFor: earlier, code: random.pick([0, 1, 3]) });
    else if (kind === 'clash') {
      // The same connection of another host: address translation has to tell the two apart.
      const { packet } = before;
      const others = packet.in ? ((packet.dst.includes(':') ? V6 : V4).hosts[packet.in] ?? []) : [];
      firsts.push(sends.length);
      sends.push({ packet: others.length > 0 ? { ...packet, src: random.pick(others) } : packet });
    } else {
      const { packet } = before;
      const next: Partial<Packet> =
        kind === 'again' || packet.proto !== 'tcp'
          ? {}
          : { flags: random.pick([['ACK'], ['PSH', 'ACK'], ['FIN', 'ACK'], ['RST']] as const), seq: 1, ack: 5001, payload: random.pick([0, 3]) };
      sends.push({ packet: { ...packet, ...next } });
    }
  }
  return sends;
}

function randomPacket(random: Random, words: Vocabulary, index: number): Packet {
  const device = random.pick(DEVICES);
  const from = random.weighted([
    [5, 'wire'],
    [2, 'node'],
    [1, 'loopback'],
  ] as const);
  const own = allOwn(words);
  const dst =
    from === 'loopback'
      ? random.pick([...own, words.loopback])
      : from === 'wire' && random.chance(0.25)
        ? random.pick(own)
        : random.chance(0.04)
          ? words.nobody
          : random.pick(allHosts(words));
  // The kernel limits "no route" errors per destination host: a source of its own for what may have no route.
  const odd = dst === words.nobody || words.remote.includes(dst);
  const wireSource =
    odd && words.family === 'ipv4' && random.chance(0.5) ? `10.${device === 'ra' ? 1 : device === 'rb' ? 2 : 3}.0.${100 + (index % 100)}` : random.pick(words.hosts[device] ?? []);
  const src =
    from === 'wire'
      ? random.chance(0.1)
        ? random.pick(words.remote)
        : wireSource
      : from === 'loopback'
        ? dst === words.loopback
          ? words.loopback
          : random.pick(own)
        : random.chance(0.3)
          ? undefined
          : random.pick(own);
  const proto = random.weighted<string | number>([
    [4, 'tcp'],
    [4, 'udp'],
    [2, words.family === 'ipv4' ? 'icmp' : 'icmpv6'],
    [1, 99],
  ]);
  const ports = proto === 'tcp' || proto === 'udp' ? { sport: random.pick(PORTS), dport: random.pick(PORTS) } : {};
  const icmp = proto === 'icmp' || proto === 'icmpv6' ? { icmpId: random.between(1, 3) } : {};
  const tcp =
    proto === 'tcp'
      ? {
          flags: random.weighted([
            [7, ['SYN']],
            [1, ['ACK']],
            [1, ['SYN', 'ACK']],
            [1, ['RST']],
          ] as const),
          ...(random.chance(0.3) ? { mss: random.pick([1460, 1000]) } : {}),
        }
      : {};
  return {
    in: from === 'wire' ? device : null,
    ...(src === undefined ? {} : { src }),
    dst,
    proto,
    ...ports,
    ...icmp,
    ...tcp,
    ...(random.chance(0.2) ? { ttl: random.pick([1, 2, 5, 6]) } : {}),
    ...(random.chance(0.25) ? { tos: random.pick(TOS) } : {}),
    ...(from !== 'wire' && random.chance(0.4) ? { mark: random.pick(MARKS) } : {}),
    ...(random.chance(0.05) && proto !== 99 ? { badChecksum: true } : {}),
  };
}
