/**
 * Geometry of the strip over the timeline: one column per step, hooks and visits of chains as nested spans above each
 * other, a bar per step whose height says how much it changed.
 */

import { hierarchy, partition } from 'd3';

interface StripItem {
  /** Change 0 (none) to 3 (verdict). */
  readonly weight: number;
  /** Names of the spans it lies in, outermost first: hook, chain, chain called… */
  readonly spans: readonly string[];
}

interface StripSpan {
  readonly key: string;
  readonly depth: number;
  readonly first: number;
  readonly last: number;
  readonly x: number;
  readonly width: number;
}

interface StripBar {
  readonly step: number;
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

interface StepStrip {
  readonly spans: readonly StripSpan[];
  readonly bars: readonly StripBar[];
  /** Width of one step. */
  readonly column: number;
}

interface Branch {
  readonly key: string;
  readonly step: number;
  readonly children: Branch[];
}

/** `width` in pixels; bars reach `height` at most. Spans deeper than `levels` are left out. */
export function layoutStepStrip(items: readonly StripItem[], width: number, height: number, levels: number): StepStrip {
  if (items.length === 0) return { spans: [], bars: [], column: width };
  const root: Branch = { key: '', step: -1, children: [] };
  items.forEach(({ spans }, step) => {
    let at = root;
    for (const key of spans.slice(0, levels)) {
      const last = at.children.at(-1);
      if (last && last.step < 0 && last.key === key) at = last;
      else {
        const made: Branch = { key, step: -1, children: [] };
        at.children.push(made);
        at = made;
      }
    }
    at.children.push({ key: '', step, children: [] });
  });
  const tree = partition<Branch>().size([width, 1])(hierarchy(root, (branch) => (branch.children.length > 0 ? branch.children : null)).sum((branch) => (branch.step >= 0 ? 1 : 0)));
  const spans: StripSpan[] = [];
  const bars: StripBar[] = [];
  const column = width / items.length;
  tree.each((place) => {
    if (place.data.step >= 0) {
      const weight = items[place.data.step]?.weight ?? 0;
      const inset = column > 6 ? 1 : 0;
      bars.push({ step: place.data.step, x: place.x0 + inset, width: Math.max(1, column - 2 * inset), height: Math.round(((weight + 1) / 4) * height) });
    } else if (place.depth > 0) {
      spans.push({
        key: place.data.key,
        depth: place.depth - 1,
        first: Math.round(place.x0 / column),
        last: Math.round(place.x1 / column) - 1,
        x: place.x0,
        width: place.x1 - place.x0,
      });
    }
  });
  bars.sort((a, b) => a.step - b.step);
  return { spans, bars, column };
}
