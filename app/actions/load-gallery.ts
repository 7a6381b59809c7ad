/** What the gallery lists. Not in the list of actions: the gallery asks for it when it is opened. */

import { listExamples } from '../shipped/example-list.ts';
import { fetchGallery } from '../shipped/gallery.ts';
import type { Gallery } from '../store/gallery.ts';
import type { App } from '../store/store.ts';

/** Rejects if it cannot be loaded. */
export async function loadGallery(app: App): Promise<Gallery> {
  return fetchGallery(await listExamples(app));
}
