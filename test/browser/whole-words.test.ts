/** What is said is there to be read: nothing of it is cut off, broken in its middle, or out of sight where it was asked for. */

import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, lendPage, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

describe.skipIf(!chromiumPath)('whole words', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test.each(['en', 'zh'])('a figure as wide as a column of text: the last cause and the rule of the one before are whole (%s)', async (language) => {
    const { page } = await lendPage(browser, { width: 720, height: 480 });
    await page.goto(`${inject('address')}embed/index.html?lang=${language}&activate=auto${FORWARD}`);
    await page.locator('.embed .cause').nth(2).waitFor();
    // Less than a pixel too little is enough for an ellipsis, and does not show in scrollWidth.
    const missing = await page.locator('.embed .causes li:not(:first-child) .cause-text').evaluateAll((texts) =>
      texts.map((text) => {
        const range = document.createRange();
        const parts = text.children.length > 0 ? [...text.children] : [text];
        return Math.max(
          ...parts.map((part) => {
            range.selectNodeContents(part);
            return range.getBoundingClientRect().width - part.getBoundingClientRect().width;
          }),
        );
      }),
    );
    expect(missing).toHaveLength(2);
    for (const pixels of missing) expect(pixels).toBeLessThan(0.02);
    const way = await page.locator('.embed .path').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    expect(way).toBeLessThanOrEqual(0);
    await giveBack(page);
  });

  test.each([
    [600, 'en'],
    [679, 'zh'],
    [680, 'en'],
    [680, 'zh'],
    [719, 'zh'],
    [900, 'en'],
  ])('a figure %i px wide (%s): a cause has the number of its rule, and no bracket that it does not close', async (width, language) => {
    const { page } = await lendPage(browser, { width, height: 480 });
    for (const packet of ['', '?pkt.src=10.0.11.130']) {
      await page.goto('about:blank');
      await page.goto(`${inject('address')}embed/index.html?lang=${language}&activate=auto${FORWARD}${packet}`);
      await page.locator('.embed .cause').nth(1).waitFor();
      const cut = await page.locator('.embed .cause').evaluateAll((all) =>
        all.flatMap((cause) => {
          const walker = document.createTreeWalker(cause, NodeFilter.SHOW_TEXT);
          const range = document.createRange();
          const shown: boolean[] = [];
          while (walker.nextNode()) {
            const text = walker.currentNode as Text;
            // Those of what an address became end with the line.
            for (const sign of text.data.matchAll(cause.querySelector('.cause-before') ? /\/\d+/g : /\/\d+|[()（）]/g)) {
              range.setStart(text, sign.index);
              range.setEnd(text, sign.index + sign[0].length);
              const { left, right } = range.getBoundingClientRect();
              let isSeen = true;
              for (let around = text.parentElement; around && around !== cause.parentElement; around = around.parentElement) {
                const box = around.getBoundingClientRect();
                if (getComputedStyle(around).overflowX !== 'visible' || around === cause) isSeen &&= left >= box.left - 1 && right <= box.right + 1;
              }
              shown.push(isSeen);
            }
          }
          // All of it, or, of the place where a mark was written, nothing.
          return new Set(shown).size > 1 || (shown[0] === false && cause.querySelector('.cause-before')) ? [cause.textContent] : [];
        }),
      );
      expect(cut, packet).toEqual([]);
    }
    await giveBack(page);
  });

  test.each(['en', 'zh'])('the cluster on a phone: what is wrong with a rule stands in its box; a new Subnet comes into view (%s)', async (language) => {
    const { page } = await openPage(browser, `#/s/kube-ovn-cluster?show=cluster&lang=${language}`, { width: 390, height: 844 });
    await page.locator('[data-subnet=net1] .policy-rule input').first().fill('10.0.11/24');
    const failure = page.locator('.policy-rule .failure');
    await failure.waitFor();
    expect(await failure.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBeLessThanOrEqual(0);
    await page.locator('[name="add-subnet"]').click();
    const field = page.locator('.new-subnet-fields input').first();
    await field.waitFor();
    const seen = await field.evaluate((input) => {
      const { left, top, width, height } = input.getBoundingClientRect();
      return document.elementFromPoint(left + width / 2, top + height / 2) === input;
    });
    expect(seen).toBe(true);
    await giveBack(page);
  });

  test('asking for a key moves nothing in the list of keys on a phone', async () => {
    const { page } = await openPage(browser, FORWARD, { width: 390, height: 844 });
    await page.keyboard.press('?');
    const does = page.locator('.keys thead th').nth(1);
    const before = await does.boundingBox();
    await page.locator('.keys-change').first().click();
    await page.locator('.keys-change[data-asking=true]').waitFor();
    expect((await does.boundingBox())?.x).toBe(before?.x);
    await giveBack(page);
  });

  test.each(['modelled.html', 'modelled.zh.html'])('what is modelled, on a phone: no part of a row is out of sight, and each says what it is (%s)', async (file) => {
    const { page } = await lendPage(browser, { width: 390, height: 844 });
    await page.goto(`${inject('address')}${file}`);
    const wide = await page.locator('.wide').evaluateAll((boxes) => boxes.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth));
    expect(wide.length).toBeGreaterThan(3);
    expect(Math.max(...wide)).toBeLessThanOrEqual(0);
    const [heads, names] = await page
      .locator('table')
      .first()
      .evaluate((table) => [
        [...table.querySelectorAll('thead th')].slice(1).map((head) => head.textContent),
        [...(table.querySelector('tbody tr')?.querySelectorAll('td') ?? [])].map((cell) => getComputedStyle(cell, '::before').content.replaceAll('"', '')),
      ]);
    expect(names).toEqual(heads);
    await giveBack(page);
  });
});
