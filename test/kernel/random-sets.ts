/** Random sets for nodes with rarer rules: every type the kernel at hand has, with every option of `create` and of entries. */

import type { RandomSet } from './random-rules.ts';
import { allHosts, allOwn, DEVICES, MARKS, PORTS, type Vocabulary } from './random-vocabulary.ts';
import type { Random } from './random.ts';

interface Kind {
  readonly type: string;
  readonly dimensions: number;
  readonly element: (random: Random, words: Vocabulary) => string;
  /** Elements to draw: types of several dimensions need more to be met. */
  readonly most: number;
  readonly create: (words: Vocabulary) => string;
  /** Entries may be exceptions. */
  readonly nets?: true;
  readonly netmask?: true;
  readonly family?: 'ipv4';
}

const host = (random: Random, words: Vocabulary): string => random.pick(random.chance(0.3) ? allOwn(words) : allHosts(words));
const net = (random: Random, words: Vocabulary): string => random.pick(words.prefixes);
const port = (random: Random, words: Vocabulary): string =>
  random.weighted([
    [5, `tcp:${random.pick(PORTS)}`],
    [5, `udp:${random.pick(PORTS)}`],
    [1, `sctp:${random.pick(PORTS)}`],
    [2, words.family === 'ipv4' ? 'icmp:echo-request' : 'icmpv6:echo-request'],
    [1, '99:0'],
  ]);
const hash = (words: Vocabulary): string => `family ${words.family === 'ipv4' ? 'inet' : 'inet6'}`;
const mac = (random: Random): string => `02:00:00:00:0${random.pick(['a', 'b', 'c'])}:02`;

const KINDS: readonly Kind[] = [
  { type: 'hash:ip', dimensions: 1, element: host, most: 8, create: hash, netmask: true },
  { type: 'hash:net', dimensions: 1, element: net, most: 8, create: hash, nets: true },
  { type: 'hash:ip,port', dimensions: 2, element: (random, words) => `${host(random, words)},${port(random, words)}`, most: 60, create: hash },
  { type: 'hash:net,port', dimensions: 2, element: (random, words) => `${net(random, words)},${port(random, words)}`, most: 30, create: hash, nets: true },
  { type: 'hash:ip,port,ip', dimensions: 3, element: (random, words) => `${host(random, words)},${port(random, words)},${host(random, words)}`, most: 400, create: hash },
  {
    type: 'hash:ip,port,net',
    dimensions: 3,
    element: (random, words) => `${host(random, words)},${port(random, words)},${net(random, words)}`,
    most: 100,
    create: hash,
    nets: true,
  },
  {
    type: 'hash:net,iface',
    dimensions: 2,
    element: (random, words) => `${net(random, words)},${random.chance(0.1) ? 'lo' : random.pick(DEVICES)}`,
    most: 20,
    create: hash,
    nets: true,
  },
  { type: 'bitmap:port', dimensions: 1, element: (random) => String(random.pick(PORTS)), most: 6, create: () => 'range 0-6000' },
  {
    type: 'bitmap:ip',
    dimensions: 1,
    element: (random, words) => random.pick([...(words.hosts.ra ?? []), '10.1.0.1']),
    most: 4,
    create: () => 'range 10.1.0.0/24',
    family: 'ipv4',
  },
  {
    type: 'bitmap:ip,mac',
    dimensions: 2,
    element: (random, words) => `${random.pick(words.hosts.ra ?? [])}${random.chance(0.6) ? `,${mac(random)}` : ''}`,
    most: 4,
    create: () => 'range 10.1.0.0/24',
    family: 'ipv4',
  },
];

/** Sets of one family, and as a rule a list of some of them. */
export function rareSets(random: Random, words: Vocabulary): { readonly text: string; readonly sets: readonly RandomSet[] } {
  const v4 = words.family === 'ipv4';
  const suffix = v4 ? '' : '6';
  const sets: RandomSet[] = [];
  const lines: string[] = [];
  for (const kind of random.some(
    KINDS.filter(({ family }) => v4 || family === undefined),
    3,
    6,
  )) {
    const name = `s${sets.length}${suffix}`;
    const counters = random.chance(0.4);
    const timeout = random.chance(0.3);
    const info = random.chance(0.35);
    const comment = random.chance(0.15);
    const netmask = kind.netmask && random.chance(0.3) ? ` netmask ${v4 ? random.pick([24, 31]) : random.pick([64, 127])}` : '';
    lines.push(
      `create ${name} ${kind.type} ${kind.create(words)}${netmask}${timeout ? ` timeout ${random.pick([0, 6000])}` : ''}${counters ? ' counters' : ''}${comment ? ' comment' : ''}${info ? ' skbinfo' : ''}${kind.type.startsWith('hash') && random.chance(0.1) ? ' forceadd' : ''}`,
    );
    /** Of bitmap:ip,mac: one that is added again without its MAC has ended for the kernel and is not listed, but is still there to keep its MAC. */
    const once = new Set<string>();
    for (let i = random.between(Math.ceil(kind.most / 3), kind.most); i > 0; i--) {
      const extras = [
        ...(timeout && random.chance(0.3) ? [`timeout ${random.pick([0, 3000])}`] : []),
        ...(counters && random.chance(0.2) ? [`packets ${random.between(0, 3)} bytes ${random.pick([0, 100])}`] : []),
        ...(comment && random.chance(0.5) ? ['comment "why not"'] : []),
        ...(info ? [`skbmark ${random.pick(['0x1', '0x3/0xff', '0x10/0xffff', `0x${random.pick(MARKS).toString(16)}`])} skbprio 1:2`] : []),
        ...(kind.nets && random.chance(0.25) ? ['nomatch'] : []),
      ];
      const element = kind.element(random, words);
      const address = element.split(',')[0] as string;
      if (kind.type !== 'bitmap:ip,mac' || !once.has(address)) lines.push([`add -exist ${name} ${element}`, ...extras].join(' '));
      once.add(address);
    }
    sets.push({ name, type: kind.type, dimensions: kind.dimensions, counters, timeout, info, nets: kind.nets ?? false, comment });
  }
  const members = sets.filter((set) => set.type !== 'bitmap:port' && set.type !== 'bitmap:ip,mac');
  if (members.length > 1 && random.chance(0.6)) {
    const name = `list${suffix}`;
    const chosen = random.some(members, 1, 3);
    lines.push(`create ${name} list:set size 8`, ...chosen.map((set) => `add ${name} ${set.name}`));
    sets.push({ name, type: 'list:set', dimensions: Math.max(...chosen.map(({ dimensions }) => dimensions)) });
  }
  return { text: lines.map((line) => `${line}\n`).join(''), sets };
}
