/** Words of gallery, palette, sharing and keys: the same in both languages, and Chinese where it is Chinese. */

import { expect, test } from 'vitest';
import { FINDER_LANGUAGES } from '../../app/text/finder.ts';

type Leaf = string | ((slots: never) => string);

function leaves(value: object, path = ''): [string, Leaf][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null ? leaves(inner, `${path}${key}.`) : [[`${path}${key}`, inner as Leaf] as [string, Leaf]],
  );
}

/** Every slot answers with its own name, so that a sentence that forgets one shows. */
const SLOTS = new Proxy({}, { get: (_, name) => `<${String(name)}>` }) as never;
const said = (leaf: Leaf): string => (typeof leaf === 'string' ? leaf : leaf(SLOTS));
const slotsOf = (text: string): string[] => [...new Set([...text.matchAll(/<(\w+)>/g)].map(([, name]) => name as string))].sort();

const english = new Map(leaves(FINDER_LANGUAGES.en));
const chinese = new Map(leaves(FINDER_LANGUAGES.zh));

test('the same keys and slots, nothing empty', () => {
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, leaf] of english) {
    const [en, zh] = [said(leaf), said(chinese.get(key) as Leaf)];
    expect([key, en.trim() !== '', zh.trim() !== '']).toEqual([key, true, true]);
    expect([key, slotsOf(zh)]).toEqual([key, slotsOf(en)]);
  }
});

test('Chinese is Chinese: names of address families and what is made of slots alone go without', () => {
  const without = [...chinese].filter(([, leaf]) => !/\p{Script=Han}|^、$/u.test(said(leaf))).map(([key]) => key);
  expect(without).toEqual(['gallery.families.ipv4', 'gallery.families.ipv6', 'gallery.sighting']);
});
