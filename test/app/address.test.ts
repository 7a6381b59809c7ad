/** What the address says, when, and which edits get an entry of the browser's history. */

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createAddress, type Address } from '../../app/share/address.ts';
import type { Document } from '../../app/store/document.ts';
import type { App } from '../../app/store/store.ts';
import { openPage, openScenario } from './opened-page.ts';

const [FIRST, SECOND] = ['kube-ovn-installed/p43-policy-forward', 'kube-ovn-installed/p01-pod-to-internet'];
const SAVE = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n';

/** A browser's history, as far as it matters here. */
function browser() {
  const entries: { fragment: string; state: unknown }[] = [{ fragment: '', state: null }];
  let at = 0;
  let replaced = 0;
  const told: (readonly [said: string, next: string | null])[] = [];
  return {
    location: {
      get hash() {
        return entries[at]?.fragment ?? '';
      },
    },
    history: {
      get state() {
        return entries[at]?.state;
      },
      pushState(state: unknown, _: string, fragment: string) {
        entries.splice(++at, Number.POSITIVE_INFINITY, { fragment, state });
      },
      replaceState(state: unknown, _: string, fragment: string) {
        replaced++;
        entries[at] = { fragment, state };
      },
    },
    now: () => Date.now(),
    idle: (work: () => void) => void setTimeout(work, IDLE),
    unsaid: (said: string, next: string | null) => void told.push([said, next]),
    heard: () => told,
    go: (by: number) => {
      at += by;
    },
    fragments: () => entries.map(({ fragment }) => fragment),
    states: () => entries.map(({ state }) => state),
    replaced: () => replaced,
  };
}

/** How long the browser has other things to do when it is asked to call back at rest, in milliseconds. */
const IDLE = 50;

let app: App;
let around: ReturnType<typeof browser>;
let address: Address;
const rest = () => vi.advanceTimersByTimeAsync(1000);
const turn = () => vi.advanceTimersByTimeAsync(0);
const own = (name: string): Document => ({ example: null, files: [{ name, text: SAVE }], cluster: false, packets: app.store.getState().document.packets, environment: {} });

beforeEach(() => {
  vi.useFakeTimers();
  app = openPage();
  around = browser();
  address = createAddress(app.store.getState, around as never);
  app.store.subscribe(address.changed);
});

describe('the address', () => {
  test('an edit gets an entry, typing on in the same field and steps do not', async () => {
    openScenario(app, FIRST);
    await rest();
    app.goTo(2);
    await rest();
    for (const text of ['1', '10', '10.0.11.130']) app.editField(0, 'src', text, true);
    await rest();
    expect(around.fragments()).toHaveLength(2);
    expect(around.fragments()[0]).toMatch(/step=3/);
    expect(around.fragments()[1]).toContain('pkt.src=10.0.11.130');
  });
  test('steps wait until the browser is at rest; an edit made meanwhile is one entry, written once', async () => {
    openScenario(app, FIRST);
    await rest();
    const before = around.replaced();
    app.goTo(2);
    await vi.advanceTimersByTimeAsync(300 + IDLE - 1);
    expect(around.replaced()).toBe(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(around.replaced()).toBe(before + 1);
    app.goTo(3);
    await vi.advanceTimersByTimeAsync(300);
    app.editField(0, 'src', '10.0.11.130');
    await rest();
    expect(around.fragments()).toHaveLength(2);
    expect(around.fragments()[0]).toMatch(/step=3/);
    expect(around.replaced()).toBe(before + 1);
  });
  test('the language is there at once: a reload opens by the address', async () => {
    openScenario(app, FIRST);
    await rest();
    app.goTo(1);
    app.goTo(2);
    app.set({ language: 'zh' });
    await turn();
    expect(around.location.hash).toContain('lang=zh');
  });
  test('quick steps are written together, the last one in the end', async () => {
    openScenario(app, FIRST);
    await rest();
    const before = around.replaced();
    for (let step = 0; step < 20; step++) {
      app.goTo(step);
      await turn();
    }
    await rest();
    expect(around.replaced() - before).toBe(1);
    expect(around.location.hash).toContain('step=20');
  });
  test('what is still on the page does not overwrite the entry that one went back to', async () => {
    openScenario(app, FIRST);
    await rest();
    openScenario(app, SECOND);
    await turn();
    app.goTo(1);
    app.goTo(2);
    around.go(-1);
    const way = address.follow();
    // A timer of before, and an answer that comes late.
    await rest();
    app.goTo(3);
    expect(around.fragments()[0]).toContain(FIRST);
    openScenario(app, FIRST);
    way.arrived();
    await rest();
    expect(around.fragments().map((fragment) => /p\d\d/.exec(fragment)?.[0])).toEqual(['p43', 'p01']);
  });
  test('of two links followed one after the other only the last one ends it', async () => {
    openScenario(app, FIRST);
    await rest();
    const [first, last] = [address.follow(), address.follow()];
    openScenario(app, SECOND);
    first.arrived();
    expect(first.latest()).toBe(false);
    expect(around.location.hash).toContain(FIRST);
    last.arrived();
    expect(around.location.hash).toContain(SECOND);
    expect(around.fragments()).toHaveLength(1);
  });
  test('while it does not say yet that files of one’s own are there, what it says instead is told, once', async () => {
    openScenario(app, FIRST);
    await rest();
    expect(around.heard()).toEqual([]);
    const said = around.location.hash;
    app.open(own('a.save'));
    app.editField(0, 'dport', '80');
    // At once: a reload may come before any timer.
    expect(around.heard()).toEqual([[said, '#/own']]);
    await rest();
    const written = around.fragments()[1] as string;
    expect([written.slice(0, 5), around.heard()]).toEqual([
      '#/own',
      [
        [said, '#/own'],
        [written, null],
      ],
    ]);
    app.editField(0, 'dport', '81');
    await rest();
    expect(around.heard()).toHaveLength(2);
  });
  test('what it was about to say is told when the page is left, and that it says it; nothing while a link is being followed', async () => {
    openScenario(app, FIRST);
    await rest();
    const said = around.location.hash;
    app.editField(0, 'dport', '80');
    address.leave();
    await rest();
    const next = around.location.hash;
    expect(next).toContain('pkt.dport=80');
    address.leave();
    const way = address.follow();
    app.editField(0, 'dport', '81');
    address.leave();
    way.arrived();
    // Of files of one's own it was told when they came.
    app.open(own('a.save'));
    address.leave();
    expect(around.heard()).toEqual([
      [said, next],
      [next, null],
      [around.location.hash, '#/own'],
    ]);
  });
  test('a scenario in place of files that it did not speak of yet: it is not behind any more', async () => {
    const way = address.follow();
    app.open(own('a.save'));
    openScenario(app, FIRST);
    expect(around.heard()).toEqual([
      ['', '#/own'],
      ['', null],
    ]);
    way.arrived();
  });
  test('other files of one’s own get an entry too, each with the name that they are kept under', async () => {
    openScenario(app, FIRST);
    await rest();
    app.open(own('a.save'));
    address.keptAs('a');
    await rest();
    app.open(own('b.save'));
    address.keptAs('b');
    await rest();
    expect(around.fragments().map((fragment) => fragment.slice(0, 5))).toEqual(['#/s/k', '#/own', '#/own']);
    expect(around.states()).toEqual([null, { entry: 'a' }, { entry: 'b' }]);
    around.go(-1);
    expect(address.entry()).toBe('a');
  });
});
