/** The lines between panels: moved by dragging, by keys and by buttons, kept over a reload, and put back. The page's own arrows step meanwhile nowhere. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

/** All panels are there. */
const whole = (page: Page): Promise<void> => page.locator('.state .panel-body').waitFor();
const height = (page: Page, part: string): Promise<number> => page.locator(part).evaluate((element) => element.getBoundingClientRect().height);
const width = (page: Page, part: string): Promise<number> => page.locator(part).evaluate((element) => element.getBoundingClientRect().width);

describe.skipIf(!chromiumPath)('the lines between panels', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('by keys: the line says where it stands, and no step is taken', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    await whole(page);
    const line = page.getByRole('separator', { name: 'Line between Why and State' });
    const step = await page.getByTestId('narration').innerText();
    const before = await height(page, '.why');
    await line.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await line.getAttribute('aria-valuenow')).toBe('60');
    const after = await height(page, '.why');
    expect(after).toBeLessThan(before - 20);
    expect(await page.getByTestId('narration').innerText()).toBe(step);
    // It is the person's: another visit finds it.
    await page.reload();
    await whole(page);
    expect(Math.abs((await height(page, '.why')) - after)).toBeLessThan(2);
    await line.focus();
    await page.keyboard.press('Enter');
    expect(Math.abs((await height(page, '.why')) - before)).toBeLessThan(2);
    await page.keyboard.press('End');
    expect(await line.getAttribute('aria-valuenow')).toBe(await line.getAttribute('aria-valuemax'));
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('by its buttons, and by dragging', async () => {
    const { page } = await openPage(browser, FORWARD, { width: 1200, height: 760 });
    await whole(page);
    const line = page.getByRole('separator', { name: 'Line between Rules and Why' });
    const before = await width(page, '.side');
    await line.hover({ position: { x: 3, y: 40 } });
    await page.getByRole('button', { name: 'More room for Why and State' }).click();
    const after = await width(page, '.side');
    expect(after).toBeGreaterThan(before + 24);
    const box = await line.boundingBox();
    if (!box) throw new Error('the line has no place');
    await page.mouse.move(box.x + 3, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + 103, box.y + 40, { steps: 4 });
    await page.mouse.up();
    expect(Math.abs(after - (await width(page, '.side')) - 100)).toBeLessThan(16);
    await page.mouse.move(10, 10);
    await line.dblclick({ position: { x: 3, y: 40 } });
    expect(Math.abs((await width(page, '.side')) - before)).toBeLessThan(2);
    await giveBack(page);
  });

  test('where it is low, the reason has most of the room', async () => {
    const { page } = await openPage(browser, FORWARD, { width: 1366, height: 768 });
    await whole(page);
    expect((await height(page, '.why')) / (await height(page, '.side'))).toBeGreaterThan(0.75);
    await giveBack(page);
  });
});
