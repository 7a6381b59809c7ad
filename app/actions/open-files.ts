import { pickFiles, readFiles } from '../share/files.ts';
import type { Document } from '../store/document.ts';
import type { App } from '../store/store.ts';
import type { Notice } from '../store/state.ts';
import type { Action } from './action.ts';
import type { Taking } from './take-files.ts';

type Files = Document['files'];

export const openFiles: Action = {
  name: 'openFiles',
  label: (words) => words.actions.openFiles,
  keys: ['Mod+o'],
  inFields: true,
  available: () => true,
  perform: (app) => pick(app, 'fitting'),
};

export const addFiles: Action = {
  name: 'addFiles',
  label: (words) => words.actions.addFiles,
  keys: [],
  available: ({ document }) => document.files.length > 0,
  perform: (app) => pick(app, 'add'),
};

export const replaceFiles: Action = {
  name: 'replaceFiles',
  label: (words) => words.actions.replaceFiles,
  keys: [],
  available: ({ document }) => document.files.length > 0,
  perform: (app) => pick(app, 'replace'),
};

function pick(app: App, taking: Taking): void {
  // Nobody else waits for whoever leaves the dialog open.
  orSay(
    app,
    pickFiles().then((files) => inOrder(app, () => giveFiles(app, files, taking))),
  );
}

/** Files dropped on the page. */
export function dropFiles(app: App, files: Iterable<File>): void {
  const reading = readFiles(files);
  inOrder(app, () => reading.then((read) => giveFiles(app, read)));
}

/** What is read already, as what is pasted. */
export function openTexts(app: App, files: Files): void {
  inOrder(app, () => giveFiles(app, files));
}

/** What a notice offers: the same files, taken the other way. */
export function otherwise(app: App, choice: NonNullable<Notice['otherwise']>): void {
  inOrder(app, async () => (await takes()).takeOtherwise(app, choice));
}

/** What takes files comes with the first of them. */
const takes = () => import('./take-files.ts');

async function giveFiles(app: App, files: Files, taking?: Taking): Promise<void> {
  await (await takes()).openOwn(app, files, taking);
}

/** The last files that were given, and those before them. */
let taken: Promise<void> = Promise.resolve();

/** What was given first is taken first, however long it takes to read: what was given last is what stays. */
function inOrder(app: App, take: () => Promise<void>): void {
  taken = taken.then(() => orSay(app, take()));
}

function orSay(app: App, done: Promise<unknown>): Promise<void> {
  return done.then(
    () => {},
    (error: unknown) => app.say({ kind: 'file-failed', detail: error instanceof Error ? error.message : String(error) }),
  );
}
