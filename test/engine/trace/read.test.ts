/** What a trace comes to: rewrites, the steps an outcome rests on, the rule that came closest. Walked on a node of our own. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  createWorld,
  formatRuleAddress,
  hookRuns,
  nearestMiss,
  parseNode,
  parseTypedPacket,
  summarizeTrace,
  traceReader,
  walk,
  walkConnection,
  type Packet,
  type TraceSummary,
} from '../../../engine/index.ts';

const gateway = readFileSync(new URL('../../support/gateway.snapshot', import.meta.url), 'utf8');
const world = createWorld(parseNode([{ name: 'gateway', text: gateway }]));

function summaries(line: string, start = world): readonly TraceSummary[] {
  const { traces } = walkConnection(start, parseTypedPacket(line) as Packet);
  return traces.map((trace) => summarizeTrace(trace, traceReader(start)));
}

const chain = (summary: TraceSummary | undefined): readonly string[] => (summary?.decisive ?? []).map((step) => `${formatRuleAddress(step.at)}${step.decides ? ' decides' : ''}`);

describe('summary', () => {
  test('a rewritten source, in both directions of the connection', () => {
    const [request, answer, third] = summaries('ovn0 tcp 10.0.11.9:4200 > 8.8.8.8:443');
    expect(request).toMatchObject({ verdict: 'forwarded', out: 'eth0', direction: 'original', natConsulted: true });
    expect(request?.source).toMatchObject({ from: { address: '10.0.11.9', port: 4200 }, to: { address: '172.18.0.2' }, changed: true });
    expect(request?.destination.changed).toBe(false);
    expect(answer).toMatchObject({
      direction: 'reply',
      out: 'ovn0',
      natConsulted: false,
      destination: { from: { address: '172.18.0.2' }, to: { address: '10.0.11.9', port: 4200 }, changed: true },
    });
    // Later packets skip the nat table and are rewritten all the same.
    expect(third).toMatchObject({ direction: 'original', natConsulted: false, source: request?.source });
  });

  test('the source that the kernel selects is no rewrite', () => {
    const [request] = summaries('local udp > 8.8.8.8:99');
    expect(request?.source).toEqual({ from: { address: '172.18.0.2', port: 0 }, to: { address: '172.18.0.2', port: 0 }, changed: false });
  });

  test('names the rules that decided, and the mark only where it was looked at', () => {
    // mangle/PREROUTING/1 sets 0x4000, which nothing tests here; nat/OVN-NAT-POLICY/1 sets what nat/OVN-POSTROUTING/6 tests.
    const [request] = summaries('ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443');
    expect(chain(request).map((line) => line.replace(' decides', ''))).toEqual(['filter/FORWARD/2', 'nat/OVN-NAT-POLICY/1', 'nat/OVN-POSTROUTING/6']);
    expect(request?.mark).toEqual({ from: 0, to: 0x94002 });
  });

  test('a mark counts where a policy rule goes by it', () => {
    const snapshot = gateway.replace('{"priority":32766', '{"priority":100,"src":"all","fwmark":"0x4000","fwmask":"0x4000","table":"main"},{"priority":32766');
    const [request] = summaries('ovn0 tcp 10.0.11.2:4200 > 8.8.8.8:443', createWorld(parseNode([{ name: 'gateway', text: snapshot }])));
    expect(chain(request)).toContain('mangle/PREROUTING/1');
  });

  test('a chain with the name of a target decides nothing, and what is written over with itself is no change', () => {
    const rules = `*mangle
:FORWARD ACCEPT [0:0]
:ACCEPT-LOCAL - [0:0]
-A FORWARD -j MARK --set-xmark 0x0/0xffffffff
-A FORWARD -j ACCEPT-LOCAL
-A FORWARD -m mark --mark 0x0 -j TOS --set-tos 0x10/0xff
COMMIT
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j NFLOG
-A PREROUTING -j CT --notrack
COMMIT
*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -j ACCEPT
COMMIT
`;
    const [request] = summaries('eth0 udp 10.0.0.1:1 > 198.51.100.1:443', createWorld(parseNode([{ name: 'rules', text: rules }])));
    expect(chain(request)).toEqual(['raw/PREROUTING/2', 'mangle/FORWARD/3', 'filter/FORWARD/1 decides']);
  });

  test('the policy that drops', () => {
    const [request] = summaries('eth0 tcp 192.0.2.1:1 > 198.51.100.1:2');
    expect(request).toMatchObject({ verdict: 'dropped', decisive: [{ kind: 'policy', target: 'DROP', decides: true }] });
  });
});

test('steps fall into runs by hook and pass', () => {
  const { trace } = walk(world, parseTypedPacket('local tcp > 172.18.0.2:80') as Packet);
  expect(hookRuns(trace.steps).map(({ hook, pass }) => `${hook} ${pass}`)).toEqual(['OUTPUT 1', 'POSTROUTING 1', 'PREROUTING 2', 'INPUT 2']);
  expect(hookRuns(trace.steps).flatMap(({ steps }) => steps)).toEqual(trace.steps);
});

test('the nearest miss is the rule of which most held', () => {
  const rules =
    '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p udp -j DROP\n-A FORWARD -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j DROP\n-A FORWARD -s 10.0.0.0/8 -p udp -j DROP\nCOMMIT\n';
  const small = createWorld(parseNode([{ name: 'rules', text: rules }]));
  const { trace } = walk(small, parseTypedPacket('eth0 tcp 10.0.0.1:1 > 198.51.100.1:443') as Packet);
  const misses = trace.steps.find((step) => step.kind === 'misses');
  if (misses?.kind !== 'misses') throw new Error('three rules that do not match are one step');
  expect(nearestMiss(misses, (ruleIndex) => traceReader(small).explain(misses.before, ruleIndex))).toMatchObject({ number: 2, clause: { clause: '--dport 22', saw: '443' } });
});
