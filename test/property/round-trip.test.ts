/** What is printed of a node is read back as the same node, and printed as the same text: rules, counters and sets of random nodes. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNode, printNode, type Node } from '../../engine/index.ts';
import { randomCase } from '../kernel/random-node.ts';

const rulesOf = ({ tables }: Node) =>
  tables.map(({ family, name, chains }) => [
    family,
    name,
    [...chains]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((chain) => [
        chain.name,
        chain.policy,
        chain.rules.map(({ text, counters, target, matches, header }) => [text, counters, target?.name, target?.verb, matches.map((match) => match.name), header.text]),
      ]),
  ]);

const setsOf = ({ sets }: Node) => [...(sets?.values() ?? [])].map(({ name, type, family, entries }) => [name, type, family, entries.count]);

test('parse and print are inverse', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 - 1 }), (seed) => {
      const { node: given } = randomCase(seed, { rare: 0.5 });
      const text = `==> iptables-save <==\n${given.iptables ?? ''}==> ip6tables-save <==\n${given.ip6tables ?? ''}==> ipset save <==\n${given.ipset}`;
      const node = parseNode([{ name: 'node', text }]);
      const printed = printNode(node).text;
      const again = parseNode([{ name: 'node', text: printed }]);
      expect(rulesOf(again)).toEqual(rulesOf(node));
      expect(setsOf(again)).toEqual(setsOf(node));
      expect(printNode(again).text).toBe(printed);
    }),
    { numRuns: 60 },
  );
});
