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
