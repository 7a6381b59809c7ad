import { stepping, type Action } from './action.ts';

export const first: Action = {
  name: 'first',
  label: (words) => words.actions.first,
  keys: ['Home'],
  available: stepping,
  perform: (app) => app.goTo(0),
};
