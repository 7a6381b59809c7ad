/** What is said beside the way: its passes, the packets it caused, and from one of those the way back. */

import { stopOf } from '../../store/cursor.ts';
import { causedTrace } from '../../store/caused.ts';
import type { PathFacts } from '../../store/path.ts';
import type { CausedView, TraceView } from '../../store/state.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { causedText, passEnds, placeText } from './words.ts';

/** So many passes have a button each. */
const MOST_BUTTONS = 2;

/** Which pass the step is in, and the way to the others; nothing for a single pass. */
export function Passes({ facts, trace }: { facts: PathFacts; trace: TraceView }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const { passes, current } = facts;
  if (passes.length < 2) return null;
  if (passes.length <= MOST_BUTTONS)
    return (
      <fieldset className="passes">
        <legend className="sr-only">{words.path.pass.title}</legend>
        {passes.map((pass, i) => {
          const { from, to } = passEnds(pass, trace, words);
          return (
            <button
              key={pass.number}
              type="button"
              className="pass"
              aria-pressed={i === current}
              title={words.path.pass.button({ n: pass.number, from, to })}
              onClick={() => app.goTo(pass.step)}
            >
              <span className="pass-number">{pass.number}</span> <span className="pass-way">{`${from} ▸ ${to}`}</span>
            </button>
          );
        })}
      </fieldset>
    );
  return (
    <select className="pass-choice" aria-label={words.path.pass.title} value={current} onChange={(event) => app.goTo(passes[Number(event.target.value)]?.step ?? 0)}>
      {passes.map((pass, i) => (
        <option key={pass.number} value={i}>
          {words.path.pass.button({ n: pass.number, ...passEnds(pass, trace, words) })}
        </option>
      ))}
    </select>
  );
}

/** The packet went round more often than it is followed: leads to where it was cut off. */
export function CutOff({ facts, trace }: { facts: PathFacts; trace: TraceView | null }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  if (!facts.cutOff || !trace) return null;
  const now = facts.nowStage === 'lo';
  return (
    <button type="button" className="cut-off" data-now={now} aria-current={now ? 'step' : undefined} onClick={() => app.goTo(trace.steps.length - 1)}>
      <span aria-hidden="true">✕</span> {words.path.pass.cutOff({ count: facts.passes.length })}
    </button>
  );
}

/** One packet that was made on the way; pressed, it is looked at as a trace of its own. */
export function Caused({ trace, place }: { trace: TraceView; place: number }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const path = useView((state) => state.selection.caused);
  const caused = trace.emitted[place];
  const step = caused && trace.steps[caused.parent];
  if (!caused) return null;
  const what = causedText(caused, words);
  const said = words.path.made.follow({ what, stop: step ? placeText(stopOf(step), words) : words.path.local });
  return (
    <button type="button" className="caused" aria-label={said} title={said} onClick={() => app.follow([...path, place])}>
      <span aria-hidden="true">⤳</span>
      <span className="caused-text">{what}</span>
    </button>
  );
}

export function CausedPackets({ trace }: { trace: TraceView }): React.ReactNode {
  const words = useWords();
  if (trace.emitted.length === 0) return null;
  return (
    <ul className="caused-list" aria-label={words.path.made.title}>
      {trace.emitted.map((caused, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: packets that were caused are called by their place
        <li key={`${caused.parent}:${i}`}>
          <Caused trace={trace} place={i} />
        </li>
      ))}
    </ul>
  );
}

/** From a packet that was caused back to the one that caused it; nothing where the packet itself is shown. */
export function WayBack(): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const caused = useView((state) => state.selection.caused);
  const packet = useView((state) => state.selection.packet);
  const shown = useView((state) => causedTrace(state.answer.traces[state.selection.packet], state.selection.caused));
  if (caused.length === 0 || !shown || !('cause' in shown)) return null;
  const what = words.path.made.shown({ what: causedText(shown as CausedView, words), n: packet + 1 });
  return (
    <button type="button" className="caused way-back" title={what} onClick={() => app.follow(caused.slice(0, -1))}>
      <span aria-hidden="true">↰</span>
      <span className="caused-text">{caused.length > 1 ? words.path.made.backToCause : words.path.made.back({ n: packet + 1 })}</span>
    </button>
  );
}
