import type { App } from '../store/store.ts';
import { CHAT_SAFE_LINK, LONGEST_LINK, linkOf } from '../share/link.ts';
import type { Action } from './action.ts';

export const share: Action = {
  name: 'share',
  label: (words) => words.actions.share,
  keys: ['Mod+s'],
  inFields: true,
  available: (state) => state.document.files.length > 0,
  perform: (app) => app.select({ overlay: 'share' }),
};

export const saveFile: Action = {
  name: 'saveFile',
  label: (words) => words.actions.saveFile,
  keys: [],
  available: (state) => state.document.files.length > 0,
  perform(app) {
    import('../share/scenario-file.ts')
      .then(({ saveScenario }) => saveScenario(app.store.getState()))
      .then((detail) => app.say({ kind: 'saved', detail }))
      .catch((error: unknown) => app.say({ kind: 'file-failed', detail: error instanceof Error ? error.message : String(error) }));
  },
};

/** The whole link to what is on the page, with nothing left out. */
export function makeLink(app: App): Promise<string> {
  const here = location.href.split('#', 1)[0];
  return linkOf(app.store.getState()).then((fragment) => `${here}${fragment}`);
}

/** Whether chats carry a link whole, or only mails and browsers, or neither. */
export function linkSize({ length }: string): 'safe' | 'fine' | 'long' {
  return length <= CHAT_SAFE_LINK ? 'safe' : length <= LONGEST_LINK ? 'fine' : 'long';
}
