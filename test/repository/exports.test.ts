/**
 * What a file exports has somebody who takes it: a function, a constant or a type that no other file imports is the file's own affair. To hand it
 * on counts as taking it, and what is handed on has to be taken in its turn. The library's door, engine/index.ts, is for others.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAst } from 'vite';
import { expect, test } from 'vitest';

const FOLDERS = ['engine', 'app', 'setup', 'test'] as const;
const DOOR = 'engine/index.ts';
/** Types that the compiler has to name where it writes down what a dictionary is made of. */
const NAMED: readonly string[] = ['app/text/en.ts: ReadingParts', 'app/text/timeline.ts: Where'];

/** As far as it is read here. */
interface Syntax {
  readonly type: string;
  readonly name?: string;
  readonly id?: Syntax;
  readonly local?: Syntax;
  readonly imported?: Syntax;
  readonly exported?: Syntax | null;
  readonly source?: { readonly value: string } | null;
  readonly specifiers?: readonly Syntax[];
  readonly declaration?: Syntax | null;
  readonly declarations?: readonly Syntax[];
}

interface Read {
  readonly exported: ReadonlySet<string>;
  /** Files that hand on all that they export, with the file that does. */
  readonly handedOn: readonly string[];
  /** By the file that it is taken from; null: whatever is named in the text. */
  readonly taken: readonly { readonly from: string; readonly names: readonly string[] | null }[];
  readonly words: ReadonlySet<string>;
}

const nameOf = (one: Syntax | null | undefined): string => one?.name ?? '';

/** Names that a declaration makes, also by taking something apart. */
function namesIn(declaration: unknown): readonly string[] {
  const { type, id, declarations } = declaration as Syntax;
  if (type !== 'VariableDeclaration') return [nameOf(id)];
  const inPattern = (pattern: unknown): readonly string[] => {
    const { type, name, properties, elements, value, argument, left } = pattern as Record<string, unknown>;
    if (type === 'Identifier') return [name as string];
    return [...((properties ?? elements ?? []) as unknown[]), value, argument, left].flatMap((one) => (one ? inPattern(one) : []));
  };
  return (declarations ?? []).flatMap((one) => inPattern(one.id));
}

function read(path: string, text: string): Read {
  const exported = new Set<string>();
  const handedOn: string[] = [];
  const taken: Read['taken'][number][] = [];
  const take = (source: string, names: readonly string[] | null): void => {
    if (source.startsWith('.')) taken.push({ from: join(dirname(path), source), names });
  };
  for (const one of parseAst(text, { lang: path.endsWith('x') ? 'tsx' : 'ts' }).body as unknown as readonly Syntax[]) {
    const { type, source, specifiers = [], declaration } = one;
    if (type === 'ImportDeclaration' && source) {
      // `import * as all`: whatever of it is named.
      const whole = specifiers.some((specifier) => specifier.type === 'ImportNamespaceSpecifier');
      take(source.value, whole ? null : specifiers.map(({ imported }) => nameOf(imported)));
    }
    if (type === 'ExportAllDeclaration' && source) {
      handedOn.push(join(dirname(path), source.value));
      if (one.exported) take(source.value, null);
    }
    if (type !== 'ExportNamedDeclaration') continue;
    if (declaration) for (const name of namesIn(declaration)) exported.add(name);
    for (const specifier of specifiers) exported.add(nameOf(specifier.exported));
    if (source)
      take(
        source.value,
        specifiers.map(({ local }) => nameOf(local)),
      );
  }
  // `import('./a.ts')`, of a value or of a type.
  for (const [, source = ''] of text.matchAll(/\bimport\(\s*'(\.[^']+)'/g)) take(source, null);
  return { exported, handedOn, taken, words: new Set(text.match(/[A-Za-z_$][\w$]*/g)) };
}

/** What is exported and not taken, as `path: name`. */
function idleIn(sources: ReadonlyMap<string, string>): readonly string[] {
  const files = new Map([...sources].map(([path, text]) => [path, read(path, text)]));
  const used = new Set<string>();
  const use = (path: string, name: string): void => {
    used.add(`${path}: ${name}`);
    for (const behind of files.get(path)?.handedOn ?? []) use(behind, name);
  };
  const all = (path: string): readonly string[] => [...(files.get(path)?.exported ?? []), ...(files.get(path)?.handedOn ?? []).flatMap(all)];
  for (const { taken, words } of files.values()) for (const { from, names } of taken) for (const name of names ?? all(from).filter((one) => words.has(one))) use(from, name);
  for (const name of all(DOOR)) use(DOOR, name);
  return [...files].flatMap(([path, { exported }]) => [...exported].map((name) => `${path}: ${name}`).filter((one) => !used.has(one)));
}

test('every exported function, constant and type is taken by another file', () => {
  const paths = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => (/\.(ts|tsx|js)$/.test(name) ? [`${folder}/${name}`] : [])),
  );
  expect(paths.length).toBeGreaterThan(800);
  const idle = idleIn(new Map([...paths, 'vite.config.ts'].map((path) => [path, readFileSync(path, 'utf8')])));
  expect(idle).toEqual(NAMED);
}, 60_000);

test('a name in another file is no import; types count, and what is only handed on', () => {
  const sources = {
    'app/a.ts':
      'export type Kind = 1;\nexport interface Shape { kind: Kind }\nexport const [first, { second: third = 1 }] = f();\nexport function used(): void {}\nexport enum E {}',
    'app/b.ts': "import { used as other, type Shape } from './a.ts';\nexport { third } from './a.ts';\nconst Kind = 'first'; // E\nother();",
    'app/c.ts': "const { lazy } = await import('./d.ts');\nexport * from './e.ts';",
    'app/d.ts': 'export const lazy = 1;\nexport const never = 2;',
    'app/e.ts': 'export const deep = 1;\nexport const deeper = 2;',
    'app/f.ts': "import { deep } from './c.ts';\nimport * as whole from './g.ts';\nwhole.part;",
    'app/g.ts': 'export const part = 1;\nexport const rest = 2;',
  };
  expect(idleIn(new Map(Object.entries(sources)))).toEqual([
    'app/a.ts: Kind',
    'app/a.ts: first',
    'app/a.ts: E',
    'app/b.ts: third',
    'app/d.ts: never',
    'app/e.ts: deeper',
    'app/g.ts: rest',
  ]);
});
