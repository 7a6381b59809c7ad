/** The steps: buttons, a slider over all of them, and a strip that shows where things change. */

import { useMemo, useRef } from 'react';
import { layoutStepStrip } from '../../layout/step-strip.ts';
import { first } from '../../actions/first.ts';
import { last } from '../../actions/last.ts';
import { next } from '../../actions/next.ts';
import { nextChange } from '../../actions/next-change.ts';
import { previous } from '../../actions/previous.ts';
import { previousChange } from '../../actions/previous-change.ts';
import type { Action } from '../../actions/action.ts';
import { isChange } from '../../store/cursor.ts';
import { callStack, visitsOf } from '../../store/visits.ts';
import type { StepView, TraceView } from '../../store/state.ts';
import { useApp, useCurrent, useView, useWords } from '../page/app-context.ts';
import { Switch } from '../../widgets/switch.tsx';
import { Icon, type IconName } from '../../widgets/icon.tsx';
import { useWidth, type Frame } from '../page/frame.ts';
import { sentenceOf } from './sentence.ts';
import './steps.css';

const STRIP = 22;
const LEVELS = 4;
const LEVEL = 4;

export function Steps({ frame }: { frame: Frame }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const altitude = useView((state) => state.selection.altitude);
  const { trace, step, index } = useCurrent();
  const count = trace?.steps.length ?? 0;
  return (
    <section className="steps" id="region-steps" aria-labelledby="steps-title" data-frame={frame}>
      <h2 id="steps-title" className="sr-only">
        {words.regions.steps}
      </h2>
      <div className="steps-buttons">
        {frame !== 'phone' && <StepButton action={first} icon="first" off={index === 0} />}
        {frame !== 'phone' && <StepButton action={previousChange} icon="previousChange" off={index === 0} />}
        <StepButton action={previous} icon="previous" off={index === 0} text={frame === 'phone' ? words.steps.short.previous : undefined} />
        {frame === 'phone' && <output className="steps-count">{count === 0 ? '–' : `${index + 1} / ${count}`}</output>}
        <StepButton action={next} icon="next" off={index >= count - 1} text={frame === 'phone' ? words.steps.short.next : undefined} />
        {frame !== 'phone' && <StepButton action={nextChange} icon="nextChange" off={index >= count - 1} />}
        {frame !== 'phone' && <StepButton action={last} icon="last" off={index >= count - 1} />}
      </div>
      {frame !== 'phone' && (
        <>
          <Switch
            label={words.steps.altitude}
            choices={(['hook', 'rule'] as const).map((id) => ({ id, label: words.steps.altitudes[id] }))}
            chosen={altitude}
            choose={(one) => app.select({ altitude: one })}
          />
          <div className="steps-middle">
            {trace && count > 0 ? <Strip trace={trace} index={index} /> : <p className="muted">{words.steps.none}</p>}
            <p className="steps-sentence">{step ? sentenceOf(step, words) : ''}</p>
          </div>
          <p className="steps-count">{count === 0 ? '' : words.steps.of({ step: index + 1, count })}</p>
        </>
      )}
    </section>
  );
}

function StepButton({ action, icon, off, text }: { action: Action; icon: IconName; off: boolean; text?: string | undefined }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const available = useView(action.available);
  const label = action.label(words);
  // aria-disabled, not disabled: the button keeps the focus at the ends of the trace.
  return (
    <button
      type="button"
      className="step-button"
      aria-label={label}
      title={`${label} (${action.keys.map(keyName).join(', ')})`}
      aria-disabled={!available || off}
      onClick={() => available && !off && action.perform(app)}
    >
      <Icon name={icon} />
      {text && <span>{text}</span>}
    </button>
  );
}

export function keyName(key: string): string {
  return key.replace('Arrow', '').replace('Left', '←').replace('Right', '→').replace('Mod', 'Ctrl');
}

function weightOf(step: StepView, trace: TraceView): number {
  if (!isChange(step)) return 0;
  if (step.index === trace.steps.length - 1 || step.kind === 'drop' || step.kind === 'nat') return 3;
  return step.before !== step.after ? 2 : 1;
}

/** What a step changed, for the colour of its bar. */
function changeOf(trace: TraceView, index: number): 'rewrite' | 'mark' | 'drop' | 'none' {
  const step = trace.steps[index];
  if (step?.kind === 'nat') return 'rewrite';
  if (step?.kind === 'drop' || (step?.kind === 'policy' && step.verdict === 'DROP') || (step?.kind === 'rule' && /^(DROP|REJECT)\b/.test(step.target ?? ''))) return 'drop';
  return step && step.kind === 'rule' && step.effects.some(({ from, to }) => from !== to) ? 'mark' : 'none';
}

function Strip({ trace, index }: { trace: TraceView; index: number }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 600);
  const strip = useMemo(() => {
    const visits = visitsOf(trace);
    const items = trace.steps.map((step) => {
      const visit = visits.ofStep[step.index] ?? -1;
      const chains = visit < 0 ? [] : callStack(visits, visit).map(({ index: i }) => `visit ${i}`);
      return { weight: weightOf(step, trace), spans: [`${step.pass} ${step.hook}`, ...chains] };
    });
    return layoutStepStrip(items, width, STRIP, LEVELS);
  }, [trace, width]);
  const step = trace.steps[index];
  const count = trace.steps.length;
  return (
    <div className="step-strip" ref={box} style={{ '--column': `${strip.column}px` } as React.CSSProperties}>
      <svg width={width} height={STRIP + LEVELS * LEVEL} aria-hidden="true">
        {strip.bars.map((bar) => (
          <rect
            key={bar.step}
            className="strip-bar"
            data-now={bar.step === index}
            data-change={changeOf(trace, bar.step)}
            x={bar.x}
            y={STRIP - bar.height}
            width={bar.width}
            height={bar.height}
          />
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
        <rect className="strip-now" x={index * strip.column} y={0} width={Math.max(2, strip.column)} height={STRIP + LEVELS * LEVEL} />
      </svg>
      <input
        type="range"
        min={0}
        max={Math.max(0, count - 1)}
        value={index}
        aria-label={words.steps.slider}
        aria-valuetext={step ? words.steps.narration({ step: index + 1, count, sentence: sentenceOf(step, words) }) : undefined}
        onChange={(event) => app.goTo(Number(event.target.value))}
      />
    </div>
  );
}
