import { LONGEST_LINK } from '../share/link.ts';
import type { Action } from './action.ts';
import { copyAddress } from './copy-value.ts';
import { makeLink } from './share.ts';

export const copyLink: Action = {
  name: 'copyLink',
  label: (words) => words.actions.copyLink,
  keys: [],
  available: (state) => state.document.files.length > 0,
  perform(app) {
    makeLink(app).then(
      // Too long to be carried whole: the dialog says so and saves a file instead.
      (link) => (link.length > LONGEST_LINK ? app.select({ overlay: 'share' }) : copyAddress(app, link)),
      () => app.say({ kind: 'copy-failed', detail: '' }),
    );
  },
};
