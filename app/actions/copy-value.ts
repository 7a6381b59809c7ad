/** Copies a value that is shown. Not in the list of actions: it takes the value. */

import type { App } from '../store/store.ts';

export function copyValue(app: App, value: string): void {
  navigator.clipboard.writeText(value).then(
    () => app.say({ kind: 'copied-value', detail: value }),
    () => app.say({ kind: 'copy-failed', detail: '' }),
  );
}

/** Copies a text and says in a few words what it is. */
export function copyAs(app: App, text: string, said: string): void {
  navigator.clipboard.writeText(text).then(
    () => app.say({ kind: 'copied-value', detail: said }),
    () => app.say({ kind: 'copy-failed', detail: '' }),
  );
}
