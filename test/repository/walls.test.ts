/**
 * The walls between rooms are the linter's business; these tests see that they stand where CONTRIBUTING.md draws them: a
 * forbidden import is refused, an allowed one is not.
 */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A room's name and which rooms it may import, as the tables of CONTRIBUTING.md say it. */
function roomsOf(layer: 'engine' | 'app'): ReadonlyMap<string, ReadonlySet<string>> {
  const [, table = ''] = readFileSync('CONTRIBUTING.md', 'utf8').split(`| Room of \`${layer}/\` |`);
  const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2);
  const rooms = new Map<string, ReadonlySet<string>>();
  for (const row of rows) {
    const [, room = '', , may = ''] = row.split('|').map((cell) => cell.trim());
    const name = room.replace(/[`/]/g, '');
    const [, but] = /^all(?: above)?(?: but (.*))?$/.exec(may) ?? [];
    const above = may.startsWith('all above') ? [...rooms.keys()] : rows.map((one) => one.split('`')[1]?.replace('/', '') ?? '');
    rooms.set(name, new Set(may.startsWith('all') ? ['engine', ...above].filter((one) => one !== but && one !== name) : may.split(', ')));
  }
  return rooms;
}

const ROOMS = { engine: roomsOf('engine'), app: roomsOf('app') };

/** The importing file's room and extension, and what it imports. */
const forbidden: [string, string][] = [
  ['engine/walk/x.ts', '../../app/store/index.ts'],
  ['app/store/x.ts', '../../engine/walk/walk.ts'],
  ['app/layout/x.ts', 'react'],
  ['app/main.tsx', '../engine/walk/walk.ts'],
  ['app/embed/x.tsx', '../../engine/walk/walk.ts'],
];

const allowed: [string, string][] = [
  ['app/views/path/x.tsx', '../rules/rules.tsx'],
  ['app/views/path/x.tsx', '../../store/index.ts'],
];

for (const [layer, rooms] of Object.entries(ROOMS))
  for (const [room, may] of rooms) {
    for (const other of rooms.keys()) if (other !== room) (may.has(other) ? allowed : forbidden).push([`${layer}/${room}/x.ts`, `../${other}/y.ts`]);
    if (layer === 'app') (may.has('engine') ? allowed : forbidden).push([`app/${room}/x.ts`, '../../engine/index.ts']);
  }

/** Files with a complaint about a restricted import, as paths in the trial tree. */
const refused = new Set<string>();
let tree = '';

/** One file per case and kind of import, so that each gets its own answer. */
function fileFor(index: number, kind: 'value' | 'type', [path, target]: readonly [string, string]): { path: string; text: string } {
  const text = kind === 'value' ? `import { thing } from '${target}';\nexport const other = thing;\n` : `import type { Thing } from '${target}';\nexport type Other = Thing;\n`;
  return { path: join(dirname(path), `${kind}-${index}${extname(path)}`), text };
}

const cases = [...forbidden, ...allowed];

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'packetwalk-walls-'));
  copyFileSync('biome.json', join(tree, 'biome.json'));
  for (const [index, example] of cases.entries()) {
    for (const kind of ['value', 'type'] as const) {
      const file = fileFor(index, kind, example);
      mkdirSync(join(tree, dirname(file.path)), { recursive: true });
      writeFileSync(join(tree, file.path), file.text);
    }
  }
  const biome = resolve('node_modules/@biomejs/biome/bin/biome');
  const run = spawnSync(process.execPath, [biome, 'lint', '--reporter=github', '--max-diagnostics=none', '--only=style/noRestrictedImports', '.'], { cwd: tree, encoding: 'utf8' });
  for (const line of run.stdout.split('\n')) {
    const file = /noRestrictedImports.*?file=([^,]+)/.exec(line)?.[1];
    if (file) refused.add(relative(tree, resolve(tree, file)));
  }
});

afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe('walls between rooms', () => {
  test.each(['engine', 'app'] as const)('every folder of %s is a room', (layer) => {
    const folders = readdirSync(layer, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() && readdirSync(`${layer}/${entry.name}`).length > 0 ? [entry.name] : []));
    expect([...ROOMS[layer].keys()].sort()).toEqual(folders.sort());
  });

  test.each(forbidden.map((example, index) => [...example, index] as const))('%s may not import %s', (path, target, index) => {
    expect(refused).toContain(fileFor(index, 'value', [path, target]).path);
    expect(refused).toContain(fileFor(index, 'type', [path, target]).path);
  });

  test.each(allowed.map((example, index) => [...example, forbidden.length + index] as const))('%s may import %s', (path, target, index) => {
    expect(refused).not.toContain(fileFor(index, 'value', [path, target]).path);
    expect(refused).not.toContain(fileFor(index, 'type', [path, target]).path);
  });
});
