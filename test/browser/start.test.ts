/** The built page starts: as served, in a real browser, without a complaint and without asking any other host. */

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, launchBrowser, newPage } from '../support/browser.ts';

describe.skipIf(!chromiumPath)('the page starts', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test('it has its title and a heading, and nothing complains', async () => {
    const { page, complaints } = await newPage(browser);
    await page.goto(inject('address'));
    await page.locator('h1').first().waitFor();
    expect(await page.title()).toContain('Packetwalk');
    expect(complaints).toEqual([]);
  });

  test('while its script is on its way, fonts are looked up and nothing of it is seen', async () => {
    const { page, complaints } = await newPage(browser, { width: 390, height: 844 });
    let go = (): void => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/assets/index-*.js', (route) => held.then(() => route.continue()));
    await page.goto(inject('address'), { waitUntil: 'commit' });
    const verdict = page.locator('.early');
    await verdict.waitFor();
    const before = await verdict.boundingBox();
    await expect.poll(() => page.locator('.fonts span').count()).toBe(18);
    expect(await page.locator('#root').innerText()).toBe(await verdict.innerText());
    expect(await page.locator('.fonts').evaluate((fonts) => [getComputedStyle(fonts).visibility, fonts.clientHeight, fonts.ariaHidden])).toEqual(['hidden', 0, 'true']);
    // Of the page's own styles, which stand behind that script: else the wrong fonts are looked up.
    const families = (selector: string): Promise<string> =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).fontFamily);
    expect(await families('.fonts span:last-child')).toContain('monospace');
    expect(await verdict.boundingBox()).toEqual(before);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(844);
    go();
    await page.locator('h1').first().waitFor();
    expect(await page.locator('.fonts').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
