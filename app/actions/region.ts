/**
 * From region to region of the page, as F6 does it in browsers: behind the last one the key is the browser's own, so that
 * the way leads on to its bars.
 */

import type { Action } from './action.ts';

export const nextRegion: Action = {
  name: 'nextRegion',
  label: (words) => words.actions.nextRegion,
  keys: ['F6'],
  inFields: true,
  available: () => regionFrom(1) !== null,
  perform: () => regionFrom(1)?.focus(),
};

export const previousRegion: Action = {
  name: 'previousRegion',
  label: (words) => words.actions.previousRegion,
  keys: ['Shift+F6'],
  inFields: true,
  available: () => regionFrom(-1) !== null,
  perform: () => regionFrom(-1)?.focus(),
};

/** Landmarks with a name; those within another one are parts of it. */
const REGIONS = 'header.bar, main section[aria-labelledby]:not(section section), aside.notice';
const STOPS = ':is(button, input, select, textarea):not([disabled], [tabindex="-1"]), summary, [tabindex="0"]';

/** The first control of the next region that has one; null behind the last. Without a focus the first region is the next. */
function regionFrom(by: 1 | -1): HTMLElement | null {
  if (typeof document === 'undefined') return null;
  const regions = [...document.querySelectorAll<HTMLElement>(REGIONS)];
  const here = document.activeElement;
  const at = regions.findIndex((region) => region.contains(here));
  for (let i = at >= 0 ? at + by : by > 0 ? 0 : regions.length - 1; i >= 0 && i < regions.length; i += by) {
    const stop = [...(regions[i]?.querySelectorAll<HTMLElement>(STOPS) ?? [])].find((one) => one.getClientRects().length > 0);
    if (stop) return stop;
  }
  return null;
}
