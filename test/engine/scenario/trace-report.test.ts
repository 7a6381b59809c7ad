import { expect, test } from 'vitest';
import { createWorld, parseNode, traceJson, traceJsonText, traceReport, traceReportText, walk } from '../../../engine/index.ts';

/** A node that answers the packet itself, once it has been through `misses` rules that do not match. */
function reportOf(misses: number, options: { matchedOnly?: boolean } = {}) {
  const rules = Array.from({ length: misses }, (_, i) => `-A INPUT -s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 -j DROP`);
  const text = `*filter\n:INPUT ACCEPT [7:420]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules.join('\n')}\n[3:180] -A INPUT -p udp -j REJECT --reject-with icmp-port-unreachable\nCOMMIT\n`;
  const world = createWorld(parseNode([{ name: 'rules', text }]));
  const packet = { in: null, src: '127.0.0.1', dst: '127.0.0.1', proto: 'udp', sport: 1000, dport: 53, payload: 4 };
  const first = walk(world, packet);
  const second = walk(first.world, packet);
  const traces = [first.trace, second.trace];
  return { value: traceReport(second.world, traces, ['a note'], options), text: [...traceReportText(second.world, traces, ['a note'], options)] };
}

test.each([
  ['no rule before', 0, {}],
  ['fewer steps than one piece holds', 10, {}],
  ['many pieces', 2500, {}],
  ['only what fired', 2500, { matchedOnly: true }],
])('the report in pieces is the report: %s', (_, misses, options) => {
  const { value, text } = reportOf(misses, options);
  expect(JSON.parse(text.join(''))).toEqual(JSON.parse(JSON.stringify(value)));
});

test('an answer of the node names the published step that caused it, whatever was folded before', () => {
  const { value } = reportOf(2500);
  const [trace] = value.traces;
  const parent = trace?.emitted[0]?.parent as number;
  expect(trace?.steps[parent]).toMatchObject({ kind: 'rule', chain: 'INPUT', rule: 2501, matched: true });
  // 2,500 misses, each a step.
  expect(trace?.steps.filter((step) => step.kind === 'rule' && step.matched === false)).toHaveLength(2500);
});

test('a run of misses longer than a call takes arguments', () => {
  const world = createWorld(parseNode([{ name: 'rules', text: '*filter\n-A INPUT -s 10.0.0.1/32 -j DROP\nCOMMIT\n' }]));
  const { trace } = walk(world, { in: null, src: '127.0.0.1', dst: '127.0.0.1', proto: 'udp', sport: 1000, dport: 53 });
  const steps = trace.steps.map((step) => (step.kind === 'misses' ? { ...step, last: 150_000 } : step));
  const reader = { explain: () => [], target: () => 'DROP', clauses: () => [], action: () => null, interfaceName: () => null, now: 0 };
  const json = traceJson({ ...trace, steps }, reader);
  expect(json.steps.filter((step) => step.kind === 'rule').length).toBe(150_000);
  const longest = Math.max(...Array.from(traceJsonText({ ...trace, steps }, reader), (piece) => piece.length));
  expect(longest).toBeLessThan(1_000_000);
}, 60_000);

test('counters are those of the save and of the walks', () => {
  const { value } = reportOf(1);
  const input = value.counters.ipv4.filter?.INPUT;
  expect(input?.rules[1]).toEqual([5, 180 + 2 * 32]);
  expect(input?.policy?.[0]).toBeGreaterThanOrEqual(7);
  expect(value.counters.ipv4.filter?.FORWARD?.policy).toEqual([0, 0]);
});
