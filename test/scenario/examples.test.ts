/** Every scenario that ships with the page holds on the engine. test/kernel/examples.test.ts asks the kernel the same. */

import { describe, expect, test } from 'vitest';
import { runScenario } from '../../engine/index.ts';
import { EXAMPLES, exampleNode } from '../support/examples.ts';

describe('examples', () => {
  test.each(EXAMPLES.map((example) => [example.name, example] as const))('%s', (_, example) => {
    const { judgements, problems } = runScenario(example.scenario, exampleNode(example));
    expect(problems).toEqual([]);
    expect(judgements).toHaveLength(example.scenario.expect.length);
    const failed = judgements.filter(({ passed }) => !passed);
    expect(failed.flatMap(({ expectation, failures }) => failures.map(({ field, text }) => `packet ${expectation.packet}: ${field}: ${text}`)).join('\n')).toBe('');
  });

  test('are there, and expect something of every kind', () => {
    const expectations = EXAMPLES.flatMap(({ scenario }) => scenario.expect);
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(50);
    for (const field of ['verdict', 'out', 'src', 'dst', 'sport', 'dport', 'mark', 'fires', 'not'] as const)
      expect(expectations.filter((one) => one[field] !== undefined).length, field).toBeGreaterThan(0);
  });
});
