/** The files as plain text: to read, to search with the browser's own find, and to change. */

import { useMemo, useRef, useState } from 'react';
import { lineStarts, quickFixes, withFix, type QuickFix } from '../../editor/quick-fix.ts';
import { quickFixWords } from '../../text/quick-fix.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { PlainText, type LineProblem } from './plain-text.tsx';
import { Start } from './start.tsx';

/** Characters above which a text is read first: a field of this size takes the browser long to lay out. */
const LARGE = 200_000;
/** Most problems that are listed. */
const MOST_PROBLEMS = 200;

export function SourceText(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const files = useView((state) => state.document.files);
  const problems = useView((state) => state.answer.node?.problems ?? null);
  const [chosen, choose] = useState(0);
  const [editing, setEditing] = useState<string | null>(null);
  const [line, setLine] = useState<number | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const made = useView((state) => (state.document.cluster ? (state.answer.made?.snapshot ?? '') : null));
  const fixed = made !== null && chosen === 0;
  const file = useMemo(() => (fixed ? { name: 'node.snapshot', text: made } : (files[chosen] ?? files[0])), [fixed, made, files, chosen]);
  const reads = file !== undefined && file.text.length > LARGE && editing !== file.name;
  // Problems are of the text that was read: what is being typed is looked at when it has been.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each answer, not with each key
  const offered = useMemo(() => {
    const starts = files.map(({ text }) => lineStarts(text));
    return new Map(
      (problems ?? []).slice(0, MOST_PROBLEMS).map((problem): [LineProblem, readonly QuickFix[]] => {
        const at = fileOf(problem, files, made !== null);
        return [problem, at < 0 ? [] : quickFixes(problem, files[at]?.text ?? '', starts[at])];
      }),
    );
  }, [problems]);
  const own = useMemo(() => (file && problems ? problemsIn(file.name, problems, files.length) : []), [file, problems, files]);
  if (!file)
    return (
      <div className="rules-empty">
        <Start />
      </div>
    );
  function fix(problem: LineProblem, chosenFix: QuickFix): void {
    const at = fileOf(problem, files, made !== null);
    const text = files[at]?.text ?? '';
    // What was typed since may have moved it, or done it.
    const one = quickFixes(problem, text).find(({ right }) => right === chosenFix.right);
    if (!one) return;
    const next = withFix(text, one);
    choose(at);
    app.editText(at, next);
    app.say({ kind: 'fixed', detail: String(problem.line) });
    // What was pressed goes with the problem.
    const [line, end] = [text.slice(0, one.from).split('\n').length, one.from + one.insert.length];
    requestAnimationFrame(() => {
      if (!area.current) return;
      showLine(area.current, next, line);
      area.current.setSelectionRange(end, end);
    });
  }
  function fixLine(text: string, caret: number): void {
    const number = text.slice(0, caret).split('\n').length;
    for (const problem of own) {
      const [one] = problem.line === number ? (offered.get(problem) ?? []) : [];
      if (one) return fix(problem, one);
    }
  }
  return (
    <div className="source">
      {files.length > 1 && (
        <label className="source-file">
          {words.rules.file}
          <select value={chosen} onChange={(event) => choose(Number(event.target.value))}>
            {files.map((one, i) => (
              <option key={one.name} value={i}>
                {made !== null && i === 0 ? 'node.snapshot' : one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      {fixed && <p className="source-file muted">{words.rules.madeOf}</p>}
      {file.text.length > LARGE && !fixed && (
        <p className="source-file">
          <span className="muted">{words.rules.editHint({ lines: file.text.split('\n').length })}</span>
          <button type="button" className="button" onClick={() => setEditing(reads ? file.name : null)}>
            {reads ? words.rules.edit : words.rules.read}
          </button>
        </p>
      )}
      {reads ? (
        <div className="rule-list-frame">
          <PlainText key={file.name} label={words.rules.textLabel({ name: file.name })} text={file.text} problems={own} wanted={line} />
        </div>
      ) : (
        <textarea
          ref={area}
          className="mono"
          aria-label={words.rules.textLabel({ name: file.name })}
          value={file.text}
          readOnly={fixed}
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          wrap="off"
          aria-keyshortcuts="Alt+Enter"
          onKeyDown={(event) => {
            if (!event.altKey || event.key !== 'Enter' || event.nativeEvent.isComposing || event.keyCode === 229) return;
            event.preventDefault();
            fixLine(event.currentTarget.value, event.currentTarget.selectionStart);
          }}
          onChange={(event) => app.editText(file === files[0] ? 0 : chosen, event.target.value, `text:${chosen}`, true)}
        />
      )}
      {problems && problems.length > 0 && (
        <Problems
          problems={problems}
          offered={offered}
          withKey={!reads}
          show={(problem) => {
            const other = files.findIndex(({ name }) => name === problem.file);
            if (other >= 0) choose(other);
            setLine(problem.line);
            showLine(area.current, file.text, problem.line);
          }}
          fix={fix}
        />
      )}
    </div>
  );
}

interface ProblemsProps {
  readonly problems: readonly LineProblem[];
  /** What would mend each of them. */
  readonly offered: ReadonlyMap<LineProblem, readonly QuickFix[]>;
  /** A key mends the line that one is writing in. */
  readonly withKey: boolean;
  readonly show: (problem: LineProblem) => void;
  readonly fix: (problem: LineProblem, chosen: QuickFix) => void;
}

function Problems({ problems, offered, withKey, show, fix }: ProblemsProps): React.ReactNode {
  const words = useWords();
  const fixes = quickFixWords(useView((state) => state.settings.language));
  return (
    <details className="problems">
      <summary>{words.rules.problems({ count: problems.length })}</summary>
      {withKey && [...offered.values()].some((all) => all.length > 0) && <p className="muted">{fixes.key}</p>}
      <ul>
        {problems.slice(0, MOST_PROBLEMS).map((problem) => (
          <li key={`${problem.file ?? ''}:${problem.section}:${problem.line}:${problem.column}:${problem.code}`} data-severity={problem.severity}>
            <button type="button" className="link" onClick={() => show(problem)}>
              {words.rules.problem({ ...problem, message: words.problemMessage(problem) })}
            </button>
            {problem.hint !== '' && <span className="muted"> — {words.problemHint(problem)}</span>}
            {offered.get(problem)?.map((one) => (
              <button
                key={one.right}
                type="button"
                className="button quick-fix"
                aria-label={one.wrong === '' ? fixes.putIn({ right: one.right, line: problem.line }) : fixes.replaceIn({ ...one, line: problem.line })}
                onClick={() => fix(problem, one)}
              >
                {one.wrong === '' ? fixes.put(one) : fixes.replace(one)}
              </button>
            ))}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Place of the file that a problem is in; -1: of none, or of one that is made of a cluster. */
function fileOf({ file }: LineProblem, files: readonly { readonly name: string }[], made: boolean): number {
  const at = files.length === 1 ? 0 : files.findIndex(({ name }) => name === file);
  return made && at === 0 ? -1 : at;
}

function problemsIn(name: string, problems: readonly LineProblem[], files: number): readonly LineProblem[] {
  return files === 1 ? problems : problems.filter(({ file }) => file === undefined || file === name);
}

/** Marks a line of a field and brings it into view. */
function showLine(area: HTMLTextAreaElement | null, text: string, line: number): void {
  if (!area) return;
  const lines = text.split('\n');
  const from = lines.slice(0, line - 1).reduce((length, one) => length + one.length + 1, 0);
  area.focus({ preventScroll: true });
  area.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  area.scrollTop = Math.max(0, ((line - 1) / lines.length) * area.scrollHeight - area.clientHeight / 3);
  area.scrollLeft = 0;
}
