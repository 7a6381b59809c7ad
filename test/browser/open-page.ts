/** The built page, opened at a link in a context of its own, with its verdict there. */

import type { Browser, Page } from 'playwright-core';
import { inject } from 'vitest';
import { newPage, type PageOptions } from '../support/browser.ts';
import { nameOf, type Look } from '../support/looks.ts';

export async function openPage(browser: Browser, link: string, options: PageOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const opened = await newPage(browser, options);
  opened.page.setDefaultTimeout(15_000);
  await opened.page.goto(`${inject('address')}${link}`);
  await opened.page.getByTestId('verdict').waitFor();
  return opened;
}

/**
 * The page at a link, in one look after the other. It is one page of one context that is loaded anew, which takes a third of
 * the time of a context for each.
 */
export async function inEachLook(browser: Browser, link: string, all: readonly Look[], check: (page: Page, look: Look, name: string) => Promise<void>): Promise<string[]> {
  const { page, complaints } = await newPage(browser);
  page.setDefaultTimeout(15_000);
  for (const look of all) {
    const { width, height, locale, colorScheme } = look;
    await page.goto('about:blank');
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await page.goto(`${inject('address')}${link}${link.includes('?') ? '&' : '?'}lang=${locale.slice(0, 2)}`);
    await page.getByTestId('verdict').waitFor();
    await check(page, look, nameOf(look));
  }
  await page.context().close();
  return complaints;
}
