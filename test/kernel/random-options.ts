/**
 * Random rules out of the option tables: any option of any match and target, with values that the case tables of
 * test/extension write for it, and such values changed. Most are nonsense and many are refused; what counts is that the
 * real tools and the engine take, refuse and save the same.
 */

import { MATCHES, TARGETS, type Family } from '../../engine/index.ts';
import { ip } from '../../engine/extension/match/ip.ts';
import type { OptionSpec, OptionTable } from '../../engine/model/option.ts';
import { BUILTIN_CHAINS, type TableName } from '../../engine/model/hook.ts';
import { protocolName } from '../../engine/net/protocol.ts';
import { isLeftOut, valuesOf } from './option-values.ts';
import type { Random } from './random.ts';
import { changedValue, spelled, type Piece } from './random-spelling.ts';

export interface OptionRule {
  readonly family: Family;
  readonly table: TableName;
  readonly chain: string;
  /** After `-A CHAIN `, as iptables-restore reads it. */
  readonly rule: string;
  /** Names of its matches and target. */
  readonly parts: readonly string[];
}

/** Sets that the rules may name, as `ipset restore` reads them. */
export const OPTION_SETS =
  'create s1 hash:ip\ncreate s2 hash:ip,port\ncreate s3 hash:ip,port,ip\ncreate six hash:net family inet6\ncreate ports bitmap:port range 0-100\ncreate list list:set\n';

const TABLES: readonly (readonly [number, TableName])[] = [
  [4, 'filter'],
  [4, 'mangle'],
  [3, 'nat'],
  [2, 'raw'],
  [1, 'security'],
];

const NUMBERS = ['0', '1', '2', '5', '10', '100', '1000', '255', '256', '0x10', '017', '65535', '65536', '4294967295', '4294967296', '-1', 'x'];

export function randomOptionRule(random: Random): OptionRule {
  const family: Family = random.chance(0.5) ? 'ipv4' : 'ipv6';
  const targets = TARGETS.filter((one) => !isLeftOut(one.name) && (one.families.includes(family) || random.chance(0.02)));
  const target = random.chance(0.6) ? random.pick(targets) : null;
  const table = target?.tables && random.chance(0.95) ? random.pick(target.tables) : random.weighted(TABLES);
  const hooks = (target?.hooks ?? []).filter((hook) => (BUILTIN_CHAINS[table] as readonly string[]).includes(hook));
  const chain = random.chance(0.2) ? 'USER' : hooks.length > 0 && random.chance(0.9) ? random.pick(hooks) : random.pick(BUILTIN_CHAINS[table]);
  const matches = random.some(
    MATCHES.filter((one) => !isLeftOut(one.name) && one.families.includes(family)),
    target ? 0 : 1,
    random.chance(0.3) ? 2 : 1,
  );
  const extensions = [...matches, ...(target ? [target] : [])];
  const pieces: Piece[] = [];
  const wanted = extensions.find((one) => one.protocols)?.protocols;
  const proto = wanted && random.chance(0.95) ? protocolName(random.pick(wanted)) : null;
  if (proto !== null) pieces.push({ not: false, words: ['-p', proto] });
  const header = Object.entries(ip.options).filter(([key]) => (key !== 'proto' || !wanted) && (random.chance(0.05) || !isMisplaced(key, family, chain)));
  for (const [, spec] of random.some(header, 0, random.chance(0.3) ? 2 : 1)) pieces.push(option(random, '', spec));
  for (const match of matches) {
    const isLoaded = match.name === proto && random.chance(0.5);
    if (!isLoaded) pieces.push({ not: false, words: ['-m', match.name] });
    pieces.push(...options(random, match.name, match.options));
  }
  if (target) pieces.push({ not: false, words: ['-j', target.name] }, ...options(random, target.name, target.options));
  else if (random.chance(0.4)) pieces.push({ not: false, words: ['-j', random.pick(['ACCEPT', 'DROP', 'RETURN', 'USER', 'NOWHERE', 'QUEUE'])] });
  else if (random.chance(0.1)) pieces.push({ not: false, words: ['-g', random.pick(['USER', 'ACCEPT'])] });
  return { family, table, chain, rule: spelled(random, pieces), parts: extensions.map(({ name }) => name) };
}

const isMisplaced = (key: string, family: Family, chain: string): boolean =>
  (key === 'fragment' && family === 'ipv6') || (key === 'in' && /^(POSTROUTING|OUTPUT)$/.test(chain)) || (key === 'out' && /^(PREROUTING|INPUT)$/.test(chain));

function options(random: Random, name: string, table: OptionTable): Piece[] {
  const specs = Object.values(table).filter((spec) => !isLeftOut(name, spec));
  const count = specs.length === 0 ? 0 : random.weighted([[1, 0] as const, [8, 1] as const, [4, 2] as const, [2, 3] as const]);
  const needed = specs.filter((spec) => spec.required && random.chance(0.97));
  const others = random.some(
    specs.filter((spec) => !needed.includes(spec)),
    Math.max(0, count - needed.length),
    Math.max(0, count - needed.length),
  );
  return [...needed, ...others].map((spec) => option(random, name, spec));
}

function option(random: Random, extension: string, spec: OptionSpec): Piece {
  const name = spec.aliases && random.chance(0.1) ? random.pick(spec.aliases) : spec.name;
  const not = random.chance(spec.invertible ? 0.25 : 0.01);
  if (spec.value.words === 0) return { not, words: [name] };
  const { good, bad } = valuesOf(extension, spec);
  const choices = spec.value.choices ?? [];
  const values = bad.length > 0 && random.chance(0.06) ? bad : good.length > 0 ? good : choices.length > 0 && spec.value.words === 1 ? choices : NUMBERS;
  const value = choices.length > 0 && random.chance(0.15) ? random.pick(choices) : random.pick(values);
  return { not, words: [name, ...(random.chance(0.09) ? changedValue(random, value) : value).split(' ').filter((word) => word !== '')] };
}
