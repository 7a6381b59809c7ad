/** A problem as lines: place and message, the line itself with a caret, the way out. */

import type { Node, Problem } from '../../../engine/index.ts';
import { fileOf, type InputFile } from '../input.ts';
import { harmless, textWidth, type Painter } from './style.ts';

export function problemLines(problem: Problem, node: Node, files: readonly InputFile[], paint: Painter): readonly string[] {
  const file = fileOf(problem, node, files);
  const severity = problem.severity === 'error' ? paint.drop(problem.severity) : problem.severity === 'warning' ? paint.mark(problem.severity) : problem.severity;
  const place = [file?.name ?? problem.section, ...(problem.line > 0 ? [problem.line, problem.column] : [])].join(':');
  const lines = [`${paint.bold(place)}: ${severity}: ${harmless(problem.message)} ${paint.faint(`[${problem.code}]`)}`];
  const source = problem.line > 0 ? file?.text.split('\n')[problem.line - 1]?.replace(/\r$/, '') : undefined;
  if (source) lines.push(...sourceLines(source, problem.column, problem.length ?? 1, paint));
  if (problem.hint) lines.push(`    ${harmless(problem.hint)}`);
  return lines;
}

/** Long lines are cut around the caret, so that it stays on the screen. */
function sourceLines(source: string, column: number, length: number, paint: Painter): readonly string[] {
  // One character for one, so that the caret stays below its place.
  const points = [...source].map((point) => (harmless(point) === point && point !== '\t' ? point : ' '));
  const from = points.length > 160 && column > 80 ? column - 60 : 0;
  const shown = points.slice(from, from + 160).join('');
  const [left, right] = [from > 0 ? '…' : '', points.length > from + 160 ? '…' : ''];
  const indent = textWidth(points.slice(from, column - 1).join('')) + left.length;
  const carets = Math.max(1, Math.min(textWidth(points.slice(column - 1, column - 1 + length).join('')), 160 - indent));
  return [`    ${left}${shown}${right}`, `    ${' '.repeat(indent)}${paint.drop('^'.repeat(carets))}`];
}
