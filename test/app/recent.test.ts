/** What is kept of work, when. The database itself is tried in a browser (test/browser/gallery.test.ts). */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openOwn } from '../../app/actions/take-files.ts';
import { createRecorder, forgetRecent, recentEntry, type RecentEntry, type Recorder } from '../../app/share/recent.ts';
import { isOwnWork, type Document } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { openPage, openScenario } from './opened-page.ts';
import { TRACE } from './trace-fixture.ts';

const own = (name: string, text = '*nat'): Document => ({ example: null, files: [{ name, text }], cluster: false, packets: [draftOf(TRACE.packet)], environment: {} });
const SHIPPED: Document = { ...own('node'), example: 'kube/p1' };

let app: App;
let kept: Map<string, { entry: RecentEntry; document: Document | null }>;
let began: string[];
let recorder: Recorder;
let fail = false;
let failures = 0;

beforeEach(() => {
  vi.useFakeTimers();
  kept = new Map();
  began = [];
  fail = false;
  failures = 0;
  let time = 1000;
  app = createApp({ run: () => 0, why: () => {}, set: () => {} } as Parameters<typeof createApp>[0]);
  app.know({ opened: { 'kube/p1': { packets: [TRACE.packet], environment: {} } } });
  recorder = createRecorder({
    began: (id) => began.push(id),
    failed: () => failures++,
    keep: async (entry, document) => {
      if (fail) throw new DOMException('no room', 'QuotaExceededError');
      kept.set(entry.id, { entry, document });
    },
    now: () => ++time,
  });
  app.store.subscribe((state, before) => recorder.changed(state, before));
});
const rest = () => vi.advanceTimersByTimeAsync(2000);
const texts = () => [...kept.values()].map(({ document }) => document?.files[0]?.text);

describe('recent documents', () => {
  test('a scenario as it ships is none; with another packet it is its link', async () => {
    app.open(SHIPPED);
    await rest();
    expect(kept.size).toBe(0);
    app.editField(0, 'src', '10.0.11.130');
    await rest();
    const [only] = kept.values();
    expect(only?.document).toBeNull();
    expect(only?.entry).toMatchObject({ example: 'kube/p1', files: [], packet: '10.0.11.130 → 8.8.8.8 tcp 443' });
    expect(only?.entry.link).toContain('#/s/kube/p1?pkt.src=10.0.11.130');
  });
  test('files are kept whole; work on them goes on as one entry', async () => {
    app.open(own('mine.save'));
    await rest();
    app.editText(0, '*filter');
    await rest();
    app.editField(0, 'dport', '80');
    await rest();
    expect(texts()).toEqual(['*filter']);
    expect([...kept.values()][0]?.entry).toMatchObject({ files: ['mine.save'], link: null });
  });
  test('another file of the same name does not take the place of the first; Undo goes on with the first', async () => {
    app.open(own('mine.save', 'first'));
    app.editText(0, 'first, edited');
    app.open(own('mine.save', 'second'));
    await rest();
    expect(texts()).toEqual(['first, edited', 'second']);
    app.undo();
    app.editText(0, 'first, edited again');
    await rest();
    expect(texts()).toEqual(['first, edited again', 'second']);
    app.undo();
    app.redo();
    expect(new Set(began).size).toBe(2);
  });
  test('choosing a scenario keeps what was there before, unsaved typing included', async () => {
    app.open(own('mine.save', 'work'));
    app.editText(0, 'work in the middle of', 'typing', true);
    app.open(SHIPPED);
    expect(texts()).toEqual(['work in the middle of']);
  });
  test('all is forgotten with what was about to be kept; work after that is kept again', async () => {
    app.open(own('mine.save'));
    // The database itself is missing here.
    await forgetRecent().catch(() => undefined);
    await rest();
    expect(kept.size).toBe(0);
    app.editField(0, 'dport', '80');
    await rest();
    expect(kept.size).toBe(1);
  });
  test('no room is heard of', async () => {
    fail = true;
    app.open(own('mine.save'));
    await rest();
    expect(failures).toBe(1);
  });
  test('what is on the page at once, when it is hidden', () => {
    app.open(own('mine.save', 'now'));
    expect(kept.size).toBe(0);
    recorder.flush();
    expect(texts()).toEqual(['now']);
  });
});

test('an entry says what it is: names, first packet, number of packets', () => {
  app.open({ ...own('a'), files: [...own('iptables.save').files, ...own('ipset.save').files], packets: [draftOf(TRACE.packet), draftOf(TRACE.packet)] });
  expect(recentEntry(app.store.getState(), 'x', 7)?.entry).toMatchObject({
    id: 'x',
    time: 7,
    files: ['iptables.save', 'ipset.save'],
    packets: 2,
    packet: '10.0.11.2 → 8.8.8.8 tcp 443',
  });
});

test("a scenario is the person's own where a packet of either twin is another, or a breakpoint is set", () => {
  const { packets } = SHIPPED;
  const other = packets.map((draft) => ({ ...draft, fields: { ...draft.fields, dport: '53' } }));
  const cases: readonly (readonly [Partial<Document>, boolean])[] = [
    [{}, false],
    [{ twin: { shown: 'A', packets } }, false],
    [{ twin: { shown: 'A', packets: other } }, true],
    [{ twin: { shown: 'B', packets: [...packets, ...packets] } }, true],
    [{ packets: other, twin: { shown: 'B', packets } }, true],
    [{ breakpoints: [] }, false],
    [{ breakpoints: ['any drop'] }, true],
  ];
  for (const [more, owned] of cases) {
    const one = { ...SHIPPED, ...more };
    expect(isOwnWork(one, { 'kube/p1': { packets: [TRACE.packet] } }), JSON.stringify(more)).toBe(owned);
    app.open(one);
    app.know({ opened: { 'kube/p1': { packets: [TRACE.packet], environment: {} } } });
    expect(recentEntry(app.store.getState(), 'x', 7)?.entry.link ?? null, JSON.stringify(more)).toEqual(owned ? expect.stringMatching(/[?&](pkt|twin|stop)/) : null);
  }
});

test('files whose packets come in by other links since are one entry', async () => {
  const page = openPage();
  openScenario(page, 'kube-ovn-installed/p43-policy-forward');
  const ids: string[] = [];
  const one = createRecorder({ began: (id) => ids.push(id), failed: () => undefined, keep: async () => undefined });
  page.store.subscribe((state, before) => one.changed(state, before));
  const before = page.store.getState().document;
  await openOwn(page, [
    { name: 'rules', text: '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n' },
    { name: 'addr', text: '1: eth0: <UP> mtu 1500 state UP\n    inet 192.0.2.1/24 scope global eth0\n' },
  ]);
  expect(page.store.getState()).toMatchObject({ notice: { kind: 'fitted' }, document: { packets: [{ fields: { in: 'eth0' } }] } });
  expect(ids).toHaveLength(1);
  page.undo();
  expect(page.store.getState().document).toBe(before);
});

describe('the database', () => {
  /** A browser's, as far as it is used: what was opened, and whether it is open still. */
  class Database extends EventTarget {
    onversionchange: (() => void) | null = null;
    onclose: (() => void) | null = null;
    open = true;
    close(): void {
      this.open = false;
    }
    transaction(): object {
      if (!this.open) throw new DOMException('the connection is closed', 'InvalidStateError');
      return { objectStore: () => ({ getAll: () => done([]) }) };
    }
  }
  function done(result: unknown): { result: unknown; onsuccess: (() => void) | null } {
    const request = { result, onsuccess: null as (() => void) | null };
    queueMicrotask(() => request.onsuccess?.());
    return request;
  }
  let databases: Database[];
  beforeEach(() => {
    vi.useRealTimers();
    vi.resetModules();
    databases = [];
    vi.stubGlobal('indexedDB', {
      open: () => {
        const made = new Database();
        databases.push(made);
        return done(made);
      },
    });
  });
  afterEach(() => void vi.unstubAllGlobals());

  test('it makes way for a newer page in another tab, and is opened again when it is needed', async () => {
    const { listRecent: list } = await import('../../app/share/recent.ts');
    await list();
    await list();
    expect(databases).toHaveLength(1);
    databases[0]?.onversionchange?.();
    expect(databases[0]?.open).toBe(false);
    expect(await list()).toEqual([]);
    expect(databases).toHaveLength(2);
  });
  test('a connection that the browser closed is not asked again', async () => {
    const { listRecent: list } = await import('../../app/share/recent.ts');
    await list();
    databases[0]?.close();
    databases[0]?.onclose?.();
    expect(await list()).toEqual([]);
    expect(databases).toHaveLength(2);
  });
});
