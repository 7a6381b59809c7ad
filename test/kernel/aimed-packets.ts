/**
 * Packets drawn from the rules they are to meet: for a rule, what it asks for, and what the rules ask for that lead to its chain.
 * A third of them miss by a little, and some answer or repeat an earlier one. What comes in: the node's own rules and sets; what
 * goes out: things to send, and which rules were aimed at. The engine has no part in it, so that what it misreads is still met.
 */

import type { Packet } from '../../engine/model/packet.ts';
import { type Family, formatAddress, parseAddress, parsePrefix, type Prefix, prefixContains } from '../../engine/net/address.ts';
import type { KernelNode, Sending } from './node.ts';
import type { Random } from './random.ts';

interface AimedRule {
  readonly family: Family;
  readonly table: string;
  readonly chain: string;
  readonly number: number;
  readonly line: string;
}

interface Range {
  /** Rules by family, and where packets come from. */
  readonly rules: readonly AimedRule[];
  readonly devices: readonly string[];
  readonly own: Readonly<Record<Family, readonly string[]>>;
  /** On the wire behind a device. */
  readonly near: Readonly<Record<string, readonly Prefix[]>>;
  /** Addresses that rules, sets and routes name. */
  readonly named: Readonly<Record<Family, readonly string[]>>;
  readonly sets: ReadonlyMap<string, readonly string[]>;
  readonly ports: readonly number[];
  readonly marks: readonly number[];
  readonly routes: readonly (readonly [Prefix, string])[];
}

export const keyOf = ({ family, table, chain, number }: AimedRule): string => `${family === 'ipv6' ? 'ip6:' : ''}${table}/${chain}/${number}`;

export function rangeOf(node: KernelNode): Range {
  const rules = [...rulesOf(node.iptables ?? '', 'ipv4'), ...rulesOf(node.ip6tables ?? '', 'ipv6')];
  const text = rules.map(({ line }) => line).join('\n');
  const devices = node.interfaces.filter((one) => one.name !== 'lo' && one.up !== false && one.create === undefined).map((one) => one.name);
  const held = node.interfaces.flatMap((one) =>
    (one.addresses ?? []).flatMap((address) => (parsePrefix(address.split(' ')[0] as string) ? [[one.name, address.split(' ')[0] as string] as const] : [])),
  );
  const own = { ipv4: [] as string[], ipv6: [] as string[] };
  const near: Record<string, Prefix[]> = {};
  for (const [name, address] of held) {
    const prefix = parsePrefix(address) as Prefix;
    own[prefix.family].push(address.split('/')[0] as string);
    if (bitsOf(prefix) < (prefix.family === 'ipv4' ? 32 : 128)) near[name] = [...(near[name] ?? []), prefix];
  }
  const sets = new Map<string, string[]>();
  for (const line of (node.ipset ?? '').split('\n')) {
    const [, verb, name, rest] = /^(create|add)(?: -exist)? (\S+) (\S+)/.exec(line) ?? [];
    if (verb === 'create') sets.set(name as string, []);
    if (verb === 'add') sets.get(name as string)?.push(rest as string);
  }
  const named = { ipv4: [] as string[], ipv6: [] as string[] };
  const found = [...text.matchAll(/ -[sd] (\S+)/g), ...text.matchAll(/--to-(?:destination|source) (\[?[0-9a-f.:]+\]?)/g)].map(([, address]) => bare(address as string));
  for (const address of [...found, ...[...sets.values()].flatMap((list) => list.slice(0, 200).map((entry) => entry.split(',')[0] as string))]) {
    const prefix = parsePrefix(address.split('-')[0] as string);
    if (prefix && !named[prefix.family].includes(address)) named[prefix.family].push(address);
  }
  const numbers = (pattern: RegExp): number[] =>
    [...new Set([...text.matchAll(pattern)].flatMap(([, list]) => (list as string).split(/[,:-]/).map(Number)))].filter((one) => one > 0 && one < 65536);
  const ports = numbers(/--(?:[sd]ports?|to-ports?|on-port|[sd]port) ([\d,:-]+)/g);
  const routes = [...(node.routes ?? []), ...(node.routes6 ?? [])].flatMap((route): [Prefix, string][] => {
    const [, to = '', device = ''] = /^(\S+).* dev (\S+)/.exec(route) ?? [];
    const prefix = parsePrefix(to);
    return prefix && devices.includes(device) ? [[prefix, device]] : [];
  });
  const marks = [...new Set([...text.matchAll(/--(?:mark|set-x?mark|tproxy-mark) (0x[0-9a-f]+|\d+)/g)].map(([, value]) => Number(value)))];
  return { rules, devices, own, near, named, sets, ports: ports.length > 0 ? ports : [80], marks: marks.length > 0 ? marks : [1], routes };
}

/** A mask with holes is taken for a whole address: the one that is written. */
const bitsOf = ({ length, family }: Prefix): number => length ?? (family === 'ipv4' ? 32 : 128);

/** `10.0.0.1:80`, `[::1]:80`, `10.0.0.0/8` without their port. */
const bare = (address: string): string =>
  address.startsWith('[') ? address.slice(1).replace(/\].*/, '') : (address.match(/:/g) ?? []).length === 1 ? (address.split(':')[0] as string) : address;

function rulesOf(save: string, family: Family): AimedRule[] {
  const rules: AimedRule[] = [];
  const counts = new Map<string, number>();
  let table = '';
  for (const line of save.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const chain = /^(?:\[\d+:\d+\] )?-A (\S+)/.exec(line)?.[1];
    if (chain === undefined) continue;
    const number = (counts.get(`${table}/${chain}`) ?? 0) + 1;
    counts.set(`${table}/${chain}`, number);
    rules.push({ family, table, chain, number, line });
  }
  return rules;
}

// ---- what a rule asks for ----

interface Want {
  readonly option: string;
  readonly value: string;
  readonly sides: string;
  readonly negated: boolean;
}

const ASKED =
  /(! )?(?:(-[sdiop]|--(?:sports?|dports?|ports|uid-owner|gid-owner|ctstate|state|mac-source|icmp-type|icmpv6-type|src-type|dst-type|ctorigdst|ctorigdstport)|-m (?:mark|connmark) (?:! )?--mark) (\S+)|--match-set (\S+) (\S+))/g;

/** `--mark` alone may be a condition or belong to a target: only what stands behind its match is asked. */
function wantsOf({ line }: AimedRule): Want[] {
  const conditions = line.replace(/ -[jg] .*/, '').replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return [...conditions.matchAll(ASKED)].map(([all, not, option, value, set, sides]) => ({
    option: set === undefined ? (option as string).replace(/^-m (\w+) (! )?--mark$/, '$1') : 'set',
    value: (value ?? set) as string,
    sides: sides ?? '',
    negated: not !== undefined || / ! --mark/.test(all),
  }));
}

const BUILTIN = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];

/** A way from a chain of the kernel to the rule, with what each jump asks for; null: nothing leads there. */
function wayTo(rule: AimedRule, rules: readonly AimedRule[], random: Random): { readonly hook: string; readonly wants: Want[] } | null {
  const wants = wantsOf(rule);
  const been = new Set<string>();
  let { chain } = rule;
  while (!BUILTIN.includes(chain)) {
    const here = chain;
    been.add(here);
    const jumps = rules.filter((one) => one.family === rule.family && one.table === rule.table && !been.has(one.chain) && new RegExp(` -[jg] ${escaped(here)}$`).test(one.line));
    if (jumps.length === 0) return null;
    const jump = random.pick(jumps);
    wants.unshift(...wantsOf(jump));
    ({ chain } = jump);
  }
  return { hook: chain, wants };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// ---- a packet that has it ----

/** Some address of a prefix: its first hosts, its last, anywhere. */
function within(prefix: Prefix, random: Random): string {
  const bits = prefix.family === 'ipv4' ? 32 : 128;
  const free = bits - bitsOf(prefix);
  if (free === 0) return formatAddress(prefix.family, prefix.words);
  const words = [...prefix.words];
  const last = words.length - 1;
  const span = free >= 16 ? 65536 : 2 ** free;
  const low = random.weighted([
    [3, Math.min(2 + random.int(4), span - 1)],
    [1, Math.max(0, span - 2)],
    [3, random.int(span)],
  ]);
  words[last] = ((((words[last] as number) & ~(span - 1)) >>> 0) + low) >>> 0;
  if (free > 16 && prefix.family === 'ipv4' && random.chance(0.5)) words[last] = (((words[last] as number) | (random.int(2 ** (free - 16)) << 16)) >>> 0) as number;
  return formatAddress(prefix.family, words);
}

const holds = (text: string, address: string): boolean => {
  const prefix = parsePrefix(text);
  const one = parseAddress(address);
  return prefix !== null && one !== null && prefix.family === one.family && prefixContains(prefix, one.words);
};

function portIn(value: string, random: Random): number {
  const [low = 0, high] = random.pick(value.split(',')).split(':').map(Number) as [number, number?];
  return high === undefined ? low : random.pick([low, high, random.between(low, Math.max(low, high))]);
}

function aimAt(rule: AimedRule, range: Range, random: Random): { readonly packet: Packet; readonly states: readonly string[] } | null {
  const way = wayTo(rule, range.rules, random);
  if (!way) return null;
  const { family } = rule;
  const v6 = family === 'ipv6';
  const { hook, wants } = way;
  const asked = (...options: string[]): readonly Want[] => wants.filter(({ option }) => options.includes(option));
  const yes = (...options: string[]): Want | undefined => asked(...options).findLast(({ negated }) => !negated);
  const device = (option: string): string | undefined => {
    const want = yes(option);
    const not = asked(option).filter(({ negated }) => negated);
    const fits = (name: string, { value }: Want): boolean => (value.endsWith('+') ? name.startsWith(value.slice(0, -1)) : name === value);
    const some = ['lo', ...range.devices].filter((name) => (!want || fits(name, want)) && !not.some((one) => fits(name, one)) && (want !== undefined || name !== 'lo'));
    return some.length > 0 ? random.pick(some) : undefined;
  };
  const local =
    hook === 'OUTPUT' || (hook === 'POSTROUTING' && random.chance(0.5)) || (hook === 'INPUT' && yes('-i')?.value === 'lo') || (hook === 'PREROUTING' && yes('-i')?.value === 'lo');
  const own = range.own[family].length > 0 ? range.own[family] : [v6 ? '::1' : '127.0.0.1'];
  const named = range.named[family].length > 0 ? range.named[family] : [v6 ? '2001:db8::7' : '198.51.100.7'];
  const anywhere = (): string => within(parsePrefix(random.pick(named)) as Prefix, random);
  const behind = (name: string | undefined): string | undefined => {
    const prefixes = [...(range.near[name ?? ''] ?? []), ...range.routes.filter(([, via]) => via === name).map(([prefix]) => prefix)].filter((one) => one.family === family);
    return prefixes.length > 0 ? within(random.pick(prefixes), random) : undefined;
  };
  const out = yes('-o') ? device('-o') : undefined;
  const arrives = device('-i') ?? random.pick(range.devices);
  const address = (option: '-s' | '-d', side: 'src' | 'dst', free: () => string): string => {
    const prefix = asked(option)
      .filter(({ negated }) => !negated)
      .map(({ value }) => parsePrefix(value) as Prefix)
      .sort((a, b) => bitsOf(b) - bitsOf(a))[0];
    const set = wants.findLast((one) => one.option === 'set' && !one.negated && one.sides.split(',').includes(side));
    const members = set === undefined ? [] : (range.sets.get(set.value) ?? []);
    const place = set?.sides.split(',').indexOf(side) ?? 0;
    const type = yes(side === 'src' ? '--src-type' : '--dst-type')?.value;
    for (let tries = 0; tries < 12; tries++) {
      const member = members.length > 0 ? parsePrefix((random.pick(members).split(',')[place] ?? '').split('-')[0] as string) : null;
      const picked = prefix && bitsOf(prefix) > 0 ? within(prefix, random) : member ? within(member, random) : type === 'LOCAL' ? random.pick(own) : free();
      if (!asked(option).some(({ negated, value }) => negated && holds(value, picked)) || tries === 11) return picked;
    }
    return free();
  };
  const dst = address('-d', 'dst', () =>
    out === 'lo' || hook === 'INPUT'
      ? random.pick(own)
      : hook === 'FORWARD' || out !== undefined
        ? (behind(out) ?? anywhere())
        : random.chance(0.3)
          ? random.pick(own)
          : anywhere(),
  );
  const src = address('-s', 'src', () =>
    local ? random.pick(out === 'lo' ? [...own, v6 ? '::1' : '127.0.0.1'] : own) : random.chance(0.7) ? (behind(arrives) ?? anywhere()) : anywhere(),
  );
  const stated = yes('-p')?.value;
  const hasPorts = asked('--sport', '--sports', '--dport', '--dports', '--ports').length > 0;
  const no = asked('-p').find(({ negated }) => negated)?.value;
  const proto =
    stated ??
    random.weighted<string>([
      [no === 'tcp' ? 0 : 4, 'tcp'],
      [no === 'udp' ? 0 : 3, 'udp'],
      [no === 'icmp' || hasPorts ? 0 : 1, v6 ? 'icmpv6' : 'icmp'],
    ]);
  const name = proto === 'ipv6-icmp' ? 'icmpv6' : proto;
  const port = (side: 'sport' | 'dport'): number => {
    const want = yes(`--${side}`, `--${side}s`, '--ports');
    const not = asked(`--${side}`, `--${side}s`).filter(({ negated }) => negated);
    for (let tries = 0; tries < 8; tries++) {
      const one = want ? portIn(want.value, random) : side === 'sport' && random.chance(0.8) ? random.between(32768, 60999) : random.pick(range.ports);
      if (!not.some(({ value }) => value.split(',').some((part) => one >= Number(part.split(':')[0]) && one <= Number(part.split(':').at(-1))))) return one;
    }
    return 1024;
  };
  const id = (option: string): number | undefined => {
    const want = yes(option);
    if (want) return Number(want.value.split('-')[0]);
    return random.chance(0.5) ? undefined : random.pick([0, 1000, ...wants.filter((one) => one.option === option).map(({ value }) => Number(value.split('-')[0]) + 1)]);
  };
  const owner = local ? { uid: id('--uid-owner'), gid: id('--gid-owner') } : {};
  const mark = yes('mark');
  const type = yes('--icmp-type', '--icmpv6-type')?.value.split('/').map(Number);
  const packet: Packet = {
    in: local ? null : arrives,
    ...(local && random.chance(0.2) && !yes('-s') ? {} : { src }),
    dst,
    proto: /^\d+$/.test(name) ? Number(name) : name,
    ...(['tcp', 'udp', 'sctp', 'udplite', 'dccp'].includes(name) ? { sport: port('sport'), dport: port('dport') } : {}),
    ...(name === 'tcp'
      ? {
          flags: random.weighted([
            [8, ['SYN']],
            [1, ['ACK']],
            [1, ['RST']],
            [1, ['SYN', 'ACK']],
          ] as const),
          ...(random.chance(0.3) ? { mss: 1460 } : {}),
        }
      : {}),
    ...(name === 'icmp' || name === 'icmpv6'
      ? { icmpId: random.between(1, 60000), ...(type && Number.isInteger(type[0]) ? { icmpType: type[0], icmpCode: type[1] ?? 0 } : {}) }
      : {}),
    ...(local && (mark ? random.chance(0.9) : random.chance(0.15)) ? { mark: mark ? Number(mark.value.split('/')[0]) : random.pick(range.marks) } : {}),
    ...(owner.uid === undefined ? {} : { uid: owner.uid }),
    ...(owner.gid === undefined ? {} : { gid: owner.gid }),
    ...(yes('--mac-source') && !local ? { srcMac: (yes('--mac-source') as Want).value.toLowerCase() } : {}),
  };
  const states = asked('--ctstate', '--state').flatMap(({ value, negated }) => (negated ? [] : value.split(',')));
  return { packet, states };
}

/** By a little: a neighbour of a port or an address, another protocol or device, another owner. */
function nearMiss(packet: Packet, range: Range, random: Random): Packet {
  const neighbour = (address: string): string => {
    const one = parseAddress(address);
    if (!one) return address;
    const words = [...one.words];
    words[words.length - 1] = ((words.at(-1) as number) ^ random.pick([1, 2, 0x100, 0x8000])) >>> 0;
    return formatAddress(one.family, words);
  };
  return random.pick([
    () => (packet.dport === undefined ? packet : { ...packet, dport: Math.max(1, Math.min(65535, packet.dport + random.pick([1, -1]))) }),
    () => (packet.sport === undefined ? packet : { ...packet, sport: random.pick(range.ports) }),
    () => ({ ...packet, dst: neighbour(packet.dst) }),
    () => (packet.src === undefined || !packet.in ? packet : { ...packet, src: neighbour(packet.src) }),
    () => (packet.in ? { ...packet, in: random.pick(range.devices) } : { ...packet, uid: random.pick([0, 1001]) }),
    () => (packet.proto === 'tcp' ? withoutTcp({ ...packet, proto: 'udp' }) : packet.proto === 'udp' ? { ...packet, proto: 'tcp', flags: ['SYN'] as const } : packet),
    () => ({ ...packet, ttl: random.pick([1, 2]) }),
  ])();
}

const withoutTcp = ({ flags: _, mss: __, ...packet }: Packet): Packet => packet;

/** Nobody sends from or to such an address, and the kernel's own tests of them are other cases. */
const odd = (address: string | undefined): boolean =>
  address !== undefined && (/^(0|22[4-9]|2[3-5]\d)\./.test(address) || /^ff/.test(address) || address === '::' || /^fe80/.test(address));

/** The last address of a subnet of the node. What answers it goes to everybody, and comes back when the kernel gets to it: that order is judged by itself. */
const isBroadcast = (address: string, { near }: Range): boolean => {
  const one = parseAddress(address);
  return Object.values(near)
    .flat()
    .some(
      (prefix) =>
        one !== null &&
        prefix.family === 'ipv4' &&
        one.family === 'ipv4' &&
        prefixContains(prefix, one.words) &&
        ((one.words[0] as number) | (prefix.mask[0] as number)) >>> 0 === 0xffffffff,
    );
};

/** `count` things to send, most of them at rules that nothing has met so far (`fired` has what has). */
export function aimedSends(range: Range, fired: ReadonlySet<string>, count: number, random: Random): Sending[] {
  const open = range.rules.filter((rule) => !fired.has(keyOf(rule)));
  const sends: Sending[] = [];
  const plain: number[] = [];
  while (sends.length < count) {
    const rule = open.length > 0 && random.chance(0.7) ? random.pick(open) : random.pick(range.rules);
    const aimed = aimAt(rule, range, random);
    if (!aimed) {
      // Nothing leads to its chain: some packet at some other one.
      if (!range.rules.some(({ chain }) => BUILTIN.includes(chain))) break;
      continue;
    }
    const { states } = aimed;
    const packet = random.chance(0.3) ? nearMiss(aimed.packet, range, random) : aimed.packet;
    if (odd(packet.dst) || odd(packet.src) || (packet.src !== undefined && isBroadcast(packet.src, range))) continue;
    const at = sends.length;
    plain.push(at);
    sends.push({ packet: states.length > 0 && !states.includes('NEW') && packet.proto === 'tcp' ? { ...packet, flags: ['SYN'] } : packet });
    const established = states.includes('ESTABLISHED') || random.chance(0.25);
    if (established && sends.length < count) sends.push({ replyTo: at });
    if (established && random.chance(0.5) && sends.length < count) sends.push({ packet: packet.proto === 'tcp' ? { ...packet, flags: ['ACK'], seq: 1, ack: 5001 } : packet });
    if ((states.includes('RELATED') || random.chance(0.05)) && sends.length < count) sends.push({ errorFor: at, code: random.pick([1, 3]) });
  }
  return sends;
}
