/** The Chinese page in a real browser: no English sentence on it, over one scenario of each example and what is seldom shown. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { readExampleList } from '../../app/shipped/examples.ts';
import list from '../../public/examples/index.json' with { type: 'json' };
import { englishIn } from '../app/page-text.ts';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const examples = readExampleList(list);
/** One of each example: the last, which is the least usual. */
const SAMPLE = [...new Map(examples.map(({ id }) => [id.split('/')[0], id])).values()];

/** Every text that is seen or read out, leaving out what is written in rules, files and codes. */
async function texts(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const found = new Set<string>();
    const shown = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = shown.nextNode(); node; node = shown.nextNode()) {
      const parent = node.parentElement;
      if (!parent || parent.closest('script, noscript, style, textarea, .plain-text, .rule-comment, .why-rule, .rule-tests, [hidden]')) continue;
      found.add(node.textContent ?? '');
    }
    for (const one of document.querySelectorAll('[aria-label], [title], [placeholder], [aria-valuetext]')) {
      if (one.closest('.rules, .why-rule')) continue;
      for (const name of ['aria-label', 'title', 'placeholder', 'aria-valuetext']) found.add(one.getAttribute(name) ?? '');
    }
    return [...found];
  });
}

const mixed = (all: readonly string[]): readonly string[] => all.filter((text) => englishIn(text).length > 0);

describe.skipIf(!chromiumPath)('the Chinese page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('one scenario of each example: at its first step, where it is decided, at its last', async () => {
    const { page, complaints } = await openPage(browser, `#/s/${SAMPLE[0]}?lang=zh`, { locale: 'zh-CN' });
    for (const id of SAMPLE) {
      await page.evaluate((link) => {
        location.hash = link;
      }, `#/s/${id}?lang=zh`);
      await page.waitForFunction(
        (wanted) =>
          document.querySelector('[data-testid=scenario]')?.getAttribute('data-scenario') === wanted && document.querySelector('.verdict')?.getAttribute('data-stale') === 'false',
        id,
      );
      await page.locator('#region-path .stop').first().waitFor();
      for (const key of ['', 'Home', 'End']) {
        if (key !== '') await page.keyboard.press(key);
        const all = await texts(page);
        expect(all.length, id).toBeGreaterThan(80);
        expect(mixed(all), `${id} ${key}`).toEqual([]);
      }
    }
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a page that becomes Chinese, and English again: what the engine said of the own files changes with all the rest', async () => {
    const { page, complaints } = await openPage(browser, '');
    await page.evaluate(() => {
      const data = new DataTransfer();
      const rules = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m nosuch --thing 1 -j DROP\n-A PREROUTING -p tcp -m nosuch -j ACCEPT\nCOMMIT\n';
      data.items.add(new File([rules], 'own.save', { type: 'text/plain' }));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    const verdict = page.getByTestId('verdict');
    await page.locator('.rule-list[aria-label*="PREROUTING"]').waitFor();
    expect(mixed([await verdict.innerText()])).not.toEqual([]);
    await page.getByRole('button', { name: '中文' }).click();
    await page.locator('html[lang^=zh]').waitFor();
    expect(mixed(await texts(page))).toEqual([]);
    // And back: of the other language nothing stays but the way to it.
    await page.getByRole('button', { name: 'English' }).click();
    await page.locator('html[lang=en]').waitFor();
    expect((await texts(page)).filter((text) => /\p{Script=Han}/u.test(text) && text.trim() !== '中文')).toEqual([]);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('words that cannot be loaded: the page stays as it is and says so, and the next try is a new one', async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    const page = await context.newPage();
    let asked = 0;
    let blocked = true;
    await page.route(/\/languages-[^/]*\.js$/, (route) => {
      asked++;
      return blocked ? route.abort() : route.continue();
    });
    await page.goto(inject('address'));
    await page.getByTestId('verdict').waitFor();
    expect(asked).toBe(0);
    await page.getByRole('button', { name: '中文' }).click();
    await expect.poll(() => page.locator('.notice').textContent()).toContain('无法载入中文');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    blocked = false;
    await page.getByRole('button', { name: '中文' }).click();
    await page.locator('html[lang^=zh]').waitFor();
    expect(mixed(await texts(page))).toEqual([]);
    await context.close();
  });

  test('what is wrong with a line is said in Chinese, short as it may be', async () => {
    const { page, complaints } = await openPage(browser, '', { locale: 'zh-CN' });
    await page.evaluate(() => {
      const data = new DataTransfer();
      const rules = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m nosuch -j DROP\nwhat is this\n-A FORWARD -p tcp --no-such 3 -j NOWHERE\nCOMMIT\n';
      data.items.add(new File([rules], 'own.save', { type: 'text/plain' }));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await page.locator('.rules-problems').click();
    await page.locator('.problems[open]').waitFor();
    const problems = await page.locator('.problems li').allInnerTexts();
    expect(problems.length).toBeGreaterThan(2);
    for (const text of problems) expect(text.replace(/"[^"]*"|iptables|target/g, '')).not.toMatch(/[a-z]{5,}/);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });
});
