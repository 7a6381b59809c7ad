/** What a problem offers is written into the file it is in, wherever on the page it is offered. */

import type { NodeSummary, State } from '../store/state.ts';
import type { App } from '../store/store.ts';
import { quickFixes, withFix, type QuickFix } from './quick-fix.ts';

export type FileProblem = NodeSummary['problems'][number];

/** Place of the file that a problem is in; -1: of none, or of one that is made of a cluster. */
export function fileOf({ file }: FileProblem, { files, cluster }: Pick<State['document'], 'files' | 'cluster'>): number {
  const at = files.length === 1 ? 0 : files.findIndex(({ name }) => name === file);
  return cluster && at === 0 ? -1 : at;
}

export interface Fixed {
  readonly file: number;
  readonly text: string;
  /** Line that was changed, and where what was written ends. */
  readonly line: number;
  readonly end: number;
}

/** Null: what was typed since has moved it, or done it. */
export function fixProblem(app: App, problem: FileProblem, chosen: QuickFix): Fixed | null {
  const { document } = app.store.getState();
  const file = fileOf(problem, document);
  const text = document.files[file]?.text ?? '';
  const one = quickFixes(problem, text).find(({ right }) => right === chosen.right);
  if (!one) return null;
  const fixed = withFix(text, one);
  app.editText(file, fixed);
  app.say({ kind: 'fixed', detail: String(problem.line) });
  return { file, text: fixed, line: text.slice(0, one.from).split('\n').length, end: one.from + one.insert.length };
}
