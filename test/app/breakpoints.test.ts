import { describe, expect, test } from 'vitest';
import { breakpointAt, hitsOf, missingAt, nextOf, parseBreakpoint, previousOf, renumbered, rulesWithBreakpoints } from '../../app/store/breakpoints.ts';
import { parseExpression } from '../../app/store/expression.ts';
import type { NodeSummary, PacketState, TraceView } from '../../app/worker/messages.ts';
import { REWRITTEN, STEPS, TRACE } from './trace-fixture.ts';

const state = (changes: Partial<PacketState>): PacketState => ({ ...(TRACE.states[0] as PacketState), ...changes });
const holds = (text: string, changes: Partial<PacketState>): boolean => {
  const parsed = parseExpression(text);
  if (typeof parsed !== 'function') throw new Error(`${text}: ${parsed.kind} at ${parsed.at}`);
  return parsed(state(changes));
};
const stepsOf = (trace: TraceView, ...all: string[]): number[] => hitsOf(trace, all).map(({ step }) => step);

describe('expressions on the fields of a packet', () => {
  const cases: readonly (readonly [string, Partial<PacketState>, boolean])[] = [
    ['mark & 0x4000', { mark: 0x94002 }, true],
    ['mark & 0x4000', { mark: 0x90002 }, false],
    ['mark & 0x90002 = 0x90002', { mark: 0x90003 }, true],
    ['mark & 0x90002 = 0x90002', { mark: 0x80002 }, false],
    ['mark = 589826', { mark: 0x90002 }, true],
    // The highest bit is no sign.
    ['mark & 0x80000000 = 0x80000000', { mark: 0x80000001 }, true],
    ['src in 10.16.0.0/16', { src: '10.16.255.255' }, true],
    ['src in 10.16.0.0/16', { src: '10.17.0.0' }, false],
    ['src in 10.16.0.0/16', { src: 'fd00:10:16::1' }, false],
    ['dst in fd00:10:16::/64', { dst: 'fd00:10:16::ff' }, true],
    ['dst = FD00:10:16:0::ff', { dst: 'fd00:10:16::ff' }, true],
    ['dst != 8.8.8.8', { dst: '8.8.4.4' }, true],
    ['dport in 30000-32767', { dport: 32767 }, true],
    ['dport in 30000-32767', { dport: 32768 }, false],
    ['dport < 1024 and not dport = 80', { dport: 443 }, true],
    ['dport < 1024 and not dport = 80', { dport: 80 }, false],
    // "and" binds more than "or".
    ['dport = 1 and sport = 1 or ttl = 64', { dport: 2, ttl: 64 }, true],
    ['dport = 1 and (sport = 1 or ttl = 64)', { dport: 2, ttl: 64 }, false],
    ['in = eth+', { in: 'eth12' }, true],
    ['out = eth0', { out: null }, false],
    ['ctstate = new', {}, false],
    // What a packet does not have compares false, either way.
    ['sport = 5', { sport: null }, false],
    ['sport != 5', { sport: null }, false],
    ['flags & SYN,FIN', { flags: ['SYN', 'ACK'] }, true],
    ['flags = ack,syn', { flags: ['SYN', 'ACK'] }, true],
    ['flags = SYN', { flags: ['SYN', 'ACK'] }, false],
    ['flags & SYN', { flags: null }, false],
  ];
  for (const [text, changes, wanted] of cases) test(`${text} of ${JSON.stringify(changes)}: ${wanted}`, () => expect(holds(text, changes)).toBe(wanted));

  const wrong: readonly (readonly [string, string, number, string])[] = [
    ['mrak = 1', 'field', 0, 'mrak'],
    ['mark', 'operator', 4, ''],
    ['mark & 0x400000000', 'number', 7, '0x400000000'],
    ['mark = ', 'number', 7, ''],
    ['src in 10.16.0.0/33', 'prefix', 7, '10.16.0.0/33'],
    ['src = 10.16.0.0/16', 'address', 6, '10.16.0.0/16'],
    ['dport in 5', 'range', 9, '5'],
    ['dport in 9-5', 'range', 9, '9-5'],
    ['(mark = 1', 'bracket', 9, ''],
    ['mark = 1 dport = 2', 'more', 9, 'dport'],
    ['flags & SIN', 'flags', 8, 'SIN'],
    ['mark = 1 and', 'field', 12, ''],
    [`${'('.repeat(5000)}mark = 1`, 'bracket', 51, '('],
  ];
  for (const [text, kind, at, found] of wrong) test(`${text.slice(0, 30)}: ${kind} at ${at}`, () => expect(parseExpression(text)).toEqual({ kind, at, found }));
});

describe('breakpoints as they are written', () => {
  const written: readonly (readonly [string, string, string])[] = [
    ['nat/OVN-POSTROUTING/10', 'nat/OVN-POSTROUTING/10', 'rule'],
    [' ip6:nat/a/b/007 ', 'ip6:nat/a/b/7', 'rule'],
    ['nat/OVN-POSTROUTING', 'nat/OVN-POSTROUTING', 'chain'],
    ['postrouting', 'POSTROUTING', 'hook'],
    ['bit 19', 'bit 19', 'bit'],
    ['mark bit 05', 'bit 5', 'bit'],
    ['nat', 'any nat', 'nat'],
    ['any DROP', 'any drop', 'drop'],
    ['src  in 10.0.0.0/8', 'src in 10.0.0.0/8', 'expression'],
  ];
  for (const [text, kept, kind] of written)
    test(`"${text}" is a ${kind} and kept as "${kept}"`, () => {
      const parsed = parseBreakpoint(text);
      expect(parsed).toMatchObject({ text: kept, breakpoint: { kind } });
      expect(parseBreakpoint(kept)).toMatchObject({ text: kept });
    });
  test('what is none says where and why', () => {
    expect(parseBreakpoint('')).toEqual({ failure: { kind: 'empty', at: 0, found: '' } });
    expect(parseBreakpoint('bit 32')).toEqual({ failure: { kind: 'bit', at: 4, found: '32' } });
    expect(parseBreakpoint('nat/POSTROUTING/0')).toMatchObject({ failure: { kind: 'rule', at: 4 } });
    expect(parseBreakpoint('nta/POSTROUTING/1')).toMatchObject({ failure: { kind: 'field', found: 'nta/POSTROUTING/1' } });
  });
});

describe('where they stop', () => {
  test('at a rule, also among those that did not match, and there at the rule itself', () => {
    expect(hitsOf(TRACE, ['nat/A/3'])).toEqual([{ step: 4, rule: 3, part: 0, text: 'nat/A/3' }]);
    expect(stepsOf(TRACE, 'nat/B/1')).toEqual([6]);
    expect(stepsOf(TRACE, 'nat/B/9', 'filter/A/3')).toEqual([]);
    // The policy behind the last rule is no rule.
    expect(stepsOf(TRACE, 'nat/POSTROUTING/2')).toEqual([]);
  });
  test('at every visit of a chain, at a hook once', () => {
    expect(stepsOf(TRACE, 'nat/B')).toEqual([6, 9]);
    expect(stepsOf(TRACE, 'POSTROUTING')).toEqual([3]);
    expect(stepsOf(TRACE, 'PREROUTING', 'INPUT')).toEqual([0]);
  });
  test('at the switching of a bit, at rewriting, at dropping', () => {
    expect(stepsOf(TRACE, 'bit 19')).toEqual([6]);
    expect(stepsOf(TRACE, 'bit 0')).toEqual([]);
    expect(stepsOf(TRACE, 'any nat')).toEqual([]);
    expect(stepsOf(REWRITTEN, 'any nat')).toEqual([11]);
    const dropped: TraceView = { ...TRACE, steps: STEPS.map((step) => (step.kind === 'policy' && step.index === 2 ? { ...step, verdict: 'DROP' } : step)) };
    expect(stepsOf(dropped, 'any drop')).toEqual([2]);
    expect(stepsOf(TRACE, 'any drop')).toEqual([]);
  });
  test('where an expression comes to hold, not where it goes on holding', () => {
    expect(stepsOf(TRACE, 'mark & 0x90002 = 0x90002')).toEqual([6]);
    expect(stepsOf(TRACE, 'mark = 0')).toEqual([0]);
    expect(stepsOf(TRACE, 'src = 10.0.11.2 and mark & 1')).toEqual([]);
  });
  test('what cannot be read stops nothing; all stops come in the order of the walk', () => {
    expect(stepsOf(TRACE, 'nonsense', 'nat/B', 'nat/A/3', 'PREROUTING')).toEqual([0, 4, 6, 9]);
  });
  test('the next and the previous one from a rule of a run of misses', () => {
    const hits = hitsOf(TRACE, ['nat/A/3', 'nat/A/5', 'nat/B/1']);
    expect(nextOf(hits, { step: 4, rule: null, part: 0 })).toMatchObject({ step: 4, rule: 3 });
    expect(nextOf(hits, { step: 4, rule: 3, part: 1 })).toMatchObject({ step: 4, rule: 5 });
    expect(nextOf(hits, { step: 4, rule: 5, part: 0 })).toMatchObject({ step: 6, rule: null });
    expect(previousOf(hits, { step: 4, rule: 5, part: 0 })).toMatchObject({ rule: 3 });
    expect(nextOf(hits, { step: 6, rule: null, part: 0 })).toBeNull();
  });
  test('a rule that a run of misses ends with, and the numbers of those with breakpoints', () => {
    expect(stepsOf(TRACE, 'nat/A/8')).toEqual([5]);
    expect(rulesWithBreakpoints([breakpointAt({ table: 'nat', chain: 'A', rule: 8 }), 'nat/A', 'nat/A/b/3'], 'nat', 'A')).toEqual(new Set([8]));
  });
});

test('rules that moved take their breakpoints along; what is gone stays written', () => {
  const document = { example: null, files: [], cluster: true, packets: [], environment: {}, breakpoints: ['nat/A/3', 'nat/A/4', 'nat/A', 'mark & 1'] };
  expect(renumbered(document, ({ rule }) => (rule === 3 ? 5 : null)).breakpoints).toEqual(['nat/A/5', 'nat/A/4', 'nat/A', 'mark & 1']);
  expect(renumbered(document, ({ rule }) => rule)).toBe(document);
});

test('a breakpoint on a chain or a rule that the node has not says so; the policy is no rule', () => {
  const rules = [{}, {}];
  const node = { tables: [{ key: 'nat', chains: [{ name: 'POSTROUTING', rules }] }] } as unknown as NodeSummary;
  const missing = (text: string) => missingAt(text, node);
  expect(['nat/POSTROUTING', 'nat/POSTROUTING/2', 'POSTROUTING', 'any nat', 'bit 3', 'mark = 1', 'nonsense ('].map(missing)).toEqual([null, null, null, null, null, null, null]);
  expect(['nat/NOWHERE', 'nat/NOWHERE/1', 'filter/POSTROUTING', 'ip6:nat/POSTROUTING/1'].map(missing)).toEqual(['chain', 'chain', 'chain', 'chain']);
  expect(missing('nat/POSTROUTING/3')).toBe('rule');
  expect(missingAt('nat/NOWHERE/1', null)).toBeNull();
});
