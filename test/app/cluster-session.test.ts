/** A cluster's text through the worker's session: the node it makes, what is wrong with it and where. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fateOf } from '../../app/store/fate.ts';
import { describe as describeCluster } from '../../app/worker/cluster.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer, ClusterIssue, ClusterView, Request } from '../../app/worker/messages.ts';
import { createSession } from '../../app/worker/session.ts';
import { CANONICAL, nodeOf, PAGE } from '../engine/kube-ovn/clusters.ts';

const EXAMPLE = readFileSync('public/examples/kube-ovn-cluster/cluster.yaml', 'utf8');
const packet = { in: 'ovn0', src: '10.0.11.200', dst: '8.8.8.8', proto: 'tcp', sport: 4201, dport: 443 };

const run = (id: number, text: string | null, more: readonly { name: string; text: string }[] = []): Request => ({
  kind: 'run',
  id,
  files: text === null ? null : [{ name: 'cluster.yaml', text }, ...more],
  cluster: true,
  packets: [packet],
  environment: {},
});
function ask(...requests: Request[]): Answer[] {
  const answers: Answer[] = [];
  const session = createSession(engine, (answer) => answers.push(answer));
  for (const request of requests) session(request, describeCluster);
  return answers;
}
const view = (text: string): ClusterView => describeCluster(text).view;
const issues = (text: string): readonly ClusterIssue[] => view(text).issues;
const fate = (answers: readonly Answer[]) => {
  const traces = answers.findLast((answer) => answer.kind === 'traces')?.traces[0];
  return traces ? fateOf(traces) : expect.unreachable(JSON.stringify(answers.at(-1)));
};

describe('a cluster', () => {
  test('comes before its node and the walk; the node is the one the command line prints', () => {
    const answers = ask(run(1, EXAMPLE));
    expect(answers.map((answer) => answer.kind)).toEqual(['cluster', 'node', 'traces']);
    expect(view(EXAMPLE).snapshot).toBe(nodeOf(EXAMPLE).text);
    expect(fate(answers)).toMatchObject({ verdict: 'forwarded', snat: true, src: '192.168.0.101' });
    expect(view(EXAMPLE).sets.find(({ name }) => name === 'ovn40subnets-nat')?.members).toContain('10.0.11.0/24');
  });
  test('without natOutgoing the same packet keeps its address', () => {
    const off = EXAMPLE.replace(/(fd00:10:0:11::\/112\n {4}natOutgoing: )true/, '$1false');
    expect(off).not.toBe(EXAMPLE);
    expect(fate(ask(run(1, EXAMPLE), run(2, off)))).toMatchObject({ snat: false, src: '10.0.11.200' });
  });
  test('what cannot be used gives no node, now and when it is walked again; then a good one does', () => {
    const bad = EXAMPLE.replace('10.0.11.0/24', '10.0.11/24');
    const answers = ask(run(1, EXAMPLE), run(2, bad), run(3, null), run(4, EXAMPLE));
    expect(answers.map(({ kind, id }) => `${id} ${kind}`)).toEqual([
      '1 cluster',
      '1 node',
      '1 traces',
      '2 cluster',
      '2 not-generated',
      '3 not-generated',
      '4 cluster',
      '4 node',
      '4 traces',
    ]);
  });
  test('a comment more makes the same node, which is not parsed again', () => {
    let parsed = 0;
    const counting: typeof engine = {
      ...engine,
      parseNode(files) {
        parsed++;
        return engine.parseNode(files);
      },
    };
    const session = createSession(counting, () => undefined);
    for (const text of [EXAMPLE, `${EXAMPLE}# more\n`]) session(run(1, text), describeCluster);
    expect(parsed).toBe(1);
  });
  test('other files add to the node', () => {
    const seed = {
      name: 'conntrack',
      text: '==> conntrack -L <==\ntcp 6 100 ESTABLISHED src=10.0.11.200 dst=8.8.8.8 sport=4201 dport=443 src=8.8.8.8 dst=10.0.11.200 sport=443 dport=4201 [ASSURED] mark=0 use=1\n',
    };
    expect(fate(ask(run(1, EXAMPLE, [seed])))).toMatchObject({ snat: false, natAsked: false });
  });
});

describe('issues have their place', () => {
  const textAt = (text: string, issue: ClusterIssue | undefined) => text.slice(issue?.from, issue?.to);
  test('a value with no meaning', () => {
    const text = EXAMPLE.replace('10.0.11.0/24', '10.0.11/24');
    const [issue] = issues(text);
    expect(issue).toMatchObject({ severity: 'error', document: 0, path: ['subnets', 2, 'cidrBlock'] });
    expect(text.split('\n')[(issue?.line ?? 0) - 1]).toContain('10.0.11/24');
    expect(textAt(text, issue)).toBe('10.0.11/24,fd00:10:0:11::/112');
  });
  test('an unknown field warns and does not keep the node away', () => {
    const text = EXAMPLE.replace('natOutgoing: true\n  - name: net1', 'natOutgoin: true\n  - name: net1');
    expect(issues(text)).toMatchObject([{ severity: 'warning', path: ['subnets', 1, 'natOutgoin'], hint: 'did you mean "natOutgoing"?' }]);
    expect(view(text).snapshot).not.toBeNull();
  });
  test('a switch, in whichever document has it', () => {
    const text = `${CANONICAL}---\noptions:\n  kubeProxy: iptabels\n`;
    const [issue] = issues(text);
    expect(issue).toMatchObject({ severity: 'error', document: 1, path: ['options', 'kubeProxy'], line: text.split('\n').length - 1 });
    expect(textAt(text, issue)).toBe('iptabels');
    expect(issues(EXAMPLE.replace('node: node1', 'node: node9'))).toMatchObject([{ severity: 'error', path: ['options', 'node'], line: 4 }]);
  });
  test('text that is no YAML', () => {
    const [issue] = issues('nodes:\n  - { name: a\nsubnets: []\n');
    expect(issue).toMatchObject({ severity: 'error', line: 3 });
    expect(view('').snapshot).toBeNull();
  });
  test('nothing makes it throw', () => {
    for (const text of ['', '- 1', 'a: &a [*a]', '[[[['.repeat(5000), 'nodes: 1', 'kind: List\nitems: [1]', 'options: []', '\0', '? {a: b}\n: c', '!!binary x'])
      expect(() => view(text), text.slice(0, 20)).not.toThrow();
  });
});

test('what was filled in is noted, and the addresses of services and pods are offered', () => {
  expect(view(EXAMPLE).addresses).toEqual(expect.arrayContaining(['10.96.0.50', '10.16.0.20', '192.168.0.101']));
  // What the command line writes above the snapshot.
  const { notes } = nodeOf(PAGE);
  expect(notes.length).toBeGreaterThan(0);
  expect(issues(PAGE).map(({ message }) => message)).toEqual(expect.arrayContaining([...notes]));
});

test('where no node is named the first is shown', () => {
  const text = EXAMPLE.replace('  node: node1\n', '');
  expect(view(text).inForce?.node).toBe('node1');
  expect(view(text).choices.node).toEqual(['node1', 'node2']);
  expect(view(text).snapshot).not.toBeNull();
});
