/**
 * What a problem in a text suggests, as an edit of that text. A suggestion is taken up only where it is certain what to write and
 * where: the name that was meant, a chain or COMMIT that is missing, a match that an option needs before it. The hints are the
 * engine's own (English) sentences; `test/app/quick-fix.test.ts` holds each kind against the engine that says it.
 */

import type { Problem } from '../../engine/index.ts';

export interface QuickFix {
  /** Characters of the text that go, and what comes in their place. */
  readonly from: number;
  readonly to: number;
  readonly insert: string;
  /** As it is called: what was written there (empty where something is only put in), and what is to be. */
  readonly wrong: string;
  readonly right: string;
}

/** More than this is no suggestion but a list. */
const MOST = 3;

type Told = Pick<Problem, 'line' | 'column' | 'length' | 'message' | 'hint'>;

/** Where each line begins; of a long text with many problems that is looked up once. */
export function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** None where nothing is certain. */
export function quickFixes(problem: Told, text: string, starts = lineStarts(text)): readonly QuickFix[] {
  const place = placeOf(problem, text, starts);
  if (!place) return [];
  const meant = /^did you mean "?([^"]+?)"?\?$/.exec(problem.hint)?.[1];
  if (meant !== undefined) return replaced(place, meant, problem.message);
  const chain = /^declare it with "(:\S+ - \[0:0\])"$/.exec(problem.hint)?.[1];
  if (chain !== undefined) return declared(place, text, chain);
  if (problem.hint === 'put a line COMMIT before it') return [{ from: place.start, to: place.start, insert: 'COMMIT\n', wrong: '', right: 'COMMIT' }];
  const needed = /^put "?(-[pmj] \w+)"? before it$/.exec(problem.hint)?.[1];
  if (needed !== undefined) return put(place, [needed]);
  const owners = /^it is an option of (.+): put that before it$/.exec(problem.hint)?.[1]?.split(', ');
  return owners && owners.length <= MOST ? put(place, owners) : [];
}

interface Place {
  /** Where its line begins, and where in the text the problem does and ends. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
  readonly line: string;
}

/** Columns count code points from 1. Null: the text has no such line. */
function placeOf({ line, column, length = 0 }: Told, text: string, starts: readonly number[]): Place | null {
  const start = starts[line - 1];
  if (start === undefined) return null;
  const points = [...text.slice(start, (starts[line] ?? text.length + 1) - 1)];
  const before = points.slice(0, column - 1).join('').length;
  const within = points.slice(column - 1, column - 1 + length).join('').length;
  return { start, from: start + before, to: start + before + within, line: points.join('') };
}

/** The name is the word that is marked; of `-m NAME` the second one. Where the message is not of that word the text was edited since. */
function replaced({ start, from, to, line }: Place, right: string, message: string): readonly QuickFix[] {
  const [, before = '', name = ''] = /^(-{1,2}[\w-]+\s+)?("[^"\\]*"|[^\s"]+)$/.exec(line.slice(from - start, to - start)) ?? [];
  const wrong = name.replaceAll('"', '');
  if (wrong === '' || wrong === right || !message.includes(`"${wrong}"`)) return [];
  return [{ from: from + before.length, to, insert: name.startsWith('"') ? `"${right}"` : right, wrong, right }];
}

/** Behind the line that its table begins with. */
function declared({ start }: Place, text: string, line: string): readonly QuickFix[] {
  const table = start === 0 ? -1 : text.lastIndexOf('\n*', start - 2) + 1;
  const end = text.indexOf('\n', table);
  if (text[table] !== '*' || end < 0) return [];
  return [{ from: end + 1, to: end + 1, insert: `${line}\n`, wrong: '', right: line }];
}

/** A protocol right behind the chain, what is loaded by name right before the option. A rule that names another protocol already means something else. */
function put({ start, from, line }: Place, needed: readonly string[]): readonly QuickFix[] {
  const head = /^(?:\[\d+:\d+\] )?-[AI] (?:"[^"]*"|\S+) (?:\d+ )?/.exec(line)?.[0].length;
  if (head === undefined) return [];
  return needed.flatMap((right) => {
    const protocol = right.startsWith('-p ');
    if (protocol && /\s(?:-p|--protocol)\s/.test(line)) return [];
    // A protocol stands before all that asks for it.
    const at = protocol ? start + head : from;
    // "!" belongs to what follows it.
    const negated = protocol ? 0 : (/! $/.exec(line.slice(0, from - start))?.[0].length ?? 0);
    return [{ from: at - negated, to: at - negated, insert: `${right} `, wrong: '', right }];
  });
}

export function withFix(text: string, { from, to, insert }: QuickFix): string {
  return text.slice(0, from) + insert + text.slice(to);
}
