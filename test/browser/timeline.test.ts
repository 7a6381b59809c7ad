/** The timeline in a real browser: stepping test by test, pointing, breakpoints, playing, and what is spoken. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

const stepOf = (page: Page) => page.getByRole('slider').getAttribute('aria-valuetext');
const spoken = (page: Page) => page.getByTestId('narration').innerText();

/** What moves on the page from now on, by class; also right after a key, which browsers leave out of their sum. A changed value in its own cell is no shift of the page. */
const watchShifts = (page: Page) =>
  page.evaluate(() => {
    const shifted: string[] = [];
    Object.assign(globalThis, { shifted });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        for (const { node } of (entry as unknown as { sources: { node: Node | null }[] }).sources) {
          const element = node instanceof Element ? node : node?.parentElement;
          if (!element?.closest('.state-value')) shifted.push(`${element?.className} ${(entry as unknown as { value: number }).value}`);
        }
    }).observe({ type: 'layout-shift' });
  });
const shifts = (page: Page) => page.evaluate(() => (globalThis as unknown as { shifted: string[] }).shifted);

describe.skipIf(!chromiumPath)('the timeline', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  const open = (link = FORWARD, options: PageOptions = {}) => openPage(browser, link, options);

  test('3 goes test by test: why follows, the link says the part and leads back to it', async () => {
    const { page, complaints } = await open(`${FORWARD}?sel=nat/OVN-NAT-PSUBNET-aa98851157c5/1`);
    await page.keyboard.press('3');
    expect(await page.getByRole('button', { name: 'Test', exact: true }).getAttribute('aria-pressed')).toBe('true');
    const now = page.getByRole('region', { name: 'Why' }).locator('[aria-current=step]');
    expect(await now.innerText()).toContain('ovn40natpr-1615a54fc889-src src');
    const step = await stepOf(page);
    await page.keyboard.press('ArrowRight');
    // The rule has one test: what is next is the write of the mark, at the same step.
    expect(await stepOf(page)).toBe(step?.replace('part 1', 'part 2'));
    expect(await spoken(page)).toContain('effect: mark from 0x0 to 0x90002');
    await page.waitForFunction(() => location.hash.includes('part=2'));
    await page.reload();
    await page.getByTestId('verdict').waitFor();
    await page.waitForFunction(() => document.querySelector('input[type=range]')?.getAttribute('aria-valuetext')?.includes('part 2'));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    expect(await stepOf(page)).toBe(step?.replace('part 1', 'part 2'));
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('pointing shows a step in every panel, goes nowhere, and shifts nothing', async () => {
    const { page, complaints } = await open();
    const strip = page.locator('.step-strip');
    const before = await stepOf(page);
    const { x, y, width } = (await strip.boundingBox()) as { x: number; y: number; width: number };
    await watchShifts(page);
    await page.mouse.move(x + 2, y + 10);
    await page.locator('.strip-tip').waitFor();
    expect(await page.locator('.strip-tip').innerText()).toMatch(/^Step 1: /);
    expect(await page.getByRole('region', { name: 'State' }).innerText()).toContain('step 1');
    expect(await page.getByRole('region', { name: 'Why' }).innerText()).toContain('conntrack');
    expect(await stepOf(page)).toBe(before);
    expect(await spoken(page)).not.toContain('Step 1 of');
    // Frames while the pointer crosses the strip.
    const frames = page.evaluate(
      () =>
        new Promise<number[]>((done) => {
          const times: number[] = [];
          let last = performance.now();
          const tick = (now: number): void => {
            times.push(now - last);
            last = now;
            if (times.length < 60) requestAnimationFrame(tick);
            else done(times.slice(1).toSorted((a, b) => a - b));
          };
          requestAnimationFrame(tick);
        }),
    );
    for (let i = 0; i <= 40; i++) await page.mouse.move(x + (width * i) / 40, y + 10);
    const times = await frames;
    console.log(`pointing: frame of ${(times[30] ?? 0).toFixed(1)} ms, p95 ${(times[56] ?? 0).toFixed(1)} ms`);
    await page.mouse.move(x, y - 200);
    await page.locator('.strip-tip').waitFor({ state: 'detached' });
    expect(await page.getByRole('region', { name: 'Why' }).innerText()).toContain('nat/OVN-POSTROUTING/10');
    expect(await shifts(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('no step shifts the page, at any altitude', async () => {
    const { page } = await open();
    await page.keyboard.press('Home');
    // What comes a moment later has come.
    await page.locator('.state-step').waitFor();
    await page.waitForFunction(() => location.hash.includes('step=1&'));
    await watchShifts(page);
    for (const altitude of ['1', '2', '3']) {
      await page.keyboard.press(altitude);
      await page.keyboard.press('Home');
      for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowRight');
    }
    expect(await shifts(page)).toEqual([]);
    await giveBack(page);
  });

  test('B sets a breakpoint on the rule, F8 runs to it; it is in the list, on the strip and in the link', async () => {
    const { page, complaints } = await open();
    await page.getByRole('region', { name: 'Rules' }).locator('[aria-current=step]').waitFor();
    await page.keyboard.press('b');
    const rules = page.getByRole('region', { name: 'Rules' });
    await rules.locator('[data-rule-place="nat/OVN-POSTROUTING/10"] .breakpoint-flag').waitFor();
    expect(await page.locator('.strip-flag').count()).toBe(1);
    await page.keyboard.press('Home');
    await page.keyboard.press('F8');
    expect(await stepOf(page)).toContain('nat OVN-POSTROUTING rule 10');
    expect(await spoken(page)).toContain('Stopped at the breakpoint nat/OVN-POSTROUTING/10.');
    await page.waitForFunction(() => location.hash.includes('stop=nat/OVN-POSTROUTING/10'));
    await page.reload();
    await page.locator('.strip-flag').waitFor({ state: 'attached' });
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+F8');
    expect(await stepOf(page)).toContain('nat OVN-POSTROUTING rule 10');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('what is written and cannot be read stays, with place and way out; what can be is met', async () => {
    const { page, complaints } = await open();
    await page.getByRole('button', { name: 'Breakpoints' }).click();
    const field = page.getByLabel('New breakpoint');
    await field.fill('mark & 0x4000 =');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('alert').innerText()).toBe('Character 16: a number such as 443 or 0x4000 is needed');
    expect(await field.inputValue()).toBe('mark & 0x4000 =');
    await field.fill('mark & 0x90002 = 0x90002');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('list', { name: 'Breakpoints' }).innerText()).toMatch(/mark & 0x90002 = 0x90002\s*met once/);
    await page.getByRole('button', { name: 'any drop' }).click();
    expect(await page.getByRole('list', { name: 'Breakpoints' }).innerText()).toContain('not met by this packet');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove the breakpoint any drop' }).click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+z');
    expect(await page.getByRole('button', { name: '2 breakpoints' }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('Space plays up to a breakpoint; on a button it presses the button; only changes and stops are spoken', async () => {
    const { page, complaints } = await open(`${FORWARD}?stop=bit+19&step=1`);
    await page.getByRole('button', { name: '1 breakpoint' }).click();
    await page.getByRole('button', { name: '4×' }).click();
    await page.keyboard.press('Escape');
    const said = page.evaluate(
      () =>
        new Promise<string[]>((done) => {
          const region = document.querySelector('[data-testid=narration]') as HTMLElement;
          const texts: string[] = [];
          new MutationObserver(() => {
            texts.push(region.textContent ?? '');
            if (region.textContent?.includes('Stopped at')) done(texts);
          }).observe(region, { childList: true, characterData: true, subtree: true });
        }),
    );
    await page.getByRole('slider').focus();
    await page.keyboard.press('Space');
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(1);
    const texts = await said;
    expect(await stepOf(page)).toContain('nat OVN-NAT-PSUBNET-aa98851157c5 rule 1');
    await page.getByRole('button', { name: 'Play' }).waitFor();
    // Misses and returns are passed over.
    expect(texts.filter((text) => /did not match|end of the chain, back/.test(text))).toEqual([]);
    expect(texts.length).toBeGreaterThan(1);
    await page.getByRole('button', { name: 'Previous step' }).focus();
    const before = await stepOf(page);
    await page.keyboard.press('Space');
    expect(await stepOf(page)).not.toBe(before);
    expect(await page.getByRole('button', { name: 'Play' }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a phone has it all behind two buttons, large enough for fingers', async () => {
    const { page, complaints } = await open(`${FORWARD}?lang=zh`, { width: 390, height: 844, locale: 'zh-CN', colorScheme: 'dark' });
    await page.getByRole('button', { name: '播放' }).click();
    await page.getByRole('button', { name: '暂停' }).click();
    await page.getByRole('button', { name: '断点' }).click();
    await page.getByRole('button', { name: 'any nat' }).click();
    expect(await page.getByRole('list', { name: '断点列表' }).innerText()).toContain('any nat');
    await page.getByRole('button', { name: 'any drop' }).click();
    await page.locator('.breakpoint-list li').nth(1).waitFor();
    // All of it: how it plays is set below the breakpoints.
    expect(await page.locator('.breakpoints').evaluate((panel) => panel.scrollHeight - panel.clientHeight)).toBe(0);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    for (const button of await page.locator('.steps-buttons button').all()) {
      const box = await button.boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });
});
