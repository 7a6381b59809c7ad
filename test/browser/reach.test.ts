/** What can be reached, and how: regions, what a button leads to, rules and sets from afar, packets that were caused, files of before. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

const spoken = (page: Page) => page.getByTestId('narration').innerText();
const stepOf = (page: Page) => page.getByRole('slider').getAttribute('aria-valuetext');
const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

describe.skipIf(!chromiumPath)('the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const open = (link = FORWARD, options: PageOptions = {}) => openPage(browser, link, options);

  test('F6 goes from region to region, also out of a field; behind the last one the key is the browser’s', async () => {
    const { page, complaints } = await open();
    const here = () =>
      page.evaluate(() => {
        const within = document.activeElement?.closest('header, main section[aria-labelledby]');
        return within?.tagName === 'HEADER' ? 'bar' : (document.getElementById(within?.getAttribute('aria-labelledby') ?? '')?.textContent ?? '');
      });
    await region(page, 'State').getByText('step 26').waitFor();
    const names: string[] = [];
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('F6');
      names.push(await here());
    }
    expect(names).toEqual(['bar', 'Verdict', 'Path over the hooks', 'Packet', 'Rules', 'Why', 'State', 'Steps']);
    await page.evaluate(() => window.addEventListener('keydown', (event) => (document.title = String(event.defaultPrevented)), { once: true }));
    await page.keyboard.press('F6');
    expect([await page.title(), await here()]).toEqual(['false', 'Steps']);
    await page.keyboard.press('Shift+F6');
    expect(await here()).toBe('State');
    await page.getByLabel('source', { exact: true }).focus();
    await page.keyboard.press('F6');
    expect(await here()).toBe('Rules');
    await page.keyboard.press('?');
    await page.getByRole('cell', { name: 'Next region of the page' }).waitFor();
    expect(await page.getByRole('row', { name: /F6 (Next|Previous) region of the page/ }).count()).toBe(2);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('what has the focus shows where it leads, says it, and why a stop was skipped; Enter goes there', async () => {
    const { page, complaints } = await open();
    const before = await stepOf(page);
    await page.keyboard.press('F6');
    await page.keyboard.press('F6');
    // The first cause: the rule that marks.
    expect(await region(page, 'Why').innerText()).toContain('nat/OVN-NAT-PSUBNET-aa98851157c5/1');
    expect(await region(page, 'State').innerText()).toContain('step 21');
    expect(await spoken(page)).toContain('Leads to step 21, shown: ');
    expect(await stepOf(page)).toBe(before);
    await page.keyboard.press('F6');
    expect(await region(page, 'Why').innerText()).not.toContain('PSUBNET');
    const now = await page.locator('.path [aria-current=step]').getAttribute('data-key');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    const tip = page.locator('.path-tip');
    expect(await tip.innerText()).toContain('PREROUTING raw: skipped, the node has no such table');
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('.path-tip')?.textContent?.startsWith('PREROUTING conntrack: taken'));
    expect(await region(page, 'Why').innerText()).toContain('conntrack');
    // The way itself stays where the cursor is.
    expect(await page.locator('.path [aria-current=step]').getAttribute('data-key')).toBe(now);
    expect(await violations(page)).toEqual([]);
    expect(await stepOf(page)).toBe(before);
    await page.keyboard.press('Enter');
    expect(await stepOf(page)).toContain('Step 1 of');
    // The same by mouse, once it rests there.
    await page.locator('.cause').first().hover();
    await page.waitForFunction(() => document.getElementById('region-state')?.innerText.includes('step 21'));
    expect(await spoken(page)).not.toContain('Leads to');
    await page.mouse.move(700, 600);
    await page.waitForFunction(() => document.getElementById('region-state')?.innerText.includes('step 1'));
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a rule that the packet does not come to says what kept it from there: a jump, a hook, the family', async () => {
    const { page, complaints } = await open(`${FORWARD}?sel=nat/OVN-MASQUERADE/2`);
    const why = region(page, 'Why');
    await why.getByText('nothing led into OVN-MASQUERADE').waitFor();
    expect(await why.innerText()).toContain('needs bit 0 = 1, saw 0');
    const go = async (place: string): Promise<void> => {
      await page.keyboard.press('g');
      await page.keyboard.type(place);
      await page.keyboard.press('Enter');
    };
    await go('filter/INPUT/1');
    await why.getByText('not asked: the route at step 7 sends the packet on, so it does not pass INPUT').waitFor();
    expect(await spoken(page)).toContain('This packet does not come to filter/INPUT/1');
    await go('ip6:nat/OVN-POSTROUTING/1');
    await why.getByText('Not asked: ip6:nat is for IPv6 packets, and this one is IPv4.').waitFor();
    expect(await violations(page)).toEqual([]);
    // Into a run of misses: it is opened there, and stays open to be folded.
    await go('nat/OVN-POSTROUTING/3');
    const rule = region(page, 'Rules').locator('[data-rule-place="nat/OVN-POSTROUTING/3"][data-chosen=true]');
    await rule.waitFor();
    await page.getByRole('button', { name: '1–7 did not match' }).click();
    await rule.waitFor({ state: 'detached' });
    await page.waitForFunction(() => location.hash.includes('sel=nat/OVN-POSTROUTING/3'));
    await page.reload();
    await rule.waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('keys that come before the list are for the list: Enter opens what was typed when it is there', async () => {
    const { page, complaints } = await open();
    let release = (): void => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    for (const late of ['**/assets/gallery*.js', '**/examples/gallery.json'])
      await page.route(late, async (route) => {
        await held;
        await route.continue();
      });
    await page.keyboard.press('o');
    await page.keyboard.type('p44 ');
    await page.keyboard.press('Enter');
    expect(await page.locator('dialog').count()).toBe(0);
    release();
    await page.waitForFunction(() => location.hash.includes('kube-ovn-installed/p44-policy-nat'));
    await page.locator('dialog').waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a set is opened as a set, from the palette and from the gallery', async () => {
    const { page, complaints } = await open();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('ovn40subnets-nat-policy');
    await page.keyboard.press('Enter');
    await region(page, 'Rules').getByText('Set ovn40subnets-nat-policy').waitFor();
    await page.keyboard.press('o');
    await page.getByRole('tab', { name: /^Rules, sets/ }).click();
    await page.getByRole('button', { name: /^other-node fires, IPv6/ }).click();
    await region(page, 'Rules').getByText('Set ovn60other-node').waitFor();
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('the form shows the packet that is shown: one that was caused to be read, with the way back', async () => {
    const { page, complaints } = await open('#/s/kube-ovn-ipvs/p25-pod-to-cluster-ip');
    const form = region(page, 'Packet');
    const source = page.getByLabel('source', { exact: true });
    const own = await source.inputValue();
    await page.locator('.caused').first().click();
    await form.getByText('Shown: outer packet → 192.168.0.102:6081, caused by packet 1').waitFor();
    expect(await form.locator('dl').innerText()).toMatch(/source\s+192\.168\.0\.101/);
    expect(await source.count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    await form.getByRole('button', { name: 'Back to packet 1' }).click();
    expect(await source.inputValue()).toBe(own);
    await page.locator('.caused').first().click();
    // Its own button in the list of packets leads back, too.
    await form.getByRole('button', { name: /^Packet 1/ }).click();
    expect(await source.inputValue()).toBe(own);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('what the files lack is added where that is said, and can be taken back', async () => {
    const { page, complaints } = await open();
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m set --match-set pods src -j DROP\nCOMMIT\n'], 'mine.save'));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    const verdict = (text: string) => page.getByTestId('verdict').filter({ hasText: text }).waitFor();
    await verdict('Unknown');
    await page.locator('.cause').first().click();
    const why = region(page, 'Why');
    await why.getByText('Paste the output of ipset save').click();
    expect(await violations(page)).toEqual([]);
    await why.getByLabel('ipset save of pods').fill('create pods hash:net family inet\nadd pods 10.0.0.0/16');
    await why.getByRole('button', { name: 'Add it' }).click();
    await verdict('Dropped');
    expect(await spoken(page)).toContain('Added, in added-sets.txt beside your files.');
    expect(await page.evaluate(() => document.activeElement?.closest('section')?.id)).toBe('region-why');
    await page.getByRole('complementary', { name: 'Notice' }).getByRole('button', { name: 'Undo' }).click();
    await verdict('Unknown');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('files too large for the tab’s own storage, and packets typed for them, are there after a reload', async () => {
    const { page, complaints } = await open();
    await page.evaluate(() => {
      const rules = Array.from({ length: 9000 }, (_, i) => `-A FORWARD -s 10.0.${i >> 8}.${i & 255}/32 -j ACCEPT`);
      const transfer = new DataTransfer();
      transfer.items.add(new File([`*filter\n:FORWARD ACCEPT [0:0]\n${rules.join('\n')}\nCOMMIT\n`], 'large.save'));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    const is = (name: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=scenario]')?.textContent?.includes(wanted), name);
    await is('large.save');
    const source = page.getByLabel('source', { exact: true });
    await source.fill('10.0.3.7');
    await page.reload();
    await is('large.save');
    expect(await source.inputValue()).toBe('10.0.3.7');
    expect(await page.evaluate(() => Object.values(sessionStorage).join('').length)).toBeLessThan(100_000);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });
});
