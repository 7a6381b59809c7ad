/** The built page starts: as served, in a real browser, without a complaint and without asking any other host. */

import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, newPage, sharedBrowser } from '../support/browser.ts';

describe.skipIf(!chromiumPath)('the page starts', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('it has its title and a heading, and nothing complains', async () => {
    const { page, complaints } = await newPage(browser);
    await page.goto(inject('address'));
    await page.locator('h1').first().waitFor();
    expect(await page.title()).toContain('Packetwalk');
    expect(complaints).toEqual([]);
  });

  test.each([
    [1440, 900],
    [1200, 800],
    [800, 1000],
    [390, 844],
  ])('nothing of it moves while it comes, at %i x %i', async (width, height) => {
    const { page } = await newPage(browser, { width, height });
    await page.addInitScript(() => {
      const moved: string[] = [];
      Object.assign(globalThis, { moved });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const { value, sources } = entry as unknown as { value: number; sources: readonly { node: Element | null }[] };
          moved.push(`${sources.map(({ node }) => node?.className).join()} ${value}`);
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(inject('address'));
    await page.locator('.rule-row').first().waitFor();
    await page.waitForLoadState('networkidle');
    expect(await page.evaluate(() => (globalThis as unknown as { moved: string[] }).moved)).toEqual([]);
  });

  test.each([
    ['en-GB', 'The rest of the page could not be fetched. Check the network, then reload.'],
    ['zh-CN', '页面的其余部分无法载入。请检查网络，然后重新载入。'],
  ])('where its script cannot be had it says so, once (%s)', async (locale, words) => {
    const { page } = await newPage(browser, { locale });
    await page.route(/assets\/(index|libraries)-/, (route) => route.abort());
    await page.goto(inject('address'));
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').allInnerTexts()).toEqual([words]);
    expect(await page.locator('.early').innerText()).toContain('SNAT');
    await page.context().close();
  });

  test('while its script is on its way, fonts are looked up and nothing of it is seen', async () => {
    const { page, complaints } = await newPage(browser, { width: 390, height: 844 });
    let go = (): void => {};
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await page.route('**/assets/index-*.js', (route) => held.then(() => route.continue()));
    await page.goto(inject('address'), { waitUntil: 'commit' });
    const verdict = page.locator('.early');
    await verdict.waitFor();
    const before = await verdict.boundingBox();
    await expect.poll(() => page.locator('.fonts span').count()).toBe(18);
    expect(await page.locator('#root').innerText()).toBe(await verdict.innerText());
    expect(await page.locator('.fonts').evaluate((fonts) => [getComputedStyle(fonts).visibility, fonts.clientHeight, fonts.ariaHidden])).toEqual(['hidden', 0, 'true']);
    // Of the page's own styles, which stand behind that script: else the wrong fonts are looked up.
    const families = (selector: string): Promise<string> =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).fontFamily);
    expect(await families('.fonts span:last-child')).toContain('monospace');
    expect(await verdict.boundingBox()).toEqual(before);
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(844);
    go();
    await page.locator('h1').first().waitFor();
    expect(await page.locator('.fonts').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test.each([
    ['a phone', 390],
    ['a desktop', 1440],
  ])('on %s it can be stepped through as soon as it is seen, whatever has not come of it; that comes when it can', async (_, width) => {
    const { page } = await newPage(browser, { width, height: 900 });
    let fails = true;
    let asked = 0;
    await page.route('**/assets/rest-*.js', (route) => {
      asked++;
      return fails ? route.abort() : route.continue();
    });
    await page.goto(`${inject('address')}#/s/kube-ovn-installed/p43-policy-forward`);
    const said = page.getByTestId('narration');
    await said.getByText(/^Step 26 /).waitFor({ state: 'attached' });
    await page.keyboard.press('ArrowLeft');
    await said.getByText(/^Step 25 /).waitFor({ state: 'attached' });
    expect(asked).toBeGreaterThan(0);
    expect(await page.locator('.state-fields').count()).toBe(0);
    if (width < 720) await page.locator('#tab-why').click();
    // An empty place would be taken for an empty answer.
    await page.locator('.why').getByText('Loading…').waitFor();
    fails = false;
    await page.locator('#region-why').getByText('OVN-POSTROUTING').first().waitFor();
    if (width < 720) await page.locator('#tab-state').click();
    await page.locator('.state-fields').first().waitFor();
    expect(await page.locator('.state-step').textContent()).toContain('25');
    expect(await page.getByText('Loading…').count()).toBe(0);
  });

  test('while a scenario is on its way the steps say so, and do not ask for one', async () => {
    const { page } = await newPage(browser, { width: 1440, height: 900 });
    let go = (): void => {};
    const held = new Promise<void>((done) => {
      go = done;
    });
    await page.route('**/examples/kube-ovn-installed/**', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${inject('address')}#/s/kube-ovn-installed/p43-policy-forward`);
    await page.locator('.steps').getByText('Loading…').waitFor();
    expect(await page.getByText('choose a scenario').count()).toBe(0);
    go();
    await page.getByRole('slider').waitFor();
    expect(await page.locator('.steps').getByText('Loading…').count()).toBe(0);
  });
});
