/**
 * The same node, packets and environment give the same walk: twice, from a world that has walked other packets meanwhile, with
 * the keys of every JSON object in another order, and with the sections of the snapshot in another order.
 */

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, readPackets, traceReportText, walk, type World } from '../../engine/index.ts';
import { readRecording } from '../kernel/recorded.ts';
import { Random } from '../kernel/random.ts';

const RECORDED = fileURLToPath(new URL('../kernel/recorded/', import.meta.url));
/** Whole nodes with sets, NAT, routes and packets of many kinds; recorded, so that drawn ports are said. */
const NAMES = readdirSync(RECORDED)
  .filter((file) => /^random-\d\.json$/.test(file))
  .map((file) => file.slice(0, -5))
  .slice(0, 5);

interface Given {
  readonly snapshot: string;
  readonly packets: unknown;
}

function given(name: string): Given {
  const { snapshot, packets, environment } = readRecording(name);
  return { snapshot: `${snapshot.join('\n')}\n`, packets: { environment, packets } };
}

function start({ snapshot, packets }: Given) {
  const read = readPackets(JSON.parse(JSON.stringify(packets)));
  expect(read.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return { packets: read.packets, world: createWorld(parseNode([{ name: 'node', text: snapshot }]), read.environment) };
}

/** The published report, whose every word counts. */
function report(one: Given): string {
  const { packets, world } = start(one);
  let now: World = world;
  const traces = packets.map((packet) => {
    const walked = walk(now, packet);
    now = walked.world;
    return walked.trace;
  });
  return [...traceReportText(now, traces, [])].join('');
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const rest = [...list];
  return list.map(() => rest.splice(random.int(rest.length), 1)[0] as T);
}

/** The same value, the keys of its objects in another order. */
function withOtherKeys(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((one) => withOtherKeys(one, random));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(shuffled(Object.entries(value), random).map(([key, one]) => [key, withOtherKeys(one, random)]));
}

function sections(snapshot: string): string[] {
  return snapshot.split(/^(?===> )/m).filter((part) => part !== '');
}

const isJson = (section: string): boolean => /^==> ip .*-j /.test(section);

/** Families and tables may be told in another order as well: the order of problems and notes follows the text, the walk does not. */
const walkOf = (text: string): unknown => {
  const { traces, conntrack, sets, counters } = JSON.parse(text) as Record<string, unknown>;
  return { traces, conntrack, sets, counters };
};

describe.each(NAMES)('%s', (name) => {
  const one = given(name);
  const whole = report(one);

  test('walked again, the report is the same to the letter', () => {
    expect(whole.length).toBeGreaterThan(10_000);
    expect(report(one)).toBe(whole);
  });

  test('keys of JSON in another order change nothing', () => {
    const random = new Random(name.length);
    const parts = sections(one.snapshot).map((section) => {
      if (!isJson(section)) return section;
      const [head = '', ...lines] = section.split('\n');
      return `${head}\n${JSON.stringify(withOtherKeys(JSON.parse(lines.join('\n')), random))}\n`;
    });
    expect(parts.some(isJson)).toBe(true);
    expect(report({ ...one, snapshot: parts.join('') }) === whole).toBe(true);
    // A packet is told as it was given.
    expect(JSON.parse(report({ ...one, packets: withOtherKeys(one.packets, random) }))).toEqual(JSON.parse(whole));
  });

  test('sections in another order walk the same', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const other = report({ ...one, snapshot: shuffled(sections(one.snapshot), new Random(seed)).join('') });
        expect(walkOf(other)).toEqual(walkOf(whole));
      }),
      { numRuns: 2 },
    );
  });

  test('a world that walked stays what it was', () => {
    const { packets, world } = start(one);
    const traceOf = (from: World, index: number): string => [...traceReportText(from, [walk(from, packets[index] as (typeof packets)[number]).trace], [])].join('');
    const before = packets.slice(0, 8).map((_, i) => traceOf(world, i));
    let now = world;
    for (const packet of packets) now = walk(now, packet).world;
    expect(packets.slice(0, 8).map((_, i) => traceOf(world, i))).toEqual(before);
  });
});
