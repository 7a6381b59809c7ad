/** How long a link is, is written as people of the language write numbers. */

import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

describe.skipIf(!chromiumPath)('the length of a link', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test.each([
    ['en', 'characters'],
    ['zh', '个字符'],
  ])('has its thousands apart (%s)', async (language, unit) => {
    const text = Array.from({ length: 3000 }, (_, i) => (i * 2_654_435_761) % 1_000_003).join('');
    const { page } = await openPage(browser, `#/s/kube-ovn-installed/p43-policy-forward?lang=${language}&pkt.dst=${text.slice(0, 1200)}`);
    await page.keyboard.press('Control+s');
    const link = page.locator('.share input');
    await link.and(page.locator('[value*="pkt.dst"]')).waitFor();
    const { length } = await link.inputValue();
    expect(length).toBeGreaterThan(1200);
    expect(await page.locator('.share [role=status]').innerText()).toMatch(new RegExp(`^${Math.floor(length / 1000)},${String(length).slice(-3)} ${unit}`));
    await giveBack(page);
  });
});
