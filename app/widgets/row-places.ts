/** Where the rows of a list stand, one below the other: all as high as one another, or each as high as it is. In pixels. */

interface RowPlaces {
  /** Of all of them. */
  readonly height: number;
  topOf(row: number): number;
  heightOf(row: number): number;
  /** The row that is there; the last one below them all. */
  rowAt(y: number): number;
}

export function evenRows(count: number, height: number): RowPlaces {
  return {
    height: count * height,
    topOf: (row) => row * height,
    heightOf: () => height,
    rowAt: (y) => Math.max(0, Math.min(count - 1, Math.floor(y / height))),
  };
}

export function unevenRows(heights: readonly number[]): RowPlaces {
  const tops = [0];
  for (const height of heights) tops.push((tops.at(-1) as number) + height);
  return {
    height: tops.at(-1) as number,
    topOf: (row) => tops[row] as number,
    heightOf: (row) => heights[row] as number,
    rowAt(y) {
      let [low, high] = [0, Math.max(0, heights.length - 1)];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if ((tops[middle] as number) <= y) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}
