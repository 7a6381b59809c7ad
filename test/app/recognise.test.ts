import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describesCluster, gathered } from '../../app/share/recognise.ts';
import { CANONICAL, PAGE } from '../engine/kube-ovn/clusters.ts';

const example = (path: string): string => readFileSync(`public/examples/${path}`, 'utf8');

describe('a cluster is told by what stands in the file', () => {
  test.each([
    ['the short form', CANONICAL],
    ['with comments in front', `# mine\n\n${PAGE}`],
    ['the example', example('kube-ovn-cluster/cluster.yaml')],
    ['one object', 'apiVersion: kubeovn.io/v1\nkind: Subnet\nmetadata:\n  name: a\n'],
    ['several documents', '---\napiVersion: v1\nkind: Namespace\n---\nkind: Node\nmetadata: {}\n'],
    ['kubectl, YAML', 'apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Node\nkind: List\n'],
    ['kubectl, JSON', '{\n    "apiVersion": "v1",\n    "items": [],\n    "kind": "List"\n}\n'],
    ['the short form, JSON', '{"nodes":[]}'],
  ])('%s', (_, text) => {
    expect(describesCluster(text)).toBe(true);
  });
  test.each([
    ['a snapshot of a node', example('kube-ovn-installed/node.snapshot')],
    ['iptables-save with such a comment', '*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m comment --comment "kind: Node" -j ACCEPT\nCOMMIT\n'],
    ['ipset save', 'create nodes hash:ip family inet\nadd nodes 10.0.0.1\n'],
    ['ip -j addr', '[{"ifindex":1,"ifname":"lo","linkinfo":{"info_kind":"dummy"}}]'],
    ['a scenario', example('kube-ovn-installed/p43-policy-forward.scenario.yaml')],
    ['packets', '{ "packets": [] }'],
    ['another object', 'apiVersion: apps/v1\nkind: Deployment\n'],
    ['nothing', ''],
  ])('%s is none', (_, text) => {
    expect(describesCluster(text)).toBe(false);
  });
});

test('several files of a cluster are one description, in front of what adds to the node', () => {
  const files = [
    { name: 'conntrack', text: 'tcp 6 100 ESTABLISHED src=10.0.0.1 dst=10.0.0.2' },
    { name: 'subnets.yaml', text: '---\nkind: SubnetList\nitems: []\n' },
    { name: 'nodes.yaml', text: 'nodes: []' },
  ];
  expect(gathered(files)).toEqual({
    cluster: true,
    files: [{ name: 'cluster.yaml', text: '# subnets.yaml\nkind: SubnetList\nitems: []\n---\n# nodes.yaml\nnodes: []\n' }, files[0]],
  });
  expect(gathered(files.slice(0, 1))).toEqual({ cluster: false, files: files.slice(0, 1) });
});
