/** What axe finds wrong with a page, or with parts of it: one line each, empty if nothing. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(context: unknown, options: unknown): Promise<{ readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[] }>;
}

/** @param parts selectors; a part that is not there is passed over, and axe throws where none is. All of the page if left out. */
export function violations(page: Page, ...parts: readonly string[]): Promise<string[]> {
  return found(page, parts, true);
}

/** The same without contrast, which is half of the time: for a look whose colours are measured in another language. */
export function violationsButContrast(page: Page, ...parts: readonly string[]): Promise<string[]> {
  return found(page, parts, false);
}

async function found(page: Page, parts: readonly string[], contrast: boolean): Promise<string[]> {
  // Half a megabyte: a page gets it once.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
  const result = await page.evaluate(
    ({ include, contrast }) =>
      (globalThis as unknown as { axe: Axe }).axe.run(include.length === 0 ? document : { include: include.map((part) => [part]) }, {
        resultTypes: ['violations'],
        selectors: false,
        rules: { 'color-contrast': { enabled: contrast } },
      }),
    { include: parts, contrast },
  );
  const unseen = contrast ? await page.evaluate(asGround) : [];
  return [...result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), ...unseen];
}

/** Controls whose words have the colour of what they stand on: axe is not sure whether those are hidden on purpose, and says nothing. */
function asGround(): string[] {
  return [...document.querySelectorAll('button, a, summary, input, select, textarea')]
    .filter((control) => control.checkVisibility() && (control.textContent?.trim() || control instanceof HTMLInputElement))
    .filter((control) => {
      const { color, backgroundColor } = getComputedStyle(control);
      return color === backgroundColor;
    })
    .map((control) => `words as their ground: ${control.outerHTML.slice(0, 120)}`);
}
