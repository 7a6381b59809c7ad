/** Options of rules are read whole: a line never ends behind one of their hyphens. */

import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

describe.skipIf(!chromiumPath)('options', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  // Whatever the width, some line has its end in one of them.
  test.each([320, 345, 390])('in why not, %i pixels wide, none is in two lines', async (width) => {
    const { page } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward', { width, height: 844 });
    await page.getByRole('button', { name: /^Why not/ }).click();
    await page.locator('.why-not-list .candidate').first().waitFor();
    const [found, broken] = await page.locator('.why-not').evaluate((panel) => {
      const range = document.createRange();
      const texts = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
      const [options, parted]: [string[], string[]] = [[], []];
      for (let node = texts.nextNode(); node; node = texts.nextNode())
        for (const option of (node.textContent ?? '').matchAll(/--[a-z][\w-]*/g)) {
          range.setStart(node, option.index);
          range.setEnd(node, option.index + option[0].length);
          options.push(option[0]);
          if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) parted.push(option[0]);
        }
      return [options, parted];
    });
    expect(found).toContain('--random-fully');
    expect(broken).toEqual([]);
    await giveBack(page);
  });
});
