/** Walks that ship with the page answer without the engine; everything else is the engine's. */

import { beforeEach, describe, expect, test } from 'vitest';
import { ship, shippedFor, type ShippedWalk } from '../../app/shipped/walks.ts';
import type { Client, Run } from '../../app/worker/client.ts';
import type { Answer, NodeSummary } from '../../app/worker/messages.ts';
import { withKnownWalks } from '../../app/worker/shipped.ts';
import { TRACE } from './trace-fixture.ts';

const FILES = [{ name: 'node.snapshot', text: '*nat' }];
const WALK: ShippedWalk = { packets: [{ dst: '8.8.8.8', proto: 'tcp' }], environment: {}, traces: [TRACE], problems: [], node: { tables: [] } as unknown as NodeSummary };
const RUN: Run = { files: FILES, cluster: false, packets: [{ proto: 'tcp', dst: '8.8.8.8' }], environment: {} };
const OTHER: Run = { ...RUN, packets: [{ proto: 'tcp', dst: '1.1.1.1' }] };

let asked: string[];
let taken: Answer[];
let idle: (() => void)[];
let client: Client;
let say: (answer: Answer) => void;

beforeEach(() => {
  asked = [];
  taken = [];
  idle = [];
  let runs = 0;
  ship(FILES, WALK);
  const connect = (onAnswer: (answer: Answer) => void): Client => {
    say = onAnswer;
    return {
      run: () => {
        asked.push(`run ${++runs}`);
        return runs;
      },
      why: () => asked.push('why'),
      set: () => asked.push('set'),
      find: () => asked.push('find'),
      cancel: () => asked.push('cancel'),
    } as unknown as Client;
  };
  client = withKnownWalks(
    connect,
    shippedFor,
    (answer) => taken.push(answer),
    (work) => idle.push(work),
  );
});

describe('a walk that ships with the page', () => {
  test('is known by its files and its packets, however their fields are ordered', () => {
    expect(shippedFor(RUN)).toBe(WALK);
    expect(shippedFor(OTHER)).toBeNull();
    expect(shippedFor({ ...RUN, files: [...FILES] })).toBeNull();
  });
  test('is answered at once, and walked by the engine when there is nothing better to do; that is not heard again', async () => {
    client.run(RUN);
    await Promise.resolve();
    expect(taken.map(({ kind }) => kind)).toEqual(['node', 'traces']);
    expect(asked).toEqual([]);
    for (const work of idle) work();
    expect(asked).toEqual(['run 1']);
    say({ kind: 'traces', id: 1, traces: [], problems: [] });
    expect(taken).toHaveLength(2);
  });
  test('is answered even where the engine is asked for something in the same task', async () => {
    client.run(RUN);
    client.find('x');
    await Promise.resolve();
    expect(asked).toEqual(['run 1', 'find']);
    expect(taken.map(({ kind }) => kind)).toEqual(['node', 'traces']);
    client.run(RUN);
    client.run(OTHER);
    await Promise.resolve();
    expect(taken).toHaveLength(2);
  });
  test('a question comes before: the engine is made ready for it, and its answer is heard', async () => {
    client.run(RUN);
    await Promise.resolve();
    client.find('x');
    expect(asked).toEqual(['run 1', 'find']);
    say({ kind: 'found', id: 1, query: 'x', found: new Uint32Array() });
    expect(taken.at(-1)?.kind).toBe('found');
    for (const work of idle) work();
    expect(asked).toEqual(['run 1', 'find']);
  });
  test('another packet is the engine’s; what comes late of a run before is not heard', async () => {
    client.run(OTHER);
    client.run(RUN);
    await Promise.resolve();
    say({ kind: 'traces', id: 1, traces: [], problems: [] });
    expect(taken.map(({ kind }) => kind)).toEqual(['node', 'traces']);
    client.run(OTHER);
    for (const work of idle) work();
    expect(asked).toEqual(['run 1', 'run 2']);
    say({ kind: 'traces', id: 2, traces: [], problems: [] });
    expect(taken).toHaveLength(3);
  });
  test('what was left before it was shown is not shown', async () => {
    client.run(RUN);
    client.run(OTHER);
    await Promise.resolve();
    expect(taken).toEqual([]);
  });
});
