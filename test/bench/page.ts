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
import { traceKeys, type KeyCost } from './keys.ts';
import { servePage, SLOW_4G, type Served } from './page-server.ts';
import { watchTasks, type Tasks } from './tasks.ts';

const FOLDER = 'dist/page';
const SLOWER = 4;
const EXAMPLE = '#/s/kube-ovn-installed/p43-policy-forward';
const RUNS = 3;
/** In milliseconds. */
const LOAD_MAY_TAKE = 60_000;

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
}

/** Runs in the page before anything else does. */
function watch(): void {
  const seen: Watch = { verdict: 0, interactive: 0, lcp: 0, cls: 0, longest: 0, events: [] };
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
}

const watched = (page: Page): Promise<Watch> => page.evaluate(() => (globalThis as unknown as { watched: Watch }).watched);

class Measured {
  readonly page: Page;
  readonly #session: CDPSession;

  private constructor(page: Page, session: CDPSession) {
    this.page = page;
    this.#session = session;
  }

  /** `before` is called when nothing was loaded yet. */
  static async open(browser: Browser, address: string, width = 1440, height = 900, before: (session: CDPSession) => Promise<void> = async () => {}): Promise<Measured> {
    const context = await browser.newContext({ viewport: { width, height }, locale: 'en-GB', reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.addInitScript(watch);
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await before(session);
    await page.goto(address, { waitUntil: 'commit' });
    return new Measured(page, session);
  }

  async ready(): Promise<void> {
    // Asked of the browser itself: Playwright would put a script of its own into the page first, whose compiling is a task longer than any of the page's.
    const expression = 'globalThis.watched?.interactive > 0';
    for (const end = Date.now() + LOAD_MAY_TAKE; !(await this.#session.send('Runtime.evaluate', { expression })).result.value; ) {
      if (Date.now() > end) throw new Error('the page did not get ready');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await this.page.waitForTimeout(500);
  }

  async reset(): Promise<void> {
    await this.page.evaluate(() => Object.assign((globalThis as unknown as { watched: Watch }).watched, { cls: 0, longest: 0, events: [] }));
  }

  /** What its main thread does from now on, until the result is called. */
  tasks(): Promise<() => Promise<Tasks>> {
    return watchTasks(this.#session);
  }

  /** What each key costs that is pressed meanwhile. */
  keys(press: () => Promise<void>): Promise<readonly KeyCost[]> {
    return traceKeys(this.#session, press);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  /** Drops a file on the page; resolves with the milliseconds until the verdict is one of it. `given`: once the page has the file, and nothing was done with it. */
  async drop(name: string, text: string, given: () => Promise<void> = async () => {}): Promise<number> {
    await this.page.evaluate(
      ({ name, text }) => {
        (globalThis as unknown as { given: File }).given = new File([text], name, { type: 'text/plain' });
      },
      { name, text },
    );
    await given();
    return this.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const transfer = new DataTransfer();
          transfer.items.add((globalThis as unknown as { given: File }).given);
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
    );
  }
}

// --- Parts ---------------------------------------------------------------------------------------------------------

const gzipped = (path: string): number => gzipSync(readFileSync(path), { level: 9 }).length / 1000;

async function sizes(): Promise<void> {
  const html = readFileSync(`${FOLDER}/index.html`, 'utf8');
  // What the HTML's own script asks for comes to some: Chinese to who speaks it, the rest of the page where there is room for it.
  const tagged = new Set([...html.matchAll(/(?:src|href)="\.\/assets\/([^"]+)"/g)].map(([, name]) => name));
  const files = readdirSync(`${FOLDER}/assets`).map((name) => ({ name, size: gzipped(`${FOLDER}/assets/${name}`), first: tagged.has(name) }));
  for (const { name, size, first } of files.sort((a, b) => b.size - a.size)) row(`${name}${first ? ' (first load)' : ''}`, `${size.toFixed(1)} kB`);
  const sum = (of: (file: (typeof files)[number]) => boolean): number => files.filter(of).reduce((all, { size }) => all + size, 0);
  const script = ({ name }: { name: string }): boolean => name.endsWith('.js');
  held(
    'scripts of the first load on a phone, without the worker',
    sum((file) => script(file) && file.first),
    180,
    'kB',
    1,
  );
  held(
    'scripts of the first load on a desktop, without the worker',
    sum((file) => script(file) && (file.first || file.name.startsWith('rest-'))),
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
  const inline = [...html.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style = '']) => gzipSync(style, { level: 9 }).length / 1000);
  held('styles, with those in the HTML', inline.reduce((all, size) => all + size, 0) + sum((file) => !script(file)), 20, 'kB', 1);
}

async function load(browser: Browser, served: Served): Promise<void> {
  served.network = SLOW_4G;
  const runs: (Watch & { requests: number; bytes: number })[] = [];
  for (let i = 0; i < RUNS; i++) {
    served.requests.length = 0;
    const measured = await Measured.open(browser, served.address, ...PHONE);
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
  // By the network's own clock all of it would wait: what the thread does is the same without.
  const threads: Tasks[] = [];
  for (let i = 0; i < RUNS; i++) {
    let done: (() => Promise<Tasks>) | null = null;
    const measured = await Measured.open(browser, served.address, ...PHONE, async (session) => {
      done = await watchTasks(session);
    });
    await measured.ready();
    threads.push(await (done as unknown as () => Promise<Tasks>)());
    await measured.close();
  }
  held('longest task, at work', median(threads.map(({ longest }) => longest.thread)), 50, 'ms');
  held('main thread at work, with what follows', median(threads.map(({ total }) => total)), null, 'ms');
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

/** Both slowed: what is slow on a phone's screen would be its own, what is on a desktop's is more than a budget of phones asks. */
const DESKTOP = [1440, 900] as const;
const PHONE = [390, 844] as const;
/** Keys this far apart, in milliseconds: each is shown before the next one comes, and none has to wait for another. */
const BETWEEN_KEYS = 120;
/** The same steps so many times: of each the median counts, since what a busy machine adds is not the step's own. */
const LAPS = 5;
const MOST_STEPS = 15;
const LEAST_KEYS = 40;

/** What the keys cost, against a budget for a share of them. `cycle` keys are pressed again and again. */
function costs(title: string, keys: readonly KeyCost[], cycle: number, share: number, budget: number): void {
  const name = share === 0.5 ? 'median' : `p${share * 100}`;
  const each = Array.from({ length: Math.min(cycle, keys.length) }, (_, i) => median(keys.filter((_key, at) => at % cycle === i).map(({ work }) => work)));
  held(`${title}: our work until it is painted, median`, median(each), null, 'ms', 1);
  held(`${title}: our work until it is painted, ${name}`, part(each, share), budget, 'ms', 1);
  const seen = keys.map((key) => key.seen);
  held(`${title}: key to paint as seen, median`, median(seen), null, 'ms', 1);
  held(`${title}: key to paint as seen, ${name}`, part(seen, share), budget, 'ms', 1);
  held(`${title}: of it waiting for the screen, median`, median(keys.map(({ waiting }) => waiting)), null, 'ms', 1);
  held(
    `${title}: of it waiting for the screen, ${name}`,
    part(
      keys.map(({ waiting }) => waiting),
      share,
    ),
    null,
    'ms',
    1,
  );
}

/**
 * What any key costs that shows anything: on the same page, one letter of one line changes, and nothing of ours works. The
 * browser's own share of every step, with what tracing adds; told beside the steps, and not taken off.
 */
async function leastCost(measured: Measured): Promise<void> {
  const { page } = measured;
  await page.evaluate(() => {
    let letter = 0;
    const change = (event: KeyboardEvent): void => {
      if (event.key !== 'q') return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const line = document.querySelector('.steps-sentence, .steps-count');
      const node = line && document.createTreeWalker(line, NodeFilter.SHOW_TEXT).nextNode();
      if (!(node instanceof Text)) throw new Error('the page has no line to change');
      node.data = String.fromCharCode(97 + (letter++ % 26)) + node.data.slice(1);
    };
    document.addEventListener('keydown', change, { capture: true });
  });
  const keys = await measured.keys(async () => {
    for (let i = 0; i < LEAST_KEYS; i++) {
      await page.keyboard.press('q');
      await page.waitForTimeout(BETWEEN_KEYS);
    }
  });
  const work = keys.map((key) => key.work);
  held('one letter changes, nothing of ours works: until it is painted, median', median(work), null, 'ms', 1);
  held('one letter changes, nothing of ours works: until it is painted, p95', part(work, 0.95), null, 'ms', 1);
}

async function steps(browser: Browser, served: Served): Promise<void> {
  const measure = async (title: string, text: string | null, [width, height]: readonly [number, number] = DESKTOP): Promise<void> => {
    const measured = await Measured.open(browser, served.address + EXAMPLE, width, height);
    await measured.ready();
    if (text !== null) {
      await measured.drop('big.save', text);
      await measured.page.waitForTimeout(1000);
    }
    const { page } = measured;
    await page.keyboard.press('Home');
    await page.waitForTimeout(500);
    // There and back: every key is a step.
    const last = Number(/(\d+)\D*$/.exec((await page.locator('.steps-count').first().textContent()) ?? '')?.[1] ?? 1) - 1;
    const far = Math.min(last, MOST_STEPS);
    const lap = async (): Promise<void> => {
      for (let i = 0; i < 2 * far; i++) {
        await page.keyboard.press(i < far ? 'ArrowRight' : 'ArrowLeft');
        await page.waitForTimeout(BETWEEN_KEYS);
      }
    };
    // Nothing was stepped yet: what is drawn for the first time costs more.
    const [cold] = await measured.keys(lap);
    await measured.reset();
    const keys = await measured.keys(async () => {
      for (let i = 0; i < LAPS; i++) await lap();
    });
    const { cls, longest } = await watched(page);
    await leastCost(measured);
    held(`${title}: the first step of all`, cold?.work ?? 0, null, 'ms', 1);
    costs(`${title}, ${last + 1} steps`, keys, 2 * far, 0.95, 16);
    held(`${title}: longest task meanwhile`, longest, 50, 'ms');
    held(`${title}: layout shift`, cls, 0, '', 3);
    held(`${title}: elements`, await page.evaluate(() => document.querySelectorAll('*').length), 1500, '');
    await measured.close();
  };
  await measure('scenario', null);
  await measure('scenario on a phone', null, PHONE);
  await measure('20,000 rules in one chain', rulesOf('flat'));
  await measure('20,000 rules in one chain on a phone', rulesOf('flat'), PHONE);
  await measure('20,000 rules in chains', rulesOf('chains'));
}

async function imports(browser: Browser, served: Served): Promise<void> {
  for (const shape of ['flat', 'chains'] as const) {
    const times: number[] = [];
    const longest: number[] = [];
    const threads: Tasks[] = [];
    for (let i = 0; i < RUNS; i++) {
      const measured = await Measured.open(browser, served.address + EXAMPLE);
      await measured.ready();
      // The engine is asked for a moment after the page is there.
      await measured.page.waitForTimeout(1500);
      let done: (() => Promise<Tasks>) | null = null;
      const time = await measured.drop('big.save', rulesOf(shape), async () => {
        await measured.page.waitForTimeout(200);
        await measured.reset();
        done = await measured.tasks();
      });
      times.push(time);
      await measured.page.waitForTimeout(1500);
      threads.push(await (done as unknown as () => Promise<Tasks>)());
      longest.push((await watched(measured.page)).longest);
      await measured.close();
    }
    held(`${shape}: from the drop to the verdict`, median(times), 1000, 'ms');
    held(`${shape}: longest task of the main thread`, median(longest), 50, 'ms');
    held(`${shape}: longest task of the main thread, at work`, median(threads.map((one) => one.longest.thread)), 50, 'ms');
    held(`${shape}: main thread at work`, median(threads.map(({ total }) => total)), null, 'ms');
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
    await field.focus();
    const address = '10.0.11.130';
    const lap = async (): Promise<void> => {
      for (const key of [...address, ...[...address].map(() => 'Backspace')]) {
        await page.keyboard.press(key);
        await page.waitForTimeout(BETWEEN_KEYS - 30);
      }
    };
    await lap();
    await measured.reset();
    const keys = await measured.keys(async () => {
      for (let i = 0; i < LAPS; i++) await lap();
    });
    await page.waitForTimeout(500);
    const { events } = await watched(page);
    costs(`${title}, a key in a field`, keys, 2 * address.length, 0.75, 100);
    held(`${title}: slowest interaction the browser reports`, Math.max(0, ...events), null, 'ms');
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
// Whoever asks a browser what a page does has it keep where every error was made: for that V8 would parse each script a second time, which
// takes longer than to run it. Kept from the start, what is measured is the page.
const browser = await launchBrowser(['--js-flags=--no-enable-lazy-source-positions']);
process.stdout.write(`${cpus()[0]?.model}, ${cpus().length} CPUs, load ${loadavg()[0]?.toFixed(1)}; main thread slowed ${SLOWER} times\n`);
for (const [title, measure] of Object.entries(PARTS)) {
  if (only.length > 0 && !only.includes(title)) continue;
  process.stdout.write(`\n${title}${title === 'load' ? ', on Slow 4G' : ''}\n`);
  await measure(browser, served);
}
process.stdout.write(`\nload at the end ${loadavg()[0]?.toFixed(1)}\n`);
await browser.close();
served.close();
