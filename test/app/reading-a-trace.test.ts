import { describe, expect, test } from 'vitest';
import { carryCursor, firstDifference, isChange, nextChange, nextStop, previousChange, previousStop, stops } from '../../app/store/cursor.ts';
import { evidenceOf, fateOf } from '../../app/store/fate.ts';
import { pathOf } from '../../app/store/path.ts';
import { EDGES } from '../../app/layout/hooks.ts';
import { rowOfRule, rowsOf } from '../../app/store/rows.ts';
import { callStack, matchesOf, nextLookAt, readVisits, visitOfChain } from '../../app/store/visits.ts';
import { wordsOf } from '../../app/text/words.ts';
import { placeAfter } from '../../app/views/steps/sentence.ts';
import type { ChainSummary, NodeSummary } from '../../app/worker/messages.ts';
import { NODE, REWRITTEN, STEPS, TRACE } from './trace-fixture.ts';

const rule = (number: number) => ({
  number,
  line: number,
  source: `-A A rule ${number}`,
  tests: [],
  comment: null,
  target: null,
  targetOptions: '',
  goto: false,
  toChain: false,
  purpose: null,
});
const chain = (name: string, count: number): ChainSummary => ({ name, policy: null, numbered: false, rules: Array.from({ length: count }, (_, i) => rule(i + 1)) });

describe('visits', () => {
  const visits = readVisits(STEPS);
  test('a chain called twice has two visits', () => {
    expect(visits.list.filter((visit) => visit.chain === 'B').map((visit) => visit.steps)).toEqual([
      [6, 7],
      [9, 9],
    ]);
  });
  test('the calling chain is one visit around them, with the rules it looked at', () => {
    const a = visits.list.filter((visit) => visit.chain === 'A');
    expect(a).toHaveLength(1);
    expect(a[0]?.steps).toEqual([4, 10]);
    expect(a[0]?.results.map(({ first, last, result }) => [first, last, result])).toEqual([
      [1, 7, 'missed'],
      [8, 8, 'matched'],
      [9, 9, 'matched'],
      [10, 10, 'matched'],
    ]);
  });
  test('the call stack names who called by which rule', () => {
    const stack = callStack(visits, visits.ofStep[9] ?? -1);
    expect(stack.map((visit) => visit.chain)).toEqual(['POSTROUTING', 'A', 'B']);
    expect(stack.map((visit) => visit.caller?.rule)).toEqual([undefined, 1, 9]);
  });
  test('steps between tables belong to no visit', () => {
    expect(visits.ofStep[1]).toBe(-1);
    expect(visits.ofStep[12]).toBe(-1);
  });
});

describe('places in a trace', () => {
  const visits = readVisits(STEPS);
  test('of a chain that is visited twice: the visit of the step, else the next one, else the last', () => {
    const at = (step: number) => visitOfChain(visits, 'nat', 'B', step)?.steps[0];
    expect([at(0), at(7), at(8), at(9), at(12)]).toEqual([6, 6, 9, 9, 9]);
    expect(visitOfChain(visits, 'nat', 'nowhere', 0)).toBeNull();
    expect(visitOfChain(visits, 'filter', 'B', 0)).toBeNull();
  });
  test('a rule again and again: each look at it in turn, a run of misses too, then from the first again', () => {
    const misses = { table: 'nat', chain: 'A', rule: 5 };
    expect(nextLookAt(visits, misses, 0)).toBe(4);
    expect(nextLookAt(visits, misses, 4)).toBe(4);
    expect(nextLookAt(visits, { table: 'nat', chain: 'A', rule: 12 }, 0)).toBeNull();
  });
  test('how often rules of a chain matched on the whole way; misses are no hits', () => {
    expect([...matchesOf(visits, 'nat', 'A')]).toEqual([
      [8, 1],
      [9, 1],
      [10, 1],
    ]);
    expect(matchesOf(visits, 'nat', 'B').get(1)).toBe(1);
  });
});

describe('rows of rules', () => {
  const visits = readVisits(STEPS);
  const visit = visits.list.find((one) => one.chain === 'A') ?? null;
  test('a long run of misses is one row, a rule that was not reached stays, the end comes last', () => {
    const rows = rowsOf(chain('A', 12), visit, []);
    expect(rows.map((row) => (row.kind === 'fold' ? `${row.first}-${row.last}` : row.kind === 'rule' ? row.number : row.kind))).toEqual(['1-7', 8, 9, 10, 11, 12, 'end']);
    expect(rowOfRule(rows, 3)).toBe(0);
    expect(rowOfRule(rows, 9)).toBe(2);
  });
  test('opened, the run shows its rules below its row', () => {
    const rows = rowsOf(chain('A', 12), visit, [`${visit?.index}:1`]);
    expect(rows).toHaveLength(1 + 12 + 1);
    expect(rowOfRule(rows, 3)).toBe(3);
  });
  test('the run that a wanted rule is in is open, others stay folded', () => {
    expect(rowOfRule(rowsOf(chain('A', 30), visit, [], null, new Set(), 3), 3)).toBe(3);
    const rows = rowsOf(chain('A', 30), visit, [], null, new Set(), 20);
    expect(rows.filter(({ kind }) => kind === 'fold')).toMatchObject([
      { first: 1, open: false },
      { first: 11, open: true },
    ]);
  });
  test('without a visit every rule has its row, and rules are read only when their row is drawn', () => {
    let read = 0;
    const rules = new Proxy(chain('A', 20_000).rules, {
      get(list, key) {
        if (/^\d+$/.test(String(key))) read++;
        return Reflect.get(list, key) as unknown;
      },
    });
    const rows = rowsOf({ name: 'A', policy: 'DROP', numbered: false, rules }, null, []);
    expect(rows).toHaveLength(20_001);
    expect(rowOfRule(rows, 12_345)).toBe(12_344);
    expect(read).toBe(0);
    expect(rows[7]).toMatchObject({ kind: 'rule', number: 8, rule: { source: '-A A rule 8' } });
  });
  test('20,000 rules that were not reached are one row', () => {
    expect(rowsOf(chain('A', 20_000), visit, [])).toHaveLength(1 + 3 + 1 + 1);
  });
});

describe('cursor', () => {
  test('by hook: one stop per table, look-up and decision', () => {
    expect(stops(TRACE, 'hook')).toEqual([0, 1, 2, 3, 12]);
    expect(nextStop(TRACE, 3, 'hook')).toBe(12);
    expect(previousStop(TRACE, 12, 'hook')).toBe(3);
    expect(nextStop(TRACE, 12, 'hook')).toBe(12);
  });
  test('changes: the entry, the route, the mark, the confirm; jumps and misses are none', () => {
    expect(STEPS.filter(isChange).map((step) => step.index)).toEqual([0, 1, 6, 12]);
    expect(nextChange(TRACE, 1)).toBe(6);
    expect(previousChange(TRACE, 12)).toBe(6);
  });
  test('stays on the same rule after an edit, inside a folded run too', () => {
    expect(carryCursor(TRACE, 4, REWRITTEN)).toEqual({ step: 4, kept: 'rule' });
    expect(carryCursor(TRACE, 6, REWRITTEN)).toEqual({ step: 6, kept: 'rule' });
  });
  test('goes to the same stop if the rule is not visited any more, and says so', () => {
    const carried = carryCursor(TRACE, 10, REWRITTEN);
    expect(carried.kept).toBe('hook');
    expect(REWRITTEN.steps[carried.step]?.hook).toBe('POSTROUTING');
  });
  test('first difference of two traces', () => {
    expect(firstDifference(TRACE, REWRITTEN)).toBe(10);
    expect(firstDifference(TRACE, TRACE)).toBeNull();
  });
  test('the same rule with another target, or with a match that is not known, is a difference; so is another policy', () => {
    const changed = (change: object, kind: string): number | null => {
      const at = TRACE.steps.findLast((step) => step.kind === kind)?.index ?? -1;
      const other = { ...TRACE, steps: TRACE.steps.map((step) => (step.index === at ? ({ ...step, ...change } as typeof step) : step)) };
      expect(firstDifference(TRACE, other)).toBe(at);
      return at;
    };
    expect(changed({ target: 'ACCEPT' }, 'rule')).toBe(changed({ matched: 'unknown' }, 'rule'));
    changed({ verdict: 'DROP' }, 'policy');
  });
  test('of a run of misses that ends sooner than before: the rule behind it', () => {
    const shorter = { ...TRACE, steps: TRACE.steps.map((step) => (step.kind === 'misses' ? { ...step, last: 4 } : step)) };
    expect(firstDifference(TRACE, shorter)).toBe(5);
    expect(firstDifference(shorter, TRACE)).toBe(4);
  });
});

describe('fate', () => {
  test('not SNATed: neutral, proved by the mark, the RETURN and the end of nat; opens on the RETURN', () => {
    expect(fateOf(TRACE)).toMatchObject({ verdict: 'forwarded', class: 'neutral', snat: false, natAsked: true, out: 'eth0', src: '10.0.11.2' });
    const evidence = evidenceOf(TRACE);
    expect(evidence.causes.map(({ kind, step }) => [kind, step])).toEqual([
      ['mark', 6],
      ['rule', 10],
      ['no-rewrite', 11],
    ]);
    expect(evidence.deciding).toBe(10);
  });
  test('SNATed: a rewrite, proved by the rule that asked for it', () => {
    expect(fateOf(REWRITTEN)).toMatchObject({ class: 'rewrite', snat: true, dnat: false, src: '192.168.0.101' });
    expect(evidenceOf(REWRITTEN).causes.at(-1)).toEqual({ kind: 'rewrite', step: 10, manip: 'src', to: '192.168.0.101:4200', by: { chain: 'A', rule: 11, target: 'MASQUERADE' } });
  });
  test('unknown is never shown as accept or drop, and names the rules that stood in the way', () => {
    const unknown = {
      ...TRACE,
      steps: STEPS.map((step) => (step.kind === 'rule' && step.rule === 10 ? { ...step, matched: 'unknown' as const } : step)),
      outcome: { ...TRACE.outcome, verdict: 'unknown' as const },
    };
    expect(fateOf(unknown).class).toBe('unknown');
    expect(evidenceOf(unknown).causes).toEqual([{ kind: 'unknown', step: 10, chain: 'A', rule: 10 }]);
  });
  test('dropped: the rule that dropped it, even if the packet was marked before', () => {
    const dropped = {
      ...TRACE,
      steps: [...STEPS.slice(0, 10), { ...(STEPS[10] as (typeof STEPS)[number] & { kind: 'rule' }), target: 'DROP' }],
      outcome: { ...TRACE.outcome, verdict: 'dropped' as const, out: null, packet: null, by: { family: 'ipv4' as const, backend: null, table: 'nat', chain: 'A', number: 10 } },
    };
    expect(fateOf(dropped)).toMatchObject({ class: 'drop', by: 'nat/A/10' });
    expect(evidenceOf(dropped).deciding).toBe(10);
  });
});

describe('path', () => {
  const table = (name: string, chains: readonly string[]) => ({
    key: name,
    family: 'ipv4' as const,
    name,
    chains: chains.map((one) => ({ ...chain(one, 0), policy: 'ACCEPT' as const })),
  });
  const node: NodeSummary = {
    ...NODE,
    tables: [table('nat', ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']), table('filter', ['INPUT', 'FORWARD', 'OUTPUT'])],
  };
  const facts = pathOf(TRACE, node, 6, EDGES);
  test('stages in the order met, from link to link', () => {
    expect(facts.order).toEqual(['in', 'PREROUTING', 'route', 'FORWARD', 'POSTROUTING', 'out']);
    expect(facts.ways.has('FORWARD>POSTROUTING')).toBe(true);
    expect(facts.ways.has('route>INPUT')).toBe(false);
  });
  test('a hook without a table leaves no step, and is passed all the same', () => {
    const bare = { ...TRACE, steps: [TRACE.steps[1] as (typeof STEPS)[number], { ...(TRACE.steps[12] as (typeof STEPS)[number]), index: 1 }] };
    expect(pathOf(bare, node, 0, EDGES).order).toEqual(['in', 'PREROUTING', 'route', 'FORWARD', 'POSTROUTING', 'out']);
    const dropped = { ...bare, steps: bare.steps.slice(0, 1), outcome: { ...bare.outcome, verdict: 'dropped' as const } };
    expect(pathOf(dropped, node, 0, EDGES).order).toEqual(['in', 'PREROUTING', 'route']);
  });
  test('stops: now, taken, skipped by NAT, absent, not reached', () => {
    expect(facts.stop('POSTROUTING/nat').state).toBe('now');
    expect(facts.stop('FORWARD/filter')).toMatchObject({ state: 'taken', first: 2 });
    expect(facts.stop('PREROUTING/nat').state).toBe('skipped');
    expect(facts.stop('FORWARD/mangle')).toMatchObject({ state: 'skipped', reason: 'no-table' });
    expect(facts.stop('INPUT/filter').state).toBe('not-reached');
  });
});

describe('where the walk goes on', () => {
  const run = STEPS.find((step) => step.kind === 'misses' && step.last > step.rule) as Extract<(typeof STEPS)[number], { kind: 'misses' }>;
  const at = (number: number | null) => placeAfter(TRACE, run, number, wordsOf('en'));
  test('amid a run of misses: at the next rule of the run', () => {
    expect(at(run.rule)).toBe(`${run.table} ${run.chain}/${run.rule + 1}`);
    expect(at(run.last - 1)).toBe(`${run.table} ${run.chain}/${run.last}`);
  });
  test('behind its last rule, or the whole of it: at the next step', () => {
    const next = STEPS[run.index + 1] as Extract<(typeof STEPS)[number], { kind: 'rule' }>;
    expect([at(run.last), at(null)]).toEqual(Array(2).fill(`${next.table} ${next.chain}/${next.rule}`));
  });
  test('behind the last step: nowhere', () => expect(placeAfter(TRACE, TRACE.steps.at(-1) as (typeof STEPS)[number], null, wordsOf('en'))).toBeNull());
});
