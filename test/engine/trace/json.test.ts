/** The published trace against formats §3, field by field, on a trace made by hand. */

import { describe, expect, test } from 'vitest';
import { CTSTATUS, FIELD, REGISTER_COUNT, type Field } from '../../../engine/model/field.ts';
import { fillPacket } from '../../../engine/model/full-packet.ts';
import type { ConntrackEntry, Tuple } from '../../../engine/model/conntrack.ts';
import type { FullPacket, Packet } from '../../../engine/model/packet.ts';
import { mismatches } from '../../../engine/model/shape.ts';
import { FALSE, TRUE, UNKNOWN, type Tri } from '../../../engine/model/test.ts';
import type { ClauseReading, Outcome, Snapshot, Step, StepDetail, Trace } from '../../../engine/model/trace.ts';
import { parseAddress } from '../../../engine/net/address.ts';
import { packetTraceShape } from '../../../engine/trace/format.ts';
import { entryJson, traceJson, type TraceReader } from '../../../engine/trace/json.ts';

const packet: Packet = { in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 };
const NAMES = ['', 'ovn0', 'eth0'];

function snapshot(given: Packet, changes: readonly (readonly [Field, number])[] = []): Snapshot {
  const full = fillPacket(given) as FullPacket;
  const regs = new Uint32Array(REGISTER_COUNT);
  const set = (field: Field, value: number): void => {
    regs[field.index] = value;
  };
  regs.set(full.src ?? [], FIELD.src.index);
  regs.set(full.dst, FIELD.dst.index);
  for (const [field, value] of [
    [FIELD.proto, full.proto],
    [FIELD.sport, full.sport],
    [FIELD.dport, full.dport],
    [FIELD.ttl, full.ttl],
    [FIELD.tos, full.tos],
    [FIELD.mark, full.mark],
    [FIELD.icmpType, full.icmpType],
    [FIELD.icmpId, full.icmpId],
    [FIELD.in, 1],
    ...changes,
  ] as const)
    set(field, value);
  return { regs, packet: full, family: full.family, hook: 'PREROUTING', world: { sets: null, now: 0, unknown: null } };
}

const before = snapshot(packet);
const at = { family: 'ipv4', backend: null, table: 'nat', chain: 'OVN-POSTROUTING', number: 4 } as const;
const reading = (text: string, holds: Tri): ClauseReading => ({ clause: `-m ${text}`, field: 'mark', negated: false, wanted: '0x1', saw: '0x0', holds, text });
const reader: TraceReader = {
  explain: (_, ruleIndex) => [reading(`rule index ${ruleIndex}`, FALSE)],
  target: (ruleIndex) => (ruleIndex === 102 ? null : `MARK of ${ruleIndex}`),
  clauses: () => [],
  action: () => null,
  interfaceName: (id) => NAMES[id] || null,
  now: 5,
};
const forwarded: Outcome = {
  verdict: 'forwarded',
  out: 'eth0',
  packet: { ...packet, ttl: 63 },
  by: { ...at, table: 'filter', chain: 'FORWARD', number: 1 },
  reason: null,
  because: [],
  alternatives: [],
};

function trace(details: readonly StepDetail[], rest: Partial<Trace> = {}, seen = before): Trace {
  const steps = details.map((detail, index): Step => ({ index, family: seen.family, hook: 'POSTROUTING', pass: 1, depth: 0, before: seen, ...detail }) as Step);
  return { packet, steps, outcome: forwarded, emitted: [], ...rest };
}

const misses: StepDetail = { kind: 'misses', at, ruleIndex: 101, first: 1, last: 3, readings: new Map([[2, [reading('recorded', FALSE)]]]) };
const matched: StepDetail = {
  kind: 'rule',
  at,
  ruleIndex: 104,
  matched: TRUE,
  target: 'MARK --set-xmark 0x1/0x1',
  effects: [{ field: 'mark', from: 0, to: 1 }],
  text: null,
  readings: [reading('given', TRUE)],
};

test('every step says where it is and what the packet was before it', () => {
  const { steps } = traceJson(trace([{ kind: 'return', at }]), reader);
  expect(steps).toEqual([
    {
      family: 'ipv4',
      hook: 'POSTROUTING',
      pass: 1,
      kind: 'return',
      in: 'ovn0',
      out: null,
      src: '10.0.11.2',
      dst: '8.8.8.8',
      sport: 4200,
      dport: 443,
      mark: 0,
      ttl: 64,
      tos: 0,
      table: 'nat',
      chain: 'OVN-POSTROUTING',
      rule: 4,
    },
  ]);
});

test('ICMP has type, code and id in place of ports; other protocols have neither', () => {
  const icmp = traceJson(trace([{ kind: 'return', at }], {}, snapshot({ ...packet, proto: 'icmp', sport: undefined, dport: undefined, icmpId: 9 })), reader).steps[0];
  expect(icmp).toMatchObject({ icmpType: 8, icmpCode: 0, icmpId: 9 });
  expect(icmp).not.toHaveProperty('sport');
  const esp = traceJson(trace([{ kind: 'return', at }], {}, snapshot({ in: 'ovn0', src: 'fd00::1', dst: 'fd00::2', proto: 'esp' })), reader).steps[0];
  expect(Object.keys(esp ?? {})).not.toContain('sport');
  expect(Object.keys(esp ?? {})).not.toContain('icmpType');
  expect(esp).toMatchObject({ family: 'ipv6', src: 'fd00::1', dst: 'fd00::2' });
});

describe('folded misses', () => {
  test('become one step each, with the reasons recorded or read again', () => {
    const { steps } = traceJson(trace([misses, matched]), reader);
    expect(steps.map((step) => step.kind === 'rule' && [step.rule, step.matched, step.target, step.why[0]?.text])).toEqual([
      [1, false, 'MARK of 101', 'rule index 101'],
      [2, false, null, 'recorded'],
      [3, false, 'MARK of 103', 'rule index 103'],
      [4, true, 'MARK --set-xmark 0x1/0x1', 'given'],
    ]);
  });

  test('are left out where only matches are asked for', () => {
    expect(traceJson(trace([misses, matched]), reader, { matchedOnly: true }).steps).toMatchObject([{ kind: 'rule', rule: 4, effects: [{ field: 'mark', from: 0, to: 1 }] }]);
  });

  test('a packet that a step caused names that step’s published index', () => {
    const emitted = { ...trace([matched]), cause: 'reject', parent: 1 } as const;
    expect(traceJson(trace([misses, matched], { emitted: [emitted] }), reader).emitted).toMatchObject([{ cause: 'reject', parent: 3, steps: [{ rule: 4 }] }]);
    expect(traceJson(trace([misses, matched], { emitted: [emitted] }), reader, { matchedOnly: true }).emitted).toMatchObject([{ parent: 0 }]);
  });
});

test('an answer that is not known says so, in the rule and in its clause', () => {
  const { steps } = traceJson(trace([{ ...matched, matched: UNKNOWN, readings: [reading('x', UNKNOWN)] } as StepDetail]), reader, { matchedOnly: true });
  expect(steps).toMatchObject([{ matched: 'unknown', why: [{ holds: 'unknown' }] }]);
});

test('an outcome that is not known names its rules and where each answer leads', () => {
  const because = [{ ...at, family: 'ipv6' } as const, { ...at, backend: 'nft' } as const];
  const alternatives = Array.from({ length: 20 }, () => ({ assume: { 'nat/OVN-POSTROUTING/4': true }, outcome: forwarded }));
  const { outcome } = traceJson(trace([], { outcome: { ...forwarded, verdict: 'unknown', out: null, packet: null, by: null, because, alternatives } }), reader);
  expect(outcome).toMatchObject({ verdict: 'unknown', out: null, packet: null, by: null, because: ['ip6:nat/OVN-POSTROUTING/4', 'nft:nat/OVN-POSTROUTING/4'] });
  expect(outcome.alternatives).toHaveLength(16);
  expect(outcome.alternatives?.[0]?.outcome).toMatchObject({ verdict: 'forwarded', by: 'filter/FORWARD/1' });
});

const tuple = (src: string, dst: string, proto: number, sport: number, dport: number): Tuple => ({
  family: src.includes(':') ? 'ipv6' : 'ipv4',
  proto,
  src: parseAddress(src)?.words ?? [],
  dst: parseAddress(dst)?.words ?? [],
  sport,
  dport,
});
const entry = (original: Tuple, reply: Tuple, rest: Partial<ConntrackEntry> = {}): ConntrackEntry => ({
  id: 1,
  original,
  reply,
  status: 0,
  mark: 0,
  zone: 0,
  zoneDirection: 'both',
  tcp: null,
  expires: 125.5,
  started: 5,
  masqueradeDevice: null,
  master: null,
  ...rest,
});

describe('conntrack entries', () => {
  test('status in the order of formats §3, whole seconds left', () => {
    const status = CTSTATUS.DST_NAT | CTSTATUS.SRC_NAT | CTSTATUS.SEEN_REPLY | CTSTATUS.CONFIRMED | CTSTATUS.ASSURED | CTSTATUS.SRC_NAT_DONE;
    const tcp = { state: 'ESTABLISHED' } as ConntrackEntry['tcp'];
    expect(entryJson(entry(tuple('10.0.11.2', '8.8.8.8', 6, 4200, 443), tuple('8.8.8.8', '172.18.0.2', 6, 443, 4200), { status, tcp, mark: 7, zone: 3 }), 5)).toEqual({
      family: 'ipv4',
      proto: 'tcp',
      state: 'ESTABLISHED',
      status: ['SEEN_REPLY', 'ASSURED', 'SRC_NAT', 'DST_NAT'],
      original: { src: '10.0.11.2', dst: '8.8.8.8', sport: 4200, dport: 443 },
      reply: { src: '8.8.8.8', dst: '172.18.0.2', sport: 443, dport: 4200 },
      mark: 7,
      zone: 3,
      timeout: 120,
    });
  });

  test('ICMPv6 by type, code and id', () => {
    expect(entryJson(entry(tuple('fd00::1', 'fd00::2', 58, 77, 128 << 8), tuple('fd00::2', 'fd00::1', 58, 77, 129 << 8)), 0)).toMatchObject({
      proto: 'icmpv6',
      state: null,
      original: { icmpType: 128, icmpCode: 0, icmpId: 77 },
      reply: { icmpType: 129, icmpCode: 0, icmpId: 77 },
    });
  });

  // conntrack-tools 1.4.7 prints "unknown  50 59 src=…" for an ESP entry.
  test('a protocol conntrack -L has no name for', () => {
    expect(entryJson(entry(tuple('10.0.0.1', '10.0.0.2', 50, 0, 0), tuple('10.0.0.2', '10.0.0.1', 50, 0, 0)), 0)).toMatchObject({
      proto: 'unknown',
      original: { src: '10.0.0.1', dst: '10.0.0.2' },
    });
  });

  test('decimal clocks do not lose a second', () => {
    const one = entry(tuple('10.0.0.1', '10.0.0.2', 17, 1, 2), tuple('10.0.0.2', '10.0.0.1', 17, 2, 1), { expires: 120.3 });
    expect(entryJson(one, 0.3).timeout).toBe(120);
    expect(entryJson(one, 500).timeout).toBe(0);
  });
});

test('every kind of step has the published shape', () => {
  const nat = entry(tuple('10.0.11.2', '8.8.8.8', 6, 4200, 443), tuple('8.8.8.8', '172.18.0.2', 6, 443, 4200));
  const all = trace(
    [
      misses,
      matched,
      { kind: 'return', at },
      { kind: 'policy', at, verdict: 'DROP' },
      { kind: 'conntrack', event: 'create', state: 'NEW', direction: 'original', entry: nat, text: '' },
      { kind: 'conntrack', event: 'lookup', state: 'INVALID', direction: null, entry: null, text: '' },
      { kind: 'nat', manip: 'src', from: nat.original, to: nat.reply },
      { kind: 'route', table: 'main', route: 'default', via: '172.18.0.1', dev: 'eth0', type: 'unicast', rule: 32766, text: '' },
      { kind: 'route', table: '', route: '', via: null, dev: null, type: 'none', rule: null, text: '' },
      { kind: 'tproxy', text: 'x' },
      { kind: 'ipvs', text: 'x' },
      { kind: 'encap', text: 'x' },
      { kind: 'drop', reason: 'martian source', text: 'x' },
    ],
    { emitted: [{ ...trace([matched]), cause: 'icmp-error', parent: 12, outcome: { ...forwarded, verdict: 'lost', reason: 'no route', packet: null } }] },
  );
  const json = JSON.parse(JSON.stringify(traceJson(all, reader))) as unknown;
  expect(mismatches(packetTraceShape, json)).toEqual([]);
});
