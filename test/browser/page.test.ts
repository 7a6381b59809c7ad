/**
 * The page as a person uses it: in a real browser, as built. Verdicts expected here were recorded from a real kernel (the
 * scenario files say so).
 */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, LAPTOP, looks, PHONE } from '../support/looks.ts';
import { giveBack, inEachLook, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

const verdict = (page: Page) => page.getByTestId('verdict').innerText();
const stepOf = (page: Page) => page.getByRole('slider').getAttribute('aria-valuetext');
const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);

describe.skipIf(!chromiumPath)('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const open = (link = FORWARD, options: PageOptions = {}) => openPage(browser, link, options);

  test('opens with a verdict and the step that decides; the causes lead to the rule', async () => {
    const { page, complaints } = await open('');
    expect(await verdict(page)).toContain('Not SNATed');
    expect(await verdict(page)).toContain('leaves eth0 as 10.0.11.2');
    const rules = page.getByRole('region', { name: 'Rules' });
    await rules.locator('[aria-current=step]').waitFor();
    expect(await rules.locator('[aria-current=step]').innerText()).toContain('RETURN');
    await page.getByRole('button', { name: /mark 0x90002 \(OVN-NAT-PSUBNET-/ }).click();
    const why = page.getByRole('region', { name: 'Why' });
    expect(await why.innerText()).toContain('10.0.11.2 is in');
    expect(await page.getByRole('region', { name: 'State' }).innerText()).toContain('0x90002');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('another scenario is chosen from the list; Undo brings the first one back', async () => {
    const { page, complaints } = await open();
    await page.getByTestId('scenario').click();
    await page.getByLabel('Search scenarios, rules and findings').fill('P01');
    // The list is read when it is opened.
    await page.locator('[role=option][aria-selected=true]').filter({ hasText: 'P01' }).waitFor();
    await page.keyboard.press('Enter');
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    await page.getByRole('button', { name: 'Undo' }).click();
    await says(page, 'Not SNATed');
    expect(await page.getByTestId('scenario').getAttribute('data-scenario')).toBe('kube-ovn-installed/p43-policy-forward');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('keys step, by change and by hook too, and do nothing while one types', async () => {
    const { page, complaints } = await open();
    await page.keyboard.press('Home');
    expect(await stepOf(page)).toMatch(/^Step 1 of/);
    await page.keyboard.press('ArrowRight');
    expect(await stepOf(page)).toMatch(/^Step 2 of/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('End');
    const last = await stepOf(page);
    expect(last).toMatch(/^Step (\d+) of \1\./);
    await page.keyboard.press('Shift+ArrowLeft');
    expect(await stepOf(page)).toContain('nat OVN-NAT-PSUBNET-aa98851157c5 rule 1');
    expect(await page.getByTestId('narration').innerText()).toContain('MARK --set-xmark');
    await page.keyboard.press('1');
    await page.keyboard.press('ArrowRight');
    expect(await stepOf(page)).toBe(last);
    await page.getByLabel('destination', { exact: true }).focus();
    const before = await stepOf(page);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    expect(await stepOf(page)).toBe(before);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('another source flips the verdict in place, and says what it was', async () => {
    const { page, complaints } = await open();
    await page.getByLabel('source', { exact: true }).fill('10.0.11.130');
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    const region = page.getByRole('region', { name: 'Verdict' });
    expect(await region.innerText()).toContain('was: Not SNATed: leaves eth0 as 10.0.11.2');
    await page.waitForFunction(() => location.hash.includes('pkt.src=10.0.11.130'));
    await page.reload();
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    await page.getByLabel('source', { exact: true }).fill('10.0.11.');
    await page.getByText('not an address such as').waitFor();
    expect(await verdict(page)).toContain('SNATed');
    expect(await region.innerText()).toContain('from the last packet that could be read');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('the reply skips the nat table and is translated back', async () => {
    const { page, complaints } = await open('#/s/kube-ovn-installed/p44-policy-nat');
    await page.getByRole('button', { name: 'Send the reply' }).click();
    await says(page, 'Reply, NAT undone: leaves ovn0 to 10.0.11.130:4201');
    expect(await page.getByRole('button', { name: /POSTROUTING nat: skipped/ }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('why: another step begins at its top, and the part that is looked at is in view', async () => {
    const { page } = await openPage(browser, `${FORWARD}?step=21`, { width: 1366, height: 768 });
    const body = page.locator('.why .panel-body');
    await body.getByText('0x90002').first().waitFor();
    await body.evaluate((element) => element.scrollTo(0, 10_000));
    expect(await body.evaluate((element) => element.scrollTop)).toBeGreaterThan(20);
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => body.evaluate((element) => element.scrollTop)).toBe(0);
    await page.keyboard.press('ArrowRight');
    // Test by test the page goes through the rule: what it does stands lower than there is room.
    await page.setViewportSize({ width: 1366, height: 760 });
    await page.getByRole('separator', { name: 'Line between Why and State' }).focus();
    await page.keyboard.press('Home');
    await body.focus();
    await page.keyboard.press('3');
    await page.keyboard.press('ArrowRight');
    const now = body.locator('[data-part="now"]');
    await now.waitFor();
    const inView = await body.evaluate((box) => {
      const part = box.querySelector('[data-part="now"]')?.getBoundingClientRect();
      const frame = box.getBoundingClientRect();
      return part !== undefined && part.top >= frame.top - 1 && part.top < frame.bottom;
    });
    expect(inView).toBe(true);
    await giveBack(page);
  });

  test('a rule that did not match says why, also inside a folded run', async () => {
    const { page } = await open();
    const rules = page.getByRole('region', { name: 'Rules' });
    await rules.getByRole('button', { name: /1–7 did not match/ }).click();
    await rules.getByRole('button', { name: /^Rule\s*6\b/ }).click();
    const why = page.getByRole('region', { name: 'Why' });
    await why.getByText('does not match').waitFor();
    expect(await why.locator('[data-holds=false]').count()).toBeGreaterThan(0);
    await giveBack(page);
  });

  test("one's own files stay in the browser and survive a reload; rule text is never markup", async () => {
    const { page, complaints } = await open();
    const save = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m comment --comment "<img src=x onerror=alert(1)>" -j DROP\nCOMMIT\n';
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open files' }).click();
    await (await chooser).setFiles({ name: 'mine.save', mimeType: 'text/plain', buffer: Buffer.from(save) });
    await says(page, 'Dropped: by filter/FORWARD/1');
    expect(await page.getByText('<img src=x onerror=alert(1)>').count()).toBeGreaterThan(0);
    expect(await page.locator('img').count()).toBe(0);
    await page.waitForFunction(() => location.hash.startsWith('#/own'));
    await page.reload();
    await says(page, 'Dropped: by filter/FORWARD/1');
    await page.getByRole('button', { name: 'Plain text' }).click();
    await page.getByLabel('Text of mine.save').fill(save.replace('-j DROP', '-j ACCEPT'));
    await says(page, 'Forwarded');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('every size, both languages, both themes: nothing for axe to find, nothing wider than the page', async () => {
    const complaints = await inEachLook(
      browser,
      FORWARD,
      looks(DESKTOP, LAPTOP, PHONE),
      async (page, { width, locale }, look, axe) => {
        expect(await verdict(page), look).toContain(locale === 'zh-CN' ? '未做 SNAT：以 10.0.11.2 从 eth0 发出' : 'Not SNATed');
        expect(await axe(page), look).toEqual([]);
        if (width < 720)
          for (const tab of ['path', 'why', 'state']) {
            await page.locator(`#tab-${tab}`).click();
            expect(await axe(page, `#panel-${tab}`), `${look}, ${tab}`).toEqual([]);
          }
        expect(await page.evaluate(() => document.documentElement.scrollWidth), look).toBeLessThanOrEqual(width);
      },
      { anew: false },
    );
    expect(complaints).toEqual([]);
  });
});
