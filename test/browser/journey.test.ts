/**
 * The first journey: "why was it not SNATed?", by somebody who has never seen the page, with the keyboard and accessible
 * names alone, in both languages. Budgets: the verdict is there before anything is done; the rule and the mark are named
 * within three actions; nothing is typed.
 */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, lendPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

const LANGUAGES = [
  {
    language: 'en',
    locale: 'en-GB',
    verdict: 'Not SNATed: leaves eth0 as 10.0.11.2',
    cause: /OVN-POSTROUTING\/10 RETURN/,
    why: 'Why',
    rule: 'nat/OVN-POSTROUTING/10',
    spoken: /nat OVN-POSTROUTING rule 10\. Matched: mark 0x90002\/0x90002\. RETURN to POSTROUTING/,
    source: 'source',
    suggestion: /^10\.0\.11\.130/,
    flipped: 'SNATed: leaves eth0 as 192.168.0.101',
    was: 'was: Not SNATed',
  },
  {
    language: 'zh',
    locale: 'zh-CN',
    verdict: '未做 SNAT：以 10.0.11.2 从 eth0 发出',
    cause: /OVN-POSTROUTING\/10 RETURN/,
    why: '原因',
    rule: 'nat/OVN-POSTROUTING/10',
    spoken: /nat OVN-POSTROUTING 规则 10 匹配，mark 0x90002\/0x90002，RETURN 到 POSTROUTING/,
    source: '源地址',
    suggestion: /^10\.0\.11\.130/,
    flipped: '已做 SNAT：以 192.168.0.101',
    was: '未做 SNAT',
  },
] as const;

/** Presses Tab until what has the focus is called so; each of the presses is the person's way, not an action. */
async function tabTo(page: Page, role: 'button' | 'combobox', name: string | RegExp): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: typeof name === 'string' });
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab');
    if (await wanted.evaluateAll((found) => found.some((element) => element === document.activeElement))) return;
  }
  throw new Error(`${role} ${name} is not reached by Tab`);
}

describe.skipIf(!chromiumPath)('why was it not SNATed?', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  for (const words of LANGUAGES)
    test(`answered by keyboard and by names, in ${words.locale}`, async () => {
      const { page, complaints } = await lendPage(browser, { locale: words.locale });
      let actions = 0;
      const act = async (key: string): Promise<void> => {
        actions++;
        await page.keyboard.press(key);
      };
      await page.goto(`${inject('address')}${FORWARD}`);
      await page.getByTestId('verdict').waitFor();

      // Before any action: the verdict, and the causes named.
      expect((await page.getByTestId('verdict').innerText()).replace(/\s+/g, ' ')).toContain(words.verdict);
      const causes = page.getByRole('button', { name: words.cause });
      expect(await causes.count()).toBe(1);

      // The rule: its tests, the bits of the mark, and what is spoken of it.
      await tabTo(page, 'button', words.cause);
      await act('Enter');
      const why = page.getByRole('region', { name: words.why, exact: true });
      await why.getByText(words.rule).waitFor();
      expect(await why.innerText()).toContain('0x90002');
      expect(await why.getByRole('table').count()).toBeGreaterThan(0);
      expect(await page.getByRole('status').filter({ hasText: words.spoken }).count()).toBe(1);
      expect(actions).toBeLessThanOrEqual(3);

      // Another source from the suggestions: the list is opened, the option is gone to, and taken.
      await tabTo(page, 'combobox', words.source);
      await page.keyboard.press('ArrowDown');
      const option = page.getByRole('option', { name: words.suggestion });
      for (let i = 0; i < 60 && (await option.getAttribute('aria-selected')) !== 'true'; i++) await page.keyboard.press('ArrowDown');
      await act('Enter');
      await page.waitForFunction((text) => document.querySelector('[data-testid=verdict]')?.textContent?.replace(/\s+/g, ' ').includes(text), words.flipped);
      expect(await page.getByTestId('verdict').locator('xpath=ancestor::section').innerText()).toContain(words.was);
      expect(actions).toBe(2);
      expect(await page.evaluate(() => window.scrollY)).toBe(0);
      expect(complaints).toEqual([]);
      await giveBack(page);
    });
});
