/** Time and memory of a piece of work, and how a table of them is printed. */

declare const gc: (() => void) | undefined;

/** Milliseconds of the fastest of `times` runs: what the work takes when nothing else is in the way. */
export function milliseconds(work: () => unknown, times = 1): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Megabytes in use after garbage is collected; without `--expose-gc` garbage counts too. */
export function megabytesUsed(): number {
  // Twice: what array buffers held is given back behind the first.
  if (typeof gc === 'function') for (let i = 0; i < 2; i++) gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** Megabytes of typed arrays alone: the columns and the index of sets are nothing else. */
export function megabytesOfArrays(): number {
  megabytesUsed();
  return process.memoryUsage().arrayBuffers / 1e6;
}

/** What is being measured, its value, and a remark. */
export type Row = readonly [what: string, value: string, note?: string];

/** Prints rows as they come: the long ones take a while. */
export function printRows(title: string, rows: Iterable<Row>): void {
  process.stdout.write(`\n${title}\n`);
  for (const [what, value, note = ''] of rows) process.stdout.write(`  ${what.padEnd(58)}${value.padStart(10)}  ${note}\n`);
}

export const inMilliseconds = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
export const inMegabytes = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} MB`;

/** The time that a fifth of the runs stayed below: what the work takes when other work on the machine is not in the way. */
export function usual(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 5)] as number;
}
