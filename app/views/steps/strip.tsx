/**
 * The strip: a slider over all steps, bars that say how much each changed, lines where hooks begin, flags where
 * breakpoints stop. A step that is pointed at shows in all panels and in words above; the cursor stays.
 */

import { useEffect, useMemo, useRef } from 'react';
import { layoutStepStrip } from '../../layout/step-strip.ts';
import { breakpointsOf, hitsOf } from '../../store/breakpoints.ts';
import { isChange } from '../../store/cursor.ts';
import { isDoubtful } from '../../store/doubt.ts';
import { currentParts } from '../../store/parts.ts';
import { callStack, visitsOf } from '../../store/visits.ts';
import type { State, StepView, TraceView } from '../../store/state.ts';
import { wordsOf } from '../../text/words.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { useWritten, writeAttribute } from '../page/written.tsx';
import { useWidth } from '../page/frame.ts';
import { headOf } from './narrate.ts';
import { sentenceIn } from './sentence.ts';
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
function changeOf(step: StepView | undefined, trace: TraceView): 'rewrite' | 'mark' | 'drop' | 'unknown' | 'none' {
  const change = wouldBe(step);
  // Whatever it would do: nobody knows that it does.
  if (step?.kind === 'rule' && step.matched === 'unknown') return 'unknown';
  return step && change !== 'none' && isDoubtful(trace, step.index) ? 'unknown' : change;
}

function wouldBe(step: StepView | undefined): 'rewrite' | 'mark' | 'drop' | 'none' {
  if (step?.kind === 'nat') return 'rewrite';
  if (step?.kind === 'drop' || (step?.kind === 'policy' && step.verdict === 'DROP') || (step?.kind === 'rule' && /^(DROP|REJECT)\b/.test(step.target ?? ''))) return 'drop';
  return step && step.kind === 'rule' && step.effects.some(({ from, to }) => from !== to) ? 'mark' : 'none';
}

export function StepStrip({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 600);
  const preview = useView((state) => state.selection.preview);
  const count = trace.steps.length;
  const column = width / count;
  const pointed = preview === null ? undefined : trace.steps[preview];
  return (
    <div className="step-strip" ref={box} style={{ '--column': `${column}px` } as React.CSSProperties}>
      <Bars trace={trace} width={width} />
      {pointed && (
        <svg className="strip-cursor" width={width} height={HEIGHT} aria-hidden="true">
          <rect className="strip-pointed" x={pointed.index * column + 0.5} y={0.5} width={Math.max(2, column - 1)} height={HEIGHT - 1} />
        </svg>
      )}
      <Cursor trace={trace} column={column} />
      {pointed && (
        // Another step, another box: one that grew and moved would count as a shift.
        <p key={pointed.index} className="strip-tip" style={{ '--at': `${Math.round(((pointed.index + 0.5) / count) * 100)}%` } as React.CSSProperties} aria-hidden="true">
          {words.timeline.preview({ step: pointed.index + 1, sentence: sentenceIn(trace, pointed, words) })}
        </p>
      )}
    </div>
  );
}

/** The slider, and the column of the step that it is at. */
function Cursor({ trace, column }: { trace: TraceView; column: number }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const now = useRef<HTMLSpanElement>(null);
  const slider = useRef<HTMLInputElement>(null);
  const last = Math.max(0, trace.steps.length - 1);
  useWritten((state) => {
    const { selection } = state;
    const index = Math.min(selection.step, last);
    const step = trace.steps[index];
    if (!now.current || !slider.current) return;
    now.current.style.transform = `translateX(${index * column}px)`;
    if (slider.current.value !== String(index)) slider.current.value = String(index);
    writeAttribute(slider.current, 'aria-valuetext', step ? `${headOf({ trace, step, chosen: selection.rule }, words)}${partText(state)}` : null);
  });
  return (
    <>
      <span className="strip-now" ref={now} style={{ width: Math.max(2, column), height: HEIGHT }} />
      <input
        ref={slider}
        type="range"
        min={0}
        max={last}
        // Written, too: it is said here so that it may be more than the greatest one of before.
        defaultValue={last}
        aria-label={words.steps.slider}
        onChange={(event) => app.goTo(Number(event.target.value))}
        {...usePointing(column, trace.steps.length)}
      />
    </>
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
          <rect key={bar.step} className="strip-bar" data-change={changeOf(trace.steps[bar.step], trace)} x={bar.x} y={STRIP - bar.height} width={bar.width} height={bar.height} />
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
export function partText(state: State): string {
  const found = currentParts(state);
  return found ? ` ${wordsOf(state.settings.language).timeline.partOf({ part: found.at + 1, parts: found.parts.length })}` : '';
}
