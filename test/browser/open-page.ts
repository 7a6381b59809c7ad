/** The built page, opened at a link in a context of its own, with its verdict there. */

import type { Browser, Page } from 'playwright-core';
import { inject } from 'vitest';
import { newPage, type PageOptions } from '../support/browser.ts';

export async function openPage(browser: Browser, link: string, options: PageOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const opened = await newPage(browser, options);
  opened.page.setDefaultTimeout(15_000);
  await opened.page.goto(`${inject('address')}${link}`);
  await opened.page.getByTestId('verdict').waitFor();
  return opened;
}
