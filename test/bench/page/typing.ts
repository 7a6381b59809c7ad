/** Typing in a field of the packet: what it changes is walked and shown at every key. */

import type { Browser } from 'playwright-core';
import type { Served } from '../page-server.ts';
import { BETWEEN_KEYS, keysSeen } from './keys.ts';
import { EXAMPLE, Measured, rulesOf, watched } from './opened.ts';
import { held, median, part } from './report.ts';
import { SLOW_DESKTOP } from './screens.ts';

const LAPS = 5;

export async function typing(browser: Browser, served: Served): Promise<void> {
  for (const [title, text] of [
    ['scenario', null],
    ['20,000 rules', rulesOf('chains')],
  ] as const) {
    const measured = await Measured.open(browser, served.address + EXAMPLE, SLOW_DESKTOP);
    await measured.ready();
    const { page } = measured;
    if (text) {
      await measured.drop('big.save', text);
      await page.waitForTimeout(1000);
    }
    const field = page.getByLabel('source', { exact: true });
    await field.fill('');
    await field.focus();
    const address = '10.0.11.130';
    const lap = async (): Promise<void> => {
      for (const key of [...address, ...[...address].map(() => 'Backspace')]) {
        await page.keyboard.press(key);
        await page.waitForTimeout(BETWEEN_KEYS - 30);
      }
    };
    await lap();
    await measured.reset();
    const seen = await keysSeen(page, async () => {
      for (let i = 0; i < LAPS; i++) await lap();
    });
    await page.waitForTimeout(500);
    const { events } = await watched(page);
    held(`${title}, a key in a field: key to paint, median`, median(seen), null, 'ms', 1);
    held(`${title}, a key in a field: key to paint, p75`, part(seen, 0.75), 100, 'ms', 1);
    held(`${title}: slowest interaction the browser reports`, Math.max(0, ...events), null, 'ms');
    await measured.close();
  }
}
