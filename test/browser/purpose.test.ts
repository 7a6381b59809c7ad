/** What rules, sets and marks are for, where they stand on the page: read by eye, by name and by keyboard, in both languages. */

import type { Browser, Locator, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

describe.skipIf(!chromiumPath)('what a rule is for', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const open = (options: PageOptions = {}, link = FORWARD) => openPage(browser, link, options);

  const rule = (page: Page, number: number): Locator => page.locator('#region-rules .rule').filter({ has: page.locator('.rule-number', { hasText: new RegExp(`^${number}$`) }) });
  const why = (page: Page): Locator => page.locator('#region-why');

  test('stands below each rule: its row, its purpose, and the Subnet', async () => {
    const { page, complaints } = await open();
    expect(await rule(page, 10).innerText()).toMatch(/S27\s+a policy rule said forward \(Subnet net1\)/);
    // Of a rule that was not reached, too.
    expect(await rule(page, 11).innerText()).toMatch(/S23\s+pod leaves the cluster by a centralized gateway with an address of its own \(Subnet cent\)/);
    expect(await rule(page, 10).locator('.row-chip').getAttribute('title')).toBe('row S27 of Kube-OVN’s table, since v1.12.0; always');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('the Why panel says all that is known, reached by keyboard; sets and marks included', async () => {
    const { page, complaints } = await open();
    await page.getByRole('button', { name: /mark 0x90002 \(OVN-NAT-PSUBNET-/ }).focus();
    await page.keyboard.press('Enter');
    await why(page).getByText('10.0.11.0/30 comes from Subnet net1: spec.natOutgoingPolicyRules').waitFor();
    const text = (await why(page).innerText()).replace(/\s+/g, ' ');
    expect(text).toContain('S29 one of the Subnet’s natOutgoingPolicyRules (Subnet net1)');
    expect(text).toContain('ovn40natpr-1615a54fc889-src: the srcIPs of one rule of natOutgoingPolicyRules');
    expect(text).toContain('0x90002: a rule of natOutgoingPolicyRules said forward set by S29 · read by S27 0x90002 passes the test for 0x80000 (S20, S21), too');
    expect(text).toMatch(/asked for by Subnet net1: spec\.natOutgoingPolicyRules exists always since v1\.12\.0/);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('what masquerades says what it was called for', async () => {
    const { page } = await open({}, '#/s/kube-ovn-installed/p01-pod-to-internet');
    const text = (await why(page).innerText()).replace(/\s+/g, ' ');
    expect(text).toMatch(
      /X5 takes the address of the interface it leaves by S24 pod leaves the cluster, its Subnet has natOutgoing \(Subnets ovn-default, cent, net1\) called by OVN-POSTROUTING\/12/,
    );
    await giveBack(page);
  });

  test('in Chinese after a switch of the language, without another walk', async () => {
    const { page } = await open({ locale: 'zh-CN' });
    expect(await rule(page, 12).innerText()).toMatch(/S24\s+Pod 访问集群外，其子网开启了 natOutgoing（子网 ovn-default、/);
    expect((await why(page).innerText()).replace(/\s+/g, '')).toContain('0x90002也满足0x80000（S20、S21）的匹配条件');
    await page.getByRole('button', { name: 'English' }).click();
    expect(await rule(page, 12).innerText()).toMatch(/S24\s+pod leaves the cluster, its Subnet has natOutgoing/);
    await giveBack(page);
  });

  test.each([
    ['en-GB', 'Rules', 'Why'],
    ['zh-CN', '规则', '原因'],
  ])('on a phone (%s) it is whole, below what the rule does, and in the other tab, too', async (locale, rules, panel) => {
    const { page } = await open({ width: 390, height: 844, locale });
    await page.getByRole('tab', { name: rules }).click();
    const [row, line, target] = await Promise.all([
      rule(page, 11).boundingBox(),
      rule(page, 11).locator('.rule-purpose').boundingBox(),
      rule(page, 11).locator('.rule-target').boundingBox(),
    ]);
    expect((line?.x ?? 0) + (line?.width ?? 999)).toBeLessThanOrEqual(390);
    expect((line?.y ?? 0) + (line?.height ?? 999)).toBeLessThanOrEqual((row?.y ?? 0) + (row?.height ?? 0));
    expect(line?.y).toBeGreaterThanOrEqual((target?.y ?? 999) + (target?.height ?? 999) - 1);
    await rule(page, 11).click();
    await page.getByRole('tab', { name: panel }).click();
    const title = why(page).locator('.why-row');
    expect(await title.innerText()).toContain('S23');
    expect(await title.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
    await giveBack(page);
  });

  test('rules of others are as they were: one line each, nothing claimed of their marks', async () => {
    const { page } = await open();
    const save = '*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j MARK --set-xmark 0x80000/0x80000\nCOMMIT\n';
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open files' }).click();
    await (await chooser).setFiles({ name: 'mine.save', mimeType: 'text/plain', buffer: Buffer.from(save) });
    await page.getByTestId('verdict').getByText('Forwarded').waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+ArrowLeft');
    await rule(page, 1).waitFor();
    expect((await rule(page, 1).boundingBox())?.height).toBe(30);
    expect(await page.locator('.row-chip, .purpose-note').count()).toBe(0);
    await giveBack(page);
  });
});
