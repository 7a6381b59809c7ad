/** Several packets, and fields that offer something: what is chosen is in view, what is shown stays until there is something newer, nothing lies over what is read. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const again = (page: Page) => page.getByRole('button', { name: 'Send it again' });

describe.skipIf(!chromiumPath)('packets', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('on a tablet the chosen one of many is in view, in a list that scrolls in itself', async () => {
    const { page } = await openPage(browser, FORWARD, { width: 768, height: 1024 });
    for (let packets = 2; packets <= 8; packets++) {
      await again(page).click();
      await page
        .locator('.packet-list:not([data-stale=true]) li')
        .nth(packets - 1)
        .waitFor();
    }
    const seen = () =>
      page.locator('.packet-list').evaluate((list) => {
        const [box, tab] = [list, list.querySelector('[aria-current]') as Element].map((one) => one.getBoundingClientRect());
        return {
          scrolls: list.scrollWidth > list.clientWidth,
          left: Math.round(Math.min(0, (tab?.left ?? 0) - (box?.left ?? 0))),
          right: Math.round(Math.min(0, (box?.right ?? 0) - (tab?.right ?? 0))),
        };
      });
    const whole = { scrolls: true, left: 0, right: 0 };
    expect(await seen()).toEqual(whole);
    const earlier = page.getByRole('button', { name: /earlier/i });
    for (let press = 0; press < 7; press++) await earlier.click();
    await page.locator('.packet-list li').first().locator('[aria-current]').waitFor();
    expect(await seen()).toEqual(whole);
    expect(await page.evaluate(() => [scrollX, scrollY, document.querySelector('.main')?.scrollTop])).toEqual([0, 0, 0]);
    await giveBack(page);
  });

  test('while a reply is walked every panel keeps what it showed', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    await page.locator('.rules .rule').first().waitFor();
    await page.locator('.why .why-conclusion, .why .why-sentence').first().waitFor();
    // Whatever is drawn in between is told by the changes that lead to it.
    await page.evaluate(() => {
      const shown = () => ({
        verdict: document.querySelector('[data-testid=verdict]') !== null,
        // Between the tables there is none, which is said.
        rules: document.querySelector('.rules .rule, .rules p') !== null,
        why: document.querySelector('.why .why-conclusion, .why .why-sentence') !== null,
        steps: /\d/.test(document.querySelector('.steps')?.textContent ?? ''),
      });
      const gone: string[] = [];
      Object.assign(window, { gone, first: shown() });
      new MutationObserver(() => {
        for (const [panel, there] of Object.entries(shown())) if (!there) gone.push(panel);
      }).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
    });
    expect(await page.evaluate(() => (window as unknown as { first: object }).first)).toEqual({ verdict: true, rules: true, why: true, steps: true });
    await page.getByRole('button', { name: 'Send the reply' }).click();
    await page.locator('.packet-list:not([data-stale=true]) li:nth-child(2) [aria-current]').waitFor();
    await page.locator('[data-testid=verdict]').getByText('Forwarded').waitFor();
    expect(await page.evaluate(() => (window as unknown as { gone: string[] }).gone)).toEqual([]);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test.each([
    ['en', 'mark', /starts with/],
    ['zh', 'mark', /起始/],
  ])('what the mark is, is said above what is offered for it, and read out with the field (%s)', async (language, name, hint) => {
    const { page } = await openPage(browser, `${FORWARD}?lang=${language}`);
    const field = page.getByRole('combobox', { name, exact: true });
    expect(await field.evaluate((input) => document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent)).toMatch(hint);
    await field.fill('0x9000');
    await page.locator('.combobox-list .combobox-hint').getByText(hint).waitFor();
    expect(await violations(page)).toEqual([]);
    await giveBack(page);
  });

  test('on a phone a notice lies over no field that is typed in, nor over what it offers', async () => {
    const { page } = await openPage(browser, FORWARD, { width: 390, height: 844 });
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const destination = page.getByRole('combobox', { name: 'destination', exact: true });
    await destination.fill('10.0.11.1');
    // Its own list is open when the notice comes: it goes with its field.
    await page.locator('.notice').waitFor();
    await page.locator('.combobox-list').waitFor();
    for (const name of ['destination', 'source', 'source port', 'mark']) {
      const field = page.getByRole('combobox', { name, exact: true });
      await field.focus();
      if (name !== 'destination') await page.keyboard.press('ArrowDown');
      await page.locator('.combobox-list').waitFor();
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      const covered = await page.evaluate(() => {
        const [list, notice] = ['.combobox-list', '.notice'].map((one) => document.querySelector(one)?.getBoundingClientRect() as DOMRect) as [DOMRect, DOMRect];
        const field = (document.activeElement as Element).getBoundingClientRect();
        const over = (a: DOMRect, b: DOMRect) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1;
        return { list: over(list, notice), field: over(field, notice), apart: Math.min(Math.abs(list.top - field.bottom), Math.abs(field.top - list.bottom)) > 8 };
      });
      expect([name, covered]).toEqual([name, { list: false, field: false, apart: false }]);
      await page.keyboard.press('Escape');
    }
    await giveBack(page);
  });
});
