/**
 * The rules: of the chain the cursor is in, what became of each; of any other chain; all chains of all tables; what a set
 * holds; or the files as text. It follows the cursor until it is scrolled, or sent elsewhere, by hand.
 */

import { memo, useRef, useState } from 'react';
import { showProblems } from '../../actions/show-problem.ts';
import { visitOfChain, visitsOf, type Visit } from '../../store/visits.ts';
import { chainOf } from '../../store/cursor.ts';
import type { ChainSummary, Looking, NodeSummary, State, StepView, TraceView } from '../../store/state.ts';
import { wordsOf } from '../../text/words.ts';
import { Switch } from '../../widgets/switch.tsx';
import { sentenceIn } from '../steps/sentence.ts';
import { currentOf, useApp, useView, useWords } from '../page/app-context.ts';
import { Chains, SetEntries, SourceText, Start } from '../page/rest-parts.tsx';
import { Written } from '../page/written.tsx';
import type { Frame } from '../page/frame.ts';
import { Outline } from './outline.tsx';
import { usePurposeLines } from './purpose-lines.ts';
import { RuleList } from './rule-list.tsx';
import { RuleSearch } from './search.tsx';
import { Stack } from './stack.tsx';
import './rules.css';
import './rule-row.css';
import './rules-places.css';
import './rules-narrow.css';

const WAYS = ['chain', 'table', 'text'] as const;

interface RulesProps {
  readonly frame: Frame;
  /** A rule takes two lines. */
  readonly narrow?: boolean;
  /** Search, sets and other chains can be looked at; without them it is the chain of the step alone. */
  readonly tools?: boolean;
  /** The list when its turn has come, before that its place: it takes as long as all the rest of the panel. */
  readonly inTurn?: (list: React.ReactNode) => React.ReactNode;
}

export function Rules({ frame, narrow = frame === 'phone', tools = true, inTurn = (list) => list }: RulesProps): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const as = useView((state) => state.selection.rulesAs);
  const looking = useView((state) => state.selection.looking);
  const follow = useView((state) => state.selection.follow);
  const problems = useView((state) => state.answer.node?.problems.length ?? 0);
  const node = useView((state) => state.answer.node);
  const opened = useView((state) => state.history.opened);
  const [asLines, setAsLines] = useState(false);
  return (
    <section className="rules" id="region-rules" aria-labelledby="rules-title" data-frame={frame} data-narrow={narrow} data-as={as}>
      <div className="panel-head">
        <h2 id="rules-title" className="panel-title">
          {words.regions.rules}
        </h2>
        {as === 'chain' && <StackOfStep looking={looking} />}
        {as !== 'text' && problems > 0 && (
          <button type="button" className="link rules-problems" onClick={() => showProblems(app)}>
            {words.rules.problems({ count: problems })}
          </button>
        )}
        <WaySwitch />
      </div>
      {as === 'text' ? (
        <SourceText key={opened} />
      ) : as === 'table' && node ? (
        node.tables.length === 0 ? (
          <div className="rules-empty">
            <Start />
          </div>
        ) : (
          <div className="rule-list-frame">
            <Chains node={node} narrow={narrow} />
          </div>
        )
      ) : looking?.kind === 'set' ? (
        <SetEntries key={looking.name} name={looking.name} />
      ) : (
        inTurn(<InChain narrow={narrow} asLines={asLines} tools={tools} looking={looking} follow={follow} node={node} />)
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

// The step is read where it is shown: most of the panel does not depend on it.

function StackOfStep({ looking }: { looking: Looking | null }): React.ReactNode {
  const trace = useView(traceShown);
  const visit = useView(visitShown);
  return <Stack visit={visit} visits={trace && visitsOf(trace)} looking={looking} />;
}

interface InChainProps {
  readonly narrow: boolean;
  readonly asLines: boolean;
  readonly tools: boolean;
  readonly looking: Looking | null;
  readonly follow: boolean;
  readonly node: NodeSummary | null;
}

/** The list of the chain that the step is in, or that is looked at. */
function InChain({ narrow, asLines, tools, looking, follow, node }: InChainProps): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const trace = useView(traceShown);
  const visit = useView(visitShown);
  const purposeLines = usePurposeLines();
  const place = looking?.kind === 'chain' ? looking : visit;
  const chain = place && node ? chainOf(node, place) : null;
  return (
    <div className="rules-body">
      <Kept trace={trace} node={node} now={chain && place && { table: place.table, chain, visit }}>
        {(kept) => (
          <div className="rule-list-frame" data-away={!chain}>
            <RuleList {...kept} wanted={looking?.kind === 'chain' ? looking.rule : null} narrow={narrow} asLines={asLines} withSets={tools} purposeLines={purposeLines} />
            {(!follow || looking) && (
              <button type="button" className="button back-to-step" onClick={() => app.select({ follow: true, looking: null })}>
                {words.rules.back}
              </button>
            )}
          </div>
        )}
      </Kept>
      <Between away={chain !== null} />
    </div>
  );
}

function traceShown(state: State): TraceView | null {
  return currentOf(state).trace;
}

/** The visit that the list is of; null: between the tables, or in a chain that the packet does not come to. */
function visitShown(state: State): Visit | null {
  const { trace, index } = currentOf(state);
  const { looking } = state.selection;
  if (!trace) return null;
  const visits = visitsOf(trace);
  return looking?.kind === 'chain' ? visitOfChain(visits, looking.table, looking.chain, index) : (visits.list[visits.ofStep[index] ?? -1] ?? null);
}

interface Listed {
  readonly table: string;
  readonly chain: ChainSummary;
  readonly visit: Visit | null;
}

/** Between two tables the list of the one before stays, out of sight: most often the next step is of the same chain, and making a list takes longer than all else a step does. */
function Kept({
  trace,
  node,
  now,
  children,
}: {
  trace: TraceView | null;
  node: NodeSummary | null;
  now: Listed | null;
  children: (listed: Listed) => React.ReactNode;
}): React.ReactNode {
  const last = useRef<{ readonly trace: TraceView | null; readonly node: NodeSummary | null; readonly listed: Listed } | null>(null);
  if (now) last.current = { trace, node, listed: now };
  else if (last.current?.trace !== trace || last.current.node !== node) last.current = null;
  return last.current && children(last.current.listed);
}

/** The step that the cursor is at, where that is in no chain; else null. */
function stepBetween(state: State): StepView | null {
  const { step } = currentOf(state);
  return step && !('chain' in step) ? step : null;
}

/** What stands in place of the list where the step is in no chain. It stays, out of sight, too. */
const Between = memo(({ away }: { away: boolean }): React.ReactNode => {
  const words = useWords();
  const trace = useView(traceShown);
  const index = useView((state) => stepBetween(state)?.index ?? -1);
  const bare = useView(isBare);
  const [shown, setShown] = useState(!away);
  if (!away && !shown) setShown(true);
  if (!shown) return null;
  return (
    <div className="rules-empty" data-away={away}>
      {trace && trace.steps.length > 0 ? (
        <>
          <p className="muted">{words.rules.between}</p>
          <Written as="p" className="rules-step" text={sentenceBetween} />
          <Outline trace={trace} index={index} />
          {bare && <Start />}
        </>
      ) : (
        bare && <Start />
      )}
    </div>
  );
});

/** There are no rules, and none are on their way. */
function isBare({ answer, document, scenario }: State): boolean {
  if (answer.node) return answer.node.tables.length === 0;
  return document.files.length === 0 && scenario.loading === null && scenario.examples !== null;
}

/** Null: what is out of sight is left as it is. */
function sentenceBetween(state: State): string | null {
  const step = stepBetween(state);
  const trace = traceShown(state);
  return step && trace && sentenceIn(trace, step, wordsOf(state.settings.language));
}

// What does not depend on the step is not drawn again with it.
const Search = memo(RuleSearch);

const WaySwitch = memo((): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const as = useView((state) => state.selection.rulesAs);
  return <Switch label={words.rules.view} choices={WAYS.map((id) => ({ id, label: words.rules[id] }))} chosen={as} choose={(rulesAs) => app.select({ rulesAs })} />;
});
