/** The files as plain text: to read, to search with the browser's own find, and to change. */

import { useMemo, useRef, useState } from 'react';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { PlainText, type LineProblem } from './plain-text.tsx';

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
  const own = useMemo(() => (file && problems ? problemsIn(file.name, problems, files.length) : []), [file, problems, files]);
  if (!file) return <p className="rules-empty muted">{words.rules.empty}</p>;
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
          onChange={(event) => app.editText(file === files[0] ? 0 : chosen, event.target.value, `text:${chosen}`, true)}
        />
      )}
      {problems && problems.length > 0 && (
        <details className="problems">
          <summary>{words.rules.problems({ count: problems.length })}</summary>
          <ul>
            {problems.slice(0, MOST_PROBLEMS).map((problem) => (
              <li key={`${problem.file ?? ''}:${problem.section}:${problem.line}:${problem.column}:${problem.code}`} data-severity={problem.severity}>
                <button
                  type="button"
                  className="link"
                  onClick={() => {
                    const other = files.findIndex(({ name }) => name === problem.file);
                    if (other >= 0) choose(other);
                    setLine(problem.line);
                    showLine(area.current, file.text, problem.line);
                  }}
                >
                  {words.rules.problem({ ...problem, message: words.problemMessage(problem) })}
                </button>
                {problem.hint !== '' && <span className="muted"> — {words.problemHint(problem)}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
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
