/** The page in a browser that is slowed as one says, watched from before anything of it is there. */

import type { Browser, CDPSession, Page } from 'playwright-core';
import { mixedRules } from '../inputs.ts';
import { watchKeys } from './keys.ts';
import type { Screen } from './screens.ts';
import { watchTasks, type Tasks } from './tasks.ts';

export const EXAMPLE = '#/s/kube-ovn-installed/p43-policy-forward';
/** In milliseconds. */
const LOAD_MAY_TAKE = 60_000;

type Shape = 'flat' | 'chains';
export const rulesOf = (shape: Shape): string => mixedRules(20_000, shape);

export interface Watch {
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

export const watched = (page: Page): Promise<Watch> => page.evaluate(() => (globalThis as unknown as { watched: Watch }).watched);

export class Measured {
  readonly page: Page;
  readonly #session: CDPSession;

  private constructor(page: Page, session: CDPSession) {
    this.page = page;
    this.#session = session;
  }

  /** `before` is called when nothing was loaded yet. */
  static async open(browser: Browser, address: string, { width, height, slower }: Screen, before: (session: CDPSession) => Promise<void> = async () => {}): Promise<Measured> {
    const context = await browser.newContext({ viewport: { width, height }, locale: 'en-GB', reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.addInitScript(watch);
    await page.addInitScript(watchKeys);
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
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
