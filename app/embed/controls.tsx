/** One row below the panels: step back and on, another source or packet, the timeline, the count. */

import { useMemo } from 'react';
import { next } from '../actions/next.ts';
import { previous } from '../actions/previous.ts';
import { isChange } from '../store/cursor.ts';
import { isDoubtful } from '../store/doubt.ts';
import type { StepView, TraceView } from '../store/state.ts';
import { embedWords } from '../text/embed.ts';
import { useApp, useCurrent, useView, useWords } from '../views/page/app-context.ts';
import { sentenceIn } from '../views/steps/sentence.ts';
import { StepButton } from '../views/steps/step-button.tsx';
import type { ScenarioData } from './data.ts';
import type { EmbedOptions } from './options.ts';

export function Controls({ options, wide, scenario }: { options: EmbedOptions; wide: boolean; scenario: () => ScenarioData | null }): React.ReactNode {
  const words = useWords();
  const { trace, index } = useCurrent();
  const count = trace?.steps.length ?? 0;
  const full = options.controls === 'full';
  return (
    <section className="embed-steps" id="region-steps" aria-labelledby="steps-title">
      <h2 id="steps-title" className="sr-only">
        {words.regions.steps}
      </h2>
      <div className="embed-buttons">
        <StepButton action={previous} icon="previous" off={index === 0} />
        <StepButton action={next} icon="next" off={index >= count - 1} />
      </div>
      {full && !options.lock.includes('packet') && <PacketChoice scenario={scenario} />}
      <div className="embed-progress">
        {full && trace && count > 0 && <Timeline trace={trace} index={index} />}
        <p className="embed-count">{count === 0 ? '' : wide ? words.steps.of({ step: index + 1, count }) : `${index + 1} / ${count}`}</p>
      </div>
    </section>
  );
}

/** What a step did, for its bar: nothing, something, or one of the changes that have a colour. */
function weightOf(step: StepView, trace: TraceView): 'none' | 'some' | 'mark' | 'rewrite' | 'drop' {
  if (!isChange(step)) return 'none';
  // Nobody knows whether it happens.
  if ((step.kind === 'rule' && step.matched === 'unknown') || isDoubtful(trace, step.index)) return 'some';
  if (step.kind === 'nat') return 'rewrite';
  if (step.kind === 'drop' || (step.kind === 'policy' && step.verdict === 'DROP') || (step.kind === 'rule' && /^(DROP|REJECT)\b/.test(step.target ?? ''))) return 'drop';
  return step.kind === 'rule' && step.effects.some(({ from, to }) => from !== to) ? 'mark' : 'some';
}

/** A slider over all steps, with a bar for each. */
function Timeline({ trace, index }: { trace: TraceView; index: number }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const differs = useView((state) => state.answer.was?.difference ?? null);
  const bars = useMemo(
    () => trace.steps.map((step) => <span key={step.index} className="embed-bar" data-change={weightOf(step, trace)} data-differs={step.index === differs || undefined} />),
    [trace, differs],
  );
  const count = trace.steps.length;
  const step = trace.steps[index];
  return (
    <div className="embed-timeline" style={{ '--at': index, '--count': count } as React.CSSProperties}>
      <div className="embed-bars" aria-hidden="true">
        {bars}
        <span className="embed-now" />
      </div>
      <input
        type="range"
        min={0}
        max={count - 1}
        value={index}
        aria-label={words.steps.slider}
        aria-valuetext={step ? words.steps.narration({ step: index + 1, count, sentence: sentenceIn(trace, step, words) }) : undefined}
        onChange={(event) => app.goTo(Number(event.target.value))}
      />
    </div>
  );
}

/** Another source for the one packet; or which of several is looked at. */
function PacketChoice({ scenario }: { scenario: () => ScenarioData | null }): React.ReactNode {
  const app = useApp();
  const language = useView((state) => state.settings.language);
  const words = embedWords(language);
  const packets = useView((state) => state.document.packets);
  const chosen = useView((state) => state.selection.packet);
  const example = useView((state) => state.document.example);
  const src = packets[chosen]?.fields.src ?? '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scenario is another when the example is
  const sources = useMemo(() => scenario()?.sources ?? [], [scenario, example]);
  if (packets.length > 1)
    return (
      <Choice
        label={words.packets}
        plain
        shown={`${words.packet({ n: chosen + 1 })} / ${packets.length}`}
        value={String(chosen)}
        choose={(value) => app.select({ packet: Number(value) })}
        choices={packets.map((packet, i) => [String(i), `${words.packet({ n: i + 1 })} / ${packets.length}: ${packet.fields.src} → ${packet.fields.dst}`])}
      />
    );
  if (sources.length < 2) return null;
  const known = sources.map((choice): [string, string] => [choice.src, words.sourceOf({ src: choice.src, fate: choice.fate[language] })]);
  return (
    <Choice
      label={words.source}
      shown={src}
      value={src}
      choose={(value) => app.editField(chosen, 'src', value)}
      choices={known.some(([value]) => value === src) ? known : [...known, [src, src]]}
    />
  );
}

/** A list to choose from. Its lines say more than there is room for where it is closed: there stands what is chosen alone. `plain`: that says what the list is of. */
function Choice({
  label,
  plain = false,
  shown,
  value,
  choose,
  choices,
}: {
  label: string;
  plain?: boolean;
  shown: string;
  value: string;
  choose: (value: string) => void;
  choices: readonly (readonly [value: string, text: string])[];
}): React.ReactNode {
  return (
    <label className="embed-choice">
      <span className={plain ? 'sr-only' : 'embed-choice-label'}>{label}</span>
      <span className="embed-choice-box">
        <span className="embed-choice-shown" aria-hidden="true">
          {shown}
        </span>
        <select value={value} onChange={(event) => choose(event.target.value)}>
          {choices.map(([one, text]) => (
            <option key={one} value={one}>
              {text}
            </option>
          ))}
        </select>
      </span>
    </label>
  );
}
