/**
 * The embed inside other people's pages: sandboxed, several on a long page of another origin, with its theme, its
 * languages and its instant navigation. Above all what it must not do there. Verdicts were recorded from a real kernel.
 */

import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { violations } from '../support/axe.ts';
import { chromiumPath, newPage, type PageOptions, sharedBrowser } from '../support/browser.ts';
import { looks } from '../support/looks.ts';
import { FIGURES, serveSite, type Site } from './material-site.ts';
import { giveBack, lendPage } from './open-page.ts';

const built = existsSync('dist/page/embed/embed.js');
const gzipped = (file: string): number => gzipSync(readFileSync(`dist/page/embed/${file}`)).length;

interface Received {
  readonly type: string;
  readonly figure?: string;
  readonly id?: string;
  readonly [key: string]: unknown;
}

const received = (page: Page): Promise<Received[]> => page.evaluate(() => (window as unknown as { received: Received[] }).received);
const scrolled = (page: Page): Promise<number> => page.evaluate(() => Math.round(scrollY));
const focused = (page: Page): Promise<string> => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.id}`.trim());
const verdict = (frame: Frame): Promise<string> => frame.getByTestId('verdict').innerText();
const count = (frame: Frame): Promise<string> => frame.locator('.embed-count').innerText();

/** The frame of a figure, once it is live. */
async function frameOf(page: Page, scenario: string): Promise<Frame> {
  const element = await page.waitForSelector(`figure[data-packetwalk="${scenario}"][data-packetwalk-live] iframe`);
  const frame = await element.contentFrame();
  if (!frame) throw new Error('no frame');
  await frame.getByTestId('verdict').waitFor();
  return frame;
}

async function plainFrame(page: Page): Promise<Frame> {
  const frame = await (await page.waitForSelector('#plain')).contentFrame();
  if (!frame) throw new Error('no frame');
  return frame;
}

const figureOf = (page: Page, scenario: string) => page.locator(`figure[data-packetwalk="${scenario}"]`);
const start = (page: Page, scenario: string) => figureOf(page, scenario).locator('.packetwalk-start').click();
/** Posts to the plain frame as its host. */
const post = (page: Page, message: object) =>
  page.evaluate((inner) => (document.getElementById('plain') as HTMLIFrameElement).contentWindow?.postMessage({ packetwalk: { v: 1, ...inner } }, '*'), message);
const answer = async (page: Page, accept: (message: Received) => boolean): Promise<Received> => {
  for (let turn = 0; turn < 100; turn++) {
    const found = (await received(page)).findLast(accept);
    if (found) return found;
    await page.waitForTimeout(50);
  }
  throw new Error(`no such message among ${JSON.stringify(await received(page))}`);
};

/** What was asked for has been done and painted, in the figure and then in the page around it. */
async function settled(page: Page, ...frames: readonly Frame[]): Promise<void> {
  for (const one of [...frames, page])
    await one.evaluate(async () => {
      for (let turn = 0; turn < 3; turn++)
        // A figure out of sight is not painted: there it is the turn that counts.
        await Promise.race([new Promise(requestAnimationFrame), new Promise((done) => setTimeout(done, 40))]);
      await new Promise((done) => setTimeout(done));
    });
}

describe.skipIf(!built)('what is built', () => {
  test('scripts are as small as agreed', () => {
    expect(gzipped('loader.js')).toBeLessThanOrEqual(3_000);
    expect(gzipped('embed.js')).toBeLessThanOrEqual(140_000);
    const [rules, walk] = ['data/kube-ovn-installed.node.js', 'data/kube-ovn-installed/p43-policy-forward.js'].map(gzipped);
    expect(gzipped('embed.js') + (rules ?? 0) + (walk ?? 0)).toBeLessThanOrEqual(152_500);
    expect(gzipped('index.html')).toBeLessThanOrEqual(30_000);
  });

  test('they are classic: no module, no import, no fetch', () => {
    for (const file of ['loader.js', 'embed.js', 'engine.js', 'picture.js', 'index.html']) {
      const text = readFileSync(`dist/page/embed/${file}`, 'utf8');
      expect(text, file).not.toMatch(/\bimport\s*\(|\bimport\.meta|\bexport\s*\{|type="module"/);
      expect(text, file).not.toMatch(/\bfetch\(|XMLHttpRequest|localStorage|sessionStorage|serviceWorker/);
    }
  });
});

describe.skipIf(!chromiumPath)('an embed', () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    browser = await sharedBrowser();
    site = await serveSite(inject('address'));
  });
  afterAll(() => site.close());

  async function open(path: string, options: PageOptions = {}): Promise<{ page: Page; complaints: string[] }> {
    const opened = await lendPage(browser, { height: 800, ...options });
    await opened.page.goto(`${site.address}${path}`);
    return opened;
  }

  test('works in a sandboxed frame: steps, reasons, another source by a worker', async () => {
    const { page, complaints } = await open('plain/');
    const frame = await plainFrame(page);
    await frame.getByTestId('verdict').waitFor();
    expect(await frame.evaluate(() => origin)).toBe('null');
    expect(await verdict(frame)).toContain('Not SNATed: leaves eth0 as 10.0.11.2');
    await frame.getByRole('button', { name: /mark 0x90002 \(OVN-NAT-PSUBNET-/ }).click();
    expect(await frame.getByRole('region', { name: 'Why' }).innerText()).toContain('10.0.11.2 is in');
    expect(page.workers()).toHaveLength(0);
    await frame.locator('.embed-choice select').selectOption('10.0.11.130');
    await frame.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('SNATed: leaves eth0 as 192.168.0.101'));
    expect(await frame.getByRole('region', { name: 'Verdict' }).innerText()).toContain('was: Not SNATed');
    expect(page.workers()).toHaveLength(1);
    await frame.locator('.embed-choice select').selectOption('10.0.11.2');
    await frame.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('Not SNATed'));
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('where workers are forbidden the engine runs in the frame', async () => {
    const { page } = await newPage(browser);
    page.setDefaultTimeout(15_000);
    await page.addInitScript(() => Object.defineProperty(globalThis, 'Worker', { value: undefined }));
    await page.goto(`${inject('address')}embed/index.html?activate=auto&lang=en#/s/${FIGURES[0]}`);
    await page.locator('.embed-choice select').selectOption('10.0.11.130');
    await page.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('SNATed: leaves eth0 as 192.168.0.101'));
    expect(page.workers()).toHaveLength(0);
    await giveBack(page);
  });

  test('nothing in its address makes it blank; the verdict is there before anything is loaded', async () => {
    const { page, complaints } = await open('click/');
    const frame = await plainFrame(page);
    await frame.getByText('Not SNATed: leaves eth0 as 10.0.11.2').waitFor();
    expect(await frame.locator('.embed').count()).toBe(0);
    await frame.getByRole('button', { name: 'Show why' }).click();
    await frame.getByRole('region', { name: 'Rules' }).waitFor();
    expect(await frame.getByRole('region').count()).toBe(5);
    expect(complaints).toEqual([]);
    const other = await lendPage(browser);
    await other.page.goto(`${inject('address')}embed/index.html?lang=en#/s/no-such`);
    await other.page.getByText('There is no scenario “no-such” here.').waitFor();
    expect(await other.page.getByRole('link').count()).toBeGreaterThan(100);
    await Promise.all([giveBack(page), giveBack(other.page)]);
  });

  test('three figures on a long page: nothing loads by itself, moves the page or takes the focus', async () => {
    const { page, complaints } = await open('');
    const frames: string[] = [];
    page.on('request', (request) => frames.push(request.url()));
    // Whatever the loader does when nothing is to do, it has done.
    await page.waitForSelector('.packetwalk-start');
    await page.waitForSelector('link[rel=prefetch]', { state: 'attached' });
    expect(await page.locator('iframe').count()).toBe(0);
    await page.mouse.wheel(0, 300);
    await page.waitForFunction(() => scrollY === 300);
    const before = await scrolled(page);
    for (const scenario of FIGURES) {
      // A click where it stands, without the driver scrolling it into view.
      await figureOf(page, scenario)
        .locator('.packetwalk-start')
        .evaluate((button: HTMLElement) => button.click());
      await settled(page, await frameOf(page, scenario));
    }
    expect(await scrolled(page)).toBe(before);
    expect(await focused(page)).toBe('BODY');
    expect(page.workers()).toHaveLength(0);
    const heights = await page.locator('iframe').evaluateAll((all) => all.map((frame) => frame.getBoundingClientRect().height));
    expect(heights).toEqual([480, 480, 480]);
    expect(complaints).toEqual([]);
    // Of each frame: its page, its script, the rules and the walk.
    expect(frames.filter((url) => url.includes('/embed/')).length / 3).toBeLessThanOrEqual(10);
    await giveBack(page);
  });

  test('the wheel and a finger pass to the page until one is in the figure', async () => {
    const { page } = await open('');
    await start(page, FIGURES[0]);
    const frame = await frameOf(page, FIGURES[0]);
    await figureOf(page, FIGURES[0]).scrollIntoViewIfNeeded();
    await settled(page, frame);
    const box = await figureOf(page, FIGURES[0]).locator('iframe').boundingBox();
    if (!box) throw new Error('no box');
    const before = await scrolled(page);
    await page.mouse.move(box.x + 150, box.y + 300);
    await page.mouse.wheel(0, 120);
    await page.waitForFunction((wanted) => Math.round(scrollY) === wanted, before + 120);
    expect(await frame.getByText('Back to step').count()).toBe(0);
    // Inside it the list scrolls.
    await frame.locator('.rules .panel-title').click();
    const top = await frame.locator('.rule-list').evaluate((list) => list.scrollTop);
    await page.mouse.move(box.x + 150, box.y + 300 - 120);
    await page.mouse.wheel(0, -60);
    await frame.waitForFunction((wanted) => (document.querySelector('.rule-list')?.scrollTop ?? wanted) < wanted, top);
    expect(await scrolled(page)).toBe(before + 120);
    await giveBack(page);
  });

  test('a finger that begins on the figure scrolls the page', async () => {
    const context = await browser.newContext({ viewport: { width: 400, height: 800 }, hasTouch: true, isMobile: true });
    const page = await context.newPage();
    await page.goto(site.address);
    await figureOf(page, FIGURES[0]).locator('.packetwalk-start').tap();
    await frameOf(page, FIGURES[0]);
    await figureOf(page, FIGURES[0]).evaluate((figure) => window.scrollBy(0, figure.getBoundingClientRect().top - 80));
    await settled(page, await frameOf(page, FIGURES[0]));
    const box = await figureOf(page, FIGURES[0]).locator('iframe').boundingBox();
    if (!box) throw new Error('no box');
    const before = await scrolled(page);
    const cdp = await context.newCDPSession(page);
    const finger = (type: 'touchStart' | 'touchMove' | 'touchEnd', moved: number): Promise<unknown> =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: box.x + 150, y: box.y + 350 - moved }] });
    await finger('touchStart', 0);
    for (let moved = 15; moved <= 180; moved += 15) await finger('touchMove', moved);
    await finger('touchEnd', 0);
    await page.waitForFunction((least) => scrollY > least, before + 100);
    await context.close();
  });

  test.each([390, 320])('J1 by finger on a page %i wide: a readable picture, then three taps, and the page stays where it is', async (width) => {
    const context = await browser.newContext({ viewport: { width, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce', locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(site.address);
    const figure = figureOf(page, FIGURES[0]);
    await expect.poll(() => figure.locator('img').evaluate((img: HTMLImageElement) => img.complete && img.currentSrc)).toContain(`${FIGURES[0]}.en.narrow.svg`);
    // All of a finger's targets are in view where they are: the driver is not to scroll to them.
    await figure.evaluate((element) => scrollTo(0, element.getBoundingClientRect().bottom + scrollY - innerHeight));
    const tap = async (element: ReturnType<Page['locator']>): Promise<void> => {
      const box = await element.boundingBox();
      if (!box) throw new Error('nothing to tap');
      expect(box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= 844).toBe(true);
      await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    };
    await tap(figure.locator('.packetwalk-start'));
    const frame = await frameOf(page, FIGURES[0]);
    await settled(page, frame);
    const before = await scrolled(page);
    const causes = frame.locator('.embed-head').getByRole('listitem').getByRole('button');
    expect(await causes.evaluateAll((all) => all.map((one) => one.textContent?.replace(/^\d/, '')))).toEqual([
      expect.stringMatching(/^mark 0x90002 \(OVN-NAT-PSUBNET-/),
      'OVN-POSTROUTING/10 RETURN',
      'nothing rewrites the source',
    ]);
    const slot = await frame.locator('.causes').boundingBox();
    for (const cause of await causes.all()) {
      const box = await cause.boundingBox();
      expect(box && slot && box.y >= slot.y && box.y + box.height <= slot.y + slot.height + 1 && box.x + box.width <= slot.x + slot.width + 1).toBe(true);
      expect(await cause.locator('.cause-core, .cause-text:not(:has(.cause-core))').evaluate((words) => words.scrollWidth <= words.clientWidth)).toBe(true);
    }
    await tap(causes.nth(1));
    const why = frame.getByRole('region', { name: 'Why', exact: true });
    expect(await why.innerText()).toContain('nat/OVN-POSTROUTING/10');
    expect(await why.locator('.bits').count()).toBeGreaterThan(0);
    // A list of the browser's own opens on the third tap, and there is no finger that could reach it here.
    await frame.getByRole('combobox', { name: 'source' }).selectOption('10.0.11.130');
    await frame.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('SNATed: leaves eth0 as 192.168.0.101'));
    await settled(page, frame);
    // What it says fits, and it shows where the two ways part.
    const head = await frame.locator('.embed-verdict').boundingBox();
    for (const part of ['.embed-verdict-text', '.verdict-note']) {
      const box = await frame.locator(part).boundingBox();
      expect(box && head && box.y >= head.y - 1 && box.y + box.height <= head.y + head.height + 1, part).toBe(true);
    }
    expect(await frame.getByRole('region', { name: 'Verdict' }).innerText()).toContain('first difference at step 21');
    expect(await count(frame)).toBe('21 / 29');
    expect(await frame.locator('.embed-bar').evaluateAll((bars) => bars.findIndex((bar) => bar.hasAttribute('data-differs')))).toBe(20);
    expect(await frame.locator('.notice').count()).toBe(0);
    expect(await scrolled(page)).toBe(before);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await context.close();
  });

  test('J1 by keys: three stations, and the focus goes from the button into the figure', async () => {
    const { page } = await open('zh/', { width: 720, locale: 'zh-CN' });
    const frame0 = figureOf(page, FIGURES[0]);
    await page.locator('#before').focus();
    await page.keyboard.press('Tab');
    expect(await frame0.locator('.packetwalk-start').evaluate((button) => button === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    const frame = await frameOf(page, FIGURES[0]);
    await settled(page, frame);
    expect(await focused(page)).toBe('IFRAME');
    const here = (): Promise<string> => frame.evaluate(() => document.activeElement?.textContent ?? '');
    const tabTo = async (wanted: () => Promise<boolean>): Promise<void> => {
      for (let press = 0; !(await wanted()); press++) {
        if (press === 40) throw new Error(`not reached; the focus is at "${await here()}"`);
        await page.keyboard.press('Tab');
        await settled(page);
      }
    };
    await tabTo(async () => (await here()) === '2OVN-POSTROUTING/10 RETURN');
    await page.keyboard.press('Enter');
    expect(await frame.getByRole('region', { name: '原因' }).innerText()).toContain('nat/OVN-POSTROUTING/10');
    await tabTo(() => frame.evaluate(() => document.activeElement instanceof HTMLSelectElement));
    // What has the focus shows it, though the list itself is not seen until it opens.
    expect(await frame.locator('.embed-choice-box').evaluate((box) => getComputedStyle(box).outlineStyle)).toBe('solid');
    const source = (): Promise<string> => frame.locator('.embed-choice-shown').innerText();
    for (let press = 0; press < 12 && (await source()) !== '10.0.11.130'; press++) {
      await page.keyboard.press('ArrowDown');
      await settled(page, frame);
    }
    expect(await source()).toBe('10.0.11.130');
    // The engine comes for it, however long that takes.
    await frame.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('已做 SNAT'));
    expect(await verdict(frame)).toContain('192.168.0.101');
    await giveBack(page);
  });

  test('where its script cannot be had that is said, and the next try has another go', async () => {
    const { page } = await open('', { width: 720 });
    let fails = true;
    await page.route('**/embed/embed.js', (route) => (fails ? route.abort() : route.continue()));
    await start(page, FIGURES[0]);
    const figure = figureOf(page, FIGURES[0]);
    const element = await page.waitForSelector(`figure[data-packetwalk="${FIGURES[0]}"][data-packetwalk-live] iframe`);
    const frame = await element.contentFrame();
    if (!frame) throw new Error('no frame');
    await frame.getByText('could not be').waitFor();
    expect(await figure.getAttribute('aria-busy')).toBeNull();
    fails = false;
    await frame.getByRole('button', { name: 'Show why' }).click();
    await frame.getByTestId('verdict').waitFor();
    expect(await verdict(frame)).toContain('leaves eth0 as 10.0.11.2');
    expect(await frame.getByText('could not be').count()).toBe(0);
    await giveBack(page);
  });

  test('while the engine comes for another source, the verdict of the first one stays and says that it is old', async () => {
    const { page } = await open('', { width: 720 });
    let letGo: () => void = () => {};
    const held = new Promise<void>((done) => {
      letGo = done;
    });
    await page.route('**/embed/engine.js', async (route) => {
      await held;
      await route.continue();
    });
    await start(page, FIGURES[0]);
    const frame = await frameOf(page, FIGURES[0]);
    await frame.locator('.embed-choice select').selectOption('10.0.11.130');
    const old = frame.locator('.embed-head[data-stale=true]', { hasText: 'as it was: the new one is being worked out' });
    await old.waitFor();
    expect(await verdict(frame)).toContain('leaves eth0 as 10.0.11.2');
    letGo();
    await frame.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('192.168.0.101'));
    expect(await old.count()).toBe(0);
    await giveBack(page);
  });

  test('a picture is readable where it stands, and keeps inside itself', async () => {
    const { page } = await open('', { width: 320 });
    const smallest = (): Promise<number> =>
      figureOf(page, FIGURES[0])
        .locator('img')
        .evaluate(async (img: HTMLImageElement) => {
          img.loading = 'eager';
          await img.decode();
          // The drawing itself cannot be looked into from here: its smallest type is 12 of its units.
          const units = /\.narrow\.svg$/.test(img.currentSrc) ? 288 : 680;
          return (12 * img.clientWidth) / units;
        });
    for (const width of [320, 390, 719, 720, 1000]) {
      await page.setViewportSize({ width, height: 800 });
      await settled(page);
      expect(await smallest(), String(width)).toBeGreaterThanOrEqual(12);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), String(width)).toBe(width);
    }
    const all = Object.keys(JSON.parse(readFileSync('dist/page/embed/figures.json', 'utf8'))).filter((_, i) => i % 12 === 0);
    for (const id of [...FIGURES, ...all])
      for (const end of ['en', 'en.narrow', 'zh', 'zh.narrow']) {
        await page.setContent(readFileSync(`dist/page/embed/svg/${id}.${end}.svg`, 'utf8'));
        const wrong = await page.evaluate(() => {
          const svg = document.querySelector('svg') as SVGSVGElement;
          const { width, height } = svg.viewBox.baseVal;
          const texts = [...svg.querySelectorAll('text')].map((text) => ({
            text: text.textContent,
            size: Number.parseFloat(getComputedStyle(text).fontSize),
            box: text.getBBox(),
          }));
          const out = texts.filter(({ box, size }) => size < 12 || box.x < 0 || box.x + box.width > width || box.y + box.height > height);
          const over = texts.filter(({ box }, i) =>
            texts.some(
              (other, j) =>
                j < i &&
                box.x < other.box.x + other.box.width - 1 &&
                other.box.x < box.x + box.width - 1 &&
                box.y < other.box.y + other.box.height - 4 &&
                other.box.y < box.y + box.height - 4,
            ),
          );
          return [...out, ...over].map(({ text }) => text);
        });
        expect(wrong, `${id}.${end}`).toEqual([]);
      }
    await giveBack(page);
  });

  test("keys are the page's until the figure has the focus; Tab passes through it in order", async () => {
    const { page } = await open('');
    await start(page, FIGURES[0]);
    const frame = await frameOf(page, FIGURES[0]);
    const was = await count(frame);
    await page.locator('#before').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    expect(await count(frame)).toBe(was);
    await page.locator('#before').focus();
    const stations: string[] = [];
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press('Tab');
      await settled(page);
      const here = await focused(page);
      // On its way from one process to the other the focus is nowhere for a moment.
      if (here !== 'BODY' && stations.at(-1) !== here) stations.push(here);
      if (here === 'A after') break;
    }
    expect(stations[0]).toBe('IFRAME');
    expect(stations.at(-1)).toBe('A after');
    // The other two figures are passed by their buttons, which warms them; they stay pictures.
    expect(await page.locator('[data-packetwalk-live]').count()).toBe(1);
    await frame.locator('.embed-buttons button').first().focus();
    await page.keyboard.press('ArrowLeft');
    expect(await count(frame)).not.toBe(was);
    const here = await count(frame);
    // Letters mean nothing in a figure.
    await page.keyboard.press('1');
    await page.keyboard.press('e');
    await page.keyboard.press('?');
    expect(await count(frame)).toBe(here);
    expect(await frame.locator('dialog[open]').count()).toBe(0);
    await giveBack(page);
  });

  test('stepping changes no height and sends no size; nothing grows by itself', async () => {
    const { page } = await open('');
    await start(page, FIGURES[0]);
    const frame = await frameOf(page, FIGURES[0]);
    await settled(page, frame);
    const sizes = async (): Promise<number> => (await received(page)).filter(({ type }) => type === 'resize').length;
    const before = await sizes();
    await page.evaluate(() => {
      (window as unknown as { shift: number }).shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) (window as unknown as { shift: number }).shift += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: false });
    });
    await frame.evaluate(() => {
      (window as unknown as { shift: number }).shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) (window as unknown as { shift: number }).shift += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: false });
    });
    await frame.locator('.embed-buttons button').first().focus();
    await page.keyboard.press('Home');
    const steps = Number((await count(frame)).match(/of (\d+)/)?.[1]);
    for (let step = 1; step < steps; step++) await page.keyboard.press('ArrowRight');
    await settled(page, frame);
    expect(await count(frame)).toBe(`Step ${steps} of ${steps}`);
    expect(await sizes()).toBe(before);
    expect(
      await figureOf(page, FIGURES[0])
        .locator('iframe')
        .evaluate((element) => element.getBoundingClientRect().height),
    ).toBe(480);
    expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBe(0);
    expect(await frame.evaluate(() => (window as unknown as { shift: number }).shift)).toBe(0);
    await page.setViewportSize({ width: 400, height: 800 });
    await answer(page, ({ type, height }) => type === 'resize' && height === 560);
    // Each size is answered by the next, if any is: a dozen frames would show a loop.
    for (let turn = 0; turn < 4; turn++) await settled(page, frame);
    expect(await sizes()).toBeLessThanOrEqual(before + 2);
    await giveBack(page);
  });

  test.each([
    ['kube-ovn-ipvs/p25-pod-to-cluster-ip', 720, 480, 'en'],
    ['kube-ovn-kube-proxy-iptables/p24-no-endpoints', 320, 420, 'zh'],
    ['kube-ovn-tproxy/p52-probe-later-packets', 320, 560, 'en'],
  ] as const)('nothing in it moves on any step: %s at %i x %i, %s', async (scenario, width, height, language) => {
    const { page } = await lendPage(browser, { width, height });
    await page.goto(`${inject('address')}embed/index.html?activate=auto&lang=${language}#/s/${scenario}`);
    await page.getByTestId('verdict').waitFor();
    await settled(page);
    await page.evaluate(() => {
      const moved: string[] = [];
      Object.assign(window, { moved });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          for (const { node } of (entry as unknown as { sources: { node: Node | null }[] }).sources)
            moved.push(`${(node as Element | null)?.className ?? ''} ${node?.textContent?.slice(0, 40)}`);
      }).observe({ type: 'layout-shift', buffered: false });
    });
    await page.locator('.embed-buttons button').first().focus();
    await page.keyboard.press('Home');
    const steps = (await page.getByRole('slider').getAttribute('max')) ?? '0';
    for (let step = 0; step < Number(steps); step++) {
      await page.keyboard.press('ArrowRight');
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    await settled(page);
    expect(await page.getByRole('slider').inputValue()).toBe(steps);
    expect(await page.evaluate(() => (window as unknown as { moved: string[] }).moved)).toEqual([]);
    await giveBack(page);
  });

  test('long names of sets are whole where a rule has the focus, and in the name of its button always', async () => {
    const { page } = await lendPage(browser, { width: 720, height: 480 });
    await page.goto(`${inject('address')}embed/index.html?activate=auto&lang=en#/s/kube-ovn-installed/p43-policy-forward?step=26`);
    const rule = page.locator('[data-rule-place="nat/OVN-POSTROUTING/8"]');
    await rule.waitFor();
    await settled(page);
    await page.getByRole('button', { name: /ovn40subnets-nat-policy src ! ovn40subnets dst/ }).focus();
    const cut = (): Promise<readonly (string | null)[]> =>
      rule.locator('.rule-tests, .chip').evaluateAll((parts) => {
        const row = parts[0]?.closest('.rule-row')?.getBoundingClientRect();
        return parts
          .filter((part) => {
            const { right, bottom, top } = part.getBoundingClientRect();
            return (
              !row ||
              right > row.right + 1 ||
              bottom > row.bottom + 1 ||
              top < row.top - 1 ||
              part.scrollWidth > part.clientWidth + 1 ||
              getComputedStyle(part).maskImage !== 'none'
            );
          })
          .map((part) => part.textContent);
      });
    expect(await cut()).toEqual([]);
    await giveBack(page);
  });

  test('theme and language follow the page, live; instant navigation too', async () => {
    const { page, complaints } = await open('');
    await start(page, FIGURES[0]);
    const frame = await frameOf(page, FIGURES[0]);
    const theme = (): Promise<string | undefined> => frame.evaluate(() => document.documentElement.dataset.theme);
    expect(await theme()).toBe('light');
    await page.locator('#toggle').click();
    await frame.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
    expect(await frame.evaluate(() => getComputedStyle(document.querySelector('.embed') as Element).backgroundColor)).toBe('rgb(22, 28, 36)');
    await page.evaluate(() => document.documentElement.setAttribute('lang', 'zh'));
    await frame.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('未做 SNAT'));
    await page.locator('a[href="/other/"]').click();
    await page.getByRole('heading', { name: 'Other' }).waitFor();
    await start(page, FIGURES[1]);
    const second = await frameOf(page, FIGURES[1]);
    expect(await second.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    expect(await verdict(second)).toContain('SNATed');
    await page.locator('a[href="/zh/"]').click();
    await page.waitForURL('**/zh/');
    await figureOf(page, FIGURES[0]).getByRole('button', { name: '查看原因' }).click();
    expect(await verdict(await frameOf(page, FIGURES[0]))).toContain('未做 SNAT');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('a page that changes all the time tells its figures nothing; what changes for them, once', async () => {
    const { page, complaints } = await open('');
    await start(page, FIGURES[0]);
    const frame = await frameOf(page, FIGURES[0]);
    await settled(page, frame);
    await frame.evaluate(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      window.addEventListener('message', ({ data }) => heard.push(Object.values(data.packetwalk).slice(1).join(' ')));
    });
    const heard = async (): Promise<string[]> => {
      await settled(page, frame);
      return frame.evaluate(() => (window as unknown as { heard: string[] }).heard.splice(0));
    };
    await page.evaluate(async () => {
      for (let turn = 0; turn < 10; turn++) {
        const one = document.body.appendChild(document.createElement('p'));
        one.append('text', document.createComment('comment'));
        one.lang = turn % 2 ? 'zh' : 'en';
        document.documentElement.className = `turn-${turn}`;
        await new Promise(requestAnimationFrame);
        one.remove();
      }
    });
    expect(await heard()).toEqual([]);
    await page.locator('#toggle').click();
    expect(await heard()).toEqual(['setTheme dark']);
    await page.evaluate(() => {
      document.documentElement.lang = 'zh';
    });
    expect(await heard()).toEqual(['setLang zh']);
    // The figure's own word counts more than the page's.
    await figureOf(page, FIGURES[0]).evaluate((figure) => figure.setAttribute('data-theme', 'light'));
    expect(await heard()).toEqual(['setTheme light']);
    await page.locator('#toggle').click();
    expect(await heard()).toEqual([]);
    await figureOf(page, FIGURES[0]).evaluate((figure) => figure.removeAttribute('data-theme'));
    await page.locator('#toggle').click();
    expect(await heard()).toEqual(['setTheme dark']);
    // A figure that is added within something else is found.
    await page.evaluate((scenario) => {
      const box = document.createElement('section');
      box.innerHTML = `<div><figure id="late" data-packetwalk="${scenario}"></figure></div>`;
      document.body.prepend(box);
    }, FIGURES[1]);
    await page.locator('#late .packetwalk-start').waitFor();
    expect(await heard()).toEqual([]);
    // So is a body in the place of the other, as some kinds of navigation swap it, and what that says.
    await page.evaluate(() => {
      const body = document.createElement('body');
      body.dataset.mdColorScheme = 'default';
      body.innerHTML =
        document
          .querySelector('#late')
          ?.parentElement?.outerHTML.replace(/data-packetwalk-ready(="")?/, '')
          .replace(/<button.*<\/button>/, '') ?? '';
      document.body.replaceWith(body);
    });
    await page.locator('#late .packetwalk-start').click();
    const late = await frameOf(page, FIGURES[1]);
    expect(await late.evaluate(() => document.documentElement.dataset.theme)).toBe('light');
    await page.evaluate(() => {
      document.body.dataset.mdColorScheme = 'slate';
    });
    await late.waitForFunction(() => document.documentElement.dataset.theme === 'dark');
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('is no white flash: dark from its first frame, and shown when it stands', async () => {
    const { page } = await open('');
    await page.locator('#toggle').click();
    await figureOf(page, FIGURES[0]).hover();
    const iframe = await page.waitForSelector('iframe', { state: 'attached' });
    expect(await iframe.evaluate((frame) => getComputedStyle(frame).visibility)).toBe('hidden');
    const inner = await iframe.contentFrame();
    await inner?.waitForSelector('#still, .embed', { state: 'attached' });
    expect(await inner?.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    expect(await figureOf(page, FIGURES[0]).locator('img').isVisible()).toBe(true);
    // Warmed by the pointer it starts at once.
    await answer(page, ({ type }) => type === 'ready');
    const took = await page.evaluate(async () => {
      const figure = document.querySelector('figure');
      const began = performance.now();
      figure?.querySelector('button')?.click();
      while (!figure?.hasAttribute('data-packetwalk-live')) await new Promise(requestAnimationFrame);
      return performance.now() - began;
    });
    expect(took).toBeLessThan(300);
    expect(await figureOf(page, FIGURES[0]).locator('img').isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await figureOf(page, FIGURES[0]).locator('img').isVisible()).toBe(true);
    expect(await figureOf(page, FIGURES[0]).locator('iframe').isVisible()).toBe(false);
    await giveBack(page);
  });

  test('a page that a minifier went over, without picture and caption; a size from another window is not taken', async () => {
    const { page, complaints } = await open('minified/');
    await start(page, FIGURES[0]);
    expect(await verdict(await frameOf(page, FIGURES[0]))).toContain('Not SNATed');
    const height = (): Promise<number> =>
      page
        .locator('iframe')
        .first()
        .evaluate((frame) => frame.getBoundingClientRect().height);
    const was = await height();
    await page.evaluate(() => {
      postMessage({ packetwalk: { v: 1, type: 'resize', width: 720, height: 999 } }, '*');
      for (const data of [null, 'x', { packetwalk: null }, { packetwalk: { v: 2 } }]) postMessage(data, '*');
    });
    await settled(page);
    expect(await height()).toBe(was);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test.each([
    [390, ['button', 'picture', 'figcaption']],
    [800, ['picture', 'button', 'figcaption']],
  ])('the caption stands below, before and after; printed, picture and caption (%i pixels wide)', async (width, before) => {
    const { page } = await open('', { width });
    const order = (): Promise<string[]> =>
      figureOf(page, FIGURES[0]).evaluate((figure) => [...figure.children].filter((one) => one.checkVisibility()).map(({ localName }) => localName));
    await page.waitForSelector('.packetwalk-start');
    expect(await order()).toEqual(before);
    await start(page, FIGURES[0]);
    await frameOf(page, FIGURES[0]);
    expect(await order()).toEqual(['iframe', 'figcaption']);
    await page.emulateMedia({ media: 'print' });
    expect(await order()).toEqual(['picture', 'figcaption']);
    await giveBack(page);
  });

  test('"Open full" takes scenario, packet, step, language and theme along', async () => {
    const { page } = await open('');
    await page.locator('#toggle').click();
    await start(page, FIGURES[0]);
    const frame = await frameOf(page, FIGURES[0]);
    await frame.locator('.embed-choice select').selectOption('10.0.11.130');
    await frame.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('192.168.0.101'));
    await frame.locator('.embed-buttons button').first().click();
    const at = Number((await count(frame)).match(/Step (\d+)/)?.[1]);
    const [opened] = await Promise.all([page.context().waitForEvent('page'), frame.getByRole('link', { name: 'Open full' }).click()]);
    await opened.getByTestId('verdict').waitFor();
    await opened.waitForFunction(() => document.querySelector('[data-testid=verdict]')?.textContent?.includes('192.168.0.101'));
    expect(opened.url()).toContain(`/s/${FIGURES[0]}?`);
    expect(await opened.getByRole('slider').getAttribute('aria-valuetext')).toMatch(new RegExp(`^Step ${at} of`));
    expect(await opened.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme])).toEqual(['en', 'dark']);
    expect(await answer(page, ({ type }) => type === 'openFull')).toMatchObject({ link: expect.stringContaining('pkt.src=10.0.11.130') });
    await page.context().close();
  });

  test('a page that says nothing is told nothing; hello is answered', async () => {
    const { page } = await open('plain/');
    const frame = await plainFrame(page);
    await frame.getByTestId('verdict').waitFor();
    await frame.getByRole('button', { name: /mark 0x90002 \(OVN-NAT-PSUBNET-/ }).click();
    await settled(page, frame);
    expect(new Set((await received(page)).map(({ type }) => type))).toEqual(new Set(['ready', 'resize']));
    await post(page, { type: 'step', to: 1 });
    await post(page, { type: 'getState', id: 'early' });
    await settled(page, frame);
    expect((await received(page)).some(({ type }) => type === 'state' || type === 'step')).toBe(false);
    await post(page, { type: 'hello', id: 'h' });
    expect(await answer(page, ({ type, id }) => type === 'verdict' && id === 'h')).toMatchObject({ class: 'neutral', text: 'Not SNATed: leaves eth0 as 10.0.11.2' });
    await giveBack(page);
  });

  test('messages: every request, and what comes back', async () => {
    const { page, complaints } = await open('plain/');
    const frame = await plainFrame(page);
    await frame.getByTestId('verdict').waitFor();
    await post(page, { type: 'hello' });
    await answer(page, ({ type }) => type === 'verdict');
    await post(page, { type: 'step', to: 14 });
    expect(await answer(page, ({ type, step }) => type === 'step' && step === 14)).toMatchObject({ count: 28 });
    for (const [to, wanted] of [
      ['+1', 15],
      ['-1', 14],
      ['end', 28],
    ] as const) {
      await post(page, { type: 'step', to });
      await answer(page, ({ type, step }) => type === 'step' && step === wanted);
    }
    await post(page, { type: 'step', to: 1 });
    await post(page, { type: 'step', to: 'change' });
    await post(page, { type: 'highlight', rule: 'nat/OVN-POSTROUTING/10' });
    await answer(page, ({ type, rule }) => type === 'select' && rule === 'nat/OVN-POSTROUTING/10');
    await post(page, { type: 'setTheme', theme: 'dark' });
    await post(page, { type: 'setLang', lang: 'zh' });
    await answer(page, ({ type, text }) => type === 'verdict' && String(text).startsWith('未做 SNAT'));
    expect(await frame.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    // So far no word of a rule has left.
    expect(JSON.stringify(await received(page))).not.toMatch(/-j |--set-xmark|--match-set/);
    await post(page, { type: 'getState', id: 7 });
    expect(await answer(page, ({ type, id }) => type === 'state' && (id as unknown) === 7)).toMatchObject({
      scenario: FIGURES[0],
      language: 'zh',
      theme: 'dark',
      rule: 'nat/OVN-POSTROUTING/10',
      text: expect.stringContaining('-j RETURN'),
      link: expect.stringContaining('sel=nat/OVN-POSTROUTING/10'),
    });
    await post(page, { type: 'exportSvg', id: 'svg' });
    expect(String((await answer(page, ({ id }) => id === 'svg')).svg)).toMatch(/^<svg .*未做 SNAT/s);
    await post(page, { type: 'setLang', lang: 'en' });
    await post(page, { type: 'setPacket', fields: { src: '10.0.11.130' } });
    await answer(page, ({ type, text }) => type === 'verdict' && String(text).startsWith('SNATed'));
    // Whatever was changed goes along to the whole page.
    await post(page, { type: 'setPacket', fields: { dport: '8443', ttl: '9', mark: '0x10' } });
    await frame.waitForFunction(() => /pkt\.ttl=9/.test(document.querySelector<HTMLAnchorElement>('.open-full')?.href ?? ''));
    const full = (await frame.locator('.open-full').getAttribute('href')) ?? '';
    for (const part of ['pkt.src=10.0.11.130', 'pkt.dport=8443', 'pkt.mark=0x10', 'lang=en', 'theme=dark', 'step=']) expect(full).toContain(part);
    await post(page, { type: 'setPacket', fields: { dport: '443', ttl: '64', mark: '0x0' } });
    await post(page, { type: 'setPacket', id: 'no', fields: { colour: 'red' } });
    expect(await answer(page, ({ type, id }) => type === 'error' && id === 'no')).toMatchObject({ message: expect.stringContaining('"colour"') });
    await post(page, { type: 'load', scenario: FIGURES[1] });
    await frame.waitForFunction((id) => document.querySelector<HTMLAnchorElement>('.open-full')?.href.includes(id), FIGURES[1]);
    await post(page, { type: 'getState', id: 'loaded' });
    expect(await answer(page, ({ id }) => id === 'loaded')).toMatchObject({ scenario: FIGURES[1], class: 'rewrite' });
    await post(page, { type: 'load', id: 'none', scenario: 'no-such' });
    await answer(page, ({ type, id }) => type === 'error' && id === 'none');
    await post(page, { type: 'step', to: 1 });
    await post(page, { type: 'play' });
    await answer(page, ({ type, step }) => type === 'step' && step === 2);
    await post(page, { type: 'pause' });
    expect(complaints.filter((text) => !/404/.test(text))).toEqual([]);
    await giveBack(page);
  });

  test('strangers are not heard: other libraries, other versions, other windows', async () => {
    const { page, complaints } = await open('plain/');
    const frame = await plainFrame(page);
    await frame.getByTestId('verdict').waitFor();
    await post(page, { type: 'hello' });
    await answer(page, ({ type }) => type === 'verdict');
    const was = await count(frame);
    const quiet = (await received(page)).length;
    await page.evaluate(() => {
      const target = (document.getElementById('plain') as HTMLIFrameElement).contentWindow;
      for (const data of [
        null,
        1,
        'step',
        [],
        { type: 'step', to: 1 },
        { packetwalk: 'x' },
        { packetwalk: { v: 2, type: 'step', to: 1 } },
        { packetwalk: { v: 1, type: 'dance' } },
        { iFrameSizer: 'x' },
      ])
        target?.postMessage(data, '*');
      // From a window that is not the parent.
      const other = document.createElement('iframe');
      document.body.append(other);
      (other.contentWindow as unknown as { eval(text: string): void }).eval(
        'parent.document.getElementById("plain").contentWindow.postMessage({ packetwalk: { v: 1, type: "step", to: 1 } }, "*")',
      );
    });
    await settled(page, frame);
    expect(await count(frame)).toBe(was);
    expect((await received(page)).length).toBe(quiet);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('one figure can start by itself, at the step it names', async () => {
    const { page } = await open('auto/');
    expect(await count(await frameOf(page, FIGURES[0]))).toBe('Step 3 of 28');
    expect(await focused(page)).toBe('BODY');
    expect(await figureOf(page, FIGURES[1]).locator('.packetwalk-start').count()).toBe(1);
    expect(await page.locator('iframe').count()).toBe(1);
    await giveBack(page);
  });

  test('Why not…? asks the engine, which comes for it; a line leads to its rule, and the figure stays as high as it was', async () => {
    const { page, complaints } = await open('plain/');
    const frame = await plainFrame(page);
    await frame.getByTestId('verdict').waitFor();
    const was = await count(frame);
    expect(page.workers()).toHaveLength(0);
    await frame.getByRole('button', { name: 'Why not…?' }).click();
    const asked = frame.getByRole('region', { name: 'Why not…?' });
    await asked.getByText('3 rules that could have done it, the nearest first:').waitFor();
    expect(await asked.getByRole('button', { name: /nat\/OVN-POSTROUTING\/9/ }).innerText()).toContain('needs bit 0 = 1, saw 0');
    expect(page.workers()).toHaveLength(1);
    // The walk that is shown is the one that ships: the engine's own changed nothing.
    expect(await count(frame)).toBe(was);
    expect(await verdict(frame)).toContain('Not SNATed');
    // A rule in a chain that the packet does not come to.
    await asked.getByRole('button', { name: /^nat\/OVN-MASQUERADE\/2/ }).click();
    await frame.getByRole('region', { name: 'Rules' }).getByText('MASQUERADE').first().waitFor();
    await frame.getByRole('button', { name: 'Back to step' }).click();
    await frame.getByRole('button', { name: 'Why not…?' }).click();
    await asked.getByRole('combobox').selectOption({ label: 'mark 0x90001/0x90001' });
    await asked.locator('.candidate-clause').first().waitFor();
    await page.keyboard.press('Escape');
    await frame.getByRole('region', { name: 'Why', exact: true }).waitFor();
    // Without the panel of reasons there is no place for an answer: none is asked for.
    await frame.goto(`${inject('address')}embed/index.html?activate=auto&lang=en&panels=rules#/s/${FIGURES[0]}`);
    await frame.getByTestId('verdict').waitFor();
    expect(await frame.getByRole('button', { name: 'Why not…?' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('axe finds nothing, in both themes, languages and sizes, nor in an answer', async () => {
    const { page } = await lendPage(browser);
    for (const { width, height, locale, colorScheme } of looks([720, 480], [390, 560], [320, 420])) {
      const look = `${width}×${height}, ${locale}, ${colorScheme}`;
      await page.goto('about:blank');
      await page.setViewportSize({ width, height });
      await page.goto(`${inject('address')}embed/index.html?activate=auto&theme=${colorScheme}&lang=${locale.slice(0, 2)}#/s/${FIGURES[0]}`);
      await page.getByTestId('verdict').waitFor();
      expect(await violations(page), look).toEqual([]);
      await page.locator('[data-why-not]').click();
      await page.locator('.candidate').first().waitFor();
      expect(await violations(page), `${look}, why not`).toEqual([]);
      await page.locator('.embed-choice select').selectOption('10.0.11.130');
      await page.locator('.verdict-note').waitFor();
      expect(await violations(page), `${look}, another source`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight), look).toBe(true);
    }
    await giveBack(page);
  });
});
