/**
 * All of the page is within everybody's reach: dialogs close and give the focus back, what can be pressed has a name, a place in the
 * order of Tab and room for a finger, letters are letters while one types, and what is in the rules is text, never markup.
 */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { ACTIONS } from '../../app/actions/index.ts';
import { chromiumPath, newPage, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, looks, PHONE } from '../support/looks.ts';
import { giveBack, inEachLook, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const HOSTILE = '<img src=x onerror=hit()><script>hit()</script>';

const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);

async function drop(page: Page, name: string, text: string): Promise<void> {
  await page.evaluate(
    ({ name, text }) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, { type: 'text/plain' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    { name, text },
  );
}

/** Of all that can be pressed or typed into: what has no name, no way to it by keyboard, or is smaller than a finger needs; and texts that only a pointer finds. */
const flaws = (page: Page) =>
  page.evaluate(() => {
    const found: string[] = [];
    const PRESSED = 'button, a[href], input, select, textarea, summary, [role=button], [role=option], [role=tab], [tabindex]';
    const seen = (element: HTMLElement): boolean => element.checkVisibility({ visibilityProperty: true }) && !element.closest('nav > .skip, [inert]');
    const textOf = (ids: string | null): string =>
      (ids ?? '')
        .split(' ')
        .map((id) => (id && document.getElementById(id)?.textContent) || '')
        .join('');
    for (const element of document.querySelectorAll<HTMLElement>(PRESSED)) {
      if (!seen(element) || element.matches('.skip')) continue;
      const what = element.outerHTML.slice(0, 120);
      const labels = [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent).join('');
      const said = element.getAttribute('aria-label') ?? (textOf(element.getAttribute('aria-labelledby')) || labels || (element as HTMLElement).innerText || '');
      if (said.trim() === '') found.push(`no name: ${what}`);
      // An icon alone says its name to those who point at it, too.
      if (element.matches('button') && element.innerText.trim() === '' && element.querySelector('svg') && !element.title && !element.getAttribute('aria-label'))
        found.push(`icon: ${what}`);
      const scrolls = element.matches('[tabindex]:not(button, a, input, select, textarea)');
      const { width, height } =
        (element.closest('label')?.getBoundingClientRect().height ?? 0) > element.offsetHeight
          ? (element.closest('label') as HTMLElement).getBoundingClientRect()
          : element.getBoundingClientRect();
      if (!scrolls && (width < 24 || height < 24)) found.push(`${Math.round(width)} × ${Math.round(height)}: ${what}`);
      // Of lists whose items the arrow keys go through one has a place in the order of Tab.
      if (element.tabIndex < 0 && !element.matches('[role=option], :disabled')) {
        const among = element.closest('[role=tablist], section, dialog');
        if (!among?.querySelector(`${element.tagName}[tabindex="0"], ${element.tagName}:not([tabindex])`)) found.push(`not by Tab: ${what}`);
      }
    }
    return found;
  });

describe.skipIf(!chromiumPath)('within reach', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test.each([
    ['desktop', ...DESKTOP],
    ['phone', ...PHONE],
  ])('%s: every dialog closes by Escape and by a button, gives the focus back, and none opens over another', async (_, width, height) => {
    const { page, complaints } = await openPage(browser, FORWARD, { width, height });
    const openers = page.locator('[aria-haspopup=dialog]:visible:enabled');
    // Some stand by what comes last: the panels with the first step.
    await openers.nth(width > 1000 ? 4 : 2).waitFor();
    await page.getByTestId('narration').getByText(/\d/).waitFor({ state: 'attached' });
    const count = await openers.count();
    const open = page.locator('dialog[open]');
    for (let i = 0; i < count; i++) {
      const opener = openers.nth(i);
      const name = (await opener.getAttribute('aria-label')) ?? (await opener.innerText());
      await opener.focus();
      await page.keyboard.press('Enter');
      await open.first().waitFor();
      expect(await open.getAttribute('aria-label'), name).toBeTruthy();
      expect(await open.evaluate((dialog) => dialog.contains(document.activeElement)), name).toBe(true);
      for (const key of ['Control+s', 'Control+o', 'F8']) await page.keyboard.press(key);
      expect(await open.count(), name).toBe(1);
      await page.keyboard.press('Escape');
      await open.waitFor({ state: 'detached' });
      expect(await opener.evaluate((button) => button === document.activeElement), name).toBe(true);
      await opener.click();
      await open.first().waitFor();
      // A button of its own, or the one that opened it.
      const close = open.getByRole('button', { name: /^Close/ });
      if (await close.count()) await close.first().click();
      else await opener.click();
      await open.waitFor({ state: 'detached' });
    }
    // What was open, or was ever shown, does not come by itself.
    await page.reload();
    await page.getByTestId('verdict').waitFor();
    expect(await open.count()).toBe(0);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('all that can be pressed has a name, a way to it by keyboard, and 24 pixels each way', async () => {
    const found: string[] = [];
    const look = async (page: Page, where: string) => found.push(...(await flaws(page)).map((flaw) => `${where}: ${flaw}`));
    const complaints = await inEachLook(
      browser,
      FORWARD,
      looks(DESKTOP, PHONE),
      async (page, { width }, name) => {
        await look(page, name);
        if (width < 720)
          for (const tab of ['path', 'rules', 'why', 'state']) {
            await page.locator(`#tab-${tab}`).click();
            await look(page, `${name}, ${tab}`);
          }
        for (const opener of await page.locator('[aria-haspopup=dialog]:visible:enabled').all()) {
          await opener.click();
          await page.locator('dialog[open] :is([role=option], input, tbody tr, button)').first().waitFor();
          await look(page, `${name}, ${await page.locator('dialog[open]').getAttribute('aria-label')}`);
          await page.keyboard.press('Escape');
          await page.locator('dialog[open]').waitFor({ state: 'detached' });
        }
      },
      { anew: false },
    );
    expect([...new Set(found)]).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test('letters are letters while one types or composes: no field lets an action begin', async () => {
    const { page, complaints } = await openPage(browser, '#/s/kube-ovn-cluster?show=cluster&step=3');
    const letters = ACTIONS.flatMap(({ keys }) => keys.filter((key) => [...key].length === 1 && key !== ' ')).join('');
    expect(letters.length).toBeGreaterThan(10);
    const here = () =>
      page.evaluate(() => [
        document.querySelector<HTMLInputElement>('input[type=range]')?.value,
        document.querySelectorAll('dialog[open], .why-not').length,
        document.documentElement.lang,
        document.documentElement.dataset.theme ?? '',
      ]);
    const before = await here();
    const fields = page.locator('input:is([type=text], [type=search], :not([type])):visible, textarea:visible');
    expect(await fields.count()).toBeGreaterThan(6);
    // Each kind of field once: those of one panel are alike.
    const kinds = await fields.evaluateAll((all) => {
      const seen = new Set<string>();
      return all.flatMap((field, i) => {
        const kind = `${field.closest('section, form, dialog')?.className} ${field.className} ${field.tagName}`;
        if (seen.has(kind) || (field as HTMLInputElement).readOnly) return [];
        seen.add(kind);
        return [i];
      });
    });
    for (const i of kinds) {
      const field = fields.nth(i);
      const was = await field.inputValue();
      await field.focus();
      await page.keyboard.press('End');
      await page.keyboard.type(letters);
      expect(await field.inputValue()).toContain(letters);
      expect((await here()).slice(1)).toEqual(before.slice(1));
      await field.fill(was);
      await page.keyboard.press('Escape');
    }
    await page.waitForFunction((step) => document.querySelector<HTMLInputElement>('input[type=range]')?.value === step, before[0]);
    // What an input method sends while it composes, on the page itself.
    await page.evaluate((text) => {
      (document.activeElement as HTMLElement | null)?.blur();
      for (const key of text) {
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key, isComposing: true, bubbles: true }));
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key, keyCode: 229, bubbles: true } as KeyboardEventInit));
      }
    }, letters);
    expect(await here()).toEqual(before);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('every line that cannot be read is listed with its number; what rests on one is unknown, and says so', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    const lines = [
      '*filter',
      ':FORWARD ACCEPT [0:0]',
      '-A FORWARD -m nosuch --thing 1 -j DROP',
      'what is this',
      '-A FORWARD -p tcp --no-such-option 3 -j DROP',
      '-A FORWARD -j ACCEPT',
      'COMMIT',
      '',
    ];
    await drop(page, 'mine.save', lines.join('\n'));
    const verdict = page.getByRole('region', { name: 'Verdict' });
    await says(page, 'Unknown');
    // Neither in the colour nor with the sign of an answer.
    expect(await verdict.getAttribute('data-class')).toBe('unknown');
    expect(await page.locator('.verdict-glyph').innerText()).toBe('?');
    // Nor does the timeline: a rule that may drop is no drop.
    await page.locator('.strip-bar[data-change=unknown]').first().waitFor();
    expect(await page.locator('.strip-bar[data-change=drop]').count()).toBe(0);
    // Nor is a drop behind it one: the packet may have been accepted before.
    await drop(page, 'mine.save', lines.join('\n').replace('FORWARD ACCEPT', 'FORWARD DROP').replace('-j DROP\nwhat', '-j ACCEPT\nwhat').replace('-A FORWARD -j ACCEPT\n', ''));
    await page.locator('.rules').getByText('policy DROP').waitFor();
    await page.locator('.stop[data-key="POSTROUTING/confirm"][data-doubtful]').waitFor();
    expect(await page.locator('.strip-bar[data-change=drop]').count()).toBe(0);
    await page.keyboard.press('End');
    await page.getByText('policy DROP, if what is unknown did not match').first().waitFor();
    expect(await page.locator('[aria-live=polite]').allInnerTexts()).toContainEqual(expect.stringContaining('Only if what is unknown did not match.'));
    await page.locator('.rules-problems').click();
    await page.locator('.problems[open]').waitFor();
    const listed = await page.locator('.problems li').allInnerTexts();
    for (const number of [3, 4, 5])
      expect(listed.filter((text) => new RegExp(`line ${number}\\b`).test(text)).length, `line ${number} among ${listed.join(' | ')}`).toBeGreaterThan(0);
    expect(await page.evaluate(() => document.title)).not.toMatch(/Forwarded|Dropped/);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('what stands in rules and in names of files is text wherever it is shown', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    await page.evaluate(() => Object.assign(globalThis, { hits: 0, hit: () => void (globalThis as unknown as { hits: number }).hits++ }));
    const markup = () => page.evaluate(() => [document.querySelectorAll('img, body script, iframe').length, (globalThis as unknown as { hits: number }).hits]);
    const before = await markup();
    await drop(
      page,
      `${HOSTILE}.save`,
      `*filter\n:FORWARD ACCEPT [0:0]\n:<b>chain</b> - [0:0]\n-A FORWARD -m comment --comment "${HOSTILE}" -j <b>chain</b>\n-A <b>chain</b> -m comment --comment "${HOSTILE}" -j DROP\n-A FORWARD ${HOSTILE} -j DROP\nCOMMIT\n`,
    );
    await says(page, 'Dropped: by filter/<b>chain</b>/1');
    const shows = async (text: string, where: string): Promise<void> => {
      expect(await page.evaluate(() => document.body.innerText), where).toContain(text);
      expect(await markup(), where).toEqual(before);
      expect(await page.locator('b').count(), where).toBe(0);
    };
    await shows(HOSTILE, 'rules and why');
    await page.getByRole('button', { name: 'iptables lines' }).click();
    await shows(HOSTILE, 'lines');
    await page.getByRole('button', { name: 'Tables', exact: true }).click();
    await shows('<b>chain</b>', 'tables');
    await page.getByRole('button', { name: 'Plain text' }).click();
    await page.locator('.problems summary').click();
    await shows('<b>chain</b>', 'text and problems');
    await page.locator('[data-why-not]').click();
    await page.locator('.why-not select').selectOption('drop');
    await page.locator('.why-not-happened, .candidate').first().waitFor();
    await shows('<b>chain</b>', 'why not');
    await page.locator('body').press('Control+k');
    await page.getByRole('combobox', { name: 'Search or do…' }).fill('chain');
    await page.locator('.palette-label.mono').first().waitFor();
    await shows('<b>chain</b>', 'palette');
    await page.keyboard.press('Escape');
    await page.getByTestId('scenario').click();
    await page.locator('#tab-recent').click();
    await page.locator('#gallery-recent button').first().waitFor();
    await shows(HOSTILE, 'recent work');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test.each([
    ['desktop', ...DESKTOP],
    ['tablet', 768, 1024],
    ['phone', ...PHONE],
  ])('%s: work that takes long lies over nothing that was said, and is one line', async (_, width, height) => {
    const { page } = await newPage(browser, { width, height });
    await page.route('**/assets/worker-*', () => {});
    await page.goto(`${inject('address')}${FORWARD}`);
    await page.getByTestId('narration').getByText(/\d/).waitFor({ state: 'attached' });
    await drop(page, 'given.save', '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n');
    const [working, said] = [page.locator('.working'), page.locator('aside.notice')];
    await working.waitFor();
    await said.waitFor();
    const [above, below] = [await working.boundingBox(), await said.boundingBox()];
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThan(below?.y ?? 0);
    const middles = await working.locator('> *').evaluateAll((all) =>
      all.map((one) => {
        const { top, bottom } = one.getBoundingClientRect();
        return Math.round((top + bottom) / 8);
      }),
    );
    expect(new Set(middles).size).toBe(1);
    await page.close();
  });
});
