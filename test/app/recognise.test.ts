import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describesCluster, gathered, mayBePackets } from '../../app/share/recognise.ts';
import { readPacketsFile } from '../../app/share/packets-file.ts';
import { work } from '../../app/worker/desk-work.ts';
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

describe('packets alone', () => {
  const read = (text: string) => Promise.resolve(work({ id: 1, desk: 'packets', text }) as never);
  test.each([
    ['the file of an example', example('kube-ovn-installed/packets.json'), true],
    ['a bare list', '[\n {"in": "eth0", "dst": "8.8.8.8", "proto": "tcp"}\n]', true],
    ['a scenario of the page', '{"title": {}, "snapshot": "==> x <==", "packets": []}', false],
    ['what the page saved', '{"packetwalk": 1, "packets": []}', false],
    ['ip -j route', '[{"dst":"default","gateway":"10.0.0.1","dev":"eth0","protocol":"dhcp"}]', false],
    ['nft -j', '{"nftables": [{"counter": {"packets": 0}}]}', false],
    ['iptables-save', '*filter\n-A FORWARD -m comment --comment "\\"packets\\": [" -j DROP\nCOMMIT\n', false],
  ])('%s: %#', (_, text, packets) => {
    expect(mayBePackets({ name: 'x.json', text })).toBe(packets);
  });
  test('they are read as the command line does, mistakes by their place', async () => {
    const name = 'p.json';
    expect(await readPacketsFile({ name, text: '[{"in": "eth0", "src": "10.0.0.9", "dst": "8.8.8.8", "proto": "udp", "dport": 53}]' }, 'en', read)).toMatchObject({
      packets: [{ fields: { src: '10.0.0.9', proto: 'udp', dport: '53' } }],
      environment: {},
    });
    expect(await readPacketsFile({ name, text: '[{"dst": "8.8.8.8", "proto": "tcp", "dprot": 1}]' }, 'en', read)).toEqual({
      failure: expect.stringMatching(/^p\.json: packet 1: unknown field "dprot"; did you mean "dport"\?/),
    });
    expect(await readPacketsFile({ name, text: '[]' }, 'en', read)).toEqual({ failure: 'p.json: no packets' });
    expect(await readPacketsFile({ name, text: '[{' }, 'en', () => Promise.reject(new Error('Unexpected end')))).toEqual({ failure: 'p.json: Unexpected end' });
  });
});
