/** The page on paper: its panels below each other, whole, in dark letters, from any arrangement on the screen. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, newPage, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, LAPTOP, PHONE, TABLET } from '../support/looks.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward?step=26';
/** A4 between margins of 12 mm, in pixels. */
const PAPER = 703;

describe.skipIf(!chromiumPath)('the page on paper', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const turn = (page: Page, type: 'beforeprint' | 'afterprint') => page.evaluate((type) => void window.dispatchEvent(new Event(type)), type);

  test.each([
    ['desktop', DESKTOP],
    ['laptop', LAPTOP],
    ['tablet', TABLET],
    ['phone', PHONE],
  ] as const)('from a %s: nothing is cut off, nothing lies over anything else', async (_, [width, height]) => {
    const { page } = await newPage(browser, { width, height, colorScheme: 'dark' });
    page.setDefaultTimeout(20_000);
    // That boxes are of other sizes on paper is told to no script: what is measured stays what it was on the screen.
    await page.addInitScript(() => {
      const { ResizeObserver: Observer } = window;
      window.ResizeObserver = class extends Observer {
        constructor(tell: ResizeObserverCallback) {
          super((entries, observer) => void (document.documentElement.dataset.paper === undefined && tell(entries, observer)));
        }
      };
    });
    await page.goto(`${inject('address')}${FORWARD}`);
    await page.locator('[data-rule-place="nat/OVN-POSTROUTING/10"]').waitFor();
    // Parts come one after the other.
    if (width >= 1100)
      for (const part of ['#region-path .stop', '#region-why .reading', '.packet select', '#region-state .mono', '.steps-sentence']) await page.locator(part).first().waitFor();
    await turn(page, 'beforeprint');
    expect(await page.locator('.map').count()).toBe(0);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.evaluate(() => document.documentElement.setAttribute('data-paper', ''));
    await page.addStyleTag({ content: `.page { width: ${PAPER}px }` });
    const found = await page.evaluate((paper) => {
      const shown = (selector: string): Element[] => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
      const boxes = shown('.bar, .verdict, .path, .packet, .rules, .why, .state, .steps').map((one) => one.getBoundingClientRect());
      const rows = shown('.virtual-row').map((one) => one.getBoundingClientRect());
      const over = (all: readonly DOMRect[]): number => all.filter((one, i) => i > 0 && one.top < (all[i - 1] as DOMRect).bottom - 1).length;
      const wide = shown('.page *:not(.sr-only, .sr-only *)')
        .filter((one) => one.getBoundingClientRect().right > paper + 1)
        .map(({ className }) => String(className));
      const inRows = shown('.rule-purpose').filter((one) => one.getBoundingClientRect().bottom > (one.closest('.virtual-row')?.getBoundingClientRect().bottom ?? 0) + 1).length;
      const cut = shown('.panel-body, .rule-list, .verdict')
        .filter((one) => one.scrollHeight > one.clientHeight + 1)
        .map(({ className }) => className);
      return {
        panels: boxes.length,
        rows: rows.length,
        over: over(boxes),
        rowsOver: over(rows),
        wide,
        inRows,
        cut,
        buttons: shown('.step-button, .rules-foot, .why-not-button, .notice').length,
      };
    }, PAPER);
    expect(found).toMatchObject({ over: 0, rowsOver: 0, wide: [], inRows: 0, cut: [], buttons: 0 });
    expect(found.rows).toBeGreaterThan(3);
    expect(found.panels).toBeGreaterThanOrEqual(width >= 1100 ? 8 : 5);
    // Of the dark screen nothing is left.
    expect(await page.locator('.verdict-word').evaluate((word) => getComputedStyle(word.parentElement as Element).color)).toBe('rgb(0, 0, 0)');
    await page.emulateMedia({ media: 'screen' });
    await turn(page, 'afterprint');
    expect(await page.locator('.map').count()).toBe(width >= 1340 ? 1 : 0);
    await page.context().close();
  });
});
