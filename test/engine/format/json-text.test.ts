/** JSON with places: agrees with JSON.parse, and points at what is wrong. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../engine/format/json-text.ts';

test('reads what JSON.parse reads', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const read = parseJson(text);
      expect('failure' in read ? read : read.value).toEqual(JSON.parse(text));
    }),
  );
});

test('refuses what JSON.parse refuses', () => {
  const piece = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"', '1', '01', '-', '1.', '1e5', 'true', 'nul', ' ', '\n', '\\', '0x1', "'a'");
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
      (text) => {
        let good = true;
        try {
          JSON.parse(text);
        } catch {
          good = false;
        }
        // JSON.parse takes the last of two equal keys; here that is a mistake.
        const read = parseJson(text);
        if ('failure' in read && read.failure.includes('twice')) return;
        expect(!('failure' in read), text).toBe(good);
      },
    ),
    { numRuns: 1000 },
  );
});

describe('places', () => {
  const text = '{\n  "packets": [\n    { "dst": "ä", "dprot": 3 }\n  ]\n}';

  test.each<[(string | number)[], number, number]>([
    [[], 1, 1],
    [['packets'], 2, 3],
    [['packets', 0], 3, 5],
    [['packets', 0, 'dprot'], 3, 19],
    [['packets', 0, 'missing'], 3, 5],
  ])('%j', (path, line, column) => {
    const read = parseJson(text);
    expect('failure' in read ? read : read.locate(path)).toEqual({ line, column });
  });

  test.each<[string, number, number, string]>([
    ['[1, 2', 1, 6, 'the text ends where "," or "]" belongs'],
    ['[\n  {"mark": 0x10}\n]', 2, 12, '"0x10" where a value belongs (numbers are decimal)'],
    ["[{'dst': 1}]", 1, 3, 'where a key in quotes belongs'],
    ['{"a": 1, "a": 2}', 1, 10, '"a" stands twice in one object'],
    ['[] x', 1, 4, '"x" after the end'],
    ['["ab', 1, 2, 'a string without its closing quote'],
    ['', 1, 1, 'the text ends where a value belongs'],
    ['['.repeat(100000), 1, 502, 'nested too deeply'],
  ])('%s', (bad, line, column, failure) => {
    expect(parseJson(bad)).toMatchObject({ line, column, failure: expect.stringContaining(failure) });
  });
});
