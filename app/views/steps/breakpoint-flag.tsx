/** The sign of a breakpoint beside a rule, and which rules of a chain have one. */

import { useMemo } from 'react';
import { breakpointsOf, rulesWithBreakpoints } from '../../store/breakpoints.ts';
import { useView, useWords } from '../page/app-context.ts';
import './breakpoint-flag.css';

export function BreakpointFlag(): React.ReactNode {
  const words = useWords();
  return (
    <span className="breakpoint-flag">
      <span aria-hidden="true">●</span>
      <span className="sr-only">{words.timeline.here}</span>
    </span>
  );
}

export function useBreakpointRules(table: string, chain: string): ReadonlySet<number> {
  const all = useView((state) => breakpointsOf(state.document));
  return useMemo(() => rulesWithBreakpoints(all, table, chain), [all, table, chain]);
}
