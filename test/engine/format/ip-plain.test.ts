/** What `ip` prints for people, where it cannot be read: said with its place, and never taken for something else. The rest is asked of `ip` itself (test/kernel/ip-plain.test.ts). */

import { describe, expect, test } from 'vitest';
import { parseNode } from '../../../engine/index.ts';

const read = (command: string, ...lines: readonly string[]) => parseNode([{ name: 'node', text: `==> ${command} <==\n${lines.join('\n')}\n` }]);
const told = ({ problems }: ReturnType<typeof read>) => problems.map(({ severity, line, message }) => `${severity} ${line}: ${message}`);

describe('an interface', () => {
  test('that is not printed as "ip addr" does it does not give its addresses to the one before', () => {
    const node = read('ip addr', '2: eth0: <UP> mtu 1500', '    inet 10.0.0.1/24 scope global eth0', '3: eth1 UP', '    inet 10.1.0.1/24 scope global eth1');
    expect(node.interfaces?.map(({ name, addresses }) => [name, addresses.length])).toEqual([['eth0', 1]]);
    expect(told(node)).toEqual([expect.stringMatching(/^error 4: "3: eth1 UP" is no interface/), expect.stringMatching(/^error 5: .* belongs to no interface/)]);
  });

  test.each([
    ['2: eth0: <UP> mtu many', '    inet 10.0.0.1/24 scope global eth0', /^error 2: interface "eth0": "mtu" is "many"/],
    ['2: eth0: <UP> mtu 1500', '    inet 10.0.0.1/x scope global eth0', /^error 2: address of "eth0": "prefixlen"/],
  ])('with a number that is none: %s, %s', (link, address, says) => {
    expect(told(read('ip addr', link, address))).toEqual([expect.stringMatching(says)]);
  });
});

describe('a policy rule', () => {
  // A selector that is left out would be looked at as one that every packet meets.
  test.each([
    ['sport 10-x', 'sport_end'],
    ['dport x', 'dport'],
    ['uidrange a-b', 'uid_start'],
    ['fwmark mark', 'fwmark'],
    ['fwmark 0x1/all', 'fwmask'],
    ['suppress_prefixlength x', 'suppress_prefixlen'],
    ['goto end', 'goto'],
  ])('with "%s" makes the look-up unknown', (selector, key) => {
    const { policyRules, problems } = read('ip rule', `100: from all ${selector}`);
    expect(policyRules?.[0]?.unmodelled.some((one) => one.startsWith(key))).toBe(true);
    expect(problems).toHaveLength(1);
  });
});

test('of a route, what follows "encap mpls" is not taken for its own', () => {
  const { routes, problems } = read('ip route', '10.0.0.0/8 encap mpls 100 via 10.1.0.2 dev eth0');
  expect(routes?.[0]?.nexthops).toMatchObject([{ dev: 'eth0' }]);
  expect(problems.map(({ code }) => code)).toContain('not-modelled');
});
