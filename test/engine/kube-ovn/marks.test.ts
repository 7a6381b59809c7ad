/**
 * The mark registry against the rules of every release in every mode: whoever writes a mark is named as writing it, whoever tests one as
 * reading it, and nothing is registered that no rule does.
 */

import { expect, test } from 'vitest';
import { KUBE_PROXY_MODES, MARKS, NETWORK_TYPES, RELEASE_SERIES, RULE_ORDERS, type GeneratedNode } from '../../../engine/index.ts';
import { CANONICAL, nodeOf, PAGE, SERVICES } from './clusters.ts';

/** A mark as a rule names it, and who does what with it: `0x4000/0x4000 set S14`. */
type Use = string;

const hex = (value: number): string => `0x${value.toString(16)}`;

/** `--mark 0x1` alone looks at every bit, and so does `--set-xmark 0x1` write. */
function usesIn(row: string, text: string): Use[] {
  return [...text.matchAll(/--(set-xmark|tproxy-mark|mark) (0x[0-9a-f]+)(?:\/(0x[0-9a-f]+))?/g)].map(
    ([, option, value, mask]) => `${hex(Number(value))}/${hex(Number(mask ?? 0xffffffff))} ${option === 'mark' ? 'read' : 'set'} ${row}`,
  );
}

function usesOf(node: GeneratedNode): Use[] {
  const rules = Object.values(node.chains).flatMap((chains) => chains.flatMap((chain) => chain.rules.flatMap(({ row, text }) => usesIn(row, text))));
  const policies = [...node.text.matchAll(/"fwmark":"(0x[0-9a-f]+)"(?:,"fwmask":"(0x[0-9a-f]+)")?/g)].map(
    ([, value, mask]) => `${hex(Number(value))}/${hex(Number(mask ?? 0xffffffff))} read ip rule`,
  );
  return [...rules, ...policies];
}

const REGISTERED = MARKS.flatMap(({ value, mask, setBy, readBy }) => [
  ...setBy.map((row) => `${hex(value)}/${hex(mask)} set ${row}`),
  ...readBy.map((row) => `${hex(value)}/${hex(mask)} read ${row}`),
]);

const clusters = [PAGE, `${CANONICAL}\n---\n${SERVICES}`];
const seen = new Set<Use>();

test.each(RELEASE_SERIES.flatMap((release) => RULE_ORDERS.map((order) => [release, order] as const)))('%s, rules as %s: every use is registered', (release, order) => {
  for (const cluster of clusters)
    for (const kubeProxy of KUBE_PROXY_MODES)
      for (const networkType of NETWORK_TYPES) {
        const uses = usesOf(nodeOf(cluster, { release, order, kubeProxy, networkType, enableTproxy: true, clusterCidr: '10.16.0.0/16' }));
        expect(uses.length).toBeGreaterThan(3);
        expect([release, order, kubeProxy, uses.filter((use) => !REGISTERED.includes(use))]).toEqual([release, order, kubeProxy, []]);
        for (const use of uses) seen.add(use);
      }
});

test('nothing is registered that no rule does, and what is said not to be generated is not', () => {
  // Rules of hostPorts come with pods that have one; they are looked at in the tests of that plugin.
  expect(REGISTERED.filter((use) => !seen.has(use) && !use.includes('CNI-HOSTPORT'))).toEqual([]);
  for (const { value, mask, generated, setBy, readBy } of MARKS) {
    expect([hex(value), setBy.length + readBy.length > 0]).toEqual([hex(value), generated]);
    if (!generated) expect([...seen].filter((use) => use.startsWith(`${hex(value)}/${hex(mask)} `))).toEqual([]);
  }
});
