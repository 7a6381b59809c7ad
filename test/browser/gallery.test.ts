/**
 * Gallery, palette, recent work, sharing and keys, in a real browser, as built. Verdicts expected here were recorded from a
 * real kernel (the scenario files say so).
 */

import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { ACTIONS } from '../../app/actions/index.ts';
import { LANGUAGES } from '../../app/text/languages.ts';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, looks, PHONE } from '../support/looks.ts';
import { giveBack, inEachLook, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const SAVE = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m comment --comment "mine" -j DROP\nCOMMIT\n';

const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);
const scenario = (page: Page) => page.getByTestId('scenario');
const chosen = (page: Page) => scenario(page).getAttribute('data-scenario');
const gallery = (page: Page) => page.getByRole('dialog', { name: 'Scenarios' });
const search = (page: Page) => page.getByLabel('Search scenarios, rules and findings');
const palette = (page: Page) => page.getByRole('combobox', { name: 'Search or do…' });
const source = (page: Page) => page.getByLabel('source', { exact: true });
const stepOf = (page: Page) => page.getByRole('slider').getAttribute('aria-valuetext');
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.tagName);

async function give(page: Page, files: readonly { name: string; text: string }[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open files' }).click();
  await (await chooser).setFiles(files.map(({ name, text }) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })));
}

/** Waits until so many documents are kept in this browser's database. */
async function kept(page: Page, count: number): Promise<void> {
  const entries = () =>
    page.evaluate(async () => {
      // Opened before the page did, it would be made here, and empty.
      if (!(await indexedDB.databases()).some(({ name }) => name === 'packetwalk')) return 0;
      const answer = <T>(request: IDBRequest<T>) => new Promise<T>((resolve) => request.addEventListener('success', () => resolve(request.result)));
      const db = await answer(indexedDB.open('packetwalk'));
      const all = await answer(db.transaction('recent').objectStore('recent').getAll());
      db.close();
      return all.length;
    });
  await expect.poll(entries, { timeout: 10_000 }).toBe(count);
}

describe.skipIf(!chromiumPath)('gallery and palette', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const open = (link = FORWARD, options: PageOptions = {}) => openPage(browser, link, options);
  async function another(context: BrowserContext, link: string): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto(`${inject('address')}${link}`);
    await page.getByTestId('verdict').waitFor();
    return page;
  }

  test('a scenario is found by its row and opened by keyboard alone; Esc gives the focus back; nothing is fetched before', async () => {
    const { page, complaints } = await open();
    const fetched: string[] = [];
    page.on('request', (request) => fetched.push(request.url().replace(/^.*\//, '')));
    await scenario(page).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('option', { selected: true }).getByText('Policy forward: the pod keeps its address').waitFor();
    expect(fetched).toEqual(expect.arrayContaining(['catalogue.json', 'coverage.json', 'findings.json', 'gallery.json']));
    await page.keyboard.press('Escape');
    await gallery(page).waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('scenario');
    await page.keyboard.press('Enter');
    await search(page).pressSequentially('P17 rst');
    expect(await page.getByRole('dialog').getByRole('option', { selected: true }).innerText()).toContain('Dropped');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await says(page, 'Dropped: by mangle/OVN-POSTROUTING');
    expect(await chosen(page)).toBe('kube-ovn-installed/p17-invalid-rst');
    expect(await focused(page)).toBe('scenario');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('only lines in view are in the page, all are counted; the list says where one is', async () => {
    const { page } = await open();
    await scenario(page).click();
    const option = page.getByRole('dialog').getByRole('option').first();
    await option.waitFor();
    expect(await page.getByRole('dialog').getByRole('option').count()).toBeLessThan(60);
    expect(Number(await option.getAttribute('aria-setsize'))).toBeGreaterThan(200);
    await page.keyboard.press('Control+End');
    const last = page.getByRole('dialog').getByRole('option', { selected: true });
    await page.waitForFunction(
      () => document.querySelector('[role=option][aria-selected=true]')?.getAttribute('aria-posinset') === document.querySelector('[role=option]')?.getAttribute('aria-setsize'),
    );
    expect(await last.isVisible()).toBe(true);
    await giveBack(page);
  });

  test.each([390, 768])('with letters as far apart as WCAG 1.4.12 has them no line lies over another, and none is cut, %i px wide', async (width) => {
    const { page } = await openPage(browser, FORWARD, { width, height: 844 });
    await page.addStyleTag({ content: '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }' });
    await page.keyboard.press('o');
    const list = page.locator('.gallery-list');
    const faults = () =>
      list.locator('[role=presentation] > div').evaluateAll((lines, isNarrow) => {
        const boxes = lines.map((line) => ({ line, box: line.getBoundingClientRect() })).sort((a, b) => a.box.top - b.box.top);
        return boxes.flatMap(({ line, box }, i) => {
          const below = boxes[i + 1]?.box.top ?? Number.POSITIVE_INFINITY;
          const parts = [...line.children].filter((part) => part.getBoundingClientRect().bottom > box.bottom + 1 || part.scrollHeight > part.clientHeight + 2);
          return box.bottom > below + 1 || line.scrollHeight > line.clientHeight + 1 || (parts.length > 0 && isNarrow) ? [line.textContent] : [];
        });
      }, width < 620);
    await list.locator('[role=option]').first().waitFor();
    await expect.poll(faults).toEqual([]);
    // What is scrolled to grows, too, and a list that was searched is as high.
    await list.evaluate((box) => box.scrollBy(0, 2000));
    await expect.poll(faults).toEqual([]);
    await page.locator('.gallery input[type=search]').fill('policy');
    await expect.poll(faults).toEqual([]);
    await giveBack(page);
  });

  test('a press beside the gallery closes it and does what it does; rules and findings lead to scenarios', async () => {
    const { page, complaints } = await open();
    await scenario(page).click();
    await gallery(page).waitFor();
    await page.getByRole('button', { name: 'Theme: automatic' }).click();
    await gallery(page).waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'Theme: light' }).count()).toBe(1);
    await scenario(page).click();
    await search(page).fill('no policy rule takes effect');
    await page.getByRole('tab', { name: 'Findings (1)' }).click();
    expect(await gallery(page).innerText()).toContain('confirmed on kernel 6.18');
    await page.getByRole('button', { name: 'P43s Rules in the order of the page: masquerade swallows the policy', exact: true }).click();
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    await scenario(page).click();
    await search(page).fill('S27');
    await page.getByRole('tab', { name: /Rules/ }).click();
    await page.getByRole('button', { name: /^S27 fires, IPv6/ }).click();
    await says(page, 'leaves eth0 as fd00:');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('choosing another scenario loses no input: Undo and Recent have it', async () => {
    const { page, complaints } = await open();
    await source(page).fill('10.0.11.130');
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    await page.getByRole('button', { name: 'Next scenario of the same node' }).click();
    await page.getByText('Replaced. Undo brings the earlier one back.').first().waitFor();
    expect(await chosen(page)).toBe('kube-ovn-installed/p43v6-policy-forward');
    await page.getByLabel('Notice').getByRole('button', { name: 'Undo' }).click();
    await page.waitForFunction(() => document.querySelector('[data-testid=scenario]')?.getAttribute('data-scenario')?.endsWith('p43-policy-forward'));
    expect(await source(page).inputValue()).toBe('10.0.11.130');
    await kept(page, 1);
    await page.keyboard.press('Control+k');
    await palette(page).fill('worked on before');
    await page.keyboard.press('Enter');
    await gallery(page).getByText('10.0.11.130 → 8.8.8.8 tcp 443').waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('one’s own files: kept for another tab after this one is gone, until all is forgotten', async () => {
    const { page } = await open();
    const context = page.context();
    await give(page, [{ name: 'mine.save', text: SAVE }]);
    await says(page, 'Dropped: by filter/FORWARD/1');
    await kept(page, 1);
    const second = await another(context, '#/own');
    await page.close();
    await says(second, 'Dropped: by filter/FORWARD/1');
    expect(await scenario(second).innerText()).toContain('mine.save');
    await second.goto(`${inject('address')}${FORWARD}`);
    await says(second, 'Not SNATed');
    await scenario(second).click();
    await second.getByRole('tab', { name: 'Recent' }).click();
    await gallery(second)
      .getByRole('button', { name: /mine\.save/ })
      .click();
    await says(second, 'Dropped: by filter/FORWARD/1');
    await scenario(second).click();
    await second.getByRole('tab', { name: 'Recent' }).click();
    await second.getByRole('button', { name: 'Forget all' }).click();
    await second.getByText('All forgotten.').waitFor();
    await kept(second, 0);
    expect(await second.getByTestId('verdict').innerText()).toContain('Dropped');
    await context.close();
  });

  test('files too large for the tab’s storage survive a reload; where there is no room at all, that is said', async () => {
    const { page } = await open();
    await page.context().addInitScript(() => {
      const set = Storage.prototype.setItem;
      Storage.prototype.setItem = function (key: string, value: string) {
        if (this === sessionStorage && value.length > 60) throw new DOMException('full', 'QuotaExceededError');
        set.call(this, key, value);
      };
    });
    await page.reload();
    await says(page, 'Not SNATed');
    await give(page, [{ name: 'mine.save', text: SAVE }]);
    await says(page, 'Dropped: by filter/FORWARD/1');
    await kept(page, 1);
    await page.waitForFunction(() => location.hash.startsWith('#/own'));
    await page.reload();
    await says(page, 'Dropped: by filter/FORWARD/1');
    await page.context().addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('denied', 'SecurityError');
      };
    });
    await page.goto('about:blank');
    await page.goto(`${inject('address')}${FORWARD}`);
    await says(page, 'Not SNATed');
    await give(page, [{ name: 'other.save', text: SAVE }]);
    await page.getByLabel('Notice').getByText('no room to keep your files').waitFor();
    await says(page, 'Dropped: by filter/FORWARD/1');
    await page.context().close();
  });

  test('the palette goes to a step, a rule, a set, and does what it is told; it opens from a field, too', async () => {
    const { page, complaints } = await open();
    await source(page).focus();
    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    await page.keyboard.type('14');
    await page.keyboard.press('Enter');
    expect(await stepOf(page)).toMatch(/^Step 14 of/);
    await page.getByRole('slider').focus();
    await page.keyboard.press('g');
    await page.getByRole('combobox', { name: 'Go to' }).fill('nat/ovn-postrouting/10');
    await page.keyboard.press('Enter');
    expect(await stepOf(page)).toContain('OVN-POSTROUTING rule 10');
    await page.keyboard.press('Control+k');
    await palette(page).fill('nat/OVN-MASQUERADE/2');
    await page.keyboard.press('Enter');
    await page.getByLabel('Notice').getByText('does not come to nat/OVN-MASQUERADE/2').waitFor();
    // It is shown in its chain, and Why says what kept the packet from there.
    await page.locator('[data-rule-place="nat/OVN-MASQUERADE/2"][data-chosen=true]').waitFor();
    await page.getByRole('region', { name: 'Why', exact: true }).getByText('nothing led into OVN-MASQUERADE').waitFor();
    await source(page).press('Control+k');
    await palette(page).fill('切换语言');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'English' }).waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('the palette lists every action, in both languages', async () => {
    for (const [locale, language] of [
      ['en-GB', 'en'],
      ['zh-CN', 'zh'],
    ] as const) {
      const { page } = await open(FORWARD, { locale });
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('option').first().waitFor();
      const shown = await page.getByRole('dialog').getByRole('option').allInnerTexts();
      for (const action of ACTIONS) expect(shown.filter((text) => text.includes(action.label(LANGUAGES[language]))).length, action.name).toBeGreaterThan(0);
      await giveBack(page);
    }
  });

  test('sharing says how long the link is; what is too long is saved as a file that opens again', async () => {
    const { page, complaints } = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.keyboard.press('Control+s');
    const dialog = page.getByRole('dialog', { name: 'Share' });
    await dialog.getByText(/^\d+ characters: short enough for any chat/).waitFor();
    await dialog.getByRole('button', { name: 'Copy link' }).click();
    await page.getByLabel('Notice').getByText('copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('#/s/kube-ovn-installed/p43-policy-forward?');
    await page.keyboard.press('Escape');
    // Random text cannot be packed into less than itself.
    const noise = Array.from({ length: 2000 }, () =>
      `-A FORWARD -s 10.${(Math.random() * 65536) | 0}.0.1 -j ACCEPT`.replace(/10\.(\d+)\.0/, (_, n) => `10.${Number(n) >> 8}.${Number(n) & 255}`),
    );
    await give(page, [{ name: 'large.save', text: SAVE.replace('COMMIT', `${noise.join('\n')}\nCOMMIT`) }]);
    await says(page, 'Dropped: by filter/FORWARD/1');
    await page.keyboard.press('Control+s');
    await dialog.getByText(/too long for a link/).waitFor();
    expect(await dialog.getByRole('textbox').count()).toBe(0);
    // Nor is anything said of the link that there is none of.
    expect(await dialog.innerText()).not.toContain('The link holds');
    const download = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Save as a file' }).click();
    const saved = readFileSync(await (await download).path(), 'utf8');
    await page.keyboard.press('Escape');
    await page.goto(`${inject('address')}${FORWARD}`);
    await says(page, 'Not SNATed');
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'large.scenario.json'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    }, saved);
    await says(page, 'Dropped: by filter/FORWARD/1');
    expect(await page.getByLabel('Notice').innerText()).toContain('Replaced');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('links: one’s own files travel whole; what is not known is said; what cannot be opened takes nothing away', async () => {
    const { page } = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await give(page, [{ name: '我的.save', text: SAVE }]);
    await says(page, 'Dropped: by filter/FORWARD/1');
    await page.keyboard.press('Control+s');
    const link = await page.waitForFunction(() => document.querySelector<HTMLInputElement>('.share input')?.value);
    const fragment = String(await link.jsonValue()).replace(/^[^#]*/, '');
    expect(fragment).toMatch(/^#\/x\/1\./);
    const other = await open(`${fragment}&beat=3`);
    await says(other.page, 'Dropped: by filter/FORWARD/1');
    await other.page.getByLabel('Notice').getByText('beat=3').waitFor();
    await giveBack(other.page);
    for (const [wrong, notice] of [
      ['#/x/2.AAAA', 'newer version'],
      ['#/x/1.AAAA', 'not whole'],
      [`${fragment.slice(0, fragment.indexOf('?') - 30)}`, 'not whole'],
      ['#/own?step=3', 'in the browser that made it'],
      ['#/s/no/such', 'no/such'],
      ['#/c/a~b', '#/c/a~b'],
    ] as const) {
      const opened = await open(wrong);
      await opened.page.getByLabel('Notice').getByText(notice).waitFor();
      await says(opened.page, 'Not SNATed');
      await giveBack(opened.page);
    }
    await giveBack(page);
  });

  test('an edit gets an entry in the browser’s history, a step does not; Back and Forward lose nothing', async () => {
    const { page } = await open();
    await page.waitForFunction(() => location.hash.includes('step='));
    const length = () => page.evaluate(() => history.length);
    const before = await length();
    for (let i = 0; i < 3; i++) await page.getByRole('button', { name: 'Previous step' }).click();
    await page.waitForTimeout(500);
    expect(await length()).toBe(before);
    await source(page).fill('10.0.11.130');
    await page.waitForFunction(() => location.hash.includes('pkt.src=10.0.11.130'));
    expect(await length()).toBe(before + 1);
    await give(page, [{ name: 'mine.save', text: SAVE }]);
    await says(page, 'Dropped: by filter/FORWARD/1');
    await page.waitForFunction(() => location.hash.startsWith('#/own'));
    await page.goBack();
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    expect(await source(page).inputValue()).toBe('10.0.11.130');
    await page.goBack();
    await says(page, 'Not SNATed');
    await page.goForward();
    await page.goForward();
    await says(page, 'Dropped: by filter/FORWARD/1');
    // Files that replace files have an entry too, and it remembers which ones they were.
    await give(page, [{ name: 'other.save', text: SAVE.replace('-A', '-A FORWARD -s 203.0.113.1 -j ACCEPT\n-A') }]);
    await says(page, 'Dropped: by filter/FORWARD/2');
    await kept(page, 3);
    await page.goBack();
    await says(page, 'Dropped: by filter/FORWARD/1');
    await page.goForward();
    await says(page, 'Dropped: by filter/FORWARD/2');
    await giveBack(page);
  });

  test('keys: the list is that of the actions; a character can be changed or all switched off; none counts while text is composed', async () => {
    const { page, complaints } = await open();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    await dialog.waitFor();
    const rows = await dialog.locator('tbody tr').allInnerTexts();
    for (const action of ACTIONS.filter(({ keys }) => keys.length > 0))
      expect(rows.filter((row) => row.includes(action.label(LANGUAGES.en))).length, action.name).toBeGreaterThan(0);
    expect(rows).toHaveLength(ACTIONS.filter(({ keys }) => keys.length > 0).length);
    await dialog.getByRole('button', { name: /Change the key of: Go to a step or a rule/ }).click();
    await page.keyboard.press('j');
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', keyCode: 229, bubbles: true } as KeyboardEventInit)));
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('j');
    await page.getByRole('combobox', { name: 'Go to' }).waitFor();
    await page.keyboard.press('Escape');
    await page.reload();
    await says(page, 'Not SNATed');
    await page.keyboard.press('j');
    await page.getByRole('combobox', { name: 'Go to' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await dialog.getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('Control+k');
    await palette(page).waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('both ends of the sizes, both languages, both themes: nothing for axe to find in what lies over the page, nothing wider than the page', async () => {
    const complaints = await inEachLook(
      browser,
      FORWARD,
      looks(DESKTOP, PHONE),
      async (page, _, look, axe) => {
        const fits = async (what: string): Promise<void> => {
          expect(await axe(page, 'dialog[open]', '.bar'), `${look}, ${what}`).toEqual([]);
          const wide = await page.evaluate(
            () =>
              [...document.querySelectorAll('dialog[open], dialog[open] *')].filter(
                (one) => one.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(one).clipPath === 'none',
              ).length,
          );
          expect(wide, `${look}, ${what}`).toBe(0);
        };
        await scenario(page).click();
        await page.getByRole('dialog').getByRole('option').first().waitFor();
        await fits('gallery');
        for (const part of ['rows', 'findings', 'recent']) {
          await page.locator(`#tab-${part}`).click();
          await page.locator(`#gallery-${part}`).waitFor();
          await fits(part);
        }
        await page.keyboard.press('Escape');
        for (const [key, css, filled] of [
          ['Control+k', '.palette', '[role=option]'],
          ['g', '.palette', '.palette-foot'],
          ['Control+s', '.share', 'input'],
          ['?', '.keys', 'tbody tr'],
        ] as const) {
          await page.keyboard.press(key);
          await page.locator(`${css} ${filled}`).first().waitFor();
          await fits(key);
          await page.keyboard.press('Escape');
          await page.locator(css).waitFor({ state: 'detached' });
        }
      },
      { anew: false },
    );
    expect(complaints).toEqual([]);
  });
});
