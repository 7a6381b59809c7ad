import { nextChange as after } from '../store/cursor.ts';
import { stepping, type Action } from './action.ts';

export const nextChange: Action = {
  name: 'nextChange',
  label: (words) => words.actions.nextChange,
  keys: ['Shift+ArrowRight'],
  available: stepping,
  perform: (app) => {
    const { selection, answer } = app.store.getState();
    const trace = answer.traces[selection.packet];
    if (trace) app.goTo(after(trace, selection.step));
  },
};
