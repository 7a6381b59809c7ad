/**
 * Random rules out of the option tables: any option of any match and target, with values that the case tables of
 * test/extension write for it, good and bad ones. Most are nonsense and many are refused; what counts is that the real
 * tools and the engine take, refuse and save the same.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { findMatch, findTarget, MATCHES, TARGETS, type Family } from '../../engine/index.ts';
import { ip } from '../../engine/extension/match/ip.ts';
import type { OptionSpec, OptionTable } from '../../engine/model/option.ts';
import { BUILTIN_CHAINS, type TableName } from '../../engine/model/hook.ts';
import { protocolName } from '../../engine/net/protocol.ts';
import type { Random } from './random.ts';

export interface OptionRule {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  /** After `-A CHAIN `, as iptables-restore reads it. */
  readonly rule: string;
}

/** Sets that the rules may name, as `ipset restore` reads them. */
export const OPTION_SETS =
  'create s1 hash:ip\ncreate s2 hash:ip,port\ncreate s3 hash:ip,port,ip\ncreate six hash:net family inet6\ncreate ports bitmap:port range 0-100\ncreate list list:set\n';

/** What these do outlives the rule or reaches out of the namespace, or they name objects that no test machine has. */
const LEFT_OUT: readonly string[] = ['ipvs', 'nfacct', 'IDLETIMER', 'LED', 'RATEEST', 'SECMARK', 'CONNSECMARK', 'bpf --object-pinned', 'CT --timeout'];

/** Options whose case tables name what is not there, and matches that have no table. */
const VALUES: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
  'set --match-set': [
    ['s1 src', 's1 dst', 's2 src,dst', 's2 src', 's3 src,dst,src', 'ports dst', 'list src', 'list src,dst'],
    ['six dst', 'nosuch src', 's1 both', 's1'],
  ],
  'SET --add-set': [
    ['s1 src', 's2 src,dst', 'ports dst'],
    ['six src', 'nosuch src', 's1'],
  ],
  'SET --del-set': [['s1 dst', 's2 dst,src', 'list src'], ['s1 x']],
  'SET --map-set': [['s1 src', 's2 src,dst'], ['six dst']],
  'tcp --sport': [
    ['80', '0:1023', 'http', ':', '1024:', '0'],
    ['65536', '80:22', 'nosuchservice'],
  ],
  'tcp --dport': [['443', '1:65535', 'ssh:http', ':80', '0x50', '017'], ['-1']],
  'tcp --tcp-flags': [
    ['SYN SYN', 'ALL NONE', 'SYN,RST,ACK,FIN SYN', 'syn ack', 'NONE NONE'],
    ['FOO SYN', 'SYN'],
  ],
  'tcp --tcp-option': [
    ['2', '255', '0x8'],
    ['0', '256'],
  ],
  'limit --limit': [
    ['1/sec', '3/hour', '10000/second', '5/minute', '10', '1/day', '7/hour', '59/min'],
    ['20000/sec', '1/week', '0/sec'],
  ],
  'limit --limit-burst': [
    ['5', '1', '100', '10000'],
    ['10001', '0', 'x'],
  ],
  'statistic --mode': [['nth', 'random'], ['other']],
  'comment --comment': [['x', '"two words"', '"it\'s"', '""', '"back\\\\slash"', '"a;b"', 'a\\ b'], []],
  // Others name what only some machine has.
  'cgroup --path': [['/'], []],
};

/** `ext --option` to the texts after it: those of lines that are taken, and others. */
type Vocabulary = ReadonlyMap<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>;

interface Draft {
  readonly good: Set<string>;
  readonly bad: Set<string>;
}

let vocabulary: Vocabulary | null = null;

/** Words as written, quotes included. */
const words = (text: string): readonly string[] => text.match(/(?:[^\s"\\]|\\.|"(?:[^"\\]|\\.)*")+/g) ?? [];

function readVocabulary(): Vocabulary {
  const folder = new URL('../extension/', import.meta.url);
  const found = new Map<string, Draft>(Object.entries(VALUES).map(([key, [good, bad]]) => [key, { good: new Set(good), bad: new Set(bad) }]));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt')))
    for (const line of readFileSync(new URL(file, folder), 'utf8').split('\n')) {
      const rule = /^([^#:*>\s][^;]*(?:"[^"]*"[^;]*)*);/.exec(line.trim())?.[1];
      if (rule !== undefined && !/^(create|add|ipv) /.test(rule)) readRule(words(rule), / FAIL /.test(line) ? 'bad' : 'good', found);
    }
  return new Map([...found].map(([key, { good, bad }]) => [key, { good: [...good], bad: [...bad].filter((text) => !good.has(text)) }]));
}

function readRule(list: readonly string[], kind: 'good' | 'bad', found: Map<string, Draft>): void {
  const loaded: { readonly name: string; readonly options: OptionTable }[] = [{ name: '', options: ip.options }];
  for (let i = 0; i < list.length; i++) {
    const word = list[i] as string;
    const next = list[i + 1] ?? '';
    if (word === '-m' || word === '-j' || word === '-p') {
      const extension = word === '-j' ? findTarget(next) : findMatch(next === 'icmpv6' || next === 'ipv6-icmp' ? 'icmp6' : next);
      if (extension) loaded.push(extension);
      if (word !== '-p') continue;
    }
    for (const { name, options } of loaded.slice().reverse()) {
      const spec = Object.values(options).find((one) => one.name === word || one.aliases?.includes(word));
      if (!spec) continue;
      const key = `${name} ${spec.name}`;
      if (VALUES[key]) break;
      let end = i + 1;
      while (end < list.length && end - i <= spec.value.words && !/^(-\D|!$)/.test(list[end] as string)) end++;
      const draft = found.get(key) ?? { good: new Set(), bad: new Set() };
      found.set(key, draft);
      draft[kind].add(list.slice(i + 1, end).join(' '));
      break;
    }
  }
}

const TABLES: readonly (readonly [number, TableName])[] = [
  [4, 'filter'],
  [4, 'mangle'],
  [3, 'nat'],
  [2, 'raw'],
  [1, 'security'],
];

export function randomOptionRule(random: Random): OptionRule {
  vocabulary ??= readVocabulary();
  const family: Family = random.chance(0.5) ? 'ipv4' : 'ipv6';
  const targets = TARGETS.filter((one) => !LEFT_OUT.includes(one.name) && (one.families.includes(family) || random.chance(0.02)));
  const target = random.chance(0.6) ? random.pick(targets) : null;
  const table = target?.tables && random.chance(0.9) ? random.pick(target.tables) : random.weighted(TABLES);
  const hooks = (target?.hooks ?? []).filter((hook) => (BUILTIN_CHAINS[table] as readonly string[]).includes(hook));
  const chain = random.chance(0.15) ? 'USER' : hooks.length > 0 && random.chance(0.9) ? random.pick(hooks) : random.pick(BUILTIN_CHAINS[table]);
  const matches = random.some(
    MATCHES.filter((one) => !LEFT_OUT.includes(one.name) && one.families.includes(family)),
    target ? 0 : 1,
    2,
  );
  const parts: string[] = [];
  const wanted = [...matches, ...(target ? [target] : [])].find((one) => one.protocols)?.protocols;
  if (wanted && random.chance(0.93)) parts.push(`-p ${protocolName(random.pick(wanted))}`);
  const header = Object.entries(ip.options).filter(([key]) => key !== 'proto' || !wanted);
  for (const [, spec] of random.some(header, 0, 2)) parts.push(option(random, '', spec));
  for (const match of matches) parts.push(`-m ${match.name}`, ...options(random, match.name, match.options));
  if (target) parts.push(`-j ${target.name}`, ...options(random, target.name, target.options));
  else if (random.chance(0.4)) parts.push(`-j ${random.pick(['ACCEPT', 'DROP', 'RETURN', 'USER', 'NOWHERE', 'QUEUE'])}`);
  else if (random.chance(0.1)) parts.push(`-g ${random.pick(['USER', 'ACCEPT'])}`);
  return { family, table, chain, rule: parts.join(' ') };
}

function options(random: Random, name: string, table: OptionTable): string[] {
  const specs = Object.values(table).filter((spec) => !LEFT_OUT.includes(`${name} ${spec.name}`));
  const count = specs.length === 0 ? 0 : random.weighted([[1, 0] as const, [7, 1] as const, [4, 2] as const, [1, 3] as const]);
  const needed = specs.filter((spec) => spec.required && random.chance(0.95));
  const others = random.some(
    specs.filter((spec) => !needed.includes(spec)),
    Math.max(0, count - needed.length),
    Math.max(0, count - needed.length),
  );
  return [...needed, ...others].map((spec) => option(random, name, spec));
}

function option(random: Random, extension: string, spec: OptionSpec): string {
  const not = random.chance(spec.invertible ? 0.25 : 0.01) ? '! ' : '';
  // A name may be cut down as long as it stays clear.
  const name = spec.name.startsWith('--') && random.chance(0.03) ? spec.name.slice(0, -1) : spec.aliases && random.chance(0.1) ? random.pick(spec.aliases) : spec.name;
  const { good, bad } = vocabulary?.get(`${extension} ${spec.name}`) ?? { good: [], bad: [] };
  const values = bad.length > 0 && (good.length === 0 || random.chance(0.08)) ? bad : good;
  const value = spec.value.words === 0 ? '' : values.length > 0 ? random.pick(values) : (spec.value.choices?.[random.int(spec.value.choices.length)] ?? '1');
  return `${not}${name}${value === '' ? '' : ` ${value}`}`;
}

/** Options that no case table has a value for: the random rules then know no better than `1`. */
export function optionsWithoutValues(): readonly string[] {
  vocabulary ??= readVocabulary();
  return [...MATCHES, ...TARGETS].flatMap(({ name, options: table }) =>
    Object.values(table)
      .filter(
        (spec: OptionSpec) =>
          !LEFT_OUT.includes(name) && !LEFT_OUT.includes(`${name} ${spec.name}`) && spec.value.words > 0 && !spec.value.choices && !vocabulary?.has(`${name} ${spec.name}`),
      )
      .map((spec: OptionSpec) => `${name} ${spec.name}`),
  );
}
