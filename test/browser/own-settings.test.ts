/** What people set for themselves: larger letters, spacing of their own, a finger instead of a mouse. All of the page is there, and in reach. */

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { chromiumPath, launchBrowser, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const FRAME = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** Boxes that hold more than they have room for. */
const overfull = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.verdict, .stop, .stage, .virtual-row, .steps, .button, .switch button, .tabs button, .packet .field')]
      .filter((box) => box.checkVisibility() && !box.matches('.bar-choose'))
      .filter((box) => box.scrollHeight > box.clientHeight + 3 || box.scrollWidth > box.clientWidth + 3)
      .map((box) => `${box.className} ${box.scrollWidth} × ${box.scrollHeight} in ${box.clientWidth} × ${box.clientHeight}: ${box.textContent?.slice(0, 60)}`),
  );

/** Pairs of them that lie over each other. */
const overlaps = (page: Page, selector: string) =>
  page.locator(selector).evaluateAll((all) => {
    const boxes = all.map((one) => one.getBoundingClientRect());
    return boxes.flatMap((a, i) =>
      boxes
        .slice(i + 1)
        .flatMap((b, j) =>
          Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1
            ? [`${all[i]?.textContent} and ${all[i + 1 + j]?.textContent}`]
            : [],
        ),
    );
  });

async function drop(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'mine.save', { type: 'text/plain' }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, text);
  await page.getByTestId('verdict').filter({ hasText: 'Unknown' }).waitFor();
}

describe.skipIf(!chromiumPath)('what people set', () => {
  let browser: Browser;
  let large: Browser;
  beforeAll(async () => {
    [browser, large] = await Promise.all([sharedBrowser(), launchBrowser(['--blink-settings=defaultFontSize=24'])]);
  });
  afterAll(() => large.close());

  test('letters half as large again: the arrangement of a page so much narrower, and nothing runs out of its box', async () => {
    const page = await large.newPage({ reducedMotion: 'reduce' });
    for (const [width, height, frame] of [
      [2560, 1440, 'desktop'],
      [1440, 900, 'tablet'],
      [1100, 768, 'tablet'],
      [768, 1024, 'phone'],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.goto('about:blank');
      await page.goto(`${inject('address')}${FORWARD}`);
      await page.locator('.virtual-row [aria-current=step]').or(page.locator('#tab-rules')).first().waitFor();
      await page.locator('.stop').or(page.locator('#tab-path')).first().waitFor();
      if (frame === 'phone') await page.locator('#tab-rules').click();
      await page.locator('.virtual-row').first().waitFor();
      await page.evaluate(FRAME);
      expect(await page.locator('.page').getAttribute('data-frame')).toBe(frame);
      expect(
        await page
          .locator('.rule-number')
          .first()
          .evaluate((number) => Number.parseFloat(getComputedStyle(number).fontSize)),
        `${width}`,
      ).toBeGreaterThan(19);
      expect(await overfull(page), `${width}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), `${width}`).toBeLessThanOrEqual(width);
    }
    await page.close();
  });

  test.each([1440, 800])('lines, letters and paragraphs as far apart as WCAG 1.4.12 has them, %i px wide: the answer is there', async (width) => {
    const { page } = await openPage(browser, FORWARD, { width });
    await page.locator('.why-not-button, [data-why-not]').first().waitFor();
    await page.addStyleTag({
      content: '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
    });
    await page.getByLabel('source', { exact: true }).fill('10.0.11.130');
    await page.locator('.verdict-note').waitFor();
    const { verdict, text } = await page.evaluate(() => ({
      verdict: document.querySelector('.verdict')?.getBoundingClientRect(),
      text: document.querySelector('.verdict-text')?.getBoundingClientRect(),
    }));
    expect(text?.top).toBeGreaterThanOrEqual(verdict?.top ?? Number.NaN);
    expect(text?.bottom).toBeLessThanOrEqual(verdict?.bottom ?? Number.NaN);
    // What comes after it is scrolled to.
    await page.locator('.verdict-note .link').scrollIntoViewIfNeeded();
    await page.locator('.verdict-note .link').click({ trial: true });
    // The sentence of the step lies over no button.
    expect(await overlaps(page, '.steps-sentence, .step-button')).toEqual([]);
    await giveBack(page);
  });

  test.each([
    [1440, 'en-GB'],
    [1366, 'zh-CN'],
    [768, 'en-GB'],
    [390, 'en-GB'],
    [390, 'zh-CN'],
  ])('with letters that far apart the step and how many there are is whole, %i px wide, %s', async (width, locale) => {
    const { page } = await openPage(browser, FORWARD, { width, locale });
    const count = page.locator(width < 720 ? 'output.steps-count' : '.steps-at');
    await count.getByText('28').waitFor();
    await page.addStyleTag({ content: '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }' });
    const lines = await count.evaluate((element) => {
      const text = document.createRange();
      text.selectNodeContents(element);
      const { left, right } = text.getBoundingClientRect();
      // Painted to its end: nothing lies over it, nothing cuts it.
      const middle = element.getBoundingClientRect().top + element.getBoundingClientRect().height / 2;
      const beside = [...document.querySelectorAll('.steps button')]
        .map((one) => one.getBoundingClientRect())
        .filter((one) => one.left < right - 1 && one.right > left + 1 && one.top < middle && one.bottom > middle);
      return [new Set([...text.getClientRects()].map(({ top }) => Math.round(top))).size, beside.length];
    });
    expect(lines).toEqual([1, 0]);
    await giveBack(page);
  });

  test('a finger: every value of the state and the step that wrote it has 44 pixels each way', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(`${inject('address')}${FORWARD}?step=21`);
    await page.locator('#tab-state').tap();
    await page.locator('.state-writer').first().waitFor();
    const sizes = await page
      .locator('.state :is(.state-value, .state-writer)')
      .evaluateAll((all) => all.map((one) => [(one as HTMLElement).offsetWidth, (one as HTMLElement).offsetHeight]));
    expect(sizes.length).toBeGreaterThan(20);
    expect(sizes.filter(([width = 0, height = 0]) => width < 44 || height < 44)).toEqual([]);
    expect(await overlaps(page, '.state :is(.state-value, .state-writer)')).toEqual([]);
    await context.close();
  });

  test('what stands close together does not lie over its neighbour, and no option is broken at its hyphens, on a phone', async () => {
    const { page, complaints } = await openPage(browser, FORWARD, { width: 390, height: 844 });
    await drop(
      page,
      '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m nosuch --thing 1 -j DROP\nwhat is this\n-A FORWARD -p tcp --no-such-option 3 -j DROP\n-A FORWARD -m addrtype --src-type LOCAL,UNICAST,BROADCAST --limit-iface-in -m recent --name a-list --rcheck --hitcount 4 --seconds 60 -j SET --add-set the-pods-of-this-node src --exist --timeout 3600\nCOMMIT\n',
    );
    await page.locator('#tab-rules').click();
    await page.locator('.virtual-row').first().waitFor();
    const broken = await page
      .locator('.rule .unbroken')
      .evaluateAll((all) => all.filter((one) => one.getClientRects().length > 1 || one.getBoundingClientRect().height > 24).map((one) => one.textContent));
    expect(broken).toEqual([]);
    expect(await page.locator('.rule .unbroken').allTextContents()).toEqual(expect.arrayContaining(['src-type', 'limit-iface-in', '--add-set', '--timeout']));
    expect(await overlaps(page, '.rules > .panel-head :is(.rules-problems, .switch button, .stack)')).toEqual([]);
    await page.locator('#tab-why').click();
    await page.locator('.copies .link').first().waitFor();
    expect(await overlaps(page, '.copies .link')).toEqual([]);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a packet that cannot be read leaves the last answer dim, and legible', async () => {
    const { page } = await openPage(browser, FORWARD);
    await page.getByLabel('source', { exact: true }).fill('10.0.11.');
    await page.locator('.packet-list[data-stale=true]').waitFor();
    expect(await violations(page, '.packet', '.verdict')).toEqual([]);
    await giveBack(page);
  });
});
