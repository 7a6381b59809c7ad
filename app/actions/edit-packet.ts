import type { Action } from './action.ts';

export const editPacket: Action = {
  name: 'editPacket',
  label: (words) => words.actions.editPacket,
  keys: ['e'],
  available: () => true,
  perform: (app) => app.select({ editing: !app.store.getState().selection.editing }),
};
