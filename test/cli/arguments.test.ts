/** Commands, options and their mistakes: what is said, where, and with which exit status. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../app/cli/commands/index.ts';
import { schemas } from '../../engine/index.ts';
import { packetwalk } from '../support/command-line.ts';

const files = { 'rules.save': '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n' };
const packet = 'eth0 tcp 10.0.0.1:4000 > 192.0.2.1:22';

test('without a command it says what there is, and that this was not enough', async () => {
  const { status, out, err } = await packetwalk([]);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  for (const { name } of COMMANDS) expect(err).toContain(`  ${name} `);
});

test('--version is that of package.json', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await packetwalk(['--version'])).toEqual({ status: 0, out: `${version}\n`, err: '' });
});

test('a published schema is of a command that there is, or says that there is none', () => {
  const titles = Object.values(schemas()).map(({ title }) => String(title));
  const named = titles.flatMap((title) => /packetwalk ([\w-]+)/.exec(title)?.[1] ?? []);
  expect(named).toEqual(['trace', 'check', 'test']);
  expect(COMMANDS.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
  expect(titles.filter((title) => title.includes('which no command gives yet'))).toHaveLength(2);
});

describe('help', () => {
  test.each(COMMANDS.map((command) => [command.name, command] as const))('%s says its options and examples, three ways alike', async (name, command) => {
    const ways = await Promise.all([packetwalk(['help', name]), packetwalk([name, '--help']), packetwalk([name, 'x', '-h'])]);
    for (const { status, out } of ways) {
      expect(status).toBe(0);
      expect(out).toBe(ways[0]?.out);
    }
    for (const option of Object.keys(command.options)) expect(ways[0]?.out).toContain(`--${option} `);
    expect(ways[0]?.out).toContain(`examples:\n  ${command.examples[0]?.[0]}`);
  });
});

describe('mistakes are exit status 2 and name the way out', () => {
  test.each<[string, string[], string]>([
    ['command', ['trcae'], 'packetwalk: unknown command "trcae"; did you mean "trace"?\n'],
    ['command of help', ['help', 'chekc'], 'packetwalk: unknown command "chekc"; did you mean "check"?\n'],
    ['option first', ['--jsno'], 'packetwalk: unknown option "--jsno"; commands are trace, '],
    ['option', ['trace', 'rules.save', packet, '--mathced'], 'packetwalk: unknown option "--mathced" of packetwalk trace; did you mean "--matched"?\n'],
    ['option without value', ['trace', 'rules.save', '--packets'], 'packetwalk: option "--packets" needs a value; write --packets FILE\n'],
    ['value without need', ['check', 'rules.save', '--strict=yes'], 'packetwalk: option "--strict" takes no value; leave out "=yes"\n'],
    ['no node', ['check'], 'packetwalk: no NODE is given; '],
    ['no packet', ['trace', 'rules.save'], 'packetwalk: no packet is given; '],
    ['word behind a command that takes none', ['snapshot', 'node1'], 'packetwalk: "node1" is not expected here; packetwalk snapshot takes no arguments'],
    ['empty name', ['check', ''], 'packetwalk: "": cannot be read: no such file\n'],
    ['no such file', ['check', 'nowhere.save'], 'packetwalk: nowhere.save: cannot be read: no such file\n'],
    [
      'a packet without ">"',
      ['trace', 'rules.save', 'eth0 tcp 10.0.0.1 10.0.0.2'],
      'packetwalk: eth0 tcp 10.0.0.1 10.0.0.2: cannot be read: no such file; a typed packet needs ">" between its addresses\n',
    ],
    [
      'a packet without quotes',
      ['trace', 'rules.save', 'eth0', 'tcp', '10.0.0.1:4000'],
      'packetwalk: eth0: cannot be read: no such file; put a packet in quotes: a shell takes ">" for itself\n',
    ],
    ['both --reply and --connect', ['trace', 'rules.save', packet, '--reply', '--connect'], 'packetwalk: --reply and --connect exclude each other; '],
    ['standard input twice', ['check', '-', '-'], 'packetwalk: standard input can be read only once; '],
    ['standard input for both', ['trace', '-', '--packets', '-'], 'packetwalk: standard input can be read only once; '],
  ])('%s', async (_, words, err) => {
    const ran = await packetwalk(words, { files });
    expect({ status: ran.status, out: ran.out }).toEqual({ status: 2, out: '' });
    expect(ran.err.startsWith(err), ran.err).toBe(true);
  });

  test('a typed packet is shown with a caret', async () => {
    const { err } = await packetwalk(['trace', 'rules.save', 'eth0 tcp 10.0.0.1:4000 > 192.0.2.1:22 tll 3'], { files });
    expect(err).toBe(
      'packetwalk: packet "eth0 tcp 10.0.0.1:4000 > 192.0.2.1:22 tll 3", column 39: unknown word "tll"; did you mean "ttl"?\n' +
        '    eth0 tcp 10.0.0.1:4000 > 192.0.2.1:22 tll 3\n' +
        '                                          ^^^\n',
    );
  });

  test('every typed packet that is wrong is named', async () => {
    const { err } = await packetwalk(['trace', 'rules.save', 'eth0 tcp 10.0.0.1:4000 > 192.0.2.1:22 tll 3', packet, 'eth0 tcp > 192.0.2.1:99999'], { files });
    expect(err.match(/^.*packet ".*$/gm)?.map((line) => line.replace(/^.*column/, 'column'))).toEqual([
      'column 39: unknown word "tll"; did you mean "ttl"?',
      'column 22: "99999" is not a port; give a port from 0 to 65535 or a service name',
    ]);
  });

  test('every mistake in a file of packets has its place, its line and a caret', async () => {
    const flow = '[\n  {"dst": "10.0.0.1", "proto": "tcp", "dprot": 1},\n  {"dst": "10.0.0.1", "proto": "tcp", "ttl": 500},\n  3\n]';
    const { status, err } = await packetwalk(['trace', 'rules.save', '--packets', 'flow.json'], { files: { ...files, 'flow.json': flow } });
    expect({ status, err }).toEqual({
      status: 2,
      err: `packetwalk: flow.json:2:39: packet 1: unknown field "dprot"; did you mean "dport"?
      {"dst": "10.0.0.1", "proto": "tcp", "dprot": 1},
                                          ^
flow.json:3:39: packet 2: ttl: 500 is not a whole number from 0 to 255
      {"dst": "10.0.0.1", "proto": "tcp", "ttl": 500},
                                          ^
flow.json:4:3: packet 3: 3 is not an object
      3
      ^
`,
    });
  });
});

describe('with --json, what cannot be used is one object on standard output', () => {
  const broken = {
    'rules.save': files['rules.save'],
    'bad.json': '[\n  {"dst": "10.0.0.1", "proto": "tcp", "dprot": 1}\n]',
    'worse.json': '[{"mark": 0x10}]',
    'empty.save': '',
    'photo.png': new Uint8Array([0x89, 0x50, 0, 0]),
  };

  test.each<[string, string[], object]>([
    ['a missing file', ['trace', 'nowhere.save', packet], { file: 'nowhere.save', section: null, line: null, column: null, message: expect.stringContaining('no such file') }],
    ['an empty file', ['check', 'empty.save'], { file: 'empty.save', message: expect.stringContaining('there is nothing in it') }],
    ['no text', ['check', 'photo.png'], { file: 'photo.png', message: expect.stringContaining('no text') }],
    [
      'an unknown field',
      ['trace', 'rules.save', '--packets', 'bad.json'],
      { file: 'bad.json', line: 2, column: 39, message: expect.stringContaining('packet 1: unknown field "dprot"; did you mean "dport"?') },
    ],
    ['no JSON', ['trace', 'rules.save', '--packets', 'worse.json'], { file: 'worse.json', line: 1, column: 11, message: expect.stringContaining('"0x10" where a value belongs') }],
  ])('%s', async (_, words, error) => {
    const { status, out, err } = await packetwalk([...words, '--json'], { files: broken });
    expect({ status, err }).toEqual({ status: 2, err: '' });
    expect(JSON.parse(out)).toEqual({ error: expect.objectContaining(error) });
    expect(Object.keys((JSON.parse(out) as { error: object }).error)).toEqual(['file', 'section', 'line', 'column', 'message']);
  });
});

test('UTF-16 as PowerShell writes it is read', async () => {
  const utf16 = new Uint8Array(Buffer.from(`\ufeff${files['rules.save']}`, 'utf16le'));
  for (const bytes of [utf16, utf16.slice().map((_, i, all) => all[i ^ 1] ?? 0)]) {
    const { status, out } = await packetwalk(['check', 'windows.save'], { files: { 'windows.save': bytes } });
    // iptables-restore would not read it.
    expect({ status, out }).toEqual({ status: 0, out: expect.stringMatching(/^windows\.save:1:1: warning: .*\[byte-order-mark\]\n {4}\*filter\n {4}\^\n[\s\S]*\n1 warning\n$/) });
  }
});

describe('snapshot', () => {
  test('asks the tools of formats §1, in that order, and runs nothing', async () => {
    const { status, out } = await packetwalk(['snapshot']);
    expect(status).toBe(0);
    const loop = out.slice(0, out.indexOf('\n\n'));
    const tools = [...loop.slice(0, loop.indexOf('; do')).matchAll(/'([^']+)'|(ip6?tables-save)/g)].map((match) => match[1] ?? match[2]);
    expect(tools.join('|')).toBe(
      'iptables-save|ip6tables-save|ipset save|ip -j addr|ip -d -j link|ip -j route show table all|ip -j -6 route show table all|ip -j rule|ip -j -6 rule|ip -j neigh|sysctl -a|conntrack -L -o extended|ipvsadm -Sn|nft list ruleset|ss -Hltunp|uname -r',
    );
    // Piped to a shell, only the loop runs: what needs a cluster is a comment.
    for (const line of out.slice(loop.length).trim().split('\n')) expect(line).toMatch(/^(#|$)/);
    expect(out).toContain('-c cni-server');
  });
});
