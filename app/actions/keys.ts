import type { Action } from './action.ts';

export const keys: Action = {
  name: 'keys',
  label: (words) => words.actions.keys,
  keys: ['?'],
  available: () => true,
  perform: (app) => app.select({ overlay: 'keys' }),
};
