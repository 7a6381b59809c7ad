/** Fields and their values: what the step changed stands beside what it is now; a press copies a value. */

import { Fragment, memo, startTransition, useEffect, useReducer, useRef, useState } from 'react';
import { copyValue } from '../../actions/copy-value.ts';
import type { FieldAt, StateField } from '../../store/state-fields.ts';
import type { Words } from '../../text/words.ts';
import { useApp, useView, useWords } from '../page/app-context.ts';

/**
 * Drawn again where one of them changes: what is the same at the next step is the same object. Those that are scrolled out of
 * the panel's view follow after the step is painted.
 */
export const Fields = memo(({ fields: newest }: { fields: readonly FieldAt[] }): React.ReactNode => {
  const words = useWords();
  const moment = useView((state) => state.selection.moment);
  const box = useRef<HTMLDListElement>(null);
  const fields = useShown(newest, useSeen(box));
  return (
    <dl className="state-fields" ref={box}>
      {fields.map((field) => (
        <div key={field.name} data-field={field.name}>
          <dt>{words.state.fields[field.name]}</dt>
          <dd className="mono">
            <Value {...field} moment={moment} />
          </dd>
        </div>
      ))}
    </dl>
  );
});

/** How long after a step what is out of view follows, in milliseconds. */
const FOLLOWS = 100;

/** The newest of what is in view; of the rest what it was, for a moment. Not `useDeferredValue`: that one follows before the paint, and where all is in view, too. */
function useShown<T>(newest: T, seen: boolean): T {
  const shown = useRef(newest);
  const [, draw] = useReducer((times: number) => times + 1, 0);
  if (seen) shown.current = newest;
  useEffect(() => {
    if (shown.current === newest) return;
    const timer = setTimeout(() => {
      shown.current = newest;
      startTransition(draw);
    }, FOLLOWS);
    return () => clearTimeout(timer);
  }, [newest]);
  return shown.current;
}

/** Whether any of it is in view: yes, until it is known. */
function useSeen(box: React.RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(true);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new IntersectionObserver((entries) => setSeen(entries.at(-1)?.isIntersecting ?? true));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return seen;
}

/** Most values are at a step what they were at the one before, and are not drawn again. */
export const Value = memo(({ name, before, after, writer, moment }: FieldAt & { moment: 'before' | 'after' }): React.ReactNode => {
  const words = useWords();
  const changed = moment === 'after' && before !== after;
  const value = moment === 'before' ? before : after;
  const text = value ?? noneOf(name, words);
  return (
    // A value beside which another one comes or goes is a new one: it does not move.
    <Fragment key={changed ? `changed ${writer}` : 'same'}>
      {changed && (
        <span className="state-changed">
          <span aria-hidden="true">± </span>
          <span className="sr-only">{words.state.changedFrom}</span>
          <del>{before ?? words.state.none}</del>{' '}
        </span>
      )}
      <CopyValue value={value} text={text} strong={changed} />
      {moment === 'after' && writer !== null && !changed && <Writer step={writer} />}
    </Fragment>
  );
});

function CopyValue({ value, text, strong }: { value: string | null; text: string; strong: boolean }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  const shown = strong ? <ins>{text}</ins> : text;
  if (value === null) return <span className={strong ? undefined : 'muted'}>{shown}</span>;
  return (
    <button type="button" className="state-value" title={words.state.copy({ value })} onClick={() => copyValue(app, value)}>
      {shown}
    </button>
  );
}

/** The way to the step that wrote a value. */
function Writer({ step }: { step: number }): React.ReactNode {
  const words = useWords();
  const app = useApp();
  return (
    <button
      type="button"
      className="link state-writer"
      aria-label={words.state.lastWritten({ step: step + 1 })}
      title={words.state.lastWritten({ step: step + 1 })}
      onClick={() => app.goTo(step)}
    >
      <span aria-hidden="true">↤</span>
      {step + 1}
    </button>
  );
}

function noneOf(name: StateField, words: Words): string {
  if (name === 'ctstate') return words.state.notYet;
  if (name === 'original' || name === 'reply') return words.state.noEntry;
  return words.state.none;
}
