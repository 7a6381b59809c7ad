/** The form's edits of a cluster's text: the data changes as asked, everything else stays as it was written. */

import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { describe, expect, test } from 'vitest';
import { readClusterText, withItem, withoutItem, withSwapped, withValue, type ClusterText } from '../../app/editor/cluster-yaml.ts';
import { readForm, rulesPlace, withField, withOption, withRuleField, type ClusterForm, type FormSubnet } from '../../app/editor/cluster-form.ts';
import { withoutSubnet, withSubnet, type NewSubnet } from '../../app/editor/cluster-subnets.ts';
import { gatewayNodeText } from '../../app/editor/gateway-node.ts';
import { isCidrBlock, isObjectName } from '../../app/store/cidr.ts';
import { CANONICAL, PAGE, SERVICES } from '../engine/kube-ovn/clusters.ts';

const SHORT = `# my cluster
options: { node: node1 }   # switches

nodes:
  - { name: node1,   addresses: [192.168.0.101] }
  - name: node2   # the other one
    addresses:
    - 192.168.0.102
subnets:

  # pods without a namespace of their own
  - name: ovn-default
    cidrBlock: 10.16.0.0/16
    natOutgoing: true # SNAT
  - { name: net1, cidrBlock: 10.0.11.0/24,
      natOutgoing: false }
`;

const KUBECTL = `apiVersion: v1
kind: List
items:
- apiVersion: kubeovn.io/v1
  kind: Subnet
  metadata:
    name: net1
  spec:
    cidrBlock: 10.0.11.0/24,fd00::/112
    gatewayType: centralized
    gatewayNode: node1:192.168.0.110,node2
    natOutgoingPolicyRules:
    - action: forward
      match:
        srcIPs: 10.0.11.0/30
    - action: nat
      match:
        dstIPs: 8.8.8.8
- kind: Node
  metadata: {name: node1}
`;

const read = (text: string): ClusterText => {
  const found = readClusterText(text);
  if (!found) throw new Error(`no YAML: ${text}`);
  return found;
};
const form = (text: string): ClusterForm => readForm(read(text));
const dataOf = (text: string): unknown[] => (parseAllDocuments(text) as { toJS(): unknown }[]).map((document) => document.toJS());
/** Lines of the one text that the other has not, with `-` and `+`. */
const lines = (before: string, after: string | null): string[] => {
  const [a, b] = [before.split('\n'), (after ?? '').split('\n')];
  return [...a.filter((line) => !b.includes(line)).map((line) => `-${line}`), ...b.filter((line) => !a.includes(line)).map((line) => `+${line}`)];
};
const subnet = (of: ClusterForm, name: string) => of.subnets.find((one) => one.name === name) ?? expect.unreachable(name);

describe('the form reads', () => {
  test('the short form', () => {
    expect(form(SHORT)).toMatchObject({
      options: { node: 'node1' },
      subnets: [
        { name: 'ovn-default', cidrBlock: '10.16.0.0/16', protocol: 'IPv4', natOutgoing: true, gatewayType: 'distributed', gateways: [], rules: [] },
        { name: 'net1', natOutgoing: false, place: { document: 0, path: ['subnets', 1] } },
      ],
    });
  });
  test('what kubectl prints', () => {
    expect(form(KUBECTL).subnets).toMatchObject([
      {
        name: 'net1',
        protocol: 'Dual',
        place: { document: 0, path: ['items', 0, 'spec'] },
        gateways: [
          { node: 'node1', address: '192.168.0.110' },
          { node: 'node2', address: '' },
        ],
        rules: [
          { action: 'forward', srcIPs: '10.0.11.0/30', dstIPs: '' },
          { action: 'nat', srcIPs: '', dstIPs: '8.8.8.8' },
        ],
      },
    ]);
    expect(gatewayNodeText(form(KUBECTL).subnets[0]?.gateways ?? [])).toBe('node1:192.168.0.110,node2');
  });
  test('nothing where there is nothing, and never throws', () => {
    for (const text of [
      '',
      '[]',
      '1',
      'subnets: 1',
      'subnets: [1, null]',
      'kind: List\nitems: {}',
      'kind: Subnet',
      '---\n---\n',
      'subnets:\n  - {name: a, natOutgoingPolicyRules: [1]}',
    ])
      expect(() => form(text)).not.toThrow();
    expect(readClusterText('a: [')).toBeNull();
  });
});

describe('the form writes', () => {
  test('a value in place of another: comments, blanks and every other line stay', () => {
    expect(lines(SHORT, withField(form(SHORT), subnet(form(SHORT), 'ovn-default'), 'natOutgoing', false))).toEqual([
      '-    natOutgoing: true # SNAT',
      '+    natOutgoing: false # SNAT',
    ]);
    expect(lines(SHORT, withField(form(SHORT), subnet(form(SHORT), 'net1'), 'natOutgoing', true))).toEqual(['-      natOutgoing: false }', '+      natOutgoing: true }']);
  });
  test('a new field below the others; lines written in another way stay so', () => {
    const after = withField(form(SHORT), subnet(form(SHORT), 'ovn-default'), 'gatewayType', 'centralized');
    expect(lines(SHORT, after)).toEqual(['+    gatewayType: centralized']);
    expect(dataOf(after as string)).toMatchObject([{ subnets: [{ natOutgoing: true, gatewayType: 'centralized' }, {}] }]);
  });
  test('a switch under options, or in options of its own', () => {
    expect(lines(SHORT, withOption(form(SHORT), 'kubeProxy', 'ipvs'))).toEqual(['-options: { node: node1 }   # switches', '+options: { node: node1, kubeProxy: ipvs } # switches']);
    const after = withOption(form(KUBECTL), 'release', 'v1.12') as string;
    expect(after).toBe(`${KUBECTL}---\noptions:\n  release: v1.12\n`);
    expect(lines(after, withOption(form(after), 'release', 'v1.13'))).toEqual(['-  release: v1.12', '+  release: v1.13']);
  });
  test('policy rules: another, one less, the other order', () => {
    const [net] = form(KUBECTL).subnets;
    if (!net) return expect.unreachable();
    const place = rulesPlace(net);
    const rules = (text: string | null) => form(text ?? '').subnets[0]?.rules.map((rule) => `${rule.action} ${rule.srcIPs}>${rule.dstIPs}`);
    const added = withItem(read(KUBECTL), place, { action: 'nat', match: { srcIPs: '10.0.11.9' } });
    expect(lines(KUBECTL, added)).toEqual(['+        srcIPs: 10.0.11.9']);
    expect(rules(added)).toEqual(['forward 10.0.11.0/30>', 'nat >8.8.8.8', 'nat 10.0.11.9>']);
    expect(rules(withSwapped(read(KUBECTL), place, 0, 1))).toEqual(['nat >8.8.8.8', 'forward 10.0.11.0/30>']);
    const one = withoutItem(read(KUBECTL), place, 0) as string;
    expect(rules(one)).toEqual(['nat >8.8.8.8']);
    const none = withoutItem(read(one), place, 0) as string;
    expect(none).not.toContain('natOutgoingPolicyRules');
    const first = withItem(read(none), place, { action: 'nat', match: { srcIPs: '10.0.11.9' } });
    expect(rules(first)).toEqual(['nat 10.0.11.9>']);
  });
  test('fields of a policy rule, several prefixes and text on its way to being one', () => {
    const at = form(KUBECTL);
    const [net] = at.subnets;
    if (!net) return expect.unreachable();
    for (const value of ['10.0.11.0/30,10.0.11.254', 'fd00::1', '10.0.', 'a: b', '# c', '{', ' ', '"', 'yes', '0x10', '~']) {
      expect(form(withRuleField(at, net, 0, 'srcIPs', value) ?? '').subnets[0]?.rules[0]?.srcIPs, value).toBe(value);
      expect(form(withRuleField(at, net, 0, 'dstIPs', value) ?? '').subnets[0]?.rules[0]?.dstIPs, value).toBe(value);
    }
    expect(withRuleField(at, net, 0, 'srcIPs', '')).not.toContain('10.0.11.0/30');
  });
  test('behind an alias nothing is written', () => {
    const text = 'base: &b { natOutgoing: true }\nsubnets:\n  - *b\n';
    expect(withValue(read(text), { document: 0, path: ['subnets', 0, 'natOutgoing'] }, false)).toBeNull();
  });

  const TEXTS = [SHORT, KUBECTL, CANONICAL, PAGE, `${CANONICAL}---${SERVICES}`, `${KUBECTL}---\n${SHORT}`, JSON.stringify(dataOf(CANONICAL)[0], null, 2)];
  test('random edits: the data is what was asked for, and toggling back gives the text back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TEXTS),
        fc.nat(20),
        fc.constantFrom('natOutgoing', 'gatewayType', 'gatewayNode', 'enableLb'),
        fc.constantFrom(true, false, 'centralized', 'node1:1.2.3.4,node2'),
        (text, nth, field, value) => {
          const before = form(text);
          const chosen = before.subnets[nth % before.subnets.length];
          if (!chosen) return;
          const after = withField(before, chosen, field, value);
          expect(after).not.toBeNull();
          const expected = dataOf(text);
          const object = chosen.place.path.reduce<unknown>((at, key) => (at as Record<string | number, unknown>)[key], expected[chosen.place.document]) as Record<string, unknown>;
          const was = object[field];
          object[field] = value;
          expect(dataOf(after as string)).toEqual(expected);
          // A value in quotes keeps them for the next one.
          if (was === undefined || /[:,]/.test(`${was}${value}`)) return;
          const again = form(after as string);
          expect(withField(again, again.subnets[nth % before.subnets.length] as typeof chosen, field, was as string)).toBe(text);
        },
      ),
      { numRuns: 200, seed: 7 },
    );
  });
});

describe('a Subnet more, and one less', () => {
  const NEW: NewSubnet = { name: 'net2', cidrBlock: '10.0.12.0/24,fd00:12::/112', natOutgoing: true, gatewayType: 'distributed', gatewayNode: '' };
  const formOf = (text: string): ClusterForm => readForm(readClusterText(text) as ClusterText);
  const namesIn = (text: string | null): readonly string[] => formOf(text ?? '').subnets.map(({ name }) => name);
  const DOCUMENTS = `# first
apiVersion: kubeovn.io/v1
kind: Subnet
metadata: { name: net1 }
spec: { cidrBlock: 10.0.11.0/24 }
---
# second
kind: Node
metadata: { name: node1 } # the only one
---
apiVersion: kubeovn.io/v1
kind: Subnet
metadata: { name: last }
spec: { cidrBlock: 10.1.0.0/16 }
`;

  test('as the last one is written: every other line stays', () => {
    const short = withSubnet(formOf(SHORT), NEW) as string;
    expect(short.startsWith(SHORT)).toBe(true);
    expect(formOf(short).subnets.at(-1)).toMatchObject({ name: 'net2', cidrBlock: NEW.cidrBlock, natOutgoing: true, gatewayType: 'distributed', protocol: 'Dual' });
    const list = withSubnet(formOf(KUBECTL), { ...NEW, gatewayType: 'centralized', gatewayNode: 'node1' }) as string;
    expect(list.startsWith(KUBECTL.slice(0, KUBECTL.indexOf('- kind: Node')))).toBe(true);
    const { items } = (parseAllDocuments(list)[0] as ReturnType<typeof parseAllDocuments>[number]).toJS() as { items: unknown[] };
    expect(items.at(-1)).toEqual({
      apiVersion: 'kubeovn.io/v1',
      kind: 'Subnet',
      metadata: { name: 'net2' },
      spec: { cidrBlock: NEW.cidrBlock, natOutgoing: true, gatewayType: 'centralized', gatewayNode: 'node1' },
    });
    const documents = withSubnet(formOf(DOCUMENTS), NEW) as string;
    expect(documents.startsWith(DOCUMENTS)).toBe(true);
    expect(namesIn(documents)).toEqual(['net1', 'last', 'net2']);
  });
  test('where there was none: in the short form, or as an object', () => {
    expect(namesIn(withSubnet(formOf('nodes:\n  - { name: node1 }\n'), NEW))).toEqual(['net2']);
    expect(namesIn(withSubnet(formOf('kind: Node\nmetadata: { name: node1 }\n'), NEW))).toEqual(['net2']);
  });
  test('one less: its lines go, the others and their comments stay', () => {
    const [first, second] = formOf(SHORT).subnets;
    const less = withoutSubnet(formOf(SHORT), second as FormSubnet) as string;
    expect(less).toBe(SHORT.slice(0, SHORT.indexOf('  - { name: net1, cidr')));
    expect(withoutSubnet(formOf(SHORT), first as FormSubnet)).toContain('# the other one');
    for (const subnet of formOf(DOCUMENTS).subnets) {
      const text = withoutSubnet(formOf(DOCUMENTS), subnet) as string;
      expect([namesIn(text), text.includes('metadata: { name: node1 } # the only one')]).toEqual([[subnet.name === 'last' ? 'net1' : 'last'], true]);
    }
    const [item] = formOf(KUBECTL).subnets;
    expect(namesIn(withoutSubnet(formOf(KUBECTL), item as FormSubnet))).toEqual([]);
  });
  test('what is added and taken away again leaves the text as it was', () => {
    for (const text of [SHORT, KUBECTL, DOCUMENTS, CANONICAL]) {
      const more = formOf(withSubnet(formOf(text), NEW) as string);
      const back = withoutSubnet(more, more.subnets.find(({ name }) => name === 'net2') as FormSubnet) as string;
      expect(parseAllDocuments(back).map((document) => document.toJS() as unknown)).toEqual(parseAllDocuments(text).map((document) => document.toJS() as unknown));
    }
  });
});

test('what can be a cidrBlock, and a name (RFC 1123)', () => {
  for (const text of ['10.0.12.0/24', 'fd00::/112', '10.0.12.0/24,fd00::/112', 'fd00::/112, 10.0.0.0/8']) expect([text, isCidrBlock(text)]).toEqual([text, true]);
  for (const text of ['', '10.0.12.0', '10.0.12.0/33', '10.0.12/24', 'fd00::/129', '10.0.0.0/8,10.1.0.0/16', '10.0.0.0/8,fd00::/64,fd01::/64', '10.0.0.0/8,'])
    expect([text, isCidrBlock(text)]).toEqual([text, false]);
  expect(['net2', 'a.b-c', 'N', '-a', 'a-', 'a..b', ''].map(isObjectName)).toEqual([true, true, false, false, false, false, false]);
});
