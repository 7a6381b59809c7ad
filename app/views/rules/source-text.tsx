/** The files as plain text: to read, to search with the browser's own find, and to change. */

import { useEffect, useMemo, useRef, useState } from 'react';
import { fileOf, fixProblem } from '../../editor/fix-problem.ts';
import { lineStarts, quickFixes, type QuickFix } from '../../editor/quick-fix.ts';
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
  const document = useView((state) => state.document);
  const { files } = document;
  const problems = useView((state) => state.answer.node?.problems ?? null);
  const [wished, choose] = useState(0);
  // Files may have gone since.
  const chosen = wished < files.length ? wished : 0;
  const [editing, setEditing] = useState<string | null>(null);
  /** A line that was asked for, with its file: it is shown once that file is. */
  const [asked, ask] = useState<{ readonly file: number; readonly line: number } | null>(null);
  const [listed, list] = useState(false);
  const wanted = useView((state) => state.selection.problem);
  const area = useRef<HTMLTextAreaElement>(null);
  function show(problem: LineProblem): void {
    // Of a cluster the first is what was made of it.
    const at = files.length === 1 ? 0 : files.findIndex(({ name }) => name === problem.file);
    choose(Math.max(0, at));
    ask({ file: Math.max(0, at), line: problem.line });
  }
  const made = useView((state) => (state.document.cluster ? (state.answer.made?.snapshot ?? '') : null));
  useEffect(() => {
    if (!wanted) return;
    list(true);
    show(wanted);
    app.select({ problem: null });
  });
  const fixed = made !== null && chosen === 0;
  const file = useMemo(() => (fixed ? { name: 'node.snapshot', text: made } : (files[chosen] ?? files[0])), [fixed, made, files, chosen]);
  const reads = file !== undefined && file.text.length > LARGE && editing !== file.name;
  // Problems are of the text that was read: what is being typed is looked at when it has been.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each answer, not with each key
  const offered = useMemo(() => {
    const starts = files.map(({ text }) => lineStarts(text));
    return new Map(
      (problems ?? []).slice(0, MOST_PROBLEMS).map((problem): [LineProblem, readonly QuickFix[]] => {
        const at = fileOf(problem, document);
        return [problem, at < 0 ? [] : quickFixes(problem, files[at]?.text ?? '', starts[at])];
      }),
    );
  }, [problems]);
  const own = useMemo(() => (file && problems ? problemsIn(file.name, problems, files.length) : []), [file, problems, files]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: when it is asked for, and once its file is shown
  useEffect(() => {
    if (asked && asked.file === chosen) showLine(area.current, file?.text ?? '', asked.line);
  }, [asked, chosen]);
  if (!file)
    return (
      <div className="rules-empty">
        <Start />
      </div>
    );
  function fix(problem: LineProblem, chosenFix: QuickFix): void {
    const fixed = fixProblem(app, problem, chosenFix);
    if (!fixed) return;
    choose(fixed.file);
    // What was pressed goes with the problem.
    requestAnimationFrame(() => {
      if (!area.current) return;
      showLine(area.current, fixed.text, fixed.line);
      area.current.setSelectionRange(fixed.end, fixed.end);
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
          <select
            value={chosen}
            onChange={(event) => {
              choose(Number(event.target.value));
              ask(null);
            }}
          >
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
          <PlainText key={file.name} label={words.rules.textLabel({ name: file.name })} text={file.text} problems={own} wanted={asked?.file === chosen ? asked : null} />
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
        <Problems problems={problems} several={files.length > 1} offered={offered} withKey={!reads} open={listed} toggle={list} show={show} fix={fix} />
      )}
    </div>
  );
}

interface ProblemsProps {
  readonly problems: readonly LineProblem[];
  /** There is more than one file: each says which it is in. */
  readonly several: boolean;
  /** What would mend each of them. */
  readonly offered: ReadonlyMap<LineProblem, readonly QuickFix[]>;
  /** A key mends the line that one is writing in. */
  readonly withKey: boolean;
  readonly open: boolean;
  readonly toggle: (open: boolean) => void;
  readonly show: (problem: LineProblem) => void;
  readonly fix: (problem: LineProblem, chosen: QuickFix) => void;
}

function Problems({ problems, several, offered, withKey, open, toggle, show, fix }: ProblemsProps): React.ReactNode {
  const words = useWords();
  const fixes = quickFixWords(useView((state) => state.settings.language));
  return (
    <details className="problems" open={open} onToggle={(event) => toggle(event.currentTarget.open)}>
      <summary>{words.rules.problems({ count: problems.length })}</summary>
      {withKey && [...offered.values()].some((all) => all.length > 0) && <p className="muted">{fixes.key}</p>}
      <ul>
        {problems.slice(0, MOST_PROBLEMS).map((problem) => (
          <li key={`${problem.file ?? ''}:${problem.section}:${problem.line}:${problem.column}:${problem.code}`} data-severity={problem.severity}>
            <span className="rule-problem" data-severity={problem.severity}>
              {words.rules.marked[problem.severity]}
            </span>
            <button type="button" className="link" onClick={() => show(problem)}>
              {words.rules.problem({ ...problem, section: (several && problem.file) || problem.section, message: words.problemMessage(problem) })}
            </button>
            {problem.hint !== '' && <span className="muted">{words.problemHint(problem)}</span>}
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
