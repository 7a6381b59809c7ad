/** What is wrong with a rule as it is written, where its tests stand: what would mend it is one press away, and so is its line. */

import { useMemo } from 'react';
import { showProblem } from '../../actions/show-problem.ts';
import { fileOf, fixProblem } from '../../editor/fix-problem.ts';
import { quickFixes } from '../../editor/quick-fix.ts';
import { quickFixWords } from '../../text/quick-fix.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import './way-out.css';

/** More problems than these no rule has that one could still mean. */
const MOST = 3;

/** `place`: `table/CHAIN/number`. */
export function RuleProblems({ place }: { place: string }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const document = useView((state) => state.document);
  const all = useView((state) => state.answer.node?.problems);
  const stale = useView((state) => state.answer.stale);
  const fixes = quickFixWords(useView((state) => state.settings.language));
  const problems = useMemo(() => (all ?? []).filter(({ rule, severity }) => rule === place && severity === 'error').slice(0, MOST), [all, place]);
  if (problems.length === 0) return null;
  return (
    <section className="way-out" aria-label={words.rules.problems({ count: problems.length })}>
      {problems.map((problem) => {
        const at = fileOf(problem, document);
        const offered = at < 0 || stale ? [] : quickFixes(problem, document.files[at]?.text ?? '');
        return (
          <div className="rule-fault" key={`${problem.line}:${problem.column}:${problem.code}`}>
            <p>{words.rules.problemOf(problem)}</p>
            {offered.map((one) => (
              <button
                key={one.right}
                type="button"
                className="button quick-fix"
                aria-label={one.wrong === '' ? fixes.putIn({ right: one.right, line: problem.line }) : fixes.replaceIn({ ...one, line: problem.line })}
                onClick={(event) => {
                  // What was pressed goes with the problem.
                  const panel = event.currentTarget.closest<HTMLElement>('.panel-body');
                  fixProblem(app, problem, one);
                  panel?.focus({ preventScroll: true });
                }}
              >
                {one.wrong === '' ? fixes.put(one) : fixes.replace(one)}
              </button>
            ))}
            <button type="button" className="link" onClick={() => showProblem(app, problem)}>
              {fixes.show({ line: problem.line })}
            </button>
          </div>
        );
      })}
    </section>
  );
}
