/** `packetwalk kube-ovn`: a cluster's file in, a snapshot out; mistakes with their place in the file. */

import { describe, expect, test } from 'vitest';
import { CANONICAL } from '../engine/kube-ovn/clusters.ts';
import { packetwalk } from '../support/command-line.ts';

const files = {
  'cluster.yaml': CANONICAL,
  'one.yaml': 'nodes: [{ name: only, addresses: [10.0.0.5] }]\n',
  'one.json': '{ "nodes": [{ "name": "only", "addresses": ["10.0.0.5"] }] }',
  'wrong.yaml':
    'nodes:\n  - { name: node1, addresses: [192.168.0.101] }\nsubnets:\n  - name: net1\n    cidrBlock: 10.0.11/24\n  - name: net2\n    cidrBlock: 10.0.12.0/24\n    gatewayTyp: centralized\n',
  'broken.yaml': 'nodes: [{ name: a\n',
  'empty.yaml': '\n',
  'deep.yaml': `nodes: ${'['.repeat(5000)}${']'.repeat(5000)}\n`,
};

describe('a snapshot', () => {
  test('comes out on standard output, and can be traced', async () => {
    const { status, out, err } = await packetwalk(['kube-ovn', 'cluster.yaml'], { files });
    expect([status, err]).toEqual([0, '']);
    const traced = await packetwalk(['trace', 'node.snapshot', 'ovn0 tcp 10.16.0.10:4000 > 8.8.8.8:443', '--matched'], { files: { 'node.snapshot': out } });
    expect(traced.out).toMatch(/leaves eth0 as 192\.168\.0\.101/);
    expect((await packetwalk(['check', 'node.snapshot'], { files: { 'node.snapshot': out } })).out).toBe('nothing is wrong\n');
  });

  test('options of the command line go over those of the file', async () => {
    const run = async (...words: string[]): Promise<string> => (await packetwalk(['kube-ovn', 'cluster.yaml', ...words], { files })).out;
    expect(await run()).not.toContain('KUBE-');
    expect(await run('--kube-proxy', 'ipvs')).toContain('create KUBE-CLUSTER-IP hash:ip,port');
    expect(await run('--node', 'node2')).toContain('--to-source 192.168.0.102');
    expect(await run('--release', 'v1.11')).not.toContain('OVN-NAT-POLICY');
    expect(await run('--order', 'documented')).not.toContain('OVN-MASQUERADE');
    expect(await run('--network-type', 'vxlan')).toContain('"mtu":1450');
    expect(await run('--enable-tproxy', 'true')).toContain('"fwmark":"0x90003"');
  });

  test('of the only node, if there is one, from YAML or JSON', async () => {
    const [yaml, json] = [await packetwalk(['kube-ovn', 'one.yaml'], { files }), await packetwalk(['kube-ovn', 'one.json'], { files })];
    expect(yaml.status).toBe(0);
    expect(json).toEqual(yaml);
  });
});

describe('what cannot be used', () => {
  test('every mistake, with its place; unknown fields are only warned about', async () => {
    const { status, out, err } = await packetwalk(['kube-ovn', 'wrong.yaml'], { files });
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/wrong\.yaml:5:16: Subnet "net1": cidrBlock: "10\.0\.11\/24" is no prefix/);
    expect(err).toMatch(/warning: wrong\.yaml:8:17: Subnet "net2": unknown field "gatewayTyp"; did you mean "gatewayType"\?/);
  });

  test.each([
    [['kube-ovn'], /no CLUSTER is given/],
    [['kube-ovn', 'one.yaml', 'more.yaml'], /"more\.yaml" is one argument too many/],
    [['kube-ovn', 'none.yaml'], /none\.yaml: cannot be read: no such file/],
    [['kube-ovn', 'empty.yaml'], /there is nothing in it/],
    [['kube-ovn', 'broken.yaml'], /broken\.yaml:\d+:\d+: .*YAML/],
    [['kube-ovn', 'deep.yaml'], /deep\.yaml: it is nested too deeply$/m],
    [['kube-ovn', 'cluster.yaml', '--node', 'nod1'], /there is no node "nod1"; did you mean "node1"/],
    [['kube-ovn', 'cluster.yaml', '--kube-proxy', 'ipvz'], /--kube-proxy: "ipvz" is not one of .*did you mean "ipvs"/],
    [['kube-ovn', 'cluster.yaml', '--release', 'v1.3'], /--release: unknown release "v1\.3"; releases are v1\.10/],
    [['kube-ovn', 'cluster.yaml', '--enable-lb', 'maybe'], /--enable-lb: "maybe" is not true or false/],
    [['kube-ovn', 'cluster.yaml', '--relase', 'v1.12'], /did you mean "--release"/],
  ])('%s', async (words, message) => {
    const { status, out, err } = await packetwalk(words, { files });
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});
