/** Lists on their way from the worker: what comes out is what went in, and only what is looked at is read. */

import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { engine } from '../../app/worker/engine.ts';
import type { Answer } from '../../app/worker/messages.ts';
import { pack, packAnswer, unpack, unpackAnswer } from '../../app/worker/packed.ts';
import { createSession } from '../../app/worker/session.ts';
import { EXAMPLES, exampleSnapshot } from '../support/examples.ts';

function answersFor(text: string): readonly Answer[] {
  const answers: Answer[] = [];
  createSession(engine, (answer) => answers.push(answer))({
    kind: 'run',
    id: 1,
    files: [{ name: 'a', text }],
    cluster: false,
    packets: [{ dst: '8.8.8.8', proto: 'icmp' }],
    environment: {},
  });
  return answers;
}

test('any values come back as they were, whatever their characters', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.record({ a: fc.string({ unit: 'grapheme' }), b: fc.array(fc.nat()) }))), (values) => {
      expect([...unpack(pack(values, values.length))]).toEqual(JSON.parse(JSON.stringify(values)));
    }),
    { seed: 4 },
  );
});

describe('a list that was unpacked', () => {
  const values = Array.from({ length: 1000 }, (_, i) => ({ i, text: '中'.repeat(i % 7) }));
  const list = unpack<(typeof values)[number]>(pack(values, values.length));
  test('is a list: length, parts, search, spread', () => {
    expect(list).toHaveLength(1000);
    expect(Array.isArray(list)).toBe(true);
    expect(list.slice(997).map(({ i }) => i)).toEqual([997, 998, 999]);
    expect(list.find(({ i }) => i === 500)).toEqual(values[500]);
    expect(list[1000]).toBeUndefined();
    expect(list.at(-1)).toEqual(values[999]);
    expect(500 in list).toBe(true);
  });
  test('gives the same object each time', () => {
    expect(list[3]).toBe(list[3]);
  });
  test('reads only what is looked at', () => {
    const parse = vi.spyOn(JSON, 'parse');
    const other = unpack<unknown>(pack(values, values.length));
    parse.mockClear();
    other.slice(10, 13);
    expect(parse).toHaveBeenCalledTimes(3);
    expect(other.length).toBe(1000);
    expect(parse).toHaveBeenCalledTimes(3);
    parse.mockRestore();
  });
});

test('answers are the same on both sides, rules of every chain in their chain', () => {
  const names = new Set<string>();
  for (const example of EXAMPLES) {
    if (names.has(example.name.split('/', 1)[0] as string)) continue;
    names.add(example.name.split('/', 1)[0] as string);
    for (const answer of answersFor(exampleSnapshot(example))) {
      const { message, transfer } = packAnswer(answer);
      const there = unpackAnswer(structuredClone(message, { transfer }));
      expect(plain(there)).toEqual(plain(answer));
    }
  }
});

test('what is posted of 20,000 rules is bytes: few values to clone', () => {
  const rules = Array.from({ length: 20_000 }, (_, i) => `-A FORWARD -s 10.${i >> 8}.${i & 255}.0/24 -j DROP`).join('\n');
  const node = answersFor(`*filter\n:FORWARD ACCEPT [0:0]\n${rules}\nCOMMIT\n`).find(({ kind }) => kind === 'node');
  const { message } = packAnswer(node as Answer);
  let values = 0;
  const count = (value: unknown): void => {
    values++;
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) for (const one of Object.values(value)) count(one);
  };
  count(message);
  expect(values).toBeLessThan(200);
});

/** Getters and lists read out. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
