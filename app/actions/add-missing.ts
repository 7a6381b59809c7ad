/**
 * What the files do not say and a verdict hangs on: a set, a route. It is added as text, in a file of its own beside the
 * others, so that it can be read, changed and undone. Not in the list of actions: it takes what is missing.
 */

import { dimensionsOf } from '../store/missing.ts';
import type { Document } from '../store/document.ts';
import type { App } from '../store/store.ts';

const SETS = 'added-sets.txt';
const ROUTES = 'added-routes.txt';

/** A type for each number of dimensions that a rule may ask for: an empty set answers the same whatever its type. */
const TYPES = ['hash:net', 'hash:ip,port', 'hash:ip,port,ip'] as const;

/** Nothing is in it, from now on. */
export function addEmptySet(app: App, name: string, family: 'ipv4' | 'ipv6'): void {
  const { node } = app.store.getState().answer;
  const type = TYPES[(node ? dimensionsOf(node, name) : 1) - 1] ?? TYPES[0];
  add(app, SETS, `create ${name} ${type} family ${family === 'ipv6' ? 'inet6' : 'inet'}`);
}

/** What `ipset save` printed; problems in it are listed with those of the other files. */
export function addSets(app: App, text: string): void {
  if (text.trim() !== '') add(app, SETS, text.trim());
}

/** To everywhere, by a link: what has no route of its own leaves there. */
export function addDefaultRoute(app: App, dev: string, family: 'ipv4' | 'ipv6'): void {
  add(app, ROUTES, `${family === 'ipv6' ? '::/0' : '0.0.0.0/0'} dev ${dev}`);
}

function add(app: App, name: string, lines: string): void {
  app.edit((document) => withLines(document, name, lines));
  app.say({ kind: 'added', detail: name });
}

function withLines(document: Document, name: string, lines: string): Document {
  const at = document.files.findIndex((file) => file.name === name);
  const files =
    at < 0 ? [...document.files, { name, text: `${lines}\n` }] : document.files.map((file, i) => (i === at ? { name, text: `${file.text.trimEnd()}\n${lines}\n` } : file));
  return { ...document, example: null, files };
}
