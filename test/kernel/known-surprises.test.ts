/** Every known surprise has cases that exist, or says why it has none. */

import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CASES } from './cases.ts';
import { KNOWN_SURPRISES } from './known-surprises.ts';
import { SURPRISES } from './surprises.ts';

const cases = new Set([...SURPRISES, ...CASES].map(({ name }) => name));
const facts = Object.keys((JSON.parse(readFileSync('test/kernel/recorded/facts/tools.json', 'utf8')) as { facts: Record<string, string> }).facts);

it.each(KNOWN_SURPRISES.map((one) => [one.fact, one] as const))('%s', (_, one) => {
  const shown = [...(one.cases ?? []), ...(one.facts ?? []), ...(one.tests ?? [])];
  expect(shown.length > 0 || one.notModelled !== undefined).toBe(true);
  expect((one.cases ?? []).filter((name) => !cases.has(name))).toEqual([]);
  expect((one.facts ?? []).filter((name) => !facts.includes(name))).toEqual([]);
  expect((one.tests ?? []).filter((file) => !existsSync(file))).toEqual([]);
});
