/** Random sets and rules that the kernel accepts: every match and target where it may stand, with values from the vocabulary. */

import { rareMatch, rareTarget } from './random-rare.ts';
import { allHosts, allOwn, DEVICES, MARKS, PORTS, TOS, type Vocabulary } from './random-vocabulary.ts';
import type { Random } from './random.ts';

export interface RandomSet {
  readonly name: string;
  readonly type: string;
  readonly dimensions: number;
  /** Of nodes with rarer rules alone (random-sets.ts). */
  readonly counters?: boolean;
  readonly timeout?: boolean;
  readonly info?: boolean;
  readonly nets?: boolean;
  readonly comment?: boolean;
}

export type Hook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING';

const TABLES: Readonly<Record<string, readonly Hook[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

const address = (random: Random, words: Vocabulary): string => (random.chance(0.2) ? random.pick(allOwn(words)) : random.pick(allHosts(words)));
const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

function portEntry(random: Random, words: Vocabulary): string {
  return random.weighted([
    [4, `tcp:${random.pick(PORTS)}`],
    [4, `udp:${random.pick(PORTS)}`],
    [1, words.family === 'ipv4' ? 'icmp:echo-request' : 'icmpv6:echo-request'],
  ]);
}

export function randomSets(random: Random, words: Vocabulary): { readonly text: string; readonly sets: readonly RandomSet[] } {
  const suffix = words.family === 'ipv4' ? '' : '6';
  const family = words.family === 'ipv4' ? 'inet' : 'inet6';
  const net = (): string => random.pick(words.prefixes);
  const host = (): string => address(random, words);
  const kinds: readonly (readonly [string, number, () => string])[] = [
    ['hash:ip', 1, host],
    ['hash:net', 1, () => net() + (random.chance(0.25) ? ' nomatch' : '')],
    ['hash:ip,port', 2, () => `${host()},${portEntry(random, words)}`],
    ['hash:net,port', 2, () => `${net()},${portEntry(random, words)}`],
    ['hash:ip,port,ip', 3, () => `${host()},${portEntry(random, words)},${host()}`],
    ['hash:ip,port,net', 3, () => `${host()},${portEntry(random, words)},${net()}`],
    ['hash:net,iface', 2, () => `${net()},${random.pick(DEVICES)}`],
    ['bitmap:port', 1, () => String(random.pick(PORTS))],
    ...(words.family === 'ipv4' ? ([['bitmap:ip', 1, () => random.pick(words.hosts.ra ?? [])]] as const) : []),
  ];
  const sets: RandomSet[] = [];
  const lines: string[] = [];
  for (const [type, dimensions, entry] of random.some(kinds, 2, 5)) {
    const name = `s${sets.length}${suffix}`;
    const options = type === 'bitmap:port' ? 'range 0-6000' : type === 'bitmap:ip' ? 'range 10.1.0.0/24' : `family ${family}`;
    lines.push(`create ${name} ${type} ${options}${random.chance(0.2) ? ' counters' : ''}${random.chance(0.2) ? ' timeout 6000' : ''}`);
    for (let i = random.between(1, 6); i > 0; i--) lines.push(`add -exist ${name} ${entry()}`);
    sets.push({ name, type, dimensions });
  }
  const members = sets.filter((set) => set.dimensions === 1 && !set.type.startsWith('bitmap:port'));
  if (members.length > 1 && random.chance(0.5)) {
    const name = `list${suffix}`;
    lines.push(`create ${name} list:set size 8`, ...members.map((set) => `add ${name} ${set.name}`));
    sets.push({ name, type: 'list:set', dimensions: 1 });
  }
  return { text: lines.map((line) => `${line}\n`).join(''), sets };
}

export interface Site {
  readonly table: string;
  /** Hooks from which the chain is reached. */
  readonly hooks: readonly Hook[];
  readonly builtin: boolean;
  readonly sets: readonly RandomSet[];
  readonly words: Vocabulary;
  /** Share of rules with a rarer match or target; 0: none. */
  readonly rare: number;
  /** Sockets of the test alone listen, so rules may ask for them. */
  readonly sockets?: boolean;
}

const not = (random: Random): string => (random.chance(0.2) ? '! ' : '');
const sides = (random: Random, count: number): string => Array.from({ length: count }, () => random.pick(['src', 'dst'])).join(',');
const range = (low: number, high: number): string => `${Math.min(low, high)}:${Math.max(low, high)}`;

/** One rule: header, matches, target. `jumps` are the chains it may go to. */
function randomRule(random: Random, site: Site, jumps: readonly string[]): string {
  return site.rare > 0 && random.chance(site.rare) ? rareRule(random, site, jumps) : commonRule(random, site, jumps);
}

/** One rare thing, and little beside it that could keep it from deciding. */
function rareRule(random: Random, site: Site, jumps: readonly string[]): string {
  const { words, hooks } = site;
  const may = (...allowed: Hook[]): boolean => hooks.every((hook) => allowed.includes(hook));
  const header = random.chance(0.12) ? [`${not(random)}-${random.pick(['s', 'd'])} ${random.pick(words.prefixes)}`] : [];
  if (random.chance(0.35)) {
    const target = rareTarget(random, site);
    // Off its own prefix, a prefix translation spoils sums; it says the prefix itself.
    if (target) return (/^-[sd] /.test(target) ? [target] : [...header, target]).join(' ');
  }
  const match = rareMatch(random, site);
  const proto = /^-p (tcp|udp) /.exec(match)?.[1] ?? '';
  const target = randomTarget(random, site, proto, may, jumps);
  return [...header, match, ...(/--clamp-mss-to-pmtu|--set-mss/.test(target) ? ['-m tcp --tcp-flags SYN,RST SYN'] : []), target].filter((part) => part !== '').join(' ');
}

function commonRule(random: Random, site: Site, jumps: readonly string[]): string {
  const { words, hooks, builtin } = site;
  const may = (...allowed: Hook[]): boolean => hooks.every((hook) => allowed.includes(hook));
  const parts: string[] = [];
  if (random.chance(0.25)) parts.push(`${not(random)}-s ${random.chance(0.4) ? address(random, words) : random.pick(words.prefixes)}`);
  if (random.chance(0.25)) parts.push(`${not(random)}-d ${random.chance(0.4) ? address(random, words) : random.pick(words.prefixes)}`);
  const device = (): string => (random.chance(0.15) ? 'r+' : random.chance(0.1) ? 'lo' : random.pick(DEVICES));
  if (random.chance(0.15) && (!builtin || may('PREROUTING', 'INPUT', 'FORWARD'))) parts.push(`${not(random)}-i ${device()}`);
  if (random.chance(0.15) && (!builtin || may('FORWARD', 'OUTPUT', 'POSTROUTING'))) parts.push(`${not(random)}-o ${device()}`);
  const proto = random.weighted([
    [4, ''],
    [3, 'tcp'],
    [3, 'udp'],
    [1, words.icmp],
  ]);
  if (proto) parts.push(`-p ${proto}`);
  else if (random.chance(0.08)) parts.push(`! -p ${random.pick(['tcp', 'udp'])}`);
  for (
    let left = random.weighted([
      [4, 0],
      [4, 1],
      [1, 2],
    ]);
    left > 0;
    left--
  ) {
    const match = randomMatch(random, site, proto, may);
    if (match) parts.push(match);
  }
  const target = randomTarget(random, site, proto, may, jumps);
  if (target.includes('--clamp-mss-to-pmtu') || target.includes('--set-mss')) parts.push('-m tcp --tcp-flags SYN,RST SYN');
  if (target) parts.push(target);
  return parts.join(' ');
}

function randomMatch(random: Random, site: Site, proto: string, may: (...allowed: Hook[]) => boolean): string {
  const { words, sets } = site;
  const set = sets.length > 0 ? random.pick(sets) : null;
  const port = (): number => random.pick(PORTS);
  const states = (names: readonly string[]): string => random.some(names, 1, 3).join(',');
  const options: (readonly [number, () => string])[] = [
    [3, () => `-m mark ${not(random)}--mark ${hex(random.pick(MARKS))}${random.chance(0.6) ? `/${hex(random.pick([...MARKS, 0xff, 0xffff]))}` : ''}`],
    [2, () => `-m connmark ${not(random)}--mark ${hex(random.pick([0, ...MARKS]))}${random.chance(0.6) ? `/${hex(random.pick([...MARKS, 0xff]))}` : ''}`],
    [3, () => `-m conntrack ${not(random)}--ctstate ${states(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED', 'SNAT', 'DNAT'])}`],
    [1, () => `-m conntrack ${not(random)}--ctstatus ${states(['SEEN_REPLY', 'ASSURED', 'CONFIRMED', 'EXPECTED'])}`],
    [1, () => `-m conntrack ${not(random)}--ctorigsrc ${random.pick(words.prefixes)}`],
    [1, () => `-m conntrack ${not(random)}--ctrepldst ${address(random, words)}`],
    [1, () => `-m conntrack --ctdir ${random.pick(['ORIGINAL', 'REPLY'])}`],
    [1, () => `-m conntrack --ctorigdstport ${port()}`],
    [1, () => `-m state ${not(random)}--state ${states(['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED'])}`],
    [2, () => `-m addrtype ${not(random)}--dst-type ${random.pick(['LOCAL', 'UNICAST', 'MULTICAST'])}`],
    [1, () => `-m addrtype ${not(random)}--src-type ${random.pick(['LOCAL', 'UNICAST'])}`],
    [1, () => `-m comment --comment "${random.pick(['one', 'two words', "it's"])}"`],
    [
      1,
      () =>
        `-m iprange ${not(random)}--${random.pick(['src', 'dst'])}-range ${random.pick([`${words.hosts.ra?.[0]}-${words.hosts.ra?.[1]}`, `${words.hosts.rb?.[0]}-${words.hosts.rb?.[2]}`, `${words.hosts.ra?.[2]}-${words.hosts.rb?.[1]}`])}`,
    ],
    [1, () => `-m limit --limit 1/hour --limit-burst ${random.between(1, 4)}`],
    [1, () => `-m length ${not(random)}--length ${range(random.pick([0, 36, 40, 56]), random.pick([36, 40, 44, 60, 1500]))}`],
    [
      1,
      () =>
        random.chance(0.5)
          ? `-m ${words.hopMatch} --${words.hopOption}-${random.pick(['lt', 'gt'])} ${random.pick([2, 5, 63, 64])}`
          : `-m ${words.hopMatch} ${not(random)}--${words.hopOption}-eq ${random.pick([63, 64, 5])}`,
    ],
    [1, () => `-m dscp ${not(random)}--dscp ${hex(random.pick(TOS) >> 2)}`],
    [1, () => `-m tos ${not(random)}--tos ${hex(random.pick(TOS))}/${hex(random.pick([0xff, 0x3f, 0xfc]))}`],
    [1, () => `-m pkttype ${not(random)}--pkt-type ${random.pick(['unicast', 'broadcast', 'multicast'])}`],
  ];
  if (may('PREROUTING', 'INPUT', 'FORWARD')) options.push([1, () => `-m mac ${not(random)}--mac-source 02:00:00:00:${random.pick(['0a', '0b'])}:02`]);
  if (set)
    options.push([
      6,
      () =>
        `-m set ${not(random)}--match-set ${set.name} ${set.type === 'bitmap:ip,mac' ? `${random.pick(['src', 'dst'])},src` : sides(random, random.chance(0.05) ? Math.max(1, set.dimensions - 1) : set.dimensions)}`,
    ]);
  if (proto === 'tcp' || proto === 'udp') {
    options.push([4, () => `-m ${proto} ${not(random)}--${random.pick(['sport', 'dport'])} ${random.chance(0.7) ? port() : range(port(), port())}`]);
    options.push([
      3,
      () =>
        `-m multiport ${not(random)}--${random.pick(['sports', 'dports', 'ports'])} ${random.some(PORTS, 1, 4).join(',')}${random.chance(0.3) ? `,${range(port(), 6000)}` : ''}`,
    ]);
  }
  if (proto === 'tcp')
    options.push([
      3,
      () =>
        `-m tcp ${not(random)}--tcp-flags ${random.pick(['SYN', 'SYN,ACK', 'SYN,RST,ACK,FIN', 'ACK', 'RST'])} ${random.pick(['SYN', 'NONE'])}`.replace(
          /--tcp-flags (ACK|RST) SYN/,
          '--tcp-flags $1 $1',
        ),
    ]);
  if (proto === words.icmp)
    options.push([
      3,
      () =>
        `-m ${words.family === 'ipv4' ? 'icmp' : 'icmp6'} ${not(random)}${words.icmpType} ${random.pick(words.family === 'ipv4' ? ['8', '0', '3', '3/1', '11'] : ['128', '129', '1', '3', '1/4'])}`,
    ]);
  return random.weighted(options)();
}

function randomTarget(random: Random, site: Site, proto: string, may: (...allowed: Hook[]) => boolean, jumps: readonly string[]): string {
  const { table, words, sets } = site;
  const ports = proto === 'tcp' || proto === 'udp';
  const hosts = (device: string): readonly string[] => words.hosts[device] ?? [];
  const wrap = (host: string): string => (words.family === 'ipv6' ? `[${host}]` : host);
  const port = (): number => random.pick(PORTS);
  const options: (readonly [number, () => string])[] = [
    [4, () => '-j ACCEPT'],
    [3, () => '-j RETURN'],
    [3, () => ''],
    [1, () => `-j LOG --log-prefix "${random.pick(['a: ', 'drop '])}"`],
    [
      4,
      () =>
        random.chance(0.5)
          ? `-j MARK --set-xmark ${hex(random.pick(MARKS))}/${hex(random.pick([...MARKS, 0xff, 0xffffffff]))}`
          : `-j MARK --${random.pick(['or', 'xor', 'and'])}-mark ${hex(random.pick(MARKS))}`,
    ],
    [
      3,
      () =>
        random.weighted([
          [2, `-j CONNMARK --set-xmark ${hex(random.pick(MARKS))}/${hex(random.pick([0xff, 0xffffffff]))}`],
          [2, '-j CONNMARK --save-mark'],
          [2, '-j CONNMARK --restore-mark'],
          [1, '-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xf0'],
          [1, '-j CONNMARK --restore-mark --nfmask 0xffff --ctmask 0xff'],
        ]),
    ],
  ];
  const target = sets.filter((set) => set.type !== 'list:set' && set.type !== 'hash:net,iface' && set.type !== 'bitmap:ip');
  if (target.length > 0) {
    const set = random.pick(target);
    options.push([
      1,
      () => `-j SET --${random.pick(['add', 'add', 'del'])}-set ${set.name} ${set.type === 'bitmap:ip,mac' ? `${random.pick(['src', 'dst'])},src` : sides(random, set.dimensions)}`,
    ]);
  }
  if (jumps.length > 0) {
    options.push([8, () => `-j ${random.pick(jumps)}`]);
    options.push([2, () => `-g ${random.pick(jumps)}`]);
  }
  if (table !== 'nat') options.push([1, () => '-j DROP']);
  if (table === 'filter')
    options.push([2, () => (proto === 'tcp' && random.chance(0.6) ? '-j REJECT --reject-with tcp-reset' : `-j REJECT --reject-with ${random.pick(words.rejects)}`)]);
  if (table === 'raw')
    options.push([
      2,
      () =>
        random.weighted([
          [2, '-j CT --notrack'],
          [1, '-j NOTRACK'],
          [1, `-j CT --zone ${random.between(1, 2)}`],
        ]),
    ]);
  if (table === 'mangle') {
    options.push([1, () => `-j ${words.hopTarget} --${words.hopOption}-${random.pick(['set 5', 'dec 1', 'inc 2'])}`]);
    options.push([1, () => `-j DSCP --set-dscp ${hex(random.pick(TOS) >> 2)}`]);
    options.push([1, () => `-j TOS --set-tos ${hex(random.pick(TOS))}/${hex(random.pick([0xff, 0x3f]))}`]);
    if (proto === 'tcp' && may('FORWARD', 'OUTPUT', 'POSTROUTING')) options.push([2, () => random.pick(['-j TCPMSS --clamp-mss-to-pmtu', '-j TCPMSS --set-mss 1200'])]);
  }
  if (table === 'nat') {
    const toPort = (): string => (ports && random.chance(0.5) ? `:${random.chance(0.6) ? port() : `${port()}-${6000}`}` : '');
    const one = (host: string): string => {
      const suffix = toPort();
      return suffix ? `${wrap(host)}${suffix}` : host;
    };
    if (may('POSTROUTING', 'INPUT')) {
      options.push([4, () => `-j SNAT --to-source ${one(random.pick([...allOwn(words), ...hosts('rc')]))}${random.chance(0.15) ? ' --random-fully' : ''}`]);
      options.push([1, () => `-j SNAT --to-source ${hosts('rb')[0]}-${hosts('rb')[2]}${random.chance(0.3) ? ' --persistent' : ''}`]);
    }
    if (may('POSTROUTING'))
      options.push([
        5,
        () => `-j MASQUERADE${ports && random.chance(0.3) ? ` --to-ports ${random.pick(['2000-2003', '4000'])}` : ''}${random.chance(0.15) ? ' --random-fully' : ''}`,
      ]);
    if (may('PREROUTING', 'OUTPUT')) {
      options.push([5, () => `-j DNAT --to-destination ${one(random.pick([...allHosts(words), ...allOwn(words)]))}`]);
      options.push([1, () => `-j DNAT --to-destination ${hosts('rb')[0]}-${hosts('rb')[2]}`]);
      options.push([2, () => `-j REDIRECT${ports ? ` --to-ports ${port()}` : ''}`]);
    }
    options.push([1, () => `-j NETMAP --to ${random.pick(words.prefixes.slice(0, 3))}`]);
  }
  return random.weighted(options)();
}

/** An iptables-save text with the tables that a random node has. */
export function randomTables(random: Random, words: Vocabulary, sets: readonly RandomSet[], rare = 0, sockets = false): string {
  const out: string[] = [];
  for (const [table, hooks] of Object.entries(TABLES)) {
    if (!random.chance(table === 'security' ? 0.15 : table === 'raw' ? 0.5 : 0.85)) continue;
    const suffix = words.family === 'ipv4' ? '' : '6';
    // A user chain belongs to one hook, or to all of the table; what stands in it is valid wherever it is called from.
    const chains = Array.from({ length: random.between(0, 5) }, (_, i) => ({
      name: `${table.toUpperCase()}-${i}${suffix}`,
      hooks: random.chance(0.7) ? [random.pick(hooks)] : [...hooks],
    }));
    const jumpsFrom = (from: readonly Hook[], after: number): string[] =>
      chains.filter((chain, i) => i > after && from.every((hook) => chain.hooks.includes(hook))).map((chain) => chain.name);
    out.push(`*${table}`);
    for (const hook of hooks) {
      const drops = table === 'filter' ? 0.12 : table === 'nat' ? 0 : 0.02;
      out.push(`:${hook} ${random.chance(drops) ? 'DROP' : 'ACCEPT'} [0:0]`);
    }
    for (const chain of chains) out.push(`:${chain.name} - [0:0]`);
    for (const hook of hooks)
      for (let left = random.between(0, 6); left > 0; left--)
        out.push(`-A ${hook} ${randomRule(random, { table, hooks: [hook], builtin: true, sets, words, rare, sockets }, jumpsFrom([hook], -1))}`.trimEnd());
    chains.forEach((chain, i) => {
      for (let left = random.between(0, 5); left > 0; left--)
        out.push(`-A ${chain.name} ${randomRule(random, { table, hooks: chain.hooks, builtin: false, sets, words, rare, sockets }, jumpsFrom(chain.hooks, i))}`.trimEnd());
    });
    out.push('COMMIT');
  }
  return out.length > 0 ? `${out.join('\n')}\n` : '';
}
