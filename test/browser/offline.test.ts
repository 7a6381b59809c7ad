/**
 * Once loaded, the page works without a network: what it is made of and all scenarios were kept by the browser. A page that was
 * published since is shown as soon as there is a network again. Served here by a server that can be taken away.
 */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, newPage, sharedBrowser } from '../support/browser.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};
const FORWARD = '#/s/kube-ovn-installed/p43-policy-forward';

describe.skipIf(!chromiumPath)('without a network', () => {
  let browser: Browser;
  let server: Server;
  let folder = '';
  let address = '';
  /** `gone`: nobody listens; `silent`: it never answers. */
  let network: 'there' | 'gone' | 'silent' = 'there';

  beforeAll(async () => {
    browser = await sharedBrowser();
    folder = mkdtempSync(join(tmpdir(), 'packetwalk-'));
    cpSync('dist/page', folder, { recursive: true });
    server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://page').pathname;
      if (network === 'gone') return request.socket.destroy();
      if (network === 'silent') return;
      try {
        const file = path.endsWith('/') ? `${path}index.html` : path;
        response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(join(folder, file)));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The browser has kept the page. */
  const kept = (page: Page): Promise<void> =>
    expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.active?.state), { timeout: 45_000 }).toBe('activated');
  const verdict = (page: Page): Promise<string> => page.getByTestId('verdict').innerText();

  test('it opens, steps, speaks Chinese and shows scenarios that were never opened', async () => {
    network = 'there';
    const { page, complaints } = await newPage(browser, { offline: true });
    await page.goto(address + FORWARD);
    await page.getByTestId('verdict').waitFor();
    await kept(page);
    const cdp = await page.context().newCDPSession(page);
    expect((await cdp.send('Page.getInstallabilityErrors')).installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);

    network = 'gone';
    await page.goto('about:blank');
    await page.goto(address + FORWARD);
    await page.getByTestId('verdict').waitFor();
    expect(await verdict(page)).toContain('Not SNATed: leaves eth0 as 10.0.11.2');
    const step = await page.getByTestId('narration').innerText();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((before) => document.querySelector('[data-testid=narration]')?.textContent !== before, step);

    await page.goto(`${address}#/s/kube-ovn-ipvs/p26-wrong-port?lang=zh`);
    await page.waitForFunction(() => !document.querySelector('[data-testid=verdict]')?.textContent?.includes('10.0.11.2') && document.documentElement.lang.startsWith('zh'));
    expect(await verdict(page)).toMatch(/[\u4e00-\u9fff]/);
    expect(complaints.filter((one) => !one.includes('Failed to load resource'))).toEqual([]);

    // Nor is a network waited for that is there, and never answers.
    network = 'silent';
    await page.goto('about:blank');
    await page.goto(address + FORWARD);
    await page.getByTestId('verdict').waitFor();
    await page.context().close();
  });

  test('what was published since is shown with the next visit, and what it no longer needs is forgotten', async () => {
    network = 'there';
    const { page } = await newPage(browser, { offline: true });
    await page.goto(address);
    await kept(page);
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    writeFileSync(join(folder, 'index.html'), html.replace('<title>Packetwalk</title>', '<title>Packetwalk</title><meta name="published" content="later" />'));
    const worker = readFileSync(join(folder, 'service-worker.js'), 'utf8');
    writeFileSync(join(folder, 'service-worker.js'), worker.replace(/version:`[^`]*/, 'version:`later'));
    try {
      await page.reload();
      expect(await page.locator('meta[name=published]').count()).toBe(1);
      // The worker of before serves until no page of before is left.
      await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
      await expect.poll(() => page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state), { timeout: 45_000 }).toBe('installed');
      // It takes over when the browser finds nobody left: it may be a visit later.
      const visit = async () => {
        await page.goto('about:blank');
        await page.waitForTimeout(300);
        await page.goto(address);
        return page.evaluate(async () => (await caches.keys()).map((name) => name.split(' ').at(-1)));
      };
      await expect.poll(visit, { timeout: 45_000 }).toEqual(['later']);
    } finally {
      writeFileSync(join(folder, 'index.html'), html);
      writeFileSync(join(folder, 'service-worker.js'), worker);
    }
    await page.context().close();
  });

  test('the embed asks for nothing to be kept', () => {
    const scripts = readdirSync('dist/page/embed').filter((name) => /\.(js|html)$/.test(name));
    expect(scripts).toContain('embed.js');
    for (const name of scripts) expect(readFileSync(`dist/page/embed/${name}`, 'utf8'), name).not.toContain('serviceWorker');
  });
});
