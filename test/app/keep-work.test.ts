/** When a person's work is kept, and that it is found again: after a reload, in another tab, and where there is little room. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Packet } from '../../engine/index.ts';
import type { Document } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import type { App } from '../../app/store/store.ts';
import { openTab, type Tab } from './tab.ts';
import { TRACE } from './trace-fixture.ts';

const packets = [draftOf(TRACE.packet)];
const own = (name: string, text = `*nat of ${name}`): Document => ({ example: null, files: [{ name, text }], cluster: false, packets, environment: {} });
const SHIPPED: Document = { ...own('node'), example: 'kube/p1' };
/** More than a tab's own storage gets. */
const LARGE = '-A FORWARD -j DROP\n'.repeat(20_000);

interface Visit {
  readonly app: App;
  /** Names under which work is kept, as the address hears of them. */
  readonly entries: readonly string[];
  /** The page is hidden, or goes away. */
  leave(): void;
  /** The page's own script for the database is on its way until then, or cannot be had. */
  databaseComes(there?: boolean): void;
  /** What opens at `#/own`; `entry`: the name in the browser's history. */
  found(entry?: string | null): Promise<Document | null>;
}

let tab: Tab;

/** A page in the tab: it knows nothing of the one before. */
async function visit(slowly = false): Promise<Visit> {
  vi.resetModules();
  const [{ createApp }, { keepWork, workOfBefore }, database] = await Promise.all([
    import('../../app/store/store.ts'),
    import('../../app/share/keep-work.ts'),
    import('../../app/share/recent.ts'),
  ]);
  const app = createApp({ run: () => 0, why: () => undefined });
  app.know({ opened: { 'kube/p1': { packets: [TRACE.packet as Packet], environment: {} } } });
  const entries: string[] = [];
  let leave = (): void => undefined;
  let databaseComes = (_?: boolean): void => undefined;
  const comes = new Promise<typeof database>((resolve, reject) => {
    databaseComes = (there = true) => (there ? resolve(database) : reject(new Error('it could not be loaded')));
  });
  comes.catch(() => undefined);
  if (!slowly) databaseComes();
  keepWork({
    app,
    address: { keptAs: (id) => void entries.push(id) },
    onLeave: (listener) => {
      leave = listener;
    },
    database: () => comes,
  });
  return {
    app,
    entries,
    leave: () => leave(),
    databaseComes: (there) => databaseComes(there),
    found: (entry = null) => workOfBefore({ entry: () => entry }, async () => database),
  };
}

/** All that waits is done. */
const rest = () => vi.advanceTimersByTimeAsync(2000);
const task = () => vi.advanceTimersByTimeAsync(0);
const names = (document: Document | null) => document?.files.map(({ name }) => name);
/** Names of files among the recent work. */
const recent = () => [...(tab.database.stores.get('recent') ?? new Map()).values()].map(({ files }) => files.join());

beforeEach(() => {
  vi.useFakeTimers();
  tab = openTab();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('work is kept', () => {
  test('through a reload, with the packets as they are now', async () => {
    const { app, leave, entries } = await visit();
    app.open(own('mine.save'));
    await rest();
    app.editField(0, 'dport', '5432');
    leave();
    const again = await visit();
    const found = await again.found(entries[0]);
    expect([names(found), found?.packets[0]?.fields.dport]).toEqual([['mine.save'], '5432']);
    // It goes on as the entry that it was.
    again.app.open(found as Document);
    again.app.editText(0, '*filter');
    await rest();
    expect(recent()).toEqual(['mine.save']);
    expect(again.entries).toEqual(entries);
  });
  test('after the task that shows it', async () => {
    const { app, found } = await visit(true);
    app.open(own('mine.save'));
    expect(await found()).toBeNull();
    await task();
    expect(names(await found())).toEqual(['mine.save']);
  });
  test('in another tab, once this one is closed', async () => {
    const { app, leave, entries } = await visit();
    app.open(own('first.save'));
    await rest();
    app.open(own('second.save'));
    await rest();
    leave();
    tab = tab.next();
    const { found } = await visit();
    expect(names(await found())).toEqual(['second.save']);
    expect(names(await found(entries[0]))).toEqual(['first.save']);
    // What was forgotten meanwhile: the newest there is.
    expect(names(await found('gone'))).toEqual(['second.save']);
  });
  test('where there is no database, through a scenario that is opened after it, too', async () => {
    const { app, entries, found } = await visit();
    app.open(own('mine.save'));
    await rest();
    app.open(SHIPPED);
    app.editField(0, 'dport', '5432');
    await rest();
    expect(entries).toHaveLength(2);
    tab.database.stores.get('recent')?.clear();
    expect(names(await found(entries[0]))).toEqual(['mine.save']);
  });
  test('how a link wants the page to be seen is for one visit; what the person chooses is for good', async () => {
    const { app } = await visit();
    const { keptSettings, lendSettings } = await import('../../app/share/kept.ts');
    app.set({ language: 'en', theme: 'light' });
    lendSettings({ language: 'zh', theme: 'dark' });
    app.set({ language: 'zh', theme: 'dark' });
    expect(keptSettings()).toMatchObject({ language: 'en', theme: 'light' });
    app.set({ pace: 2 });
    expect(keptSettings()).toMatchObject({ language: 'en', theme: 'light', pace: 2 });
    app.set({ theme: 'auto' });
    app.set({ theme: 'dark' });
    expect(keptSettings()).toMatchObject({ language: 'en', theme: 'dark' });
  });
  test('settings at once', async () => {
    const { app } = await visit();
    app.set({ theme: 'dark' });
    vi.resetModules();
    const { keptSettings } = await import('../../app/share/kept.ts');
    expect(keptSettings()).toMatchObject({ theme: 'dark' });
  });
  test('a scenario as it ships is nobody’s work: the database is not asked for', async () => {
    const { app, entries, found } = await visit(true);
    app.open(SHIPPED);
    await rest();
    expect([entries, await found()]).toEqual([[], null]);
  });
});

describe('work too large for the tab’s own storage', () => {
  test('is in the database, and what was typed beside it in the tab', async () => {
    const { app, leave, entries, found } = await visit();
    app.open(own('large.save', LARGE));
    await rest();
    app.editField(0, 'dport', '5432');
    leave();
    await task();
    const kept = await found(entries[0]);
    expect([kept?.files[0]?.text.length, kept?.packets[0]?.fields.dport]).toEqual([LARGE.length, '5432']);
    expect(app.store.getState().notice).toBeNull();
    const again = await visit();
    expect((await again.found(entries[0]))?.packets[0]?.fields.dport).toBe('5432');
  });
  test('is kept at once, not after the pause that small work waits', async () => {
    const { app } = await visit();
    app.open(own('small.save'));
    await task();
    await task();
    expect(recent()).toEqual([]);
    app.open(own('large.save', LARGE));
    await task();
    await task();
    expect(recent()).toContain('large.save');
  });
  test('where the database has no room either it is said', async () => {
    const { app } = await visit();
    app.open(own('small.save'));
    await rest();
    tab.database.full = true;
    app.editField(0, 'dport', '80');
    await rest();
    expect(app.store.getState().notice).toBeNull();
    app.open(own('large.save', LARGE));
    await rest();
    expect(app.store.getState().notice?.kind).toBe('not-kept');
  });
  test('where what keeps it cannot be loaded it is said, and tried again', async () => {
    const { app, databaseComes } = await visit(true);
    app.open(own('large.save', LARGE));
    databaseComes(false);
    await rest();
    expect(app.store.getState().notice?.kind).toBe('not-kept');
    app.say(null);
    app.editField(0, 'dport', '80');
    await rest();
    expect(app.store.getState().notice?.kind).toBe('not-kept');
  });
});

describe('files that the address does not speak of yet', () => {
  const kept = () => import('../../app/share/kept.ts');
  const [SAYS, OWN] = ['#/s/kube/p1?step=3', '#/own'];

  test('are opened by a reload, and only while it says the same', async () => {
    const { app, leave } = await visit();
    app.open(SHIPPED);
    (await kept()).keepUnsaid(SAYS, OWN);
    app.open(own('mine.save'));
    leave();
    const { found } = await visit();
    const { unsaidAt, keepUnsaid } = await kept();
    expect([unsaidAt('#/s/kube/p2'), unsaidAt(''), unsaidAt(SAYS)]).toEqual([null, null, OWN]);
    expect(names(await found())).toEqual(['mine.save']);
    keepUnsaid(SAYS, null);
    expect(unsaidAt(SAYS)).toBeNull();
  });
  test('where nothing is kept, nothing is unsaid', async () => {
    await visit();
    const { unsaidAt } = await kept();
    expect([unsaidAt(''), unsaidAt('null')]).toEqual([null, null]);
    vi.stubGlobal('sessionStorage', undefined);
    expect(unsaidAt('')).toBeNull();
  });
  test('do not take the place of what this tab worked on before', async () => {
    const first = await visit();
    first.app.open(own('first.save'));
    await rest();
    first.leave();
    // A scenario, and files on it before what keeps them by name is there.
    const second = await visit(true);
    second.app.open(SHIPPED);
    (await kept()).keepUnsaid(SAYS, OWN);
    second.app.open(own('second.save'));
    second.leave();
    const third = await visit();
    expect((await kept()).unsaidAt(SAYS)).toBe(OWN);
    const found = await third.found();
    third.app.open(found as Document);
    third.app.editField(0, 'dport', '5432');
    await rest();
    third.leave();
    await rest();
    expect(recent().sort()).toEqual(['first.save', 'second.save']);
  });
  test('go on under the name that they were given meanwhile', async () => {
    const { app, leave, entries } = await visit();
    app.open(SHIPPED);
    (await kept()).keepUnsaid(SAYS, OWN);
    app.open(own('mine.save'));
    await rest();
    leave();
    const again = await visit();
    expect((await kept()).unsaidAt(SAYS)).toBe(OWN);
    again.app.open((await again.found()) as Document);
    again.app.editField(0, 'dport', '5432');
    await rest();
    expect([recent(), again.entries]).toEqual([['mine.save'], entries]);
  });
  test('keep their name where the address lacks no more than a step', async () => {
    const { app, leave, entries } = await visit();
    app.open(own('mine.save'));
    await rest();
    (await kept()).keepUnsaid('#/own?step=3', '#/own?step=4');
    leave();
    const again = await visit();
    expect((await kept()).unsaidAt('#/own?step=3')).toBe('#/own?step=4');
    again.app.open((await again.found()) as Document);
    again.app.editField(0, 'dport', '5432');
    await rest();
    expect([recent(), again.entries]).toEqual([['mine.save'], entries]);
  });
});

describe('in the task in which files are dropped', () => {
  test('the page goes away', async () => {
    const { app, leave } = await visit(true);
    app.open(own('mine.save'));
    leave();
    expect(names(await (await visit()).found())).toEqual(['mine.save']);
  });
  test('the page goes away with files too large for the tab', async () => {
    const { app, leave } = await visit();
    app.open(own('first.save'));
    await rest();
    app.open(own('large.save', LARGE));
    leave();
    await task();
    expect(recent()).toContain('large.save');
  });
  test('a field is typed in', async () => {
    const { app, leave } = await visit(true);
    app.open(own('mine.save'));
    app.editField(0, 'dport', '5432');
    leave();
    expect((await (await visit()).found())?.packets[0]?.fields.dport).toBe('5432');
  });
  test('a scenario takes their place: they are kept all the same', async () => {
    const { app, leave, databaseComes } = await visit(true);
    app.open(own('mine.save'));
    app.open(SHIPPED);
    leave();
    // In the tab, where the database is still on its way …
    expect(names(await (await visit()).found())).toEqual(['mine.save']);
    // … and in the database, once it is here.
    databaseComes();
    await rest();
    expect(recent()).toEqual(['mine.save']);
  });
  test('other files take their place: both are kept', async () => {
    const { app, leave } = await visit();
    app.open(own('first.save'));
    app.open(own('second.save'));
    await task();
    leave();
    await rest();
    expect(recent()).toEqual(['first.save', 'second.save']);
    expect(names(await (await visit()).found())).toEqual(['second.save']);
  });
  test('Undo brings back what was there, which is kept as it is; Redo brings them back', async () => {
    const { app, leave } = await visit();
    app.open(own('first.save'));
    app.editField(0, 'dport', '5432');
    await rest();
    app.open(own('second.save'));
    app.undo();
    leave();
    await rest();
    const found = await (await visit()).found();
    expect([names(found), found?.packets[0]?.fields.dport]).toEqual([['first.save'], '5432']);
    expect(recent()).toEqual(['first.save', 'second.save']);
    app.redo();
    leave();
    expect(names(await (await visit()).found())).toEqual(['second.save']);
  });
  test('Undo brings back a scenario: the files are kept', async () => {
    const { app, leave } = await visit(true);
    app.open(SHIPPED);
    await rest();
    app.open(own('mine.save'));
    app.undo();
    leave();
    expect(names(await (await visit()).found())).toEqual(['mine.save']);
  });
});
