/**
 * Geometry of the hook map: where each hook, its stops and the ways between them stand on a given width. The map is
 * drawn once in kernel order and never changes with the packet.
 *
 *     in ▸ PREROUTING ▸ ◇route ▸ FORWARD ▸ POSTROUTING ▸ out
 *                          └▸ INPUT ▸ local ▸ ◇route ▸ OUTPUT ┘
 *
 * Stops stand in the order of their priorities (include/uapi/linux/netfilter_ipv4.h): raw −300, conntrack −200,
 * mangle −150, DNAT −100, filter 0, security 50, SNAT 100, confirm last.
 */

import { linkHorizontal, linkVertical } from 'd3';

export type StageId = 'in' | 'PREROUTING' | 'route' | 'FORWARD' | 'POSTROUTING' | 'out' | 'INPUT' | 'local' | 'route-out' | 'OUTPUT';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface StopShape extends Box {
  /** `PREROUTING/raw`. */
  readonly id: string;
  readonly label: string;
}

export interface StageShape extends Box {
  readonly id: StageId;
  readonly kind: 'link' | 'hook' | 'decision' | 'local';
  readonly stops: readonly StopShape[];
}

export interface EdgeShape {
  readonly from: StageId;
  readonly to: StageId;
  /** Path data for an SVG. */
  readonly path: string;
}

export interface PathMap {
  readonly width: number;
  readonly height: number;
  readonly stages: readonly StageShape[];
  readonly edges: readonly EdgeShape[];
}

/** Stops of each hook in the order of their priorities. */
export const HOOK_STOPS: Readonly<Record<'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING', readonly string[]>> = {
  PREROUTING: ['raw', 'conntrack', 'mangle', 'nat'],
  INPUT: ['mangle', 'filter', 'security', 'nat', 'confirm'],
  FORWARD: ['mangle', 'filter', 'security'],
  OUTPUT: ['raw', 'conntrack', 'mangle', 'nat', 'filter', 'security'],
  POSTROUTING: ['mangle', 'nat', 'confirm'],
};

export const EDGES: readonly (readonly [StageId, StageId])[] = [
  ['in', 'PREROUTING'],
  ['PREROUTING', 'route'],
  ['route', 'FORWARD'],
  ['FORWARD', 'POSTROUTING'],
  ['POSTROUTING', 'out'],
  ['route', 'INPUT'],
  ['INPUT', 'local'],
  ['local', 'route-out'],
  ['route-out', 'OUTPUT'],
  ['OUTPUT', 'POSTROUTING'],
];

/** Least width, in pixels, on which the map stands without overlap. */
export const LEAST_WIDTH = 1290;
export const MAP_HEIGHT = 136;

const BOX = 56;
const STOP = 26;
const TITLE = 20;
const PAD = 6;
const GAP = 3;
const CHARACTER = 6.9;
const LINK = 92;
const DECISION = 58;
const LOCAL = 84;
const UPPER = 4;
const LOWER = MAP_HEIGHT - BOX - 4;

function stopWidth(label: string): number {
  return Math.round(label.length * CHARACTER + 14);
}

function hookWidth(stops: readonly string[]): number {
  return stops.reduce((sum, label) => sum + stopWidth(label) + GAP, 2 * PAD - GAP);
}

export function layoutPathMap(available: number): PathMap {
  const width = Math.max(available, LEAST_WIDTH);
  const widths = {
    PREROUTING: hookWidth(HOOK_STOPS.PREROUTING),
    INPUT: hookWidth(HOOK_STOPS.INPUT),
    FORWARD: hookWidth(HOOK_STOPS.FORWARD),
    OUTPUT: hookWidth(HOOK_STOPS.OUTPUT),
    POSTROUTING: hookWidth(HOOK_STOPS.POSTROUTING),
  };
  const way = 28;
  const preroutingX = LINK + way;
  const routeX = preroutingX + widths.PREROUTING + way;
  const outX = width - LINK;
  const postroutingX = outX - way - widths.POSTROUTING;
  // FORWARD stands in the middle of what is left between the decision and POSTROUTING.
  const forwardX = (routeX + DECISION + postroutingX - widths.FORWARD) / 2;

  // The lower row takes its slack between its four stages; its end lies under POSTROUTING.
  const inputX = routeX + DECISION;
  const outputLeft = width - widths.OUTPUT;
  const between = outputLeft - (inputX + widths.INPUT) - LOCAL - DECISION;
  const slack = between / 3;
  const localX = inputX + widths.INPUT + slack;
  const routeOutX = localX + LOCAL + slack;

  const stages: StageShape[] = [
    plain('in', 'link', 0, UPPER, LINK),
    hook('PREROUTING', preroutingX, UPPER, widths.PREROUTING),
    plain('route', 'decision', routeX, UPPER, DECISION),
    hook('FORWARD', forwardX, UPPER, widths.FORWARD),
    hook('POSTROUTING', postroutingX, UPPER, widths.POSTROUTING),
    plain('out', 'link', outX, UPPER, LINK),
    hook('INPUT', inputX, LOWER, widths.INPUT),
    plain('local', 'local', localX, LOWER, LOCAL),
    plain('route-out', 'decision', routeOutX, LOWER, DECISION),
    hook('OUTPUT', outputLeft, LOWER, widths.OUTPUT),
  ];
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  return { width, height: MAP_HEIGHT, stages, edges: EDGES.map(([from, to]) => edge(byId.get(from) as StageShape, byId.get(to) as StageShape)) };
}

function plain(id: StageId, kind: StageShape['kind'], x: number, y: number, width: number): StageShape {
  return { id, kind, x: Math.round(x), y, width, height: BOX, stops: [] };
}

function hook(id: keyof typeof HOOK_STOPS, x: number, y: number, width: number): StageShape {
  const left = Math.round(x);
  let at = left + PAD;
  const stops = HOOK_STOPS[id].map((label): StopShape => {
    const shape = { id: `${id}/${label}`, label, x: at, y: y + TITLE + 2, width: stopWidth(label), height: STOP };
    at += shape.width + GAP;
    return shape;
  });
  return { id, kind: 'hook', x: left, y, width, height: BOX, stops };
}

const horizontal = linkHorizontal<unknown, readonly [number, number]>();
const vertical = linkVertical<unknown, readonly [number, number]>();

function edge(from: StageShape, to: StageShape): EdgeShape {
  const centre = (box: Box): number => box.y + box.height / 2;
  if (from.y === to.y) {
    const [a, b] = [
      [from.x + from.width, centre(from)],
      [to.x, centre(to)],
    ] as const;
    return { from: from.id, to: to.id, path: horizontal({ source: a as [number, number], target: b as [number, number] }) ?? '' };
  }
  if (from.y < to.y) {
    // Down from the middle of the decision, then right into the hook.
    const x = from.x + from.width / 2;
    const turn = 10;
    return { from: from.id, to: to.id, path: `M${x},${from.y + from.height}V${centre(to) - turn}Q${x},${centre(to)} ${x + turn},${centre(to)}H${to.x}` };
  }
  const x = to.x + to.width / 2;
  return { from: from.id, to: to.id, path: vertical({ source: [x, from.y] as [number, number], target: [x, to.y + to.height] as [number, number] }) ?? '' };
}
