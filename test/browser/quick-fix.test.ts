/** What a problem suggests is one press away, by button or by key; it is said, and taken back. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const TEXT = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrak --ctstate NEW -j DROP\n-A FORWARD -p tcp --dprot 80 -j SOMEWHERE\nCOMMIT\n';

const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);
const area = (page: Page) => page.locator('.source textarea');

async function open(browser: Browser, locale: string): Promise<{ page: Page; complaints: string[] }> {
  const opened = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward', { locale });
  await opened.page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'own.save', { type: 'text/plain' }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, TEXT);
  await opened.page.locator('.rules-problems').click();
  await opened.page.locator('.problems[open]').waitFor();
  return opened;
}

describe.skipIf(!chromiumPath)('what a problem suggests', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('is written by a button that says what and where; the verdict follows, and Undo takes it back', async () => {
    const { page, complaints } = await open(browser, 'en-GB');
    await says(page, 'Unknown');
    expect(await violations(page, '#region-rules')).toEqual([]);
    await page.locator('.problems').getByRole('button', { name: 'Write conntrack instead of conntrak in line 3' }).click();
    await says(page, 'Dropped: by filter/FORWARD/1');
    expect(await area(page).inputValue()).toBe(TEXT.replace('conntrak', 'conntrack'));
    expect(await page.getByTestId('narration').innerText()).toContain('Line 3 is changed as offered. Undo takes it back.');
    // The caret is where it was written.
    await page.waitForFunction(() => document.activeElement?.matches('.source textarea'));
    expect(await area(page).evaluate((field: HTMLTextAreaElement) => field.value.slice(0, field.selectionStart).split('\n').at(-1))).toBe('-A FORWARD -m conntrack');
    await page.getByRole('complementary', { name: 'Notice' }).getByRole('button', { name: 'Undo' }).click();
    await says(page, 'Unknown');
    expect(await area(page).inputValue()).toBe(TEXT);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('is written by Alt+Enter in its line, in Chinese too; where nothing is offered the key does nothing', async () => {
    const { page, complaints } = await open(browser, 'zh-CN');
    await page.locator('.problems').getByRole('button', { name: '第 4 行：把 --dprot 改为 --dport' }).waitFor();
    expect(await page.locator('.problems').innerText()).toContain('按 Alt+Enter');
    const to = (line: number) =>
      area(page).evaluate((field: HTMLTextAreaElement, line) => {
        const at =
          field.value
            .split('\n')
            .slice(0, line - 1)
            .join('\n').length + 1;
        field.focus();
        field.setSelectionRange(at, at);
      }, line);
    await to(2);
    await page.keyboard.press('Alt+Enter');
    expect(await area(page).inputValue()).toBe(TEXT);
    await to(4);
    await page.keyboard.press('Alt+Enter');
    await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('.source textarea')?.value.includes('--dport 80'));
    expect(await page.getByTestId('narration').innerText()).toContain('第 4 行已按建议修改。可以撤销。');
    // Its other problem: the chain is declared in its table.
    await page.locator('.problems').getByRole('button', { name: '第 4 行：补上 :SOMEWHERE - [0:0]' }).click();
    await page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>('.source textarea')?.value.startsWith('*filter\n:SOMEWHERE - [0:0]\n:FORWARD'));
    expect(complaints).toEqual([]);
    await giveBack(page);
  });
});
