/**
 * A list of which only the rows in view are in the page. Its keyboard: one row can be reached by Tab, ↑ and ↓ go from row to
 * row and PageUp and PageDown by a view; the row that has the focus stays in the page wherever the list is scrolled to.
 */

import { isValidElement, memo, startTransition, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { rootScale } from './root-scale.ts';
import { evenRows, unevenRows } from './row-places.ts';
import { ScrollBox } from './scroll-box.tsx';
import './virtual-list.css';

export interface VirtualListHandle {
  /** Brings a row into view, with some room around it; nothing moves if it is there. `focus`: and the focus to it. */
  show(row: number, focus?: boolean): void;
}

interface VirtualListProps {
  readonly label: string;
  readonly className: string;
  readonly count: number;
  /** As it is where letters have 16 pixels, like all heights and widths here. */
  readonly rowHeight: number;
  /** The height of each row, where they are not all of one. */
  readonly heights?: readonly number[] | null;
  /** The row that Tab reaches while none has had the focus. */
  readonly entry: number;
  /** Tells lists apart: another list starts with a focus of its own. */
  readonly identity: string | number;
  readonly keyOf: (row: number) => string;
  /** Draws a row. One whose component is given the same values as before is not drawn again. */
  readonly children: (row: number, tabbable: boolean) => React.ReactNode;
  /** Rows with a control; none where it is null: then the list itself is reached by Tab, and scrolls. */
  readonly canFocus: ((row: number) => boolean) | null;
  /** Scrolled by the person, not by `show`. */
  readonly onScrolled?: () => void;
  /** How wide it is, in pixels, whenever that changes. */
  readonly onWidth?: (width: number) => void;
  readonly ref?: React.Ref<VirtualListHandle>;
}

/** Rows drawn around those in view: of a list that has just come few, so that it shows at once; the others when it is looked at for a moment, in milliseconds. */
const AROUND = 3;
const AT_FIRST = 1;
const MOMENT = 150;

/** What of the list is in view. */
interface View {
  readonly top: number;
  readonly height: number;
}

/** How high the lists of a kind were last: one that comes is as high, and need not ask for a layout before there is anything to lay out. */
const lastHeights = new Map<string, number>();
/** The first of its kind: of the window about so much, so that few rows are drawn that are out of view. */
const SHARE_OF_WINDOW = 0.5;

export function VirtualList({
  label,
  className,
  count,
  rowHeight: ofUsualLetters,
  heights = null,
  entry,
  identity,
  keyOf,
  children,
  canFocus,
  onScrolled,
  onWidth,
  ref,
}: VirtualListProps): React.ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>(() => ({ top: 0, height: lastHeights.get(className) ?? window.innerHeight * SHARE_OF_WINDOW }));
  /** Where it is to be scrolled to once the rows of that place are there. */
  const scrollTo = useRef<number | null>(null);
  /** The row that was brought into view last, as long as nobody scrolled since: it stays in view when the list gets another height. */
  const kept = useRef<number | null>(null);
  const newestShow = useRef<(row: number) => void>(undefined);
  const newestWidth = useRef(onWidth);
  const scale = rootScale();
  const rowHeight = ofUsualLetters * scale;
  const places = useMemo(() => (heights ? unevenRows(heights.map((one) => one * scale)) : evenRows(count, rowHeight)), [heights, count, rowHeight, scale]);
  const [focus, setFocus] = useState<{ readonly identity: string | number; readonly row: number } | null>(null);
  const focused = focus?.identity === identity && focus.row < count ? focus.row : null;
  const tabbed = focused ?? Math.max(0, Math.min(entry, count - 1));

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = (): void => {
      const height = element.clientHeight;
      lastHeights.set(className, height);
      setView((old) => (old.height === height ? old : { ...old, height }));
    };
    if (!lastHeights.has(className)) {
      measure();
      newestWidth.current?.(element.clientWidth / rootScale());
    }
    // After the browser's own layout and before it paints: in the same frame, and no layout is made for it.
    const observer = new ResizeObserver(([entry]) => {
      if (entry) newestWidth.current?.(entry.contentRect.width / rootScale());
      if (element.clientHeight === lastHeights.get(className)) return;
      flushSync(measure);
      if (kept.current !== null) flushSync(() => newestShow.current?.(kept.current as number));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [className]);

  // After the rows of that place are there: the browser would else lay out those that are about to go.
  useLayoutEffect(() => {
    if (scrollTo.current === null || !box.current) return;
    box.current.scrollTop = scrollTo.current;
    scrollTo.current = null;
  });
  useLayoutEffect(() => {
    newestShow.current = show;
    newestWidth.current = onWidth;
  });

  /** What is in view, as far as it is known without a layout: a list that became shorter is scrolled no further than to its end. */
  function seen(): View {
    const height = lastHeights.get(className) ?? view.height;
    return { top: Math.min(view.top, Math.max(0, places.height - height)), height };
  }

  function show(row: number, withFocus = false): void {
    const element = box.current;
    if (!element) return;
    kept.current = row;
    const { top: from, height } = seen();
    const [top, own] = [places.topOf(row), places.heightOf(row)];
    const room = Math.min(rowHeight * 2, Math.max(0, (height - own) / 2));
    let to = from;
    if (top - room < from) to = Math.max(0, top - room);
    else if (top + own + room > from + height) to = Math.min(Math.max(0, places.height - height), top + own + room - height);
    if (to !== from) {
      scrollTo.current = to;
      // In the same frame: rows that are not drawn yet would leave it empty.
      setView({ top: to, height });
    }
    if (!withFocus) return;
    flushSync(() => setFocus({ identity, row }));
    element.querySelector<HTMLElement>(`[data-row="${row}"] :is(button, a)`)?.focus({ preventScroll: true });
  }
  useImperativeHandle(ref, () => ({ show }));

  function byHand(): void {
    kept.current = null;
    onScrolled?.();
  }

  function onKeyDown(event: React.KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const page = Math.max(1, Math.floor(view.height / rowHeight) - 1);
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (by === undefined) return;
    byHand();
    if (!canFocus) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(count - 1, tabbed + by));
    // On to the next row that has a control; where there is none, back to the last one before it.
    for (let row = to; row >= 0 && row < count; row += Math.sign(by)) if (canFocus(row)) return show(row, true);
    for (let row = to; row !== tabbed; row -= Math.sign(by)) if (canFocus(row)) return show(row, true);
  }

  const [settled, setSettled] = useState<string | number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => startTransition(() => setSettled(identity)), MOMENT);
    return () => clearTimeout(timer);
  }, [identity]);
  const around = settled === identity ? AROUND : AT_FIRST;
  const { top, height } = seen();
  const first = Math.max(0, places.rowAt(top) - around);
  const end = Math.min(count, places.rowAt(top + height - 1) + 1 + around);
  const rows = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
  // In its place among the rows, so that Tab goes on from it.
  if (canFocus && count > 0 && tabbed < first) rows.unshift(tabbed);
  else if (canFocus && count > 0 && tabbed >= end) rows.push(tabbed);
  return (
    <ScrollBox
      className={`virtual-list ${className}`}
      ref={box}
      tabIndex={canFocus ? -1 : 0}
      aria-label={label}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget: { scrollTop: to } }) => setView((old) => (old.top === to ? old : { ...old, top: to }))}
      onWheel={byHand}
      onTouchMove={byHand}
      onPointerDown={(event) => event.target === box.current && byHand()}
    >
      <ol
        key={identity}
        className="virtual-rows"
        style={{ height: places.height }}
        onFocus={({ target }) => {
          const row = target.closest<HTMLElement>('[data-row]')?.dataset.row;
          if (row !== undefined && Number(row) !== focused) setFocus({ identity, row: Number(row) });
        }}
      >
        {rows.map((row) => (
          <Row key={keyOf(row)} row={row} top={places.topOf(row)} height={places.heightOf(row)} count={count}>
            {children(row, row === tabbed)}
          </Row>
        ))}
      </ol>
    </ScrollBox>
  );
}

interface RowProps {
  readonly row: number;
  readonly top: number;
  readonly height: number;
  readonly count: number;
  readonly children: React.ReactNode;
}

const Row = memo(
  ({ row, top, height, count, children }: RowProps): React.ReactNode => (
    <li className="virtual-row" data-row={row} style={{ top, height }} aria-setsize={count} aria-posinset={row + 1}>
      {children}
    </li>
  ),
  (a, b) => a.row === b.row && a.top === b.top && a.height === b.height && a.count === b.count && isSame(a.children, b.children),
);

/** Of the same component, with the same values. */
function isSame(a: React.ReactNode, b: React.ReactNode): boolean {
  if (!isValidElement<Readonly<Record<string, unknown>>>(a) || !isValidElement<Readonly<Record<string, unknown>>>(b)) return a === b;
  const names = Object.keys(a.props);
  return a.type === b.type && a.key === b.key && names.length === Object.keys(b.props).length && names.every((name) => a.props[name] === b.props[name]);
}
