/**
 * What a key costs until the page shows it: from the moment the browser took the key to the end of the frame that was drawn
 * for it (handlers, style, layout, paint, and the hand-over to the compositor). Asked of the page itself: a trace, which could
 * tell more, makes every step some fifteen per cent slower.
 *
 * What comes then is not in it, being of the screen and not of the page: raster, and the wait for the screen's next beat.
 */

import type { Page } from 'playwright-core';
import type { Screen } from './screens.ts';

/** Keys this far apart, in milliseconds: each is shown before the next one comes, and none has to wait for another. */
export const BETWEEN_KEYS = 120;
const BLANK_KEYS = 60;

/** Runs in the page before anything else does. */
export function watchKeys(): void {
  const seen: number[] = [];
  const { port1, port2 } = new MessageChannel();
  // A message that is sent as a frame begins comes when the frame is done.
  port1.onmessage = ({ data: pressed }: MessageEvent<number>) => seen.push(performance.now() - pressed);
  window.addEventListener('keydown', ({ timeStamp }) => requestAnimationFrame(() => port2.postMessage(timeStamp)), { capture: true });
  Object.assign(globalThis, { keysSeen: seen });
}

/** Milliseconds of each key that `press` presses. */
export async function keysSeen(page: Page, press: () => Promise<void>): Promise<readonly number[]> {
  await page.evaluate(() => {
    (globalThis as unknown as { keysSeen: number[] }).keysSeen.length = 0;
  });
  await press();
  return page.evaluate(() => (globalThis as unknown as { keysSeen: number[] }).keysSeen);
}

/**
 * The same of a blank page, in which one letter changes. It stands beside the page's own values, since a slowed processor slows
 * the browser, too: what it needs for any frame at all is of every step, and more than half of the budget where this was
 * written. What is beyond that is the page's.
 */
export async function blankKeys(page: Page, screen: Screen): Promise<readonly number[]> {
  const context = await page
    .context()
    .browser()
    ?.newContext({ viewport: { width: screen.width, height: screen.height } });
  if (!context) throw new Error('the page has no browser');
  const blank = await context.newPage();
  await blank.addInitScript(watchKeys);
  const session = await context.newCDPSession(blank);
  await session.send('Emulation.setCPUThrottlingRate', { rate: screen.slower });
  await blank.goto('data:text/html,<p>a</p>');
  await blank.evaluate(() => {
    let letter = 0;
    document.addEventListener('keydown', () => {
      (document.querySelector('p')?.firstChild as Text).data = String.fromCharCode(97 + (++letter % 26));
    });
  });
  const seen = await keysSeen(blank, async () => {
    for (let i = 0; i < BLANK_KEYS; i++) {
      await blank.keyboard.press('q');
      await blank.waitForTimeout(BETWEEN_KEYS);
    }
  });
  await context.close();
  return seen;
}
