/** Rules are compiled when they are looked at: what is compiled then is what the whole rule says, and nothing else of it is made. */

import { describe, expect, test } from 'vitest';
import { compile } from '../../../engine/compile/compile.ts';
import { createWorld, parseNode, walk } from '../../../engine/index.ts';
import type { Clause } from '../../../engine/model/test.ts';
import { EXAMPLES, exampleNode } from '../../support/examples.ts';

const NODE = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:web - [0:0]
:mail - [0:0]
-A OUTPUT -p tcp -m tcp --dport 80 -j web
-A OUTPUT -p tcp -m tcp --dport 25 -j mail
-A web -d 192.0.2.0/24 -j DROP
-A web -j ACCEPT
-A mail -m limit --limit 1/sec -j ACCEPT
-A mail -j DROP
COMMIT
`;

describe('what no packet has met', () => {
  const world = createWorld(parseNode([{ name: 'a', text: NODE }]));
  const compiled = (): readonly number[] => [...world.program.start].flatMap((first, rule) => (first < 0 ? [] : [rule + 1]));

  test('has no instructions', () => {
    expect(compiled()).toEqual([]);
    walk(world, { dst: '198.51.100.7', proto: 'tcp', sport: 4000, dport: 80, flags: ['SYN'] });
    expect(compiled()).toEqual([1, 3, 4]);
  });

  test('gives the same answers whatever was looked at first', () => {
    const mail = { dst: '198.51.100.7', proto: 'tcp', sport: 4001, dport: 25, flags: ['SYN'] } as const;
    const fresh = createWorld(parseNode([{ name: 'a', text: NODE }]));
    const kinds = (from: typeof world) =>
      walk(from, { ...mail, flags: ['SYN'] }).trace.steps.map((step) => ('at' in step ? `${step.kind} ${step.at.chain}/${step.at.number}` : step.kind));
    expect(kinds(world)).toEqual(kinds(fresh));
  });
});

describe('without texts a rule tests the same', () => {
  const bare = (clauses: readonly Clause[]) => clauses.map(({ text: _, ...clause }) => clause);
  const folders = new Map(EXAMPLES.map((example) => [example.folder, example]));
  test.each([...folders.values()].map((example) => [example.folder, example] as const))('%s', (_, example) => {
    const node = exampleNode(example);
    const told = compile(node).rules.map(({ clauses }) => JSON.stringify(bare(clauses)));
    expect(compile(node).rules.map(({ tests }) => JSON.stringify(bare(tests)))).toEqual(told);
  });
});
