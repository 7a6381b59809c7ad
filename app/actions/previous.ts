import { previousStop } from '../store/cursor.ts';
import { stepping, type Action } from './action.ts';

export const previous: Action = {
  name: 'previous',
  label: (words) => words.actions.previous,
  keys: ['ArrowLeft'],
  available: stepping,
  perform: (app) => {
    const { selection, answer } = app.store.getState();
    const trace = answer.traces[selection.packet];
    if (trace) app.goTo(previousStop(trace, selection.step, selection.altitude));
  },
};
