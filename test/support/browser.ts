/** A real browser for the tests of the page: the machine's own Chromium, kept off the network and the same every time. */

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../setup/chromium.js';

/** Path of Chromium; null: skip (`describe.skipIf(!chromiumPath)`), setup has said why. */
export const chromiumPath: string | null = findChromium();

const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Starts Chromium, with more switches if need be. The caller closes it. */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  if (!chromiumPath) throw new Error('no Chromium');
  return chromium.launch({ executablePath: chromiumPath, args: [...quiet, ...more] });
}

let shared: Promise<Browser> | null = null;

/** Those whose page is as new, and waits for whoever needs one. */
export const waiting = new Set<BrowserContext>();

/**
 * One Chromium for all files that this process runs, one after the other: what a test needs of its own is a page. Pages that a file
 * left open, one that failed above all, are closed when the next begins. It ends with the process.
 */
export async function sharedBrowser(): Promise<Browser> {
  shared ??= launchBrowser();
  const browser = await shared;
  await Promise.all(browser.contexts().map((context) => waiting.has(context) || context.close()));
  return browser;
}

/** What a page hears that may not be kept. */
const REFUSED = 'Service Worker registration blocked by Playwright';

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly locale?: string;
  readonly colorScheme?: 'light' | 'dark';
  /** The browser may keep the page for where there is no network; else it is asked, and does not. */
  readonly offline?: boolean;
}

/** A page in a context of its own. `complaints` fills with what a user would never see and must not happen: errors and requests to other hosts. */
export async function newPage(browser: Browser, options: PageOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'light',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    serviceWorkers: options.offline ? 'allow' : 'block',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if ((message.type() === 'error' || message.type() === 'warning') && message.text() !== REFUSED) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const host = new URL(request.url()).hostname;
    if (!['127.0.0.1', 'localhost', ''].includes(host)) complaints.push(`request to ${host}`);
  });
  return { page, complaints };
}
