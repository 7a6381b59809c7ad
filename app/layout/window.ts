/** Which rows of a long list are drawn: those in view and some around them, so that scrolling shows no gaps. */

interface RowWindow {
  readonly first: number;
  /** One past the last row. */
  readonly end: number;
}

/** Lines of several heights: where each begins, and in the end where the last one ends. */
export function lineTops(heights: readonly number[]): readonly number[] {
  const tops = [0];
  for (const height of heights) tops.push((tops.at(-1) as number) + height);
  return tops;
}

/** `tops`: as `lineTops` says. */
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
