import { stepping, type Action } from './action.ts';
import { move, stopAfter } from './step.ts';

export const next: Action = {
  name: 'next',
  label: (words) => words.actions.next,
  keys: ['ArrowRight'],
  available: stepping,
  perform: (app) => move(app, stopAfter(app.store.getState())),
};
