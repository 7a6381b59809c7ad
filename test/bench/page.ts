/**
 * `npm run bench:page`: the built page in a real browser against the budgets of its specification. A slowed main
 * thread stands for a slower processor (`page/screens.ts`), and the network is slow where it says so. Nothing fails here, since
 * a busy machine is no fault of the page: what misses its budget is marked. Words after `--` choose parts; each is a file in
 * `page/`.
 */

import { cpus, loadavg } from 'node:os';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { servePage, type Served } from './page-server.ts';
import { imports } from './page/imports.ts';
import { load } from './page/load.ts';
import { memory } from './page/memory.ts';
import { scrolling } from './page/scrolling.ts';
import { sizes } from './page/sizes.ts';
import { steps } from './page/steps.ts';
import { typing } from './page/typing.ts';

const PARTS: Readonly<Record<string, (browser: Browser, served: Served) => Promise<void>>> = { sizes, load, steps, imports, scrolling, typing, memory };

const only = process.argv.slice(2);
const served = await servePage('dist/page');
// Whoever asks a browser what a page does has it keep where every error was made: for that V8 would parse each script a second time, which
// takes longer than to run it. Kept from the start, what is measured is the page.
const browser = await launchBrowser(['--js-flags=--no-enable-lazy-source-positions']);
process.stdout.write(`${cpus()[0]?.model}, ${cpus().length} CPUs, load ${loadavg()[0]?.toFixed(1)}\n`);
for (const [title, measure] of Object.entries(PARTS)) {
  if (only.length > 0 && !only.includes(title)) continue;
  process.stdout.write(`\n${title}${title === 'load' ? ', on Slow 4G' : ''}\n`);
  await measure(browser, served);
}
process.stdout.write(`\nload at the end ${loadavg()[0]?.toFixed(1)}\n`);
await browser.close();
served.close();
