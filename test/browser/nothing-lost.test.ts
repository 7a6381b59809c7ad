/**
 * What a person wrote is never lost, and what the page showed stays until there is something newer: through another language, another
 * theme, another scenario, Back, a reload, and text that cannot be read. Nor does any of it leave for another host.
 */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, newPage, sharedBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

const says = (page: Page, text: string) => page.waitForFunction((wanted) => document.querySelector('[data-testid=verdict]')?.textContent?.includes(wanted), text);
/** The field of the source address, in either language. */
const source = (page: Page) => page.locator('.packet [role=combobox]').first();
const switchLanguage = (page: Page) => page.locator('.bar').getByRole('button', { name: /^(中文|English)$/ });
const switchTheme = (page: Page) => page.locator('.bar').getByRole('button', { name: /^(Theme|主题)/ });

async function drop(page: Page, name: string, text: string): Promise<void> {
  await page.evaluate(
    ({ name, text }) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, { type: 'text/plain' }));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    { name, text },
  );
}

describe.skipIf(!chromiumPath)('nothing is lost', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('a field that cannot be read keeps its text through language, theme, reload, another scenario and Back', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    const typed = '10.0.11.';
    await source(page).fill(typed);
    await page.keyboard.press('Escape');
    await page.getByText('not an address such as').waitFor();
    await switchLanguage(page).click();
    await page.waitForFunction(() => document.documentElement.lang === 'zh-Hans');
    expect(await source(page).inputValue()).toBe(typed);
    await switchTheme(page).click();
    await page.waitForFunction(() => document.documentElement.dataset.theme !== undefined);
    expect(await source(page).inputValue()).toBe(typed);
    expect(await page.getByTestId('verdict').innerText()).toContain('未做 SNAT');
    await page.waitForFunction((text) => decodeURIComponent(location.hash).includes(`pkt.src=${text}`), typed);
    await page.reload();
    await page.waitForFunction((text) => document.querySelector<HTMLInputElement>('.packet [role=combobox]')?.value === text, typed);
    // Nothing was walked before: it is with the address that the field had, which is said.
    const asBefore = () => page.waitForFunction(() => document.querySelector('.verdict[data-stale=true] [data-testid=verdict]')?.textContent?.includes('未做 SNAT：以 10.0.11.2 '));
    await asBefore();
    await page.locator('body').press(']');
    await page.waitForFunction(() => location.hash.includes('p43v6'));
    expect(await source(page).inputValue()).not.toBe(typed);
    await page.goBack();
    await page.waitForFunction((text) => document.querySelector<HTMLInputElement>('.packet [role=combobox]')?.value === text, typed);
    // Not with what became of the packet that was on the page.
    await asBefore();
    await page.goForward();
    await page.waitForFunction((text) => document.querySelector<HTMLInputElement>('.packet [role=combobox]')?.value !== text, typed);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('text of rules that cannot be read stays as it was typed, and the rest of it is walked', async () => {
    const { page, complaints } = await openPage(browser, FORWARD);
    const text = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p\n-A FORWARD -j DROP\nCOMMIT\n';
    await drop(page, 'mine.save', text.replace(' -p\n', ' -p tcp\n'));
    await says(page, 'Dropped: by filter/FORWARD/2');
    await page.getByRole('button', { name: 'Plain text' }).click();
    const area = page.locator('.source textarea');
    await area.fill(text);
    await page.locator('.problems summary').waitFor();
    expect(await page.getByTestId('verdict').count()).toBe(1);
    await switchLanguage(page).click();
    await switchTheme(page).click();
    expect(await area.inputValue()).toBe(text);
    await page.waitForFunction(() => location.hash.startsWith('#/own'));
    await page.reload();
    await page.getByTestId('verdict').waitFor();
    await page.getByRole('button', { name: '纯文本' }).click();
    expect(await area.inputValue()).toBe(text);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('while a walk is under way all panels show the last one; nothing takes their place', async () => {
    const { page, complaints } = await newPage(browser);
    page.setDefaultTimeout(15_000);
    // A worker that is as slow as one wants it: it gets what it is asked when it is let go.
    await page.addInitScript(() => {
      const held: (() => void)[] = [];
      const gate = { closed: false, open: () => held.splice(0).forEach((go) => void go()) };
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (this: Worker, message: unknown) {
        if (gate.closed) held.push(() => post.call(this, message));
        else post.call(this, message);
      };
      Object.assign(globalThis, { gate });
    });
    await page.goto(`${inject('address')}${FORWARD}`);
    await page.getByTestId('verdict').waitFor();
    const shown = () =>
      page.evaluate(() =>
        Object.fromEntries(
          ['.verdict-text', '.causes', '.rules', '.why', '.state', '.path', '.steps'].map((one) => [one, document.querySelector<HTMLElement>(one)?.innerText ?? 'gone']),
        ),
      );
    // What is not looked at first comes a moment later.
    await page.locator('.state-step').waitFor();
    await page.locator('#region-rules [aria-current=step]').waitFor();
    await page.locator('#region-path .stop[data-state=now]').first().waitFor();
    const before = await shown();
    await page.evaluate(() => {
      (globalThis as unknown as { gate: { closed: boolean } }).gate.closed = true;
    });
    await source(page).fill('10.0.11.130');
    await page.keyboard.press('Escape');
    // It takes long enough that the page says so.
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    expect(await shown()).toEqual(before);
    // Beside the new packet it is an old one.
    const old = page.locator('.verdict[data-stale=true]', { hasText: 'as it was: the new one is being worked out' });
    await old.waitFor();
    expect(await page.locator('.main :is(progress, [role=progressbar], [aria-busy=true])').count()).toBe(0);
    await page.evaluate(() => {
      const { gate } = globalThis as unknown as { gate: { closed: boolean; open: () => void } };
      gate.closed = false;
      gate.open();
    });
    await says(page, 'SNATed: leaves eth0 as 192.168.0.101');
    expect((await shown())['.steps']).not.toBe(before['.steps']);
    expect(await old.count()).toBe(0);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });

  test('no request goes to any other host, and none says a word of the rules; the browser itself would refuse', async () => {
    const { page, complaints } = await newPage(browser);
    page.setDefaultTimeout(15_000);
    const own = new URL(inject('address')).host;
    const secret = 'kept-to-myself-4711';
    const asked: string[] = [];
    await page.context().route('**/*', async (route) => {
      const request = route.request();
      if (new URL(request.url()).host !== own) asked.push(request.url());
      if (`${request.url()} ${request.postData() ?? ''} ${JSON.stringify(await request.allHeaders())}`.includes(secret)) asked.push(`it is told in ${request.url()}`);
      await route.continue();
    });
    await page.goto(`${inject('address')}${FORWARD}`);
    await page.getByTestId('verdict').waitFor();
    await drop(page, `${secret}.save`, `*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m comment --comment "${secret}" -j DROP\nCOMMIT\n`);
    await says(page, 'Dropped: by filter/FORWARD/1');
    for (const key of ['o', 'Control+k', 'g', '?', 'Control+s']) {
      await page.locator('body').press(key);
      await page.locator('dialog[open]').waitFor();
      await page.keyboard.press('Escape');
      await page.locator('dialog[open]').waitFor({ state: 'detached' });
    }
    await page.locator('body').press('w');
    await page.locator('.why-not-list, .why-not .panel-body p').first().waitFor();
    await page.getByRole('button', { name: 'Plain text' }).click();
    await switchLanguage(page).click();
    await page.waitForFunction(() => location.hash.startsWith('#/own'));
    await page.reload();
    await page.getByTestId('verdict').waitFor();
    // By any of the ways there are, from within the page itself.
    const refused = await page.evaluate(async () => {
      const no: string[] = [];
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => no.push(effectiveDirective));
      await fetch('https://elsewhere.example/').catch(() => undefined);
      navigator.sendBeacon('https://elsewhere.example/', 'x');
      new Image().src = 'https://elsewhere.example/x.png';
      const script = document.createElement('script');
      script.src = 'https://elsewhere.example/x.js';
      document.head.append(script);
      const began = performance.now();
      while (no.length < 4 && performance.now() - began < 5000) await new Promise(requestAnimationFrame);
      return no.toSorted();
    });
    expect(refused).toEqual(['connect-src', 'connect-src', 'img-src', 'script-src-elem']);
    expect(asked).toEqual([]);
    expect(complaints.filter((text) => !text.includes('elsewhere.example'))).toEqual([]);
    await giveBack(page);
  });
});
