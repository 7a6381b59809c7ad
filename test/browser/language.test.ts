/** The Chinese page in a real browser: no English sentence on it, over one scenario of each example and what is seldom shown. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { readExampleList } from '../../app/share/examples.ts';
import list from '../../public/examples/index.json' with { type: 'json' };
import { englishIn } from '../app/page-text.ts';
import { chromiumPath, launchBrowser } from '../support/browser.ts';
import { openPage } from './open-page.ts';

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
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test('one scenario of each example: at its first step, where it is decided, at its last', async () => {
    const { page, complaints } = await openPage(browser, `#/s/${SAMPLE[0]}?lang=zh`, { locale: 'zh-CN' });
    for (const id of SAMPLE) {
      await page.goto('about:blank');
      await page.goto(`${inject('address')}#/s/${id}?lang=zh`);
      await page.getByTestId('verdict').waitFor();
      await page.locator('#region-path .stop').first().waitFor();
      for (const key of ['', 'Home', 'End']) {
        if (key !== '') await page.keyboard.press(key);
        const all = await texts(page);
        expect(all.length, id).toBeGreaterThan(80);
        expect(mixed(all), `${id} ${key}`).toEqual([]);
      }
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
