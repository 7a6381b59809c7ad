/** Scenarios that are chosen one after the other, while their files are on the way. */

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chooseExample } from '../../app/actions/choose-example.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { EXAMPLES } from './opened-page.ts';

const [A, B] = EXAMPLES.filter(({ packets, cluster }) => packets.endsWith('.json') && !cluster) as [(typeof EXAMPLES)[number], (typeof EXAMPLES)[number]];

/** What was asked for, and the answer to it; nothing is answered before it is told to be. */
let asked: { readonly address: string; readonly answer: (ok: boolean) => void }[];
let app: App;

beforeEach(() => {
  asked = [];
  app = createApp({ run: () => 0, why: () => undefined });
  const get = (address: string): Promise<object> =>
    new Promise((resolve) => {
      const there = (): string => (address.startsWith('embed/') ? '' : readFileSync(`public/${address}`, 'utf8'));
      asked.push({ address, answer: (ok) => resolve({ ok, status: ok ? 200 : 503, text: async () => (ok ? there() : '') }) });
    });
  vi.stubGlobal('fetch', get);
});
afterEach(() => void vi.unstubAllGlobals());

/** Answers what is on the way of these, and what is asked for next. */
async function comes(part: string, ok = true): Promise<void> {
  for (let turns = 0; turns < 20; turns++) {
    for (const one of asked.filter(({ address }) => address.includes(part))) {
      asked.splice(asked.indexOf(one), 1);
      one.answer(ok);
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
}

const shown = (): string | null => app.store.getState().document.example;
const said = (): string | undefined => app.store.getState().notice?.kind;

test('of two that are chosen before the list has come, the later one is opened, whichever comes first', async () => {
  // Of neither is known what it is: that is asked for first.
  void chooseExample(app, 'no-such-one');
  app.know({ examples: EXAMPLES });
  void chooseExample(app, A.id);
  await comes(A.id.split('/', 1)[0] as string);
  expect(shown()).toBe(A.id);
  await comes('no-such-one');
  expect(said()).toBeUndefined();
});

test('what is replaced is what stood there when the other one came', async () => {
  app.know({ examples: EXAMPLES });
  void chooseExample(app, B.id);
  app.edit((document) => ({ ...document, files: [{ name: 'own', text: '*raw' }] }));
  await comes('');
  expect([shown(), said()]).toEqual([B.id, 'replaced']);
});

test('one that was given up for another fails in silence; one that is waited for says so', async () => {
  app.know({ examples: EXAMPLES.map((entry) => ({ ...entry, node: `${entry.node}?${entry.id}`, packets: `${entry.packets}?${entry.id}` })) });
  void chooseExample(app, A.id);
  void chooseExample(app, B.id);
  await comes(`?${A.id}`, false);
  expect([said(), app.store.getState().scenario.loading]).toEqual([undefined, B.id]);
  await comes(`?${B.id}`, false);
  expect([said(), app.store.getState().scenario.loading]).toEqual(['example-failed', null]);
});

test('a name that nobody knows is said', async () => {
  void chooseExample(app, 'no-such-one');
  expect(app.store.getState().scenario.loading).toBe('no-such-one');
  await comes('no-such-one', false);
  expect([said(), app.store.getState().scenario.loading]).toEqual(['example-failed', null]);
});
