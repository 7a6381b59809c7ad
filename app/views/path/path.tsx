/** The way over the hooks: a fixed map where there is room, else a strip or a rail of the stages that were met. */

import { useMemo, useRef } from 'react';
import { EDGES, HOOK_STOPS, layoutPathMap, MAP_HEIGHT, type StageShape } from '../../layout/path-map.ts';
import { pathOf, type PathFacts, type StopState } from '../../store/path.ts';
import type { TraceView } from '../../store/state.ts';
import type { Words } from '../../text/words.ts';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { useWidth, type Frame } from '../page/frame.ts';
import './path.css';

export function Path({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const { trace, index } = useCurrent();
  const node = useView((state) => state.answer.node);
  const facts = useMemo(() => pathOf(trace, node, index, EDGES), [trace, node, index]);
  return (
    <section className="path" id="region-path" aria-labelledby="path-title" data-frame={frame}>
      <h2 id="path-title" className="sr-only">
        {words.regions.path}
      </h2>
      {frame === 'desktop' ? <HookMap facts={facts} trace={trace} /> : <Strip facts={facts} trace={trace} rail={frame === 'phone'} />}
    </section>
  );
}

/** What a stage that is no hook is called, and what it led to. */
function stageText(stage: string, trace: TraceView | null, words: Words): { readonly title: string; readonly detail: string } {
  const device = (hook: 'route' | 'route-out'): string => {
    const step = trace?.steps.find((one) => one.kind === 'route' && (hook === 'route') === (one.hook !== 'OUTPUT' && one.hook !== 'POSTROUTING'));
    return step?.kind === 'route' ? step.table : '';
  };
  switch (stage) {
    case 'in':
      return { title: words.path.arrives, detail: trace?.packet.in ?? '' };
    case 'out':
      return { title: words.path.leaves, detail: trace && ['forwarded', 'sent'].includes(trace.outcome.verdict) ? (trace.outcome.out ?? '') : '' };
    case 'local':
      return { title: words.path.local, detail: '' };
    default:
      return { title: `◇ ${words.path.route}`, detail: device(stage as 'route' | 'route-out') };
  }
}

function stateText(state: StopState, words: Words): string {
  const text = words.path.stop;
  return { now: text.now, taken: text.taken, 'skipped-nat': text.skippedNat, idle: text.idle, absent: text.absent, 'not-reached': text.notReached }[state];
}

function Stop({ hook, name, facts, style }: { hook: string; name: string; facts: PathFacts; style?: React.CSSProperties }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { state, first } = facts.stop(`${hook}/${name}`);
  const said = words.path.stopName({ hook, stop: name, state: stateText(state, words) });
  return (
    <button
      type="button"
      className="stop"
      data-state={state}
      style={style}
      aria-label={said}
      title={said}
      aria-current={state === 'now' ? 'step' : undefined}
      aria-disabled={first === null}
      onClick={() => first !== null && app.goTo(first)}
    >
      {name}
    </button>
  );
}

function Stage({ id, facts, trace, style }: { id: string; facts: PathFacts; trace: TraceView | null; style?: React.CSSProperties }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { title, detail } = stageText(id, trace, words);
  const first = facts.stage(id);
  const met = facts.order.includes(id);
  const inner = (
    <>
      <span className="stage-title">{title}</span>
      <span className="stage-detail">{detail}</span>
    </>
  );
  const common = { className: 'stage', 'data-met': met, 'data-now': facts.nowStage === id, style };
  return first === null ? (
    <div {...common}>{inner}</div>
  ) : (
    <button type="button" {...common} aria-current={facts.nowStage === id ? 'step' : undefined} onClick={() => app.goTo(first)}>
      {inner}
    </button>
  );
}

function HookMap({ facts, trace }: { facts: PathFacts; trace: TraceView | null }): React.ReactNode {
  const words = useWords();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 1400);
  const map = useMemo(() => layoutPathMap(width), [width]);
  const at = ({ x, y, width: w, height }: { x: number; y: number; width: number; height: number }): React.CSSProperties => ({ left: x, top: y, width: w, height });
  const way = (from: string, to: string): boolean => facts.ways.has(`${from}>${to}`);
  return (
    <div className="map" ref={box} style={{ height: MAP_HEIGHT }}>
      <svg className="map-ways" width={map.width} height={map.height} aria-hidden="true">
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0,0L8,4L0,8Z" className="map-arrow" />
          </marker>
          <marker id="arrow-taken" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0,0L8,4L0,8Z" className="map-arrow map-arrow-taken" />
          </marker>
        </defs>
        {/* Ways that were taken are drawn over the others. */}
        {[...map.edges]
          .sort((a, b) => Number(way(a.from, a.to)) - Number(way(b.from, b.to)))
          .map((edge) => (
            <path
              key={`${edge.from}>${edge.to}`}
              d={edge.path}
              className="map-way"
              data-taken={way(edge.from, edge.to)}
              markerEnd={way(edge.from, edge.to) ? 'url(#arrow-taken)' : 'url(#arrow)'}
            />
          ))}
      </svg>
      <ol className="map-stages">
        {map.stages.map((stage) => (
          <li key={stage.id}>{stage.kind === 'hook' ? <HookBox stage={stage} facts={facts} at={at} /> : <Stage id={stage.id} facts={facts} trace={trace} style={at(stage)} />}</li>
        ))}
      </ol>
      <p className="sr-only">{words.path.notModelled}</p>
    </div>
  );
}

function HookBox({ stage, facts, at }: { stage: StageShape; facts: PathFacts; at: (box: StageShape | StageShape['stops'][number]) => React.CSSProperties }): React.ReactNode {
  return (
    <>
      <div className="hook" style={at(stage)} data-met={facts.order.includes(stage.id)} data-now={facts.nowStage === stage.id}>
        <span className="hook-title">{stage.id}</span>
      </div>
      <ol>
        {stage.stops.map((stop) => (
          <li key={stop.id}>
            <Stop hook={stage.id} name={stop.label} facts={facts} style={at(stop)} />
          </li>
        ))}
      </ol>
    </>
  );
}

/** The stages met, in order; for a packet that met none, those of a forwarded one. */
function Strip({ facts, trace, rail }: { facts: PathFacts; trace: TraceView | null; rail: boolean }): React.ReactNode {
  const words = useWords();
  const order = facts.order.length > 0 ? facts.order : ['in', 'PREROUTING', 'route', 'FORWARD', 'POSTROUTING', 'out'];
  const known = order.filter((stage) => stage in HOOK_STOPS || EDGES.some(([from, to]) => from === stage || to === stage));
  return (
    <>
      <ol className={rail ? 'rail' : 'strip'}>
        {known.map((stage, i) => (
          <li key={`${stage}-${known.indexOf(stage) === i ? 0 : i}`} className="strip-stage" data-now={facts.nowStage === stage}>
            {stage in HOOK_STOPS ? (
              <>
                <span className="hook-title">{stage}</span>
                <ol className="strip-stops">
                  {HOOK_STOPS[stage as keyof typeof HOOK_STOPS].map((stop) => (
                    <li key={stop}>
                      <Stop hook={stage} name={stop} facts={facts} />
                    </li>
                  ))}
                </ol>
              </>
            ) : (
              <Stage id={stage} facts={facts} trace={trace} />
            )}
          </li>
        ))}
      </ol>
      {rail && <p className="muted">{words.path.notModelled}</p>}
    </>
  );
}
