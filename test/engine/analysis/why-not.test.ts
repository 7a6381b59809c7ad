/**
 * Why not: on Kube-OVN's node as installed, whose walks the kernel has confirmed (test/kernel/recorded/examples). The reasons
 * follow from the rules' text.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  createWorld,
  formatRuleAddress,
  parseNode,
  parseRuleAddress,
  parseTypedPacket,
  walk,
  whyNot,
  type Candidate,
  type Packet,
  type RuleAddress,
  type Trace,
  type Wish,
} from '../../../engine/index.ts';

const world = createWorld(parseNode([{ name: 'node', text: readFileSync('public/examples/kube-ovn-installed/node.snapshot', 'utf8') }]));

/** The trace of the last packet. */
function traceOf(...lines: readonly string[]): Trace {
  let now = world;
  let trace: Trace | null = null;
  for (const line of lines) {
    const walked = walk(now, parseTypedPacket(line) as Packet);
    now = walked.world;
    trace = walked.trace;
  }
  return trace as Trace;
}

function told(trace: Trace, { at, reason }: Candidate): string {
  const address = formatRuleAddress(at);
  const step = 'step' in reason && reason.step !== null ? trace.steps[reason.step] : undefined;
  const by = step && 'at' in step ? formatRuleAddress({ ...step.at, number: step.kind === 'misses' ? step.last : step.at.number }) : '';
  switch (reason.kind) {
    case 'missed':
    case 'unknown':
      return `${address} ${reason.kind}: ${reason.reading?.text}`;
    case 'left-before':
      return `${address} left before, by ${by}`;
    case 'not-entered':
      return `${address} not entered: ${reason.jumps.map((jump) => told(trace, jump)).join('; ')}`;
    case 'hook-not-passed':
      return `${address} not passed: ${reason.hook}`;
    case 'nat-not-asked':
      return `${address} nat not asked: ${reason.state}`;
    default:
      return `${address} ${reason.kind}`;
  }
}

const reasons = (trace: Trace, wish: Wish): readonly string[] => whyNot(world, trace, wish).candidates.map((one) => told(trace, one));
const rule = (text: string): Wish => ({ kind: 'rule', at: parseRuleAddress(text) as RuleAddress });

const FORWARD_POLICY = 'ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443';

describe('why was it not SNATed?', () => {
  it('each rule that does SNAT says where it failed, or what stood before it', () => {
    const trace = traceOf(FORWARD_POLICY);
    expect(reasons(trace, { kind: 'snat' })).toEqual([
      // Of the jumps the one that all of would have held, had the chain not been left; then those that one test failed, by how much of them held.
      `nat/OVN-MASQUERADE/2 not entered: ${[
        'nat/OVN-POSTROUTING/12 left before, by nat/OVN-POSTROUTING/10',
        'nat/OVN-POSTROUTING/3 missed: dst 8.8.8.8 is in no entry of ovn40subnets',
        'nat/OVN-POSTROUTING/9 missed: mark 0x90002 & 0x90001 is 0x90000, needs 0x90001',
        'nat/OVN-POSTROUTING/2 missed: mark 0x0 & 0x4000 is 0x0, needs 0x4000',
        'nat/OVN-POSTROUTING/5 missed: mark 0x0 & 0x80000 is 0x0, needs 0x80000',
      ].join('; ')}`,
      // RETURN of the policy's mark; and its source is another one.
      'nat/OVN-POSTROUTING/11 left before, by nat/OVN-POSTROUTING/10',
      // None of its three tests holds.
      'nat/OVN-POSTROUTING/1 missed: src 10.0.11.2 is in no entry of ovn40services',
    ]);
    expect(whyNot(world, trace, { kind: 'snat' }).happened).toEqual([]);
  });

  it('the second packet of a connection does not ask nat', () => {
    const trace = traceOf('ovn0 udp 10.66.0.7:4001 > 8.8.8.8:53', 'ovn0 udp 10.66.0.7:4001 > 8.8.8.8:53');
    expect(new Set(reasons(trace, { kind: 'snat' }).map((text) => text.slice(text.indexOf(' ') + 1)))).toEqual(new Set(['nat not asked: NEW']));
  });

  it('a packet that is delivered does not come through POSTROUTING', () => {
    const trace = traceOf('ovn0 tcp 10.16.0.10:4002 > 192.168.0.101:22');
    expect(reasons(trace, { kind: 'snat' })).toContain('nat/OVN-MASQUERADE/2 not passed: POSTROUTING');
  });

  it('and where it was, the rule that did it says so', () => {
    const trace = traceOf('ovn0 tcp 10.16.0.10:40000 > 8.8.8.8:443');
    const { happened, candidates } = whyNot(world, trace, { kind: 'snat' });
    expect(candidates[0] && told(trace, candidates[0])).toBe('nat/OVN-MASQUERADE/2 matched');
    expect(happened).toEqual([candidates[0]?.reason.kind === 'matched' ? candidates[0].reason.step : null]);
  });
});

describe('why did this rule not match?', () => {
  it.each([
    [FORWARD_POLICY, 'nat/OVN-POSTROUTING/9', 'nat/OVN-POSTROUTING/9 missed: mark 0x90002 & 0x90001 is 0x90000, needs 0x90001'],
    [FORWARD_POLICY, 'nat/OVN-POSTROUTING/12', 'nat/OVN-POSTROUTING/12 left before, by nat/OVN-POSTROUTING/10'],
    // Accepted in FORWARD before it.
    [FORWARD_POLICY, 'filter/INPUT/1', 'filter/INPUT/1 not passed: INPUT'],
    ['ovn0 tcp 10.16.0.10:40000 > 8.8.8.8:443', 'nat/OVN-NAT-PSUBNET-aa98851157c5/1', null],
  ])('%s, %s', (line, at, expected) => {
    const trace = traceOf(line);
    const [only, ...more] = reasons(trace, rule(at));
    expect(more).toEqual([]);
    if (expected !== null) expect(only).toBe(expected);
    // Two jumps back: the policy's chain was not entered because its jump was not, because the source is in no such set.
    else
      expect(only).toMatch(
        /^nat\/OVN-NAT-PSUBNET-aa98851157c5\/1 not entered: nat\/OVN-NAT-POLICY\/\d not entered: nat\/OVN-POSTROUTING\/8 missed: src 10\.16\.0\.10 is in no entry of ovn40subnets-nat-policy$/,
      );
  });

  it('one that is not there is no candidate', () => {
    expect(whyNot(world, traceOf(FORWARD_POLICY), rule('nat/OVN-POSTROUTING/99'))).toEqual({ happened: [], candidates: [], more: 0 });
  });
});

describe('why not this mark?', () => {
  it('names the rules that write it', () => {
    const trace = traceOf(FORWARD_POLICY);
    expect(reasons(trace, { kind: 'mark', value: 0x90001, mask: 0x90001 })[0]).toBe(
      'nat/OVN-NAT-PSUBNET-aa98851157c5/2 missed: src 10.0.11.2 is in no entry of ovn40natpr-85a7e8967f7e-src',
    );
    expect(whyNot(world, trace, { kind: 'mark', value: 0x90002, mask: 0x90002 }).happened).toHaveLength(1);
  });
});
