/**
 * The built page, opened at a link, with its verdict there. Pages are lent: one that was given back is as new (no storage, no
 * history, no rights, nothing under the pointer), and opens in a third of the time that a context of its own takes.
 */

import type { Browser, CDPSession, Page } from 'playwright-core';
import { inject } from 'vitest';
import { violations, violationsButContrast } from '../support/axe.ts';
import { newPage, type PageOptions, waiting } from '../support/browser.ts';
import { nameOf, type Look } from '../support/looks.ts';

interface Lent {
  readonly page: Page;
  readonly complaints: string[];
  readonly session: CDPSession;
  /** A context speaks one language for ever. */
  readonly locale: string;
}

const lent = new Map<Page, Lent>();
const free = new Map<Browser, Lent[]>();

/** A page as new, at nothing yet; `giveBack` when the test is over. One that got scripts of its own is closed instead: those cannot be taken away. */
export async function lendPage(browser: Browser, options: PageOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const pages = free.get(browser) ?? [];
  const at = pages.findIndex(({ locale }) => locale === (options.locale ?? 'en-GB'));
  const [found] = at < 0 ? [] : pages.splice(at, 1);
  if (found) {
    waiting.delete(found.page.context());
    await found.page.setViewportSize({ width: options.width ?? 1440, height: options.height ?? 900 });
    await found.page.emulateMedia({ colorScheme: options.colorScheme ?? 'light', media: null });
    return found;
  }
  const { page, complaints } = await newPage(browser, options);
  page.setDefaultTimeout(15_000);
  lent.set(page, { page, complaints, session: await page.context().newCDPSession(page), locale: options.locale ?? 'en-GB' });
  return { page, complaints };
}

export async function giveBack(page: Page): Promise<void> {
  const one = lent.get(page);
  const browser = page.context().browser();
  if (!one || !browser) return page.context().close();
  const { origin, href } = new URL(inject('address'));
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.context().clearPermissions();
  // A picture of the same origin: no script runs there that would keep anything.
  await page.goto(`${href}icon.svg`);
  await page.evaluate(() => sessionStorage.clear());
  await one.session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await page.mouse.move(0, 0);
  await page.goto('about:blank');
  await one.session.send('Page.resetNavigationHistory');
  one.complaints.length = 0;
  free.set(browser, [...(free.get(browser) ?? []), one]);
  waiting.add(page.context());
}

export async function openPage(browser: Browser, link: string, options: PageOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const opened = await lendPage(browser, options);
  await opened.page.goto(`${inject('address')}${link}`);
  await opened.page.getByTestId('verdict').waitFor();
  return opened;
}

/**
 * The page at a link, in one look after the other: one page that is loaded anew, or once for each language where the check leaves
 * it as it was. `axe` measures contrast in English only: `looks()` gives that either theme, and colours do not depend on words.
 */
export async function inEachLook(
  browser: Browser,
  link: string,
  all: readonly Look[],
  check: (page: Page, look: Look, name: string, axe: typeof violations) => Promise<void>,
  { anew = true } = {},
): Promise<string[]> {
  const { page, complaints } = await lendPage(browser);
  const inOrder = anew ? all : all.toSorted((a, b) => a.locale.localeCompare(b.locale));
  for (const [i, look] of inOrder.entries()) {
    const { width, height, locale, colorScheme } = look;
    const load = anew || inOrder[i - 1]?.locale !== locale;
    if (load) await page.goto('about:blank');
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    if (load) await page.goto(`${inject('address')}${link}${link.includes('?') ? '&' : '?'}lang=${locale.slice(0, 2)}`);
    await page.getByTestId('verdict').waitFor();
    // The arrangement of the new size is there when the frame after it is.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await check(page, look, nameOf(look), locale === 'en-GB' ? violations : violationsButContrast);
  }
  const found = [...complaints];
  await giveBack(page);
  return found;
}
