/**
 * Every step of the scenarios, on one page that is never loaded anew: nothing moves, nothing scrolls, no panel changes its size, and
 * all panels show the same step in the same frame. As a rule so many scenarios are gone through that every kind of step
 * is followed by every kind that follows it anywhere; `npm run test:shift` takes all packets of all of them.
 */

import { readdirSync, readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPath, launchBrowser } from '../support/browser.ts';
import { giveBack, openPage } from './open-page.ts';

/** What is read of the walks that the build made for the embed. */
interface Step {
  readonly kind: string;
  readonly hook: string;
  readonly table?: string;
  readonly chain?: string;
  readonly rule?: number;
  readonly last?: number;
}
interface Walk {
  readonly id: string;
  readonly packet: number;
  readonly steps: readonly Step[];
}

const folder = 'dist/page/embed/data';

function allWalks(): readonly Walk[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /^[^.]+\.js$/.test(file));
  return files.flatMap((file) => {
    const text = readFileSync(`${folder}/${file}`, 'utf8');
    const { id, traces } = JSON.parse(text.slice(text.indexOf(',') + 1, text.lastIndexOf(')'))) as { id: string; traces: readonly { steps: readonly Step[] }[] };
    return traces.map(({ steps }, packet) => ({ id, packet, steps }));
  });
}

/** What of a walk another one may not have: which step follows which. */
function turnsOf({ steps }: Walk): ReadonlySet<string> {
  const name = ({ kind, table = '' }: Step): string => `${kind} ${table}`;
  return new Set(steps.slice(1).map((step, i) => `${name(steps[i] as Step)} > ${name(step)}`));
}

/** Few walks that have every turn between them: again and again the one with most new turns for its length. */
function covering(walks: readonly Walk[]): readonly Walk[] {
  const open = walks.map((walk) => ({ walk, turns: turnsOf(walk) }));
  const left = new Set(open.flatMap(({ turns }) => [...turns]));
  const picked: Walk[] = [];
  while (left.size > 0) {
    const worth = ({ walk, turns }: (typeof open)[number]): number => [...turns].filter((turn) => left.has(turn)).length / (10 + walk.steps.length);
    const best = open.reduce((one, other) => (worth(other) > worth(one) ? other : one));
    picked.push(best.walk);
    for (const turn of best.turns) left.delete(turn);
  }
  return picked;
}

describe.skipIf(!chromiumPath)('every step', () => {
  let browser: Browser;
  beforeAll(async () => {
    // As many frames as the machine makes: a step takes one.
    browser = await launchBrowser(['--disable-frame-rate-limit', '--disable-gpu-vsync']);
  });
  afterAll(() => browser.close());

  const everything = process.env.PACKETWALK_SHIFT === 'all';

  test(`moves nothing and shows in all panels at once (${everything ? 'all packets of all scenarios' : 'every turn from step to step'})`, {
    timeout: everything ? 1_800_000 : 120_000,
  }, async () => {
    const all = allWalks();
    const walks = everything ? all : covering(all);
    expect(new Set(all.map(({ id }) => id)).size).toBeGreaterThan(200);
    const { page, complaints } = await openPage(browser, '#/s/kube-ovn-installed/p43-policy-forward?step=1');
    let steps = 0;
    const flaws: string[] = [];
    for (const walk of walks) {
      await page.evaluate(
        (link) => {
          location.hash = link;
        },
        `#/s/${walk.id}?at=${walk.packet + 1}&step=1`,
      );
      await page.waitForFunction(
        ({ id, last }) => {
          const slider = document.querySelector<HTMLInputElement>('#region-steps input[type=range]');
          const quiet = document.querySelector('.verdict')?.getAttribute('data-stale') === 'false';
          return document.querySelector('[data-testid=scenario]')?.getAttribute('data-scenario') === id && slider?.max === String(last) && slider.value === '0' && quiet;
        },
        { id: walk.id, last: walk.steps.length - 1 },
      );
      const wrong = await page.evaluate(async (expected) => {
        const text = (selector: string): string => document.querySelector(selector)?.textContent?.trim() ?? '';
        const found: string[] = [];
        const paint = (): Promise<unknown> => new Promise(requestAnimationFrame);
        // What came with the scenario has come to rest.
        await paint();
        await paint();
        let at = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries())
            for (const { node } of (entry as unknown as { sources: { node: Node | null }[] }).sources) {
              const element = node instanceof Element ? node : node?.parentElement;
              // A changed value in its own cell is no shift of the page.
              if (element && !element.closest('.state-value, .stage-detail')) found.push(`step ${at + 1}: "${element.className}" moved: ${element.textContent?.slice(0, 40)}`);
            }
        });
        observer.observe({ type: 'layout-shift' });
        const rooms = (): string =>
          JSON.stringify([
            scrollX,
            scrollY,
            document.documentElement.scrollHeight,
            ...[...document.querySelectorAll('.bar, .verdict, .path, .packet, .rules, .why, .state, .steps')].map((element) => {
              const { x, y, width, height } = element.getBoundingClientRect();
              return [x, y, width, height];
            }),
          ]);
        const first = rooms();
        for (at = 1; at < expected.length; at++) {
          document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
          await paint();
          const step = expected[at] as Step;
          const differs = (panel: string, says: string, wanted: string): void => {
            found.push(`step ${at + 1}: ${panel} says "${says}", not "${wanted}"`);
          };
          if (rooms() !== first) found.push(`step ${at + 1}: ${rooms()}, before ${first}`);
          const slider = document.querySelector<HTMLInputElement>('#region-steps input[type=range]');
          if (slider?.value !== String(at)) differs('the timeline', slider?.value ?? '', String(at));
          const told = new RegExp(`Step ${at + 1} of ${expected.length}\\b`);
          if (!told.test(slider?.getAttribute('aria-valuetext') ?? '')) differs('the slider', slider?.getAttribute('aria-valuetext') ?? '', String(told));
          if (!told.test(text('[data-testid=narration]'))) differs('the narration', text('[data-testid=narration]'), String(told));
          if (!new RegExp(`step ${at + 1}\\b`).test(text('.state-step'))) differs('the state', text('.state-step'), `step ${at + 1}`);
          const single = step.kind === 'rule' || (step.kind === 'misses' && step.last === step.rule);
          if (single) {
            const place = `${step.table}/${step.chain}/${step.rule}`;
            if (text('#region-why .panel-head .mono') !== place) differs('why', text('#region-why .panel-head .mono'), place);
            const current = document.querySelector('#region-rules .rule[aria-current=step]')?.getAttribute('data-rule-place') ?? '';
            if (!current.endsWith(place)) differs('the list of rules', current, place);
          } else if (step.kind !== 'misses' && step.kind !== 'return' && step.kind !== 'policy') {
            if (text('.why-sentence') !== text('.steps-sentence')) differs('why', text('.why-sentence'), text('.steps-sentence'));
          }
          if (step.chain !== undefined) {
            const here = document.querySelector('#region-path .stop[data-state=now]')?.getAttribute('aria-label') ?? '';
            const wanted = `${step.hook} ${step.table?.replace(/^ip6:/, '')}`;
            // A rule that hands the packet to a proxy has a stop of its own.
            if (!here.startsWith(wanted) && !here.startsWith(`${step.hook} TPROXY`)) differs('the path', here, wanted);
          }
        }
        await paint();
        await paint();
        observer.disconnect();
        return found;
      }, walk.steps);
      for (const one of wrong.slice(0, 5)) flaws.push(`${walk.id}, packet ${walk.packet + 1}, ${one}`);
      steps += walk.steps.length;
    }
    console.log(`${steps} steps of ${walks.length} packets`);
    expect(flaws).toEqual([]);
    expect(complaints).toEqual([]);
    await giveBack(page);
  });
});
