/** How what was measured is told: a value beside its budget, marked where it is missed. */

/** Of what is loaded anew the median of so many counts. */
export const RUNS = 3;

export function row(what: string, value: string, budget = '', missed = false): void {
  process.stdout.write(`  ${what.padEnd(62)}${value.padStart(12)}  ${budget.padEnd(14)}${missed ? '✗' : ''}\n`);
}

/** What the rows below are of. */
export function heading(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

/** A value beside its budget. */
export function held(what: string, value: number, budget: number | null, unit: string, digits = 0): void {
  row(what, `${value.toFixed(digits)} ${unit}`, budget === null ? '' : `≤ ${budget} ${unit}`, budget !== null && value > budget);
}

/** The value that this share of them stays below. */
export const part = (values: readonly number[], share: number): number => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
export const median = (values: readonly number[]): number => part(values, 0.5);
