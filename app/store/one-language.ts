/** Whoever changes to Chinese is to see all of the page change at once: its words and what the engine said are asked for first. */

import type { App } from './store.ts';

/** `chinese` resolves when they are there: false where they cannot be had. */
export function inOneLanguage(app: App, chinese: () => Promise<boolean>): App {
  let chosen = app.store.getState().settings.language;
  return {
    ...app,
    set(change) {
      chosen = change.language ?? chosen;
      if (change.language !== 'zh' || app.store.getState().settings.language === 'zh') return app.set(change);
      // What was chosen meanwhile counts more.
      void chinese().then((there) => there && chosen === 'zh' && app.set(change));
    },
  };
}
