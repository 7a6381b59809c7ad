/** The engine as others import it: compiled as for the package, its types good for a strict program, its code free of Node and DOM. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'packetwalk-library-'));
const tsc = resolve('node_modules/typescript/bin/tsc');

const program = `
import { createWorld, parseNode, parseTypedPacket, traceReport, walk, type TraceReportJson } from 'packetwalk';

const world = createWorld(parseNode([{ name: 'rules', text: '*filter\\n:FORWARD ACCEPT [0:0]\\n-A FORWARD -p tcp -m tcp --dport 443 -j DROP\\nCOMMIT\\n' }]));
const packet = parseTypedPacket('eth0 tcp 192.0.2.9:4000 > 198.51.100.1:443');
if ('failure' in packet) throw new Error(packet.failure);
const walked = walk(world, packet);
const report: TraceReportJson = traceReport(walked.world, [walked.trace], []);
const step = report.traces[0]?.steps.find((candidate) => candidate.kind === 'rule');
// A step of this kind has these fields, and no others.
const text: string | undefined = step?.kind === 'rule' ? \`\${step.table}/\${step.chain}/\${step.rule} \${step.why[0]?.clause}\` : undefined;
// @ts-expect-error: a step has no such field
step?.nothing;
console.log(text, report.traces[0]?.outcome.verdict);
`;

beforeAll(() => {
  // Type errors are the type checker's own test; here it only has to emit.
  const home = join(folder, 'node_modules', 'packetwalk');
  mkdirSync(home, { recursive: true });
  cpSync('package.json', join(home, 'package.json'));
  spawnSync(process.execPath, [tsc, '-p', 'engine', '--composite', 'false', '--incremental', 'false', '--outDir', join(home, 'dist', 'engine')], {
    encoding: 'utf8',
  });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'program.ts'), program);
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['nodenext', 'bundler'])('its types serve a strict program (module resolution %s)', (resolution) => {
  const words = [
    '--strict',
    '--target',
    'es2023',
    '--lib',
    'es2023,dom',
    '--types',
    '',
    '--outDir',
    folder,
    '--module',
    resolution === 'nodenext' ? 'nodenext' : 'esnext',
    '--moduleResolution',
    resolution,
    '--ignoreConfig',
    'program.ts',
  ];
  expect(spawnSync(process.execPath, [tsc, ...words], { encoding: 'utf8', cwd: folder }).stdout).toBe('');
});

test('a program that imports it runs', () => {
  const done = spawnSync(process.execPath, ['program.js'], { encoding: 'utf8', cwd: folder });
  expect({ out: done.stdout, err: done.stderr }).toEqual({ out: 'filter/FORWARD/1 -p tcp dropped\n', err: '' });
});
