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
});
