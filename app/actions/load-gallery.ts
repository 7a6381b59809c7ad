/** What the gallery lists. Not in the list of actions: the gallery asks for it when it is opened. */

import { fetchExamples } from '../share/examples.ts';
import { fetchGallery } from '../share/gallery.ts';
import type { Gallery } from '../store/gallery.ts';
import type { App } from '../store/store.ts';

/** Rejects if it cannot be loaded. The list of scenarios, too, is asked for once more where it did not come. */
export async function loadGallery(app: App): Promise<Gallery> {
  const { examples } = app.store.getState().scenario;
  if (examples?.length) return fetchGallery(examples);
  const listed = await fetchExamples();
  app.know({ examples: listed });
  return fetchGallery(listed);
}
