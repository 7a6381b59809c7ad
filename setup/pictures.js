/** Makes the picture of the page that the README shows, from the page as built: `node setup/pictures.js`, after `npm run build`. */

import { chromium } from 'playwright-core';
import { preview } from 'vite';
import { chromiumHint, findChromium } from './chromium.js';

const executablePath = findChromium();
if (!executablePath) {
  console.error(`packetwalk: no Chromium: ${chromiumHint}`);
  process.exit(1);
}
const server = await preview({ preview: { port: 0, host: '127.0.0.1', open: false }, logLevel: 'warn' });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', colorScheme: 'light', reducedMotion: 'reduce' });
await page.goto(`${server.resolvedUrls?.local[0]}#/s/kube-ovn-installed/p43-policy-forward`);
// What comes last: the reasons, bit by bit, and the state.
await page.locator('.why .bits').waitFor();
await page.locator('.state .bits').waitFor();
await page.screenshot({ path: 'docs/page.png' });
await browser.close();
await server.close();
