/**
 * What a step changes that is but a text or an attribute: written straight into the page, while the store tells of the change,
 * and so painted in one frame with what is drawn. Drawing costs a way through the whole page, however little comes of it.
 */

import { useLayoutEffect, useRef } from 'react';
import type { State } from '../../store/state.ts';
import { useApp } from './app-context.ts';

/** Calls `write` with each state, and after each drawing: what was drawn is of the state of then. */
export function useWritten(write: (state: State) => void): void {
  const { store } = useApp();
  const newest = useRef(write);
  useLayoutEffect(() => {
    newest.current = write;
    write(store.getState());
  });
  useLayoutEffect(() => store.subscribe((state) => newest.current(state)), [store]);
}

type Box = 'p' | 'span' | 'output' | 'div';

/** A box with nothing but a text in it. `text` says what it is in any state; null: what it is already. */
export function Written({ as: Tag, text, ...rest }: { as: Box; text: (state: State) => string | null } & Omit<React.HTMLAttributes<HTMLElement>, 'children'>): React.ReactNode {
  const box = useRef<HTMLElement>(null);
  useWritten((state) => {
    const said = text(state);
    if (box.current && said !== null) writeText(box.current, said);
  });
  return <Tag ref={box as React.Ref<never>} {...rest} />;
}

/** The text node stays where there is one: taking it away and putting another in its place costs as much again. */
export function writeText(box: HTMLElement, text: string): void {
  const { firstChild: node } = box;
  if (node instanceof Text && node.nextSibling === null) {
    if (node.data !== text) node.data = text;
  } else box.textContent = text;
}

export function writeAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
