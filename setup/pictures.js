/** Makes the pictures that the README and docs/pictures.md show, from the page as built: `npm run pictures`, after `npm run build`. */

import { chromium } from 'playwright-core';
import { preview } from 'vite';
import { chromiumHint, findChromium } from './chromium.js';

const DESKTOP = { width: 1440, height: 900 };
const LAPTOP = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844 };
const POLICY = '#/s/kube-ovn-installed/p43-policy-forward';

/** @typedef {import('playwright-core').Page} Page */

/**
 * What comes last: the reasons, bit by bit, and the state.
 * @param {Page} page
 */
async function reasons(page) {
  await page.locator('.why .bits').waitFor();
  await page.locator('.state .bits').waitFor();
}

/**
 * Where each picture is taken, and what is done before. Light and English if nothing else is said.
 * @type {readonly { file: string, size: { width: number, height: number }, link: string, ready?: (page: Page) => Promise<void>, dark?: boolean, language?: string }[]}
 */
const PICTURES = [
  { file: 'docs/page.png', size: DESKTOP, link: POLICY, ready: reasons },
  {
    file: 'docs/pictures/why-not.png',
    size: LAPTOP,
    link: POLICY,
    async ready(page) {
      await page.getByRole('button', { name: 'Why not…?' }).click();
      await page.getByRole('region', { name: 'Why not…?' }).getByRole('button').nth(3).waitFor();
    },
  },
  { file: 'docs/pictures/dark-chinese.png', size: LAPTOP, link: '#/s/kube-ovn-ipvs/p25-pod-to-cluster-ip', dark: true, language: 'zh-CN' },
  {
    file: 'docs/pictures/cluster.png',
    size: LAPTOP,
    link: '#/s/kube-ovn-cluster',
    async ready(page) {
      await page.getByRole('button', { name: 'Cluster', exact: true }).click();
    },
  },
  {
    file: 'docs/pictures/gallery.png',
    size: LAPTOP,
    link: POLICY,
    async ready(page) {
      await page
        .getByRole('button', { name: /Policy forward/ })
        .first()
        .click();
      const dialog = page.getByRole('dialog', { name: 'Scenarios' });
      await dialog.getByRole('combobox').first().fill('0x80000');
      await dialog.getByRole('option').first().waitFor();
    },
  },
  { file: 'docs/pictures/phone.png', size: PHONE, link: POLICY },
  { file: 'docs/pictures/phone-dark.png', size: PHONE, link: '#/s/kube-ovn-installed/p03-second-udp-packet', dark: true },
];

const executablePath = findChromium();
if (!executablePath) {
  console.error(`packetwalk: no Chromium: ${chromiumHint}`);
  process.exit(1);
}
const server = await preview({ preview: { port: 0, host: '127.0.0.1', open: false }, logLevel: 'warn' });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
for (const { file, size, link, ready, dark = false, language = 'en-GB' } of PICTURES) {
  const page = await browser.newPage({ viewport: size, locale: language, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
  await page.goto(`${server.resolvedUrls?.local[0]}${link}`);
  await page.getByTestId('verdict').waitFor();
  await page.waitForFunction(() => /\d/.test(document.querySelector('[data-testid=narration]')?.textContent ?? ''));
  if (ready) await ready(page);
  // Panels that follow the others have come, and nothing is under way.
  await page.waitForTimeout(500);
  await page.screenshot({ path: file });
  await page.close();
}
await browser.close();
await server.close();
