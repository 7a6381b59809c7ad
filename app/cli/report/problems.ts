/** A problem as lines: place and message, the line itself with a caret, the way out. */

import type { Node, Problem } from '../../../engine/index.ts';
import { fileOf, type InputFile } from '../input.ts';
import { linesOf, sourceLines } from './source-line.ts';
import { harmless, type Painter } from './style.ts';

export function problemLines(problem: Problem, node: Node, files: readonly InputFile[], paint: Painter): readonly string[] {
  const file = fileOf(problem, node, files);
  const severity = problem.severity === 'error' ? paint.drop(problem.severity) : problem.severity === 'warning' ? paint.mark(problem.severity) : problem.severity;
  const place = [file?.name ?? problem.section, ...(problem.line > 0 ? [problem.line, problem.column] : [])].join(':');
  const lines = [`${paint.bold(place)}: ${severity}: ${harmless(problem.message)} ${paint.faint(`[${problem.code}]`)}`];
  const source = file && problem.line > 0 ? linesOf(file)[problem.line - 1]?.replace(/\r$/, '') : undefined;
  if (source) lines.push(...sourceLines(source, problem.column, problem.length ?? 1, paint.drop));
  if (problem.hint) lines.push(`    ${harmless(problem.hint)}`);
  return lines;
}
