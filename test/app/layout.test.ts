import { describe, expect, test } from 'vitest';
import { EDGES, layoutPathMap, LEAST_WIDTH, type Box } from '../../app/layout/path-map.ts';
import { layoutStepStrip } from '../../app/layout/step-strip.ts';
import { rowWindow, scrollToRow } from '../../app/layout/window.ts';

const apart = (a: Box, b: Box): boolean => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
const inside = (a: Box, b: Box): boolean => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

describe('hook map', () => {
  for (const width of [320, LEAST_WIDTH, 1408, 1920, 3840])
    test(`${width} px: nothing overlaps, everything is on the map`, () => {
      const map = layoutPathMap(width);
      const whole: Box = { x: 0, y: 0, width: map.width, height: map.height };
      map.stages.forEach((stage, i) => {
        expect(inside(stage, whole), stage.id).toBe(true);
        for (const other of map.stages.slice(i + 1)) expect(apart(stage, other), `${stage.id} and ${other.id}`).toBe(true);
        stage.stops.forEach((stop, j) => {
          expect(inside(stop, stage), stop.id).toBe(true);
          for (const other of stage.stops.slice(j + 1)) expect(apart(stop, other), `${stop.id} and ${other.id}`).toBe(true);
        });
      });
    });

  test('stops stand in the order of their priorities', () => {
    // include/uapi/linux/netfilter_ipv4.h, enum nf_ip_hook_priorities; DNAT at PREROUTING and OUTPUT, SNAT at INPUT and POSTROUTING.
    const priority: Readonly<Record<string, number>> = { raw: -300, conntrack: -200, mangle: -150, filter: 0, security: 50, confirm: 2147483647 };
    for (const stage of layoutPathMap(1400).stages) {
      const nat = stage.id === 'PREROUTING' || stage.id === 'OUTPUT' ? -100 : 100;
      const found = [...stage.stops].sort((a, b) => a.x - b.x).map((stop) => (stop.label === 'nat' ? nat : priority[stop.label]));
      expect(found).toEqual([...found].sort((a = 0, b = 0) => a - b));
    }
  });

  test('ways start and end at the border of their stages', () => {
    const map = layoutPathMap(1400);
    expect(map.edges.map(({ from, to }) => [from, to])).toEqual(EDGES);
    for (const edge of map.edges) {
      const [from, to] = [map.stages.find((stage) => stage.id === edge.from), map.stages.find((stage) => stage.id === edge.to)] as [Box, Box];
      const numbers = [...edge.path.matchAll(/-?\d+(\.\d+)?/g)].map(([text]) => Number(text));
      expect(numbers[0]).toBeGreaterThanOrEqual(from.x);
      expect(numbers[0]).toBeLessThanOrEqual(from.x + from.width);
      // A path that ends in H gives its last x only.
      const endX = edge.path.includes('H') ? numbers.at(-1) : numbers.at(-2);
      expect(endX).toBeGreaterThanOrEqual(to.x);
      expect(endX).toBeLessThanOrEqual(to.x + to.width);
    }
  });
});

describe('step strip', () => {
  const items = [
    { weight: 0, spans: ['PREROUTING'] },
    { weight: 2, spans: ['POSTROUTING', 'A'] },
    { weight: 3, spans: ['POSTROUTING', 'A', 'B'] },
    { weight: 0, spans: ['POSTROUTING', 'A'] },
    { weight: 0, spans: ['POSTROUTING', 'C'] },
  ];
  const strip = layoutStepStrip(items, 500, 20, 3);

  test('one bar per step, in order, as wide as its column, higher for a greater change', () => {
    expect(strip.bars.map((bar) => bar.step)).toEqual([0, 1, 2, 3, 4]);
    expect(strip.column).toBe(100);
    for (const bar of strip.bars) expect(Math.abs(bar.x - bar.step * 100)).toBeLessThanOrEqual(1);
    expect(strip.bars.map((bar) => bar.height)).toEqual([5, 15, 20, 5, 5]);
  });

  test('a chain spans what it called', () => {
    expect(strip.spans.map(({ key, depth, first, last }) => [key, depth, first, last])).toEqual(
      expect.arrayContaining([
        ['PREROUTING', 0, 0, 0],
        ['POSTROUTING', 0, 1, 4],
        ['A', 1, 1, 3],
        ['B', 2, 2, 2],
        ['C', 1, 4, 4],
      ]),
    );
  });

  test('no steps: nothing', () => {
    expect(layoutStepStrip([], 500, 20, 3).bars).toEqual([]);
  });
});

describe('window of rows', () => {
  test('20,000 rows: only what is seen and a little more', () => {
    const { first, end } = rowWindow(300_000, 600, 30, 20_000);
    expect(first).toBe(9992);
    expect(end).toBe(10_028);
  });
  test('scrolled past the end of a list that became shorter: nothing is out of range', () => {
    const { first, end } = rowWindow(90_000, 600, 30, 5);
    expect(end).toBe(5);
    expect(first).toBeLessThanOrEqual(end);
  });
  test('a row in view does not scroll, one below and one above do', () => {
    expect(scrollToRow(10, 200, 600, 30)).toBeNull();
    expect(scrollToRow(100, 200, 600, 30)).toBe(100 * 30 + 30 + 60 - 600);
    expect(scrollToRow(0, 200, 600, 30)).toBe(0);
    expect(scrollToRow(0, 0, 600, 30)).toBeNull();
  });
});
