/** Twin packets: what is tried as A and B. The one that is not shown waits in the document; the first swap makes it, and it is there until only one is kept. */

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

export const endTwin: Action = {
  name: 'endTwin',
  label: (words) => words.actions.endTwin,
  keys: [],
  available: (state) => state.document.twin !== undefined,
  perform(app) {
    app.edit((document) => {
      if (!document.twin) return document;
      const { twin: _, ...one } = document;
      return one;
    });
  },
};
