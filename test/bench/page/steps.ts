/** Steps by key, from the first one on and back: what each costs until it is painted, and what moves meanwhile. */

import type { Browser } from 'playwright-core';
import type { Served } from '../page-server.ts';
import { blankKeys, BETWEEN_KEYS, keysSeen } from './keys.ts';
import { EXAMPLE, Measured, rulesOf, watched } from './opened.ts';
import { heading, held, median, part } from './report.ts';
import { DESKTOP, PHONE, SLOW_DESKTOP, type Screen } from './screens.ts';

/** The same steps so many times. */
const LAPS = 5;
const MOST_STEPS = 15;
/** From the key to its paint, 95 of 100 steps; of a desktop as it is and of a phone, which a slowed processor stands for. */
const STEP_BUDGET = 16;
const BUDGETED: readonly Screen[] = [DESKTOP, PHONE];

export async function steps(browser: Browser, served: Served): Promise<void> {
  for (const screen of [DESKTOP, PHONE, SLOW_DESKTOP]) {
    await stepping(browser, served, screen, 'scenario', null);
    await stepping(browser, served, screen, '20,000 rules in one chain', rulesOf('flat'));
    await stepping(browser, served, screen, '20,000 rules in chains', rulesOf('chains'));
  }
}

async function stepping(browser: Browser, served: Served, screen: Screen, what: string, text: string | null): Promise<void> {
  const measured = await Measured.open(browser, served.address + EXAMPLE, screen);
  await measured.ready();
  const { page } = measured;
  if (text !== null) {
    await measured.drop('big.save', text);
    await page.waitForTimeout(1000);
  }
  const blank = await blankKeys(page, screen);
  await page.bringToFront();
  await page.keyboard.press('Home');
  await page.waitForTimeout(500);
  // There and back: every key is a step.
  const last = Number(/(\d+)\D*$/.exec((await page.locator('.steps-count').first().textContent()) ?? '')?.[1] ?? 1) - 1;
  const far = Math.min(last, MOST_STEPS);
  const laps = async (count: number): Promise<void> => {
    for (let i = 0; i < count * 2 * far; i++) {
      await page.keyboard.press(i % (2 * far) < far ? 'ArrowRight' : 'ArrowLeft');
      await page.waitForTimeout(BETWEEN_KEYS);
    }
  };
  // Nothing was stepped yet: what is drawn for the first time costs more.
  const [first] = await keysSeen(page, () => laps(1));
  await measured.reset();
  const seen = await keysSeen(page, () => laps(LAPS));
  const { cls, longest } = await watched(page);
  const p95 = part(seen, 0.95);
  heading(`${screen.name}, ${screen.slower === 1 ? 'not slowed' : `${screen.slower} times slower`}: ${what}, ${last + 1} steps`);
  held('a blank page, one letter changes: key to paint, median', median(blank), null, 'ms', 1);
  held('a blank page, one letter changes: key to paint, p95', part(blank, 0.95), null, 'ms', 1);
  held('the first step of all', first ?? 0, null, 'ms', 1);
  held('key to paint, median', median(seen), null, 'ms', 1);
  held('key to paint, p95', p95, BUDGETED.includes(screen) ? STEP_BUDGET : null, 'ms', 1);
  held("p95, beyond the blank page's median", p95 - median(blank), null, 'ms', 1);
  // With all that a step leaves for later. Of a busy machine it is the value that says something.
  const done = await measured.tasks();
  await laps(1);
  held('main thread at work, each step', (await done()).total / (2 * far), null, 'ms', 1);
  held('longest task', longest, 50, 'ms');
  held('layout shift', cls, 0, '', 3);
  held('elements', await page.evaluate(() => document.querySelectorAll('*').length), 1500, '');
  await measured.close();
}
