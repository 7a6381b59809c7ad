/** What a set holds, with the entry that decided the test of the step. */

import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { ownValue } from '../../store/questions.ts';
import { VirtualList, type VirtualListHandle } from '../../widgets/virtual-list.tsx';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { MissingSet } from '../why/way-out.tsx';
import { SetPurposeLine } from '../why/purpose.tsx';

const ROW = 26;

export function SetEntries({ name }: { name: string }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const set = useView((state) => state.answer.node?.sets?.find((one) => one.name === name) ?? null);
  const entries = useView((state) => ownValue(state.answer.setEntries, name));
  const deciding = useDeciding(name);
  const entry = deciding?.entry;
  const list = useRef<VirtualListHandle>(null);
  useEffect(() => {
    if (set && !entries) app.askSet(name);
  }, [app, name, set, entries]);
  // A set of a million entries is gone through once.
  const at = useMemo(() => (entries && entry !== undefined ? entries.findIndex((one) => isEntry(one, entry)) : -1), [entries, entry]);
  useLayoutEffect(() => {
    if (at >= 0) list.current?.show(at);
  }, [at]);
  return (
    <div className="set-entries">
      <div className="set-head">
        <strong className="set-name mono">{name}</strong>
        <span className="muted">{set ? words.rules.setLine({ type: set.type, count: set.entries }) : words.rules.setMissing}</span>
        {set && <SetPurposeLine set={set} />}
        {!set && <MissingSet name={name} />}
      </div>
      <div className="rule-list-frame">
        {set && entries?.length === 0 && <p className="rules-empty muted">{set.entries === 0 ? words.rules.setEmpty : words.rules.setUnknown}</p>}
        {entries && entries.length > 0 && (
          <VirtualList
            ref={list}
            className="entry-list"
            label={words.rules.set({ name })}
            count={entries.length}
            rowHeight={ROW}
            entry={0}
            identity={name}
            canFocus={null}
            keyOf={String}
          >
            {(i) => (
              <div className="rule set-entry" data-now={i === at} aria-current={i === at ? 'true' : undefined}>
                <span className="rule-number">{i + 1}</span>
                <span>{entries[i]}</span>
                {i === at && deciding && <span className="set-decided">{words.rules.decided({ step: deciding.step + 1 })}</span>}
              </div>
            )}
          </VirtualList>
        )}
      </div>
    </div>
  );
}

/** Readings name the element; the list has its options behind it. */
function isEntry(entry: string, element: string): boolean {
  return entry === element || entry.startsWith(`${element} `);
}

/** The entry that decided a test of the rule that is looked at, else at the nearest step before, else after, and that step; null if none did. */
function useDeciding(name: string): { readonly entry: string; readonly step: number } | null {
  const { trace, step, index, packet } = useCurrent();
  const caused = useView((state) => state.selection.caused);
  const chosen = useView((state) => state.selection.rule);
  const late = useView((state) => state.answer.readings);
  if (!trace || !step) return null;
  const own = 'chain' in step ? `${index}/${chosen ?? step.rule}` : '';
  let best: { readonly entry: string; readonly step: number; readonly distance: number } | null = null;
  for (const [key, readings] of [...Object.entries(trace.readings), [own, late[`${[packet, ...caused].join('.')}/${own}`] ?? []] as const]) {
    const entry = readings.find((reading) => reading.set === name && reading.entry !== undefined)?.entry;
    if (entry === undefined) continue;
    const at = Number(key.split('/', 1)[0]);
    const distance = key === own ? -1 : at <= index ? index - at : trace.steps.length + at;
    if (!best || distance < best.distance) best = { entry, step: at, distance };
  }
  return best;
}
