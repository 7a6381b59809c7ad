import { stepping, type Action } from './action.ts';
import { move, stopBefore } from './step.ts';

export const previous: Action = {
  name: 'previous',
  label: (words) => words.actions.previous,
  keys: ['ArrowLeft'],
  available: stepping,
  perform: (app) => move(app, stopBefore(app.store.getState())),
};
