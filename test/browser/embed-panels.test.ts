/** A figure with some of its panels, in columns of any width: nothing is cut off, and nothing is empty. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { giveBack, lendPage } from './open-page.ts';

const FORWARD = 'kube-ovn-installed/p43-policy-forward';

describe.skipIf(!chromiumPath)('panels of a figure', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  /** As the loader frames it: as high as it says that it is. */
  async function open(width: number, query: string, language: 'en' | 'zh' = 'en'): Promise<Page> {
    const { page } = await lendPage(browser, { width: width + 32, height: 900 });
    await page.goto(`${inject('address')}embed/index.html`);
    await page.setContent(
      `<html lang="${language}"><body style="margin:0"><figure data-packetwalk="${FORWARD}" data-activate="auto" ${query} style="margin:0;width:${width}px"></figure><script src="${inject('address')}embed/loader.js"></script></body></html>`,
    );
    return page;
  }

  const inFrame = async <T>(page: Page, read: () => T): Promise<T> => {
    const frame = await (await page.waitForSelector('figure[data-packetwalk-live] iframe')).contentFrame();
    if (!frame) throw new Error('no frame');
    await frame.locator('.embed').waitFor();
    return frame.evaluate(read);
  };

  test.each([
    [600, false, 560],
    [679, false, 560],
    [680, true, 480],
  ])('%i pixels wide the arrangement is the one that its height is for, and shows all bits of a mark', async (width, wide, height) => {
    const page = await open(width, 'data-panels="rules,why,bits,path"');
    const found = await inFrame(page, () => {
      const bits = document.querySelector('.bits-scroll');
      return { wide: document.querySelector<HTMLElement>('.embed')?.dataset.wide, height: window.innerHeight, hidden: bits ? bits.scrollWidth - bits.clientWidth : 0 };
    });
    expect(found).toEqual({ wide: String(wide), height, hidden: 0 });
    await giveBack(page);
  });

  test.each(['en', 'zh'] as const)('where why alone is shown and it is narrow, what led to the verdict is whole, beside the question (%s)', async (language) => {
    const page = await open(320, 'data-panels="why"', language);
    const found = await inFrame(page, () => {
      const head = document.querySelector('.embed-head')?.getBoundingClientRect();
      const causes = [...document.querySelectorAll('.causes li')].map((one) => one.getBoundingClientRect());
      const asks = document.querySelector('.why-not-button')?.getBoundingClientRect();
      return { causes: causes.length, outside: causes.filter(({ bottom, right }) => bottom >= (head?.bottom ?? 0) || right > (head?.right ?? 0)).length, asks: asks?.height ?? 0 };
    });
    expect(found.causes).toBe(3);
    expect(found.outside).toBe(0);
    expect(found.asks).toBeGreaterThanOrEqual(24);
    expect(found.asks).toBeLessThanOrEqual(44);
    await giveBack(page);
  });

  test.each([
    ['data-panels="path"', 320],
    ['data-panels="path"', 720],
    ['data-panels="bits" data-controls="none"', 320],
    ['data-panels="path,bits" data-controls="min"', 720],
  ])('%s, %i pixels wide: it is as high as what is in it', async (query, width) => {
    const page = await open(width, query);
    const { empty, cut, bits } = await inFrame(page, () => {
      const ends = [...document.querySelectorAll('.embed-head, .embed .path, .bits-scroll')].map((one) => one.getBoundingClientRect().bottom);
      const below = document.querySelector('.embed-steps')?.getBoundingClientRect().top ?? window.innerHeight;
      const grid = document.querySelector('.bits-scroll');
      return { empty: below - Math.max(...ends), cut: document.documentElement.scrollHeight - window.innerHeight, bits: grid ? grid.scrollWidth - grid.clientWidth : 0 };
    });
    expect(cut).toBe(0);
    expect(empty).toBeGreaterThanOrEqual(0);
    expect(empty).toBeLessThan(32);
    expect(bits).toBe(0);
    await giveBack(page);
  });

  test('where the picture is higher than a screen the button stands above it: what it shows begins where it was', async () => {
    const { page } = await lendPage(browser, { width: 320, height: 640 });
    await page.goto(`${inject('address')}embed/index.html`);
    const picture = `${inject('address')}embed/svg/${FORWARD}.en.narrow.svg`;
    await page.setContent(
      `<html lang="en"><body style="margin:0"><p style="height:300px"></p><figure data-packetwalk="${FORWARD}" style="margin:0"><img src="${picture}" width="400" alt=""></figure><p style="height:900px"></p><script src="${inject('address')}embed/loader.js"></script></body></html>`,
    );
    const button = page.locator('.packetwalk-start');
    await button.scrollIntoViewIfNeeded();
    await button.click();
    const frame = await (await page.waitForSelector('figure[data-packetwalk-live] iframe')).contentFrame();
    await frame?.getByTestId('verdict').waitFor();
    const top = await page.locator('figure iframe').evaluate((element) => element.getBoundingClientRect().top);
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(560);
    await giveBack(page);
  });
});
