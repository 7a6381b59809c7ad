import { previousChange as before } from '../store/cursor.ts';
import { shownTrace } from '../store/caused.ts';
import { stepping, type Action } from './action.ts';

export const previousChange: Action = {
  name: 'previousChange',
  label: (words) => words.actions.previousChange,
  keys: ['Shift+ArrowLeft'],
  available: stepping,
  perform: (app) => {
    const state = app.store.getState();
    const { selection } = state;
    const trace = shownTrace(state);
    if (trace) app.goTo(before(trace, selection.step));
  },
};
