/** What a row writes of its rule, as text: how wide that is says how high the row is. */

import type { RuleSummary } from '../../store/state.ts';

export const SET_OPTION = /--match-set /g;
const OPTION = /--[a-z][\w-]*/g;

/** A test without the words every rule of its kind has; the whole line is in the row's title. */
export function chipText(test: string): string {
  return test.replace(SET_OPTION, '').replace(/--(?=[a-z])/g, '');
}

/** As long, and without hyphens in its options: a line ends behind those of a name alone. */
export function chipLines(test: string): string {
  return chipText(test.replace(SET_OPTION, '').replace(OPTION, (option) => `--${option.slice(2).replaceAll('-', '_')}`));
}

/** The target as the row has it, as far as its length goes. */
export function targetText({ target, targetOptions, packets }: RuleSummary): string {
  return `→ ${target ?? 'no target: continues'} ${targetOptions}${packets === undefined ? '' : ` ${packets} pkts`}`;
}
