/** Every rule, set and mark of a generated node says what it is for; and the mark registry is what the rules really do. */

import { describe, expect, test } from 'vitest';
import {
  explainGeneratedRule,
  explainMark,
  explainRuleText,
  explainSet,
  markOverlaps,
  MARKS,
  parseRuleAddress,
  RULE_ROWS,
  type GeneratedNode,
  type RuleAddress,
  type TableName,
} from '../../../engine/index.ts';
import { CANONICAL, HOST_PORTS, nodeOf, PAGE, SERVICES, SOURCE_RANGES } from './clusters.ts';

const EVERYTHING: readonly GeneratedNode[] = [
  nodeOf(PAGE),
  nodeOf(PAGE, { order: 'documented' }),
  nodeOf(PAGE, { release: 'v1.12.0' }),
  nodeOf(PAGE, { release: 'v1.11' }),
  ...(['iptables', 'ipvs'] as const).map((kubeProxy) => nodeOf([CANONICAL, SERVICES, HOST_PORTS, SOURCE_RANGES].join('\n---\n'), { kubeProxy })),
  ...(['iptables', 'ipvs', 'none'] as const).map((kubeProxy) => nodeOf(`${CANONICAL}\n---\n${SERVICES}`, { kubeProxy, enableTproxy: true, clusterCidr: '10.16.0.0/16' })),
];

function rules(node: GeneratedNode): { readonly address: RuleAddress; readonly row: string; readonly text: string }[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    node.chains[family].flatMap(({ table, name, rules: list }) =>
      list.map(({ row, text }, i) => ({ address: { backend: null, family, table, chain: name, number: i + 1 }, row, text })),
    ),
  );
}

const address = (text: string): RuleAddress => parseRuleAddress(text) as RuleAddress;

describe('rules', () => {
  test('every one is explained, in both languages, and recognised by its text as the same row', () => {
    let count = 0;
    for (const node of EVERYTHING)
      for (const { address: at, row, text } of rules(node)) {
        const found = explainGeneratedRule(node, at);
        const byText = explainRuleText(at.table as TableName, at.chain, text);
        expect([row, found?.id, byText?.id]).toEqual([row, row, row]);
        expect(found?.title.en && found.title.zh && found.because.en && found.because.zh, `${row} ${text}`).toBeTruthy();
        count++;
      }
    expect(count).toBeGreaterThan(500);
  });

  test('every row is there on some node', () => {
    const seen = new Set(EVERYTHING.flatMap((node) => rules(node).map(({ row }) => row)));
    expect(RULE_ROWS.filter(({ id }) => !seen.has(id)).map(({ id }) => id)).toEqual([]);
    expect(RULE_ROWS).toHaveLength(31 + 13 + 1);
  });

  test('which object asks for it', () => {
    const node = nodeOf(CANONICAL);
    expect(explainGeneratedRule(node, address('nat/OVN-POSTROUTING/12'))).toMatchObject({
      id: 'S24',
      since: 'v1.10.7',
      because: { en: 'Subnets cent, net1, ovn-default: spec.natOutgoing', zh: '子网 cent、net1、ovn-default：spec.natOutgoing' },
    });
    expect(explainGeneratedRule(node, address('nat/OVN-NAT-PSUBNET-aa98851157c5/2'))?.because.en).toBe('Subnet net1: spec.natOutgoingPolicyRules[1]');
    expect(explainGeneratedRule(node, address('ip6:filter/FORWARD/1'))).toMatchObject({ id: 'S10', since: 'v1.12.0', because: { en: 'Subnet routed: spec.cidrBlock' } });
    expect(explainGeneratedRule(node, address('nat/OVN-POSTROUTING/13'))).toBeNull();
  });

  test('rules of others are not taken for Kube-OVN’s', () => {
    expect(explainRuleText('filter', 'INPUT', '-p tcp -m tcp --dport 22 -j ACCEPT')).toBeNull();
    expect(explainRuleText('nat', 'POSTROUTING', '-s 10.16.0.0/16 -j MASQUERADE')).toBeNull();
    // The same text in another chain is another rule.
    expect(explainRuleText('filter', 'OUTPUT', '-m set --match-set ovn40services src -j ACCEPT')).toBeNull();
  });
});

describe('sets', () => {
  test('every one is explained', () => {
    for (const node of EVERYTHING)
      for (const { name, row } of node.sets) {
        expect([name, explainSet(name)?.id]).toEqual([name, row]);
        expect(explainSet(name, node)?.because.en).not.toBe('');
      }
    expect(explainSet('blocklist')).toBeNull();
  });

  test('every member knows its object', () => {
    const set = nodeOf(CANONICAL).sets.find(({ name }) => name === 'ovn40subnets-nat');
    expect(set?.members.find(({ text }) => text === '10.17.0.0/16')?.origin).toEqual({ kind: 'Subnet', name: 'cent', field: 'spec.natOutgoing' });
  });
});

describe('marks', () => {
  const all = EVERYTHING.flatMap(rules);
  const key = (value: number, mask: number): string => `0x${value.toString(16)}/0x${mask.toString(16)}`;
  /** Rows by the mark that an option of theirs names. */
  function rowsWith(option: RegExp): Map<string, Set<string>> {
    const found = new Map<string, Set<string>>();
    for (const { row, text } of all)
      for (const match of text.matchAll(option)) {
        const mark = key(Number(match[1]), Number(match[2] ?? '0xffffffff'));
        found.set(mark, (found.get(mark) ?? new Set()).add(row));
      }
    return found;
  }

  test('who sets which: the registry and the rules agree', () => {
    const found = rowsWith(/--(?:set-xmark|tproxy-mark) (0x[0-9a-f]+)(?:\/(0x[0-9a-f]+))?/g);
    const registry = MARKS.filter(({ generated }) => generated).map(({ value, mask, setBy }) => [key(value, mask), [...setBy].sort()] as const);
    expect(Object.fromEntries([...found].map(([mark, rows]) => [mark, [...rows].sort()]))).toEqual(Object.fromEntries(registry));
  });

  test('who reads which: the registry, the rules and policy routing agree', () => {
    const found = rowsWith(/--mark (0x[0-9a-f]+)(?:\/(0x[0-9a-f]+))?/g);
    for (const match of nodeOf(PAGE).text.matchAll(/"fwmark":"(0x[0-9a-f]+)","fwmask":"(0x[0-9a-f]+)"/g)) found.set(key(Number(match[1]), Number(match[2])), new Set(['ip rule']));
    const registry = MARKS.filter(({ readBy }) => readBy.length > 0).map(({ value, mask, readBy }) => [key(value, mask), [...readBy].sort()] as const);
    expect(Object.fromEntries([...found].map(([mark, rows]) => [mark, [...rows].sort()]))).toEqual(Object.fromEntries(registry));
  });

  /** Worked out by hand, bit by bit: which tests a packet with a mark satisfies besides its own. */
  test.each([
    [0x4000, []],
    [0x80000, []],
    [0x84000, [0x4000, 0x80000]],
    [0x90001, [0x80000]],
    [0x90002, [0x80000]],
    [0x90003, [0x80000, 0x90001, 0x90002]],
    [0x90004, [0x80000]],
    [0x90007, [0x80000, 0x90001, 0x90002, 0x90003, 0x90004]],
    [0x94003, [0x4000, 0x80000, 0x90001, 0x90002, 0x90003]],
  ])('0x%s', (packet, also) => {
    const overlap = markOverlaps([0x84000, 0x90007, 0x94003]).find((one) => one.packet === packet);
    expect((overlap?.also ?? []).map(({ value }) => value).sort((a, b) => a - b)).toEqual(also);
  });

  test('a mark seen on a packet', () => {
    expect(explainMark(0x90002).map(({ value }) => value)).toEqual([0x80000, 0x90002]);
  });
});
