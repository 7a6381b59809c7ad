/** The verdict with its causes, *Why not…?*, the state around a step and the bits of a mark, in a real browser. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, LAPTOP, looks, PHONE } from '../support/looks.ts';
import { giveBack, inEachLook, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const IPVS = '#/s/kube-ovn-ipvs/p25-pod-to-cluster-ip';

const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const stepOf = (page: Page) => page.getByRole('slider').getAttribute('aria-valuetext');

describe.skipIf(!chromiumPath)('why and why not', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const open = (link = FORWARD, options: PageOptions = {}) => openPage(browser, link, options);

  test('J1: the verdict, the packet as it leaves, and three causes that lead to their steps', async () => {
    const { page, complaints } = await open();
    const verdict = region(page, 'Verdict');
    expect(await verdict.innerText()).toContain('10.0.11.2:4200 → 8.8.8.8:443 tcp · by eth0 · mark 0x90002 · table main');
    const causes = verdict.getByRole('list', { name: 'Because' }).getByRole('button');
    expect(await causes.allInnerTexts()).toEqual([
      expect.stringContaining('mark 0x90002'),
      expect.stringContaining('OVN-POSTROUTING/10 RETURN'),
      expect.stringContaining('nothing rewrites'),
    ]);
    await causes.nth(0).click();
    expect(await stepOf(page)).toMatch(/^Step 21 of 28\. nat OVN-NAT-PSUBNET-/);
    const bits = region(page, 'Why').getByRole('table', { name: /Bits of mark/ });
    // The hex digit stands above its nibble, and says which bits it is of.
    expect(await bits.getByRole('columnheader', { name: 'bits 19 to 16: 9' }).count()).toBe(1);
    expect(await bits.getByRole('rowheader').allInnerTexts()).toEqual(['before', 'mask', 'value', 'after']);
    expect(await region(page, 'Why').innerText()).toContain('turns on: 19, 16, 1');
    await causes.nth(1).click();
    expect(await region(page, 'Why').innerText()).toContain('(mark & mask) = value');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a set that a rule asks about twice is told once', async () => {
    const { page } = await open(`${FORWARD}?sel=nat/OVN-POSTROUTING/3`);
    const why = region(page, 'Why');
    await why.getByText('10.0.11.0/24 comes from').waitFor();
    expect(await why.getByText(/^ovn40subnets: every overlay Subnet/).count()).toBe(1);
    await giveBack(page);
  });

  test('test by test, what a rule does is marked and in view, all of it', async () => {
    const { page } = await open(`${FORWARD}?alt=test&part=2&sel=nat/OVN-POSTROUTING/10`);
    const now = region(page, 'Why').locator('[data-part="now"]');
    await now.waitFor();
    expect(await now.innerText()).toContain('RETURN: back to the caller');
    const [part, panel] = [await now.boundingBox(), await page.locator('.why .panel-body').boundingBox()];
    if (!part || !panel) throw new Error('nothing is marked');
    expect(part.y).toBeGreaterThanOrEqual(panel.y - 1);
    expect(part.y + part.height).toBeLessThanOrEqual(panel.y + panel.height + 1);
    await giveBack(page);
  });

  test('a phone: the rows of bits are in view with the values at their ends', async () => {
    const { page } = await open(`${FORWARD}?sel=nat/OVN-POSTROUTING/9`, { width: PHONE[0], height: PHONE[1] });
    await page.locator('#tab-why').click();
    const ends = page.locator('.why .bits-end');
    await ends.first().waitFor();
    for (const end of await ends.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().right))) expect(end).toBeLessThanOrEqual(PHONE[0]);
    expect(await page.locator('.why .bits-scroll').evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
    await giveBack(page);
  });

  test('W asks, the answer names the bit; a line leads to the rule, the way back to the others; Esc gives the tests back', async () => {
    const { page, complaints } = await open();
    await page.keyboard.press('w');
    const asked = region(page, 'Why not…?');
    await asked.getByText('3 rules that could have done it, the nearest first:').waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('SELECT');
    await asked.getByRole('button', { name: /nat\/OVN-MASQUERADE\/2/ }).click();
    await region(page, 'Rules').getByText('MASQUERADE', { exact: false }).first().waitFor();
    expect(await region(page, 'Rules').innerText()).toContain('OVN-MASQUERADE');
    await page.keyboard.press('w');
    const nine = asked.getByRole('button', { name: /nat\/OVN-POSTROUTING\/9 OVN-MASQUERADE/ });
    expect(await nine.innerText()).toContain('needs bit 0 = 1, saw 0');
    await nine.focus();
    await page.keyboard.press('Enter');
    const why = region(page, 'Why');
    await why.getByText('nat/OVN-POSTROUTING/9').waitFor();
    expect(await why.innerText()).toContain('The rule does not match');
    // The line is gone: the focus is where one can go on.
    const back = why.getByRole('button', { name: 'Why not SNAT?' });
    expect(await back.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await asked.waitFor();
    await page.keyboard.press('Escape');
    await why.waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Why not…?');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('another outcome, a mark, and what did happen; a cause shows its tests again', async () => {
    const { page, complaints } = await open(IPVS);
    await page.getByRole('button', { name: 'Why not…?' }).click();
    const asked = region(page, 'Why not…?');
    await asked.getByRole('combobox').selectOption({ label: 'SNAT' });
    const did = asked.getByRole('button', { name: 'nat/OVN-MASQUERADE/2 at step 34' });
    await did.waitFor();
    await asked.getByRole('combobox').selectOption({ label: 'mark 0x80000/0x80000' });
    await asked
      .getByText('needed', { exact: false })
      .or(asked.getByText('did not match', { exact: false }))
      .first()
      .waitFor();
    await region(page, 'Verdict').getByRole('button', { name: 'IPVS: real server 10.16.0.30:8080' }).click();
    await region(page, 'Why').waitFor();
    expect(await stepOf(page)).toContain('gets the real server 10.16.0.30:8080');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a rule that was not reached says what kept the packet from it', async () => {
    const { page } = await open();
    await region(page, 'Rules')
      .getByRole('button', { name: /^Rule\s*12\b/ })
      .dispatchEvent('click');
    await region(page, 'Why').getByText('not reached: left before it, by OVN-POSTROUTING/10 RETURN at step 26').waitFor();
    await giveBack(page);
  });

  test('beside the tab that says why, why not says so itself', async () => {
    for (const [width, height] of [PHONE, [768, 1024]] as const) {
      const { page } = await open(FORWARD, { width, height });
      await page.locator('[data-why-not]').first().click();
      const title = page.locator('#why-not-title');
      await title.waitFor();
      expect((await title.boundingBox())?.width).toBeGreaterThan(50);
      await giveBack(page);
    }
  });

  test('a step that confirms the entry of a connection is not said to change nothing', async () => {
    const { page } = await open(`${FORWARD}?step=28`);
    const text = region(page, 'State').locator('.state-step-text');
    await text.getByText('step 28').waitFor();
    expect(await text.innerText()).toBe('step 28');
    for (const _ of [27, 26]) await page.keyboard.press('ArrowLeft');
    await text.getByText('step 26: nothing changes here').waitFor();
    await giveBack(page);
  });

  test('the line of a rule ends between its options; of sets the Chinese page says how many entries as Chinese does', async () => {
    const { page } = await open(`${FORWARD}?sel=nat/OVN-POSTROUTING/11`, { locale: 'zh-CN', width: 768, height: 1024 });
    const line = page.locator('.why-rule');
    await line.waitFor();
    // Whatever the width, no option is in two lines.
    for (const width of [200, 230, 260, 290]) {
      const rects = await line.evaluate((box, wide) => {
        (box as HTMLElement).style.width = `${wide}px`;
        return [...box.querySelectorAll('.unbroken')].map((option) => [option.textContent, option.getBoundingClientRect().height] as const);
      }, width);
      expect(rects.map(([option]) => option)).toContain('--match-set');
      for (const [option, height] of rects) expect(height, `${option}`).toBeLessThan(26);
    }
    await page.locator('[data-tab="state"]').click();
    const set = page.locator('.sets li', { hasText: 'ovn40subnets-nat-policy' }).first();
    expect(await set.innerText()).toContain('hash:net，1 个条目');
    await giveBack(page);
  });

  test('the state before and after a step: what changed, who wrote it, and a value to copy', async () => {
    const { page, complaints } = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await region(page, 'Verdict')
      .getByRole('button', { name: /mark 0x90002/ })
      .click();
    const state = region(page, 'State');
    expect(await state.locator('.state-mark del').innerText()).toBe('0x0');
    expect(await state.locator('.state-mark ins').innerText()).toBe('0x90002');
    await page.keyboard.press('d');
    expect(await state.locator('del').count()).toBe(0);
    expect(await state.locator('.state-mark').innerText()).toBe('0x0');
    await page.keyboard.press('d');
    await page.keyboard.press('End');
    expect(await state.locator('.state-mark').innerText()).toContain('0x90002');
    await state.locator('.state-mark').getByRole('button', { name: 'last written at step 21' }).click();
    expect(await stepOf(page)).toMatch(/^Step 21 of/);
    await state.getByRole('button', { name: '10.0.11.2', exact: true }).click();
    await page.getByText('Copied: 10.0.11.2').first().waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('10.0.11.2');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('no line of the state moves on a step, with IPVS and a tunnel in it', async () => {
    const { page } = await open(IPVS);
    await page.keyboard.press('Home');
    const lines = () => page.$$eval('.state h3, .state dt', (elements) => elements.map((element) => Math.round(element.getBoundingClientRect().top)));
    const before = await lines();
    expect(before.length).toBeGreaterThan(25);
    for (let i = 0; i < 36; i++) {
      await page.keyboard.press('ArrowRight');
      expect(await lines(), (await stepOf(page)) ?? '').toEqual(before);
    }
    const state = region(page, 'State');
    expect(await state.innerText()).toContain('tcp 10.16.0.10:4103 → 10.96.0.50:80 → 10.16.0.30:8080');
    await state.getByRole('button', { name: /outer packet → 192\.168\.0\.102/ }).click();
    await page.getByText('Sent: leaves eth0 to 192.168.0.102').waitFor();
    await region(page, 'Verdict').getByRole('button', { name: 'Back to what caused it' }).click();
    await page.getByText('IPVS, SNATed: sent to real server').waitFor();
    await giveBack(page);
  });

  test('the longest heads are read whole, in every frame, with all that they are said to come from', async () => {
    const FRAMES = looks(DESKTOP, LAPTOP, [800, 1000], PHONE);
    for (const [scenario, frames] of [
      ['kube-ovn-ipvs/p30v6-node-endpoint', FRAMES],
      ['kube-ovn-kube-proxy-iptables/p23v6-host-network-endpoint', FRAMES],
      // Four causes, where each has the least room.
      ['kube-ovn-kube-proxy-iptables/p31v6-node-port-cluster', looks([800, 1000]).slice(0, 1)],
    ] as const)
      await inEachLook(
        browser,
        `#/s/${scenario}`,
        frames,
        async (page, _, look) => {
          // On a phone the causes go on to the side.
          const cut = await page.locator('.verdict').evaluate((verdict) => {
            const box = verdict.getBoundingClientRect();
            return [...verdict.querySelectorAll('.verdict-text, .verdict-tuple, .causes, .cause-text')]
              .filter((part) => {
                const { top, bottom } = part.getBoundingClientRect();
                const aside = part.scrollWidth > part.clientWidth + 1 && !part.matches('.causes');
                return aside || part.scrollHeight > part.clientHeight + 2 || top < box.top - 1 || bottom > box.bottom + 1;
              })
              .map((part) => `${part.className}: ${part.textContent}`);
          });
          expect({ look, scenario, cut }).toEqual({ look, scenario, cut: [] });
        },
        { anew: false },
      );
  });

  test('both ends of the sizes, both languages, both themes: nothing for axe to find in the answer, the bits and the state, nothing wider than the page', async () => {
    const complaints = await inEachLook(browser, FORWARD, looks(DESKTOP, PHONE), async (page, { width, locale }, look, axe) => {
      const fits = async () =>
        expect(
          await page.$$eval('.verdict, .verdict-text, .verdict-tuple, .why-not-button, .why, .why-not-head, .candidate, .state', (elements) =>
            elements.filter((element) => element.getBoundingClientRect().right > window.innerWidth).map((element) => element.className),
          ),
          look,
        ).toEqual([]);
      await page.locator('[data-why-not]').click();
      await page.locator('.candidate').first().waitFor();
      expect(await axe(page, '.verdict', '.why', '.state'), look).toEqual([]);
      await fits();
      // Nothing of the other language but names: no run of English words in the Chinese answer.
      if (locale === 'zh-CN') expect(await page.locator('.why-not-list').innerText()).not.toMatch(/[a-z]{3,} [a-z]{3,} [a-z]{2,}/);
      await page.locator('.cause').first().click();
      await page.locator('.bits').first().waitFor();
      expect(await axe(page, '.verdict', '.why', '.state'), look).toEqual([]);
      if (width === 390) await page.locator('#tab-state').click();
      await page.keyboard.press('d');
      expect(await axe(page, '.state'), look).toEqual([]);
      await fits();
    });
    expect(complaints).toEqual([]);
  });
});
