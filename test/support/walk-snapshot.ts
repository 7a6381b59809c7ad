/** Packets, as a packets file says them, through the node of a snapshot, one after the other. Both must be read without an error. */

import { expect } from 'vitest';
import { createWorld, parseNode, readPackets, walk, type WalkResult } from '../../engine/index.ts';

export function walkSnapshot(text: string, packets: unknown): WalkResult[] {
  const node = parseNode([{ name: 'node.snapshot', text }]);
  expect(node.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const read = readPackets(packets);
  expect(read.problems).toEqual([]);
  let world = createWorld(node, read.environment);
  return read.packets.map((packet) => {
    const result = walk(world, packet);
    world = result.world;
    return result;
  });
}
