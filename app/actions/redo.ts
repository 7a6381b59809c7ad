import type { Action } from './action.ts';

export const redo: Action = {
  name: 'redo',
  label: (words) => words.actions.redo,
  keys: ['Mod+Shift+z', 'Mod+y'],
  available: (state) => state.history.future.length > 0,
  perform: (app) => app.redo(),
};
