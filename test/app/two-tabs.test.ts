/** Two tabs of a browser that work on one entry of what was worked on before: what is done in one does not take the place of what is done in the other. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RecentEntry } from '../../app/share/recent.ts';
import type { Document } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { TRACE } from './trace-fixture.ts';

/** More than a tab's own storage gets. */
const LARGE = `${'# a comment\n'.repeat(30_000)}*filter\n`;
const own = (text: string): Document => ({ example: null, files: [{ name: 'mine.save', text }], cluster: false, packets: [draftOf(TRACE.packet)], environment: {} });

/** The database of both; what it answers, and what it has taken, is there a turn later. */
let kept: Map<string, { entry: RecentEntry; document: Document }>;
let time: number;
/** Storage of the tab at hand. */
let storage: Map<string, string>;

interface Tab {
  readonly app: App;
  /** Everything that this tab does. */
  within<T>(act: () => T): T;
  readonly began: string[];
  readonly mine: Map<string, string>;
  leave(): Promise<void>;
  readonly recent: typeof import('../../app/share/recent.ts');
}

/** `from`: the tab that it is a copy of. */
async function openTab(from?: Map<string, string>): Promise<Tab> {
  const mine = new Map(from);
  vi.resetModules();
  const recent = await import('../../app/share/recent.ts');
  const began: string[] = [];
  const within = <T>(act: () => T): T => {
    storage = mine;
    return act();
  };
  const app = createApp({ run: () => 0, why: () => undefined });
  const recorder = recent.createRecorder({
    began: (id) => began.push(id),
    failed: () => expect.unreachable(),
    keep: async (entry, document) => {
      await Promise.resolve();
      kept.set(entry.id, { entry, document: document as Document });
    },
    lookUp: async (id) => {
      await Promise.resolve();
      return kept.get(id)?.entry.time ?? null;
    },
    now: () => ++time,
  });
  app.store.subscribe((state, before) => within(() => recorder.changed(state, before)));
  const leave = async () => {
    within(() => recorder.flush());
    await vi.advanceTimersByTimeAsync(0);
  };
  return { app, within, began, leave, recent, mine };
}
const rest = () => vi.advanceTimersByTimeAsync(2000);
const texts = () => [...kept.values()].map(({ document }) => document.files[0]?.text.slice(-12)).sort();
/** As the list of recent work opens an entry. */
const open = (tab: Tab, id: string): void => {
  const { entry, document } = kept.get(id) ?? expect.unreachable();
  const copy = structuredClone(document);
  tab.within(() => tab.recent.adopt(copy, entry.id, entry.time));
  tab.app.open(copy);
};
const type = (tab: Tab, text: string): void => tab.app.editText(0, `${LARGE}${text}`);

beforeEach(() => {
  vi.useFakeTimers();
  kept = new Map();
  time = 1000;
  storage = new Map();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => void storage.set(key, value),
    removeItem: (key: string) => void storage.delete(key),
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe.each([
  ['rests', rest],
  ['is kept at once', async (tab: Tab) => tab.leave()],
])('work that %s', (_, pause) => {
  test('in two tabs is kept of both', async () => {
    const first = await openTab();
    first.app.open(own(`${LARGE}# one`));
    await pause(first);
    const [id = ''] = kept.keys();
    const second = await openTab();
    open(second, id);
    await pause(second);
    expect(kept.size).toBe(1);
    type(first, '# first tab');
    await pause(first);
    type(second, '# second tab');
    await pause(second);
    type(first, '# first again');
    await pause(first);
    type(second, '# second again');
    await pause(second);
    expect(texts()).toEqual(['# first again'.slice(-12), '# second again'.slice(-12)].sort());
    // From then on each goes on in its own.
    expect([first.began.at(-1), second.began.at(-1)].sort()).toEqual([...kept.keys()].sort());
  });
  test('goes on as the entry that it was opened from, where nobody else has worked on it since', async () => {
    const first = await openTab();
    first.app.open(own(`${LARGE}# one`));
    await pause(first);
    const [id = ''] = kept.keys();
    const second = await openTab();
    open(second, id);
    for (const text of ['# a', '# b', '# c']) {
      type(second, text);
      await pause(second);
    }
    expect([...kept.keys()]).toEqual([id]);
    expect(texts()).toEqual([`${LARGE}# c`.slice(-12)]);
    // Now it is the other tab that comes later.
    type(first, '# d');
    await pause(first);
    expect(texts()).toEqual([`${LARGE}# c`.slice(-12), `${LARGE}# d`.slice(-12)].sort());
  });
  test('Undo in a tab whose work went on elsewhere goes on there', async () => {
    const first = await openTab();
    first.app.open(own(`${LARGE}# one`));
    await pause(first);
    const second = await openTab();
    open(second, [...kept.keys()][0] ?? '');
    await pause(second);
    type(first, '# first tab');
    await pause(first);
    type(second, '# second tab');
    await pause(second);
    second.app.undo();
    await pause(second);
    expect(texts()).toEqual([`${LARGE}# first tab`.slice(-12), `${LARGE}# one`.slice(-12)].sort());
    expect(kept.size).toBe(2);
  });
  test('in a tab that was loaded anew goes on as its entry; in a copy of the tab it does not', async () => {
    const first = await openTab();
    first.app.open(own(`${LARGE}# one`));
    await pause(first);
    const [id = ''] = kept.keys();
    const again = async (of: Map<string, string>): Promise<Tab> => {
      const tab = await openTab(of);
      const document = structuredClone(kept.get(id)?.document ?? expect.unreachable());
      tab.within(() => tab.recent.adopt(document, id));
      tab.app.open(document);
      await pause(tab);
      return tab;
    };
    const copy = await again(first.mine);
    expect([...kept.keys()]).toEqual([id]);
    const loaded = await again(copy.mine);
    type(loaded, '# loaded');
    await pause(loaded);
    expect([...kept.keys()]).toEqual([id]);
    type(copy, '# copy');
    await pause(copy);
    expect(texts()).toEqual([`${LARGE}# copy`.slice(-12), `${LARGE}# loaded`.slice(-12)].sort());
  });
});
