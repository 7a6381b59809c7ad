/** What the views ask the worker for, each thing once for every walk. */

import type { CausedPath } from './caused.ts';
import type { App, AppStore, Walker } from './store.ts';
import { whyNotKey } from './why-not.ts';

/** Under which the readings of a rule at a step are kept. */
export function readingsKey(packet: number, caused: CausedPath, step: number, rule: number): string {
  return `${[packet, ...caused].join('.')}/${step}/${rule}`;
}

/** What is kept under a name that somebody gave, as to a set or a node; null where nothing is. What every object has, as `constructor`, was not kept there. */
export function ownValue<T>(values: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(values, name) ? (values[name] as T) : null;
}

export type Questions = Pick<App, 'askWhy' | 'asksWhyNot' | 'askWhyNot' | 'askSet' | 'find'>;

/** `forget`: of another walk nothing has been asked yet. */
export function questionsTo(walker: Walker, { getState, setState }: AppStore): { readonly questions: Questions; readonly forget: () => void } {
  const asked = new Set<string>();
  const once = (key: string, ask: () => void): void => {
    if (asked.has(key)) return;
    asked.add(key);
    ask();
  };
  const questions: Questions = {
    askWhy(packet, step, rule, caused = []) {
      once(readingsKey(packet, caused, step, rule), () => (caused.length === 0 ? walker.why(packet, step, rule) : walker.why(packet, step, rule, caused)));
    },
    asksWhyNot: walker.whyNot !== undefined,
    askWhyNot(wish) {
      const { packet, caused } = getState().selection;
      once(whyNotKey(packet, caused, wish), () => (caused.length === 0 ? walker.whyNot?.(packet, wish) : walker.whyNot?.(packet, wish, caused)));
    },
    askSet(name) {
      once(`set ${name}`, () => walker.set?.(name));
    },
    find(query, words = false) {
      if (query.trim() === '') setState({ answer: { ...getState().answer, [words ? 'foundByWords' : 'found']: null } });
      else if (words) walker.find?.(query, true);
      else walker.find?.(query);
    },
  };
  return { questions, forget: () => asked.clear() };
}
