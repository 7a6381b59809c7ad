import { nextChange as after } from '../store/cursor.ts';
import { shownTrace } from '../store/caused.ts';
import { stepping, type Action } from './action.ts';

export const nextChange: Action = {
  name: 'nextChange',
  label: (words) => words.actions.nextChange,
  keys: ['Shift+ArrowRight'],
  available: stepping,
  perform: (app) => {
    const state = app.store.getState();
    const { selection } = state;
    const trace = shownTrace(state);
    if (trace) app.goTo(after(trace, selection.step));
  },
};
