/** What the gallery lists. Not in the list of actions: the gallery asks for it when it is opened. */

import { fetchGallery } from '../share/gallery.ts';
import type { Gallery } from '../store/gallery.ts';
import type { App } from '../store/store.ts';

/** Rejects if it cannot be loaded. */
export function loadGallery(app: App): Promise<Gallery> {
  return fetchGallery(app.store.getState().scenario.examples ?? []);
}
