/** What an edit did to a node's rules and sets: small chains by hand, then any two lists of lines. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gaps } from '../../app/editor/difference.ts';
import { changesBetween, numberAfter, rulesOfChangedSets, ruleText, type NodeState } from '../../app/store/node-changes.ts';
import { rowsOf } from '../../app/store/rows.ts';
import type { NodeSummary, RuleSummary } from '../../app/worker/messages.ts';

const rule = (text: string, i: number): RuleSummary => {
  const [tests, target = null] = text.split(' -j ');
  return {
    number: i + 1,
    line: i + 1,
    source: `[9:${i}] -A X ${text}`,
    tests: (tests ?? '').split(' & ').filter((test) => test !== ''),
    comment: null,
    target: target?.split(' ')[0] ?? null,
    targetOptions: target?.split(' ').slice(1).join(' ') ?? '',
    goto: false,
    toChain: false,
    purpose: null,
  };
};

function state(chains: Readonly<Record<string, readonly string[]>>, sets: Readonly<Record<string, readonly string[]>> = {}, rest = ''): NodeState {
  const node = {
    tables: [{ key: 'nat', family: 'ipv4', name: 'nat', chains: Object.entries(chains).map(([name, rules]) => ({ name, policy: null, rules: rules.map(rule) })) }],
  } as unknown as NodeSummary;
  return { node, sets: Object.entries(sets).map(([name, members]) => ({ name, members })), snapshot: `==> iptables-save <==\n${Math.random()}\n==> ip -j rule <==\n${rest}\n` };
}

const A = '-s 10.0.0.1/32 -j ACCEPT';
const B = '-s 10.0.0.2/32 & -p tcp -j DROP';
const C = '-d 10.0.0.3/32 -j RETURN';
const changes = (before: readonly string[], after: readonly string[]) => changesBetween(state({ X: before }), state({ X: after }));

describe('rules of a chain', () => {
  test('nothing differs: null, whatever lines and counters say', () => {
    expect(changes([A, B, C], [A, B, C])).toBeNull();
  });
  test('one more in the middle is that one alone', () => {
    const found = changes([A, C], [A, B, C]);
    expect(found?.count).toEqual({ added: 1, removed: 0, changed: 0, moved: 0, sets: 0 });
    expect([...(found?.chains[0]?.marks ?? [])]).toEqual([[2, { kind: 'added' }]]);
    expect(found?.chains[0]?.texts.get(2)).toBe('-s 10.0.0.2/32 -p tcp -j DROP');
  });
  test('one less says which, and where it stood; at the end too', () => {
    expect(changes([A, B, C], [A, C])?.chains[0]?.removed).toEqual([{ number: 2, text: '-s 10.0.0.2/32 -p tcp -j DROP', before: 2 }]);
    expect(changes([A, B, C], [A, B])?.chains[0]?.removed).toEqual([{ number: 3, text: ruleText(rule(C, 2)), before: 3 }]);
  });
  test('another value in a rule that does the same is a changed rule; another target is another rule', () => {
    const value = changes([A, B, C], [A, '-s 10.9.9.9/32 & -p tcp -j DROP', C]);
    expect([...(value?.chains[0]?.marks ?? [])]).toEqual([[2, { kind: 'changed', from: 2, was: '-s 10.0.0.2/32 -p tcp -j DROP' }]]);
    expect(value?.chains[0]?.removed).toEqual([]);
    expect(changes([A, B, C], [A, '-s 10.0.0.2/32 & -p tcp -j ACCEPT', C])?.count).toMatchObject({ added: 1, removed: 1, changed: 0 });
  });
  test('the same text at another place has moved', () => {
    const found = changes([A, B, C], [C, A, B]);
    expect([...(found?.chains[0]?.marks ?? [])]).toEqual([[1, { kind: 'moved', from: 3 }]]);
    expect(found?.count).toEqual({ added: 0, removed: 0, changed: 0, moved: 1, sets: 0 });
  });
  test('the other way round: all but one moved, none counts as another one changed', () => {
    const rules = ['one', 'two', 'three', 'four'].map((name) => `--match-set ${name} src -j ACCEPT`);
    expect(changes(rules, [...rules].reverse())?.count).toEqual({ added: 0, removed: 0, changed: 0, moved: 3, sets: 0 });
  });
  test('a chain that came and one that went', () => {
    const found = changesBetween(state({ X: [A], OLD: [B] }), state({ X: [A], NEW: [C, A] }));
    expect(found?.chains.map(({ chain, chainIs, marks, removed }) => [chain, chainIs, marks.size, removed.length])).toEqual([
      ['NEW', 'added', 2, 0],
      ['OLD', 'removed', 0, 1],
    ]);
  });
  test('where a rule is now', () => {
    const found = changes([A, B, C], ['-j LOG', C, A]);
    const now = (number: number) => numberAfter(found, { table: 'nat', chain: 'X', rule: number });
    expect([now(1), now(2), now(3)]).toEqual([3, null, 2]);
    expect(numberAfter(found, { table: 'nat', chain: 'other', rule: 7 })).toBe(7);
  });
});

test('sets by member, other sections by name', () => {
  const found = changesBetween(
    state({}, { same: ['1'], nets: ['10.0.0.0/8', '10.1.0.0/16'], old: ['x'] }, 'a'),
    state({}, { same: ['1'], nets: ['10.1.0.0/16', '10.2.0.0/16'], new: [] }, 'b'),
  );
  expect(found?.sets).toEqual([
    { name: 'nets', setIs: 'kept', added: ['10.2.0.0/16'], removed: ['10.0.0.0/8'], askedBy: [] },
    { name: 'new', setIs: 'added', added: [], removed: [], askedBy: [] },
    { name: 'old', setIs: 'removed', added: [], removed: ['x'], askedBy: [] },
  ]);
  expect(found?.sections).toEqual(['ip -j rule']);
});

test('rules that ask for a set that differs are known, and stand out of a folded run', () => {
  const asks = ['-p tcp', '--match-set nets src & -p udp', '! --match-set nets dst', '--match-set others src', '-p icmp', '-p sctp', '-p gre', '-p esp'].map(
    (tests) => `${tests} -j DROP`,
  );
  const found = changesBetween(state({ X: asks }, { nets: ['1'], others: ['1'] }), state({ X: asks }, { nets: ['2'], others: ['1'] }));
  expect(found?.sets[0]?.askedBy.map(({ rule }) => rule)).toEqual([2, 3]);
  expect(found?.count.changed).toBe(0);
  const touched = rulesOfChangedSets(found, 'nat', 'X');
  const rows = rowsOf({ name: 'X', policy: null, numbered: false, rules: asks.map(rule) }, null, [], null, touched);
  expect(rows.flatMap((row) => (row.kind === 'rule' ? [row.mark?.kind ?? ''] : []))).toEqual(['', 'set', 'set', '', '', '', '', '']);
  expect(rulesOfChangedSets(found, 'nat', 'other').size).toBe(0);
});

test('rows: marked rules are not folded, removed ones are counted where they stood', () => {
  const many = Array.from({ length: 20 }, (_, i) => `-s 10.0.0.${i}/32 -j DROP`);
  const after = [...many.slice(0, 9), A, ...many.slice(9, 14), ...many.slice(16)];
  const found = changes(many, after);
  const chain = { name: 'X', policy: null, numbered: false, rules: after.map(rule) };
  const visit = {
    index: 0,
    table: 'nat',
    chain: 'X',
    hook: 'PREROUTING',
    pass: 1,
    depth: 0,
    caller: null,
    steps: [0, 0],
    results: [{ first: 1, last: after.length, result: 'missed', step: 0 }],
  } as const;
  const rows = rowsOf(chain, visit, [], found?.chains[0]).map((row) =>
    row.kind === 'fold' ? `${row.first}-${row.last}` : row.kind === 'rule' ? `${row.rule.number}${row.mark ? ` ${row.mark.kind}` : ''}` : `${row.kind} ${row.rule}`,
  );
  expect(rows).toEqual(['1-9', '10 added', '11', '12', '13', '14', '15', 'removed 16', '16', '17', '18', '19', 'end 20']);
});

describe('difference of two lists', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd');
  test('putting the stretches in gives the other list, and nothing both have is in one of them', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.array(line, { maxLength: 12 }), (before, after) => {
        const found = gaps(before, after);
        const made: string[] = [];
        let at = 0;
        for (const gap of found) {
          made.push(...before.slice(at, gap.goneFrom), ...after.slice(gap.cameFrom, gap.cameTo));
          at = gap.goneTo;
        }
        expect([...made, ...before.slice(at)]).toEqual(after);
        const kept = before.length - found.reduce((sum, gap) => sum + gap.goneTo - gap.goneFrom, 0);
        expect(kept).toBe(longestCommon(before, after));
      }),
      { seed: 11 },
    );
  });

  /** By the definition. */
  function longestCommon(a: readonly string[], b: readonly string[]): number {
    const known = new Map<number, number>();
    const from = (i: number, j: number): number => {
      const key = i * 100 + j;
      let value = known.get(key);
      if (value === undefined) value = i === a.length || j === b.length ? 0 : a[i] === b[j] ? 1 + from(i + 1, j + 1) : Math.max(from(i + 1, j), from(i, j + 1));
      known.set(key, value);
      return value;
    };
    return from(0, 0);
  }
});
