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

  test('where the gallery cannot be had it says so, in the words of the page, and is tried again', async () => {
    const { page } = await newPage(browser, { locale: 'zh-CN' });
    await page.route('**/examples/*.json', (route) => route.abort());
    await page.goto(inject('address') + FORWARD);
    await page.getByTestId('verdict').waitFor();
    await page.getByTestId('scenario').click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('无法载入。请检查网络。').waitFor();
    // What is not known is not counted.
    expect(await dialog.getByRole('tab').allInnerTexts()).toEqual(['场景', '规则与集合', '发现', '最近']);
    expect(await page.locator('.notice').allInnerTexts()).not.toContainEqual(expect.stringMatching(/fetch/i));
    await page.unroute('**/examples/*.json');
    await dialog.getByRole('button', { name: '重试' }).click();
    await dialog.getByRole('option').first().waitFor();
    expect(await dialog.getByRole('tab').first().innerText()).toMatch(/^场景 \(\d{3}\)$/);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
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
