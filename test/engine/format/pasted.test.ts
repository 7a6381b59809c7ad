/**
 * What people really have in their files: colours of a terminal, statistics, warnings of other tools, a missing header, a tool
 * that was refused. It is read, or what is lost is told with a place and a way out, and no verdict rests on it.
 * Texts of tools as iproute2 6.1, iptables 1.8.9 and conntrack 1.4.7 printed them.
 */

import { describe, expect, test } from 'vitest';
import { createWorld, parseNode, walk, type Node } from '../../../engine/index.ts';

const one = (text: string): Node => parseNode([{ name: 'node.snapshot', text }]);
const told = ({ problems }: Node) => problems.map(({ severity, section, line, message, hint }) => `${severity} ${section} ${line}: ${message} (${hint})`);
const kinds = (text: string) => one(text).sections.map(({ kind }) => kind);
const verdict = (text: string) => {
  const { verdict, reason } = walk(createWorld(one(text)), { in: 'eth0', src: '192.0.2.9', dst: '198.51.100.9', proto: 'tcp', dport: 22 }).trace.outcome;
  return [verdict, reason];
};

const RULES = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 10.1.0.0/24 -j DROP\nCOMMIT\n';
/** iproute2 puts colour on addresses, names and states. */
const ROUTES =
  'default via \u001b[35m10.2.0.254 \u001b[0mdev \u001b[36me1 \u001b[0m\n\u001b[35m10.1.0.0/24 \u001b[0mdev \u001b[36me0 \u001b[0mproto kernel scope link src \u001b[35m10.1.0.1 \u001b[0m\n';
const ADDRESSES =
  '1: \u001b[36mlo: \u001b[0m<LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback \u001b[33m00:00:00:00:00:00\u001b[0m brd \u001b[33m00:00:00:00:00:00\u001b[0m\n    inet \u001b[35m127.0.0.1\u001b[0m/8 scope host lo\n       valid_lft forever preferred_lft forever\n';

describe('colours of a terminal', () => {
  test.each([
    ['ip route', ROUTES, 1],
    ['ip addr', ADDRESSES, 1],
  ])('%s', (kind, text, line) => {
    expect(kinds(text)).toEqual([kind]);
    expect(told(one(text))).toEqual([`warning snapshot ${line}: there are colours of a terminal here; they are left out (print it without colours: "ip -c=never")`]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const plain = one(text.replace(/\u001b\[\d*m/g, ''));
    expect([one(text).routes, one(text).interfaces]).toEqual([plain.routes, plain.interfaces]);
    expect(plain.problems).toEqual([]);
  });
});

describe('forms of a tool', () => {
  test.each([
    ['ip -s neigh', '10.1.0.9 dev e0 lladdr 02:00:00:00:00:09  used 0/0/0probes 0 PERMANENT \n', 'ip neigh', []],
    ['ip -d route', 'unicast default via 10.2.0.254 dev e1 proto boot scope global \nunicast 10.1.0.0/24 dev e0 proto kernel scope link src 10.1.0.1 \n', 'ip route', []],
    ['conntrack -L', 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\n', 'conntrack -L', []],
    [
      'ip route get',
      '8.8.8.8 via 10.2.0.254 dev e1 src 10.2.0.1 uid 0 \n    cache \n',
      'ip route get',
      ['error ip route get 1: this is what "ip route get" prints, which leaves things out (run "ip -j route show table all" instead)'],
    ],
    [
      'conntrack -S',
      'cpu=0   \tfound=0 invalid=0 insert=0 insert_failed=0 drop=0 early_drop=0 error=0 search_restart=0 clash_resolve=0 chaintoolong=0 \n',
      'unknown',
      ['error snapshot 1: nothing here is the output of a known tool (give a snapshot, or what iptables-save, ipset save, ip -j, sysctl -a or conntrack -L print)'],
    ],
  ])('%s', (_, text, kind, problems) => {
    expect(kinds(text)).toEqual([kind]);
    expect(told(one(text))).toEqual(problems);
  });

  test('what statistics stand beside is read', () => {
    expect(one('10.1.0.9 dev e0 lladdr 02:00:00:00:00:09  used 0/0/0probes 0 PERMANENT \n').neighbours).toMatchObject([
      { dev: 'e0', mac: '02:00:00:00:00:09', state: ['PERMANENT'] },
    ]);
    expect(one('unicast default via 10.2.0.254 dev e1 proto boot scope global \n').routes).toMatchObject([{ type: 'unicast', destination: { length: 0 } }]);
  });
});

describe('rules that are not all there', () => {
  const MISSING = 'could not be read: rules may be missing';
  test.each([
    ['whole', RULES, ['forwarded', null]],
    ['a warning before them', `Defaulted container "a" out of: a, b\n${RULES}`, ['forwarded', null]],
    ['cut in a table', RULES.replace('COMMIT\n', ''), ['unknown', `line 4 of iptables-save ${MISSING}`]],
    ['cut in a rule', '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 10.1.0.0/24 -j DR', ['unknown', `line 4 of iptables-save ${MISSING}`]],
    ['without their head', RULES.replace('*filter\n', ''), ['unknown', `line 1 of iptables-save ${MISSING}`]],
    ['a prompt on their head', `[sudo] password for me: ${RULES}`, ['unknown', `line 1 of iptables-save ${MISSING}`]],
    ['a table that nobody knows', RULES.replace('*filter', '*filter$'), ['unknown', `line 1 of iptables-save ${MISSING}`]],
    ['the shell does not find the tool', '==> iptables-save <==\nbash: iptables-save: command not found\n', ['unknown', `line 2 of iptables-save ${MISSING}`]],
    [
      'the tool is refused',
      '==> iptables -S <==\niptables v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n',
      ['unknown', `line 2 of iptables -S ${MISSING}`],
    ],
  ])('%s', (_, text, expected) => {
    expect(verdict(text)).toEqual(expected);
  });

  test('before the first header', () => {
    expect(told(one(`${RULES}==> uname -r <==\n6.18.44\n`))).toEqual([
      'warning preamble 1: what stands before the first header is taken for a comment, and this looks like what a tool prints (put a line like "==> iptables-save <==" before it)',
    ]);
    expect(told(one(`recorded on node-1\n==> iptables-save <==\n${RULES}`))).toEqual([]);
  });
});
