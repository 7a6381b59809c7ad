/** Inputs of `ipset restore` beyond what `ipset save` prints: taken or refused in the same line as the tool did it, with the same sets left. */

import { describe, expect, test } from 'vitest';
import { parseNode, printNode } from '../../../engine/index.ts';
import { inputOf, readToolCases, savedSets } from '../../support/tool-cases.ts';

const read = (text: string) => {
  const node = parseNode([{ name: 'sets', text: `==> ipset save <==\n${text}` }]);
  const errors = node.problems.filter(({ severity }) => severity === 'error');
  return { node, errors, told: node.problems.map(({ severity, code, line }) => `${severity} ${code} ${line - 1}`) };
};

describe('as ipset restore answered', () => {
  test.each(readToolCases('ipset').map((one) => [one.lines.join('; '), one] as const))('%s', (_, one) => {
    const { node, errors } = read(inputOf(one));
    const { taken, line, saved } = one.answer;
    expect({ taken: errors.length === 0, problems: errors.map(({ message }) => message) }).toEqual(
      taken ? { taken: true, problems: [] } : { taken: false, problems: expect.anything() },
    );
    if (line !== null) expect(errors.map((problem) => problem.line - 1)).toContain(line);
    // What stands after a refused line is read all the same here.
    if (taken) expect(savedSets(printNode(node).text)).toEqual(saved);
  });
});

describe('what the tool takes and nobody means', () => {
  test.each([
    // It prints whether the element is there, and ends, whatever stands behind it.
    ['test', 'create a hash:ip\nadd a 1.1.1.1\ntest a 1.1.1.1\nadd a 1.1.1.2\n', 'error unread-command 3'],
    // It ends without sending what it has not sent yet.
    ['quit', 'create a hash:ip\nadd a 1.1.1.1\nquit\n', 'error unread-command 3'],
    ['list', 'create a hash:ip\nlist a\n', 'warning ignored-command 2'],
    ['save', 'create a hash:ip\nsave\n', 'warning ignored-command 2'],
  ])('%s', (_, text, expected) => {
    expect(read(text).told).toEqual([expected]);
  });

  test('the lines behind are read, and the set is not sure', () => {
    const set = read('create a hash:ip\ntest a 1.1.1.1\nadd a 1.1.1.2\n').node.sets?.get('a');
    expect({ count: set?.entries.count, incomplete: set?.incomplete }).toEqual({ count: 1, incomplete: true });
  });
});
