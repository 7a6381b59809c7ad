/** The timeline: buttons to step and play, how far one step goes, the strip, and what stops it. */

import { memo, useEffect, useRef } from 'react';
import { showBreakpoints } from '../../actions/breakpoint.ts';
import { byHook } from '../../actions/by-hook.ts';
import { byRule } from '../../actions/by-rule.ts';
import { byTest } from '../../actions/by-test.ts';
import { first } from '../../actions/first.ts';
import { last } from '../../actions/last.ts';
import { next } from '../../actions/next.ts';
import { nextChange } from '../../actions/next-change.ts';
import { play, playOn } from '../../actions/play.ts';
import { previous } from '../../actions/previous.ts';
import { previousChange } from '../../actions/previous-change.ts';
import { atEnd } from '../../actions/step.ts';
import type { Action } from '../../actions/action.ts';
import { breakpointsOf } from '../../store/breakpoints.ts';
import { ALTITUDES, type Altitude } from '../../store/cursor.ts';
import { shownTrace } from '../../store/caused.ts';
import { isLoading } from '../../store/loading.ts';
import type { State, StepView } from '../../store/state.ts';
import { wordsOf } from '../../text/words.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { useWritten, writeAttribute, writeText, Written } from '../page/written.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { Fetched } from '../page/fetched.tsx';
import type { Frame } from '../page/frame.ts';
import { sentenceIn } from './sentence.ts';
import { keyName, StepButton } from './step-button.tsx';
import { partText, StepStrip } from './strip.tsx';
import './steps.css';

const BY: Readonly<Record<Altitude, Action>> = { hook: byHook, rule: byRule, test: byTest };

const breakpoints = () => import('./breakpoints-panel.tsx').then((part) => part.BreakpointsPanel);

export function Steps({ frame }: { frame: Frame }): React.ReactNode {
  const app = useApp();
  const words = useWords();
  const panel = useView((state) => state.selection.overlay === 'breakpoints');
  const trace = useView(shownTrace);
  const loading = useView(isLoading);
  const count = trace?.steps.length ?? 0;
  usePlaying();
  return (
    <section className="steps" id="region-steps" aria-labelledby="steps-title" data-frame={frame}>
      <h2 id="steps-title" className="sr-only">
        {words.regions.steps}
      </h2>
      {panel && <Fetched load={breakpoints} props={{}} giveUp={() => app.select({ overlay: null })} />}
      {frame === 'phone' ? (
        <Buttons frame={frame} />
      ) : (
        <>
          <Buttons frame={frame} />
          <AltitudeSwitch />
          <div className="steps-middle">
            {trace && count > 0 ? <StepStrip trace={trace} /> : <p className="muted">{loading ? words.verdict.running : words.steps.none}</p>}
            <Sentence />
          </div>
          <Count frame={frame} />
          <BreakpointsButton compact={frame === 'tablet'} />
        </>
      )}
    </section>
  );
}

/** The step of the cursor, whatever is pointed at. */
function stepOf(state: State): StepView | null {
  const steps = shownTrace(state)?.steps;
  return steps?.[Math.min(state.selection.step, steps.length - 1)] ?? null;
}

// Each reads for itself what it shows, so that a step draws only what it changes.

const Buttons = memo(({ frame }: { frame: Frame }): React.ReactNode => {
  const words = useWords();
  const started = useView((state) => (stepOf(state)?.index ?? 0) === 0 && partText(state) === '');
  const ended = useView(atEnd);
  const short = frame === 'phone' ? words.steps.short : undefined;
  return (
    <div className="steps-buttons">
      {frame !== 'phone' && frame !== 'tablet' && <StepButton action={first} icon="first" off={started} />}
      {frame !== 'phone' && <StepButton action={previousChange} icon="previousChange" off={started} />}
      <StepButton action={previous} icon="previous" off={started} {...(short && { text: short.previous })} />
      <PlayButton />
      {frame === 'phone' && (
        <>
          <Count frame={frame} />
          <BreakpointsButton compact />
        </>
      )}
      <StepButton action={next} icon="next" off={ended} {...(short && { text: short.next })} />
      {frame !== 'phone' && <StepButton action={nextChange} icon="nextChange" off={ended} />}
      {frame !== 'phone' && frame !== 'tablet' && <StepButton action={last} icon="last" off={ended} />}
    </div>
  );
});

const AltitudeSwitch = memo((): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const altitude = useView((state) => state.selection.altitude);
  return (
    <Switch label={words.steps.altitude} choices={ALTITUDES.map((id) => ({ id, label: words.steps.altitudes[id] }))} chosen={altitude} choose={(one) => BY[one].perform(app)} />
  );
});

function sentenceText(state: State): string {
  const trace = shownTrace(state);
  const step = stepOf(state);
  return trace && step ? sentenceIn(trace, step, wordsOf(state.settings.language)) : '';
}

function Sentence(): React.ReactNode {
  const box = useRef<HTMLParagraphElement>(null);
  // One that is longer than its line is whole in its title, and in the reasons.
  useWritten((state) => {
    if (!box.current) return;
    const said = sentenceText(state);
    writeText(box.current, said);
    writeAttribute(box.current, 'title', said);
  });
  return <p className="steps-sentence" ref={box} />;
}

function countText(state: State): string {
  const count = shownTrace(state)?.steps.length ?? 0;
  return count === 0 ? '' : wordsOf(state.settings.language).steps.of({ step: (stepOf(state)?.index ?? 0) + 1, count });
}

/** As wide as a digit. */
const DIGIT_SPACE = '\u2007';

function shortCount(state: State): string {
  const count = String(shownTrace(state)?.steps.length ?? 0);
  // As wide at step 9 as at step 10: it stands in the middle of its place.
  return count === '0' ? '' : `${String((stepOf(state)?.index ?? 0) + 1).padStart(count.length, DIGIT_SPACE)} / ${count}`;
}

function Count({ frame }: { frame: Frame }): React.ReactNode {
  if (frame === 'phone') return <Written as="output" className="steps-count" text={(state) => shortCount(state) || '–'} />;
  return (
    <p className="steps-count">
      <Written as="span" className="steps-at" text={frame === 'tablet' ? shortCount : countText} />
      <Written as="span" className="steps-part" text={partText} />
    </p>
  );
}

/** The next stop after each beat, as long as it plays. */
function usePlaying(): void {
  const app = useApp();
  const playing = useView((state) => state.selection.playing);
  const pace = useView((state) => state.settings.pace);
  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => playOn(app), 1000 / pace);
    return () => clearInterval(timer);
  }, [app, playing, pace]);
}

const PlayButton = memo((): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const playing = useView((state) => state.selection.playing);
  const available = useView(play.available);
  const label = playing ? words.timeline.pause : play.label(words);
  return (
    <button
      type="button"
      className="step-button"
      aria-label={label}
      title={`${label} (${play.keys.map(keyName).join(', ')})`}
      aria-disabled={!available}
      onClick={() => available && play.perform(app)}
    >
      <Icon name={playing ? 'pause' : 'play'} />
    </button>
  );
});

const BreakpointsButton = memo(({ compact = false }: { compact?: boolean }): React.ReactNode => {
  const words = useWords();
  const app = useApp();
  const count = useView((state) => breakpointsOf(state.document).length);
  const shown = useView((state) => state.selection.overlay === 'breakpoints');
  const label = words.timeline.breakpoints({ count });
  return (
    <button
      type="button"
      className="step-button steps-breakpoints"
      aria-haspopup="dialog"
      aria-expanded={shown}
      aria-label={label}
      title={label}
      onClick={() => showBreakpoints.perform(app)}
    >
      <Icon name="breakpoint" />
      {(!compact || count > 0) && <span>{compact ? count : label}</span>}
    </button>
  );
});
