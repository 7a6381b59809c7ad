import type { Action } from './action.ts';

export const byHook: Action = {
  name: 'byHook',
  label: (words) => words.actions.byHook,
  keys: ['1'],
  available: () => true,
  perform: (app) => app.select({ altitude: 'hook' }),
};
