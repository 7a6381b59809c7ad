/** What one step does to the page: it changes what differs, and draws nothing else again. Counted, not timed. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { openPage } from './open-page.ts';

/** Rules without a target match and go on: each is a step of its own, all in one chain. */
const RULES = 300;
const LONG_CHAIN = `*filter\n:FORWARD ACCEPT [0:0]\n${Array.from({ length: RULES }, (_, i) => `-A FORWARD -m mark ! --mark 0x${(i + 1).toString(16)}`).join('\n')}\nCOMMIT\n`;

interface Changes {
  readonly records: number;
  /** Numbers of the rows in which anything changed, and how many there are. */
  readonly rows: readonly number[];
  readonly drawn: number;
  /** Panels in which anything changed. */
  readonly panels: readonly string[];
  readonly elements: number;
}

/** What a key changes in the page until it is painted. */
async function changesOf(page: Page, key: string): Promise<Changes> {
  await page.evaluate(() => {
    const seen: MutationRecord[] = [];
    const observer = new MutationObserver((records) => seen.push(...records));
    observer.observe(document.body, { subtree: true, attributes: true, childList: true, characterData: true });
    Object.assign(globalThis, { stopWatching: () => [seen.push(...observer.takeRecords()), observer.disconnect(), seen].at(-1) });
  });
  await page.keyboard.press(key);
  return page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const records = (globalThis as unknown as { stopWatching(): MutationRecord[] }).stopWatching();
    const elementOf = ({ target }: MutationRecord): Element | null => (target instanceof Element ? target : target.parentElement);
    const rows = records.map((record) => elementOf(record)?.closest<HTMLElement>('[data-row]')?.dataset.row).filter((row) => row !== undefined);
    const panels = records.map((record) => elementOf(record)?.closest('.main > section, .side > section')?.className.split(' ', 1)[0] ?? '');
    return {
      records: records.length,
      rows: [...new Set(rows.map(Number))].sort((a, b) => a - b),
      drawn: document.querySelectorAll('.rule-list [data-row]').length,
      panels: [...new Set(panels)].filter((panel) => panel !== '').sort(),
      elements: document.querySelectorAll('*').length,
    };
  });
}

/** Longer than anything that is drawn later keeps the page waiting, in milliseconds (widgets/virtual-list.tsx: MOMENT). */
const QUIET = 300;

/** Nothing of the page has changed for a while. */
function atRest(page: Page): Promise<void> {
  return page.evaluate(
    (quiet) =>
      new Promise<void>((resolve) => {
        const done = (): void => {
          observer.disconnect();
          resolve();
        };
        let timer = setTimeout(done, quiet);
        const observer = new MutationObserver(() => {
          clearTimeout(timer);
          timer = setTimeout(done, quiet);
        });
        observer.observe(document.body, { subtree: true, attributes: true, childList: true, characterData: true });
      }),
    QUIET,
  );
}

describe.skipIf(!chromiumPath)('what a step costs', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  async function openLongChain(): Promise<Page> {
    const { page } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward');
    await page.evaluate((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'long.save', { type: 'text/plain' }));
      document.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, LONG_CHAIN);
    await page.waitForFunction((rules) => document.querySelector('.rule-list')?.getAttribute('aria-label') === `FORWARD: ${rules} rules`, RULES);
    await page.keyboard.press('Home');
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
    // The rows around those in view come a moment after the list.
    await atRest(page);
    return page;
  }

  test('from rule to rule: the two rows, their reasons and the timeline change; the way, the verdict and the packet are left alone', async () => {
    const page = await openLongChain();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowLeft']) {
      const { records, rows, drawn, panels, elements } = await changesOf(page, key);
      expect(rows).toHaveLength(2);
      expect((rows[1] as number) - (rows[0] as number)).toBe(1);
      expect(drawn).toBeGreaterThan(10);
      expect(panels).toEqual(['rules', 'state', 'steps', 'why']);
      expect(records).toBeLessThan(45);
      expect(elements).toBeLessThanOrEqual(1500);
    }
    await page.context().close();
  });

  test('no step asks for a layout before the browser makes one', async () => {
    const { page } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward');
    await page.locator('.state-step').waitFor();
    await page.keyboard.press('Home');
    await atRest(page);
    await page.evaluate(() => {
      const asked: string[] = [];
      let handling = false;
      const count = (owner: object, name: string): void => {
        const was = Object.getOwnPropertyDescriptor(owner, name) as PropertyDescriptor;
        const note = (): void => void (handling && asked.push(name));
        if (was.get)
          Object.defineProperty(owner, name, {
            ...was,
            get(this: Element) {
              note();
              return was.get?.call(this);
            },
          });
        else
          Object.defineProperty(owner, name, {
            ...was,
            value(this: Element, ...given: unknown[]) {
              note();
              return (was.value as (...all: unknown[]) => unknown).apply(this, given);
            },
          });
      };
      for (const name of ['clientHeight', 'clientWidth', 'scrollTop', 'scrollHeight', 'scrollWidth', 'getBoundingClientRect']) count(Element.prototype, name);
      for (const name of ['offsetTop', 'offsetHeight', 'innerText']) count(HTMLElement.prototype, name);
      // What is drawn for a key is drawn before the next frame begins; in that frame, anything but the first question is free.
      window.addEventListener(
        'keydown',
        () => {
          handling = true;
          requestAnimationFrame(() => {
            handling = false;
          });
        },
        { capture: true },
      );
      Object.assign(globalThis, { asked });
    });
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('ArrowRight');
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    expect(await page.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)).toEqual([]);
    await page.context().close();
  });

  test('between two tables the list of rules stays as it is, out of sight', async () => {
    const page = await openLongChain();
    const kept = (): Promise<boolean> =>
      page.evaluate(() => {
        const now = document.querySelector('.rule-list [data-row]');
        const before = (globalThis as unknown as { row?: Element | null }).row;
        Object.assign(globalThis, { row: now });
        return now !== null && now === before;
      });
    const shown = async (): Promise<[list: boolean, between: boolean]> => [await page.locator('.rule-list').isVisible(), await page.locator('.rules-step').isVisible()];
    await page.keyboard.press('Home');
    await page.locator('.rules-step').waitFor();
    expect(await shown()).toEqual([false, true]);
    await kept();
    await page.keyboard.press('ArrowRight');
    expect(await kept()).toBe(true);
    expect(await shown()).toEqual([true, false]);
    expect(await page.locator('.rule-list [aria-current=step]').count()).toBe(1);
    await page.keyboard.press('ArrowLeft');
    expect(await kept()).toBe(true);
    expect(await shown()).toEqual([false, true]);
    await page.context().close();
  });

  test('on a phone, too, nothing moves on a step, not even what the browser would excuse after a key', async () => {
    const { page } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward', { width: 390, height: 844 });
    await page.keyboard.press('Home');
    await atRest(page);
    await page.evaluate(() => {
      const moved: string[] = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { sources: { node: Node | null }[] })[])
          moved.push(...entry.sources.map(({ node }) => `${document.querySelector('.steps-count')?.textContent}: ${node instanceof Element ? node.className : node?.textContent}`));
      }).observe({ type: 'layout-shift' });
      Object.assign(globalThis, { moved });
    });
    for (let i = 0; i < 15; i++) {
      await page.keyboard.press('ArrowRight');
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    }
    await atRest(page);
    expect(await page.evaluate(() => (globalThis as unknown as { moved: string[] }).moved)).toEqual([]);
    await page.context().close();
  });

  test('what is out of view follows: the state is the same, however one came to a step', async () => {
    const { page } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward?step=1');
    await page.locator('.state-step').waitFor();
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('ArrowRight');
      await page.waitForTimeout(100);
    }
    const came = await page.locator('#region-state').textContent();
    await page.context().close();
    const { page: opened } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward?step=9');
    await opened.locator('.state-step').waitFor();
    expect(came).toBe(await opened.locator('#region-state').textContent());
    await opened.context().close();
  });

  test('a key in a field changes that field', async () => {
    const { page } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward');
    await page.getByLabel('dest. port', { exact: true }).focus();
    await page.keyboard.press('End');
    const { panels } = await changesOf(page, '5');
    expect(panels).toEqual(['packet']);
    await page.context().close();
  });

  test('every panel is of the same step when it is painted', async () => {
    const { page } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward');
    await page.locator('.state-step').waitFor();
    await page.keyboard.press('Home');
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('ArrowRight');
      const shown = await page.evaluate(async () => {
        await new Promise(requestAnimationFrame);
        const text = (selector: string): string => document.querySelector(selector)?.textContent ?? '';
        const slider = document.querySelector<HTMLInputElement>('.step-strip input');
        return {
          steps: /\d+/.exec(text('.steps-count'))?.[0],
          state: /\d+/.exec(text('.state-step'))?.[0],
          said: /\d+/.exec(text('[data-testid=narration]'))?.[0],
          slider: String(Number(slider?.value) + 1),
        };
      });
      const step = String(i + 2);
      expect(shown).toEqual({ steps: step, state: step, said: step, slider: step });
    }
    await page.context().close();
  });
});
