/** Links that were given out open for ever: each file of links/ is one, with what it opens. */

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentPart, LONGEST_LINK, linkOf, readLink, unpackDocument, writeLink } from '../../app/share/link.ts';
import { endTwin, swapTwin } from '../../app/actions/swap-twin.ts';
import { DRAFT_FIELDS } from '../../app/store/draft.ts';
import { fateOf } from '../../app/store/fate.ts';
import type { Document } from '../../app/store/document.ts';
import type { App } from '../../app/store/store.ts';
import { wordsOf } from '../../app/text/words.ts';
import { fateSentence } from '../../app/views/verdict/fate-words.ts';
import { firstSeed } from '../support/seed.ts';
import { openPage, openScenario } from './opened-page.ts';

const FOLDER = new URL('./links/', import.meta.url);

/** Opens a link as the page does (app/share/follow-link.ts); null: it cannot be opened. */
async function open(fragment: string): Promise<{ readonly app: App; readonly unknown: readonly string[] } | null> {
  const link = readLink(fragment);
  if (!link) return null;
  const app = openPage();
  app.select({ altitude: link.altitude, clusterShown: link.cluster });
  if (link.source.kind === 'example') return openScenario(app, link.source.id, link) ? { app, unknown: link.unknown } : null;
  const document = link.source.kind === 'packed' ? await unpackDocument(link.source.data) : null;
  if (!document) return null;
  app.open(document, { step: link.step, rule: link.rule, packet: link.packet });
  return { app, unknown: link.unknown };
}

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

test('there are links, and every kind of source among them', () => {
  const paths = files.map((file) => readFileSync(new URL(file, FOLDER), 'utf8').slice(0, 4));
  expect(paths).toEqual(expect.arrayContaining(['#/s/', '#/x/']));
});

test.each(files)('%s', async (file) => {
  const [fragment = '', ...wanted] = readFileSync(new URL(file, FOLDER), 'utf8').trimEnd().split('\n');
  const opened = await open(fragment);
  if (!opened) throw new Error(`${fragment} does not open; a scenario that was renamed must still open by its old name`);
  const { document, selection, answer } = opened.app.store.getState();
  const last = answer.traces.at(-1);
  const says: Readonly<Record<string, string>> = {
    scenario: document.example ?? '',
    file: document.files[0]?.name ?? '',
    src: document.packets[selection.packet]?.fields.src ?? '',
    packets: String(document.packets.length),
    at: String(selection.packet + 1),
    step: String(selection.step + 1),
    rule: ruleAt(opened.app),
    verdict: last ? fateSentence(fateOf(last), wordsOf('en')) : '',
    twin: twinText(document.twin),
    unknown: opened.unknown.join(' '),
  };
  for (const line of wanted) {
    const [key = '', value = ''] = line.split(/: (.*)/s);
    expect(says[key], `${key} of ${fragment}`).toContain(value);
  }
});

/** `B shown, A: 10.0.11.2`. */
function twinText(twin: Document['twin']): string {
  return twin ? `${twin.shown} shown, ${twin.shown === 'A' ? 'B' : 'A'}: ${twin.packets.map(({ fields }) => fields.src).join(' ')}` : '';
}

function ruleAt(app: App): string {
  const { selection, answer } = app.store.getState();
  const step = answer.traces[selection.packet]?.steps[selection.step];
  return step && 'chain' in step ? `${step.table}/${step.chain}/${selection.rule}` : '';
}

describe('round trip', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const edits = fc.array(fc.record({ packet: fc.nat(1), field: fc.constantFrom(...DRAFT_FIELDS), text }), { maxLength: 6 });
  const seed = firstSeed();

  test('whatever is changed in a scenario’s packets comes back, and where one was', async () => {
    await fc.assert(
      fc.asyncProperty(edits, fc.nat(40), fc.constantFrom('hook', 'rule'), fc.nat(4), edits, async (changes, step, altitude, twins, others) => {
        const app = openPage();
        openScenario(app, 'kube-ovn-installed/p43-policy-forward');
        app.addPacket(1, [...app.store.getState().document.packets, ...app.store.getState().document.packets]);
        app.goTo(step);
        app.select({ altitude: altitude as 'hook' | 'rule' });
        for (const { packet, field, text: typed } of changes) app.editField(packet, field, typed);
        if (twins) {
          swapTwin.perform(app);
          for (const { packet, field, text: typed } of others) app.editField(packet, field, typed);
          if (twins === 2) swapTwin.perform(app);
          if (twins === 3) app.addPacket(0, app.store.getState().document.packets.slice(0, 1));
          if (twins === 4) endTwin.perform(app);
        }
        const state = app.store.getState();
        const again = await open(writeLink(state));
        expect(again?.app.store.getState().document.packets.map(({ fields }) => fields)).toEqual(state.document.packets.map(({ fields }) => fields));
        expect(again?.unknown).toEqual([]);
        const waiting = (twin: Document['twin']): unknown => twin && { shown: twin.shown, packets: twin.packets.map(({ fields }) => fields) };
        expect(waiting(again?.app.store.getState().document.twin)).toEqual(waiting(state.document.twin));
        expect(again?.app.store.getState().selection.packet).toBe(state.selection.packet);
      }),
      { seed, numRuns: 30 },
    );
  });
  test('files of one’s own come back from their link, characters of any script and none left out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ name: text, text: fc.string({ unit: 'binary', maxLength: 200 }) }), { minLength: 1, maxLength: 3 }), async (own) => {
        const app = openPage();
        openScenario(app, 'kube-ovn-installed/p43-policy-forward');
        app.open({ ...app.store.getState().document, example: null, files: own });
        const fragment = await linkOf(app.store.getState());
        expect(fragment).toMatch(/^#\/x\/1\.[\w-]+\?/);
        const link = readLink(fragment);
        const document = link?.source.kind === 'packed' ? await unpackDocument(link.source.data) : null;
        expect(document).toEqual(app.store.getState().document);
      }),
      { seed, numRuns: 30 },
    );
  });
  test('a link nearly as long as links may be is whole, too', async () => {
    const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    let state = seed;
    // Letters in no order: each takes the room of one in the link.
    const noise = Array.from({ length: 7300 }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return LETTERS[state >>> 26];
    }).join('');
    const app = openPage();
    openScenario(app, 'kube-ovn-installed/p43-policy-forward');
    app.open({ ...app.store.getState().document, example: null, files: [{ name: 'noise.save', text: noise }] });
    const fragment = await linkOf(app.store.getState());
    expect(fragment.length).toBeGreaterThan(LONGEST_LINK * 0.9);
    expect(fragment.length).toBeLessThanOrEqual(LONGEST_LINK);
    const link = readLink(fragment);
    expect(link?.source.kind === 'packed' && (await unpackDocument(link.source.data))).toEqual(app.store.getState().document);
  });
  test('what a link says of the document is apart from where one is in it', () => {
    const part = documentPart('#/s/a/b?pkt.src=1.1.1.1&step=4&lang=zh');
    expect(documentPart('#/s/a/b?pkt.src=1.1.1.1&step=9&alt=hook&lang=en')).toBe(part);
    expect(documentPart('#/s/a/b?pkt.src=1.1.1.2&step=4&lang=zh')).not.toBe(part);
    expect(documentPart('#/s/a/b?packets=2&pkt.src=1.1.1.1')).not.toBe(part);
    expect(documentPart('#/s/a/b?pkt.src=1.1.1.1&twin=B&twin.src=1.1.1.2')).not.toBe(documentPart('#/s/a/b?pkt.src=1.1.1.1&twin=B&twin.src=1.1.1.3'));
  });
  test('a link that would unpack without end is refused', async () => {
    const stream = new Blob([new Uint8Array(80 * 1024 * 1024)]).stream().pipeThrough(new CompressionStream('deflate-raw'));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    let binary = '';
    for (const byte of bytes) binary += String.fromCharCode(byte);
    expect(await unpackDocument(btoa(binary).replaceAll('+', '-').replaceAll('/', '_'))).toBeNull();
  });
});
