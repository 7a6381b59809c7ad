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
