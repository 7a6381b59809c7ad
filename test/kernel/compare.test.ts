/** The judge is judged: a report that says what the recording says gives no difference, and every small lie gives one. */

import { describe, expect, it } from 'vitest';
import type { EmittedJson, OutcomeJson, StepJson, TraceReportJson } from '../../engine/trace/format.ts';
import type { Packet } from '../../engine/model/packet.ts';
import { compareRecording, type Difference } from './compare.ts';
import { readRecording } from './recorded.ts';
import type { EmittedWalk, KernelStep, KernelWalk, Recording } from './recording.ts';

type Mutable<T> = T extends readonly (infer U)[] ? Mutable<U>[] : T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

const stepOf = (step: KernelStep): StepJson =>
  ({
    ...step,
    family: step.src.includes(':') ? 'ipv6' : 'ipv4',
    pass: 1,
    ...(step.kind === 'rule' ? { matched: true, target: null, why: [], effects: [] } : step.kind === 'policy' ? { verdict: 'ACCEPT' } : {}),
  }) as StepJson;

function outcomeOf(walk: KernelWalk, sent: Packet | undefined): OutcomeJson {
  const left = walk.left[0];
  const { family: _, ...packet } = left?.packet ?? { family: null };
  return {
    verdict: left ? (sent?.in ? 'forwarded' : 'sent') : walk.delivered ? 'delivered' : 'dropped',
    out: left?.out ?? null,
    packet: left ? (packet as Packet) : null,
    by: null,
  };
}

function emittedOf(walk: EmittedWalk): EmittedJson {
  const { family: _, ...packet } = walk.packet;
  return { cause: 'reject', parent: 0, packet, steps: walk.steps.map(stepOf), outcome: outcomeOf(walk, undefined), emitted: [] };
}

/** What an engine that is always right would print. */
function truth(recording: Recording): Mutable<TraceReportJson> {
  const report: TraceReportJson = {
    format: 1,
    notes: [],
    problems: [],
    traces: recording.records.map((record, i) => {
      const packet = recording.packets[i] as Packet;
      return { packet, steps: record.steps.map(stepOf), outcome: outcomeOf(record, packet), emitted: record.emitted.map(emittedOf) };
    }),
    conntrack: recording.conntrack as unknown as TraceReportJson['conntrack'],
    sets: recording.sets,
    counters: recording.counters as unknown as TraceReportJson['counters'],
  };
  return structuredClone(report) as unknown as Mutable<TraceReportJson>;
}

function lie(name: string, change: (report: Mutable<TraceReportJson>) => void): Difference[] {
  const recording = readRecording(name);
  const report = truth(recording);
  change(report);
  return compareRecording(recording, report as unknown as TraceReportJson);
}

describe('compareRecording', () => {
  it.each(['masquerade-and-reply', 'reject', 'dnat-and-reply', 'ipv6-masquerade', 'sets-and-nomatch', 'random-1', 'random-2'])(
    'finds nothing in %s when all is said as it was',
    (name) => {
      expect(lie(name, () => {})).toEqual([]);
    },
  );

  it.each<[string, string, (report: Mutable<TraceReportJson>) => void, string]>([
    ['another rule', 'reject', (report) => Object.assign(report.traces[1]?.steps[0] ?? {}, { rule: 1 }), 'packet 2 step'],
    ['a rule that was not reached', 'masquerade-and-reply', (report) => report.traces[0]?.steps.pop(), 'packet 1 step'],
    ['a rule too much', 'masquerade-and-reply', (report) => report.traces[1]?.steps.push(structuredClone(report.traces[0]?.steps[0] as Mutable<StepJson>)), 'packet 2 step'],
    ['a return for a rule', 'bare-rules-are-rules', (report) => Object.assign(report.traces[0]?.steps[1] ?? {}, { kind: 'return' }), 'packet 1 step'],
    ['another mark', 'mark-reroutes', (report) => Object.assign(report.traces[0]?.steps[1] ?? {}, { mark: 0 }), 'packet 1 step'],
    ['another device', 'mark-reroutes', (report) => Object.assign(report.traces[0]?.steps[3] ?? {}, { out: 'ra' }), 'packet 1 step'],
    ['another time to live', 'plain-forward', (report) => Object.assign(report.traces[0]?.steps[3] ?? {}, { ttl: 64 }), 'packet 1 step'],
    ['another hook', 'plain-forward', (report) => Object.assign(report.traces[0]?.steps[3] ?? {}, { hook: 'INPUT' }), 'packet 1 step'],
    ['another exit', 'plain-forward', (report) => Object.assign(report.traces[0]?.outcome ?? {}, { out: 'ra' }), 'packet 1 outcome'],
    ['a drop', 'plain-forward', (report) => Object.assign(report.traces[0]?.outcome ?? {}, { verdict: 'dropped', out: null }), 'packet 1 outcome'],
    ['a delivery that was none', 'reject', (report) => Object.assign(report.traces[0]?.outcome ?? {}, { verdict: 'delivered' }), 'packet 1 outcome'],
    ['another source as it left', 'masquerade-and-reply', (report) => Object.assign(report.traces[0]?.outcome.packet ?? {}, { src: '10.1.0.2' }), 'packet 1 outcome'],
    ['another port that was no chance', 'dnat-and-reply', (report) => Object.assign(report.traces[0]?.outcome.packet ?? {}, { dport: 53 }), 'packet 1 outcome'],
    ['another quoted address', 'dnat-and-reply', (report) => Object.assign(report.traces[2]?.outcome.packet?.inner ?? {}, { dst: '10.2.0.2' }), 'packet 3 outcome'],
    ['no reset', 'reject', (report) => report.traces[0]?.emitted.pop(), 'packet 1 emitted'],
    ['another ICMP code', 'reject', (report) => Object.assign(report.traces[1]?.emitted[0]?.packet ?? {}, { icmpCode: 1 }), 'packet 2 emitted'],
    [
      'an error too much',
      'plain-forward',
      (report) =>
        report.traces[0]?.emitted.push({
          cause: 'reject',
          parent: 0,
          packet: { dst: '10.1.0.2', proto: 'icmp' },
          steps: [],
          outcome: { verdict: 'sent', out: 'ra', packet: null, by: null },
          emitted: [],
        }),
      'packet 1 emitted',
    ],
    ['another connection state', 'masquerade-and-reply', (report) => Object.assign(report.conntrack[1] ?? {}, { state: 'SYN_SENT' }), 'end conntrack'],
    ['no connection', 'masquerade-and-reply', (report) => report.conntrack.pop(), 'end conntrack'],
    ['another timeout', 'masquerade-and-reply', (report) => Object.assign(report.conntrack[0] ?? {}, { timeout: 7 }), 'end conntrack'],
    ['another count', 'reject', (report) => Object.assign(report.counters.ipv4.filter?.FORWARD?.rules ?? [], { 0: [2, 80] }), 'end counters'],
    ['another set', 'sets-and-nomatch', (report) => report.sets.nets?.push('10.9.0.0/16'), 'end sets'],
    [
      'an error in what the kernel loaded',
      'reject',
      (report) => report.problems.push({ severity: 'error', code: 'x', section: 'iptables-save', line: 1, column: 1, rule: null, message: 'm', hint: '' }),
      'end problem',
    ],
    ['a rule nobody knows', 'reject', (report) => Object.assign(report.traces[0]?.steps[0] ?? {}, { matched: 'unknown' }), 'packet 1 unknown'],
  ])('finds %s', (_, name, change, expected) => {
    const found = lie(name, change);
    expect(found.map((one) => `${one.packet === null ? 'end' : `packet ${one.packet}`} ${one.kind}`)).toContain(expected);
  });

  describe('ports that chance drew', () => {
    /** Every place where the drawn port of packet 4 stands, as an engine that drew `other` has it. */
    const redraw =
      (other: number, reply = other) =>
      (report: Mutable<TraceReportJson>) => {
        const drawn = report.traces[3]?.outcome.packet?.sport;
        const replace = (value: unknown, to: number): unknown =>
          value === drawn
            ? to
            : typeof value === 'object' && value !== null
              ? Object.assign(value, Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replace(one, to)])))
              : value;
        for (const [i, trace] of report.traces.entries()) replace(trace, i === 4 ? reply : other);
        replace(report.conntrack, other);
      };

    it('may differ, always in the same way', () => {
      expect(lie('masquerade-and-reply', redraw(40001))).toEqual([]);
    });

    it('may not differ in two ways', () => {
      expect(lie('masquerade-and-reply', redraw(40001, 40002)).map((one) => one.packet)).toContain(5);
    });
  });
});
