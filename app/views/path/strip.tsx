/**
 * The way without the map: the stages met, pass after pass, in one row (strip) or one column (rail). For a packet that met
 * none, those of a forwarded one. The row scrolls in its own slot, so that a step is always seen on it.
 */

import { useLayoutEffect, useRef } from 'react';
import { hookStops, isHook } from '../../layout/hooks.ts';
import { stopOf } from '../../store/cursor.ts';
import { stageOfStop, type PassFacts, type PathFacts } from '../../store/path.ts';
import type { TraceView } from '../../store/state.ts';
import { useView, useWords } from '../page/app-context.ts';
import { Legend } from './legend.tsx';
import { Caused, CutOff, Passes, WayBack } from './notes.tsx';
import { useRoving } from './roving.ts';
import { stopKey, Stage, Stop, type Way } from './stop.tsx';
import { stageTarget } from './words.ts';

/** More passes than these are shown one at a time. */
const MOST_PASSES = 4;
/** The way of a packet that is not there yet. */
const FORWARDED = ['in', 'PREROUTING', 'route', 'FORWARD', 'POSTROUTING', 'out'];

export function HookStrip({ facts, trace, rail }: { facts: PathFacts; trace: TraceView | null; rail: boolean }): React.ReactNode {
  const words = useWords();
  const box = useRef<HTMLOListElement>(null);
  const many = facts.passes.length > MOST_PASSES;
  const shown = facts.passes.map((pass, place) => ({ pass, place })).filter(({ place }) => !many || place === facts.current);
  const keys = shown.flatMap(({ pass, place }) =>
    pass.order.flatMap((stage) =>
      isHook(stage)
        ? hookStops(stage, facts.extras).map((name) => stopKey(`${stage}/${name}`, place))
        : stageTarget(stage, facts, trace, pass.number) === null
          ? []
          : [stopKey(stage, place)],
    ),
  );
  const now = (id: string | null): string | null => (id === null ? null : stopKey(id, facts.current));
  const { active, handlers } = useRoving(keys, [now(facts.nowStop), now(facts.nowStage)]);
  const way: Way = { facts, trace, words, roving: active };
  useInView(box, rail, `${facts.current}:${facts.nowStop}`, trace);
  return (
    <>
      <ol className={rail ? 'rail' : 'strip'} ref={box} {...handlers}>
        <BackItem />
        {many && trace && (
          <li className="strip-note">
            <Passes facts={facts} trace={trace} />
          </li>
        )}
        {shown.length === 0 && FORWARDED.map((stage) => <StageItem key={stage} stage={stage} way={way} place={undefined} rail={rail} />)}
        {shown.map(({ pass, place }) => (
          <Pass key={pass.number} pass={pass} place={place} way={way} rail={rail} heads={!many} />
        ))}
        {facts.cutOff && (
          <li className="strip-note">
            <CutOff facts={facts} trace={trace} />
          </li>
        )}
        {!rail && (
          <li className="strip-note">
            <Legend />
          </li>
        )}
      </ol>
      {rail && (
        <p className="rail-notes">
          <span className="muted">{words.path.notModelled}</span> <Legend />
        </p>
      )}
    </>
  );
}

function BackItem(): React.ReactNode {
  const away = useView((state) => state.selection.caused.length > 0);
  return (
    away && (
      <li className="strip-note">
        <WayBack />
      </li>
    )
  );
}

interface OfPass {
  readonly way: Way;
  readonly place: number | undefined;
  readonly rail: boolean;
}

function Pass({ pass, heads, ...rest }: OfPass & { pass: PassFacts; heads: boolean }): React.ReactNode {
  const { place } = rest;
  const { facts, trace, words } = rest.way;
  const said = pass.begins === 'lo' || pass.begins === 'ipvs' ? words.path.pass.begins[pass.begins]({ n: pass.number }) : words.path.pass.nth({ n: pass.number });
  const caused = trace?.emitted.map(({ parent }, i) => ({ step: trace.steps[parent], i })) ?? [];
  return (
    <>
      {heads && facts.passes.length > 1 && (
        <li className="strip-pass" data-current={place === facts.current}>
          <span className="pass-number" aria-hidden="true">
            {pass.begins === 'lo' || pass.begins === 'ipvs' ? `↺ ${pass.begins === 'lo' ? 'lo' : 'IPVS'} ${pass.number}` : pass.number}
          </span>
          <span className="pass-said">{said}</span>
        </li>
      )}
      {pass.order.map((stage, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a process can stand at both ends of a pass
        <StageItem key={`${stage}:${i}`} stage={stage} {...rest}>
          {caused
            .filter(({ step }) => step && step.pass === pass.number && stageOfStop(stopOf(step)) === stage && pass.order.lastIndexOf(stage) === i)
            .map(({ i: made }) => trace && <Caused key={made} trace={trace} place={made} />)}
        </StageItem>
      ))}
    </>
  );
}

function StageItem({ stage, way, place, rail, children }: OfPass & { stage: string; children?: React.ReactNode }): React.ReactNode {
  const { facts } = way;
  const now = facts.nowStage === stage && (place === undefined || place === facts.current);
  return (
    <li className="strip-stage" data-now={now}>
      {isHook(stage) ? (
        <div className="strip-hook">
          <span className="hook-title">{stage}</span>
          <ol className="strip-stops">
            {hookStops(stage, facts.extras).map((name) => (
              <li key={name}>
                <Stop hook={stage} name={name} way={way} pass={place} short={!rail} />
              </li>
            ))}
          </ol>
        </div>
      ) : (
        <Stage id={stage} way={way} pass={place} />
      )}
      {children}
    </li>
  );
}

/** Scrolls the row so that the stop of the step is seen; never by scrollIntoView, which would move a page around it too. */
function useInView(list: React.RefObject<HTMLElement | null>, rail: boolean, now: string, trace: TraceView | null): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the stop or the way is another
  useLayoutEffect(() => {
    const box = list.current?.parentElement;
    const at = box?.querySelector<HTMLElement>('.stop[data-state="now"], .stage[data-now="true"]');
    if (!box || !at) return;
    const [outer, inner] = [box.getBoundingClientRect(), at.getBoundingClientRect()];
    if (rail) {
      if (inner.top < outer.top) box.scrollTop += inner.top - outer.top - 40;
      else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 40;
      return;
    }
    const most = Math.max(0, (outer.width - inner.width) / 2);
    const [before, behind] = [Math.min(64, most), Math.min(96, most)];
    if (inner.left - before < outer.left) box.scrollLeft += inner.left - before - outer.left;
    else if (inner.right + behind > outer.right) box.scrollLeft += inner.right + behind - outer.right;
  }, [list, rail, now, trace]);
}
