import { stepping, type Action } from './action.ts';

export const beforeAfter: Action = {
  name: 'beforeAfter',
  label: (words) => words.actions.beforeAfter,
  keys: ['d'],
  available: stepping,
  perform: (app) => app.select({ moment: app.store.getState().selection.moment === 'after' ? 'before' : 'after' }),
};
