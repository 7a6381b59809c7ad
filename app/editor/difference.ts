/** What differs between two lists of lines: the stretches between their longest common subsequence. */

/** A stretch that differs: items from..to of the one (gone) and of the other (came), from 0, ends not counted in. */
export interface Gap {
  readonly goneFrom: number;
  readonly goneTo: number;
  readonly cameFrom: number;
  readonly cameTo: number;
}

/** Most cells of the table that finds the longest common subsequence: 4 MB. Longer middles count as replaced whole. */
const MOST_CELLS = 2_000_000;

/** The stretches between the lines that both have, in order. */
export function gaps(was: readonly string[], now: readonly string[]): Gap[] {
  let start = 0;
  while (start < was.length && start < now.length && was[start] === now[start]) start++;
  let [endWas, endNow] = [was.length, now.length];
  while (endWas > start && endNow > start && was[endWas - 1] === now[endNow - 1]) {
    endWas--;
    endNow--;
  }
  const [rows, columns] = [endWas - start, endNow - start];
  if (rows === 0 && columns === 0) return [];
  if (rows * columns > MOST_CELLS) return [{ goneFrom: start, goneTo: endWas, cameFrom: start, cameTo: endNow }];
  const width = columns + 1;
  const length = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--)
      length[i * width + j] =
        was[start + i] === now[start + j] ? (length[(i + 1) * width + j + 1] as number) + 1 : Math.max(length[(i + 1) * width + j] as number, length[i * width + j + 1] as number);
  const found: Gap[] = [];
  let [i, j] = [0, 0];
  while (i < rows || j < columns) {
    const [goneFrom, cameFrom] = [start + i, start + j];
    while ((i < rows || j < columns) && !(i < rows && j < columns && was[start + i] === now[start + j])) {
      if (j >= columns || (i < rows && (length[(i + 1) * width + j] as number) >= (length[i * width + j + 1] as number))) i++;
      else j++;
    }
    if (start + i > goneFrom || start + j > cameFrom) found.push({ goneFrom, goneTo: start + i, cameFrom, cameTo: start + j });
    i++;
    j++;
  }
  return found;
}
