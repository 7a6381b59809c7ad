/** What the gallery lists, where the network comes and goes. */

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadGallery } from '../../app/actions/load-gallery.ts';
import { fetchText } from '../../app/shipped/examples.ts';
import { createApp } from '../../app/store/store.ts';

afterEach(() => void vi.unstubAllGlobals());

const fromDisk = async (address: string): Promise<object> => ({ ok: true, status: 200, text: async () => readFileSync(`public/${address}`, 'utf8') });
const gone = (): Promise<never> => Promise.reject(new TypeError('Failed to fetch'));

test('a list of scenarios that did not come is asked for once more, and so is the rest', async () => {
  const app = createApp({ run: () => 0, why: () => undefined });
  // As after a failure.
  app.know({ examples: [] });
  vi.stubGlobal('fetch', gone);
  await expect(loadGallery(app)).rejects.toThrow();
  vi.stubGlobal('fetch', fromDisk);
  const { scenarios } = await loadGallery(app);
  expect(scenarios.length).toBeGreaterThan(200);
  expect(app.store.getState().scenario.examples).toHaveLength(scenarios.length);
});

describe('where the list did not come', () => {
  const opened = async () => {
    vi.resetModules();
    const [{ createExampleList }, { loadGallery }] = await Promise.all([import('../../app/shipped/example-list.ts'), import('../../app/actions/load-gallery.ts')]);
    const app = createApp({ run: () => 0, why: () => undefined });
    const list = createExampleList(app);
    vi.stubGlobal('fetch', gone);
    await list.bring();
    expect(app.store.getState()).toMatchObject({ scenario: { examples: [] }, notice: { kind: 'example-failed' } });
    const asked: string[] = [];
    vi.stubGlobal('fetch', (address: string) => {
      asked.push(address);
      return fromDisk(address);
    });
    return { list, load: () => loadGallery(app), lists: () => asked.filter((address) => address === 'examples/index.json').length };
  };
  test('a link that is followed asks again', async () => {
    const { list, lists } = await opened();
    expect(await list.has('kube-ovn-installed')).toBe(true);
    await list.bring();
    expect(lists()).toBe(1);
  });
  test('the gallery asks again; whoever needs it while it comes, or later, waits for the same one', async () => {
    const { list, load, lists } = await opened();
    await Promise.all([load(), load(), list.bring()]);
    await load();
    expect(lists()).toBe(1);
  });
});

test("what a browser says of a network that is not there is no word of the page's", async () => {
  vi.stubGlobal('fetch', gone);
  await expect(fetchText('examples/index.json')).rejects.toThrow(/^$/);
  vi.stubGlobal('fetch', async () => ({ ok: false, status: 404, text: async () => '' }));
  await expect(fetchText('examples/none.json')).rejects.toThrow('examples/none.json: 404');
});
