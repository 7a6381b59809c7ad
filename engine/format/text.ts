/**
 * Lines, words and places. Everything the readers of this room have in common: lines counted from 1 in the file as
 * given, columns in code points, words split as iptables-restore and ipset split them, and a list that problems go to.
 * What comes in is text; nothing here throws.
 */

import type { Problem, Severity, Span } from '../model/diagnostic.ts';

/** A word of a line, quotes taken off. `start` and `end` are UTF-16 offsets into the line, quotes included. */
export interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

interface Words {
  readonly words: readonly Word[];
  /** Offset of a double quote that nothing closes; -1 if there is none. */
  readonly openQuote: number;
}

/** How many words are kept in mind; a power of two. */
const MET = 1024;

const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;

/**
 * Splits a rule line as libxtables does (iptables 1.8.9, add_param_to_argv): blanks and tabs separate, only `"` quotes,
 * a backslash is special only inside quotes, and a closing quote ends the word. An open quote takes the rest of the line.
 */
export function splitWords(line: string): Words {
  const list = new WordList();
  list.read(line, 0);
  return { words: Array.from({ length: list.count }, (_, i) => list.at(i) as Word), openQuote: list.openQuote };
}

/** The words of a line, and then those of the next: a word is good until then, since hundreds of thousands of lines make no new ones. */
export class WordList {
  /** How many words the line has, also where not all of them are kept. */
  count = 0;
  /** Offset of a double quote that nothing closes; -1 if there is none. */
  openQuote = -1;
  private readonly words: { text: string; start: number; end: number }[] = [];
  private readonly most: number;
  /** Texts of words met before, by a sum of their characters: lines say the same again and again, and what is one string is found by its place. */
  private readonly met = new Array<string>(MET).fill('');

  /** @param most how many words are kept: behind them they are only counted, for a line may be a file of megabytes */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.most = most;
  }

  at(i: number): Word | undefined {
    return i < this.count ? this.words[i] : undefined;
  }

  /** Splits as `splitWords`. */
  read(line: string, from: number): void {
    this.count = 0;
    this.openQuote = -1;
    let i = from;
    const length = line.length;
    while (i < length) {
      let code = line.charCodeAt(i);
      if (code === SPACE || code === TAB) {
        i++;
        continue;
      }
      const start = i;
      let sum = 0;
      while (i < length) {
        code = line.charCodeAt(i);
        if (code === SPACE || code === TAB || code === QUOTE) break;
        sum = (Math.imul(sum, 31) + code) | 0;
        i++;
      }
      if (code === QUOTE && i < length) i = this.quoted(line, start, i);
      else this.add(this.textOf(line, start, i, sum), start, i);
    }
  }

  /** A word that holds a quote at `quoteAt`; gives the offset behind it. */
  private quoted(line: string, start: number, quoteAt: number): number {
    const length = line.length;
    let text = line.slice(start, quoteAt);
    let i = quoteAt + 1;
    // Taken over in runs between backslashes: character by character a long comment is a long chain of pieces.
    let runStart = i;
    let closed = false;
    while (i < length) {
      const code = line.charCodeAt(i);
      if (code === QUOTE) {
        closed = true;
        break;
      }
      if (code === BACKSLASH && i + 1 < length) {
        text += line.slice(runStart, i);
        runStart = ++i;
      }
      i++;
    }
    text += line.slice(runStart, i);
    if (closed) i++;
    else this.openQuote = quoteAt;
    this.add(text, start, i);
    return i;
  }

  private textOf(line: string, start: number, end: number, sum: number): string {
    const place = sum & (MET - 1);
    const known = this.met[place] as string;
    if (known.length === end - start && line.startsWith(known, start)) return known;
    const text = line.slice(start, end);
    this.met[place] = text;
    return text;
  }

  private add(text: string, start: number, end: number): void {
    const place = this.count++;
    if (place >= this.most) return;
    const word = this.words[place];
    if (!word) return void this.words.push({ text, start, end });
    word.text = text;
    word.start = start;
    word.end = end;
  }
}

let measured = '';
let isBasic = true;

/** Column from 1, in code points, of a UTF-16 offset. */
export function columnAt(line: string, offset: number): number {
  // Nearly no line holds characters outside the basic plane, and one line is asked about many times.
  if (line !== measured) {
    measured = line;
    isBasic = !/[\ud800-\udfff]/.test(line);
  }
  if (isBasic) return offset + 1;
  let column = 1;
  for (let i = 0; i < offset; i++) if ((line.charCodeAt(i) & 0xfc00) !== 0xdc00) column++;
  return column;
}

export function spanAt(line: string, number: number, start: number, end: number): Span {
  const column = columnAt(line, start);
  return { line: number, column, length: Math.max(1, columnAt(line, end) - column) };
}

/** Calls `visit` for each line of `text`, without its newline and carriage return. `first` is the number of the first. */
export function eachLine(text: string, first: number, visit: (line: string, number: number) => void): void {
  let at = 0;
  let number = first;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    const stop = end > at && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    visit(text.slice(at, stop), number++);
    at = end + 1;
  }
}

/** Where the problems of one section go. */
export interface Report {
  readonly section: string;
  /** Name of the file, where several were given. */
  readonly file?: string;
  readonly problems: Problem[];
}

export function report(to: Report, severity: Severity, code: string, span: Span, message: string, hint = '', rule: string | null = null): void {
  to.problems.push({
    severity,
    code,
    section: to.section,
    ...(to.file ? { file: to.file } : {}),
    line: span.line,
    column: span.column,
    length: span.length,
    rule,
    message: shortened(message),
    hint,
  });
}

const LONG_MESSAGE = 500;
const MOST_OF_A_MESSAGE = 2000;

/** A message that names something very long, which is cut. */
export function shortened(message: string): string {
  if (message.length <= LONG_MESSAGE) return message;
  const named = message.replace(/"([^"]{77})[^"]{4,}"/g, '"$1..."').replace(/\S{200,}/g, (word) => `${word.slice(0, 77)}...`);
  return named.length <= MOST_OF_A_MESSAGE ? named : `${named.slice(0, MOST_OF_A_MESSAGE)}...`;
}

/** A line that is not what its section holds: nothing of it is read. */
export function refuseLine(to: Report, source: string, number: number, message: string, hint: string): void {
  report(to, 'error', 'bad-value', spanAt(source, number, 0, source.length), message, hint);
}

/** Text in a message: in double quotes, cut where it is long. */
export function quoted(text: string): string {
  return text.length > 80 ? `"${text.slice(0, 77)}..."` : `"${text}"`;
}
