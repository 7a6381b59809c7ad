/** A stop and a stage of the map: buttons that lead to their first step, pressed again to the next visit. */

import { memo } from 'react';
import { stopLabel, stopPriority, type HookId, type StopName } from '../../layout/hooks.ts';
import type { PathFacts, StopFact } from '../../store/path.ts';
import type { TraceView } from '../../store/state.ts';
import type { Words } from '../../text/words.ts';
import { rem } from '../../widgets/root-scale.ts';
import { useApp } from '../page/app-context.ts';
import { STOP_OF_STAGE, stageTarget, stageText, stopText } from './words.ts';

/** What every button of the way needs to know. */
export interface Way {
  readonly facts: PathFacts;
  readonly trace: TraceView | null;
  readonly words: Words;
  /** Which button Tab leads to; the arrow keys lead on from there. */
  readonly roving: string | null;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Common {
  readonly way: Way;
  /** Place of the pass that is meant; left out where one picture stands for all passes. */
  readonly pass?: number | undefined;
  /** Where it is on the map; the same object as long as the map is the same. */
  readonly box?: Box | undefined;
}

export const boxStyle = ({ x, y, width, height }: Box): React.CSSProperties => ({ left: rem(x), top: rem(y), width: rem(width), height: rem(height) });

/** Only what is said here changes with a step: most buttons are then the same as before, and not drawn again. */
export function Stop({ hook, name, way, pass, box, short = false }: Common & { hook: HookId; name: StopName; short?: boolean }): React.ReactNode {
  return <StopButton {...stopProps({ hook, name, way, pass, box, short })} />;
}

/** What a step may change of a stop, as single values: whoever has many stops can tell those that stay as they are before any is drawn. */
export function stopProps({ hook, name, way, pass, box, short = false }: Common & { hook: HookId; name: StopName; short?: boolean }): StopButtonProps {
  const { facts, trace, words, roving } = way;
  const id = `${hook}/${name}`;
  const one = pass !== undefined;
  const own = one ? facts.passes[pass] : undefined;
  const fact = own?.stop(id) ?? facts.stop(id);
  const label = stopLabel(hook, name, short);
  const key = stopKey(id, pass);
  const state = one ? fact.here : fact.state;
  const target = one && fact.here !== 'now' && fact.here !== 'taken' ? null : facts.target(id, own?.number);
  return {
    label,
    priority: stopPriority(hook, name, facts.extras),
    said: stopText(hook, name, label, fact, words, facts.extras, one),
    state,
    name: key,
    tabbable: roving === key,
    target,
    off: target === null || trace === null,
    end: fact.end,
    made: fact.made.length > 0,
    doubtful: fact.doubtful,
    box,
  };
}

export interface StopButtonProps {
  readonly label: string;
  /** Empty: it has none of its own. */
  readonly priority: string;
  readonly said: string;
  readonly state: StopFact['state'];
  /** Names it among the buttons of the way. */
  readonly name: string;
  readonly tabbable: boolean;
  readonly target: number | null;
  readonly off: boolean;
  readonly end: boolean;
  readonly made: boolean;
  /** Whether the packet comes here is not known. */
  readonly doubtful: boolean;
  readonly box: Box | undefined;
}

export const StopButton = memo(({ label, priority, said, state, name, tabbable, target, off, end, made, doubtful, box }: StopButtonProps): React.ReactNode => {
  const app = useApp();
  return (
    <button
      type="button"
      className="stop"
      data-state={state}
      data-doubtful={doubtful || undefined}
      data-end={end || undefined}
      data-key={name}
      data-leads={target ?? undefined}
      data-priority={priority || undefined}
      style={box && boxStyle(box)}
      tabIndex={tabbable ? 0 : -1}
      aria-label={said}
      title={said}
      aria-current={state === 'now' ? 'step' : undefined}
      aria-disabled={off}
      onClick={() => target !== null && app.goTo(target)}
    >
      <span className="stop-name">{label}</span>
      <Badges end={end} made={made} doubtful={doubtful} />
    </button>
  );
});

function Badges({ end, made, doubtful }: { end: boolean; made: boolean; doubtful: boolean }): React.ReactNode {
  const badge = (sign: string, isEnd: boolean): React.ReactNode => (
    <span className="stop-badge" data-end={isEnd} aria-hidden="true">
      {sign}
    </span>
  );
  return (
    <>
      {end && badge('✕', true)}
      {made && badge('⤳', false)}
      {doubtful && badge('?', false)}
    </>
  );
}

export function Stage({ id, way, pass, box }: Common & { id: string }): React.ReactNode {
  const { facts, trace, words, roving } = way;
  const own = facts.passes[pass ?? facts.current];
  const { title, detail } = stageText(id, trace, own, words);
  const met = own?.order.includes(id) ? 'now' : pass === undefined && facts.order.includes(id) ? 'other' : 'none';
  const fact = STOP_OF_STAGE[id] === undefined ? undefined : own?.stop(STOP_OF_STAGE[id]);
  const key = stopKey(id, pass);
  const skipped = id === 'tunnel' && met === 'now' && fact?.here === 'skipped';
  return (
    <StageBox
      id={id}
      title={title}
      detail={detail}
      met={skipped ? 'none' : met}
      now={facts.nowStage === id && (pass === undefined || pass === facts.current)}
      skipped={skipped}
      skipText={skipped && fact ? skipText(fact, words) : undefined}
      end={fact?.end ?? false}
      made={(fact?.made.length ?? 0) > 0}
      doubtful={fact?.doubtful ?? false}
      name={key}
      tabbable={roving === key}
      target={stageTarget(id, facts, trace, own?.number)}
      box={box}
    />
  );
}

interface StageBoxProps extends Pick<StopButtonProps, 'name' | 'tabbable' | 'target' | 'end' | 'made' | 'doubtful' | 'box'> {
  readonly id: string;
  readonly title: string;
  readonly detail: string;
  readonly met: 'now' | 'other' | 'none';
  readonly now: boolean;
  readonly skipped: boolean;
  readonly skipText: string | undefined;
}

const StageBox = memo(({ id, title, detail, met, now, skipped, skipText: why, end, made, doubtful, name, tabbable, target, box }: StageBoxProps): React.ReactNode => {
  const app = useApp();
  const inner = (
    <>
      <span className="stage-title">{title}</span>
      {/* On the map the line is kept free for what another pass has to say: the title does not move for it. */}
      {(detail !== '' || (box && id !== 'local')) && <span className="stage-detail">{detail === '' ? '\u00a0' : detail}</span>}
      <Badges end={end} made={made} doubtful={doubtful} />
    </>
  );
  const common = { className: 'stage', 'data-met': met, 'data-now': now, 'data-skipped': skipped, 'data-stage': id, style: box && boxStyle(box) };
  if (target === null)
    return (
      <div {...common} title={why}>
        {inner}
        {why !== undefined && <span className="sr-only">{why}</span>}
      </div>
    );
  return (
    <button type="button" {...common} data-key={name} data-leads={target} tabIndex={tabbable ? 0 : -1} aria-current={now ? 'step' : undefined} onClick={() => app.goTo(target)}>
      {inner}
    </button>
  );
});

function skipText(fact: StopFact, words: Words): string {
  return words.path.stop.skipped({ reason: words.path.reason[fact.reason ?? 'nothing'] });
}

export function stopKey(id: string, pass: number | undefined): string {
  return pass === undefined ? id : `${pass}:${id}`;
}
