/** A stop and a stage of the map: buttons that lead to their first step, pressed again to the next visit. */

import { createContext, useContext } from 'react';
import { stopLabel, type HookId, type StopName } from '../../layout/path-map.ts';
import type { PathFacts, StopFact } from '../../store/path.ts';
import type { TraceView } from '../../store/state.ts';
import type { Words } from '../../text/words.ts';
import { useApp, useWords } from '../page/app-context.ts';
import { STOP_OF_STAGE, stageTarget, stageText, stopText } from './words.ts';

/** Which button of the map Tab leads to; the arrow keys lead on from there. */
export const RovingContext = createContext<string | null>(null);

interface Common {
  readonly facts: PathFacts;
  readonly trace: TraceView | null;
  /** Place of the pass that is meant; left out where one picture stands for all passes. */
  readonly pass?: number | undefined;
  readonly style?: React.CSSProperties | undefined;
}

export function Stop({ hook, name, facts, trace, pass, style, short = false }: Common & { hook: HookId; name: StopName; short?: boolean }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const roving = useContext(RovingContext);
  const id = `${hook}/${name}`;
  const one = pass !== undefined;
  const own = one ? facts.passes[pass] : undefined;
  const fact = own?.stop(id) ?? facts.stop(id);
  const label = stopLabel(hook, name, short);
  const said = stopText(hook, name, label, fact, words, one);
  const key = keyOf(id, pass);
  const state = one ? fact.here : fact.state;
  const target = one && fact.here !== 'now' && fact.here !== 'taken' ? null : facts.target(id, own?.number);
  return (
    <button
      type="button"
      className="stop"
      data-state={state}
      data-key={key}
      style={style}
      tabIndex={roving === key ? 0 : -1}
      aria-label={said}
      title={said}
      aria-current={state === 'now' ? 'step' : undefined}
      aria-disabled={target === null || trace === null}
      onClick={() => target !== null && app.goTo(target)}
    >
      {label}
      <Badges fact={fact} />
    </button>
  );
}

function Badges({ fact }: { fact: StopFact | undefined }): React.ReactNode {
  const badge = (sign: string, end: boolean): React.ReactNode => (
    <span className="stop-badge" data-end={end} aria-hidden="true">
      {sign}
    </span>
  );
  return (
    <>
      {fact?.end && badge('✕', true)}
      {fact && fact.made.length > 0 && badge('⤳', false)}
    </>
  );
}

export function Stage({ id, facts, trace, pass, style }: Common & { id: string }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const roving = useContext(RovingContext);
  const own = facts.passes[pass ?? facts.current];
  const { title, detail } = stageText(id, trace, own, words);
  const target = stageTarget(id, facts, trace, own?.number);
  const met = own?.order.includes(id) ? 'now' : pass === undefined && facts.order.includes(id) ? 'other' : 'none';
  const now = facts.nowStage === id && (pass === undefined || pass === facts.current);
  const fact = STOP_OF_STAGE[id] === undefined ? undefined : own?.stop(STOP_OF_STAGE[id]);
  const key = keyOf(id, pass);
  const inner = (
    <>
      <span className="stage-title">{title}</span>
      {detail !== '' && <span className="stage-detail">{detail}</span>}
      <Badges fact={fact} />
    </>
  );
  const skipped = id === 'tunnel' && met === 'now' && fact?.here === 'skipped';
  const common = { className: 'stage', 'data-met': skipped ? 'none' : met, 'data-now': now, 'data-skipped': skipped, 'data-stage': id, style };
  if (target === null)
    return (
      <div {...common} title={skipped && fact ? skipText(fact, words) : undefined}>
        {inner}
        {skipped && fact && <span className="sr-only">{skipText(fact, words)}</span>}
      </div>
    );
  return (
    <button type="button" {...common} data-key={key} tabIndex={roving === key ? 0 : -1} aria-current={now ? 'step' : undefined} onClick={() => app.goTo(target)}>
      {inner}
    </button>
  );
}

function skipText(fact: StopFact, words: Words): string {
  return words.path.stop.skipped({ reason: words.path.reason[fact.reason ?? 'nothing'] });
}

export function keyOf(id: string, pass: number | undefined): string {
  return pass === undefined ? id : `${pass}:${id}`;
}
