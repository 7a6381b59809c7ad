/**
 * When a person's work is kept, and where it is found again. Every change of it: in the tab's own storage (kept.ts), which outlives a reload,
 * and after a pause in the database of recent work (recent.ts), which outlives the tab. Files are megabytes: they are kept in a task behind
 * the one that draws them; at once where the page goes away, or where other work takes their place.
 */

import { isOwnWork, type Document } from '../store/document.ts';
import type { App } from '../store/store.ts';
import type { Address } from './address.ts';
import { keepDocument, keepEntry, keepSettings, keptDocument, keptEntry } from './kept.ts';
import type { Recorder } from './recent.ts';

/** The database comes in a script of its own: whoever only reads scenarios never needs it. */
const theDatabase = () => import('./recent.ts');

interface KeepNeeds {
  readonly app: Pick<App, 'store' | 'say'>;
  readonly address: Pick<Address, 'keptAs'>;
  /** Calls `leave` whenever the page is hidden or goes away: it may be for ever. */
  onLeave(leave: () => void): void;
  database?: typeof theDatabase;
}

/** Keeps settings and work from now on. */
export function keepWork({ app, address, onLeave, database = theDatabase }: KeepNeeds): void {
  /** The tab's own storage had no room: only the database can keep it. */
  let crowded = false;
  /** Other files wait to be kept. */
  let waiting = false;
  let recorder: Promise<Recorder> | null = null;

  const flush = (): void =>
    void recorder?.then(
      (one) => one.flush(),
      () => {},
    );

  function keep(document = app.store.getState().document): void {
    if (document.example === null) crowded = !keepDocument(document);
    // Packets alone are few: they wait their turn.
    if (waiting && crowded) flush();
    waiting = false;
  }

  const began = (id: string): void => {
    // Of a scenario the tab itself keeps nothing: what it has is the work of before.
    if (app.store.getState().document.example === null) keepEntry(id);
    address.keptAs(id);
  };
  const failed = (): void => {
    if (crowded && app.store.getState().document.example === null) app.say({ kind: 'not-kept', detail: '' });
  };
  /** In a task of its own, too: nobody waits for it. */
  const record = (): Promise<Recorder> => new Promise((resolve) => setTimeout(resolve)).then(async () => (await database()).createRecorder({ began, failed }));
  // It is asked for again with the next change.
  const gone = (): void => {
    recorder = null;
    failed();
  };

  app.store.subscribe((state, before) => {
    if (state.settings !== before.settings) keepSettings(state.settings);
    if (state.document === before.document) return;
    // A scenario in their place is not kept in the tab: they are.
    if (waiting && state.document.example !== null) keep(before.document);
    if (state.document.files === before.document.files) keep();
    else if (!waiting) {
      waiting = true;
      // In a task of its own: the one at hand draws what was opened.
      setTimeout(() => waiting && keep());
    }
    if (!recorder && !isOwnWork(state.document, state.scenario.opened)) return;
    recorder ??= record();
    recorder.then((one) => one.changed(state, before), gone);
  });
  onLeave(() => {
    if (waiting) keep();
    flush();
  });
}

/** The files that belong to this entry of the history; of a tab that was closed, or that had no room for them, what was kept last. */
export async function workOfBefore(address: Pick<Address, 'entry'>, database = theDatabase): Promise<Document | null> {
  const entry = address.entry() ?? keptEntry();
  const kept = entry === keptEntry() ? keptDocument() : null;
  if (kept && entry === null) return kept;
  const { adopt, lastOwn } = await database();
  if (!kept) return lastOwn(entry).catch(() => null);
  adopt(kept, entry as string);
  return kept;
}
