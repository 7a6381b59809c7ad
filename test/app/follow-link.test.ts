/** What happens when a link is opened, whatever else is opened while it is on its way. */

import { beforeEach, describe, expect, test, vi } from 'vitest';
import { linkFollower } from '../../app/share/follow-link.ts';
import { packDocument } from '../../app/share/link.ts';
import type { Document } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { EXAMPLES, openPage, openScenario } from './opened-page.ts';
import { TRACE } from './trace-fixture.ts';

const FIRST = 'kube-ovn-installed/p43-policy-forward';
const OTHER = 'kube-ovn-installed/p01-pod-to-internet';
const SAVE = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n';
const OWN: Document = { example: null, files: [{ name: 'mine.save', text: SAVE }], cluster: false, packets: [draftOf(TRACE.packet)], environment: {} };

let app: App;
let follow: (fragment: string) => Promise<void>;
/** Scenarios that were chosen, and the own work that is kept. */
let chosen: string[];
let kept: Document | null;
/** What is on its way: scenarios by their ids, own work as `own`; all else is there at once. */
let slow: Map<string, () => void>;
/** Numbers of the links that were followed to their end. */
let arrived: number[];

const onItsWay = (name: string): Promise<void> => (slow.has(name) ? new Promise((resolve) => slow.set(name, resolve)) : Promise.resolve());
const comes = async (name: string): Promise<void> => {
  slow.get(name)?.();
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};
const delay = (name: string): void => void slow.set(name, () => undefined);
const page = () => app.store.getState();
const shown = (): string =>
  page().document.example ??
  page()
    .document.files.map(({ name }) => name)
    .join();
const said = (): string => `${page().notice?.kind} ${page().notice?.detail}`.trim();

beforeEach(() => begin(createApp({ run: () => 0, why: () => undefined })));

function begin(made: App): void {
  app = made;
  chosen = [];
  kept = null;
  slow = new Map();
  arrived = [];
  let links = 0;
  follow = linkFollower({
    app,
    address: {
      follow() {
        const mine = ++links;
        return { latest: () => mine === links, arrived: () => void arrived.push(mine) };
      },
    },
    first: FIRST,
    hasExample: async (id) => {
      await onItsWay(id);
      return EXAMPLES.some((entry) => entry.id === id);
    },
    choose: async (id, link) => {
      const { opened } = page().history;
      await onItsWay(`files of ${id}`);
      if (page().history.opened !== opened) return;
      chosen.push(id);
      openScenario(app, id, link);
    },
    ownWork: async () => {
      await onItsWay('own');
      return kept;
    },
  });
}

describe('a link to a scenario', () => {
  test('opens it where the link says', async () => {
    begin(openPage());
    await follow(`#/s/${OTHER}?step=3&alt=hook&lang=zh&pkt.dport=53`);
    expect(shown()).toBe(OTHER);
    expect(page()).toMatchObject({ selection: { step: 2, altitude: 'hook' }, settings: { language: 'zh' }, document: { packets: [{ fields: { dport: '53' } }] } });
    expect(page().notice).toBeNull();
    expect(arrived).toEqual([1]);
  });
  test('no link at all opens the first, and says nothing', async () => {
    await follow('');
    expect([shown(), page().notice]).toEqual([FIRST, null]);
    app.open(OWN);
    await follow('#a-heading');
    expect([shown(), page().notice]).toEqual(['mine.save', null]);
  });
  test('to one that nobody knows opens the first where nothing is on the page, and takes nothing away where something is', async () => {
    await follow('#/s/no/such-one?step=4');
    expect([shown(), said()]).toEqual([FIRST, 'unknown-link no/such-one']);
    app.open(OWN);
    app.say(null);
    await follow('#/s/no/such-one');
    expect([shown(), said()]).toEqual(['mine.save', 'unknown-link no/such-one']);
    expect(chosen).toEqual([FIRST]);
  });
  test('a scenario that is still loading was asked for before it', async () => {
    app.know({ loading: OTHER });
    delay(FIRST);
    void follow(`#/s/${FIRST}`);
    expect(page().scenario.loading).toBeNull();
  });
});

describe('while a link is on its way', () => {
  test('of two the last one counts, whichever comes first', async () => {
    delay(FIRST);
    const before = follow(`#/s/${FIRST}`);
    await follow(`#/s/${OTHER}`);
    await comes(FIRST);
    await before;
    expect([shown(), chosen, arrived]).toEqual([OTHER, [OTHER], [2, 1]]);
  });
  test.each([
    ['a scenario', `#/s/${OTHER}`, OTHER],
    ['one that nobody knows', '#/s/no/such-one', 'no/such-one'],
    ['own work', '#/own', 'own'],
    ['nothing', '', FIRST],
  ])('what the person opens counts more than %s', async (_, fragment, name) => {
    kept = { ...OWN, files: [{ name: 'older.save', text: SAVE }] };
    delay(name);
    const way = follow(fragment);
    app.open(OWN);
    app.say({ kind: 'fitted', detail: '' });
    await comes(name);
    await way;
    expect([shown(), said(), chosen]).toEqual(['mine.save', 'fitted', []]);
  });
  test('packed files that are still unpacked give way to the next link', async () => {
    const packed = `#/x/1.${await packDocument(OWN)}`;
    const before = follow(packed);
    await follow(`#/s/${OTHER}`);
    await before;
    expect([shown(), page().history.past]).toEqual([OTHER, []]);
  });
  test('what is wrong with a link is not said once another one was opened in its place', async () => {
    delay(`files of ${FIRST}`);
    const before = follow('#/s/no/such-one');
    await comes('no/such-one');
    await follow(`#/s/${OTHER}`);
    await comes(`files of ${FIRST}`);
    await before;
    expect(page().notice).toBeNull();
  });
  test('a link whose scenario cannot be had ends, too', async () => {
    const choose = vi.spyOn(app, 'open').mockImplementation(() => {
      throw new Error('no room');
    });
    await expect(follow(`#/s/${OTHER}`)).rejects.toThrow('no room');
    choose.mockRestore();
    expect(arrived).toEqual([1]);
  });
});

describe('a link with files in it', () => {
  test('opens them where one was; a packet that it has not is the last', async () => {
    const packets = [...OWN.packets, ...OWN.packets];
    begin(openPage());
    await follow(`#/x/1.${await packDocument({ ...OWN, packets })}?at=9&step=2&colour=red`);
    expect([shown(), page().selection.packet, page().selection.step, said()]).toEqual(['mine.save', 1, 1, 'unknown-link colour=red']);
  });
  test.each(['cut short', 'with letters changed', 'of something else', 'empty'])('%s: the first scenario, or what is there, and it is said', async (how) => {
    const data = await packDocument(OWN);
    const damaged = { 'cut short': data.slice(0, data.length / 2), 'with letters changed': `!${data.slice(1)}`, 'of something else': 'q1YqSy0qzszPAwA', empty: '' }[how];
    await follow(`#/x/1.${damaged}?step=2`);
    expect([shown(), said()]).toEqual([FIRST, 'broken-link']);
    app.open(OWN);
    app.say(null);
    await follow(`#/x/1.${damaged}`);
    expect([shown(), said()]).toEqual(['mine.save', 'broken-link']);
  });
  test.each([
    ['#/x/2.abc?step=1', 'newer-link #/x/2.abc?step=1'],
    ['#/x/10.abc', 'newer-link #/x/10.abc'],
    ['#/x/abc', 'unknown-link #/x/abc'],
    ['#/s/%E0%A4%A', 'unknown-link #/s/%E0%A4%A'],
    [`#/${'z'.repeat(100)}`, `unknown-link #/${'z'.repeat(38)}`],
  ])('%s is of a page to come, or of nobody', async (fragment, notice) => {
    await follow(fragment);
    expect([shown(), said()]).toEqual([FIRST, notice]);
  });
});

describe('own work', () => {
  test('comes back where one was', async () => {
    kept = OWN;
    await follow('#/own?alt=hook');
    expect([shown(), page().selection.altitude, page().notice]).toEqual(['mine.save', 'hook', null]);
  });
  test('that is not kept any more: the first scenario, and it is said', async () => {
    await follow('#/own?step=2');
    expect([shown(), said()]).toEqual([FIRST, 'own-link']);
  });
});
