/**
 * A long text to read: all of it is in the page, so that the browser's own find goes through it, in pieces that the browser
 * lays out only where they are in view. Lines that have a problem are marked.
 */

import { useLayoutEffect, useMemo, useRef } from 'react';
import type { NodeSummary } from '../../store/state.ts';
import { ScrollBox } from '../../widgets/scroll-box.tsx';
import { rem } from '../../widgets/root-scale.ts';
import { useWords } from '../page/app-context.ts';

/** Lines in a piece, and the height of a line in pixels. */
const PIECE = 200;
const LINE = 20;
/** Most lines that are marked: more than this is no text of rules. */
const MOST_MARKED = 2000;

export type LineProblem = NodeSummary['problems'][number];

interface PlainTextProps {
  readonly label: string;
  readonly text: string;
  readonly problems: readonly LineProblem[];
  /** Line to show, from 1; it is shown anew when it is asked for anew. */
  readonly wanted: { readonly line: number } | null;
}

export function PlainText({ label, text, problems, wanted }: PlainTextProps): React.ReactNode {
  const lines = useMemo(() => text.split('\n'), [text]);
  const marked = useMemo(() => new Map(problems.slice(0, MOST_MARKED).map((problem) => [problem.line, problem])), [problems]);
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (wanted !== null) box.current?.querySelector(`[data-piece="${Math.floor((wanted.line - 1) / PIECE)}"]`)?.scrollIntoView({ block: 'start' });
    box.current?.querySelector('.line-wanted')?.scrollIntoView({ block: 'center' });
  }, [wanted]);
  return (
    <ScrollBox className="plain-text mono" aria-label={label} ref={box}>
      {Array.from({ length: Math.ceil(lines.length / PIECE) }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place in the text
        <Piece key={i} piece={i} lines={lines} marked={marked} wanted={wanted !== null && Math.floor((wanted.line - 1) / PIECE) === i ? wanted.line : null} />
      ))}
    </ScrollBox>
  );
}

function Piece({ piece, lines, marked, wanted }: { piece: number; lines: readonly string[]; marked: ReadonlyMap<number, LineProblem>; wanted: number | null }): React.ReactNode {
  const words = useWords();
  const first = piece * PIECE;
  const count = Math.min(PIECE, lines.length - first);
  const parts: React.ReactNode[] = [];
  let plain: string[] = [];
  const flush = (): void => {
    if (plain.length > 0) parts.push(`${plain.join('\n')}\n`);
    plain = [];
  };
  for (let i = 0; i < count; i++) {
    const number = first + i + 1;
    const line = lines[number - 1] as string;
    const problem = marked.get(number);
    if (!problem && number !== wanted) {
      plain.push(line);
      continue;
    }
    flush();
    parts.push(
      <span
        key={number}
        className={number === wanted ? 'line-marked line-wanted' : 'line-marked'}
        data-severity={problem?.severity}
        title={problem && words.rules.problemOf(problem)}
      >
        {line}
        {problem && <span className="line-problem">{`  ⚠ ${words.rules.marked[problem.severity]}: ${words.rules.problemOf(problem)}`}</span>}
        {'\n'}
      </span>,
    );
  }
  flush();
  return (
    <pre className="text-piece" data-piece={piece} style={{ containIntrinsicHeight: `auto ${rem(count * LINE)}` }}>
      {parts}
    </pre>
  );
}
