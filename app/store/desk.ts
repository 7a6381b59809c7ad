/**
 * What the desk's worker reads and writes for the page: YAML, scenarios, and the cluster's form, which is read from the text and written into it. Edits come one after the other, each into the text that the
 * one before left; forms of the last texts are kept, so that Undo shows at once what was there.
 */

import { createDesk, type ClusterEdit, type Desk, type PacketsText, type ScenarioText, type ShownForm } from '../worker/desk.ts';
import { spawnDesk } from '../worker/spawn.ts';
import type { Language } from './state.ts';

export type { ClusterEdit, ScenarioText } from '../worker/desk.ts';

const MOST_KNOWN = 8;

let desk: Desk | null = null;
/** By text, the newest last; null: it cannot be read. */
const known = new Map<string, ShownForm | null>();
const listeners = new Set<() => void>();

function theDesk(): Desk {
  desk ??= createDesk(spawnDesk);
  return desk;
}

/** The value of a YAML text; rejects with the parser's words where it is none. */
export function parseYaml(text: string): Promise<unknown> {
  return theDesk().parse(text);
}

/** A scenario's text, which may be JSON. */
export function readScenarioText(text: string, language: Language = 'en'): Promise<ScenarioText> {
  return theDesk().scenario(text, language === 'zh');
}

/** Packets in JSON. */
export function readPacketsText(text: string, language: Language = 'en'): Promise<PacketsText> {
  return theDesk().packets(text, language === 'zh');
}

function know(text: string, form: ShownForm | null): void {
  known.delete(text);
  known.set(text, form);
  for (const old of known.keys()) if (known.size > MOST_KNOWN) known.delete(old);
  for (const listener of listeners) listener();
}

/** Undefined: it was not read yet; null: it cannot be read. */
export function knownForm(text: string): ShownForm | null | undefined {
  return known.get(text);
}

/** Calls back when another form is known; the result ends it. */
export function onForms(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export async function readForm(text: string): Promise<void> {
  if (known.has(text)) return;
  know(text, await theDesk().form(text));
}

/** Edits that wait for the one before them; of several with the same `merge` in a row the last says all. */
const waiting: { readonly merge: string | undefined; readonly perform: () => Promise<void>; readonly done: () => void; readonly fail: (error: unknown) => void }[] = [];
let busy = false;

/**
 * Writes what the form asks for into the text. `read` gives the text of the moment, null where it is no longer the text that the form was
 * of; `write` takes the next one, null where the edit cannot be written. Resolves when it is written, or another edit has taken its place.
 */
export function editForm(read: () => string | null, edit: ClusterEdit, write: (text: string | null) => void, merge?: string): Promise<void> {
  return new Promise((done, fail) => {
    const overtaken = waiting.at(-1);
    if (merge !== undefined && overtaken?.merge === merge) {
      waiting.pop();
      overtaken.done();
    }
    waiting.push({ merge, perform: () => perform(read, edit, write), done, fail });
    if (!busy) void work();
  });
}

async function work(): Promise<void> {
  busy = true;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    // One that fails is nobody else's: those behind it are written.
    await next.perform().then(next.done, next.fail);
  }
  busy = false;
}

async function perform(read: () => string | null, edit: ClusterEdit, write: (text: string | null) => void): Promise<void> {
  const before = read();
  if (before === null) return;
  const edited = await theDesk()
    .edit(before, edit)
    .catch(() => null);
  // The text was typed in meanwhile: the edit is of that one.
  if (read() !== before) return perform(read, edit, write);
  if (edited) know(edited.text, edited.form);
  write(edited?.text ?? null);
}
