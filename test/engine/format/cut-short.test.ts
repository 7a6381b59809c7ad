/**
 * Texts that a broken copy leaves: cut in the middle, zero bytes, ends of lines of other systems. What is lost is told, with a
 * place and a way out; what is left is read.
 */

import { describe, expect, test } from 'vitest';
import { parseNode } from '../../../engine/index.ts';

const read = (header: string, text: string) => parseNode([{ name: 'node.snapshot', text: `==> ${header} <==\n${text}` }]);
const told = (header: string, text: string) => read(header, text).problems.map(({ severity, line, message, hint }) => `${severity} ${line - 1}: ${message} (${hint})`);

const TAKE = {
  fdb: 'take the lines as "bridge fdb show" prints them',
  again: 'take the snapshot again with "ip -j"',
  conntrack: 'take the lines as "conntrack -L -o extended" prints them',
  expect: 'take the lines as "conntrack -L expect" prints them',
};

describe('a line cut in its middle', () => {
  test.each([
    [
      'nfacct list',
      '{ pkts = 00000000000000000001, bytes = 000000000000000',
      'error 1: "{ pkts = 00000000000000000001, bytes = 000000000000000" is no accounting object (take the lines as "nfacct list" prints them)',
    ],
    [
      'cat /proc/net/ipt_hashlimit/web',
      '59 10.0.0.1:0->0.0.0.0:0 2748',
      'error 1: "59 10.0.0.1:0->0.0.0.0:0 2748" is no entry of a hashlimit table (take the lines as the file in /proc has them)',
    ],
    ['cat /usr/share/xtables/pf.os', 'S4:64:1:60:M*,S,T,N', 'warning 1: "S4:64:1:60:M*,S,T,N" is no fingerprint: nfnl_osf passes it over (a fingerprint has eight colons)'],
    ['bridge fdb show', '02:00:00:00:aa:02 de', `error 1: "02:00:00:00:aa:02 de" is no forwarding entry (${TAKE.fdb})`],
    [
      'conntrack -L -o extended',
      'ipv4     2 tcp      6 99 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dp',
      `error 1: a connection has one "src=" for each of its two directions (${TAKE.conntrack})`,
    ],
    [
      'conntrack -L -o extended',
      'ipv4     2 udp      17 9 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=',
      `error 1: "dport=" of this connection is no number (${TAKE.conntrack})`,
    ],
    [
      'conntrack -L -o extended',
      'ipv4     2 udp      17 9 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=',
      `error 1: "mark=" of this connection is no number (${TAKE.conntrack})`,
    ],
    ['conntrack -L expect', '299 proto=6 src=10.2.0.2 dst=10.2.0.9 sport=0 dpo', `error 1: an expectation has "src=", "mask-src=" and "master-src=" (${TAKE.expect})`],
    [
      'conntrack -L expect',
      '299 proto=6 src=10.2.0.2 dst=10.2.0.9 sport=0 dport=5001 mask-src=255.255.255.255 mask-dst=255.255.255.255 sport=0 dport=65535 master-src=10.1.0.2 master-dst=10.2.0.2 sport=4000 dport=',
      `error 1: "dport=" of this expectation is no port (${TAKE.expect})`,
    ],
    ['ip neigh', '10.1.0.9 dev e0 lladdr 02:00:00', `error 1: neighbour 10.1.0.9: "lladdr" is "02:00:00" (${TAKE.again})`],
    ['ip route show table all', '10.1.0.0/24 via 10.0.0', `error 1: route "10.1.0.0/24": "gateway" is "10.0.0" (${TAKE.again})`],
    ['ip route show table all', '10.1.0.0/24 dev eth0 src 10.0.', `error 1: route "10.1.0.0/24": "prefsrc" is "10.0." (${TAKE.again})`],
    ['ip rule', '100:\tfrom 10.0.0.0/8 lookup', `error 1: rule 100: "table" is null (${TAKE.again})`],
    ['ipvsadm -Sn', '-A -t 10.96.0.10:53 -s rr\n-a -t 10.96.0.10:53 -r 10.0', 'error 2: "10.0" is not ADDRESS:PORT (run ipvsadm with -n: it prints numbers then)'],
    ['sysctl -a', 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.a', 'error 2: "net.ipv4.conf.a" is not "name = value" (take the lines as "sysctl -a" prints them)'],
    ['ip -j addr', '[{"ifname":"lo","flags":["UP"],"addr_info":[]},{"ifname":"eth', 'error 1: this element is cut short (take the snapshot again)'],
    ['bridge -j fdb show', '[{"mac":"02:00:00:00:aa:02","ifname":"pa","master":"br0"}', 'error 1: the list ends without "]"; it may be cut short (take the snapshot again)'],
  ])('%s: %s', (header, text, expected) => {
    expect(told(header, text)).toEqual([expected]);
  });

  test('the section that another follows is read as far as it goes, and the next one whole', () => {
    const node = read('ip -j addr', '[{"ifname":"lo","flags":["UP"],"addr_info":[]},{"ifname":"eth\n==> uname -r <==\n6.18.0\n');
    expect({ interfaces: node.interfaces?.map(({ name }) => name), kernel: node.kernel }).toEqual({ interfaces: ['lo'], kernel: '6.18.0' });
  });
});

describe('text in another coding', () => {
  const rule = '==> ip rule <==\n0:\tfrom all lookup local\n100:\tfrom all lookup main\n';

  test('UTF-16 is told as such', () => {
    const node = parseNode([{ name: 'node.snapshot', text: [...rule].map((char) => `${char}\0`).join('') }]);
    expect(node.problems[0]).toMatchObject({ severity: 'warning', code: 'bad-encoding', line: 1, column: 2, hint: 'save the file as UTF-8' });
  });

  test('lines that end in CR LF are lines', () => {
    const node = parseNode([{ name: 'node.snapshot', text: rule.replaceAll('\n', '\r\n') }]);
    expect({ rules: node.policyRules?.length, problems: node.problems }).toEqual({ rules: 2, problems: [] });
  });

  test('CR alone ends none, which is told', () => {
    const { problems } = parseNode([{ name: 'node.snapshot', text: rule.replace('local\n', 'local\r') }]);
    expect(problems).toEqual([expect.objectContaining({ code: 'carriage-return', severity: 'warning', line: 2, column: 25, hint: 'end lines with a line feed' })]);
  });
});

describe('one line of 300,000 characters', () => {
  const HEADERS = [
    'nfacct list',
    'cat /proc/net/ipt_hashlimit/web',
    'cat /usr/share/xtables/pf.os',
    'bridge fdb show',
    'bridge -j fdb show',
    'conntrack -L -o extended',
    'conntrack -L expect',
    'ip neigh',
    'ip route show table all',
    'ip -j route show table all',
    'ip rule',
    'ip -d link',
    'ipvsadm -Sn',
    'ipset save',
    'iptables-save',
    'sysctl -a',
    'nft list ruleset',
  ];
  const LINES: readonly (readonly [string, (count: number) => string])[] = [
    ['of one word', (count) => 'x'.repeat(count)],
    ['of words', (count) => 'a=b '.repeat(count / 4)],
    ['of options', (count) => '-m '.repeat(count / 3)],
    ['of quotes', (count) => 'add a "'.repeat(count / 7)],
    ['of brackets', (count) => '['.repeat(count)],
    ['of braces', (count) => '[{"a":'.repeat(count / 6)],
    ['of digits and dots', (count) => '1.'.repeat(count / 2)],
    ['of colons', (count) => '0:'.repeat(count / 2)],
    ['of blanks', (count) => `1${' '.repeat(count)}1`],
  ];
  test.each(LINES)('%s is read in no time by every reader', (_, line) => {
    const text = line(300_000);
    for (const header of HEADERS) {
      const start = performance.now();
      const node = read(header, `${text}\n`);
      expect({ header, ms: Math.round((performance.now() - start) / 10_000) }).toEqual({ header, ms: 0 });
      for (const { message, hint } of node.problems) expect(message.length + hint.length).toBeLessThan(1000);
    }
  });
});
