/** The breakpoints: those there are, a field to write one, some to take as they are; and how playing goes. */

import { useMemo, useState } from 'react';
import { clearBreakpoints, switchBreakpoint } from '../../actions/breakpoint.ts';
import { runNext, runPrevious } from '../../actions/run.ts';
import type { Action } from '../../actions/action.ts';
import { breakpointsOf, hitsOf, missingAt, parseBreakpoint, READY_BREAKPOINTS, type BreakpointFailure } from '../../store/breakpoints.ts';
import { EXPRESSION_FIELDS } from '../../store/expression.ts';
import { shownTrace } from '../../store/caused.ts';
import { PACES, VERBOSITIES, type Pace } from '../../store/state.ts';
import { breakpointWords, type BreakpointWords } from '../../text/breakpoints.ts';
import { Icon } from '../../widgets/icon.tsx';
import { Overlay } from '../../widgets/overlay.tsx';
import { Switch } from '../../widgets/switch.tsx';
import { useApp, useView, useWords } from '../page/app-context.ts';
import { keyName } from './step-button.tsx';
import './breakpoints-panel.css';

export function BreakpointsPanel(): React.ReactNode {
  const app = useApp();
  const text = breakpointWords(useView((state) => state.settings.language));
  const all = useView((state) => breakpointsOf(state.document));
  const trace = useView(shownTrace);
  const node = useView((state) => state.answer.node);
  const pace = useView((state) => state.settings.pace);
  const verbosity = useView((state) => state.settings.verbosity);
  const met = useMemo(() => {
    const counts = new Map<string, number>();
    if (trace) for (const hit of hitsOf(trace, all)) counts.set(hit.text, (counts.get(hit.text) ?? 0) + 1);
    return counts;
  }, [trace, all]);
  return (
    <Overlay label={text.title} modal={false} className="breakpoints" close={() => app.select({ overlay: null })}>
      <h3 className="panel-title">{text.title}</h3>
      {all.length === 0 ? (
        <p className="muted">{text.none}</p>
      ) : (
        <ul className="breakpoint-list" aria-label={text.list}>
          {all.map((one) => {
            const missing = missingAt(one, node);
            return (
              <li key={one}>
                <span className="breakpoint-flag" aria-hidden="true">
                  ▾
                </span>
                <span className="mono breakpoint-text">{one}</span>
                <span className="muted small">{missing ? text.missing[missing] : text.stops({ count: met.get(one) ?? 0 })}</span>
                <button type="button" className="button" aria-label={text.remove({ text: one })} title={text.remove({ text: one })} onClick={() => switchBreakpoint(app, one)}>
                  <Icon name="remove" />
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <NewBreakpoint all={all} />
      <fieldset className="breakpoint-ready">
        <legend className="muted small">{text.ready}</legend>
        {READY_BREAKPOINTS.map((one) => (
          <button key={one} type="button" className="button mono" aria-pressed={all.includes(one)} onClick={() => switchBreakpoint(app, one)}>
            {one}
          </button>
        ))}
      </fieldset>
      <div className="breakpoint-run">
        <RunButton action={runPrevious} />
        <RunButton action={runNext} />
        <RunButton action={clearBreakpoints} />
      </div>
      <div className="breakpoint-settings">
        <span aria-hidden="true">{text.pace}</span>
        <Switch
          label={text.pace}
          choices={PACES.map((one) => ({ id: String(one), label: text.paceOf({ pace: String(one) }) }))}
          chosen={String(pace)}
          choose={(one) => app.set({ pace: Number(one) as Pace })}
        />
        <span aria-hidden="true">{text.verbosity}</span>
        <Switch label={text.verbosity} choices={VERBOSITIES.map((id) => ({ id, label: text.verbosities[id] }))} chosen={verbosity} choose={(one) => app.set({ verbosity: one })} />
      </div>
    </Overlay>
  );
}

/** What is written is kept while it cannot be read; the message says where and what would do. */
function NewBreakpoint({ all }: { all: readonly string[] }): React.ReactNode {
  const app = useApp();
  const [written, setWritten] = useState('');
  const [failure, setFailure] = useState<BreakpointFailure | null>(null);
  const text = breakpointWords(useView((state) => state.settings.language));
  function add(): void {
    const parsed = parseBreakpoint(written);
    if ('failure' in parsed) return setFailure(parsed.failure);
    if (!all.includes(parsed.text)) switchBreakpoint(app, parsed.text);
    setWritten('');
    setFailure(null);
  }
  return (
    <form
      className="breakpoint-new"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <label htmlFor="breakpoint-new">{text.new}</label>
      <div className="breakpoint-field">
        <input
          id="breakpoint-new"
          className="mono"
          value={written}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={failure !== null}
          aria-describedby={failure ? 'breakpoint-failure' : 'breakpoint-examples'}
          onChange={(event) => {
            setWritten(event.target.value);
            setFailure(null);
          }}
        />
        <button type="submit" className="button">
          {text.add}
        </button>
      </div>
      {failure && (
        <p className="failure" id="breakpoint-failure" role="alert">
          {failureText(failure, text)}
        </p>
      )}
      <p className="muted small breakpoint-examples" id="breakpoint-examples">
        {text.examples}
      </p>
    </form>
  );
}

function failureText({ kind, at, found }: BreakpointFailure, { failure: text }: BreakpointWords): string {
  return kind === 'empty' ? text.empty : text[kind]({ column: at + 1, found, fields: EXPRESSION_FIELDS.join(', ') });
}

function RunButton({ action }: { action: Action }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const available = useView(action.available);
  return (
    <button type="button" className="button" disabled={!available} onClick={() => action.perform(app)}>
      {action.label(words)} {action.keys.length > 0 && <kbd>{action.keys.map(keyName).join(', ')}</kbd>}
    </button>
  );
}
