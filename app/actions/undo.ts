import type { Action } from './action.ts';

export const undo: Action = {
  name: 'undo',
  label: (words) => words.actions.undo,
  keys: ['Mod+z'],
  available: (state) => state.history.past.length > 0,
  perform: (app) => app.undo(),
};
