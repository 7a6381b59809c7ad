/** The walls between rooms are the linter's business; these tests see that they stand: a forbidden import is refused, an allowed one is not. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The importing file's room and extension, and what it imports. */
const forbidden: [string, string][] = [
  ['engine/net/x.ts', '../model/field.ts'],
  ['engine/model/x.ts', '../extension/index.ts'],
  ['engine/extension/match/x.ts', '../../walk/test.ts'],
  ['engine/format/x.ts', '../compile/compile.ts'],
  ['engine/compile/x.ts', '../format/node.ts'],
  ['engine/trace/x.ts', '../walk/walk.ts'],
  ['engine/analysis/x.ts', '../scenario/run.ts'],
  ['engine/walk/x.ts', '../../app/store/index.ts'],
  ['app/store/x.ts', '../views/path/path.tsx'],
  ['app/store/x.ts', '../../engine/walk/walk.ts'],
  ['app/layout/x.ts', 'react'],
  ['app/views/path/x.tsx', '../../../engine/index.ts'],
  ['app/widgets/x.tsx', '../store/index.ts'],
  ['app/cli/x.ts', '../store/index.ts'],
  ['app/main.tsx', '../engine/walk/walk.ts'],
  ['app/embed/x.ts', '../cli/run.ts'],
  ['app/embed/x.tsx', '../../engine/walk/walk.ts'],
];

const allowed: [string, string][] = [
  ['engine/model/x.ts', '../net/address.ts'],
  ['engine/extension/match/x.ts', '../../model/field.ts'],
  ['engine/walk/x.ts', '../compile/compile.ts'],
  ['engine/scenario/x.ts', '../analysis/diff.ts'],
  ['app/store/x.ts', '../../engine/index.ts'],
  ['app/views/path/x.tsx', '../rules/rules.tsx'],
  ['app/views/path/x.tsx', '../../store/index.ts'],
  ['app/cli/command/x.ts', '../../../engine/index.ts'],
  ['app/embed/x.tsx', '../views/why/why.tsx'],
  ['app/embed/x.ts', '../../engine/index.ts'],
];

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
  test.each(forbidden.map((example, index) => [...example, index] as const))('%s may not import %s', (path, target, index) => {
    expect(refused).toContain(fileFor(index, 'value', [path, target]).path);
    expect(refused).toContain(fileFor(index, 'type', [path, target]).path);
  });

  test.each(allowed.map((example, index) => [...example, forbidden.length + index] as const))('%s may import %s', (path, target, index) => {
    expect(refused).not.toContain(fileFor(index, 'value', [path, target]).path);
    expect(refused).not.toContain(fileFor(index, 'type', [path, target]).path);
  });
});
