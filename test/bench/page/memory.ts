/** Memory of the page and its worker. */

import type { Browser } from 'playwright-core';
import type { Served } from '../page-server.ts';
import { EXAMPLE, Measured, rulesOf } from './opened.ts';
import { held } from './report.ts';
import { SLOW_DESKTOP } from './screens.ts';

export async function memory(browser: Browser, served: Served): Promise<void> {
  const measured = await Measured.open(browser, served.address + EXAMPLE, SLOW_DESKTOP);
  await measured.ready();
  for (const shape of ['flat', 'chains'] as const) {
    await measured.drop(`${shape}.save`, rulesOf(shape));
    await measured.page.waitForTimeout(1000);
  }
  const bytes = await measured.page.evaluate(async () => {
    const ask = (performance as unknown as { measureUserAgentSpecificMemory?(): Promise<{ bytes: number }> }).measureUserAgentSpecificMemory;
    return ask ? (await ask.call(performance)).bytes : 0;
  });
  held('page and worker, after two files of 20,000 rules', bytes / 1e6, 200, 'MB');
  await measured.close();
}
