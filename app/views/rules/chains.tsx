/** All tables with their chains: which the packet came to, and a way into each. */

import { useMemo } from 'react';
import { visitsOf } from '../../store/visits.ts';
import type { ChainSummary, NodeSummary, TableSummary } from '../../store/state.ts';
import { VirtualList } from '../../widgets/virtual-list.tsx';
import { useApp, useCurrent, useWords } from '../page/app-context.ts';

const ROW = 30;

type Line = { readonly table: TableSummary; readonly chain: ChainSummary | null };

export function Chains({ node, narrow }: { node: NodeSummary; narrow: boolean }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { trace, index } = useCurrent();
  const lines = useMemo(() => node.tables.flatMap((table): Line[] => [{ table, chain: null }, ...table.chains.map((chain) => ({ table, chain }))]), [node]);
  /** First step in each chain. */
  const visited = useMemo(() => {
    const first = new Map<string, number>();
    for (const visit of trace ? visitsOf(trace).list : []) if (!first.has(`${visit.table}/${visit.chain}`)) first.set(`${visit.table}/${visit.chain}`, visit.steps[0]);
    return first;
  }, [trace]);
  const step = trace?.steps[index];
  const here = step && 'chain' in step ? `${step.table}/${step.chain}` : null;
  return (
    <VirtualList
      className="chain-list"
      label={words.rules.table}
      count={lines.length}
      rowHeight={narrow ? ROW + 14 : ROW}
      entry={Math.max(1, here === null ? 1 : lines.findIndex(({ table, chain }) => chain && `${table.key}/${chain.name}` === here))}
      identity="chains"
      canFocus={(i) => lines[i]?.chain !== null}
      keyOf={(i) => `${lines[i]?.table.key}/${lines[i]?.chain?.name ?? ''}`}
    >
      {(i, tabbable) => {
        const { table, chain } = lines[i] as Line;
        if (!chain)
          return (
            <div className="rule chain-table">
              <strong className="mono">{table.key}</strong>
              <span className="muted">{words.rules.chains({ count: table.chains.length })}</span>
            </div>
          );
        const key = `${table.key}/${chain.name}`;
        const first = visited.get(key);
        return (
          <button
            type="button"
            className="rule chain-line"
            data-status={first === undefined ? 'not-reached' : 'matched'}
            data-now={key === here}
            aria-current={key === here ? 'step' : undefined}
            tabIndex={tabbable ? 0 : -1}
            onClick={() => app.select({ rulesAs: 'chain', looking: { kind: 'chain', table: table.key, chain: chain.name, rule: null } })}
          >
            <span className="chain-name">{chain.name}</span>
            <span className="muted chain-count">{words.rules.chainLine({ count: chain.rules.length, policy: chain.policy ?? '' })}</span>
            <span className="rule-status">{first === undefined ? words.rules.notVisited : words.rules.visited({ step: first + 1 })}</span>
          </button>
        );
      }}
    </VirtualList>
  );
}
