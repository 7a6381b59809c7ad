/** What reaches the page of what rules, sets and marks are for, and how the page finds it. */

import { describe, expect, test } from 'vitest';
import { alsoPassed, markOf, rowOf, setOf } from '../../app/store/purpose.ts';
import { describe as describeCluster } from '../../app/worker/cluster.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer, ChainSummary, NodeSummary, Reading, RuleSummary, TraceView } from '../../app/worker/messages.ts';
import { createSession, type Describe } from '../../app/worker/session.ts';
import { CANONICAL, nodeOf, SERVICES } from '../engine/kube-ovn/clusters.ts';

const packet = { in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 };

function walked(text: string, cluster: boolean): { readonly node: NodeSummary; readonly trace: TraceView } {
  const answers: Answer[] = [];
  const session = createSession(engine, (answer) => answers.push(answer));
  const describing: Describe | undefined = cluster ? describeCluster : undefined;
  session({ kind: 'run', id: 1, files: [{ name: 'a', text }], cluster, packets: [packet], environment: {} }, describing);
  const node = answers.find((answer) => answer.kind === 'node')?.node;
  const trace = answers.find((answer) => answer.kind === 'traces')?.traces[0];
  if (!node || !trace) throw new Error(JSON.stringify(answers).slice(0, 500));
  return { node, trace };
}

function chainIn(node: NodeSummary, table: string, chain: string): ChainSummary {
  return node.tables.find(({ key }) => key === table)?.chains.find(({ name }) => name === chain) as ChainSummary;
}

const ruleIn = (node: NodeSummary, table: string, chain: string, number: number): RuleSummary => chainIn(node, table, chain).rules[number - 1] as RuleSummary;

/** Readings of the rule that matched at an address. */
function readingsAt({ trace }: { readonly trace: TraceView }, chain: string, rule: number): readonly Reading[] {
  const step = trace.steps.find((one) => one.kind === 'rule' && one.chain === chain && one.rule === rule);
  return trace.readings[`${step?.index}/${rule}`] ?? [];
}

describe.each([
  ['a snapshot', nodeOf(CANONICAL).text, false, 'spec.natOutgoingPolicyRules'],
  ['a cluster', CANONICAL, true, 'spec.natOutgoingPolicyRules[0]'],
] as const)('%s', (_, text, cluster, field) => {
  const page = walked(text, cluster);
  const { node } = page;

  test('each rule has its row and its objects, in both languages; words are sent once', () => {
    const policy = ruleIn(node, 'nat', 'OVN-NAT-PSUBNET-aa98851157c5', 1);
    expect(rowOf(node, policy)).toMatchObject({ id: 'S29', since: 'v1.12.0' });
    expect(policy.purpose?.because).toEqual({ en: `Subnet net1: ${field}`, zh: `子网 net1：${field}` });
    expect(rowOf(node, ruleIn(node, 'ip6:nat', 'OVN-POSTROUTING', 8))?.title.zh).toContain('natOutgoingPolicyRules');
    expect(rowOf(node, ruleIn(node, 'filter', 'FORWARD', 1))?.id).toBe('S10');
    expect(ruleIn(node, 'filter', 'FORWARD', 1).purpose?.objects.en).toBe('Subnet routed');
    expect(Object.keys(node.rows)).toContain('S24');
  });

  test('a set says what it holds, an entry whose it is', () => {
    const [subnet] = readingsAt(page, 'OVN-POSTROUTING', 8);
    expect([subnet?.set, subnet?.entry, subnet?.entryOf?.zh]).toEqual(['ovn40subnets-nat-policy', '10.0.11.0/24', '子网 net1：spec.natOutgoingPolicyRules']);
    expect(setOf(node, subnet as Reading)?.purpose?.purpose.en).toBe('Subnets with natOutgoingPolicyRules');
    expect(setOf(node, { set: 'nothing-known' })).toBeNull();
  });

  test('a mark says who sets and reads it, and which other tests a packet with it passes', () => {
    const forward = markOf(node, { value: 0x90002, mask: 0x90002 });
    expect(forward).toMatchObject({ setBy: ['S29'], readBy: ['S27'] });
    expect(forward && alsoPassed(node, 0x90003, forward).map(({ value }) => value)).toEqual([0x80000, 0x90001]);
    expect(markOf(node, { value: 0x90002, mask: 0xffffffff })).toBeNull();
  });
});

test('chains of kube-proxy alone are named, not numbered', () => {
  const { node } = walked(nodeOf(`${CANONICAL}\n---\n${SERVICES}`, { kubeProxy: 'iptables' }).text, false);
  expect(chainIn(node, 'nat', 'KUBE-SERVICES').numbered).toBe(false);
  expect(chainIn(node, 'nat', 'PREROUTING').numbered).toBe(true);
  expect(ruleIn(node, 'nat', 'KUBE-SERVICES', 1).purpose?.objects.en).toMatch(/^Service default\//);
});

test('rules of others have no purpose, and no mark of theirs is explained', () => {
  const { node } = walked('*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j MARK --set-xmark 0x4000/0x4000\nCOMMIT\n', false);
  expect(ruleIn(node, 'mangle', 'FORWARD', 1).purpose).toBeNull();
  expect([node.rows, node.marks]).toEqual([{}, []]);
});
