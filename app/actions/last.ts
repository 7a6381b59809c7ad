import { stepping, type Action } from './action.ts';

export const last: Action = {
  name: 'last',
  label: (words) => words.actions.last,
  keys: ['End'],
  available: stepping,
  perform: (app) => app.goTo(Number.MAX_SAFE_INTEGER),
};
