/**
 * A hand-made trace, as the worker gives it: a pod's packet that is marked in a called chain and returns from it without
 * being rewritten. Two calls of chain B, one from FORWARD's jump, and a folded run of misses.
 */

import type { NodeSummary, PacketState, StepView, TraceView } from '../../app/worker/messages.ts';

const BEFORE: PacketState = {
  family: 'ipv4',
  in: 'ovn0',
  out: null,
  src: '10.0.11.2',
  dst: '8.8.8.8',
  proto: 'tcp',
  sport: 4200,
  dport: 443,
  flags: ['SYN'],
  icmp: null,
  ttl: 64,
  tos: 0,
  length: 60,
  mark: 0,
  conntrack: { ctstate: null, direction: null, status: [], mark: 0, original: null, reply: null },
};

export const MARKED: PacketState = { ...BEFORE, out: 'eth0', mark: 0x90002, ttl: 63 };

const at = (index: number, hook: StepView['hook'], depth: number, before = 0, after = before, within: StepView['within'] = hook === 'POSTROUTING' ? 'nat' : 'filter') => ({
  index,
  family: 'ipv4' as const,
  hook,
  within,
  pass: 1,
  depth,
  before,
  after,
});

export const STEPS: readonly StepView[] = [
  { ...at(0, 'PREROUTING', 0, 0, 0, 'conntrack'), kind: 'conntrack', event: 'create', state: 'NEW', direction: 'original', entry: null },
  {
    ...at(1, 'PREROUTING', 0, 0, 0, null),
    kind: 'route',
    table: 'main',
    route: 'default',
    via: '192.168.0.1',
    dev: 'eth0',
    type: 'unicast',
    rule: 32766,
    text: 'default via 192.168.0.1 dev eth0',
  },
  { ...at(2, 'FORWARD', 0), kind: 'policy', table: 'filter', chain: 'FORWARD', rule: 1, verdict: 'ACCEPT' },
  { ...at(3, 'POSTROUTING', 0), kind: 'rule', table: 'nat', chain: 'POSTROUTING', rule: 1, matched: 'true', target: 'A', effects: [] },
  { ...at(4, 'POSTROUTING', 1), kind: 'misses', table: 'nat', chain: 'A', rule: 1, last: 7 },
  { ...at(5, 'POSTROUTING', 1), kind: 'rule', table: 'nat', chain: 'A', rule: 8, matched: 'true', target: 'B', effects: [] },
  {
    ...at(6, 'POSTROUTING', 2, 0, 1),
    kind: 'rule',
    table: 'nat',
    chain: 'B',
    rule: 1,
    matched: 'true',
    target: 'MARK --set-xmark 0x90002/0x90002',
    effects: [{ field: 'mark', from: 0, to: 0x90002 }],
  },
  { ...at(7, 'POSTROUTING', 2, 1), kind: 'return', table: 'nat', chain: 'B', rule: 2 },
  { ...at(8, 'POSTROUTING', 1, 1), kind: 'rule', table: 'nat', chain: 'A', rule: 9, matched: 'true', target: 'B', effects: [] },
  { ...at(9, 'POSTROUTING', 2, 1), kind: 'return', table: 'nat', chain: 'B', rule: 2 },
  { ...at(10, 'POSTROUTING', 1, 1), kind: 'rule', table: 'nat', chain: 'A', rule: 10, matched: 'true', target: 'RETURN', effects: [] },
  { ...at(11, 'POSTROUTING', 0, 1), kind: 'policy', table: 'nat', chain: 'POSTROUTING', rule: 2, verdict: 'ACCEPT' },
  { ...at(12, 'POSTROUTING', 0, 1, 1, 'confirm'), kind: 'conntrack', event: 'confirm', state: 'NEW', direction: 'original', entry: null },
];

export const TRACE: TraceView = {
  packet: { in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 },
  steps: STEPS,
  states: [BEFORE, MARKED],
  outcome: {
    verdict: 'forwarded',
    out: 'eth0',
    packet: { src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443, mark: 0x90002 },
    by: null,
    reason: null,
    because: [],
    alternatives: [],
  },
  emitted: [],
  decisive: [6, 10],
  ipvs: null,
  reply: { in: 'eth0', src: '8.8.8.8', dst: '10.0.11.2', proto: 'tcp', sport: 443, dport: 4200, flags: ['SYN', 'ACK'] },
  notes: [],
  readings: {},
};

/** The same packet rewritten by a rule of chain A. */
export const REWRITTEN: TraceView = {
  ...TRACE,
  steps: [
    ...STEPS.slice(0, 10),
    { ...at(10, 'POSTROUTING', 1, 1), kind: 'rule', table: 'nat', chain: 'A', rule: 11, matched: 'true', target: 'MASQUERADE', effects: [] },
    { ...at(11, 'POSTROUTING', 0, 1), kind: 'nat', manip: 'src', from: '10.0.11.2:4200', to: '192.168.0.101:4200' },
  ],
  outcome: { ...TRACE.outcome, packet: { src: '192.168.0.101', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 } },
};

/** A node of which nothing is known but that it is there. */
export const NODE: NodeSummary = {
  tables: [],
  sets: [],
  interfaces: [],
  isAssumed: false,
  rows: {},
  marks: [],
  written: [],
  has: { ipvs: false, tunnels: false, tproxy: false, lateSecurity: false },
  problems: [],
  notes: [],
};
