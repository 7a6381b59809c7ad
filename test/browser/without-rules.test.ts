/** Where no rules were read nothing is known: no panel says a word of what becomes of the packet, and three scenarios are one press away. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { startWords } from '../../app/text/start.ts';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, looks, PHONE } from '../support/looks.ts';
import { giveBack, inEachLook, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const NOBODY_READS = 'what is this\nnobody knows\n';

const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);

async function drop(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'own.save', { type: 'text/plain' }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, text);
}

describe.skipIf(!chromiumPath)('without rules', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test.each([
    ['text that nobody can read', NOBODY_READS],
    ['a text that was emptied', ''],
    ['a firewall in the words of nft', 'table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t}\n}\n'],
  ])('%s: every panel says that nothing is known, and it is so after a reload', async (_, text) => {
    const { page, complaints } = await openPage(browser, FORWARD);
    await page.locator('#region-path .stop[data-state=now]').first().waitFor();
    await drop(page, text === '' ? NOBODY_READS : text);
    await says(page, 'No rules read');
    if (text === '') {
      await page.getByRole('button', { name: 'Plain text' }).click();
      await page.locator('.source textarea').fill('');
      await page.getByRole('button', { name: 'Chain', exact: true }).click();
    }
    const unknown = async (): Promise<void> => {
      await says(page, 'No rules read');
      await page.locator('.start').waitFor();
      expect(await page.locator('.verdict').getAttribute('data-class')).toBe('unknown');
      expect(await page.locator('.packet-tab').innerText()).toMatch(/\? Unknown/);
      // Neither a stop that was taken nor a step, and no value of a state.
      expect(await page.locator('#region-path button.stop:is([data-state=taken], [data-state=now])').count()).toBe(0);
      expect(await page.getByRole('slider').count()).toBe(0);
      expect(await page.locator('#region-state').innerText()).toMatch(/^STATE\s+(\S+\s+none\s*)+$/);
      expect(await page.locator('main').innerText()).not.toMatch(/Forwarded|Delivered|Dropped|SNATed:|ACCEPT/);
      expect(await page.getByTestId('narration').innerText()).toContain('No rules read.');
    };
    await unknown();
    await page.waitForFunction(() => location.hash.startsWith('#/own'));
    await page.reload();
    await unknown();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test.each(Object.entries(startWords('en').list).map(([id, { question }]) => [question, id] as const))(
    '"%s" is one press from its verdict, by keyboard; Undo brings the text back',
    async (question, id) => {
      const { page, complaints } = await openPage(browser, FORWARD);
      await drop(page, NOBODY_READS);
      await says(page, 'No rules read');
      const card = page.getByRole('list', { name: 'Scenarios to start from' }).getByRole('button', { name: question });
      await page.locator('#region-rules .rules-problems').focus();
      for (let i = 0; i < 8 && !(await card.evaluate((button) => button === document.activeElement)); i++) await page.keyboard.press('Tab');
      expect(await card.evaluate((button) => button === document.activeElement)).toBe(true);
      await page.keyboard.press('Enter');
      await page.waitForFunction((wanted) => document.querySelector('[data-testid=scenario]')?.getAttribute('data-scenario') === wanted, id);
      await page.locator('.verdict:not([data-class=unknown]) .cause').first().waitFor();
      // Whoever pressed it is not thrown back to the beginning of the page.
      expect(await page.evaluate(() => document.activeElement?.closest('section')?.id)).toBe('region-rules');
      await page.locator('body').press('Control+z');
      await says(page, 'No rules read');
      expect(complaints).toEqual([]);
      await giveBack(page);
    },
  );

  test('files that hold no table say so, and what the route decided', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    await drop(page, 'create pods hash:net family inet\nadd pods 10.0.0.0/8\n');
    await page.getByText('The files hold no tables: no rule is asked.').waitFor();
    expect(await page.locator('.start-card').count()).toBe(3);
    await page.getByRole('button', { name: 'Tables', exact: true }).click();
    expect(await page.locator('.start-card').count()).toBe(3);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('in both languages and themes, large and small: no finding of axe, nothing wider than the page', async () => {
    const complaints = await inEachLook(browser, FORWARD, looks(DESKTOP, PHONE), async (page, { width, locale }, look, axe) => {
      await drop(page, NOBODY_READS);
      await says(page, locale === 'zh-CN' ? '没有读到规则' : 'No rules read');
      if (width < 720) await page.locator('#tab-rules').click();
      await page.locator('.start-card').first().waitFor();
      expect(await page.locator('.start-card').allInnerTexts(), look).toEqual(
        Object.values(startWords(locale === 'zh-CN' ? 'zh' : 'en').list).map(({ question, shows }) =>
          expect.stringMatching(new RegExp(`^${question.replace(/[?.]/g, '\\$&')}\\s+${shows.slice(0, 10)}`)),
        ),
      );
      expect(await axe(page), look).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), look).toBeLessThanOrEqual(width);
    });
    expect(complaints).toEqual([]);
  });
});
