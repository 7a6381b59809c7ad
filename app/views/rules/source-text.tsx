/** The files as plain text: to read, to search with the browser's own find, and to change. */

import { useState } from 'react';
import { useApp, useView, useWords } from '../page/app-context.ts';

export function SourceText(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const files = useView((state) => state.document.files);
  const problems = useView((state) => state.answer.node?.problems ?? null);
  const [chosen, choose] = useState(0);
  const file = files[chosen] ?? files[0];
  if (!file) return <p className="rules-empty muted">{words.rules.empty}</p>;
  return (
    <div className="source">
      {files.length > 1 && (
        <label className="source-file">
          {words.rules.file}
          <select value={chosen} onChange={(event) => choose(Number(event.target.value))}>
            {files.map((one, i) => (
              <option key={one.name} value={i}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <textarea
        className="mono"
        aria-label={words.rules.textLabel({ name: file.name })}
        value={file.text}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        wrap="off"
        onChange={(event) => {
          const text = event.target.value;
          app.edit((document) => ({ ...document, files: document.files.map((one) => (one === file ? { ...one, text } : one)) }), `text:${chosen}`);
        }}
      />
      {problems && problems.length > 0 && (
        <details className="problems">
          <summary>{words.rules.problems({ count: problems.length })}</summary>
          <ul>
            {problems.slice(0, 200).map((problem) => (
              <li key={`${problem.section}:${problem.line}:${problem.column}:${problem.code}`} data-severity={problem.severity}>
                {words.rules.problem(problem)}
                {problem.hint !== '' && <span className="muted"> — {problem.hint}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
