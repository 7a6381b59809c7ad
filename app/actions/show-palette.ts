import type { Action } from './action.ts';

export const showPalette: Action = {
  name: 'palette',
  label: (words) => words.actions.palette,
  keys: ['Mod+k'],
  inFields: true,
  available: () => true,
  perform: (app) => app.select({ overlay: 'palette' }),
};

export const goToPlace: Action = {
  name: 'goTo',
  label: (words) => words.actions.goTo,
  keys: ['g'],
  available: (state) => state.answer.traces.length > 0,
  perform: (app) => app.select({ overlay: 'go-to' }),
};
