import type { Action } from './action.ts';

export const byRule: Action = {
  name: 'byRule',
  label: (words) => words.actions.byRule,
  keys: ['2'],
  available: () => true,
  perform: (app) => app.select({ altitude: 'rule' }),
};
