/**
 * Rooms stand in an order: what one imports, by whatever way, does not import it. The linter refuses circles of files, where types do not count
 * (`noImportCycles`); here they do: who reads a room has to read what its types are made of.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Which rooms each room imports, with one file that does. */
type Imports = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** `import … from`, `export … from`, `import()` and an import for its effects, of files of ours. */
const IMPORT = /(?:\bfrom|\bimport)[\s(]*'(\.[^']*)'/g;

function importsOf(layer: string): Imports {
  const rooms = new Map<string, Map<string, string>>();
  for (const name of readdirSync(layer, { recursive: true, encoding: 'utf8' })) {
    const [room = '', file] = name.split('/');
    if (file === undefined || !/\.tsx?$/.test(name)) continue;
    const found = rooms.get(room) ?? new Map<string, string>();
    rooms.set(room, found);
    for (const [, target = ''] of readFileSync(join(layer, name), 'utf8').matchAll(IMPORT)) {
      const [in_, other = '', inside] = join(layer, dirname(name), target).split('/');
      if (in_ === layer && inside !== undefined && other !== room) found.set(other, `${name} imports ${target}`);
    }
  }
  return rooms;
}

/** Each circle once, from the room that comes first by name: the files that close it. */
function circlesOf(imports: Imports): readonly (readonly string[])[] {
  const circles: string[][] = [];
  const walk = (way: readonly string[], closing: readonly string[]): void => {
    for (const [next, why] of imports.get(way.at(-1) as string) ?? []) {
      if (next === way[0]) circles.push([...closing, why]);
      else if (next > (way[0] as string) && !way.includes(next)) walk([...way, next], [...closing, why]);
    }
  };
  for (const room of imports.keys()) walk([room], []);
  return circles;
}

test('the file that CONTRIBUTING names to be read first in a room is there, and opens with what it is for', () => {
  const rows = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^\| Room of `(\w+)\/`.*\n.*\n((?:\|.*\n)+)/gm)].flatMap(([, layer, rows = '']) =>
    rows
      .trim()
      .split('\n')
      .map((row) => [layer, ...[...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name)]),
  );
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) {
    const [layer = '', room = '', first = ''] = [row[0], row[1], row.at(-1)];
    expect(readFileSync(join(layer, room, first), 'utf8'), room).toMatch(/^\/\*\*/);
  }
});

describe('circles of rooms', () => {
  test.each(['engine', 'app'])('there is none in %s', (layer) => {
    const imports = importsOf(layer);
    // All that is read counts: most rooms import another.
    expect([...imports.values()].filter((others) => others.size > 0).length).toBeGreaterThan(6);
    expect(circlesOf(imports)).toEqual([]);
  });
  test('one of several rooms is found, and once', () => {
    const of = (...others: string[]) => new Map(others.map((other) => [other, `to ${other}`]));
    expect(
      circlesOf(
        new Map([
          ['store', of('worker', 'text')],
          ['worker', of('editor')],
          ['editor', of('store')],
          ['text', of()],
          ['share', of('store')],
        ]),
      ),
    ).toEqual([['to store', 'to worker', 'to editor']]);
  });
});
