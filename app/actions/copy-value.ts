/** Copies a value that is shown. Not in the list of actions: it takes the value. */

import type { App } from '../store/store.ts';

export function copyValue(app: App, value: string): void {
  navigator.clipboard.writeText(value).then(
    () => app.say({ kind: 'copied-value', detail: value }),
    () => app.say({ kind: 'copy-failed', detail: '' }),
  );
}
