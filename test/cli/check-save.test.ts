/** `packetwalk check` and `packetwalk save`: exit statuses, JSON of formats §4, places in the files given. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mismatches, type CheckReportJson } from '../../engine/index.ts';
import { checkReportShape } from '../../engine/trace/format.ts';
import { packetwalk } from '../support/command-line.ts';

const files = {
  gateway: readFileSync(new URL('../support/gateway.snapshot', import.meta.url), 'utf8'),
  'good.save': '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n',
  'bad.save':
    '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dprot 22 -j ACCEPT\n-A INPUT -p udp -j ACCEPT\n-A FORWARD -j NOWHERE\nCOMMIT\n',
  'sets.save': 'create pods hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1b1e1c2d\nadd pods 10.0.0.300\n',
  // Without an ipset save section every set is unknown: a warning (formats §1).
  'warning.save': '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -m set --match-set pods src -j ACCEPT\nCOMMIT\n',
};

describe('check', () => {
  test('a good node has nothing wrong', async () => {
    expect(await packetwalk(['check', 'good.save'], { files })).toEqual({ status: 0, out: 'nothing is wrong\n', err: '' });
  });

  test('every error is shown with its place, its line, a caret and the way out', async () => {
    const { status, out } = await packetwalk(['check', 'bad.save'], { files });
    expect(status).toBe(1);
    expect(out).toMatch(/^bad\.save:5:24: error: .*--dprot.* \[[a-z-]+\]\n {4}-A INPUT -p tcp -m tcp --dprot 22 -j ACCEPT\n {27}\^+\n/);
    expect(out).toMatch(/\nbad\.save:7:\d+: error: .*NOWHERE/);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^2 errors/);
  });

  test('with several files of one node, each problem names its own', async () => {
    const { out } = await packetwalk(['check', 'bad.save', 'sets.save'], { files });
    expect(out).toMatch(/^bad\.save:5:/m);
    expect(out).toMatch(/^sets\.save:2:/m);
  });

  test.each([
    ['good.save', false, 0],
    ['good.save', true, 0],
    ['warning.save', false, 0],
    ['warning.save', true, 1],
    ['bad.save', false, 1],
  ])('exit status of %s, strict %s: %i', async (name, strict, status) => {
    for (const json of [[], ['--json']]) expect((await packetwalk(['check', name, ...(strict ? ['--strict'] : []), ...json], { files })).status).toBe(status);
  });

  test('JSON has the shape of formats §4, sorted by place', async () => {
    const { out, err } = await packetwalk(['check', 'bad.save', '--json'], { files });
    const report = JSON.parse(out) as CheckReportJson;
    expect(err).toBe('');
    expect(mismatches(checkReportShape, report)).toEqual([]);
    expect(report.problems.map(({ severity, section, line }) => [severity, section, line])).toEqual([
      ['error', 'iptables-save', 5],
      ['error', 'iptables-save', 7],
    ]);
    expect(Object.keys(report.problems[0] ?? {})).toEqual(['severity', 'code', 'section', 'line', 'column', 'rule', 'message', 'hint']);
  });
});

describe('what a walk does not take into account is noted', () => {
  test('in rules: what the rule uses, not what its extension could', async () => {
    const rules = [
      '*raw\n:PREROUTING ACCEPT [0:0]',
      '-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp',
      '-A PREROUTING -i eth9 -j CT --zone 5',
      'COMMIT\n*mangle\n:FORWARD ACCEPT [0:0]',
      '-A FORWARD -p tcp -m osf --genre Linux -j ACCEPT',
      '-A FORWARD -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
      '-A FORWARD -m owner --uid-owner 5',
      '-A FORWARD -m cpu --cpu 1',
      'COMMIT',
    ];
    const { status, out } = await packetwalk(['check', 'rules.save', '--json'], { files: { 'rules.save': `${rules.join('\n')}\n` } });
    const { problems } = JSON.parse(out) as CheckReportJson;
    expect(problems.filter(({ code }) => code === 'not-modelled').map(({ severity, line, column, rule, message }) => [severity, line, column, rule, message.slice(0, 45)])).toEqual(
      [
        ['note', 3, 40, 'raw/PREROUTING/1', 'target "CT" is modelled in part, without what'],
        ['note', 8, 19, 'mangle/FORWARD/1', 'match "osf" is modelled in part: without the '],
        ['note', 11, 12, 'mangle/FORWARD/4', 'match "cpu" is modelled in part: which proces'],
      ],
    );
    expect(status).toBe(problems.some(({ severity }) => severity === 'error') ? 1 : 0);
  });

  test('in files: tables of nft, tools that are not read, lines that belong nowhere', async () => {
    const snapshot = '==> nft list ruleset <==\ntable ip nat {\n}\ntable inet fw {\n\tchain c {\n\t\ttype filter hook input priority 0;\n\t}\n}\n==> hostname <==\nnode1\n';
    const addresses = '    inet 127.0.0.1/8 scope host lo\n1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue\n';
    const { status, out } = await packetwalk(['check', 'node.snapshot', 'addresses'], { files: { 'node.snapshot': snapshot, addresses } });
    expect(status).toBe(1);
    expect(out.match(/^\S+: (?:note|warning|error): .*$/gm)).toEqual([
      'addresses:1:1: error: "inet 127.0.0.1/8 scope host lo" belongs to no interface [bad-value]',
      'node.snapshot:2:1: warning: these are rules of iptables in the words of nft, which are not read: table "ip nat" [wrong-output]',
      'node.snapshot:4:1: note: nft table "inet fw" is not read: verdicts do not take it into account [not-read]',
      'node.snapshot:10:1: note: section "hostname" holds nothing that is known here; it is kept unread [not-read]',
    ]);
  });
});

describe('files that are not what they should be', () => {
  test('a set of a type that nobody knows is unknown, and the rest of the node is there', async () => {
    const sets = 'create a hash:foo family inet\nadd a 10.0.0.1\ncreate b hash:ip family inet hashsize 1024 maxelem 65536\nadd b 10.0.0.1\n';
    const rules = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m set --match-set a src -j DROP\nCOMMIT\n';
    const given = { files: { 'a.ipset': sets, 'a.rules': rules } };
    expect((await packetwalk(['check', 'a.rules', 'a.ipset'], given)).out).toContain('a.ipset:1:10: warning: unknown set type "hash:foo"');
    expect((await packetwalk(['trace', 'a.rules', 'a.ipset', 'eth0 tcp 10.0.0.1:1 > 198.51.100.1:2'], given)).out).toContain('filter/FORWARD/1  is not known to match');
  });

  test('a refused create line is one problem, not one more for each of its elements', async () => {
    const sets = 'create a hash:ip\nadd a 10.0.0.1\ncreate b hash:ip nonsense 3\nadd b 10.0.0.1\nadd b 10.0.0.2\n';
    const snapshot = `==> ipset save <==\n${sets}==> ipset save <==\n${sets}`;
    const { problems } = JSON.parse((await packetwalk(['check', 'twice', '--json'], { files: { twice: snapshot } })).out) as CheckReportJson;
    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ['bad-value', 4],
      ['duplicate-set', 8],
      ['bad-value', 10],
    ]);
  });

  test('CR LF is said once, at the first section that a restore would refuse', async () => {
    const snapshot = '==> uname -r <==\n6.18.0\n==> iptables-save <==\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n==> ipset save <==\ncreate a hash:ip\n'.replaceAll('\n', '\r\n');
    const { out } = await packetwalk(['check', 'windows'], { files: { windows: snapshot } });
    expect(out).toMatch(/^windows:4:1: warning: lines here end in CR LF[\s\S]*\n1 warning\n$/);
  });

  test('what is not UTF-8 is said, and by save, too', async () => {
    const latin1 = new Uint8Array(Buffer.from('*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m comment --comment "😀 na\u00efve"\nCOMMIT\n', 'utf8'));
    const bytes = Uint8Array.from([...latin1].filter((byte) => byte !== 0xc3));
    const place = /^latin1:3:36: warning: this is not UTF-8/;
    expect((await packetwalk(['check', 'latin1'], { files: { latin1: bytes } })).out).toMatch(place);
    expect((await packetwalk(['save', 'latin1'], { files: { latin1: bytes } })).err).toMatch(place);
  });

  test('of two files with rules, a problem names the one it is in', async () => {
    const table = (name: string) => `*${name}\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT --nonsense\nCOMMIT\n`;
    const { out } = await packetwalk(['check', 'a.save', 'b.save'], { files: { 'a.save': `${table('filter')}\n\n`, 'b.save': `\n${table('nat')}` } });
    expect(out.match(/^\S+: error/gm)).toEqual(['a.save:3:11: error', 'b.save:4:11: error']);
  });
});

describe('save', () => {
  test('prints a node’s rules and sets, and its own output unchanged', async () => {
    const once = await packetwalk(['save', 'gateway'], { files });
    expect(once).toMatchObject({ status: 0, err: '' });
    expect(once.out).toContain('-A OVN-POSTROUTING -m mark --mark 0x90002/0x90002 -j RETURN\n');
    expect(once.out).toContain('add pods 10.0.11.0/24\n');
    expect(await packetwalk(['save', '-'], { files: { '-': once.out } })).toEqual(once);
  });

  test('lines with errors go to standard error, the rest is printed, and the exit status tells', async () => {
    const { status, out, err } = await packetwalk(['save', 'bad.save'], { files });
    expect(status).toBe(1);
    expect(err).toContain('bad.save:5:24: error: ');
    expect(out).toContain('-A INPUT -p udp -j ACCEPT\n');
    expect(out).not.toContain('dprot');
  });
});
