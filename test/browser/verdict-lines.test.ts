/** How the verdict and what caused it break into lines, in a real browser: between facts, never within an address, and no word alone. */

import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, sharedBrowser } from '../support/browser.ts';
import { DESKTOP, LAPTOP, looks, PHONE } from '../support/looks.ts';
import { inEachLook } from './open-page.ts';

/** The lines of an element as they are drawn. */
const linesOf = (page: Page, selector: string) =>
  page.$$eval(selector, (elements) =>
    elements.map((element) => {
      const lines: { top: number; text: string }[] = [];
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const range = document.createRange();
      for (let node = walker.nextNode(); node; node = walker.nextNode())
        for (let i = 0; i < (node.textContent ?? '').length; i++) {
          range.setStart(node, i);
          range.setEnd(node, i + 1);
          const { top, width } = range.getBoundingClientRect();
          const last = lines.at(-1);
          if (width === 0) continue;
          if (last && Math.abs(last.top - top) < 6) last.text += range.toString();
          else lines.push({ top, text: range.toString() });
        }
      return lines.map(({ text }) => text.trim());
    }),
  );

describe.skipIf(!chromiumPath)('lines of the verdict', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedBrowser();
  });

  test('those of the packet as it leaves end after a fact', async () => {
    const ROOMY = [DESKTOP, LAPTOP, [800, 1000]] as const;
    for (const [scenario, frames] of [
      ['kube-ovn-installed/p43-policy-forward', looks(...ROOMY, PHONE)],
      // On a phone its ends alone are longer than a line.
      ['kube-ovn-ipvs-documented/p25sv6-pod-to-cluster-ip', looks(...ROOMY)],
    ] as const)
      await inEachLook(
        browser,
        `#/s/${scenario}`,
        frames,
        async (page, _, look) => {
          const [lines = []] = await linesOf(page, '.verdict-tuple');
          expect(lines.length, look).toBeGreaterThan(0);
          // The sign between two facts belongs to the second, and is out of sight where that begins a line.
          for (const [i, line] of lines.slice(0, -1).entries()) expect(line.endsWith('→') || /^·/.test(lines[i + 1] ?? ''), `${look}: ${line}`).toBe(true);
          const seen = await page.locator('.verdict-tuple').evaluate((tuple) => {
            const { left } = tuple.getBoundingClientRect();
            return [...tuple.querySelectorAll('.verdict-dot')].map((dot) => dot.getBoundingClientRect()).filter((dot) => dot.right > left + 1 && dot.left < left + 20).length;
          });
          expect(seen, look).toBe(0);
        },
        { anew: false },
      );
  });

  test('four causes have two lines each at most, and no address is broken', async () => {
    await inEachLook(
      browser,
      '#/s/kube-ovn-ipvs-documented/p25sv6-pod-to-cluster-ip',
      looks(DESKTOP, LAPTOP, [800, 1000]),
      async (page, _, look) => {
        const causes = await linesOf(page, '.cause-text');
        expect(causes.length, look).toBe(4);
        for (const lines of causes) {
          expect(lines.length, `${look}: ${lines.join(' / ')}`).toBeLessThanOrEqual(2);
          expect(
            lines.filter((line) => line.includes('[') !== line.includes(']')),
            look,
          ).toEqual([]);
        }
      },
      { anew: false },
    );
  });

  test('a cause stands clear of its edge, and the ring of one that has the focus is whole', async () => {
    await inEachLook(
      browser,
      '#/s/kube-ovn-ipvs-documented/p25sv6-pod-to-cluster-ip',
      looks(DESKTOP, LAPTOP, [768, 1024], PHONE),
      async (page, _, look) => {
        await page.keyboard.press('Tab');
        const wrong = await page.$$eval('.cause', (causes) =>
          causes.flatMap((cause) => {
            (cause as HTMLElement).focus({ preventScroll: true });
            const [edge, list] = [cause.getBoundingClientRect(), cause.closest('.causes')?.getBoundingClientRect()];
            const { outlineWidth, outlineOffset } = getComputedStyle(cause);
            // Beyond the edge; where the page is low it lies within.
            const ring = Number.parseFloat(outlineWidth) + Number.parseFloat(outlineOffset);
            const words = document.createRange();
            words.selectNodeContents(cause.querySelector('.cause-text') ?? cause);
            const text = words.getBoundingClientRect();
            return [
              ...(Number.parseFloat(outlineWidth) < 2 ? ['no ring'] : []),
              ...(list && (edge.top - ring < list.top || edge.bottom + ring > list.bottom) ? ['ring cut'] : []),
              ...(text.top < edge.top + 1 || text.bottom > edge.bottom - 1 ? ['words at the edge'] : []),
            ];
          }),
        );
        expect(wrong, look).toEqual([]);
      },
      { anew: false },
    );
  });
});
