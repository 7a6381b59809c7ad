/**
 * The path map in a real browser: passes, reasons by name, the keyboard, packets that a packet caused; nothing moves on a
 * step. The scenarios' fates were recorded from real kernels (the scenario files say so).
 */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { looks } from '../support/looks.ts';
import { giveBack, inEachLook, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';
const IPVS = '#/s/kube-ovn-ipvs/p25-pod-to-cluster-ip';
const PROBE = '#/s/kube-ovn-tproxy/p51-probe-syn';
const REFUSED = '#/s/kube-ovn-ipvs/p26-wrong-port';
const FRAMES = [
  { name: 'desktop', width: 1440, height: 900 },
  { name: 'laptop', width: 1280, height: 720 },
  { name: 'tablet', width: 1024, height: 768 },
  { name: 'phone', width: 390, height: 844 },
] as const;

describe.skipIf(!chromiumPath)('the path', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  async function open(link: string, options: PageOptions = {}): Promise<{ page: Page; complaints: string[]; path: ReturnType<Page['locator']> }> {
    const opened = await openPage(browser, link, options);
    if ((options.width ?? 1440) < 720) {
      await opened.page.getByRole('tab').first().click();
      // Arrows would go from tab to tab.
      await opened.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    }
    const path = opened.page.locator('#region-path');
    await path.locator('.stop[data-state="now"], .stage[data-now="true"]').first().waitFor();
    return { ...opened, path };
  }
  const stepOf = async (page: Page): Promise<number> => Number(/\d+/.exec((await page.getByRole('slider').getAttribute('aria-valuetext')) ?? '')?.[0]);

  test.each([
    [768, 'en-GB', FORWARD],
    [768, 'zh-CN', FORWARD],
    [820, 'en-GB', IPVS],
  ])('on a tablet what explains the way is whole, wherever the way is scrolled to: %i px wide, %s', async (width, locale, link) => {
    const { page, path } = await open(link, { width, height: 1024, locale });
    for (const to of [0, 100_000]) {
      const places = await path.evaluate((box, left) => {
        box.scrollLeft = left;
        const [outer, legend, now] = [box, box.querySelector('.legend-button'), box.querySelector('.stop[data-state="now"]')].map((one) => one?.getBoundingClientRect());
        const at = legend && document.elementFromPoint(legend.right - 2, (legend.top + legend.bottom) / 2);
        return { outer, legend, now, isSeen: at?.className.includes('legend-button') };
      }, to);
      // The way fades in its last 20 pixels.
      expect(places.legend?.right).toBeLessThanOrEqual((places.outer?.right ?? 0) - 19);
      expect(places.legend?.left).toBeGreaterThan(places.outer?.left ?? Number.NaN);
      expect(places.isSeen).toBe(true);
    }
    // The stop of a step does not come to lie below it.
    for (const key of ['Home', 'End']) {
      await page.locator('body').press(key);
      const [now, legend] = await Promise.all([path.locator('[data-state="now"], .stage[data-now="true"]').first().boundingBox(), path.locator('.legend-button').boundingBox()]);
      expect((now?.x ?? 0) + (now?.width ?? 0), key).toBeLessThanOrEqual(legend?.x ?? 0);
    }
    await giveBack(page);
  });

  test('a request to a virtual server: two passes, each with its way, and a switch between them', async () => {
    const { page, path, complaints } = await open(`${IPVS}?step=1`);
    const [first, second] = [path.getByRole('button', { name: '1 ovn0 ▸ IPVS' }), path.getByRole('button', { name: '2 IPVS ▸ ovn0' })];
    expect(await first.getAttribute('aria-pressed')).toBe('true');
    expect(await path.getByRole('button', { name: 'INPUT nat: not reached, IPVS sent the packet on before; snat' }).count()).toBe(1);
    expect(await path.getByRole('button', { name: 'OUTPUT filter: not in this pass, but in pass 2' }).count()).toBe(1);
    await second.click();
    expect(await second.getAttribute('aria-pressed')).toBe('true');
    expect(await path.getByRole('button', { name: 'OUTPUT conntrack: skipped, the packet has its entry already' }).count()).toBe(1);
    expect(await path.getByRole('button', { name: 'OUTPUT filter: taken' }).count()).toBe(1);
    expect(await path.getByRole('button', { name: 'OUTPUT IPVS: skipped, IPVS has dealt with the packet already' }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('pressing a stop leads to its first step; again, to the next visit', async () => {
    const { page, path } = await open('#/s/kube-ovn-ipvs/p28-node-to-cluster-ip?step=1');
    const mangle = path.getByRole('button', { name: /^OUTPUT mangle:/ });
    await mangle.click();
    const first = await stepOf(page);
    await mangle.click();
    const second = await stepOf(page);
    expect(second).toBeGreaterThan(first);
    expect(await path.getByRole('button', { name: /^2 IPVS/ }).getAttribute('aria-pressed')).toBe('true');
    await mangle.click();
    expect(await stepOf(page)).toBe(first);
    await giveBack(page);
  });

  test('reasons are read out in Chinese too; a probe goes round by lo', async () => {
    const { page, path } = await open(`${PROBE}?lang=zh`);
    expect(await path.getByRole('button', { name: 'PREROUTING nat：跳过，conntrack 已有 NAT 决定；dnat' }).count()).toBe(1);
    expect(
      (await path.getByRole('button', { name: 'PREROUTING TPROXY：当前步骤在此' }).count()) + (await path.getByRole('button', { name: 'PREROUTING TPROXY：已经过' }).count()),
    ).toBe(1);
    expect(await path.getByRole('button', { name: '2 lo ▸ 进程' }).count()).toBe(1);
    await giveBack(page);
  });

  test('by keyboard: one stop for Tab, arrows from stop to stop without stepping, Enter goes', async () => {
    const { page, path } = await open(`${IPVS}?step=18`);
    const before = await stepOf(page);
    const focused = (): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? null);
    expect(await path.locator('.map-stages [tabindex="0"]').count()).toBe(1);
    await path.locator('.map-stages [tabindex="0"]').focus();
    expect(await focused()).toMatch(/^INPUT IPVS/);
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toMatch(/^INPUT security: skipped, the node has no such table/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowUp');
    expect(await focused()).toMatch(/^(PREROUTING|◇ route)/);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^INPUT/);
    expect(await stepOf(page)).toBe(before);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toMatch(/^PREROUTING conntrack/);
    await page.keyboard.press('Enter');
    expect(await stepOf(page)).toBe(1);
    await giveBack(page);
  });

  test('REJECT’s answer can be followed, has a link of its own, and leads back', async () => {
    const { page, path, complaints } = await open(REFUSED);
    expect(await path.getByRole('button', { name: /^INPUT filter: .*it makes another packet here; the packet ends here; priority 0$/ }).count()).toBe(1);
    const before = await stepOf(page);
    await path.getByRole('button', { name: 'Made at INPUT filter: answer of REJECT → 10.16.0.10. Follow it.' }).click();
    await path.getByRole('button', { name: /^OUTPUT filter: taken/ }).waitFor();
    expect(await path.getByRole('button', { name: /^INPUT filter: not reached/ }).count()).toBe(1);
    await page.waitForFunction(() => location.hash.includes('caused=1'));
    await page.reload();
    await path.getByRole('button', { name: /^OUTPUT filter: taken/ }).waitFor();
    await path.getByRole('button', { name: /Back to packet 1/ }).click();
    await path.getByRole('button', { name: /^INPUT filter/ }).waitFor();
    expect(await stepOf(page)).toBe(before);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  for (const { name, width, height } of FRAMES)
    test(`${name}: no step moves anything on the way`, async () => {
      const { page } = await open(`${IPVS}?step=1`, { width, height });
      const moved = await page.evaluate(async () => {
        const region = document.querySelector('#region-path') as HTMLElement;
        /** Places within the way itself: the strip scrolls in its slot. */
        const places = (): string => {
          const own = (region.querySelector('.strip, .rail, .map') as HTMLElement).getBoundingClientRect();
          const slot = region.getBoundingClientRect();
          return JSON.stringify([
            [slot.x, slot.y, slot.width, slot.height],
            [...region.querySelectorAll(':is(.map-stages, .strip-stage) .stop, .stage, .hook, .strip-pass, .caused, .pass')].map((one) => {
              const box = one.getBoundingClientRect();
              return [box.x - own.x, box.y - own.y, box.width, box.height].map(Math.round);
            }),
          ]);
        };
        const first = places();
        const wrong: string[] = [];
        let steps = 1;
        for (; steps < 37; steps++) {
          document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
          await new Promise(requestAnimationFrame);
          await new Promise(requestAnimationFrame);
          if (places() !== first) wrong.push(`step ${steps + 1}: ${places()}`);
          // What the step is at is in sight.
          const at = region.querySelector('.stop[data-state="now"], .stage[data-now="true"]')?.getBoundingClientRect();
          const slot = region.getBoundingClientRect();
          if (at && !(at.left >= slot.left - 1 && at.right <= slot.right + 1 && at.top >= slot.top - 1 && at.bottom <= slot.bottom + 1))
            wrong.push(`step ${steps + 1} is out of sight`);
        }
        return { wrong, at: Number((document.querySelector('.steps input[type=range]') as HTMLInputElement | null)?.value ?? 36) };
      });
      expect(moved).toEqual({ wrong: [], at: 36 });
      await giveBack(page);
    });

  test('every size, both languages, both themes: text fits its stop, targets are large enough, axe has nothing to say', async () => {
    await inEachLook(
      browser,
      `${IPVS}?step=30`,
      looks(...FRAMES.map(({ width, height }) => [width, height] as const)),
      async (page, { width }, look, axe) => {
        if (width < 720) await page.getByRole('tab').first().click();
        const path = page.locator('#region-path');
        await path.locator('.stop[data-state="now"], .stage[data-now="true"]').first().waitFor();
        const cramped = await path.evaluate(
          (region, least) => {
            const buttons = [...region.querySelectorAll<HTMLElement>('button')];
            return buttons
              .filter((one) => one.offsetHeight < least || (one.classList.contains('stop') && one.scrollWidth > one.clientWidth + 6))
              .map((one) => one.outerHTML.slice(0, 120));
          },
          width < 720 ? 44 : 24,
        );
        expect(cramped, look).toEqual([]);
        expect(await axe(page, '#region-path'), look).toEqual([]);
      },
      { anew: false },
    );
  });

  test('the sign at a stop lies over neither a name nor a priority', async () => {
    const covered = (page: Page) =>
      page.locator('#region-path').evaluate((region) => {
        const texts = [...region.querySelectorAll('.stop-name, .hook-title')].map((element) => {
          const range = document.createRange();
          range.selectNodeContents(element);
          const { left, right, top, bottom } = range.getBoundingClientRect();
          // Its capitals stand on the line: what letters have below it is empty.
          return { text: element.textContent, box: { left, right, top, bottom: element.matches('.hook-title') ? bottom - 3 : bottom } };
        });
        return [...region.querySelectorAll('.stop .stop-badge')].flatMap((badge) => {
          const sign = badge.getBoundingClientRect();
          return texts
            .filter(({ box }) => Math.min(sign.right, box.right) - Math.max(sign.left, box.left) > 1 && Math.min(sign.bottom, box.bottom) - Math.max(sign.top, box.top) > 1)
            .map(({ text }) => `${badge.textContent} over ${text}`);
        });
      });
    for (const { name, width, height } of FRAMES) {
      const { page } = await open('#/s/kube-ovn-installed/p17-invalid-rst', { width, height });
      expect(await page.locator('#region-path .stop .stop-badge').count(), name).toBe(1);
      expect(await covered(page), name).toEqual([]);
      await giveBack(page);
    }
  });

  test('the legend says what is not on the map, and closes with Escape', async () => {
    const { page, path } = await open(IPVS);
    await path.getByRole('button', { name: 'Legend' }).click();
    await page.getByText('Not modelled: tc, XDP, Open vSwitch itself, ebtables.').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByText('Not modelled: tc').isVisible()).toBe(false);
    await giveBack(page);
  });

  test('the legend is whole, inside the window, in its own colours, whatever it is opened from', async () => {
    await inEachLook(
      browser,
      IPVS,
      looks([1440, 900], [1280, 720], [768, 1024], [390, 844]),
      async (page, { width, height, locale }, look) => {
        if (width < 720) await page.getByRole('tab').first().click();
        await page.getByRole('button', { name: locale === 'zh-CN' ? '图例' : 'Legend' }).click();
        const legend = page.locator('#path-legend');
        // It is put beside its button once it is open.
        await expect
          .poll(
            async () => {
              const box = await legend.boundingBox();
              return box && [box.x, box.y, width - box.x - box.width, height - box.y - box.height].filter((room) => room < 0);
            },
            { message: look },
          )
          .toEqual([]);
        expect(await legend.evaluate((all) => [all.scrollWidth - all.clientWidth, all.scrollHeight - all.clientHeight]), look).toEqual([0, 0]);
        const colours = (await legend.locator('a, p').evaluateAll((all) => all.map((one) => getComputedStyle(one).color))).slice(-2);
        expect(colours[1], look).toBe(await page.locator('.legend-button').evaluate((one) => getComputedStyle(one).color));
        await page.keyboard.press('Escape');
      },
      { anew: false },
    );
  });
});
