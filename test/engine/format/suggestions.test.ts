/** The way out of a mistake: what the message of `check` says beside what iptables-restore says. */

import { describe, expect, test } from 'vitest';
import { parseNode } from '../../../engine/format/node.ts';

const problemsOf = (table: string, ...lines: readonly string[]) => parseNode([{ name: '', text: `*${table}\n:KUBE-SERVICES - [0:0]\n${lines.join('\n')}\nCOMMIT\n` }]).problems;

describe('the nearest word', () => {
  test.each([
    ['-A INPUT -m contrack --ctstate NEW', 'did you mean "conntrack"?'],
    ['-A INPUT -m conntrack --ctstte NEW', 'did you mean "--ctstate"?'],
    ['-A INPUT -j REJCT', 'did you mean "REJECT"?'],
    ['-A INPUT -j KUBE-SERVICE', 'did you mean "KUBE-SERVICES"?'],
    ['-A FORWRD -j ACCEPT', 'did you mean "FORWARD"?'],
  ])('%s', (line, hint) => {
    expect(problemsOf('filter', line)[0]?.hint).toBe(hint);
  });
});

describe('what has to stand before it', () => {
  test.each([
    ['filter', '-A INPUT --dport 80 -j ACCEPT', 'unknown-option', /-p tcp/],
    ['filter', '-A INPUT --ctstate NEW -j ACCEPT', 'unknown-option', /-m conntrack/],
    ['filter', '-A INPUT -m multiport --dports 80,443 -j ACCEPT', 'wrong-protocol', /-p tcp/],
    ['mangle', '-A FORWARD -j TCPMSS --clamp-mss-to-pmtu', 'wrong-protocol', /./],
    ['nat', '-A POSTROUTING -j SNAT --to-source 10.0.0.1:80', 'bad-value', /-p tcp/],
    ['filter', '-A INPUT -p tcp -m mark', 'missing-option', /--mark/],
  ])('%s: %s', (table, line, code, hint) => {
    const found = problemsOf(table, line).find((problem) => problem.code === code);
    expect(`${found?.message} ${found?.hint}`).toMatch(hint);
  });
});

describe('where it works', () => {
  test.each([
    ['filter', '-A INPUT -j TTL --ttl-set 5', 'wrong-table', 'it works in mangle'],
    ['filter', '-A INPUT -j DNAT --to-destination 10.0.0.1', 'wrong-table', 'it works in nat'],
    ['nat', '-A PREROUTING -j MASQUERADE', 'wrong-hook', 'it works in POSTROUTING'],
    ['filter', '-A INPUT -m owner --uid-owner 0 -j ACCEPT', 'wrong-hook', 'it works in OUTPUT, POSTROUTING'],
    ['filter', '-A INPUT -m hl --hl-eq 5', 'unknown-match', 'iptables has it for IPv6 only'],
  ])('%s: %s', (table, line, code, hint) => {
    expect(problemsOf(table, line).find((problem) => problem.code === code)?.hint).toBe(hint);
  });
});

test('each problem has its place: line, column and length of the words at fault', () => {
  const [problem] = problemsOf('filter', '-A INPUT -p tcp -m tcp --dport 99999 -j ACCEPT');
  expect({ line: problem?.line, column: problem?.column, length: problem?.length }).toEqual({ line: 3, column: 32, length: 5 });
});
