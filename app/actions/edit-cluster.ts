/** Gives the cluster another text. Not in the list of actions: it takes the text. */

import { editForm, type ClusterEdit } from '../store/desk.ts';
import type { App } from '../store/store.ts';

/** From the form: null where the form could not write the change. Edits with the same `merge` in a row are one to undo. */
export function editByForm(app: App, text: string | null, merge?: string): void {
  if (text === null) return app.say({ kind: 'form-failed', detail: '' });
  app.editText(0, text, merge, merge !== undefined);
}

/** What was done in the form is written into the text by the worker, and is an edit then. Resolves when the text has it, or never will. */
export function changeByForm(app: App, edit: ClusterEdit, merge?: string): Promise<void> {
  const { opened } = app.store.getState().history;
  const read = (): string | null => {
    const { document, history } = app.store.getState();
    return history.opened === opened ? (document.files[0]?.text ?? null) : null;
  };
  return editForm(read, edit, (text) => editByForm(app, text, merge), merge);
}

/** From the text itself. */
export function typeCluster(app: App, text: string): void {
  app.editText(0, text, 'cluster', true);
}
