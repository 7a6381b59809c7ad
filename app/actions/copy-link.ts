import { LONGEST_LINK, packDocument, writeLink } from '../share/link.ts';
import type { Action } from './action.ts';

export const copyLink: Action = {
  name: 'copyLink',
  label: (words) => words.actions.copyLink,
  keys: ['Mod+s'],
  available: (state) => state.document.files.length > 0,
  perform(app) {
    const state = app.store.getState();
    const here = location.href.split('#', 1)[0];
    const fragment = writeLink(state);
    const whole = state.document.example !== null ? Promise.resolve(fragment) : packDocument(state.document).then((data) => fragment.replace('#/own', `#/x/1.${data}`));
    whole
      .then((link) => {
        if (link.length > LONGEST_LINK) return app.say({ kind: 'too-long', detail: String(link.length) });
        return navigator.clipboard.writeText(`${here}${link}`).then(() => app.say({ kind: 'copied', detail: '' }));
      })
      .catch(() => app.say({ kind: 'copy-failed', detail: '' }));
  },
};
