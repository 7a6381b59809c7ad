/** Files come one after the other, and what is wrong in them is found where it stands: in the file, in the list, in the reasons. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const HEAD = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n';
const RULES = `${HEAD}-A FORWARD -m set --match-set blocked src -j DROP\nCOMMIT\n`;
const SETS = 'create blocked hash:net family inet hashsize 1024 maxelem 65536\nadd blocked 10.0.11.0/24\n';
const WRONG_SETS = `${SETS}add blocked not-an-address\n`;

const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);
const notice = (page: Page) => page.locator('.notice');

async function drop(page: Page, ...files: readonly (readonly [string, string])[]): Promise<void> {
  await page.evaluate((given) => {
    const data = new DataTransfer();
    for (const [name, text] of given) data.items.add(new File([text], name, { type: 'text/plain' }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, files);
}

async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** The line that is marked in the text. */
const marked = (page: Page) => page.locator('.source textarea').evaluate((field: HTMLTextAreaElement) => field.value.slice(field.selectionStart, field.selectionEnd));

describe.skipIf(!chromiumPath)('files', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('sets after rules join them; one can have it otherwise, and what a drop will do is said', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    const over = () => page.evaluate(() => document.body.dataset.dropText);
    expect(await over()).not.toContain('are added');
    await paste(page, RULES);
    await says(page, 'Unknown');
    expect(await over()).toContain('rules replace yours; sets, addresses and routes are added');
    await drop(page, ['sets.save', SETS]);
    await says(page, 'Dropped: by filter/FORWARD/1');
    await notice(page).getByText('Added to your files: ipset save.').waitFor();
    expect(await page.getByTestId('narration').innerText()).toContain('Added to your files: ipset save.');
    expect(await violations(page, '.notice')).toEqual([]);
    await notice(page).getByRole('button', { name: 'Replace everything' }).click();
    await page.getByText('The files hold no tables: no rule is asked.').waitFor();
    await notice(page).getByRole('button', { name: 'Add to the files' }).click();
    await says(page, 'Dropped: by filter/FORWARD/1');
    await page.locator('body').press('Control+k');
    for (const name of ['Add files to those that are open', 'Replace all files']) await page.getByRole('option', { name }).waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a problem in another file: the first press leads to its line, and so do the counts of problems', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    await drop(page, ['rules.save', RULES.replace('-j DROP', '-j DROPP')], ['sets.save', WRONG_SETS]);
    await page.locator('.verdict-unread').click();
    await page.waitForFunction(() => document.querySelector<HTMLSelectElement>('.source-file select')?.selectedOptions[0]?.text === 'sets.save');
    await expect.poll(() => marked(page)).toBe('add blocked not-an-address');
    expect(await page.locator('.problems').getAttribute('open')).not.toBeNull();
    await page.getByRole('button', { name: 'Chain', exact: true }).click();
    await page.locator('.rules-problems').click();
    await page.locator('.problems[open]').waitFor();
    await expect.poll(() => marked(page)).not.toBe('');
    for (const [problem, line] of [
      ['sets.save, line 3', 'add blocked not-an-address'],
      ['rules.save, line 5', '-A FORWARD -m set --match-set blocked src -j DROPP'],
      ['sets.save, line 3', 'add blocked not-an-address'],
    ] as const) {
      await page.locator('.problems li > .link', { hasText: problem }).first().click();
      await expect.poll(() => marked(page)).toBe(line);
    }
    // One's own choice of a file is not taken for a wish to see the problem again.
    await page.locator('.source-file select').selectOption({ label: 'rules.save' });
    await page.locator('.source-file select').selectOption({ label: 'sets.save' });
    expect(await marked(page)).toBe('');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a rule that cannot be read offers what was meant where its tests stand', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    await drop(page, ['rules.save', `${HEAD}-A FORWARD -p tcp -m tcp --dprot 443 -j DROP\nCOMMIT\n`]);
    await says(page, 'Unknown');
    await page.locator('.cause').first().click();
    const why = page.locator('#region-why');
    await why.getByText('unknown option "--dprot"; did you mean "--dport"?').waitFor();
    expect(await violations(page, '#region-why')).toEqual([]);
    await why.getByRole('button', { name: 'Show line 5 in the text' }).click();
    await expect.poll(() => marked(page)).toBe('-A FORWARD -p tcp -m tcp --dprot 443 -j DROP');
    await why.getByRole('button', { name: 'Write --dport instead of --dprot in line 5' }).click();
    await says(page, 'Dropped: by filter/FORWARD/1');
    // What was pressed is gone: the focus stays in its panel.
    expect(await page.evaluate(() => document.activeElement?.closest('section')?.id)).toBe('region-why');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test.each([
    [1440, 900],
    [1200, 720],
    [768, 1024],
    [390, 844],
  ])('a notice hides no button, and what it lies over can be scrolled from under it: %i × %i', async (width, height) => {
    const { page, complaints } = await openPage(browser, FORWARD, { width, height });
    await drop(page, ['rules.save', RULES]);
    await says(page, 'Unknown');
    const bring = async (id: string): Promise<void> => {
      if (await page.locator(`#tab-${id}`).count()) await page.locator(`#tab-${id}`).click();
    };
    await drop(page, ['sets.save', SETS]);
    await notice(page).getByText('Added to your files').waitFor();
    const box = await notice(page).boundingBox();
    expect(box && box.x >= 0 && box.x + box.width <= width && box.height < height / 4).toBe(true);
    for (const id of ['why', 'state']) {
      await bring(id);
      const body = page.locator(`#region-${id} .panel-body`);
      const before = await body.boundingBox();
      // Its end, scrolled to.
      const clear = await body.evaluate((element) => {
        element.scrollTop = element.scrollHeight;
        const end = Math.max(...[...element.querySelectorAll('*')].map((one) => one.getBoundingClientRect().bottom));
        const { top = 0, bottom = 0 } = document.querySelector('.notice')?.getBoundingClientRect() ?? {};
        return end <= top + 1 || element.getBoundingClientRect().top >= bottom;
      });
      expect([id, clear]).toEqual([id, true]);
      expect(await body.boundingBox(), id).toEqual(before);
    }
    await bring('rules');
    const covered = await page.evaluate(() => {
      const over = document.querySelector('.notice')?.getBoundingClientRect();
      const hidden = (element: Element): boolean => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return over !== undefined && right > over.left && left < over.right && bottom > over.top && top < over.bottom;
      };
      return [...document.querySelectorAll('.rules-foot :is(button, input), .steps button, .bar button, .state .panel-head button')]
        .filter(hidden)
        .map((element) => element.textContent);
    });
    const places = () => page.evaluate(() => [...document.querySelectorAll('.main > *, .side > *')].map((element) => JSON.stringify(element.getBoundingClientRect())));
    const withNotice = await places();
    await notice(page).getByRole('button', { name: 'Dismiss' }).click();
    expect(await places()).toEqual(withNotice);
    expect(covered).toEqual([]);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });
});
