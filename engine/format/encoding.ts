/** What a file is coded in: what stands in it of another coding is told, before anything of it is read. */

import type { Span } from '../model/diagnostic.ts';
import { report, spanAt, type Report } from './text.ts';

/** The text without the mark of its byte order. */
export function decoded(given: string, to: Report): string {
  const text = given.startsWith('\ufeff') ? given.slice(1) : given;
  if (text !== given) report(to, 'warning', 'byte-order-mark', { line: 1, column: 1, length: 1 }, 'the file begins with a byte order mark', 'save it as UTF-8 without one');
  const undecoded = text.indexOf('\ufffd');
  if (undecoded >= 0) report(to, 'warning', 'bad-encoding', placeOf(text, undecoded), 'this is not UTF-8: what could not be read stands as U+FFFD', 'save the file as UTF-8');
  const zero = text.indexOf('\0');
  if (zero >= 0) report(to, 'warning', 'bad-encoding', placeOf(text, zero), 'there are zero bytes here: this is not text, or text in UTF-16', 'save the file as UTF-8');
  const lone = loneReturn(text);
  if (lone >= 0) report(to, 'warning', 'carriage-return', placeOf(text, lone), 'a carriage return without a line feed ends no line', 'end lines with a line feed');
  return withoutColours(text, to);
}

/** What a terminal takes for colours and the like (ECMA-48, 5.4: control sequences), as `ip -c` and `grep --color` print it; or a text in quotes, which is a rule's own. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))|"(?:[^"\\\n]|\\.)*"/g;

function withoutColours(text: string, to: Report): string {
  if (!text.includes('\u001b')) return text;
  let at = -1;
  const plain = text.replace(SEQUENCE, (found, offset: number) => {
    if (found.startsWith('"')) return found;
    if (at < 0) at = offset;
    return '';
  });
  if (at < 0) return text;
  report(to, 'warning', 'terminal-colours', placeOf(text, at), 'there are colours of a terminal here; they are left out', 'print it without colours: "ip -c=never"');
  return plain;
}

/** Offset of the first carriage return that no line feed follows; -1 if there is none. */
function loneReturn(text: string): number {
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) if (text.charCodeAt(at + 1) !== 10) return at;
  return -1;
}

function placeOf(text: string, offset: number): Span {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', start)) {
    start = end + 1;
    line++;
  }
  return spanAt(text.slice(start, offset + 1), line, offset - start, offset - start + 1);
}
