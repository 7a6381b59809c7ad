import { previousChange as before } from '../store/cursor.ts';
import { stepping, type Action } from './action.ts';

export const previousChange: Action = {
  name: 'previousChange',
  label: (words) => words.actions.previousChange,
  keys: ['Shift+ArrowLeft'],
  available: stepping,
  perform: (app) => {
    const { selection, answer } = app.store.getState();
    const trace = answer.traces[selection.packet];
    if (trace) app.goTo(before(trace, selection.step));
  },
};
