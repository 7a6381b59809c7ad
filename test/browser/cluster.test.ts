/** The cluster beside the rules, in a real browser, as built: the form and the YAML are one, and what a change does is marked. */

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, looks, PHONE, TABLET } from '../support/looks.ts';
import { giveBack, inEachLook, openPage } from './open-page.ts';

const LINK = '#/s/kube-ovn-cluster?show=cluster';

const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);
const yaml = (page: Page) => page.getByLabel('The cluster as YAML');
const natOutgoing = (page: Page) => page.getByLabel('natOutgoing of net1');

describe.skipIf(!chromiumPath)('the cluster', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const open = (link = LINK, options: PageOptions = {}) => openPage(browser, link, options);

  test('natOutgoing off: YAML, rules and verdict follow, what changed is marked; Undo restores all of it', async () => {
    const { page, complaints } = await open();
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    const before = await yaml(page).inputValue();
    await natOutgoing(page).click();
    await says(page, 'Not SNATed: leaves eth0 as 10.0.11.200');
    expect(await page.getByRole('region', { name: 'Verdict' }).innerText()).toContain('was: SNATed: leaves eth0 as 192.168.0.101');
    const after = await yaml(page).inputValue();
    // One word of one line: comments and everything else stand as they were written.
    expect(after.split('\n').filter((line, i) => line !== before.split('\n')[i])).toEqual(['    natOutgoing: false']);
    const changes = page.getByTestId('changes');
    expect(await changes.innerText()).toContain('nat/OVN-NAT-POLICY');
    expect(await changes.innerText()).toContain('ovn40subnets-nat-policy');
    expect(await page.getByTestId('narration').innerText()).toMatch(/Rules: \d+ removed.*Not SNATed/s);
    await page.getByRole('button', { name: 'Undo' }).click();
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    expect(await yaml(page).inputValue()).toBe(before);
    await page.waitForFunction(() => location.hash.startsWith('#/s/kube-ovn-cluster?'));
    await page.getByRole('button', { name: 'Clear the marks' }).click();
    expect(await changes.innerText()).not.toContain('OVN-NAT-POLICY');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a policy rule from the form is marked in the chain that the packet walks', async () => {
    const { page, complaints } = await open();
    await page.getByRole('button', { name: 'Add a policy rule to net1' }).click();
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Policy rule 3 of net1: srcIPs');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('10.0.11.200');
    await page.getByLabel('Policy rule 3 of net1: action').selectOption('forward');
    await says(page, 'Not SNATed: leaves eth0 as 10.0.11.200');
    await page
      .getByRole('button', { name: /^nat\/OVN-NAT-PSUBNET-\w+\/3: go to step/ })
      .first()
      .click();
    const rules = page.getByRole('region', { name: 'Rules' });
    expect(await rules.locator('[aria-current=step]').innerText()).toMatch(/MARK --set-xmark 0x90002/);
    expect(await rules.locator('[data-mark]').count()).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Move policy rule 3 of net1 up' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Move policy rule 2 of net1 up');
    expect(await page.getByLabel('Policy rule 2 of net1: srcIPs').inputValue()).toBe('10.0.11.200');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('text that cannot be used keeps the rules and says where; the place is gone to; Tab leaves the text', async () => {
    const { page, complaints } = await open();
    const text = await yaml(page).inputValue();
    await yaml(page).fill(text.replace('10.0.11.0/24', '10.0.11/24'));
    await page.getByRole('region', { name: 'Verdict' }).getByText('no node can be made of this cluster').waitFor();
    expect(await page.getByTestId('verdict').innerText()).toContain('SNATed');
    const line = text.split('\n').findIndex((one) => one.includes('10.0.11.0/24')) + 1;
    await page.getByRole('button', { name: `line ${line}`, exact: true }).click();
    const chosen = await yaml(page).evaluate((area) => {
      const { value, selectionStart, selectionEnd } = area as HTMLTextAreaElement;
      return value.slice(selectionStart, selectionEnd);
    });
    expect(chosen).toContain('10.0.11/24');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.tagName)).not.toBe('TEXTAREA');
    await yaml(page).fill(`${text}\n  : [`);
    await page.getByText('The YAML cannot be read as it is').waitFor();
    expect(await natOutgoing(page).isDisabled()).toBe(true);
    await yaml(page).focus();
    await page.keyboard.press('ControlOrMeta+z');
    await page.waitForFunction((wanted) => (document.querySelector('.cluster-text textarea') as HTMLTextAreaElement | null)?.value === wanted, text);
    expect(await natOutgoing(page).isDisabled()).toBe(false);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a file of one’s own is recognised, survives a reload, the other language and theme', async () => {
    const { page, complaints } = await open('');
    const mine = readFileSync('public/examples/kube-ovn-cluster/cluster.yaml', 'utf8').replace('# A cluster', '# 我的集群 A cluster');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open files' }).click();
    await (await chooser).setFiles({ name: 'mine.txt', mimeType: 'text/plain', buffer: Buffer.from(mine) });
    await yaml(page).waitFor();
    await page.getByLabel('kube-proxy mode').selectOption('ipvs');
    await page
      .getByRole('button', { name: 'Switch the language' })
      .or(page.getByRole('button', { name: '中文' }))
      .click();
    await page.getByRole('button', { name: /主题/ }).click();
    // At once: nothing is left for later that a reload would lose.
    await page.reload();
    await page.getByLabel('集群的 YAML 文本').waitFor();
    const kept = await page.getByLabel('集群的 YAML 文本').inputValue();
    expect(kept).toBe(mine.replace('kubeProxy: iptables', 'kubeProxy: ipvs'));
    expect(await page.getByLabel('kube-proxy 模式').inputValue()).toBe('ipvs');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('every size, both languages, both themes: nothing for axe to find, nothing wider than the page', async () => {
    const complaints = await inEachLook(browser, LINK, looks(DESKTOP, TABLET, PHONE), async (page, { width, height }, look, axe) => {
      // On a phone it is a tab, and the link has opened it.
      if (width < 720) expect(await page.locator('#tab-cluster').getAttribute('aria-selected')).toBe('true');
      await page.locator('[data-subnet=net1] input[type=checkbox]').click();
      await page.waitForFunction(() => document.querySelector('.cluster-count')?.textContent !== '');
      expect(await axe(page), look).toEqual([]);
      const parts = page.locator('.cluster > .panel-head .switch button');
      for (let i = 0; i < (await parts.count()); i++) {
        await parts.nth(i).click();
        expect(await axe(page, '.cluster'), `${look}, part ${i}`).toEqual([]);
      }
      expect(await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]), look).toEqual([width, height]);
    });
    expect(complaints).toEqual([]);
  });
});
