/** Both back ends on one node: what a snapshot does not tell about their order is said. */

import { expect, it } from 'vitest';
import { createWorld, parseNode } from '../../../engine/index.ts';

const rules = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j ACCEPT\nCOMMIT\n';
const worldOf = (text: string) => createWorld(parseNode([{ name: 'node.snapshot', text }]));

it('notes that the order of two tables at one place is not known', () => {
  const { notes } = worldOf(`==> iptables-legacy-save <==\n${rules}==> iptables-nft-save <==\n${rules}`);
  expect(notes.filter((note) => note.startsWith('both back ends have the ') && note.includes('IPv4 table filter at FORWARD'))).toHaveLength(1);
});

it('says nothing where each place has one', () => {
  const nat = '*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n';
  for (const text of [`==> iptables-save <==\n${rules}`, `==> iptables-legacy-save <==\n${rules}==> iptables-nft-save <==\n${nat}`])
    expect(worldOf(text).notes.filter((note) => note.includes('both back ends'))).toEqual([]);
});
