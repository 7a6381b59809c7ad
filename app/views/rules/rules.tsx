/**
 * The rules: of the chain the cursor is in, what became of each; of any other chain; all chains of all tables; what a set
 * holds; or the files as text. It follows the cursor until it is scrolled, or sent elsewhere, by hand.
 */

import { memo, useMemo, useState } from 'react';
import { visitOfChain, visitsOf } from '../../store/visits.ts';
import type { ChainSummary, NodeSummary } from '../../store/state.ts';
import { Switch } from '../../widgets/switch.tsx';
import { sentenceOf } from '../steps/sentence.ts';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import { Chains } from './chains.tsx';
import { Outline } from './outline.tsx';
import { RuleList } from './rule-list.tsx';
import { RuleSearch } from './search.tsx';
import { SetEntries } from './set-entries.tsx';
import { SourceText } from './source-text.tsx';
import { Stack } from './stack.tsx';
import './rules.css';

const WAYS = ['chain', 'table', 'text'] as const;

/** `tools`: search, sets and other chains can be looked at; without them it is the chain of the step alone. */
export function Rules({ frame, tools = true }: { frame: Frame; tools?: boolean }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const as = useView((state) => state.selection.rulesAs);
  const looking = useView((state) => state.selection.looking);
  const follow = useView((state) => state.selection.follow);
  const problems = useView((state) => state.answer.node?.problems.length ?? 0);
  const node = useView((state) => state.answer.node);
  const [asLines, setAsLines] = useState(false);
  const { trace, step, index } = useCurrent();
  const visits = useMemo(() => trace && visitsOf(trace), [trace]);
  const visit = useMemo(() => {
    if (!visits) return null;
    return looking?.kind === 'chain' ? visitOfChain(visits, looking.table, looking.chain, index) : (visits.list[visits.ofStep[index] ?? -1] ?? null);
  }, [visits, looking, index]);
  const place = looking?.kind === 'chain' ? looking : visit;
  const chain = place && node ? chainOf(node, place) : null;
  const narrow = frame === 'phone';
  return (
    <section className="rules" id="region-rules" aria-labelledby="rules-title" data-frame={frame}>
      <div className="panel-head">
        <h2 id="rules-title" className="panel-title">
          {words.regions.rules}
        </h2>
        {as === 'chain' && <Stack visit={visit} visits={visits} looking={looking} />}
        {as !== 'text' && problems > 0 && (
          <button type="button" className="link rules-problems" onClick={() => app.select({ rulesAs: 'text' })}>
            {words.rules.problems({ count: problems })}
          </button>
        )}
        <WaySwitch />
      </div>
      {as === 'text' ? (
        <SourceText />
      ) : as === 'table' && node ? (
        <div className="rule-list-frame">
          <Chains node={node} narrow={narrow} />
        </div>
      ) : looking?.kind === 'set' ? (
        <SetEntries key={looking.name} name={looking.name} />
      ) : chain && place ? (
        <div className="rule-list-frame">
          <RuleList table={place.table} chain={chain} visit={visit} wanted={looking?.kind === 'chain' ? looking.rule : null} narrow={narrow} asLines={asLines} withSets={tools} />
          {(!follow || looking) && (
            <button type="button" className="button back-to-step" onClick={() => app.select({ follow: true, looking: null })}>
              {words.rules.back}
            </button>
          )}
        </div>
      ) : (
        <div className="rules-empty">
          {step ? (
            <>
              <p className="rules-step">{sentenceOf(step, words)}</p>
              <p className="muted">{words.rules.between}</p>
              {trace && <Outline trace={trace} index={index} />}
            </>
          ) : (
            <p className="muted">{words.rules.empty}</p>
          )}
        </div>
      )}
      {tools && as !== 'text' && (
        <div className="rules-foot">
          <Search />
          <button type="button" className="button rules-lines" aria-pressed={asLines} onClick={() => setAsLines(!asLines)}>
            {words.rules.lines}
          </button>
          <button
            type="button"
            className="button"
            aria-pressed={follow && !looking}
            onClick={() => app.select(follow && !looking ? { follow: false } : { follow: true, looking: null })}
          >
            {words.rules.follow}
          </button>
        </div>
      )}
    </section>
  );
}

// What does not depend on the step is not drawn again with it.
const Search = memo(RuleSearch);

const WaySwitch = memo((): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const as = useView((state) => state.selection.rulesAs);
  return <Switch label={words.rules.view} choices={WAYS.map((id) => ({ id, label: words.rules[id] }))} chosen={as} choose={(rulesAs) => app.select({ rulesAs })} />;
});

function chainOf(node: NodeSummary, place: { readonly table: string; readonly chain: string }): ChainSummary | null {
  return node.tables.find((table) => table.key === place.table)?.chains.find((chain) => chain.name === place.chain) ?? null;
}
