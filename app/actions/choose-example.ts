/** Opens a scenario that ships with the page. Not in the list of actions: it takes the scenario's name. */

import { findExample, openExample, shippedEntry } from '../shipped/examples.ts';
import { openingOf, readLink, type Link } from '../share/link.ts';
import { isOwnWork } from '../store/document.ts';
import type { App } from '../store/store.ts';

/** `link` says what differs from the scenario, if it was opened by a link; `set`: a set of its node to look into. */
export async function chooseExample(app: App, name: string, link: Link | null = null, set: string | null = null): Promise<void> {
  /** Another one was chosen meanwhile, or something else was opened: that counts. */
  const overtaken = (): boolean => app.store.getState().scenario.loading !== asked;
  let asked: string | null = name;
  app.know({ loading: asked });
  try {
    const entry = findExample(app.store.getState().scenario.examples ?? [], name) ?? (await shippedEntry(name));
    if (overtaken()) return;
    if (!entry) throw new Error(name);
    const { id } = entry;
    asked = id;
    app.know({ loading: asked });
    const example = await openExample(entry);
    if (overtaken()) return;
    const { scenario, document } = app.store.getState();
    // What was there is in the history and among the recent ones; that is said where it was more than a scenario as it ships.
    const replaced = isOwnWork(document, scenario.opened);
    asked = null;
    app.know({ loading: asked, entry, opened: { ...scenario.opened, [id]: example.opened } });
    const opening = link && openingOf(link, example.document.packets);
    app.open({ ...example.document, ...opening?.document }, { ...opening?.place, set, undoable: document.files.length > 0 });
    if (link?.unknown.length) app.say({ kind: 'unknown-link', detail: link.unknown.join(' ') });
    else app.say(replaced ? { kind: 'replaced', detail: '' } : null);
  } catch (error) {
    if (overtaken()) return;
    app.know({ loading: null });
    app.say({ kind: 'example-failed', detail: error instanceof Error ? error.message : String(error) });
  }
}

/** A scenario at one of its packets, from 0. `set`: with the set shown, instead of the rules. */
export async function choosePacket(app: App, id: string, packet: number, set: string | null = null): Promise<void> {
  await chooseExample(app, id, packet > 0 ? readLink(`#/s/${id}?at=${packet + 1}`) : null, set);
  if (set !== null && app.store.getState().document.example === id) app.select({ rulesAs: 'chain', panel: 'rules' });
}
