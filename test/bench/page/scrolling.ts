/** 20,000 rules scroll by. */

import type { Browser } from 'playwright-core';
import type { Served } from '../page-server.ts';
import { EXAMPLE, Measured, rulesOf } from './opened.ts';
import { held, row } from './report.ts';
import { SLOW_DESKTOP } from './screens.ts';

export async function scrolling(browser: Browser, served: Served): Promise<void> {
  const measured = await Measured.open(browser, served.address + EXAMPLE, SLOW_DESKTOP);
  await measured.ready();
  const { page } = measured;
  await measured.drop('big.save', rulesOf('flat'));
  await page.waitForTimeout(1000);
  const fold = page.locator('.rule-fold').first();
  if (await fold.count()) await fold.click();
  await page.waitForTimeout(500);
  const frames = await page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const list = document.querySelector('.rule-list') as HTMLElement;
        const gaps: number[] = [];
        let last = performance.now();
        const frame = (now: number): void => {
          gaps.push(now - last);
          last = now;
          list.scrollTop += 300;
          if (gaps.length < 240) requestAnimationFrame(frame);
          else resolve(gaps.slice(5));
        };
        requestAnimationFrame(frame);
      }),
  );
  const fps = 1000 / (frames.reduce((sum, gap) => sum + gap, 0) / frames.length);
  row('frames a second while 20,000 rules scroll by', fps.toFixed(1), '≥ 60', fps < 58);
  row('frames that took longer than 20 ms', `${frames.filter((gap) => gap > 20).length} of ${frames.length}`);
  held('rows in the page', await page.locator('.rule-list li').count(), null, '');
  await measured.close();
}
