/** The packet as it leaves, or as it was when it ended: ends, protocol, link, mark and the table that routed it. */

import type { TraceView } from '../../store/state.ts';
import { endpoint, hex } from '../../text/format.ts';
import { useWords } from '../page/app-context.ts';

export function FinalTuple({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  const { states, steps, outcome } = trace;
  const state = states[steps.at(-1)?.after ?? -1];
  if (!state) return null;
  const left = outcome.packet !== null;
  const table = steps.findLast((step) => step.kind === 'route');
  const text = words.verdict;
  const ends = text.tuple({ src: endpoint(state.src, state.sport), dst: endpoint(state.dst, state.dport), proto: state.proto });
  const facts = [
    outcome.out !== null && text.tupleOut({ out: outcome.out }),
    text.tupleMark({ mark: hex(state.mark) }),
    table?.kind === 'route' && table.table !== '' && text.tupleTable({ table: table.table }),
  ].filter((fact) => fact !== false);
  return (
    // Whole there, too: where there is something to note below it, it has one line.
    <p className="verdict-tuple mono" title={`${left ? text.tupleLeft : text.tupleLast}${words.verdict.colon}${[ends, ...facts].join(' · ')}`}>
      <span className="verdict-ends">{ends}</span>
      <span className="verdict-facts">
        {facts.map((fact) => (
          <span key={fact} className="verdict-fact">
            <span className="verdict-dot"> · </span>
            {fact}
          </span>
        ))}
      </span>
    </p>
  );
}
