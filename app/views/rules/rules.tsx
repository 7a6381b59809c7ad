/** The rules of the chain the cursor is in: what became of each, and which one is looked at now. */

import { useLayoutEffect, useMemo, useRef } from 'react';
import { isChange } from '../../store/cursor.ts';
import { callStack, visitsOf, type Visit } from '../../store/visits.ts';
import type { ChainSummary, NodeSummary, TraceView } from '../../store/state.ts';
import { Switch } from '../../widgets/switch.tsx';
import { sentenceOf } from '../steps/sentence.ts';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import type { Frame } from '../page/frame.ts';
import { RuleList } from './rule-list.tsx';
import { SourceText } from './source-text.tsx';
import './rules.css';

export function Rules({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const as = useView((state) => state.selection.rulesAs);
  const problems = useView((state) => state.answer.node?.problems.length ?? 0);
  const node = useView((state) => state.answer.node);
  const { trace, step, index } = useCurrent();
  const visits = useMemo(() => trace && visitsOf(trace), [trace]);
  const visit = visits ? (visits.list[visits.ofStep[index] ?? -1] ?? null) : null;
  const chain = visit && node ? chainOf(node, visit) : null;
  return (
    <section className="rules" id="region-rules" aria-labelledby="rules-title" data-frame={frame}>
      <div className="panel-head">
        <h2 id="rules-title" className="panel-title">
          {words.regions.rules}
        </h2>
        {as === 'chain' && visits && visit && <Stack stack={callStack(visits, visit.index)} />}
        {as === 'chain' && problems > 0 && (
          <button type="button" className="link rules-problems" onClick={() => app.select({ rulesAs: 'text' })}>
            {words.rules.problems({ count: problems })}
          </button>
        )}
        <Switch
          label={words.regions.rules}
          choices={(['chain', 'text'] as const).map((id) => ({ id, label: words.rules[id] }))}
          chosen={as}
          choose={(rulesAs) => app.select({ rulesAs })}
        />
      </div>
      {as === 'text' ? (
        <SourceText />
      ) : chain && visit ? (
        <RuleList chain={chain} visit={visit} narrow={frame === 'phone'} />
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
    </section>
  );
}

function chainOf(node: NodeSummary, visit: Visit): ChainSummary | null {
  return node.tables.find((table) => table.key === visit.table)?.chains.find((chain) => chain.name === visit.chain) ?? null;
}

/** Most rows of the outline: a trace that changes more than this is read in its chains. */
const MOST_OUTLINE = 200;

/** What happened on the whole way: the steps that changed something, and this one. */
function Outline({ trace, index }: { trace: TraceView; index: number }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const steps = trace.steps.filter((step) => isChange(step) || step.index === index).slice(0, MOST_OUTLINE);
  return (
    <ol className="outline" aria-label={words.rules.outline}>
      {steps.map((step) => (
        <li key={step.index}>
          <button type="button" className="outline-step" aria-current={step.index === index ? 'step' : undefined} onClick={() => app.goTo(step.index)}>
            <span className="outline-number">{step.index + 1}</span>
            <span>{sentenceOf(step, words)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Hook, table and the chains that called each other; every frame leads to the step that called. */
function Stack({ stack }: { stack: readonly Visit[] }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const last = stack.at(-1);
  const box = useRef<HTMLElement>(null);
  // The chain one is in stands last: it is what must be seen where the calls do not fit.
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls whenever the stack changes
  useLayoutEffect(() => {
    if (box.current) box.current.scrollLeft = box.current.scrollWidth;
  }, [stack]);
  if (!last) return null;
  return (
    <nav className="stack" ref={box} aria-label={words.rules.hook({ hook: last.hook })}>
      <span className="mono muted">{last.table}</span>
      {stack.map((visit) => (
        <span key={visit.index}>
          <span aria-hidden="true" className="muted">
            ▸
          </span>
          {visit === last ? (
            <strong className="mono">{visit.chain}</strong>
          ) : (
            <button
              type="button"
              className="link mono"
              onClick={() => app.goTo(callStep(visit, stack))}
              title={words.rules.called({ chain: visit.chain, rule: callerRule(visit, stack) })}
            >
              {visit.chain}/{callerRule(visit, stack)}
            </button>
          )}
        </span>
      ))}
    </nav>
  );
}

function callerRule(visit: Visit, stack: readonly Visit[]): number {
  return stack.find((other) => other.caller?.visit === visit.index)?.caller?.rule ?? 0;
}

function callStep(visit: Visit, stack: readonly Visit[]): number {
  const rule = callerRule(visit, stack);
  return visit.results.find((result) => result.first === rule && result.result === 'matched')?.step ?? visit.steps[0];
}
