/** Laws of the Kube-OVN generator: whatever the cluster and the switches, the snapshot is read without a problem, every rule is explained, and the same makes the same. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createWorld,
  explainRuleText,
  explainSet,
  generateNode,
  parseNode,
  printNode,
  readCluster,
  readOptions,
  type GeneratedNode,
  type OptionsJson,
  type TableName,
} from '../../engine/index.ts';
import { randomCluster, randomOptions } from '../engine/kube-ovn/random-cluster.ts';

function generate(cluster: unknown, json: OptionsJson): GeneratedNode {
  const reading = readCluster([cluster]);
  const { options, problems } = readOptions(json);
  if (!reading.cluster || !options) throw new Error([...reading.problems, ...problems].map(({ message }) => message).join('\n'));
  const node = generateNode(reading.cluster, options);
  if ('failure' in node) throw new Error(node.failure);
  return node;
}

test('the snapshot is read without a problem, and is already in canonical form', () => {
  fc.assert(
    fc.property(randomCluster, randomOptions, (cluster, options) => {
      const { text } = generate(cluster, options);
      const node = parseNode([{ name: 'node', text }]);
      expect(createWorld(node).problems.filter(({ severity }) => severity !== 'note')).toEqual([]);
      expect(printNode(node).text).toBe(text);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('every rule is recognised by its text as the row that made it, every set by its name', () => {
  fc.assert(
    fc.property(randomCluster, randomOptions, (cluster, options) => {
      const { chains, sets } = generate(cluster, options);
      for (const { rules } of Object.values(chains).flat())
        for (const { row, table, chain, text } of rules) expect([text, explainRuleText(table as TableName, chain, text)?.id]).toEqual([text, row]);
      for (const { row, name } of sets) expect([name, explainSet(name)?.id]).toEqual([name, row]);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test('switched there and back, the text is the same', () => {
  fc.assert(
    fc.property(randomCluster, randomOptions, randomOptions, (cluster, options, others) => {
      const before = generate(cluster, options).text;
      generate(cluster, others);
      expect(generate(cluster, options).text).toBe(before);
      expect(generate(JSON.parse(JSON.stringify(cluster)), { ...others, ...options }).text).toBe(generate(cluster, { ...others, ...options }).text);
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('no input makes it throw', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.jsonValue(), randomCluster), { maxLength: 3 }), fc.jsonValue(), (documents, json) => {
      const { cluster } = readCluster(documents);
      const { options } = readOptions(json);
      if (cluster && options) generateNode(cluster, { ...options, node: cluster.nodes[0]?.name ?? '' });
    }),
    { numRuns: 200 },
  );
}, 60_000);

/** One value somewhere in a good description exchanged for another: still read, and nothing throws on the way to the node. */
test('a good description with one value exchanged does not make it throw', () => {
  const mutated = fc
    .tuple(randomCluster, fc.nat({ max: 200 }), fc.oneof(fc.jsonValue(), fc.constantFrom('10.0.0.0/0', '::', 'fe80::1', '1:2', ',', 'a,b', '999')))
    .map(([cluster, at, value]) => {
      let left = at;
      const visit = (node: unknown): unknown => {
        if (left-- === 0) return value;
        if (Array.isArray(node)) return node.map(visit);
        return typeof node === 'object' && node !== null ? Object.fromEntries(Object.entries(node).map(([key, item]) => [key, visit(item)])) : node;
      };
      return visit(cluster);
    });
  fc.assert(
    fc.property(mutated, randomOptions, (document, json) => {
      const { cluster } = readCluster([document]);
      const { options } = readOptions(json);
      if (cluster && options) generateNode(cluster, options);
    }),
    { numRuns: 300 },
  );
}, 60_000);
