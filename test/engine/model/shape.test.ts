/** Shapes: the check and the JSON Schema made from one definition say the same. */

import { describe, expect, test } from 'vitest';
import { closest } from '../../../engine/model/closest.ts';
import * as shape from '../../../engine/model/shape.ts';
import { schemas } from '../../../engine/scenario/schemas.ts';

interface Tree {
  readonly name: string;
  readonly children?: readonly Tree[];
}
const tree: shape.Shape<Tree> = shape.recursive<Tree>(
  'Tree',
  () => ({ name: shape.text('What it is called.', /^[a-z]+$/, 'a name in small letters'), children: shape.optional(shape.list(tree)) }),
  'A tree.',
);
const figure = shape.tagged('Figure', 'kind', [
  shape.object('Circle', { kind: shape.choice(['circle']), radius: shape.decimal(0) }),
  shape.object('Square', { kind: shape.choice(['square']), side: shape.whole(1, 9) }),
]);

describe('mismatches', () => {
  test.each<[string, shape.Shape, unknown, string[]]>([
    ['a tree', tree, { name: 'a', children: [{ name: 'b' }] }, []],
    ['a mistake deep in a tree', tree, { name: 'a', children: [{ name: 'B' }] }, ['children.0.name: "B" is not a name in small letters']],
    ['a field misspelt', tree, { nmae: 'a' }, ['nmae: unknown field "nmae"', 'name: "name" is missing']],
    ['a member by its tag', figure, { kind: 'square', side: 0 }, ['side: 0 is not a whole number from 1 to 9']],
    ['no such member', figure, { kind: 'cube' }, ['kind: "cube" is not one of circle, square']],
    ['a number that is none', figure, { kind: 'circle', radius: Number.NaN }, ['radius: null is not a number from 0 upwards']],
    ['one of two, told apart by type', shape.either([tree, shape.whole(0, 9)]), { name: 1 }, ['name: 1 is not a name in small letters']],
    ['neither of two', shape.either([tree, shape.whole(0, 9)]), true, [': true is not an object, or a whole number from 0 to 9']],
    ['null where it may be', shape.orNull(shape.truth()), null, []],
    ['a list too long', shape.list(shape.truth(), '', 1), [true, false], [': [true,false] is not a list, each item true or false']],
    ['a pair of three', shape.pair(shape.truth()), [true, true, true], [': [true,true,true] is not a list of two']],
    ['values of a record', shape.record(shape.truth()), { a: true, b: 1 }, ['b: 1 is not true or false']],
    [
      'what an object inherits is no field',
      shape.object('Empty', {}),
      JSON.parse('{"__proto__": 1, "toString": 2}'),
      ['__proto__: unknown field "__proto__"', 'toString: unknown field "toString"'],
    ],
  ])('%s', (_, expected, value, found) => {
    expect(shape.mismatches(expected, value).map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual(found);
  });
});

test('the JSON Schema of an object that holds itself', () => {
  expect(shape.jsonSchema(tree, 'Trees')).toEqual({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Trees',
    $ref: '#/$defs/Tree',
    $defs: {
      Tree: {
        type: 'object',
        properties: { name: { type: 'string', pattern: '^[a-z]+$', description: 'What it is called.' }, children: { type: 'array', items: { $ref: '#/$defs/Tree' } } },
        required: ['name'],
        additionalProperties: false,
        description: 'A tree.',
      },
    },
  });
});

test('every published schema defines what it refers to', () => {
  for (const [name, schema] of Object.entries(schemas())) {
    const text = JSON.stringify(schema);
    const defined = Object.keys(schema.$defs as object);
    for (const [, referred] of text.matchAll(/"#\/\$defs\/(\w+)"/g)) expect(defined, name).toContain(referred);
    expect(text).not.toContain('undefined');
  }
});

describe('did you mean', () => {
  test.each([
    ['dprot', 'dport'],
    ['DPORT', 'dport'],
    ['spot', 'sport'],
    ['destination', null],
    ['x', null],
  ])('%s → %s', (word, expected) => {
    expect(closest(word, ['sport', 'dport', 'flags'])).toBe(expected);
  });
});
