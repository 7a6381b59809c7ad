/** What a problem offers is written into the file it is in, wherever on the page it is offered. */

import type { Problem } from '../../engine/index.ts';
import { quickFixes, withFix, type QuickFix } from './quick-fix.ts';

type FileProblem = Pick<Problem, 'file' | 'line' | 'column' | 'length' | 'message' | 'hint'>;

interface Files {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly cluster: boolean;
}

/** What is asked of the page: the store, as far as texts are edited in it. */
interface FilesPage {
  readonly store: { getState(): { readonly document: Files } };
  editText(file: number, text: string): void;
  say(notice: { readonly kind: 'fixed'; readonly detail: string }): void;
}

/** Place of the file that a problem is in; -1: of none, or of one that is made of a cluster. */
export function fileOf({ file }: FileProblem, { files, cluster }: Files): number {
  const at = files.length === 1 ? 0 : files.findIndex(({ name }) => name === file);
  return cluster && at === 0 ? -1 : at;
}

interface Fixed {
  readonly file: number;
  readonly text: string;
  /** Line that was changed, and where what was written ends. */
  readonly line: number;
  readonly end: number;
}

/** Null: what was typed since has moved it, or done it. */
export function fixProblem(app: FilesPage, problem: FileProblem, chosen: QuickFix): Fixed | null {
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
