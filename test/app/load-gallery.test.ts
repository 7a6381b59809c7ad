/** What the gallery lists, where the network comes and goes. */

import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { loadGallery } from '../../app/actions/load-gallery.ts';
import { fetchText } from '../../app/share/examples.ts';
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

test("what a browser says of a network that is not there is no word of the page's", async () => {
  vi.stubGlobal('fetch', gone);
  await expect(fetchText('examples/index.json')).rejects.toThrow(/^$/);
  vi.stubGlobal('fetch', async () => ({ ok: false, status: 404, text: async () => '' }));
  await expect(fetchText('examples/none.json')).rejects.toThrow('examples/none.json: 404');
});
