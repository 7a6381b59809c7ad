/** What the browser itself refuses on the built page: scripts that are not its own, and hosts that are not its own. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { chromiumPath, newPage, sharedBrowser } from '../support/browser.ts';

const html = readFileSync('dist/page/index.html', 'utf8');
const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(html)?.[1] ?? '';

test('every script in the HTML is named in its policy, and no other is allowed', () => {
  const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  expect(scripts.length).toBeGreaterThan(1);
  const [, allowed = ''] = /script-src ([^;]*)/.exec(policy) ?? [];
  expect(allowed.split(' ')).toEqual(["'self'", ...scripts]);
});

describe.skipIf(!chromiumPath)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('a script that came into the page is not run, and no other host is asked', async () => {
    const { page, complaints } = await newPage(browser);
    await page.goto(inject('address'));
    await page.getByTestId('verdict').waitFor();
    expect(complaints).toEqual([]);
    const ran = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.intruded = true';
      document.body.append(script);
      const asked = await fetch('http://localhost:9/').then(
        () => true,
        () => false,
      );
      return [(globalThis as { intruded?: boolean }).intruded === true, asked];
    });
    expect(ran).toEqual([false, false]);
    // Refused by the policy, not by a host that does not answer.
    expect(complaints.filter((one) => one.includes('script-src') || one.includes('inline script')).length).toBeGreaterThan(0);
    expect(complaints.filter((one) => one.includes('connect-src') || one.includes('Content Security Policy')).length).toBeGreaterThan(0);
    await page.context().close();
  });
});
