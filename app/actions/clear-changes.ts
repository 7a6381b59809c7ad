import type { Action } from './action.ts';

export const clearChanges: Action = {
  name: 'clearChanges',
  label: (words) => words.actions.clearChanges,
  keys: [],
  available: (state) => state.answer.changes !== null,
  perform: (app) => app.clearChanges(),
};
