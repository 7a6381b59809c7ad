/** What happens where a part of the page cannot be had, as after a new version was published, and where a view fails: never an empty page. */

import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, newPage, sharedBrowser } from '../support/browser.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

describe.skipIf(!chromiumPath)('the page stays', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test.each([
    ['dialogs', '?', 'dialog .keys, .keys'],
    ['gallery', 'o', null],
  ])('where %s cannot be fetched, which is said; the next try is another one', async (chunk, key, shown) => {
    const { page } = await newPage(browser);
    await page.route(`**/assets/${chunk}-*.js`, (route) => route.abort());
    await page.goto(inject('address') + FORWARD);
    await page.getByTestId('verdict').waitFor();
    await (shown ? page.keyboard.press(key) : page.getByTestId('scenario').click());
    await page.locator('.notice').getByText('could not be fetched').waitFor();
    expect(await page.getByTestId('verdict').innerText()).toContain('Not SNATed');
    // Keys are the page's again.
    const before = await page.getByTestId('narration').innerText();
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction((said) => document.querySelector('[data-testid=narration]')?.textContent !== said, before);
    await page.unroute(`**/assets/${chunk}-*.js`);
    await (shown ? page.keyboard.press(key) : page.getByTestId('scenario').click());
    await page.locator('dialog[open]').waitFor();
    await page.context().close();
  });

  test.each([
    ['en-GB', 'The page has stopped', 'Reload the page'],
    ['zh-CN', '页面已停止运行', '重新加载页面'],
  ])('where a view fails, with a way on (%s)', async (locale, title, reload) => {
    const { page } = await newPage(browser, { locale });
    await page.goto(inject('address') + FORWARD);
    await page.getByTestId('verdict').waitFor();
    await page.locator('.rule-list').waitFor();
    // What views are drawn with, and React is not.
    await page.evaluate(() => {
      Array.prototype.at = () => {
        throw new Error('provoked');
      };
    });
    await page.keyboard.press('ArrowLeft');
    const stopped = page.getByRole('alert').filter({ hasText: title });
    await stopped.waitFor();
    expect(await stopped.innerText()).toContain('provoked');
    await page.getByRole('button', { name: reload }).click();
    await page.getByTestId('verdict').waitFor();
    expect(await page.getByRole('alert').filter({ hasText: title }).count()).toBe(0);
    await page.context().close();
  });
});
