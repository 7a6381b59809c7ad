/**
 * Ways to write a rule: names of options cut short, `--name=value`, "!" on the wrong side, quotes, blanks, options twice,
 * left out or in another order, and values a step beside those that are known to be good.
 */

import type { Random } from './random.ts';

/** An option as it stands in a rule. `words`: its name, then its value, quoted as iptables-restore wants it. */
export interface Piece {
  readonly not: boolean;
  readonly words: readonly string[];
}

const EDGES = [
  '0',
  '1',
  '31',
  '32',
  '33',
  '63',
  '64',
  '127',
  '128',
  '129',
  '255',
  '256',
  '1023',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '18446744073709551615',
];

const LONG: Readonly<Record<string, readonly string[]>> = {
  '-s': ['--source', '--src'],
  '-d': ['--destination', '--dst'],
  '-p': ['--protocol', '--proto'],
  '-i': ['--in-interface'],
  '-o': ['--out-interface'],
  '-f': ['--fragments'],
  '-m': ['--match'],
  '-j': ['--jump'],
  '-g': ['--goto'],
};

/** A value with one thing about it changed: a number, its base, a sign, an order, a letter. */
export function changedValue(random: Random, value: string): string {
  const numbers = [...value.matchAll(/\d+/g)];
  const inNumber = (change: (digits: string) => string): string => {
    const found = numbers.length === 0 ? null : random.pick(numbers);
    return found ? value.slice(0, found.index) + change(found[0]) + value.slice((found.index ?? 0) + found[0].length) : value;
  };
  const at = random.int(value.length + 1);
  return random.weighted<() => string>([
    [6, () => inNumber(() => random.pick(EDGES))],
    [2, () => inNumber((digits) => `0x${Number(digits).toString(16)}`)],
    [1, () => inNumber((digits) => `0${digits}`)],
    [1, () => inNumber((digits) => `-${digits}`)],
    [1, () => inNumber((digits) => `+${digits}`)],
    [2, () => value.replace(/^([^:,/ -]*)([:,/-])([^:,/ -]*)$/, '$3$2$1')],
    [2, () => value + random.pick([':', '-', '/', ',', ':5', '-5', '/8', '/0xff', ',5', '%1', '.0'])],
    [1, () => random.pick([':', '-', '/', ',', '!', '+', '.']) + value],
    [1, () => value.slice(0, at) + value.slice(at + 1)],
    [1, () => (/[a-z]/.test(value) ? value.toUpperCase() : value.toLowerCase())],
    [1, () => value.slice(0, at)],
  ])();
}

/** The rule's text. Two of three rules are written plainly. */
export function spelled(random: Random, given: readonly Piece[]): string {
  let pieces = [...given];
  if (pieces.length > 0 && random.chance(0.1)) pieces = rearranged(random, pieces);
  const isPlain = random.chance(0.7);
  const words = pieces.flatMap((piece) => (isPlain ? plain(piece) : random.chance(0.3) ? oddly(random, piece) : plain(piece)));
  if (!isPlain && random.chance(0.1))
    words.splice(random.int(words.length + 1), 0, random.pick(['!', '--', 'word', '-v', '-n', '-M x', '-c 1 2', '-c 3,4', '-4', '-6', '-t filter', '--numeric', '""', '-x', '-w']));
  const blank = !isPlain && random.chance(0.1) ? random.pick(['  ', '\t', ' \t ']) : ' ';
  return words.join(blank) + (!isPlain && random.chance(0.05) ? ' ' : '');
}

const plain = ({ not, words }: Piece): string[] => [...(not ? ['!'] : []), ...words].filter((word) => word !== '');

function rearranged(random: Random, pieces: readonly Piece[]): Piece[] {
  const out = [...pieces];
  const at = random.int(out.length);
  const piece = out[at] as Piece;
  const to = random.int(out.length + 1);
  if (random.chance(0.5)) out.splice(at, 1);
  if (random.chance(0.7)) out.splice(to, 0, piece);
  return out;
}

function oddly(random: Random, piece: Piece): string[] {
  const [name = '', ...value] = piece.words;
  const not = piece.not ? ['!'] : [];
  const first = value[0] ?? '';
  const rest = value.slice(1);
  const long = LONG[name];
  return random
    .weighted<() => string[]>([
      // Cut short, as getopt_long(3) takes it while it stays clear.
      [5, () => [...not, name.startsWith('--') ? name.slice(0, random.between(3, name.length)) : name, ...value]],
      [3, () => (value.length > 0 && name.startsWith('--') ? [...not, `${name}=${first}`, ...rest] : plain(piece))],
      [2, () => (long ? [...not, random.pick(long), ...value] : plain(piece))],
      [1, () => (long && value.length > 0 ? [...not, `${random.pick(long)}=${first}`, ...rest] : plain(piece))],
      // Of one dash, but for those that ask for help, the version or nothing more.
      [1, () => (name.length === 2 ? [...not, `${name}${first}`, ...rest] : /^--[hVL]/.test(name) ? plain(piece) : [...not, name.slice(1), ...value])],
      [1, () => [name, '!', ...value]],
      [1, () => ['!', '!', name, ...value]],
      [1, () => [`!${name}`, ...value]],
      [1, () => [...not, name.toUpperCase(), ...value]],
      [1, () => [...not, name]],
      [1, () => [...not, name, ...value.slice(0, -1)]],
      [2, () => [...not, name, ...value.map((word) => (word.includes('"') ? word : `"${word}"`))]],
      [1, () => [...not, `"${name}"`, ...value]],
      [1, () => [...not, name, ...value, ...value.slice(-1)]],
    ])()
    .filter((word) => word !== '');
}
