/** A line of a text as it is shown below a message: the place at fault underlined with carets. */

import { harmless, textWidth } from './style.ts';

const linesByText = new WeakMap<{ readonly text: string }, readonly string[]>();

/** Lines of a file, split once however many problems it has. */
export function linesOf(file: { readonly text: string }): readonly string[] {
  let lines = linesByText.get(file);
  if (!lines) {
    lines = file.text.replace(/^\ufeff/, '').split('\n');
    linesByText.set(file, lines);
  }
  return lines;
}

const MAX_SHOWN = 160;

/** The line and the carets below it, indented. Long lines are cut around the caret, so that it stays on the screen. */
export function sourceLines(source: string, column: number, length: number, paint: (carets: string) => string = (carets) => carets): readonly string[] {
  const isCut = source.length > MAX_SHOWN;
  const from = isCut && column > 80 ? column - 60 : 0;
  // Of a line of megabytes only what is shown is looked at.
  const points = isCut ? [...source.slice(0, 2 * (from + MAX_SHOWN) + 2)] : [...source];
  // One character for one, so that the caret stays below its place.
  const shown = points.map((point) => (harmless(point) === point && point !== '\t' ? point : ' ')).slice(from, from + MAX_SHOWN);
  const [left, right] = [from > 0 ? '…' : '', points.length > from + MAX_SHOWN ? '…' : ''];
  const at = column - 1 - from;
  const indent = textWidth(shown.slice(0, at).join('')) + left.length;
  const carets = Math.max(1, Math.min(textWidth(shown.slice(at, at + length).join('')), MAX_SHOWN - indent));
  return [`    ${left}${shown.join('')}${right}`, `    ${' '.repeat(indent)}${paint('^'.repeat(carets))}`];
}
