/**
 * What is known of a node whose cluster is not at hand: names of Subnets and Services come out of its own rules and sets. The generator,
 * which knows the objects, is the judge.
 */

import { describe, expect, test } from 'vitest';
import { explainerOf, MARKS, parseNode, type Explainer, type GeneratedNode, type ObjectReference } from '../../../engine/index.ts';
import { CANONICAL, nodeOf, PAGE, SERVICES } from './clusters.ts';

const snapshot = (node: GeneratedNode): ReturnType<typeof parseNode> => parseNode([{ name: 'node.snapshot', text: node.text }]);
const NODES: readonly (readonly [string, GeneratedNode])[] = [
  ['the canonical cluster', nodeOf(CANONICAL)],
  ['the documentation’s', nodeOf(PAGE)],
  ['the documentation’s, v1.12', nodeOf(PAGE, { release: 'v1.12.0', order: 'documented' })],
  ['Services, iptables', nodeOf(`${CANONICAL}\n---\n${SERVICES}`, { kubeProxy: 'iptables', enableTproxy: true, clusterCidr: '10.16.0.0/16' })],
  ['Services, IPVS', nodeOf(`${CANONICAL}\n---\n${SERVICES}`, { kubeProxy: 'ipvs' })],
];

const objects = (origins: readonly ObjectReference[]): readonly string[] => [...new Set(origins.map(({ kind, name }) => `${kind} ${name}`))].sort();

/** What each rule of a node is said to be for. */
function explained(
  node: GeneratedNode,
  explainer: Explainer,
): { readonly rule: string; readonly row: string; readonly origins: readonly string[]; readonly made: readonly string[] }[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    node.chains[family].flatMap(({ table, name, rules }) =>
      rules.map(({ text, origins }) => {
        const found = explainer.rule({ family, table, chain: name }, { text });
        return { rule: `${family} ${table} ${name} ${text}`, row: found?.id ?? '', origins: objects(found?.origins ?? []), made: objects(origins) };
      }),
    ),
  );
}

describe.each(NODES)('%s', (_, node) => {
  const own = explained(node, explainerOf(snapshot(node)));

  test('no object is named that did not ask for the rule', () => {
    for (const { rule, origins, made } of own) expect([rule, origins.filter((object) => !made.includes(object))]).toEqual([rule, []]);
  });

  test('Subnets are all found, rule by rule', () => {
    const ofSubnets = own.filter(({ made }) => made.some((object) => object.startsWith('Subnet ')));
    expect(ofSubnets.length).toBeGreaterThan(20);
    for (const { rule, origins, made } of ofSubnets) expect([rule, origins]).toEqual([rule, made]);
  });

  test('with the generated node at hand the objects are its own', () => {
    for (const { rule, origins, made } of explained(node, explainerOf(snapshot(node), node))) expect([rule, origins]).toEqual([rule, made]);
  });
});

test('Services of kube-proxy’s rules are found by their comments and chains', () => {
  const [, node] = NODES[3] as (typeof NODES)[number];
  const own = explained(node, explainerOf(snapshot(node)));
  const ofServices = own.filter(({ row, made }) => row.startsWith('K:') && made.some((object) => object.startsWith('Service ')));
  expect(ofServices.length).toBeGreaterThan(50);
  for (const { rule, origins, made } of ofServices) expect([rule, origins]).toEqual([rule, made]);
});

test('rules edited after they were made keep their row; new ones have nobody', () => {
  const node = nodeOf(CANONICAL);
  const edited = { ...node, text: node.text.replace('*nat\n', '*nat\n-A POSTROUTING -p tcp -j ACCEPT\n') };
  const explainer = explainerOf(snapshot(edited), node);
  expect(explainer.rule({ family: 'ipv4', table: 'nat', chain: 'POSTROUTING' }, { text: '-p tcp -j ACCEPT' })).toBeNull();
  expect(explainer.rule({ family: 'ipv4', table: 'nat', chain: 'POSTROUTING' }, { text: '-m comment --comment "kube-ovn postrouting rules" -j OVN-POSTROUTING' })?.id).toBe('S13');
});

describe('set entries', () => {
  test.each([
    [null, '-m set --match-set ovn40subnets-nat src', '10.17.0.0/16', 'Subnet cent spec.natOutgoing'],
    [null, '-m set --match-set ovn60subnets dst', 'fd00:100:64::/112', 'Subnet join spec.cidrBlock'],
    [null, '-m set --match-set ovn40natpr-1615a54fc889-src src', '10.0.11.0/30', 'Subnet net1 spec.natOutgoingPolicyRules'],
    [nodeOf(CANONICAL), '-m set --match-set ovn40natpr-1615a54fc889-src src', '10.0.11.0/30', 'Subnet net1 spec.natOutgoingPolicyRules[0].match.srcIPs'],
    [nodeOf(CANONICAL), '-m set --match-set ovn40other-node src', '192.168.0.102', 'Node node2 status.addresses'],
    [null, '-m set --match-set blocklist src', '10.17.0.0/16', undefined],
    [null, '-s 10.17.0.0/16', undefined, undefined],
  ])('%#: %s %s', (generated, clause, entry, wanted) => {
    const explainer = explainerOf(snapshot(nodeOf(CANONICAL)), generated);
    const [first] = explainer.behind(entry === undefined ? { clause } : { clause, entry });
    expect(first && `${first.kind} ${first.name} ${first.field}`).toBe(wanted);
  });
});

describe('marks', () => {
  const explainer = explainerOf(snapshot(nodeOf(CANONICAL)));
  test('what a write is for, and the tests it passes by the way, those that were passed before apart', () => {
    const forward = explainer.markWrite({ value: 0x90002, mask: 0x90002 }, 0, 0x90002);
    expect([forward?.row.setBy, forward?.also.map(({ value }) => value)]).toEqual([['S29'], [0x80000]]);
    expect(explainer.markWrite({ value: 0x90001, mask: 0x90001 }, 0x90002, 0x90003)?.also.map(({ value }) => value)).toEqual([]);
    expect(explainer.markWrite({ value: 0x90002, mask: 0xffff }, 0, 2)).toBeNull();
  });

  test('of a node without probes nothing is said of their marks, of one without Kube-OVN nothing at all', () => {
    expect(explainer.marks.map(({ value }) => value)).not.toContain(0x90003);
    expect(explainerOf(snapshot(nodeOf(PAGE))).marks.map(({ value }) => value)).toEqual(expect.arrayContaining([0x90003, 0x90004]));
    const others = parseNode([
      { name: 'a', text: '*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j MARK --set-xmark 0x0/0xffffffff\n-A FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT\nCOMMIT\n' },
    ]);
    expect(explainerOf(others).marks).toEqual([]);
    expect(MARKS.length).toBeGreaterThan(explainer.marks.length);
  });
});

test('a chain that is named like a method of every object is nobody’s', () => {
  const node = parseNode([{ name: 'node', text: `${nodeOf(CANONICAL).text}==> iptables-save <==\n*security\n:constructor - [0:0]\n-A constructor -j DROP\nCOMMIT\n` }]);
  const explainer = explainerOf(node);
  for (const chain of ['constructor', 'toString', 'valueOf', '__proto__']) expect(explainer.rule({ family: 'ipv4', table: 'security', chain }, { text: '-j DROP' })).toBeNull();
});
