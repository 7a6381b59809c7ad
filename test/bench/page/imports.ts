/** 20,000 rules dropped on the page, until its verdict is one of them. */

import type { Browser } from 'playwright-core';
import type { Served } from '../page-server.ts';
import { EXAMPLE, Measured, rulesOf, watched } from './opened.ts';
import { held, median, RUNS } from './report.ts';
import { SLOW_DESKTOP } from './screens.ts';
import type { Tasks } from './tasks.ts';

export async function imports(browser: Browser, served: Served): Promise<void> {
  for (const shape of ['flat', 'chains'] as const) {
    const times: number[] = [];
    const longest: number[] = [];
    const threads: Tasks[] = [];
    for (let i = 0; i < RUNS; i++) {
      const measured = await Measured.open(browser, served.address + EXAMPLE, SLOW_DESKTOP);
      await measured.ready();
      // The engine is asked for a moment after the page is there.
      await measured.page.waitForTimeout(1500);
      let done: (() => Promise<Tasks>) | null = null;
      const time = await measured.drop('big.save', rulesOf(shape), async () => {
        await measured.page.waitForTimeout(200);
        await measured.reset();
        done = await measured.tasks();
      });
      times.push(time);
      await measured.page.waitForTimeout(1500);
      threads.push(await (done as unknown as () => Promise<Tasks>)());
      longest.push((await watched(measured.page)).longest);
      await measured.close();
    }
    held(`${shape}: from the drop to the verdict`, median(times), 1000, 'ms');
    held(`${shape}: longest task of the main thread`, median(longest), 50, 'ms');
    held(`${shape}: longest task of the main thread, at work`, median(threads.map((one) => one.longest.thread)), 50, 'ms');
    held(`${shape}: main thread at work`, median(threads.map(({ total }) => total)), null, 'ms');
  }
}
