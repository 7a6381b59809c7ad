/** What the text of a trace says of Kube-OVN's rules: row, purpose and the objects behind this very packet, in both languages. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CANONICAL, nodeOf, SERVICES } from '../engine/kube-ovn/clusters.ts';
import { packetwalk, type Surroundings } from '../support/command-line.ts';

const files = {
  installed: readFileSync(new URL('../../public/examples/kube-ovn-installed/node.snapshot', import.meta.url), 'utf8'),
  'cluster.yaml': CANONICAL,
  'services.snapshot': nodeOf(`${CANONICAL}\n---\n${SERVICES}`, { kubeProxy: 'iptables' }).text,
  other: '*mangle\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j MARK --set-xmark 0x80000/0x80000\nCOMMIT\n',
};
const forward = 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443';
const leaving = 'ovn0 tcp 10.16.0.10:4200 > 8.8.8.8:443';

async function trace(words: readonly string[], surroundings: Surroundings = {}): Promise<string> {
  const { status, out, err } = await packetwalk(['trace', ...words], { files, ...surroundings });
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out;
}

/** The line below the one of a rule. */
const below = (text: string, rule: string): readonly string[] => {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => new RegExp(`^ +\\S +${rule.replaceAll('/', '\\/')} `).test(line));
  const end = lines.findIndex((line, i) => i > at && (/^ {2}\S/.test(line) || line === ''));
  return lines.slice(at + 1, end).map((line) => line.trim());
};

describe('a snapshot from a node', () => {
  test('a rule that matched has its row, and the Subnet whose set entry decided', async () => {
    const text = await trace(['installed', leaving]);
    expect(below(text, 'nat/OVN-POSTROUTING/12')).toEqual(['S24: pod leaves the cluster, its Subnet has natOutgoing (Subnet ovn-default)']);
    expect(below(text, 'filter/FORWARD/4')).toEqual(['S09: counts what leaves the Subnet (Subnet ovn-default)']);
    // The answer names what called for it, not the chain that all share.
    expect(text).toMatch(
      /^⇄ SNATed.*\n(.*\n)*? {4}nat\/OVN-MASQUERADE\/2 {2}MASQUERADE --random-fully {2}S24: pod leaves the cluster, its Subnet has natOutgoing \(Subnet ovn-default\)\n/m,
    );
  });

  test('another Subnet with the same rule is another reason', async () => {
    expect(below(await trace(['installed', 'ovn0 tcp 10.0.11.200:4200 > 8.8.8.8:443']), 'nat/OVN-POSTROUTING/12')).toEqual([
      'S24: pod leaves the cluster, its Subnet has natOutgoing (Subnet net1)',
    ]);
    expect(below(await trace(['installed', 'ovn0 tcp 10.17.0.2:4200 > 8.8.8.8:443']), 'nat/OVN-POSTROUTING/11')[0]).toMatch(/^S23: .*\(Subnet cent\)$/);
  });

  test('a mark says its bits, its purpose, and which tests it passes by the way', async () => {
    expect(below(await trace(['installed', forward]), 'nat/OVN-NAT-PSUBNET-aa98851157c5/1')).toEqual([
      'S29: one of the Subnet’s natOutgoingPolicyRules (Subnet net1)',
      'bits 19, 16, 1: a rule of natOutgoingPolicyRules said forward; now passes the test for 0x80000 (S20, S21), too',
    ]);
  });

  test('a miss says what the rule is for, and what the set holds: a set once', async () => {
    const text = await trace(['installed', forward]);
    expect(below(text, 'nat/OVN-POSTROUTING/9')).toEqual(['S26: a policy rule said nat (Subnet net1)']);
    expect(below(text, 'nat/OVN-PREROUTING/1')).toEqual(['S14: pod uses a Service', 'ovn40services: the addresses of Services (ClusterIPs)']);
    expect(text.match(/ovn40subnets: every overlay Subnet/g)).toHaveLength(1);
    // Rules of which nothing held are not explained, and without misses nothing is said of them.
    expect(below(text, 'filter/FORWARD/1–5')).toEqual([]);
    expect(await trace(['installed', forward, '--matched'])).not.toMatch(/S26|S14|ovn40services:/);
  });

  test('of kube-proxy’s rules the Service is known by their comments', async () => {
    const text = await trace(['services.snapshot', 'eth0 tcp 192.168.0.7:4200 > 192.168.0.101:30080']);
    expect(text).toMatch(/KUBE-NODEPORTS: finds the Service of a node port.*\(Service default\/web\)\n/);
    expect(text).toMatch(/KUBE-SEP: sends the connection to one endpoint \(Service default\/web\)\n/);
    expect(text.match(/KUBE-SERVICES: /g)).toHaveLength(1);
  });

  test('the same bits are not explained on a node of others', async () => {
    expect(await trace(['other', 'eth0 tcp 192.0.2.9:1 > 198.51.100.1:80'])).not.toMatch(/bit 19|S15/);
  });

  test('in Chinese; lines keep to the terminal', async () => {
    const text = await trace(['installed', leaving, '--lang', 'zh']);
    expect(below(text, 'nat/OVN-POSTROUTING/12')).toEqual(['S24：Pod 访问集群外，其子网开启了 natOutgoing（子网 ovn-default）']);
    const narrow = await trace(['installed', forward, '--lang', 'zh'], { columns: 80 });
    const wide = narrow
      .split('\n')
      .filter((line) => /\p{Script=Han}/u.test(line) && [...line].reduce((width, sign) => width + (/[\p{Script=Han}，。；：、（）]/u.test(sign) ? 2 : 1), 0) > 80);
    expect(wide).toEqual([]);
    expect(narrow.replace(/\s+/g, '')).toContain('第19、16、1位：natOutgoingPolicyRules的动作为forward；此后也满足0x80000（S20、S21）的匹配条件');
  });

  test('--no-explain leaves it out, and JSON never has it', async () => {
    expect(await trace(['installed', leaving, '--no-explain'])).not.toContain('S24');
    const json = await trace(['installed', leaving, '--json']);
    expect(json).toBe(await trace(['installed', leaving, '--json', '--no-explain']));
    expect(json).not.toContain('S24');
  });
});

describe('a cluster', () => {
  test('is walked like the snapshot made of it, and names the field that asks for a rule', async () => {
    const [snapshot, direct] = [await trace(['made', leaving], { files: { made: nodeOf(CANONICAL).text } }), await trace(['cluster.yaml', leaving])];
    expect(direct).toBe(snapshot);
    const policy = await trace(['cluster.yaml', forward]);
    expect(below(policy, 'nat/OVN-NAT-PSUBNET-aa98851157c5/1')[0]).toBe('S29: one of the Subnet’s natOutgoingPolicyRules (Subnet net1: spec.natOutgoingPolicyRules[0])');
    expect(await trace(['cluster.yaml', 'eth0 tcp 192.168.0.7:1 > 192.168.0.102:22', '--node', 'node2'])).toContain('Delivered');
    expect(await trace(['-', leaving], { files: { '-': `# from kubectl\n${CANONICAL}` } })).toBe(snapshot);
  });

  test.each([
    [['cluster.yaml', leaving, '--node', 'nod1'], /cluster\.yaml: there is no node "nod1"; did you mean "node1"/],
    [['installed', leaving, '--node', 'node1'], /--node chooses a node of a cluster/],
    [['installed', leaving, '--lang', 'fr'], /--lang: no language "fr"; languages are en, zh/],
    // A scenario names a node: that one is read.
    [['p.scenario.yaml', leaving], /node\.snapshot: cannot be read: no such file/],
    [['wrong.yaml', leaving], /wrong\.yaml:2:1: .*YAML/],
  ])('%s is refused', async (words, said) => {
    const { status, err } = await packetwalk(['trace', ...words], {
      files: { ...files, 'p.scenario.yaml': 'title: { en: a, zh: b }\nnode: ./node.snapshot\npackets: []\n', 'wrong.yaml': 'nodes: [{ name: a\n' },
    });
    expect([status, err]).toEqual([2, expect.stringMatching(said)]);
  });
});
