/**
 * Geometry of the hook map: where each hook, its stops and the ways between them stand on a given width. The map is drawn
 * once in kernel order; it depends on what the node has, never on the packet's step.
 *
 *     in ▸ PREROUTING ▸ ◇route ▸ FORWARD ▸ POSTROUTING ▸ tunnel ▸ out
 *              ▲  └───── lo ──────┊──────────┘  ▲
 *                          ┌──────┘             │
 *                        INPUT ▸ local ▸ ◇route ▸ OUTPUT
 *                          └──── IPVS ─────────────▲
 */

import { linkHorizontal, linkVertical } from 'd3';
import { hookStops, NO_EXTRAS, stopLabel, stopPriority, waysOf, type Extras, type HookId, type StageId, type StopName } from './hooks.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface StopShape extends Box {
  /** `PREROUTING/raw`. */
  readonly id: string;
  readonly name: StopName;
  readonly label: string;
}

export interface StageShape extends Box {
  readonly id: StageId;
  readonly kind: 'link' | 'hook' | 'decision' | 'local' | 'tunnel';
  readonly stops: readonly StopShape[];
}

/** `lo` and `ipvs` lead into another pass. */
type WayKind = 'plain' | 'lo' | 'ipvs';

export interface EdgeShape {
  readonly from: StageId;
  readonly to: StageId;
  readonly kind: WayKind;
  /** Path data for an SVG. */
  readonly path: string;
  readonly start: readonly [number, number];
  readonly end: readonly [number, number];
  /** Where its name stands, if it has one. */
  readonly label: readonly [number, number] | null;
}

interface PathMap {
  readonly width: number;
  readonly height: number;
  readonly stages: readonly StageShape[];
  readonly edges: readonly EdgeShape[];
  /** Room for what is said about the way: passes, packets that were made, the legend. */
  readonly notes: Box;
}

/** Ways into another pass, as they may be drawn. The last two are rare: drawn where they were gone. */
const LOOPS: readonly { readonly from: HookId; readonly to: HookId; readonly kind: 'lo' | 'ipvs'; readonly rare: boolean }[] = [
  { from: 'POSTROUTING', to: 'PREROUTING', kind: 'lo', rare: false },
  { from: 'INPUT', to: 'OUTPUT', kind: 'ipvs', rare: false },
  { from: 'OUTPUT', to: 'OUTPUT', kind: 'ipvs', rare: true },
  { from: 'FORWARD', to: 'OUTPUT', kind: 'ipvs', rare: true },
];

export function isRare(edge: EdgeShape): boolean {
  return LOOPS.some(({ from, to, rare }) => rare && from === edge.from && to === edge.to);
}

/** Least width, in pixels, on which the map stands without overlap, whatever the node has. */
export const LEAST_WIDTH = 1280;
export const MAP_HEIGHT = 141;

const BOX = 54;
/** Its name, and below it its priority. */
const STOP = 29;
/** Of a route check, which has neither. */
const CHECK = 26;
const TITLE = 20;
const PAD = 6;
const GAP = 3;
const CHARACTER = 6.9;
const LINK = 84;
const DECISION = 58;
const LOCAL = 76;
const TUNNEL = 70;
const WAY = 24;
const UPPER = 3;
const LOWER = 84;
/** Heights of the ways that lead back, between the rows. */
const LO_WAY = 66;
const IPVS_WAY = 75;
const LEAST_NOTES = 248;
const LEAST_SLACK = 20;

function stopWidth(hook: HookId, name: StopName, extras: Extras): number {
  const label = stopLabel(hook, name);
  return label === '◇' ? CHECK : Math.round(Math.max(label.length, stopPriority(hook, name, extras).length) * CHARACTER + 14);
}

function hookWidth(id: HookId, extras: Extras): number {
  return hookStops(id, extras).reduce((sum, name) => sum + stopWidth(id, name, extras) + GAP, 2 * PAD - GAP);
}

export function layoutPathMap(available: number, extras: Extras = NO_EXTRAS): PathMap {
  const width = Math.max(available, LEAST_WIDTH);
  const widthOf = (id: HookId): number => hookWidth(id, extras);
  const preroutingX = LINK + WAY;
  const routeX = preroutingX + widthOf('PREROUTING') + WAY;
  const outX = width - LINK;
  const tunnelX = outX - WAY - TUNNEL;
  const postroutingX = (extras.tunnel ? tunnelX : outX) - WAY - widthOf('POSTROUTING');
  // FORWARD stands in the middle of what is left between the decision and POSTROUTING.
  const forwardX = (routeX + DECISION + postroutingX - widthOf('FORWARD')) / 2;

  // INPUT stands under the decision, as far left as the rest of the row needs; OUTPUT ends where the map does.
  const outputX = width - widthOf('OUTPUT');
  const needed = widthOf('INPUT') + LOCAL + DECISION + 3 * LEAST_SLACK;
  const inputX = Math.max(LEAST_NOTES + 16, Math.min(routeX, outputX - needed));
  const slack = (outputX - inputX - widthOf('INPUT') - LOCAL - DECISION) / 3;
  const localX = inputX + widthOf('INPUT') + slack;
  const routeOutX = localX + LOCAL + slack;

  const hook = (id: HookId, x: number, y: number): StageShape => hookShape(id, x, y, extras);
  const stages: StageShape[] = [
    plain('in', 'link', 0, UPPER, LINK),
    hook('PREROUTING', preroutingX, UPPER),
    plain('route', 'decision', routeX, UPPER, DECISION),
    hook('FORWARD', forwardX, UPPER),
    hook('INPUT', inputX, LOWER),
    plain('local', 'local', localX, LOWER, LOCAL),
    plain('route-out', 'decision', routeOutX, LOWER, DECISION),
    hook('OUTPUT', outputX, LOWER),
    hook('POSTROUTING', postroutingX, UPPER),
    ...(extras.tunnel ? [plain('tunnel', 'tunnel', tunnelX, UPPER, TUNNEL)] : []),
    plain('out', 'link', outX, UPPER, LINK),
  ];
  const byId = new Map(stages.map((stage) => [stage.id, stage]));
  const at = (id: StageId): StageShape => byId.get(id) as StageShape;
  const loops = LOOPS.filter(({ kind }) => kind === 'lo' || extras.ipvs).map(({ from, to, kind }) => loop(at(from), at(to), kind));
  return {
    width,
    height: MAP_HEIGHT,
    stages,
    edges: [...waysOf(extras).map(([from, to]) => edge(at(from), at(to))), ...loops],
    notes: { x: 0, y: UPPER + BOX + 10, width: Math.round(inputX) - 16, height: MAP_HEIGHT - UPPER - BOX - 10 },
  };
}

function plain(id: StageId, kind: StageShape['kind'], x: number, y: number, width: number): StageShape {
  return { id, kind, x: Math.round(x), y, width, height: BOX, stops: [] };
}

function hookShape(id: HookId, x: number, y: number, extras: Extras): StageShape {
  const left = Math.round(x);
  let at = left + PAD;
  const stops = hookStops(id, extras).map((name): StopShape => {
    const label = stopLabel(id, name);
    const shape = { id: `${id}/${name}`, name, label, x: at, y: y + TITLE, width: stopWidth(id, name, extras), height: STOP };
    at += shape.width + GAP;
    return shape;
  });
  return { id, kind: 'hook', x: left, y, width: hookWidth(id, extras), height: BOX, stops };
}

type Point = readonly [number, number];
// Marked as pure, so that a bundle without the map goes without them.
const horizontal = /* @__PURE__ */ linkHorizontal<unknown, Point>();
const vertical = /* @__PURE__ */ linkVertical<unknown, Point>();
const middle = (box: Box): number => box.x + box.width / 2;

function edge(from: StageShape, to: StageShape): EdgeShape {
  const common = { from: from.id, to: to.id, kind: 'plain' as const, label: null };
  if (from.y === to.y) {
    const start: Point = [from.x + from.width, from.y + BOX / 2];
    const end: Point = [to.x, to.y + BOX / 2];
    return { ...common, path: horizontal({ source: start, target: end }) ?? '', start, end };
  }
  const down = from.y < to.y;
  // Straight up or down from the smaller one of the two.
  const x = down ? middle(from) : middle(to);
  const start: Point = [x, down ? from.y + BOX : from.y];
  const end: Point = [x, down ? to.y : to.y + BOX];
  return { ...common, path: vertical({ source: start, target: end }) ?? '', start, end };
}

/** A way back: between the rows, along its own height. */
function loop(from: StageShape, to: StageShape, kind: 'lo' | 'ipvs'): EdgeShape {
  const common = { from: from.id, to: to.id, kind };
  const turn = 6;
  if (kind === 'lo') {
    const start: Point = [from.x + 16, from.y + BOX];
    const end: Point = [to.x + to.width - 20, to.y + BOX];
    return { ...common, ...around(start, end, LO_WAY, turn), label: [start[0] - 20, LO_WAY] };
  }
  const stop = from.stops.find(({ name }) => name === 'ipvs') ?? from;
  const end: Point = [to.x + 18, to.y];
  if (from.y < to.y) {
    const start: Point = [middle(stop), from.y + BOX];
    return { ...common, path: vertical({ source: start, target: end }) ?? '', start, end, label: null };
  }
  const start: Point = [middle(stop), from.y];
  return { ...common, ...around(start, end, IPVS_WAY, turn), label: from === to ? null : [(start[0] + end[0]) / 2, IPVS_WAY] };
}

/** From a border to a height, along it, and back to a border, with round corners. */
function around(start: Point, end: Point, height: number, turn: number): Pick<EdgeShape, 'path' | 'start' | 'end'> {
  const side = Math.sign(end[0] - start[0]) * turn;
  const [a, b] = [Math.sign(height - start[1]) * turn, Math.sign(end[1] - height) * turn];
  return {
    start,
    end,
    path: `M${start[0]},${start[1]}V${height - a}Q${start[0]},${height} ${start[0] + side},${height}H${end[0] - side}Q${end[0]},${height} ${end[0]},${height + b}V${end[1]}`,
  };
}
