/** Rule sets made to take for ever: the walk stops, and says that it does not know the end. */

import { describe, expect, it } from 'vitest';
import { createWorld, parseNode, walk } from '../../../engine/index.ts';

const packet = { in: 'eth0', src: '198.51.100.2', dst: '192.0.2.9', proto: 'udp', sport: 7, dport: 53 } as const;

describe('chains that lead through each other', () => {
  it('are not walked to the end if that doubles with every chain', () => {
    const depth = 40;
    const names = Array.from({ length: depth }, (_, i) => `C${i}`);
    const rules = names.flatMap((name, i) => (i + 1 < depth ? [`-A ${name} -j C${i + 1}`, `-A ${name} -j C${i + 1}`] : []));
    const text = `*filter\n:FORWARD DROP [0:0]\n${names.map((name) => `:${name} - [0:0]`).join('\n')}\n-A FORWARD -j C0\n${rules.join('\n')}\nCOMMIT\n`;
    const world = createWorld(parseNode([{ name: 'node', text }]));
    const { trace, notes } = walk(world, packet);
    expect(trace.outcome.verdict).toBe('unknown');
    expect(notes.join('\n')).toContain('too often');
  });

  it('nest as deeply as the kernel lets them', () => {
    const depth = 2000;
    const names = Array.from({ length: depth }, (_, i) => `C${i}`);
    const rules = names.map((name, i) => (i + 1 < depth ? `-A ${name} -j C${i + 1}` : `-A ${name} -j ACCEPT`));
    const text = `*filter\n:FORWARD DROP [0:0]\n${names.map((name) => `:${name} - [0:0]`).join('\n')}\n-A FORWARD -j C0\n${rules.join('\n')}\nCOMMIT\n`;
    const { trace } = walk(createWorld(parseNode([{ name: 'node', text }])), packet);
    expect(trace.outcome).toMatchObject({ verdict: 'forwarded', by: { chain: `C${depth - 1}` } });
  });
});
