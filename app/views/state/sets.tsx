/** Sets: what the packet changes in them, entry by entry, and which ones the node has. */

import { setChangesOf } from '../../store/state-fields.ts';
import type { TraceView } from '../../store/state.ts';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { SetPurposeLine } from '../why/purpose.tsx';

/** At most this many sets are listed; the rest are counted. */
const MOST_SETS = 60;

export function Sets({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  const sets = useView((state) => state.answer.node?.sets);
  const changes = useView((state) => state.answer.changes?.sets ?? null);
  const changed = new Map(changes?.map((set) => [set.name, { added: set.added.length, removed: set.removed.length }]));
  const markOf = (name: string): string => {
    const change = changed.get(name);
    return change ? words.state.setMark(change) : '';
  };
  if (sets === null) return <p className="small">{words.state.setsUnknown}</p>;
  if (!sets || sets.length === 0) return <p className="small">{words.state.noSets}</p>;
  return (
    <>
      <SetChanges trace={trace} />
      <ul className="sets">
        {sets.slice(0, MOST_SETS).map((set) => (
          <li key={set.name}>
            <span className="mono">{set.name}</span> <span className="muted">{words.rules.setLine({ type: set.type, count: set.entries })}</span>{' '}
            {changed.has(set.name) && <span className="set-mark">{markOf(set.name)}</span>}
            <SetPurposeLine set={set} />
          </li>
        ))}
        {sets.length > MOST_SETS && <li className="muted">{words.state.moreSets({ count: sets.length - MOST_SETS })}</li>}
      </ul>
    </>
  );
}

const SIGN = { added: '+', deleted: '−', renewed: '↻' } as const;

/** All of the packet's way, so that no line comes or goes on a step; those still to come are dim. */
function SetChanges({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { index } = useCurrent();
  const moment = useView((state) => state.selection.moment);
  const changes = setChangesOf(trace);
  if (changes.length === 0) return <p className="small">{words.state.noSetChanges}</p>;
  return (
    <ul className="sets set-changes">
      {changes.map(({ step, name, what, entry }) => {
        const done = moment === 'after' ? step <= index : step < index;
        return (
          <li key={`${step}/${name}/${entry}`} data-done={done} data-now={step === index}>
            <span aria-hidden="true">{SIGN[what]} </span>
            <span className="mono">{entry}</span> {words.state.setChange({ what, name })}{' '}
            <button type="button" className="link" onClick={() => app.goTo(step)}>
              {done ? words.state.atStep({ step: step + 1 }) : words.state.toCome({ step: step + 1 })}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
