/** What the documents say of the repository is so: links lead somewhere, commands exist and do what is said, figures are those of the report. */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { packetwalk } from '../support/command-line.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'test/emulated/README.md',
  'test/kernel/REPORT.md',
  ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];
const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
const variablesIn = (text: string): readonly string[] => text.match(/PACKETWALK_[A-Z_]+/g) ?? [];

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  test('its links lead to files', () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target.replace(/#.*/, '')).filter((target) => target !== '' && !/^[a-z]+:/.test(target));
    expect(targets.filter((target) => !existsSync(join(dirname(document), target)))).toEqual([]);
  });

  test('the scripts that it names are there', () => {
    const named = [...text.matchAll(/npm (?:run )?([a-z]+(?::[a-z]+)*)/g)].map(([, name = '']) => name).filter((name) => !['ci', 'install', 'pack', 'run'].includes(name));
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

test('variables that are told of are asked for, and those that are asked for are told of', () => {
  const sources = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const asked = new Set(sources.flatMap((name) => [...read(`test/${name}`).matchAll(/\benv\.(PACKETWALK_[A-Z_]+)/g)].map(([, variable]) => variable as string)));
  const told = new Set(DOCUMENTS.flatMap((document) => variablesIn(read(document))));
  expect([...told].filter((variable) => !asked.has(variable))).toEqual([]);
  const scripted = variablesIn(Object.values(scripts).join(' '));
  expect([...asked].filter((variable) => !told.has(variable) && !scripted.includes(variable))).toEqual([]);
});

describe('README.md', () => {
  const readme = read('README.md');

  test('its figures of agreement are those of the last report', () => {
    const [, nodes, packets] = /- ([\d,]+) random nodes, ([\d,]+) packets/.exec(read('test/kernel/REPORT.md')) ?? [];
    expect(readme).toContain(`of ${packets} packets through ${nodes} nodes in the last long run`);
  });

  const [, folder = '', commands = ''] = /```sh\ncd (\S+)\n([\s\S]*?)```/.exec(readme) ?? [];
  const lines = commands.split('\n').flatMap((line) => /^npx packetwalk (.*?) *(?:#.*)?$/.exec(line)?.[1] ?? []);

  test('shows commands', () => expect(lines.map((line) => line.split(' ')[0])).toEqual(['trace', 'check', 'test', 'trace']));

  test.each(lines)('packetwalk %s', async (line) => {
    const present = readdirSync(folder);
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].flatMap(([, quoted, word = '']) =>
      quoted !== undefined ? [quoted] : word.startsWith('*') ? present.filter((name) => name.endsWith(word.slice(1))) : [word],
    );
    const files = Object.fromEntries([...words, 'node.snapshot'].flatMap((name) => (existsSync(join(folder, name)) ? [[name, read(join(folder, name))]] : [])));
    expect(await packetwalk(words, { files })).toMatchObject({ status: 0, err: '' });
  });

  const trial = '.cache/readme';
  afterAll(() => rmSync(trial, { recursive: true, force: true }));

  test('the program for the library prints what stands beside it', async () => {
    const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const said = program.match(/\/\/ (.*)$/m)?.[1];
    mkdirSync(trial, { recursive: true });
    writeFileSync(join(trial, 'program.ts'), program.replace("from 'packetwalk'", "from '../../engine/index.ts'"));
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    await import(/* @vite-ignore */ resolve(trial, 'program.ts'));
    expect(log.mock.calls).toEqual([[said]]);
    log.mockRestore();
  });
});
