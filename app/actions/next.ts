import { nextStop } from '../store/cursor.ts';
import { stepping, type Action } from './action.ts';

export const next: Action = {
  name: 'next',
  label: (words) => words.actions.next,
  keys: ['ArrowRight'],
  available: stepping,
  perform: (app) => {
    const { selection, answer } = app.store.getState();
    const trace = answer.traces[selection.packet];
    if (trace) app.goTo(nextStop(trace, selection.step, selection.altitude));
  },
};
