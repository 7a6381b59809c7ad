/**
 * What every match says of packets that a real kernel sent, held against its rule counters. `record.py` makes the
 * recording; the walk below has the same rules, addresses and routes.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, TRUE, UNKNOWN, walk, type Family, type Packet } from '../../../../engine/index.ts';

interface Recording {
  readonly kernel: string;
  readonly rules: Readonly<Record<Family, readonly string[]>>;
  readonly snapshot: string;
  /** `hits`: for each rule of the family `1` if its counter gained one. */
  readonly sent: readonly { readonly family: Family; readonly packet: Packet; readonly hits: string }[];
}

const recording = JSON.parse(readFileSync(new URL('kernel-recorded.json', import.meta.url), 'utf8')) as Recording;

function play(): string[] {
  const node = parseNode([{ name: 'recording', text: recording.snapshot }]);
  let world = createWorld(node, { now: '2026-11-22T14:00:00Z' });
  const faults: string[] = [];
  recording.sent.forEach(({ family, packet, hits }, index) => {
    const { trace, world: after } = walk(world, { ...packet, in: null, at: index * 0.02 });
    world = after;
    const rules = recording.rules[family];
    const said: string[] = rules.map(() => 'miss');
    for (const step of trace.steps)
      if (step.kind === 'rule' && step.at.table === 'filter' && step.at.chain === 'OUTPUT')
        said[step.at.number - 1] = step.matched === TRUE ? 'match' : step.matched === UNKNOWN ? 'unknown' : 'miss';
    rules.forEach((rule, i) => {
      const counted = hits[i] === '1' ? 'match' : 'miss';
      if (said[i] !== counted) faults.push(`packet ${index + 1} (${packet.proto} to ${packet.dst}), "${rule}": the kernel says ${counted}, the walk ${said[i]}`);
    });
  });
  return faults;
}

describe('matches against the rule counters of the kernel', () => {
  test('the recording is not empty', () => {
    expect(recording.sent.map(({ hits }) => hits).join('').length).toBeGreaterThan(1000);
    expect(recording.sent.every(({ hits }) => hits.includes('1') && hits.includes('0'))).toBe(true);
  });
  test('every rule and packet', () => {
    expect(play()).toEqual([]);
  });
});
