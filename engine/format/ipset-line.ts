/**
 * One line of `ipset restore`: words, command, options of the program (ipset 7.17, lib/ipset.c build_argv(),
 * ipset_match_cmd(), ipset_envopts). A command may be cut short, and options of the program may stand anywhere.
 */

import { utf8Length } from '../net/utf8.ts';
import type { Word } from './text.ts';

type SetCommand = 'create' | 'add' | 'del' | 'test' | 'destroy' | 'list' | 'save' | 'restore' | 'flush' | 'rename' | 'swap' | 'help' | 'version' | 'quit';

/** In the order in which ipset tries them: "d" is del, "r" is restore. The words behind the name are taken too. */
const COMMANDS: readonly (readonly [SetCommand, ...string[]])[] = [
  ['create', 'new', '-N'],
  ['add', '-A'],
  ['del', '-D'],
  ['test', '-T'],
  ['destroy', 'x', '-X'],
  ['list', '-L'],
  ['save', '-S'],
  ['restore', '-R'],
  ['flush', '-F'],
  ['rename', 'e', '-E'],
  ['swap', 'w', '-W'],
  ['help', '-h', '-H'],
  ['version', '-v', '-V'],
  ['quit'],
];

/** Options of the program, and whether a word belongs to them. All but -exist say how sets are printed. */
const OPTIONS: ReadonlyMap<string, 'exist' | 'flag' | 'word'> = new Map([
  ['-!', 'exist'],
  ['-exist', 'exist'],
  ['-o', 'word'],
  ['-output', 'word'],
  ['-f', 'word'],
  ['-file', 'word'],
  ...['-s', '-sorted', '-q', '-quiet', '-r', '-resolve', '-n', '-name', '-t', '-terse'].map((name) => [name, 'flag'] as const),
]);

/** MAX_CMDLINE_CHARS less the line feed; MAX_ARGS less the program and the end. What is longer is two lines to ipset. */
const MAX_BYTES = 1023;
const MAX_WORDS = 30;

export interface SetLine {
  /** Null if no command of ipset is meant. */
  readonly command: SetCommand | null;
  /** The command's own word, undefined where there is none. */
  readonly first: Word | undefined;
  /** What stands behind it, options of the program left out. */
  readonly words: readonly Word[];
  /** `-exist` stands in it. */
  readonly exist: boolean;
  /** Offset of a double quote that nothing closes; -1 if there is none. */
  readonly openQuote: number;
}

export function readSetLine(source: string): SetLine {
  const { words, openQuote } = splitSetWords(source);
  const left: Word[] = [];
  let exist = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word;
    const option = word.text.startsWith('-') ? OPTIONS.get(word.text.startsWith('--') ? word.text.slice(1) : word.text) : undefined;
    if (option === undefined) left.push(word);
    else if (option === 'word') i++;
    else exist ||= option === 'exist';
  }
  const [first, ...others] = left;
  return { command: first ? commandOf(first.text) : null, first, words: others, exist, openQuote };
}

/** The beginning of a name is enough, and two dashes before it are passed over. */
function commandOf(word: string): SetCommand | null {
  const text = word.startsWith('--') ? word.slice(2) : word;
  if (text === '' || text === '-') return null;
  return COMMANDS.find((names) => names.some((name) => name.startsWith(text)))?.[0] ?? null;
}

const isBlank = (char: string): boolean => char === ' ' || char === '\t' || char === '\r' || char === '\n';

/** Splits as ipset does: blanks separate, double quotes group, nothing escapes; a word of nothing is none. */
export function splitSetWords(line: string): { words: Word[]; openQuote: number } {
  const words: Word[] = [];
  let i = 0;
  let openQuote = -1;
  while (i < line.length) {
    while (i < line.length && isBlank(line[i] as string)) i++;
    if (i >= line.length) break;
    const start = i;
    let text = '';
    openQuote = -1;
    for (; i < line.length; i++) {
      const char = line[i] as string;
      if (char === '"') openQuote = openQuote < 0 ? i : -1;
      else if (openQuote < 0 && isBlank(char)) break;
      else text += char;
    }
    if (text !== '') words.push({ text, start, end: i });
  }
  return { words, openQuote };
}

/** Why ipset does not read a line as one; null if it does. */
export function lengthFault(line: string, words: number): string | null {
  // No character takes more than three bytes for each of its UTF-16 units.
  if (line.length * 3 > MAX_BYTES && utf8Length(line.trimEnd()) > MAX_BYTES) return `a line of more than ${MAX_BYTES} bytes is two lines to ipset restore`;
  return words > MAX_WORDS ? `a line of more than ${MAX_WORDS} words is too long for ipset restore` : null;
}
