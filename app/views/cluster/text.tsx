/** The cluster as YAML, to read and to change, and below it what is to be said of it, each with its place. */

import { useLayoutEffect, useRef } from 'react';
import { redo } from '../../actions/redo.ts';
import { typeCluster } from '../../actions/edit-cluster.ts';
import { undo } from '../../actions/undo.ts';
import type { ClusterIssue } from '../../store/state.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { useClusterWords } from './cluster-words.ts';

const GLYPH: Readonly<Record<ClusterIssue['severity'], string>> = { error: '✕', warning: '!', note: '·' };
const ORDER: readonly ClusterIssue['severity'][] = ['error', 'warning', 'note'];
const MOST_ISSUES = 200;

export function ClusterText(): React.ReactNode {
  const words = useWords();
  const cluster = useClusterWords();
  const app = useApp();
  const text = useView((state) => state.document.files[0]?.text ?? '');
  const issues = useView((state) => state.answer.cluster?.issues ?? null);
  const area = useRef<HTMLTextAreaElement>(null);
  const sorted = [...(issues ?? [])].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || a.from - b.from);

  const shown = useRef(text);
  // What was changed elsewhere, by the form or by undo, is brought into view; the caret of whoever types stays.
  useLayoutEffect(() => {
    const element = area.current;
    const before = shown.current;
    shown.current = text;
    if (!element || before === text || document.activeElement === element) return;
    let at = 0;
    while (at < text.length && text[at] === before[at]) at++;
    const line = text.slice(0, at).split('\n').length;
    const height = lineHeight(element);
    const [top, bottom] = [element.scrollTop, element.scrollTop + element.clientHeight];
    if (line * height < top + 2 * height || line * height > bottom - 2 * height) element.scrollTop = Math.max(0, line * height - element.clientHeight / 2);
  }, [text]);

  /** The browser's own undo knows nothing of what the form wrote: the page's undo covers both. */
  function onKeyDown(event: React.KeyboardEvent): void {
    if (event.nativeEvent.isComposing || event.altKey || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    const action = key === 'z' ? (event.shiftKey ? redo : undo) : key === 'y' && !event.shiftKey ? redo : null;
    if (!action) return;
    event.preventDefault();
    if (action.available(app.store.getState())) action.perform(app);
  }

  function goTo({ line, from, to }: ClusterIssue): void {
    const element = area.current;
    if (!element || line === null) return;
    element.focus();
    element.setSelectionRange(from, Math.max(from, to));
    element.scrollTop = Math.max(0, (line - 3) * lineHeight(element));
    element.scrollLeft = 0;
  }

  return (
    <div className="cluster-text">
      <textarea
        ref={area}
        className="mono"
        aria-label={cluster.textLabel}
        aria-invalid={sorted[0]?.severity === 'error'}
        value={text}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        autoCorrect="off"
        wrap="off"
        onKeyDown={onKeyDown}
        onChange={(event) => typeCluster(app, event.target.value)}
      />
      {sorted.length > 0 && (
        <ul className="cluster-issues" aria-label={cluster.issues}>
          {sorted.slice(0, MOST_ISSUES).map((issue) => (
            <li key={`${issue.from}:${issue.message}`} data-severity={issue.severity}>
              <span aria-hidden="true" className="issue-glyph">
                {GLYPH[issue.severity]}
              </span>
              <span>
                <span className="issue-word">{cluster.severity[issue.severity]}</span>{' '}
                {issue.line !== null && (
                  <button type="button" className="link" onClick={() => goTo(issue)}>
                    {cluster.line({ line: issue.line })}
                  </button>
                )}{' '}
                {words.problemMessage(issue)}
                {issue.hint !== '' && <span className="muted"> — {words.problemHint(issue)}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function lineHeight(element: HTMLElement): number {
  return Number.parseFloat(getComputedStyle(element).lineHeight) || 20;
}
