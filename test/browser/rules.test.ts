/** The rules panel in a real browser: long chains, other chains, sets, search, texts, keyboard; and that nothing of it blocks the page. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { mixedRules } from '../bench/inputs.ts';
import { violations } from '../support/axe.ts';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, looks, PHONE, TABLET } from '../support/looks.ts';
import { giveBack, inEachLook, lendPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

/** Runs in the page: what of the rules' texts cannot be seen. */
function cutRules(): readonly string[] {
  const cut = [...document.querySelectorAll<HTMLElement>('.rule-row :is(.chip, .rule-target, .rule-tests, .row-title)')].filter(
    (part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0,
  );
  const high = [...document.querySelectorAll<HTMLElement>('.rule-row')].filter((row) => row.scrollHeight > row.clientHeight + 1);
  return [...cut, ...high].map((part) => part.textContent ?? '');
}

/** Runs in the page: what rules are for, as far as it is cut, runs out of its row or under what became of the rule. */
function cutPurposes(): readonly string[] {
  return [...document.querySelectorAll<HTMLElement>('.rule-row .row-title')]
    .filter((title) => {
      const [own, row, status] = [title, title.closest('.rule-row'), title.closest('.rule-row')?.querySelector('.rule-status-text')].map((one) => one?.getBoundingClientRect());
      if (!own || !row || !status) return true;
      const under = own.bottom > status.top + 2 && status.bottom > own.top + 2 && own.right > status.left;
      return title.scrollWidth > title.clientWidth + 1 || own.bottom > row.bottom + 1 || under;
    })
    .map((title) => title.textContent ?? '');
}

/** Runs in the page: of each rule what its row has to spare below its last line, in pixels. */
function spare(): readonly (readonly [string, number])[] {
  return [...document.querySelectorAll<HTMLElement>('.rule-row')].map((row) => {
    const parts = [...row.querySelectorAll('.chip, .rule-target, .rule-status-text, .row-chip, .row-title')].map((part) => part.getBoundingClientRect().bottom);
    return [row.dataset.rulePlace ?? '', Math.round(row.getBoundingClientRect().bottom - Math.max(...parts))];
  });
}

/** Of the rules panel. */
describe.skipIf(!chromiumPath)('rules', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  async function open(link = FORWARD, options: PageOptions = {}): Promise<{ page: Page; complaints: string[] }> {
    const opened = await lendPage(browser, options);
    await opened.page.goto(`${inject('address')}${link}`);
    await opened.page.locator('.rules .rule-row, .rules .virtual-row').first().waitFor();
    return opened;
  }

  async function drop(page: Page, text: string, name = 'mine.save'): Promise<void> {
    await page.evaluate(
      ({ text, name }) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], name, { type: 'text/plain' }));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
      },
      { text, name },
    );
  }

  const rules = (page: Page) => page.getByRole('region', { name: 'Rules' });

  test('the verdict in the HTML is the one that the engine gives', async () => {
    for (const locale of ['en-GB', 'zh-CN']) {
      const html = await (await fetch(inject('address'))).text();
      const { page } = await open('', { locale });
      const verdict = (await page.getByTestId('verdict').innerText()).replace(/^–\s*/, '').replace(/\s*\n\s*/g, '');
      expect(html).toContain(`'${verdict.replace(/^(Not SNATed|未做 SNAT)\s*([:：])\s*/, (_, word: string, colon: string) => `${word}${colon}${colon === ':' ? ' ' : ''}`)}'`);
      await giveBack(page);
    }
  });

  test('every frame of the jump stack leads to the rule that called', async () => {
    const { page, complaints } = await open();
    await rules(page).getByRole('button', { name: 'POSTROUTING/1', exact: true }).click();
    expect(await rules(page).locator('[aria-current=step]').innerText()).toContain('OVN-POSTROUTING');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('all tables list their chains; one that the packet does not come to can be read, and Back to step leads back', async () => {
    const { page, complaints } = await open();
    await rules(page).getByRole('button', { name: 'Tables', exact: true }).click();
    expect(await violations(page, '#region-rules')).toEqual([]);
    await rules(page)
      .getByRole('button', { name: /^OVN-MASQUERADE/ })
      .click();
    expect((await rules(page).locator('.stack').innerText()).replace(/\s+/g, ' ')).toContain('nat ▸ OVN-MASQUERADE not reached');
    expect(
      await rules(page)
        .getByRole('button', { name: /^Rule\s*2\b.*MASQUERADE/ })
        .count(),
    ).toBe(1);
    expect(await violations(page, '#region-rules')).toEqual([]);
    await rules(page).getByRole('button', { name: 'Back to step' }).click();
    expect(await rules(page).locator('[aria-current=step]').innerText()).toContain('RETURN');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('the name of a set opens it; the entry that decided is marked', async () => {
    const { page, complaints } = await open();
    await rules(page).getByRole('button', { name: 'ovn40subnets-nat-policy', exact: true }).click();
    expect(await rules(page).locator('.set-entry[aria-current=true]').innerText()).toMatch(/10\.0\.11\.0\/24\s*decided the test at step 19/);
    expect(await violations(page, '#region-rules')).toEqual([]);
    await rules(page).getByRole('button', { name: 'Back to rules' }).click();
    await rules(page).locator('[aria-current=step]').waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('/ searches all rules; Enter goes from one to the next, and says which of how many', async () => {
    const { page, complaints } = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('random-fully');
    const found = rules(page).locator('.rule-found');
    await page.waitForFunction(() => / found$/.test(document.querySelector('.rule-found')?.textContent ?? ''));
    const count = Number.parseInt(await found.innerText(), 10);
    expect(count).toBeGreaterThan(1);
    for (let i = 1; i <= count; i++) {
      await page.keyboard.press('Enter');
      expect(await found.innerText()).toBe(`${i} of ${count}`);
      expect(await rules(page).locator('[data-chosen=true]').innerText()).toContain('random-fully');
    }
    await page.keyboard.press('Enter');
    expect(await found.innerText()).toBe(`1 of ${count}`);
    await page.keyboard.press('Shift+Enter');
    expect(await found.innerText()).toBe(`${count} of ${count}`);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('Esc empties the search, and again leaves it for the row that arrows go on from', async () => {
    const { page, complaints } = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('random-fully');
    await page.keyboard.press('Escape');
    const field = rules(page).getByRole('searchbox');
    expect([await field.inputValue(), await field.evaluate((input) => input === document.activeElement)]).toEqual(['', true]);
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.closest('[data-rule-place]')?.getAttribute('data-rule-place'))).toMatch(/OVN-POSTROUTING\/10$/);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('Enter right behind the last letter goes to the first that is found, once it is', async () => {
    const { page } = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('random-fully');
    await page.keyboard.press('Enter');
    await page.locator('.rule-found').getByText(/^1 /).waitFor();
    await giveBack(page);
  });

  test('a row is as high as what it says, no higher: names of sets are as long as they are shown', async () => {
    // Both of its tests fit in one line, which they would not with their option.
    const { page } = await open('#/s/kube-ovn-installed/p44-policy-nat?step=21');
    await page.locator('[data-rule-place$="OVN-NAT-PSUBNET-aa98851157c5/2"]').waitFor();
    for (const [place, pixels] of await page.evaluate(spare)) expect(pixels, place).toBeLessThan(10);
    await page.setViewportSize({ width: PHONE[0], height: PHONE[1] });
    await page.locator('#tab-rules').click();
    await page.locator('.rules[data-narrow="true"] .rule-row').first().waitFor();
    for (const [place, pixels] of await page.evaluate(spare)) expect(pixels, place).toBeLessThan(14);
    await giveBack(page);
  });

  test('a phone: a finger beside the name of a set finds it; of a chain that is off the way its name is in view', async () => {
    const { page, complaints } = await open(`${FORWARD}?lang=en`, { width: PHONE[0], height: PHONE[1] });
    await page.locator('#tab-rules').click();
    const set = page.locator('[data-rule-place$="OVN-POSTROUTING/11"] .rule-set');
    await set.scrollIntoViewIfNeeded();
    const found = await set.evaluate((name) => {
      const { x, y, width, height } = name.getBoundingClientRect();
      const reach = (by: number): boolean => document.elementFromPoint(x + width / 2, y + height / 2 + by) === name;
      return [-21, -14, 0, 14, 21].map(reach);
    });
    expect(found).toEqual([true, true, true, true, true]);
    await page.locator('.rules .switch button').nth(1).click();
    await page.locator('.chain-line', { hasText: 'OVN-MASQUERADE' }).first().click();
    const [name, head] = [await page.locator('.stack strong').boundingBox(), await page.locator('.stack').boundingBox()];
    if (!name || !head) throw new Error('no name');
    expect(name.x).toBeGreaterThanOrEqual(head.x);
    expect(name.x + name.width).toBeLessThanOrEqual(head.x + head.width + 1);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test.each([
    [1366, 768],
    [768, 1024],
  ])('%i pixels wide, the name of a chain that is off the way is whole', async (width, height) => {
    const { page } = await open(FORWARD, { width, height });
    await page.locator('.rules .switch button').nth(1).click();
    await page.locator('.chain-line', { hasText: 'OVN-MASQUERADE' }).first().click();
    await page.locator('.stack-off').waitFor();
    const [name, head] = [await page.locator('.stack strong').boundingBox(), await page.locator('.stack').boundingBox()];
    if (!name || !head) throw new Error('no name');
    // Behind what runs out at the left.
    expect(name.x).toBeGreaterThanOrEqual(head.x + 12);
    expect(name.x + name.width).toBeLessThanOrEqual(head.x + head.width);
    await giveBack(page);
  });

  test('a tablet: the head of the rules has two lines, with problems and without; texts need but one', async () => {
    const { page } = await open(FORWARD, { width: 768, height: 1024 });
    const head = page.locator('.rules > .panel-head');
    const tops = (): Promise<readonly number[]> =>
      head.evaluate((box) => [box.querySelector('.switch'), box.querySelector('.stack'), box.nextElementSibling].map((one) => Math.round(one?.getBoundingClientRect().top ?? 0)));
    await page.locator('.stack strong').waitFor();
    const before = await tops();
    await page.evaluate(() => {
      const data = new DataTransfer();
      const text = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -m nosuch -j ACCEPT\n-A FORWARD -m set --match-set nowhere src -j ACCEPT\nCOMMIT\n';
      data.items.add(new File([text], 'own.save', { type: 'text/plain' }));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    const problems = head.locator('.rules-problems');
    await problems.waitFor();
    expect(await tops()).toEqual(before);
    const [calls, link, box] = [await head.locator('.stack').boundingBox(), await problems.boundingBox(), await head.boundingBox()];
    if (!calls || !link || !box) throw new Error('not drawn');
    expect(link.x).toBeGreaterThanOrEqual(calls.x + calls.width);
    expect(link.y + link.height).toBeLessThanOrEqual(box.y + box.height);
    await problems.click();
    await page.locator('.problems[open]').waitFor();
    expect((await head.boundingBox())?.height).toBeLessThan(box.height - 16);
    // What weighs how much is said, not only coloured.
    for (const line of await page.locator('.problems li').allInnerTexts()) expect(line).toMatch(/^(?:error|warning|note)\s/);
    await giveBack(page);
  });

  test('of the chains of all tables the numbers of rules stand below each other', async () => {
    for (const locale of ['en-GB', 'zh-CN']) {
      const { page } = await open(FORWARD, { locale });
      await page.locator('.rules .switch button').nth(1).click();
      await page.locator('.chain-line').first().waitFor();
      expect(new Set(await page.locator('.chain-count').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left))).size).toBe(1);
      await giveBack(page);
    }
  });

  test('a row is reached by Tab, its neighbours by arrows; Enter goes to its step; the focus stays while the list scrolls', async () => {
    const { page, complaints } = await open();
    await rules(page).locator('.rule-press[tabindex="0"]').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    expect(await page.getByTestId('narration').innerText()).toContain('rule 9');
    expect(await page.evaluate(() => document.activeElement?.closest('[data-row]')?.textContent)).toMatch(/9.*mark 0x90001/);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('scrolled by hand it stays where it is while one steps; Back to step follows again', async () => {
    const { page, complaints } = await open();
    await drop(
      page,
      `*filter\n:FORWARD ACCEPT [0:0]\n${Array.from({ length: 60 }, (_, i) => `-A FORWARD -m mark --mark 0x${i}`).join('\n')}\n-A FORWARD -j MARK --set-mark 1\nCOMMIT\n`,
    );
    await page.waitForFunction(() => document.querySelector('.rule-list')?.getAttribute('aria-label') === 'FORWARD: 61 rules');
    await rules(page).locator('.rule-fold').click();
    await rules(page).locator('.rule-list').hover();
    await page.mouse.wheel(0, 600);
    await page.waitForFunction(() => (document.querySelector('.rule-list')?.scrollTop ?? 0) > 300);
    const top = await rules(page)
      .locator('.rule-list')
      .evaluate((list) => list.scrollTop);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    expect(
      await rules(page)
        .locator('.rule-list')
        .evaluate((list) => list.scrollTop),
    ).toBe(top);
    await rules(page).getByRole('button', { name: 'Back to step' }).click();
    expect(await rules(page).getByRole('button', { name: 'Back to step' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a rule with a problem says so in its row, and in the text', async () => {
    const { page, complaints } = await open();
    await drop(page, '*filter\n:FORWARD ACCEPT [0:0]\n[7:420] -A FORWARD -p tcp\n-A FORWARD -m nosuch --thing 1 -j DROP\nCOMMIT\n');
    await page.waitForFunction(() => document.querySelector('.rule-list')?.getAttribute('aria-label') === 'FORWARD: 2 rules');
    const rows = rules(page).locator('.rule:has(.rule-press)');
    expect(await rows.nth(0).locator('.rule-problem').count()).toBe(0);
    expect(await rows.nth(0).innerText()).toContain('7 pkts');
    expect(await rows.nth(1).locator('.rule-problem').innerText()).toContain('nosuch');
    await rules(page).getByRole('button', { name: 'iptables lines' }).click();
    expect(await rows.nth(1).innerText()).toContain('-A FORWARD -m nosuch --thing 1 -j DROP');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  for (const shape of ['flat', 'chains'] as const)
    test(`20,000 rules, ${shape}: few elements, every rule within reach, all of the text for the browser's find`, async () => {
      const { page, complaints } = await open();
      await drop(page, mixedRules(20_000, shape), 'big.save');
      await page.waitForFunction(() => document.querySelector('.rule-list')?.getAttribute('aria-label')?.startsWith('FORWARD: '));
      const fold = rules(page).locator('.rule-fold').first();
      if (await fold.count()) await fold.click();
      const count = shape === 'flat' ? 20_000 : 2500;
      await rules(page)
        .locator('.rule-list')
        .evaluate((list) => list.scrollTo(0, list.scrollHeight));
      await rules(page)
        .getByRole('button', { name: new RegExp(`^Rule\\s*${count}\\b`) })
        .waitFor();
      expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThanOrEqual(1500);
      await page.keyboard.press('/');
      await page.keyboard.type('--mark 0x4e1d');
      await page.waitForFunction(() => /found$/.test(document.querySelector('.rule-found')?.textContent ?? ''));
      await rules(page).getByRole('button', { name: 'Plain text' }).click();
      expect(
        await rules(page)
          .locator('.plain-text')
          .evaluate((text) => text.textContent?.match(/^-A /gm)?.length),
      ).toBe(20_000);
      expect(complaints).toEqual([]);
      await giveBack(page);
    });

  test('a phone: of a long list each rule has its two lines and no more', async () => {
    const { page } = await open(FORWARD, { width: PHONE[0], height: PHONE[1] });
    const rule = (n: number): string =>
      `-A FORWARD -s 172.16.${n % 250}.0/24 -p tcp -m multiport --dports ${n},443 -m set --match-set allowed-namespaces src,dst -j LOG --log-prefix "out of the shop: "\n`;
    await drop(page, `*filter\n:FORWARD DROP [0:0]\n${Array.from({ length: 2100 }, (_, n) => rule(n + 1)).join('')}COMMIT\n`);
    await page.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('by the policy of filter/FORWARD'));
    await page.locator('#tab-rules').click();
    await page.locator('.rules .rule-fold').click();
    await page.locator('.rules .rule-row').first().waitFor();
    const beyond = await page.evaluate(() =>
      [...document.querySelectorAll('.rule-row')]
        .filter((row) =>
          [...row.querySelectorAll('.chip, .rule-target, .rule-status-text')].some((part) => part.getBoundingClientRect().bottom > row.getBoundingClientRect().bottom),
        )
        .map((row) => row.textContent),
    );
    expect(beyond).toEqual([]);
    await giveBack(page);
  });

  test('work that takes longer says so and can be cancelled: the page keeps what it had', async () => {
    const { page, complaints } = await open();
    const before = await page.getByTestId('verdict').innerText();
    await drop(page, mixedRules(120_000, 'flat'), 'huge.save');
    const cancel = page.getByRole('button', { name: 'Cancel' });
    await cancel.waitFor();
    await cancel.click();
    await cancel.waitFor({ state: 'detached' });
    expect(await page.getByTestId('verdict').innerText()).toBe(before);
    await page.getByRole('button', { name: 'Undo' }).first().click();
    await page.waitForFunction(() => location.hash.includes('p43-policy-forward'));
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('what is pasted is opened as a file is, and a word is not; files that hold no rules are no verdict', async () => {
    const { page, complaints } = await open();
    const paste = (text: string): Promise<void> =>
      page.evaluate((text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData('text/plain', text);
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
      }, text);
    await paste('hello');
    await page.locator('.notice', { hasText: 'No rules, sets, routes or scenario: hello' }).waitFor();
    await paste('*filter\n:FORWARD DROP [0:0]\nCOMMIT\n');
    await page.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('by the policy of filter/FORWARD'));
    await paste('Chain FORWARD (policy ACCEPT)\ntarget     prot opt source               destination\n');
    await page.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('No rules read'));
    expect(await page.locator('.verdict').innerText()).toContain('run "iptables-save" instead');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('what is pointed at, or has the focus, is shown wherever else it stands; Esc ends it', async () => {
    const { page, complaints } = await open();
    const shown = (): Promise<readonly string[]> => page.evaluate(() => [...(CSS.highlights.get('linked') ?? [])].map((range) => range.toString()));
    const tuple = await page.locator('.verdict-tuple').boundingBox();
    if (!tuple) throw new Error('no tuple');
    await page.mouse.move(5, 5);
    await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => /linked/.test(name)));
    await page.mouse.move(tuple.x + 20, tuple.y + 8, { steps: 3 });
    await page.waitForFunction(() => CSS.highlights.has('linked'));
    expect(new Set(await shown())).toEqual(new Set(['10.0.11.2']));
    const colours = await page.evaluate(() =>
      [...(CSS.highlights.get('linked') ?? [])].map(({ startContainer }) => getComputedStyle(startContainer.parentElement as Element, '::highlight(linked)').backgroundColor),
    );
    expect(new Set(colours).size).toBe(1);
    expect(colours[0]).toMatch(/^color\(|^rgb\(/);
    expect(await page.locator('[data-linked]').evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value))).toEqual(['10.0.11.2']);
    await page.keyboard.press('Escape');
    expect(await shown()).toEqual([]);
    // The mark of the test, by keyboard.
    await page.locator('[data-rule-place$="OVN-POSTROUTING/10"] .rule-press').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => [...(CSS.highlights.get('linked') ?? [])].some((range) => range.toString() === '0x90002/0x90002'));
    expect(await shown()).toContain('0x90002');
    expect(await shown()).not.toContain('0x90001/0x90001');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('every size, both languages, both themes: every view without a finding of axe, nothing wider than the page', async () => {
    const complaints = await inEachLook(
      browser,
      FORWARD,
      looks(DESKTOP, TABLET, [768, 1024], PHONE),
      async (page, { width }, look, axe) => {
        if (width < 720) await page.locator('#tab-rules').click();
        await page.locator('.rules .switch button').first().click();
        await page.locator('.rules .virtual-row').first().waitFor();
        for (const way of [0, 1, 2]) {
          await page.locator('.rules .switch button').nth(way).click();
          expect(await axe(page, '#region-rules'), `${look}, view ${way}`).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth), look).toBeLessThanOrEqual(width);
          // Where there is no room for a rule in one line it has as many as it takes: nothing of it is cut, or runs into the next one.
          if (way === 0 && width < 900) expect(await page.evaluate(cutRules), look).toEqual([]);
          // What a rule is for is whole at any size, beside what became of the rule, and ends above the next one.
          if (way === 0) expect(await page.evaluate(cutPurposes), look).toEqual([]);
        }
      },
      { anew: false },
    );
    expect(complaints).toEqual([]);
  });
});
