/** The map: a fixed drawing of all hooks under a list of buttons. A step changes what is marked on it, never where it is. */

import { memo, useMemo, useRef } from 'react';
import { isHook } from '../../layout/hooks.ts';
import { isRare, layoutPathMap, LEAST_WIDTH, MAP_HEIGHT, type EdgeShape, type StageShape, type StopShape } from '../../layout/path-map.ts';
import type { PathFacts } from '../../store/path.ts';
import type { TraceView } from '../../store/state.ts';
import { rem } from '../../widgets/root-scale.ts';
import { useWords } from '../page/app-context.ts';
import { useRoom } from '../page/frame.ts';
import { Legend } from './legend.tsx';
import { CausedPackets, CutOff, Passes, WayBack } from './notes.tsx';
import { useRoving } from './roving.ts';
import { boxStyle, Stage, StopButton, stopProps, type StopButtonProps, type Way } from './stop.tsx';
import { stageTarget } from './words.ts';

export function HookMap({ facts, trace }: { facts: PathFacts; trace: TraceView | null }): React.ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const width = useRoom(box, 1400);
  const { tproxy, ipvs, tunnel, lateSecurity } = facts.extras;
  const map = useMemo(() => layoutPathMap(width, { tproxy, ipvs, tunnel, lateSecurity }), [width, tproxy, ipvs, tunnel, lateSecurity]);
  const keys = map.stages.flatMap((stage) => (isHook(stage.id) ? stage.stops.map(({ id }) => id) : stageTarget(stage.id, facts, trace) === null ? [] : [stage.id]));
  const { active, handlers } = useRoving(keys, [facts.nowStop, facts.nowStage]);
  const way: Way = { facts, trace, words: useWords(), roving: active };
  const taken = map.edges.map((edge) => takenOf(edge, facts));
  return (
    <div className="map" ref={box} style={{ height: rem(MAP_HEIGHT), minWidth: rem(LEAST_WIDTH) }} {...handlers}>
      <Ways edges={map.edges} taken={taken.join(' ')} cutOff={facts.cutOff} width={map.width} />
      <ol className="map-stages">
        {map.stages.map((stage) => (
          <li key={stage.id}>{stage.kind === 'hook' ? <HookBox {...hookBoxProps(stage, way)} /> : <Stage id={stage.id} way={way} box={stage} />}</li>
        ))}
      </ol>
      <Now stages={map.stages} facts={facts} />
      <div className="map-notes" style={boxStyle(map.notes)}>
        {trace && <Passes facts={facts} trace={trace} />}
        <WayBack />
        {trace && <CausedPackets trace={trace} />}
        <div className="map-legend">
          <TheLegend />
          <CutOff facts={facts} trace={trace} />
        </div>
      </div>
    </div>
  );
}

const TheLegend = memo(Legend);

/** A hook and its stops: most of them a step leaves as they are, and then none of them is drawn again. */
const HookBox = memo(
  ({ stage, met, now, ahead, stops }: HookBoxProps): React.ReactNode => (
    <>
      <div className="hook" style={boxStyle(stage)} data-met={met} data-now={now}>
        <span className="hook-title">{ahead ? `${stage.id} ?` : stage.id}</span>
      </div>
      <ol>
        {stops.map((stop) => (
          <li key={stop.name}>
            <StopButton {...stop} />
          </li>
        ))}
      </ol>
    </>
  ),
  (a, b) =>
    a.stage === b.stage &&
    a.met === b.met &&
    a.now === b.now &&
    a.ahead === b.ahead &&
    a.stops.length === b.stops.length &&
    a.stops.every((stop, i) => isSameStop(stop, b.stops[i] as StopButtonProps)),
);

interface HookBoxProps {
  readonly stage: StageShape;
  readonly met: 'now' | 'other' | 'none';
  readonly now: boolean;
  /** Whether the packet comes to it is not known. */
  readonly ahead: boolean;
  readonly stops: readonly StopButtonProps[];
}

function isSameStop(a: StopButtonProps, b: StopButtonProps): boolean {
  return (Object.keys(a) as (keyof StopButtonProps)[]).every((name) => a[name] === b[name]);
}

function hookBoxProps(stage: StageShape, way: Way): HookBoxProps {
  const { facts } = way;
  const own = facts.passes[facts.current]?.order.includes(stage.id) ?? false;
  const hook = stage.id;
  return {
    stage,
    met: own ? 'now' : facts.order.includes(stage.id) ? 'other' : 'none',
    now: facts.nowStage === stage.id,
    ahead: !facts.order.includes(stage.id) && stage.stops.some(({ name }) => facts.stop(`${hook}/${name}`).doubtful),
    stops: isHook(hook) ? stage.stops.map((stop: StopShape) => stopProps({ hook, name: stop.name, way, box: stop })) : [],
  };
}

type Taken = 'now' | 'other' | 'none';
const RANK: Readonly<Record<Taken, number>> = { none: 0, other: 1, now: 2 };

function takenOf({ from, to, kind }: EdgeShape, facts: PathFacts): Taken {
  const passes = facts.ways.get(`${from}>${to}`);
  if (!passes) return 'none';
  // A way into another pass belongs to both: to the one it ends and to the one it begins.
  return passes.some((pass) => pass === facts.pass || (kind !== 'plain' && pass === facts.pass + 1)) ? 'now' : 'other';
}

interface WaysProps {
  readonly edges: readonly EdgeShape[];
  /** What became of each, in a row: as one text it tells whether anything has to be drawn again. */
  readonly taken: string;
  readonly cutOff: boolean;
  readonly width: number;
}

const Ways = memo(({ edges, taken: all, cutOff, width }: WaysProps): React.ReactNode => {
  const takens = all.split(' ') as Taken[];
  const drawn = edges.map((edge, i) => ({ edge, taken: takens[i] ?? 'none' })).filter(({ edge, taken }) => taken !== 'none' || !isRare(edge));
  return (
    <svg className="map-ways" width={rem(width)} height={rem(MAP_HEIGHT)} viewBox={`0 0 ${width} ${MAP_HEIGHT}`} aria-hidden="true">
      <defs>
        {(['none', 'other', 'now'] as const).map((taken) => (
          <marker key={taken} id={`arrow-${taken}`} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">
            <path d="M0,0L8,4L0,8Z" className="map-arrow" data-taken={taken} />
          </marker>
        ))}
      </defs>
      {/* Ways that were taken are drawn over the others. */}
      {[...drawn]
        .sort((a, b) => RANK[a.taken] - RANK[b.taken])
        .map(({ edge, taken }) => (
          <g key={`${edge.from}>${edge.to}>${edge.kind}`} className="map-way" data-taken={taken} data-kind={edge.kind}>
            <path d={edge.path} markerEnd={`url(#arrow-${taken})`} />
            {edge.label && (
              <text x={edge.label[0]} y={edge.label[1] + 4} textAnchor={edge.kind === 'lo' ? 'end' : 'middle'}>
                {edge.kind === 'lo' ? 'lo' : 'IPVS'}
                {edge.kind === 'lo' && cutOff && <tspan className="map-end"> ✕</tspan>}
              </text>
            )}
          </g>
        ))}
    </svg>
  );
});

/** The mark of the step, which glides from stop to stop. */
function Now({ stages, facts }: { stages: readonly StageShape[]; facts: PathFacts }): React.ReactNode {
  const box = stages.flatMap(({ stops }) => stops).find(({ id }) => id === facts.nowStop) ?? stages.find(({ id }) => id === facts.nowStage);
  if (!box) return null;
  return <span className="map-now" aria-hidden="true" style={{ transform: `translate(${rem(box.x + box.width / 2 - 5)}, ${rem(box.y + box.height - 1)})` }} />;
}
