/** The panels of a figure: rules of the chain and reasons, side by side where there is room, else as tabs. */

import { useMemo } from 'react';
import { chainOf } from '../store/cursor.ts';
import type { Panel } from '../store/state.ts';
import { visitOfChain, visitsOf } from '../store/visits.ts';
import { embedWords } from '../text/embed.ts';
import { useApp, useCurrent, useView, useWords } from '../views/page/app-context.ts';
import { Outline } from '../views/rules/outline.tsx';
import { RuleList } from '../views/rules/rule-list.tsx';
import { Stack } from '../views/rules/stack.tsx';
import { sentenceIn } from '../views/steps/sentence.ts';
import { MarkNow } from '../views/why/mark-bits.tsx';
import { WhyNotButton } from '../views/verdict/why-not-button.tsx';
import { Why } from '../views/why/why.tsx';
import { Tabs } from '../widgets/tabs.tsx';
import type { EmbedOptions } from './options.ts';
import '../views/rules/rules.css';
import '../views/rules/rule-row.css';
import '../views/rules/rules-places.css';
import '../views/rules/rules-narrow.css';

export function Panels({ options: { panels }, wide, tabbed }: { options: EmbedOptions; wide: boolean; tabbed: boolean }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const chosen = useView((state) => state.selection.panel);
  const rules = panels.includes('rules') && <Rules narrow={!wide} />;
  const why = panels.includes('why') ? <Why tools={null} /> : panels.includes('bits') && <Bits />;
  if (!tabbed)
    return (
      <div className="embed-panels" data-asks={!wide}>
        {!wide && panels.includes('why') && <WhyNotButton />}
        {rules}
        {why}
      </div>
    );
  const panel: Panel = chosen === 'why' ? 'why' : 'rules';
  const panelId = (id: Panel): string => `panel-${id}`;
  return (
    <div className="embed-panels tabbed">
      <div className="embed-tabs">
        <Tabs
          label={embedWords(app.store.getState().settings.language).panels}
          tabs={(['rules', 'why'] as const).map((id) => ({ id, label: words.tabs[id] }))}
          chosen={panel}
          choose={(id) => app.select({ panel: id })}
          panelId={panelId}
        />
        {panels.includes('why') && <WhyNotButton />}
      </div>
      <div role="tabpanel" id={panelId(panel)} aria-labelledby={`tab-${panel}`} className="tab-panel">
        {panel === 'why' ? why : rules}
      </div>
    </div>
  );
}

/** The chain of the step, or one that an answer to *Why not…?* leads to. What else there is to look around in is on the whole page. */
function Rules({ narrow }: { narrow: boolean }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const node = useView((state) => state.answer.node);
  const follow = useView((state) => state.selection.follow);
  const { trace, step, index } = useCurrent();
  const visits = useMemo(() => trace && visitsOf(trace), [trace]);
  const looking = useView((state) => (state.selection.looking?.kind === 'chain' ? state.selection.looking : null));
  const visit = visits && (looking ? visitOfChain(visits, looking.table, looking.chain, index) : (visits.list[visits.ofStep[index] ?? -1] ?? null));
  const place = looking ?? visit;
  const chain = place && node ? chainOf(node, place) : null;
  return (
    <section className="rules" id="region-rules" aria-labelledby="rules-title" data-frame={narrow ? 'phone' : 'tablet'} data-narrow={narrow}>
      <div className="panel-head">
        <h2 id="rules-title" className="panel-title">
          {words.regions.rules}
        </h2>
        <Stack visit={visit} visits={visits} looking={looking} />
      </div>
      {chain && place ? (
        <div className="rule-list-frame">
          <RuleList table={place.table} chain={chain} visit={visit} wanted={looking?.rule ?? null} narrow={narrow} asLines={false} withSets={false} />
          {(!follow || looking) && (
            <button type="button" className="button back-to-step" onClick={() => app.select({ follow: true, looking: null })}>
              {words.rules.back}
            </button>
          )}
        </div>
      ) : (
        <div className="rules-empty">
          {trace && step && <p className="rules-step">{sentenceIn(trace, step, words)}</p>}
          <p className="muted">{step ? words.rules.between : words.verdict.none}</p>
          {trace && <Outline trace={trace} index={index} />}
        </div>
      )}
    </section>
  );
}

/** The mark alone, before and after the step. */
function Bits(): React.ReactNode {
  const words = useWords();
  const { trace, step } = useCurrent();
  const [before, after] = [trace?.states[step?.before ?? 0], trace?.states[step?.after ?? 0]];
  return (
    <section className="why" aria-labelledby="why-title">
      <div className="panel-head">
        <h2 id="why-title" className="panel-title">
          {words.state.mark}
        </h2>
      </div>
      <div className="panel-body">{before && after && <MarkNow before={before.mark} after={after.mark} />}</div>
    </section>
  );
}
