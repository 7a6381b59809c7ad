/** Words four tenths longer than English fit everywhere: nothing runs out of its box, is cut, or makes the page wider, on a phone and on a small desktop. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { pseudoLocalised } from '../support/pseudo.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
/** From files, scenarios and the engine: whole elsewhere, or in as many lines as they take. */
const GIVEN = '[data-testid=scenario], .row-title, .rule-comment, .cause-text, :is(.gallery-title, .gallery-question)';

interface State {
  readonly name: string;
  readonly go: (page: Page) => Promise<void>;
  readonly only?: 'phone' | 'desktop';
}

const tab = (name: string) => async (page: Page) => page.locator(`#tab-${name}`).click();
const dialog = (key: string, ready: string) => async (page: Page) => {
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  await page.locator('body').press(key);
  await page.locator(`dialog[open] ${ready}`).first().waitFor();
};

const STATES: readonly State[] = [
  { name: 'as it opens', go: async (page) => page.locator('#region-rules [aria-current=step]').waitFor() },
  { name: 'path', only: 'phone', go: tab('path') },
  { name: 'why', only: 'phone', go: tab('why') },
  { name: 'state', only: 'phone', go: tab('state') },
  { name: 'packet', only: 'phone', go: async (page) => page.locator('.packet-summary button').click() },
  {
    name: 'rules between the tables',
    go: async (page) => {
      if (await page.locator('.packet-summary button[aria-expanded=true]').count()) await page.locator('.packet-summary button').click();
      if (await page.locator('#tab-rules').count()) await page.locator('#tab-rules').click();
      // A tab that has the focus takes the key for the tabs.
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.keyboard.press('Home');
      await page.locator('.outline').waitFor();
    },
  },
  { name: 'tables', go: async (page) => page.locator('.rules .switch button').nth(1).click() },
  { name: 'text', go: async (page) => page.locator('.rules .switch button').nth(2).click() },
  {
    name: 'why not',
    go: async (page) => {
      await page.locator('[data-why-not]').click();
      await page.locator('.why-not-list, .why-not .panel-body p').first().waitFor();
    },
  },
  { name: 'scenarios', go: dialog('o', '[role=option]') },
  { name: 'palette', go: dialog('Control+k', '[role=option]') },
  { name: 'keys', go: dialog('?', 'td') },
  { name: 'share', go: dialog('Control+s', 'button') },
  {
    name: 'nothing read, and problems',
    go: async (page) => {
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
      await page.evaluate(() => {
        const data = new DataTransfer();
        data.items.add(new File(['what is this\n'], 'own.save', { type: 'text/plain' }));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
      });
      await page.locator('.verdict-unread').waitFor();
      if (await page.locator('#tab-rules').count()) await page.locator('#tab-rules').click();
      await page.locator('.rules .switch button').first().click();
      await page.locator('.start-card').first().waitFor();
    },
  },
];

describe.skipIf(!chromiumPath)('longer words', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test.each([
    ['phone', 390, 844],
    ['desktop', 1366, 768],
  ] as const)('%s: words four tenths longer fit, in every state', async (kind, width, height) => {
    const { page, complaints } = await openPage(browser, FORWARD, { width, height });
    const found: string[] = [];
    let lengthened = 0;
    for (const { name, go, only } of STATES) {
      if (only && only !== kind) continue;
      await go(page);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const looked = await page.evaluate(pseudoLocalised, GIVEN);
      expect(looked.lengthened, name).toBeGreaterThan(5);
      lengthened += looked.lengthened;
      found.push(...looked.cut.map((text) => `${name}: ${text}`));
    }
    expect(found).toEqual([]);
    expect(lengthened).toBeGreaterThan(300);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });
});
