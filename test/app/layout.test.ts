import { describe, expect, test } from 'vitest';
import { HOOK_STOPS, NO_EXTRAS, stopPriority, waysOf, type Extras } from '../../app/layout/hooks.ts';
import { layoutPathMap, LEAST_WIDTH, type Box } from '../../app/layout/path-map.ts';
import { HOOK_FUNCTIONS, HOOKS, type HookFunction } from '../../engine/index.ts';
import { layoutStepStrip } from '../../app/layout/step-strip.ts';

const apart = (a: Box, b: Box): boolean => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
const inside = (a: Box, b: Box): boolean => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;

describe('hook map', () => {
  const EXTRAS: readonly Extras[] = [
    NO_EXTRAS,
    { tproxy: true, ipvs: true, tunnel: true, lateSecurity: false },
    { tproxy: false, ipvs: true, tunnel: false, lateSecurity: false },
    { tproxy: true, ipvs: false, tunnel: true, lateSecurity: true },
  ];
  for (const width of [320, LEAST_WIDTH, 1408, 1920, 3840])
    for (const extras of EXTRAS)
      test(`${width} px, ${JSON.stringify(extras)}: nothing overlaps, everything is on the map`, () => {
        const map = layoutPathMap(width, extras);
        const whole: Box = { x: 0, y: 0, width: map.width, height: map.height };
        const boxes = [...map.stages, { id: 'notes', ...map.notes, stops: [] }];
        boxes.forEach((stage, i) => {
          expect(inside(stage, whole), stage.id).toBe(true);
          for (const other of boxes.slice(i + 1)) expect(apart(stage, other), `${stage.id} and ${other.id}`).toBe(true);
          stage.stops.forEach((stop, j) => {
            expect(inside(stop, stage), stop.id).toBe(true);
            for (const other of stage.stops.slice(j + 1)) expect(apart(stop, other), `${stop.id} and ${other.id}`).toBe(true);
          });
        });
      });

  test('it fits a screen of 1280 px whatever the node has', () => {
    expect(LEAST_WIDTH).toBeLessThanOrEqual(1280);
    expect(layoutPathMap(1280, { tproxy: true, ipvs: true, tunnel: true, lateSecurity: false }).width).toBe(1280);
  });

  test('stops stand in the order of their priorities', () => {
    // include/uapi/linux/netfilter_ipv4.h, enum nf_ip_hook_priorities; DNAT at PREROUTING and OUTPUT, SNAT at INPUT and POSTROUTING.
    // ip_vs_core.c ip_vs_ops4[]: 98 and 99 at LOCAL_IN, NF_IP_PRI_NAT_DST + 1 and + 2 at LOCAL_OUT, 99 and 100 at FORWARD.
    const priority: Readonly<Record<string, number>> = { raw: -300, conntrack: -200, mangle: -150, filter: 0, security: 50, confirm: 2147483647 };
    for (const stage of layoutPathMap(1400, { tproxy: true, ipvs: true, tunnel: true, lateSecurity: false }).stages) {
      const [nat, ipvs] = stage.id === 'PREROUTING' || stage.id === 'OUTPUT' ? [-100, -99] : [100, 98];
      const found = [...stage.stops]
        .sort((a, b) => a.x - b.x)
        .filter(({ name }) => name !== 'tproxy' && !name.startsWith('reroute'))
        .map(({ name }) => (name === 'nat' ? nat : name === 'ipvs' ? ipvs : priority[name]));
      expect(found).toEqual([...found].sort((a = 0, b = 0) => a - b));
    }
  });

  test('what is written on a stop is the priority of the engine’s own table', () => {
    const nameOf = (fn: HookFunction): string => (fn.kind === 'table' ? fn.table : fn.kind.startsWith('ipvs') ? 'ipvs' : fn.kind);
    const isOf = (fn: HookFunction, backend: string): boolean => fn.kind !== 'table' || fn.of === undefined || fn.of === backend;
    for (const hook of HOOKS)
      for (const [name, backend] of HOOK_STOPS[hook].flatMap((stop) => [[stop, 'legacy'] as const, [stop, 'nft'] as const])) {
        const written = HOOK_FUNCTIONS[hook]
          .filter((fn) => nameOf(fn) === name && isOf(fn, backend))
          .map(({ priority }) => (priority === 2147483647 ? 'max' : String(priority).replace('-', '−')));
        expect(stopPriority(hook, name, { lateSecurity: backend === 'nft' }), `${hook} ${name} of ${backend}`).toBe(written.join(' '));
      }
    expect(stopPriority('OUTPUT', 'raw')).toBe('−300');
  });

  test('ways start and end at the border of their stages', () => {
    for (const extras of EXTRAS) {
      const map = layoutPathMap(1400, extras);
      expect(map.edges.filter(({ kind }) => kind === 'plain').map(({ from, to }) => [from, to])).toEqual(waysOf(extras));
      const onBorder = ([x, y]: readonly [number, number], box: Box): boolean =>
        (x >= box.x && x <= box.x + box.width && (y === box.y || y === box.y + box.height)) || (y >= box.y && y <= box.y + box.height && (x === box.x || x === box.x + box.width));
      for (const edge of map.edges) {
        const [from, to] = [map.stages.find((stage) => stage.id === edge.from), map.stages.find((stage) => stage.id === edge.to)] as [Box, Box];
        expect(onBorder(edge.start, from), `${edge.from} > ${edge.to}`).toBe(true);
        expect(onBorder(edge.end, to), `${edge.from} > ${edge.to}`).toBe(true);
        expect(edge.path).toMatch(new RegExp(`^M${edge.start[0]},${edge.start[1]}`));
      }
    }
  });

  test('ways that lead back stay between the rows', () => {
    const map = layoutPathMap(1400, { tproxy: true, ipvs: true, tunnel: true, lateSecurity: false });
    const rows = map.stages.flatMap(({ y, height }) => [y, y + height]);
    const [low, high] = [Math.min(...map.stages.map(({ y, height }) => y + height)), Math.max(...map.stages.map(({ y }) => y))];
    expect(rows).toContain(low);
    for (const edge of map.edges.filter(({ kind }) => kind !== 'plain'))
      for (const [, y] of edge.path.matchAll(/V(-?[\d.]+)/g)) expect(Number(y) >= low && Number(y) <= high, `${edge.path}`).toBe(true);
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
