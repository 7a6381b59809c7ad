import { pickFiles, readFiles } from '../share/files.ts';
import type { App } from '../store/store.ts';
import type { State } from '../store/state.ts';
import type { Action } from './action.ts';

export const openFiles: Action = {
  name: 'openFiles',
  label: (words) => words.actions.openFiles,
  keys: ['Mod+o'],
  available: () => true,
  perform(app) {
    pickFiles().then(
      (files) => openOwn(app, files),
      (error: unknown) => app.say({ kind: 'file-failed', detail: error instanceof Error ? error.message : String(error) }),
    );
  },
};

/** Files dropped on the page. */
export function dropFiles(app: App, files: Iterable<File>): void {
  readFiles(files).then(
    (read) => openOwn(app, read),
    (error: unknown) => app.say({ kind: 'file-failed', detail: error instanceof Error ? error.message : String(error) }),
  );
}

/** Puts files the person gave in place of the node; packets and environment stay. */
function openOwn(app: App, files: State['document']['files']): void {
  if (files.length === 0) return;
  const { document } = app.store.getState();
  const replaced = document.files.length > 0;
  app.open({ ...document, example: null, files });
  if (replaced) app.say({ kind: 'replaced', detail: '' });
}
