import { draftOf } from '../store/draft.ts';
import type { Action } from './action.ts';

export const sendReply: Action = {
  name: 'sendReply',
  label: (words) => words.actions.sendReply,
  keys: [],
  // Where nobody answers it says so.
  available: ({ answer, selection }) => !answer.stale && answer.traces[selection.packet] !== undefined,
  perform(app) {
    const { answer, selection, document } = app.store.getState();
    const reply = answer.traces[selection.packet]?.reply;
    if (!reply) return app.say({ kind: 'no-reply', detail: '' });
    const at = selection.packet + 1;
    // The answer comes right behind what it answers; packets after it meet the state that it leaves.
    app.addPacket(at, [...document.packets.slice(0, at), draftOf(reply), ...document.packets.slice(at)]);
  },
};
