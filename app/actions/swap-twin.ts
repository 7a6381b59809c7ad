/** Twin packets: what is tried as A and B. The one that is not shown waits in the document; the first swap makes it. */

import type { Action } from './action.ts';

export const swapTwin: Action = {
  name: 'swapTwin',
  label: (words) => words.actions.swapTwin,
  keys: ['x'],
  available: (state) => state.document.files.length > 0,
  perform(app) {
    app.edit((document) => {
      const { twin, packets } = document;
      return { ...document, packets: twin?.packets ?? packets.map((draft) => ({ ...draft })), twin: { shown: twin?.shown === 'B' ? 'A' : 'B', packets } };
    });
  },
};
