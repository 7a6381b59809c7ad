/**
 * Names that a node gives to groups and realms: what iptables 1.8.9 (legacy and nft alike) and iproute2 6.1 print and take with these
 * two files in /etc/iproute2. A realm of 300 has no name for them: names end at 255.
 */

import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, printNode, traceReport, walk } from '../../../engine/index.ts';

const GROUPS = '==> cat /etc/iproute2/group <==\n# groups\n0 default\n7 uplinks\n0x10\thexa\n9 UP\n';
const REALMS = '==> cat /etc/iproute2/rt_realms <==\n0 cosmos\n5 radio\n';
const rules = (...lines: readonly string[]) => `==> iptables-save <==\n*filter\n${lines.map((line) => `-A FORWARD ${line}\n`).join('')}COMMIT\n`;
const read = (...sections: readonly string[]) => parseNode([{ name: 'node.snapshot', text: sections.join('') }]);
const saved = (line: string) => {
  const node = read(rules(line), GROUPS, REALMS);
  const errors = node.problems.filter(({ severity }) => severity === 'error');
  return errors.length > 0 ? errors.map(({ code }) => code).join() : (/^-A FORWARD (.*)$/m.exec(printNode(node).text)?.[1] ?? '');
};

describe('iptables-save prints the name of a number, and takes it', () => {
  test.each([
    ['-m devgroup --src-group uplinks', '-m devgroup --src-group uplinks'],
    ['-m devgroup --src-group 7', '-m devgroup --src-group uplinks'],
    ['-m devgroup --src-group 7/0xff', '-m devgroup --src-group 0x7/0xff'],
    ['-m devgroup --src-group uplinks/0xff', 'bad-value'],
    ['-m devgroup --src-group 16', '-m devgroup --src-group hexa'],
    ['-m devgroup ! --src-group hexa', '-m devgroup ! --src-group hexa'],
    ['-m devgroup --src-group nope', 'bad-value'],
    ['-m devgroup --src-group Uplinks', 'bad-value'],
    ['-m devgroup --src-group upl', 'bad-value'],
    ['-m realm --realm radio', '-m realm --realm radio'],
    ['-m realm --realm 5', '-m realm --realm radio'],
    ['-m realm --realm 5/0xffff', '-m realm --realm 0x5/0xffff'],
    ['-m realm --realm 300', '-m realm --realm 0x12c'],
    ['-m realm --realm hx', 'bad-value'],
  ])('%s', (line, expected) => {
    expect(saved(line)).toContain(expected);
  });

  test('a file without the name of 0 leaves it a number, and does not know it', () => {
    const node = read(rules('-m devgroup --src-group 0', '-m devgroup --src-group default'), '==> cat /etc/iproute2/group <==\n7 uplinks\n');
    expect(printNode(node).text).toContain('-A FORWARD -m devgroup --src-group 0x0\n');
    expect(node.problems).toEqual([expect.objectContaining({ severity: 'error', line: 4, hint: 'give its number, or cat /etc/iproute2/group of the node in the snapshot' })]);
  });
});

test('groups of interfaces and realms of routes are found by these names', () => {
  const text = [
    rules('-m devgroup --src-group uplinks', '-m realm --realm radio'),
    '==> ip addr <==\n1: lo: <LOOPBACK,UP> mtu 65536 group default\n    inet 127.0.0.1/8 scope host lo\n2: e0: <UP> mtu 1500 group uplinks\n    inet 10.1.0.1/24 scope global e0\n',
    '==> ip route show table all <==\n10.1.0.0/24 dev e0\n10.8.0.0/24 via 10.1.0.9 dev e0 realm radio\n',
    GROUPS,
    REALMS,
  ];
  const answers = (...sections: readonly string[]): unknown[] => {
    const world = walk(createWorld(read(...sections)), { in: 'e0', src: '10.1.0.2', dst: '10.8.0.2', proto: 'udp' });
    return traceReport(world.world, [world.trace], []).traces[0]?.steps.flatMap((step) => (step.kind === 'rule' ? [step.matched] : [])) ?? [];
  };
  expect(answers(...text)).toEqual([true, true]);
  // Without the files nobody knows which they are.
  expect(answers(rules('-m devgroup --src-group 7', '-m realm --realm 5'), ...text.slice(1, 3))).toEqual(['unknown', 'unknown']);
});

test('lines that name nothing are told', () => {
  const { problems } = read('==> cat /etc/iproute2/rt_realms <==\n0 cosmos\n300 big\nradio 5\n6\n');
  expect(problems.map(({ severity, line, message }) => [severity, line, message])).toEqual([
    ['error', 3, '"300 big" is no number from 0 to 255 with a name'],
    ['error', 4, '"radio 5" is no number from 0 to 255 with a name'],
    ['error', 5, '"6" is no number from 0 to 255 with a name'],
  ]);
});

test('realms that a policy rule gives are told by number or name, in both forms', () => {
  const plain =
    '==> ip rule <==\n0:\tfrom all lookup local\n100:\tfrom 10.2.0.0/16 lookup main realms 6/radio\n101:\tfrom 10.3.0.0/16 lookup main realms radio\n102:\tfrom all lookup main realms far\n';
  const json =
    '==> ip -j rule <==\n[{"priority":0,"src":"all","table":"local"},{"priority":100,"src":"10.2.0.0","srclen":16,"table":"main","flow_from":"6","flow_to":"radio"},{"priority":101,"src":"10.3.0.0","srclen":16,"table":"main","flow_to":"radio"},{"priority":102,"src":"all","table":"main","flow_to":"far"}]\n';
  for (const text of [plain, json]) {
    const { problems, policyRules } = read(text, REALMS);
    expect(problems).toEqual([]);
    expect(policyRules?.map(({ realms }) => realms)).toEqual([undefined, 0x60005, 5, 'unknown']);
  }
});
