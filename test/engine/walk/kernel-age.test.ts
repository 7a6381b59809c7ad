/** Answers that changed with a release are told of on older nodes, and on no others. */

import { expect, it, test } from 'vitest';
import { createWorld, parseNode, walk } from '../../../engine/index.ts';
import { isOlder } from '../../../engine/walk/kernel-age.ts';

test.each([
  ['5.2.21', '5.3', true],
  ['5.3.0-rc1', '5.3', false],
  ['5.10.0-28-amd64', '5.3', false],
  ['4.19.0', '5.3', true],
  ['6.18.44', '6.8', false],
  ['6.1.192', '6.8', true],
  [null, '5.3', false],
  ['of my own', '5.3', false],
])('%s before %s: %s', (kernel, since, older) => {
  expect(isOlder(kernel, since)).toBe(older);
});

// Linux 5.3: "ipv4: Allow 0.0.0.0/8 as a valid address range".
it('says what a node before 5.3 does with 0.0.0.0/8', () => {
  const packet = { in: 'eth0', src: '198.51.100.2', dst: '0.1.2.3', proto: 'udp', sport: 1, dport: 2 } as const;
  const notesOn = (kernel: string) => walk(createWorld(parseNode([{ name: 'node', text: `==> uname -r <==\n${kernel}\n` }])), packet).notes;
  expect(notesOn('4.19.0').join()).toContain('kernels before 5.3 drop');
  expect(notesOn('6.18.44').join()).not.toContain('kernels before');
});
