/** Copies what is shown. Not in the list of actions: it takes the text. */

import { copy } from '../share/clipboard.ts';
import type { Notice } from '../store/state.ts';
import type { App } from '../store/store.ts';

export function copyValue(app: App, value: string): void {
  copyAs(app, value, value);
}

/** Copies a text and says in a few words what it is. */
export function copyAs(app: App, text: string | Promise<string>, said: string): void {
  put(app, text, { kind: 'copied-value', detail: said });
}

/** Copies a link to what is on the page. */
export function copyAddress(app: App, link: string): void {
  put(app, link, { kind: 'copied', detail: '' });
}

function put(app: App, text: string | Promise<string>, said: Notice): void {
  Promise.resolve(text)
    .then(copy)
    .then(
      () => app.say(said),
      () => app.say({ kind: 'copy-failed', detail: '' }),
    );
}
