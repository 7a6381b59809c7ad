/** The built page *What is modelled*: both languages and themes, no complaint of axe, no request to anybody. */

import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { describeExtensions } from '../../engine/index.ts';
import { violations } from '../support/axe.ts';
import { chromiumPath, newPage, sharedBrowser } from '../support/browser.ts';

describe.skipIf(!chromiumPath)('what is modelled', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  it.each([
    ['modelled.html', 'light', 1280],
    ['modelled.zh.html', 'dark', 390],
  ] as const)('%s, %s, %i wide', async (file, colorScheme, width) => {
    const { page, complaints } = await newPage(browser, { colorScheme, width });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${inject('address')}${file}`);
    const names = await page.locator('tbody th > code').allTextContents();
    for (const { kind, name } of describeExtensions()) if (kind !== 'header') expect(names).toContain(`${kind === 'match' ? '-m ' : kind === 'target' ? '-j ' : ''}${name}`);
    for (const summary of (await page.locator('summary').all()).slice(0, 3)) await summary.click();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    expect(asked).toEqual([`/${file}`]);
    expect(complaints).toEqual([]);
    await page.locator('header a[hreflang]').click();
    await page.waitForURL(/modelled(\.zh)?\.html$/);
    expect(new URL(page.url()).pathname).not.toBe(`/${file}`);
    await page.context().close();
  });
});
