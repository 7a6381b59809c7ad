/** Puts the page in the place of what stands in its HTML. */

import { startTransition, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { App } from '../../store/store.ts';
import { frameFor } from './frame.ts';
import { Page } from './page.tsx';
import { bringParts } from './rest-parts.tsx';

/** Most that a person waits with nothing but the verdict of the HTML, in milliseconds. */
const EARLY_STAYS = 2500;
/** Most that the page waits for those of its parts that come in a chunk of their own, in milliseconds. */
const REST_MAY_TAKE = 1500;

/**
 * The verdict that stands in the HTML stays until there is one of our own, or the page must say something else. `words`: the page's language,
 * where it has to come first. `coming` is called when the page is drawn.
 */
export function showPage(root: HTMLElement, app: App, words: Promise<void> | null, coming: () => void): void {
  let shown = false;
  async function show(): Promise<void> {
    if (shown) return;
    shown = true;
    if (words) await words;
    const rest = bringParts();
    // Where there is room for them at once, they come at once.
    if (frameFor(window.innerWidth) !== 'phone') await Promise.race([rest, new Promise((resolve) => setTimeout(resolve, REST_MAY_TAKE))]);
    coming();
    const page = createRoot(root);
    // In slices: between them the browser is free.
    startTransition(() =>
      page.render(
        <StrictMode>
          <Page app={app} />
        </StrictMode>,
      ),
    );
  }
  if (!root.querySelector('.early')) return void show();
  app.store.subscribe(({ answer, notice }) => {
    if (answer.status === 'ready' || notice) void show();
  });
  setTimeout(() => void show(), EARLY_STAYS);
}
