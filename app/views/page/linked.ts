/**
 * What is pointed at, or has the focus, is shown wherever else it stands: an address in the prefixes that hold it, a mark in
 * the tests it passes, a set, a chain or a rule by its name, a bit in every row of bits. It is drawn over the text
 * (CSS Custom Highlight API): nothing moves, and where a browser lacks it nothing is shown. Esc, and every step, end it.
 */

import type { App } from '../../store/store.ts';
import { dataIn, isLinked, type Datum } from '../../text/data.ts';

/** A pointer that only crosses shows nothing; in milliseconds. */
const REST = 150;
const NAME = 'linked';
/** What one datum is looked for in: a pointer on a row means what lies below it there. */
const AROUND = '[data-row], li, p, dd, dt, td, button, label, summary';
/** Where data stand. */
const WITHIN = '.main';

interface Place {
  readonly node: Text;
  readonly datum: Datum;
}

/** Until what it returns is called. */
export function linkData(app: App): () => void {
  if (!('highlights' in CSS)) return () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let marked: readonly Element[] = [];

  const clear = (): void => {
    clearTimeout(timer);
    CSS.highlights.delete(NAME);
    for (const element of marked) element.removeAttribute('data-linked');
    marked = [];
  };
  const show = (wanted: readonly Datum[]): void => {
    clear();
    const root = document.querySelector(WITHIN);
    if (!root || wanted.length === 0) return;
    const names = namesOf(app);
    const isWanted = (datum: Datum): boolean => wanted.some((one) => isLinked(one, datum));
    const found = placesIn(root, names).filter(({ datum }) => isWanted(datum));
    const fields = [...root.querySelectorAll<HTMLInputElement>('.packet input')].filter(({ value }) => dataIn(value, names).some(isWanted));
    // What stands nowhere else has nothing to show.
    if (found.length + fields.length < 2) return;
    CSS.highlights.set(NAME, new Highlight(...found.map(rangeOf)));
    mark(fields);
  };
  const mark = (elements: readonly Element[]): void => {
    for (const element of elements) element.setAttribute('data-linked', '');
    marked = elements;
  };
  /** The cells of one bit, in every row of bits. */
  const showBit = (cell: HTMLTableCellElement): void => {
    clear();
    mark([...document.querySelectorAll(`${WITHIN} .bits tbody tr > :nth-child(${cell.cellIndex + 1})`)]);
  };
  const point = (x: number, y: number, target: EventTarget | null): void => {
    const element = target instanceof Element && target.closest(WITHIN) ? target : null;
    const cell = element?.closest<HTMLTableCellElement>('.bits tbody td[data-tone]');
    if (cell) return showBit(cell);
    const around = element?.closest(AROUND);
    const input = element?.closest<HTMLInputElement>('input[value]');
    const names = namesOf(app);
    if (input) return show(dataIn(input.value, names));
    const under =
      around && placesIn(around, names).find((place) => [...rangeOf(place).getClientRects()].some((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom));
    show(under ? [under.datum] : []);
  };

  const onMove = ({ pointerType, buttons, clientX, clientY, target }: PointerEvent): void => {
    clearTimeout(timer);
    if (pointerType === 'mouse' && buttons === 0) timer = setTimeout(() => point(clientX, clientY, target), REST);
  };
  const onClick = (event: PointerEvent | MouseEvent): void => {
    if ('pointerType' in event && event.pointerType === 'touch') timer = setTimeout(() => point(event.clientX, event.clientY, event.target), REST);
  };
  const onFocus = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement) || !target.closest(WITHIN) || !target.matches(':focus-visible')) return;
    clearTimeout(timer);
    const said = target instanceof HTMLInputElement ? target.value : ((target.closest('.rule-row') ?? target).textContent ?? '');
    // After whatever comes to be shown with the focus.
    timer = setTimeout(() => show(dataIn(said, namesOf(app))), REST);
  };
  const onKey = ({ key }: KeyboardEvent): void => {
    if (key === 'Escape') clear();
  };
  const stop = app.store.subscribe((state, before) => {
    if (state.selection.step !== before.selection.step || state.answer.traces !== before.answer.traces) clear();
  });
  const all = [
    ['pointermove', onMove],
    ['click', onClick],
    ['focusin', onFocus],
    ['keydown', onKey],
  ] as const;
  for (const [kind, listener] of all) document.addEventListener(kind, listener as EventListener, true);
  return () => {
    clear();
    stop();
    for (const [kind, listener] of all) document.removeEventListener(kind, listener as EventListener, true);
  };
}

function placesIn(root: Element, names: ReadonlySet<string>): readonly Place[] {
  const places: Place[] = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const { data } = node as Text;
    if (data.length > 2) for (const datum of dataIn(data, names)) places.push({ node: node as Text, datum });
  }
  return places;
}

function rangeOf({ node, datum }: Place): Range {
  const range = document.createRange();
  range.setStart(node, datum.at);
  range.setEnd(node, datum.at + datum.text.length);
  return range;
}

let known: { readonly node: unknown; readonly names: ReadonlySet<string> } = { node: null, names: new Set() };

/** Chains and sets of the node. */
function namesOf(app: App): ReadonlySet<string> {
  const { node } = app.store.getState().answer;
  if (node && known.node !== node)
    known = { node, names: new Set([...node.tables.flatMap(({ chains }) => chains.map(({ name }) => name)), ...(node.sets ?? []).map(({ name }) => name)]) };
  return known.names;
}
