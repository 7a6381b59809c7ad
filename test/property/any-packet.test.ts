/** Whatever stands in packets.json, in a scenario or in the packet's line: it is read or told what is wrong, and never throws. */

import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkPacket, createWorld, parseNode, parseTypedPacket, printTypedPacket, readPackets, readScenario, traceReportText, walk, type Packet } from '../../engine/index.ts';
import { anyPacket } from '../support/packets.ts';

const world = createWorld(parseNode([{ name: 'node', text: readFileSync(new URL('../support/gateway.snapshot', import.meta.url), 'utf8') }]));

/** Fields there are with values they may not have, and the other way round. */
const FIELDS = [
  'in',
  'src',
  'dst',
  'proto',
  'sport',
  'dport',
  'flags',
  'icmpType',
  'inner',
  'ttl',
  'id',
  'payload',
  'data',
  'mark',
  'fragOffset',
  'moreFragments',
  'extensionHeaders',
  'spi',
  'l2',
  'physIn',
  'uid',
  'at',
  'packets',
  'environment',
  'sockets',
  'choices',
  'assume',
  'now',
  'expect',
  'node',
] as const;
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    '10.0.0.1',
    'fd00::1',
    'tcp',
    58,
    -1,
    1e300,
    0.5,
    '',
    [],
    [null],
    {},
    ['SYN'],
    ['hop-by-hop'],
    [{ header: 'routing', data: '04010100000500' }],
    'ff',
    '0x',
    Number.MAX_SAFE_INTEGER,
  ),
);
const object = fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), fc.string({ maxLength: 5 })), value, { maxKeys: 8 });
/** A good packet with a field or two that are not. */
const spoiled = fc.tuple(anyPacket, object).map(([packet, wrong]) => ({ ...packet, ...wrong }));

function walkAll(packets: readonly Packet[]): void {
  let now = world;
  const traces = [];
  for (const packet of packets) {
    if (checkPacket(now, packet)) continue;
    const walked = walk(now, packet);
    traces.push(walked.trace);
    now = walked.world;
  }
  JSON.parse([...traceReportText(now, traces, [])].join(''));
}

describe('any JSON', () => {
  test('is read as packets.json', () => {
    let walked = 0;
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.array(spoiled, { maxLength: 4 }), fc.record({ packets: fc.array(spoiled, { maxLength: 3 }), environment: object })),
        (json) => {
          const { packets, problems } = readPackets(json);
          for (const { message } of problems) expect(message).not.toBe('');
          walked += packets.length;
          walkAll(packets);
        },
      ),
      { numRuns: 300 },
    );
    expect(walked).toBeGreaterThan(20);
  });

  test('is read as a scenario', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue({ maxDepth: 3 }),
          fc.record({ title: value, node: value, packets: fc.array(spoiled, { maxLength: 3 }), expect: fc.array(object, { maxLength: 3 }), environment: object }),
        ),
        (json) => {
          const { scenario, problems } = readScenario(json);
          expect(scenario !== null || problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('any line', () => {
  const word = fc.oneof(
    fc.constantFrom(
      'eth0',
      'local',
      'tcp',
      'icmp',
      '10.0.0.1:80',
      '[fd00::1]:53',
      '>',
      'ttl',
      '3',
      'inner',
      '(',
      ')',
      'SYN,ACK',
      'headers',
      'hop-by-hop:0104',
      'frag',
      'at',
      '-1',
      '1e9',
      'mark',
      '0x',
    ),
    fc.string({ maxLength: 4 }),
  );
  test('is read as a packet, and what is read is printed and read again', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const packet = parseTypedPacket(words.join(' '));
        if ('failure' in packet) return;
        expect(parseTypedPacket(printTypedPacket(packet))).toEqual(packet);
        walkAll([packet]);
      }),
      { numRuns: 500 },
    );
  });
  test('a good line with letters changed', () => {
    fc.assert(
      fc.property(anyPacket, fc.nat(200), fc.string({ maxLength: 2 }), fc.nat(3), (packet, at, put, cut) => {
        const line = printTypedPacket(packet);
        const place = at % (line.length + 1);
        const read = parseTypedPacket(line.slice(0, place) + put + line.slice(place + cut));
        if (!('failure' in read)) walkAll([read]);
      }),
      { numRuns: 300 },
    );
  });
});
