/**
 * `npm run bench:page`: the built page in a real browser against the budgets of its specification. The main thread is slowed
 * four times (workers are not: the browser cannot), the network where it says so. Medians of several runs; nothing fails
 * here, since a busy machine is no fault of the page: what misses its budget is marked. Words after `--` choose parts.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { mixedRules } from './inputs.ts';
import { servePage, SLOW_4G, type Served } from './page-server.ts';

const FOLDER = 'dist/page';
const SLOWER = 4;
const EXAMPLE = '#/s/kube-ovn-installed/p43-policy-forward';
const RUNS = 3;

type Shape = 'flat' | 'chains';
const rulesOf = (shape: Shape): string => mixedRules(20_000, shape);

function row(what: string, value: string, budget = '', missed = false): void {
  process.stdout.write(`  ${what.padEnd(62)}${value.padStart(12)}  ${budget.padEnd(14)}${missed ? '✗' : ''}\n`);
}

/** A value beside its budget. */
function held(what: string, value: number, budget: number | null, unit: string, digits = 0): void {
  row(what, `${value.toFixed(digits)} ${unit}`, budget === null ? '' : `≤ ${budget} ${unit}`, budget !== null && value > budget);
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const part = (values: readonly number[], share: number): number => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const median = (values: readonly number[]): number => part(values, 0.5);

// --- The page, watched --------------------------------------------------------------------------------------------

interface Watch {
  verdict: number;
  interactive: number;
  lcp: number;
  cls: number;
  longest: number;
  events: number[];
  heard: number[];
}

/** Runs in the page before anything else does. */
function watch(): void {
  const seen: Watch = { verdict: 0, interactive: 0, lcp: 0, cls: 0, longest: 0, events: [], heard: [] };
  (globalThis as unknown as { watched: Watch }).watched = seen;
  const observe = (type: string, take: (entry: PerformanceEntry & { value: number; interactionId: number }) => void, more: object = {}): void => {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) take(entry as never);
    }).observe({ type, buffered: true, ...more } as PerformanceObserverInit);
  };
  observe('largest-contentful-paint', (entry) => {
    seen.lcp = entry.startTime;
  });
  observe('layout-shift', (entry) => {
    seen.cls += entry.value;
  });
  observe('longtask', (entry) => {
    seen.longest = Math.max(seen.longest, entry.duration);
  });
  observe('event', (entry) => entry.interactionId > 0 && seen.events.push(entry.duration), { durationThreshold: 16 });
  const look = (): void => {
    const verdict = document.querySelector('[data-testid=verdict], .early')?.textContent ?? '';
    if (seen.verdict === 0 && /SNAT|DNAT|Forwarded|Dropped/.test(verdict)) seen.verdict = performance.now();
    if (seen.interactive === 0 && /\d/.test(document.querySelector('[data-testid=narration]')?.textContent ?? '')) seen.interactive = performance.now();
    if (seen.verdict === 0 || seen.interactive === 0) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  addEventListener(
    'keydown',
    (event) => {
      // A message after the frame comes when it has been painted.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => seen.heard.push(performance.now() - event.timeStamp);
        port2.postMessage(null);
      });
    },
    true,
  );
}

const watched = (page: Page): Promise<Watch> => page.evaluate(() => (globalThis as unknown as { watched: Watch }).watched);

class Measured {
  readonly page: Page;
  readonly #session: CDPSession;

  private constructor(page: Page, session: CDPSession) {
    this.page = page;
    this.#session = session;
  }

  static async open(browser: Browser, address: string, width = 1440, height = 900): Promise<Measured> {
    const context = await browser.newContext({ viewport: { width, height }, locale: 'en-GB', reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.addInitScript(watch);
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await page.goto(address, { waitUntil: 'commit' });
    return new Measured(page, session);
  }

  async ready(): Promise<void> {
    await this.page.waitForFunction(() => (globalThis as unknown as { watched: Watch }).watched.interactive > 0, undefined, { timeout: 60_000 });
    await this.page.waitForTimeout(500);
  }

  /** Milliseconds that the main thread has been at work. */
  async busy(): Promise<number> {
    const { metrics } = await this.#session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  }

  async reset(): Promise<void> {
    await this.page.evaluate(() => Object.assign((globalThis as unknown as { watched: Watch }).watched, { cls: 0, longest: 0, events: [], heard: [] }));
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  /** Drops a file on the page; resolves with the milliseconds until the verdict is one of it. */
  async drop(name: string, text: string): Promise<number> {
    return this.page.evaluate(
      ({ name, text }) =>
        new Promise<number>((resolve) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], name, { type: 'text/plain' }));
          const verdict = document.querySelector('[data-testid=verdict]');
          const before = document.querySelector('.rule-list')?.getAttribute('aria-label');
          const start = performance.now();
          const look = (): void => {
            const stack = document.querySelector('.rule-list')?.getAttribute('aria-label');
            if (!document.querySelector('[data-stale=true]') && stack !== before && verdict?.isConnected) resolve(performance.now() - start);
            else requestAnimationFrame(look);
          };
          document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
          requestAnimationFrame(look);
        }),
      { name, text },
    );
  }
}

// --- Parts ---------------------------------------------------------------------------------------------------------

const gzipped = (path: string): number => gzipSync(readFileSync(path), { level: 9 }).length / 1000;

async function sizes(): Promise<void> {
  const html = readFileSync(`${FOLDER}/index.html`, 'utf8');
  const files = readdirSync(`${FOLDER}/assets`).map((name) => ({ name, size: gzipped(`${FOLDER}/assets/${name}`), first: html.includes(name) }));
  for (const { name, size, first } of files.sort((a, b) => b.size - a.size)) row(`${name}${first ? ' (first load)' : ''}`, `${size.toFixed(1)} kB`);
  const sum = (of: (file: (typeof files)[number]) => boolean): number => files.filter(of).reduce((all, { size }) => all + size, 0);
  const script = ({ name }: { name: string }): boolean => name.endsWith('.js');
  held(
    'scripts of the first load, without the worker',
    sum((file) => script(file) && file.first),
    180,
    'kB',
    1,
  );
  held(
    'the worker',
    sum((file) => file.name.startsWith('worker')),
    null,
    'kB',
    1,
  );
  held('all scripts', sum(script), 420, 'kB', 1);
  held(
    'styles',
    sum((file) => !script(file)),
    20,
    'kB',
    1,
  );
}

async function load(browser: Browser, served: Served): Promise<void> {
  served.network = SLOW_4G;
  const runs: (Watch & { requests: number; bytes: number })[] = [];
  for (let i = 0; i < RUNS; i++) {
    served.requests.length = 0;
    const measured = await Measured.open(browser, served.address, 390, 844);
    await measured.ready();
    runs.push({ ...(await watched(measured.page)), requests: served.requests.length, bytes: served.requests.reduce((sum, { bytes }) => sum + bytes, 0) / 1000 });
    if (i === 0) for (const { path, bytes } of served.requests) row(path, `${(bytes / 1000).toFixed(1)} kB`);
    await measured.close();
  }
  served.network = null;
  const of = (pick: (run: (typeof runs)[number]) => number): number => median(runs.map(pick));
  held(
    'verdict visible',
    of((run) => run.verdict),
    1000,
    'ms',
  );
  held(
    'largest contentful paint',
    of((run) => run.lcp),
    1800,
    'ms',
  );
  held(
    'interactive: a step works',
    of((run) => run.interactive),
    2500,
    'ms',
  );
  held(
    'layout shift',
    of((run) => run.cls),
    0.02,
    '',
    3,
  );
  held(
    'longest task',
    of((run) => run.longest),
    50,
    'ms',
  );
  held(
    'requests',
    of((run) => run.requests),
    10,
    '',
  );
  held(
    'bytes',
    of((run) => run.bytes),
    null,
    'kB',
  );
}

async function steps(browser: Browser, served: Served): Promise<void> {
  const measure = async (title: string, text: string | null): Promise<void> => {
    const measured = await Measured.open(browser, served.address + EXAMPLE);
    await measured.ready();
    if (text !== null) {
      await measured.drop('big.save', text);
      await measured.page.waitForTimeout(1000);
    }
    const { page } = measured;
    await page.keyboard.press('Home');
    await measured.reset();
    const busy: number[] = [];
    for (let i = 0; i < 60; i++) {
      const before = await measured.busy();
      await page.keyboard.press(i % 20 < 10 ? 'ArrowRight' : 'ArrowLeft');
      await page.waitForTimeout(60);
      busy.push((await measured.busy()) - before);
    }
    const { heard, cls } = await watched(page);
    held(`${title}: key to paint, median`, median(heard), null, 'ms', 1);
    held(`${title}: key to paint, p95`, part(heard, 0.95), 16, 'ms', 1);
    held(`${title}: main thread at work for a step, median`, median(busy), null, 'ms', 1);
    held(`${title}: main thread at work for a step, p95`, part(busy, 0.95), 16, 'ms', 1);
    held(`${title}: layout shift`, cls, 0, '', 3);
    held(`${title}: elements`, await page.evaluate(() => document.querySelectorAll('*').length), 1500, '');
    await measured.close();
  };
  await measure('scenario', null);
  await measure('20,000 rules in one chain', rulesOf('flat'));
  await measure('20,000 rules in chains', rulesOf('chains'));
}

async function imports(browser: Browser, served: Served): Promise<void> {
  for (const shape of ['flat', 'chains'] as const) {
    const times: number[] = [];
    const longest: number[] = [];
    for (let i = 0; i < 3; i++) {
      const measured = await Measured.open(browser, served.address + EXAMPLE);
      await measured.ready();
      await measured.reset();
      times.push(await measured.drop('big.save', rulesOf(shape)));
      await measured.page.waitForTimeout(1500);
      longest.push((await watched(measured.page)).longest);
      await measured.close();
    }
    held(`${shape}: from the drop to the verdict`, median(times), 1000, 'ms');
    held(`${shape}: longest task of the main thread`, median(longest), 50, 'ms');
  }
}

async function scrolling(browser: Browser, served: Served): Promise<void> {
  const measured = await Measured.open(browser, served.address + EXAMPLE);
  await measured.ready();
  const { page } = measured;
  await measured.drop('big.save', rulesOf('flat'));
  await page.waitForTimeout(1000);
  const fold = page.locator('.rule-fold').first();
  if (await fold.count()) await fold.click();
  await page.waitForTimeout(500);
  const frames = await page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const list = document.querySelector('.rule-list') as HTMLElement;
        const gaps: number[] = [];
        let last = performance.now();
        const frame = (now: number): void => {
          gaps.push(now - last);
          last = now;
          list.scrollTop += 300;
          if (gaps.length < 240) requestAnimationFrame(frame);
          else resolve(gaps.slice(5));
        };
        requestAnimationFrame(frame);
      }),
  );
  const fps = 1000 / (frames.reduce((sum, gap) => sum + gap, 0) / frames.length);
  row('frames a second while 20,000 rules scroll by', fps.toFixed(1), '≥ 60', fps < 58);
  row('frames that took longer than 20 ms', `${frames.filter((gap) => gap > 20).length} of ${frames.length}`);
  held('rows in the page', await page.locator('.rule-list li').count(), null, '');
  await measured.close();
}

async function typing(browser: Browser, served: Served): Promise<void> {
  for (const [title, text] of [
    ['scenario', null],
    ['20,000 rules', rulesOf('chains')],
  ] as const) {
    const measured = await Measured.open(browser, served.address + EXAMPLE);
    await measured.ready();
    const { page } = measured;
    if (text) {
      await measured.drop('big.save', text);
      await page.waitForTimeout(1000);
    }
    const field = page.getByLabel('source', { exact: true });
    await field.fill('');
    await measured.reset();
    await field.focus();
    for (let i = 0; i < 3; i++) {
      await page.keyboard.type('10.0.11.130', { delay: 90 });
      for (let n = 0; n < 11; n++) await page.keyboard.press('Backspace', { delay: 20 });
    }
    await page.waitForTimeout(500);
    const { events, heard } = await watched(page);
    held(`${title}: key to paint while typing, p75`, part(heard, 0.75), 100, 'ms');
    held(`${title}: slowest interaction the browser reports`, Math.max(0, ...events), 100, 'ms');
    await measured.close();
  }
}

async function memory(browser: Browser, served: Served): Promise<void> {
  const measured = await Measured.open(browser, served.address + EXAMPLE);
  await measured.ready();
  for (const shape of ['flat', 'chains'] as const) {
    await measured.drop(`${shape}.save`, rulesOf(shape));
    await measured.page.waitForTimeout(1000);
  }
  const bytes = await measured.page.evaluate(async () => {
    const ask = (performance as unknown as { measureUserAgentSpecificMemory?(): Promise<{ bytes: number }> }).measureUserAgentSpecificMemory;
    return ask ? (await ask.call(performance)).bytes : 0;
  });
  held('page and worker, after two files of 20,000 rules', bytes / 1e6, 200, 'MB');
  await measured.close();
}

const PARTS: Readonly<Record<string, (browser: Browser, served: Served) => Promise<void>>> = { sizes, load, steps, imports, scrolling, typing, memory };

const only = process.argv.slice(2);
const served = await servePage(FOLDER);
const browser = await launchBrowser();
process.stdout.write(`${cpus()[0]?.model}, ${cpus().length} CPUs, load ${loadavg()[0]?.toFixed(1)}; main thread slowed ${SLOWER} times\n`);
for (const [title, measure] of Object.entries(PARTS)) {
  if (only.length > 0 && !only.includes(title)) continue;
  process.stdout.write(`\n${title}${title === 'load' ? ', on Slow 4G' : ''}\n`);
  await measure(browser, served);
}
process.stdout.write(`\nload at the end ${loadavg()[0]?.toFixed(1)}\n`);
await browser.close();
served.close();
