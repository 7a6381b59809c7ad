/** `packetwalk test`: exit statuses, every format, mistakes in a scenario at their place in the file. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { mismatches, type TestReportJson } from '../../engine/index.ts';
import { testReportShape } from '../../engine/scenario/format.ts';
import { packetwalk } from '../support/command-line.ts';

const rules = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT\nCOMMIT\n';

const good = `title: { en: 'HTTPS & nothing else', zh: 只有 HTTPS }
node: ../rules.save
packets:
  - { in: eth0, src: 192.0.2.9, dst: 198.51.100.1, proto: tcp, dport: 443 }
  - { in: eth0, src: 192.0.2.9, dst: 198.51.100.1, proto: tcp, dport: 80, mark: 0x4000 }
expect:
  - { packet: 1, verdict: forwarded, fires: [filter/FORWARD/1] }
  - { packet: 2, verdict: dropped, mark: 0x4000,
      not: [filter/FORWARD/1] }
`;

const files = {
  'rules.save': rules,
  'tests/good.scenario.yaml': good,
  'tests/bad.scenario.yaml': good.replace('verdict: dropped', 'verdict: forwarded'),
  'inline.json': JSON.stringify({ title: 'inline', snapshot: rules, packets: [{ dst: '198.51.100.1', proto: 'udp' }], expect: [{ packet: 1, verdict: 'sent' }] }, null, '\t'),
  'typo.yaml': good.replace('dport: 80', 'dprot: 80').replace('verdict: dropped', 'verdict: droped'),
  'broken.yaml': 'title: x\npackets:\n  - { in: eth0\n',
  'nowhere.yaml': good,
  'empty-node.yaml': good.replace('../rules.save', 'empty-node.yaml'),
  'no-interface.yaml': `${good.replace('node: ../rules.save', 'snapshot: |\n  ==> ip -j addr <==\n  [{"ifname":"lo","addr_info":[]}]')}`,
  'silent.yaml': good.slice(0, good.indexOf('expect:')),
  'useless.yaml': good.replace('../rules.save', 'rules.save').replace('dport: 80', 'dport: 80, icmpType: 3'),
};

const run = (...words: string[]) => packetwalk(['test', ...words], { files });

describe('exit status', () => {
  test.each<[string[], number]>([
    [['tests/good.scenario.yaml'], 0],
    [['tests/good.scenario.yaml', 'inline.json'], 0],
    [['tests/bad.scenario.yaml'], 1],
    [['tests/bad.scenario.yaml', 'tests/good.scenario.yaml'], 1],
    [['typo.yaml'], 2],
    [['tests/bad.scenario.yaml', 'broken.yaml', 'tests/good.scenario.yaml'], 2],
    [['nowhere.yaml'], 2],
    [['absent.yaml'], 2],
    [['empty-node.yaml'], 2],
    [['no-interface.yaml'], 2],
    [['silent.yaml'], 2],
    [[], 2],
    [['tests/good.scenario.yaml', '--format', 'tapp'], 2],
    [['tests/good.scenario.yaml', '--format', 'tap', '--json'], 2],
  ])('%j: %i', async (words, status) => {
    expect((await run(...words)).status).toBe(status);
    // The format changes nothing about it.
    if (words.length > 0 && !words.includes('--format'))
      for (const format of ['tap', 'junit', 'json', 'github']) expect((await run(...words, '--format', format)).status).toBe(status);
  });
});

describe('text', () => {
  test('one line per expectation, more for one that fails', async () => {
    const { out, err } = await run('tests/good.scenario.yaml', 'tests/bad.scenario.yaml');
    expect(err).toBe('');
    expect(out.split('\n').filter((line) => !line.startsWith('  note: '))).toEqual([
      'tests/good.scenario.yaml  HTTPS & nothing else',
      '  ✓ packet 1: forwarded, filter/FORWARD/1 fires',
      '  ✓ packet 2: dropped, mark 0x4000, filter/FORWARD/1 does not',
      'tests/bad.scenario.yaml  HTTPS & nothing else',
      '  ✓ packet 1: forwarded, filter/FORWARD/1 fires',
      '  ✕ packet 2: it is dropped by filter/FORWARD/2',
      '      verdict: expected forwarded, it is dropped by filter/FORWARD/2 (policy DROP)',
      '      mark: expected 0x4000, nothing left: it is dropped by filter/FORWARD/2 (policy DROP)',
      '',
      '3 expectations held, 1 failed, in 2 files',
      '',
    ]);
  });

  test.each([
    [
      'typo.yaml',
      [
        'typo.yaml:5:71: packet 2: unknown field "dprot"; did you mean "dport"?',
        'typo.yaml:8:27: expectation 2: verdict: "droped" is not one of forwarded, delivered, sent, dropped, rejected, lost, queued, stolen, unknown; did you mean "dropped"?',
      ],
    ],
    ['broken.yaml', ['broken.yaml:4:1: flow map in block collection must be sufficiently indented and end with a }; the file must be YAML']],
    ['nowhere.yaml', ['../rules.save: cannot be read: no such file']],
    ['absent.yaml', ['absent.yaml: cannot be read: no such file']],
    ['no-interface.yaml', ['no-interface.yaml:6:11: packet 1: in: the node has no interface "eth0"; it has lo']],
  ])('%s is refused at its place', async (name, messages) => {
    const { out } = await run(name);
    expect(out.split('\n').filter((line) => line.startsWith('  ✕ '))).toEqual(messages.map((message) => `  ✕ ${message}`));
    expect(out).toContain('\n0 expectations held, 1 scenario could not be run, in 1 file\n');
  });

  test.each([
    ['an empty file', ''],
    ['a list', '- 1\n'],
    ['a mistake after a wide character', 'title: 𝟙 ]\n  x: [\n'],
    ['two documents', 'title: a\n---\ntitle: b\n'],
    ['a key twice', 'title: a\ntitle: b\n'],
    [
      'aliases that unfold without end',
      `a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefgh'].map((key, i) => `${key}: &${key} [${new Array<string>(9).fill(`*${'abcdefgh'[i]}`).join()}]\n`).join('')}`,
    ],
    ['an alias to nothing', 'title: *a\n'],
    ['deep nesting', '['.repeat(100_000)],
    ['deep nesting in JSON', `{"title":${'['.repeat(100_000)}`],
    ['no text', '\u0000\u0001'],
    ['a key that is no text', '? [a]\n: b\n'],
  ])('%s is refused, not thrown', async (_, text) => {
    const { status, out, err } = await packetwalk(['test', '-'], { files: { '-': text } });
    expect({ status, err }).toEqual({ status: 2, err: '' });
    expect(out).toMatch(/ {2}✕ standard input(:\d+:\d+)?: [a-z]/);
  });

  test('a node with errors is told once, and what is readable is walked', async () => {
    const nodes = {
      ...files,
      'rules.save': rules.replace('COMMIT', '-A FORWARD -m set --match-set nosuch src -j ACCEPT\nCOMMIT\n==> ipset save <==').replace('*filter', '==> iptables-save <==\n*filter'),
    };
    const { status, err } = await packetwalk(['test', 'tests/good.scenario.yaml', 'tests/bad.scenario.yaml'], { files: nodes });
    expect({ status, err }).toEqual({ status: 1, err: 'packetwalk: 1 error in rules.save; packetwalk check rules.save shows it\n' });
  });

  test('a field without effect is told', async () => {
    expect(await run('useless.yaml')).toMatchObject({ status: 0, err: 'packetwalk: useless.yaml:5:85: packet 2: "icmpType" has no effect: tcp has no such field\n' });
  });
});

test('JSON has the published shape', async () => {
  const { out } = await run('tests/bad.scenario.yaml', 'typo.yaml', '--json');
  const report = JSON.parse(out) as TestReportJson;
  expect(mismatches(testReportShape, report)).toEqual([]);
  expect(report).toMatchObject({ format: 1, passed: 1, failed: 1, unreadable: 1 });
  const [bad, typo] = report.scenarios;
  expect(bad?.expectations.map(({ packet, line, passed, happened }) => [packet, line, passed, happened])).toEqual([
    [1, 7, true, expect.stringMatching(/^forwarded through /)],
    [2, 8, false, 'dropped by filter/FORWARD/2'],
  ]);
  expect(bad?.expectations[1]?.failures[0]).toEqual({
    field: 'verdict',
    expected: 'forwarded',
    actual: 'dropped',
    rule: 'filter/FORWARD/2',
    text: 'expected forwarded, it is dropped by filter/FORWARD/2 (policy DROP)',
  });
  expect(typo?.errors.map(({ line, column }) => [line, column])).toEqual([
    [5, 71],
    [8, 27],
  ]);
});

test('TAP numbers every expectation and every file that cannot be run', async () => {
  const lines = (await run('tests/good.scenario.yaml', 'tests/bad.scenario.yaml', 'typo.yaml', '--format', 'tap')).out.split('\n');
  expect(lines.slice(0, 2)).toEqual(['TAP version 14', '1..5']);
  expect(lines.filter((line) => /^(not )?ok /.test(line))).toEqual([
    'ok 1 - tests/good.scenario.yaml: HTTPS & nothing else: packet 1',
    'ok 2 - tests/good.scenario.yaml: HTTPS & nothing else: packet 2',
    'ok 3 - tests/bad.scenario.yaml: HTTPS & nothing else: packet 1',
    'not ok 4 - tests/bad.scenario.yaml: HTTPS & nothing else: packet 2',
    'not ok 5 - typo.yaml cannot be run',
  ]);
  expect(lines[lines.indexOf('not ok 4 - tests/bad.scenario.yaml: HTTPS & nothing else: packet 2') + 1]).toBe('  ---');
});

test('JUnit counts, escapes and names the place', async () => {
  const { out } = await run('tests/bad.scenario.yaml', 'typo.yaml', '--format', 'junit');
  expect(out).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="packetwalk" tests="3" failures="1" errors="1">\n/);
  expect(out).toContain('<testsuite name="tests/bad.scenario.yaml: HTTPS &amp; nothing else" tests="2" failures="1" errors="0">');
  expect(out).toContain('file="tests/bad.scenario.yaml" line="8">\n      <failure message="verdict: expected forwarded, it is dropped by filter/FORWARD/2 (policy DROP)">');
  expect(out).toContain('unknown field &quot;dprot&quot;');
  expect(out.match(/<(testsuite|testcase|failure|error|testsuites)[ >]/g)?.length).toBe((out.match(/<\/|\/>/g) ?? []).length);
});

test('GitHub annotates the line of each failure', async () => {
  const { out } = await run('tests/bad.scenario.yaml', 'typo.yaml', '--format', 'github');
  expect(out.split('\n').filter((line) => line.startsWith('::'))).toEqual([
    '::error file=tests/bad.scenario.yaml,line=8,title=HTTPS & nothing else%3A packet 2 is dropped by filter/FORWARD/2::verdict: expected forwarded, it is dropped by filter/FORWARD/2 (policy DROP)%0Amark: expected 0x4000, nothing left: it is dropped by filter/FORWARD/2 (policy DROP)',
    '::error file=typo.yaml,line=5,title=scenario cannot be run::packet 2: unknown field "dprot"; did you mean "dport"?',
    expect.stringMatching(/^::error file=typo\.yaml,line=8,/),
  ]);
});

test('every scenario that ships holds, each node read once', async () => {
  const { examples } = JSON.parse(readFileSync('public/examples/index.json', 'utf8')) as {
    examples: readonly { name: string; snapshot: string; scenarios: readonly { file: string }[] }[];
  };
  const names = examples.flatMap(({ name, scenarios }) => scenarios.map(({ file }) => `public/examples/${name}/${file}`));
  const shipped = Object.fromEntries([...names, ...examples.map(({ name, snapshot }) => `public/examples/${name}/${snapshot}`)].map((name) => [name, readFileSync(name, 'utf8')]));
  const { status, out, err } = await packetwalk(['test', ...names], { files: shipped });
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect(out.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^\\d+ expectations held, in ${names.length} files$`));
});
