/** Which rows of a long list are drawn: those in view and some around them, so that scrolling shows no gaps. */

export interface RowWindow {
  readonly first: number;
  /** One past the last row. */
  readonly end: number;
}

export function rowWindow(scrollTop: number, viewHeight: number, rowHeight: number, count: number, around = 8): RowWindow {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - around);
  const end = Math.min(count, Math.ceil((scrollTop + viewHeight) / rowHeight) + around);
  return { first: Math.min(first, end), end };
}

/** Where to scroll so that a row is in view with some room around it; null if it is already. */
export function scrollToRow(row: number, scrollTop: number, viewHeight: number, rowHeight: number): number | null {
  const top = row * rowHeight;
  const room = Math.min(rowHeight * 2, Math.max(0, (viewHeight - rowHeight) / 2));
  if (top - room < scrollTop) return Math.max(0, top - room) === scrollTop ? null : Math.max(0, top - room);
  if (top + rowHeight + room > scrollTop + viewHeight) return top + rowHeight + room - viewHeight;
  return null;
}

/** Lines of several heights: where each begins, and in the end where the last one ends. */
export function lineTops(heights: readonly number[]): readonly number[] {
  const tops = [0];
  for (const height of heights) tops.push((tops.at(-1) as number) + height);
  return tops;
}

/** As `rowWindow`, for lines of several heights. */
export function lineWindow(tops: readonly number[], scrollTop: number, viewHeight: number, around = 6): RowWindow {
  const count = tops.length - 1;
  const first = Math.max(0, lastAtOrBefore(tops, scrollTop) - around);
  const end = Math.min(count, lastAtOrBefore(tops, scrollTop + viewHeight) + 1 + around);
  return { first: Math.min(first, end), end };
}

function lastAtOrBefore(tops: readonly number[], y: number): number {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((tops[middle] as number) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
