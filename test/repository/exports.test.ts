/** What a file exports has somebody who takes it: a function or a constant that no other file names is the file's own affair. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDERS = ['engine', 'app', 'setup', 'test'] as const;
const paths = FOLDERS.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => (/\.(ts|tsx|js)$/.test(name) ? [`${folder}/${name}`] : [])));
const sources = [...paths, 'vite.config.ts'].map((path) => ({ path, text: readFileSync(path, 'utf8') }));

/** Comments are no takers. */
const codeOf = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
const takers = new Map<string, Set<string>>();
for (const { path, text } of sources) for (const word of new Set(codeOf(text).match(/[A-Za-z_$][\w$]*/g))) takers.set(word, (takers.get(word) ?? new Set()).add(path));

test('every exported function and constant is taken by another file', () => {
  const idle = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/^export (?:async )?(?:function\*?|const|let|class) ([A-Za-z_$][\w$]*)/gm)].flatMap(([, name = '']) =>
      [...(takers.get(name) ?? [])].some((taker) => taker !== path) ? [] : [`${path}: ${name}`],
    ),
  );
  expect(sources.length).toBeGreaterThan(800);
  expect(idle).toEqual([]);
});
