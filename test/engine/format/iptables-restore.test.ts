/** Inputs of iptables-restore in odd spellings: taken, or refused in the same line, as the tool did it, with the same tables left. */

import { describe, expect, test } from 'vitest';
import { parseNode, printNode } from '../../../engine/index.ts';
import { readToolCases, savedTables, tablesOf } from '../../support/tool-cases.ts';

const SETS = 'create s hash:ip family inet hashsize 1024 maxelem 65536\ncreate aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa hash:ip family inet hashsize 1024 maxelem 65536\n';

describe('as iptables-restore answered', () => {
  test.each(readToolCases('iptables').map((one) => [one.lines.join('; '), one] as const))('%s', (_, one) => {
    const { family, text } = tablesOf(one);
    const node = parseNode([{ name: 'rules', text: `==> ipset save <==\n${SETS}==> ${family === 'ipv6' ? 'ip6' : 'ip'}tables-save <==\n${text}` }]);
    const errors = node.problems.filter(({ severity }) => severity === 'error');
    const { taken, line, saved } = one.answer;
    expect({ taken: errors.length === 0, problems: errors.map(({ message }) => message) }).toEqual(taken ? { taken, problems: [] } : { taken, problems: expect.anything() });
    // What only COMMIT brings to light is said of the line that it is about.
    if (line !== null && text.split('\n')[line - 1] !== 'COMMIT') expect(errors.map((problem) => problem.line - 4)).toContain(line);
    if (taken) expect(savedTables(printNode(node).text)).toEqual(saved);
  });
});
