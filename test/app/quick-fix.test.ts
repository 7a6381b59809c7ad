/** What the editor offers to write: each suggestion is the engine's, and is taken back by the engine once it was followed. */

import { describe, expect, test } from 'vitest';
import { quickFixes, withFix } from '../../app/editor/quick-fix.ts';
import { parseNode } from '../../engine/index.ts';

const problemsOf = (text: string) => parseNode([{ name: 'own', text }]).problems.filter(({ severity }) => severity !== 'note');
const filter = (...lines: readonly string[]): string => `*filter\n:FORWARD ACCEPT [0:0]\n${lines.join('\n')}\nCOMMIT\n`;

describe('followed, the suggestion leaves nothing to suggest', () => {
  test.each([
    ['a match that was misspelt', filter('-A FORWARD -m conntrak --ctstate NEW -j ACCEPT'), '-A FORWARD -m conntrack --ctstate NEW -j ACCEPT'],
    ['a target', filter('-A FORWARD -j ACEPT'), '-A FORWARD -j ACCEPT'],
    ['an option', filter('-A FORWARD -p tcp --dprot 80 -j DROP'), '-A FORWARD -p tcp --dport 80 -j DROP'],
    ['an option with letters of two bytes before it', filter('-A FORWARD -m comment --comment "网关 𝔾" -p tcp --dprot 80 -j DROP'), '"网关 𝔾" -p tcp --dport 80 -j DROP'],
    ['a table', '*filtre\n:FORWARD ACCEPT [0:0]\nCOMMIT\n', '*filter\n'],
    ['a chain that was misspelt', filter(':POLICY - [0:0]', '-A FORWARD -j POLICYY'), '-A FORWARD -j POLICY\n'],
    ['a chain that nobody declared', filter('-A FORWARD -j SOMEWHERE'), '*filter\n:SOMEWHERE - [0:0]\n:FORWARD'],
    ['a protocol that an option needs', filter('-A FORWARD -m ecn --ecn-tcp-cwr -j DROP'), '-A FORWARD -p tcp -m ecn --ecn-tcp-cwr -j DROP'],
    ['a match that an option is of', filter('-A FORWARD ! --match-set pods src -j DROP'), '-A FORWARD -m set ! --match-set pods src -j DROP'],
    ['a COMMIT between two tables', '*raw\n:OUTPUT ACCEPT [0:0]\n*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n', ':OUTPUT ACCEPT [0:0]\nCOMMIT\n*filter'],
    ['a line of ipset', 'create pods hash:net family inet\nadf pods 10.0.0.0/8\n', 'add pods 10.0.0.0/8'],
    ['the name of a set', 'create pods hash:net family inet\nadd podz 10.0.0.0/8\n', 'add pods 10.0.0.0/8'],
  ])('%s', (_, text, expected) => {
    const told = problemsOf(text).filter((problem) => quickFixes(problem, text).length > 0);
    expect(told.length, JSON.stringify(problemsOf(text))).toBeGreaterThan(0);
    const [problem] = told;
    const [fix] = problem ? quickFixes(problem, text) : [];
    const after = fix ? withFix(text, fix) : text;
    expect(after).toContain(expected);
    expect(problemsOf(after).filter(({ code, line }) => code === problem?.code && line === problem?.line && quickFixes(problem, after).length > 0)).toEqual([]);
    expect(problemsOf(after).some(({ message }) => message === problem?.message)).toBe(false);
  });
});

describe('where nothing is certain nothing is offered', () => {
  test.each([
    ['no name is near', filter('-A FORWARD -m zzzzzzzz -j DROP')],
    ['another protocol stands there', filter('-A FORWARD -p udp -m ecn --ecn-tcp-cwr -j DROP')],
    ['a line that is no rule', filter('what is this')],
  ])('%s', (_, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
    expect(problemsOf(text).flatMap((problem) => quickFixes(problem, text))).toEqual([]);
  });
  test('the text has been edited since, and has no such line', () => {
    expect(quickFixes({ line: 9, column: 1, length: 3, message: 'unknown command "adf"', hint: 'did you mean "add"?' }, 'adf pods')).toEqual([]);
    expect(quickFixes({ line: 1, column: 1, length: 3, message: 'unknown command "adf"', hint: 'did you mean "add"?' }, 'del pods')).toEqual([]);
    expect(quickFixes({ line: 1, column: 40, length: 3, message: 'unknown command "adf"', hint: 'did you mean "add"?' }, 'adf pods')).toEqual([]);
  });
});
