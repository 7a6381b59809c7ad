/** The command as it is installed: built into one file, run by its hashbang in a process of its own. */

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'packetwalk-cli-'));
const program = join(folder, 'dist', 'cli', 'main.js');
const gateway = new URL('../support/gateway.snapshot', import.meta.url).pathname;

beforeAll(async () => {
  // Far from node_modules: what is not in the file is missing.
  await build({ logLevel: 'error', build: { ssr: 'app/cli/main.ts', outDir: join(folder, 'dist', 'cli') } });
  copyFileSync('package.json', join(folder, 'package.json'));
  chmodSync(program, 0o755);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(
  words: readonly string[],
  options: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
): { readonly status: number | null; readonly out: string; readonly err: string } {
  const done = spawnSync(program, words, { encoding: 'utf8', cwd: folder, ...options });
  return { status: done.status, out: done.stdout, err: done.stderr };
}

test('runs by its hashbang, without node_modules', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(run(['--version'])).toEqual({ status: 0, out: `${version}\n`, err: '' });
});

test('reads standard input and tells 0, 1 and 2 apart', () => {
  const rules = '*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n';
  expect(run(['check', '-'], { input: rules })).toMatchObject({ status: 0 });
  expect(run(['check', '-'], { input: rules.replace('COMMIT', '-A FORWARD -j NOWHERE\nCOMMIT') })).toMatchObject({ status: 1 });
  expect(run(['check', '-'], { input: '' })).toMatchObject({ status: 2, err: expect.stringContaining('standard input: there is nothing in it') });
  expect(run(['trace', '-', 'eth0 udp 192.0.2.9:1 > 198.51.100.1:2'], { input: rules })).toMatchObject({ status: 0, out: expect.stringContaining('leaves eth0 as 192.0.2.9') });
});

test('colours are for terminals: not in a pipe unless asked for', () => {
  const words = ['trace', gateway, 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443'];
  expect(run(words).out).not.toContain('\u001b[');
  expect(run([...words, '--color']).out).toContain('\u001b[');
});

test('a reader that closes the pipe early is no error', async () => {
  const child = spawn(program, ['trace', gateway, ...new Array<string>(200).fill('ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const err: string[] = [];
  child.stderr.on('data', (data: Buffer) => void err.push(data.toString()));
  child.stdout.once('data', () => child.stdout.destroy());
  const status = await new Promise<number | null>((resolve) => void child.on('close', resolve));
  expect({ status, err }).toEqual({ status: 0, err: [] });
});

test('what snapshot prints is a shell script', () => {
  const script = run(['snapshot']).out;
  expect(spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  // The comment, too, once its marks are taken off.
  const cluster = script.slice(script.indexOf('\n# kubectl')).replaceAll('\n# ', '\n');
  expect(spawnSync('sh', ['-n'], { input: cluster, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  // Run where none of the tools exists, it leaves one empty section for each.
  const place = join(folder, 'empty');
  mkdirSync(place);
  spawnSync('/bin/sh', ['-s'], { input: script, cwd: place, env: { PATH: '/nowhere' } });
  expect(readFileSync(join(place, 'node.snapshot'), 'utf8').split('\n').slice(0, 2)).toEqual(['==> iptables-save <==', '==> ip6tables-save <==']);
});
