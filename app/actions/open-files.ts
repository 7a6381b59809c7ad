import { pickFiles, readFiles } from '../share/files.ts';
import { gathered, mayBeScenario } from '../share/recognise.ts';
import { packetsFor } from '../store/own-links.ts';
import type { App } from '../store/store.ts';
import type { State } from '../store/state.ts';
import type { Action } from './action.ts';

export const openFiles: Action = {
  name: 'openFiles',
  label: (words) => words.actions.openFiles,
  keys: ['Mod+o'],
  inFields: true,
  available: () => true,
  perform(app) {
    pickFiles()
      .then((files) => openOwn(app, files))
      .catch((error: unknown) => app.say({ kind: 'file-failed', detail: error instanceof Error ? error.message : String(error) }));
  },
};

/** Files dropped on the page. */
export function dropFiles(app: App, files: Iterable<File>): void {
  readFiles(files)
    .then((read) => openOwn(app, read))
    .catch((error: unknown) => app.say({ kind: 'file-failed', detail: error instanceof Error ? error.message : String(error) }));
}

/** Puts files the person gave in place of the node; packets and environment stay, unless a scenario brings its own. */
export async function openOwn(app: App, files: State['document']['files']): Promise<void> {
  if (files.length === 0) return;
  if (files.some(mayBeScenario)) {
    const { readScenarioFiles } = await import('../share/scenario-file.ts');
    const read = await readScenarioFiles(files);
    if (read.kind === 'refused') return app.say({ kind: 'file-failed', detail: read.message });
    if (read.kind === 'document') {
      const replacing = app.store.getState().document.files.length > 0;
      app.open(read.document);
      return replacing ? app.say({ kind: 'replaced', detail: '' }) : undefined;
    }
  }
  const { document } = app.store.getState();
  const replaced = document.files.length > 0;
  const given = gathered(files);
  if (replaced) app.say({ kind: 'replaced', detail: '' });
  fitPackets(app);
  app.open({ ...document, example: null, ...given });
  if (given.cluster) app.select({ clusterShown: true, clusterPart: 'form', panel: 'cluster' });
}

/** Packets of the node before may come in by links that the one about to be opened has not: once that is known they come in by its own, and it is said. One undo takes all of it back. */
function fitPackets(app: App): void {
  const opened = app.store.getState().history.opened + 1;
  let walked = false;
  const stop = app.store.subscribe(({ answer, document, history }) => {
    if (history.opened > opened) return stop();
    if (history.opened === opened && answer.status === 'running') walked = true;
    if (!walked || answer.status === 'running') return;
    stop();
    const packets = answer.refused?.field === 'in' && answer.node ? packetsFor(answer.node.interfaces, document.packets) : null;
    if (!packets) return;
    app.open({ ...document, packets }, { undoable: false });
    app.say({ kind: 'fitted', detail: packets[0]?.fields.in ?? '' });
  });
}
