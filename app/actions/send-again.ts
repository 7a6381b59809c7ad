import { copyOf } from '../store/draft.ts';
import type { Action } from './action.ts';

export const sendAgain: Action = {
  name: 'sendAgain',
  label: (words) => words.actions.sendAgain,
  keys: [],
  available: (state) => state.document.files.length > 0,
  perform(app) {
    const { document, selection } = app.store.getState();
    const draft = document.packets[selection.packet];
    if (draft) app.addPacket(document.packets.length, [...document.packets, copyOf(draft)]);
  },
};
