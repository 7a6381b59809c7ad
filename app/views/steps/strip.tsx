/**
 * The strip: a slider over all steps, bars that say how much each changed, lines where hooks begin, flags where
 * breakpoints stop. A step that is pointed at shows in all panels and in words above; the cursor stays.
 */

import { useEffect, useMemo, useRef } from 'react';
import { layoutStepStrip } from '../../layout/step-strip.ts';
import { breakpointsOf, hitsOf } from '../../store/breakpoints.ts';
import { isChange } from '../../store/cursor.ts';
import { currentParts } from '../../store/parts.ts';
import { callStack, visitsOf } from '../../store/visits.ts';
import type { StepView, TraceView } from '../../store/state.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { useWidth } from '../page/frame.ts';
import { headOf } from './narrate.ts';
import { sentenceOf } from './sentence.ts';
import './strip.css';

const STRIP = 22;
const LEVELS = 4;
const LEVEL = 4;
const HEIGHT = STRIP + LEVELS * LEVEL;

function weightOf(step: StepView, trace: TraceView): number {
  if (!isChange(step)) return 0;
  if (step.index === trace.steps.length - 1 || step.kind === 'drop' || step.kind === 'nat') return 3;
  return step.before !== step.after ? 2 : 1;
}

/** What a step changed, for the colour of its bar. */
function changeOf(step: StepView | undefined): 'rewrite' | 'mark' | 'drop' | 'none' {
  if (step?.kind === 'nat') return 'rewrite';
  if (step?.kind === 'drop' || (step?.kind === 'policy' && step.verdict === 'DROP') || (step?.kind === 'rule' && /^(DROP|REJECT)\b/.test(step.target ?? ''))) return 'drop';
  return step && step.kind === 'rule' && step.effects.some(({ from, to }) => from !== to) ? 'mark' : 'none';
}

export function Strip({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 600);
  const index = useView((state) => Math.min(state.selection.step, trace.steps.length - 1));
  const rule = useView((state) => state.selection.rule);
  const preview = useView((state) => state.selection.preview);
  const parts = usePartText();
  const count = trace.steps.length;
  const step = trace.steps[index];
  const column = width / count;
  const pointed = preview === null ? undefined : trace.steps[preview];
  return (
    <div className="step-strip" ref={box} style={{ '--column': `${column}px` } as React.CSSProperties}>
      <Bars trace={trace} width={width} />
      <svg className="strip-cursor" width={width} height={HEIGHT} aria-hidden="true">
        <rect className="strip-now" x={index * column} y={0} width={Math.max(2, column)} height={HEIGHT} />
        {pointed && <rect className="strip-pointed" x={pointed.index * column + 0.5} y={0.5} width={Math.max(2, column - 1)} height={HEIGHT - 1} />}
      </svg>
      <input
        type="range"
        min={0}
        max={Math.max(0, count - 1)}
        value={index}
        aria-label={words.steps.slider}
        aria-valuetext={step ? `${headOf({ trace, step, chosen: rule }, words)}${parts}` : undefined}
        onChange={(event) => app.goTo(Number(event.target.value))}
        {...usePointing(column, count)}
      />
      {pointed && (
        // Another step, another box: one that grew and moved would count as a shift.
        <p key={pointed.index} className="strip-tip" style={{ '--at': `${Math.round(((pointed.index + 0.5) / count) * 100)}%` } as React.CSSProperties} aria-hidden="true">
          {words.timeline.preview({ step: pointed.index + 1, sentence: sentenceOf(pointed, words) })}
        </p>
      )}
    </div>
  );
}

/** Nothing in it depends on the cursor: it is drawn once for a walk. */
function Bars({ trace, width }: { trace: TraceView; width: number }): React.ReactNode {
  const all = useView((state) => breakpointsOf(state.document));
  return useMemo(() => {
    const visits = visitsOf(trace);
    const items = trace.steps.map((step) => {
      const visit = visits.ofStep[step.index] ?? -1;
      const chains = visit < 0 ? [] : callStack(visits, visit).map(({ index: i }) => `visit ${i}`);
      return { weight: weightOf(step, trace), spans: [`${step.pass} ${step.hook}`, ...chains] };
    });
    const strip = layoutStepStrip(items, width, STRIP, LEVELS);
    const stops = [...new Set(hitsOf(trace, all).map(({ step }) => step))];
    return (
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {strip.spans
          .filter(({ depth, first }) => depth === 0 && first > 0)
          .map((span) => (
            <rect key={`tick ${span.first}`} className="strip-tick" x={span.x - 0.5} y={0} width={1} height={HEIGHT} />
          ))}
        {strip.bars.map((bar) => (
          <rect key={bar.step} className="strip-bar" data-change={changeOf(trace.steps[bar.step])} x={bar.x} y={STRIP - bar.height} width={bar.width} height={bar.height} />
        ))}
        {strip.spans.map((span) => (
          <rect
            key={`${span.depth}:${span.first}`}
            className="strip-span"
            data-depth={span.depth}
            x={span.x + 0.5}
            y={STRIP + 1 + span.depth * LEVEL}
            width={Math.max(1, span.width - 1)}
            height={LEVEL - 1}
          />
        ))}
        {stops.map((step) => {
          const x = (step + 0.5) * strip.column;
          return <path key={step} className="strip-flag" data-step={step} d={`M${x - 5} 0h10l-5 7z`} />;
        })}
      </svg>
    );
  }, [trace, width, all]);
}

/** Follows a mouse, at most once a frame. A finger moves the slider itself. */
function usePointing(column: number, count: number): Pick<React.DOMAttributes<HTMLElement>, 'onPointerMove' | 'onPointerLeave' | 'onPointerDown'> {
  const app = useApp();
  const frame = useRef(0);
  const stop = (): void => {
    cancelAnimationFrame(frame.current);
    app.preview(null);
  };
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return {
    onPointerMove(event) {
      if (event.pointerType !== 'mouse' || event.buttons !== 0) return;
      const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => app.preview(Math.max(0, Math.min(count - 1, Math.floor(x / column)))));
    },
    onPointerLeave: stop,
    onPointerDown: stop,
  };
}

/** Which test of how many, where one steps test by test. */
export function usePartText(): string {
  const words = useWords();
  return useView((state) => {
    const found = currentParts(state);
    return found ? ` ${words.timeline.partOf({ part: found.at + 1, parts: found.parts.length })}` : '';
  });
}
