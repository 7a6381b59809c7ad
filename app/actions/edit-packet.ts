import type { Action } from './action.ts';

export const editPacket: Action = {
  name: 'editPacket',
  label: (words) => words.actions.editPacket,
  keys: ['e'],
  available: () => true,
  perform(app) {
    const { editing } = app.store.getState().selection;
    if (typeof document === 'undefined') return;
    // On a phone the fields are folded.
    const folds = document.querySelector('.packet[data-frame="phone"]') !== null;
    if (folds) app.select({ editing: !editing });
    if (!folds || !editing) focusFirstField(0);
  },
};

/** How many frames the fields may take to be there. */
const MOST_FRAMES = 120;

function focusFirstField(frame: number): void {
  const field = document.querySelector<HTMLElement>('.packet [data-field="src"] input');
  if (field) field.focus();
  else if (frame < MOST_FRAMES) requestAnimationFrame(() => focusFirstField(frame + 1));
}
