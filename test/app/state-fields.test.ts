/** The values around a step and who wrote them, over every step of every example. */

import { describe, expect, test } from 'vitest';
import { ipvsConnectionsOf, setChangesOf, stateAt } from '../../app/store/state-fields.ts';
import { engine } from '../../app/worker/engine.ts';
import type { Answer, TraceView } from '../../app/worker/messages.ts';
import { createSession } from '../../app/worker/session.ts';
import type { Packet } from '../../engine/index.ts';
import { EXAMPLES, exampleSnapshot } from '../support/examples.ts';
import { MARKED, TRACE } from './trace-fixture.ts';

function walked(text: string, packets: readonly Packet[], environment = {}): readonly TraceView[] {
  const answers: Answer[] = [];
  createSession(engine, (answer) => answers.push(answer))({ kind: 'run', id: 1, files: [{ name: 'node.snapshot', text }], cluster: false, packets, environment });
  return answers.findLast((answer) => answer.kind === 'traces')?.traces ?? [];
}

test('a mark is written by the rule that changed it, and by nobody before', () => {
  const mark = (step: number) => stateAt(TRACE, step).mark[0];
  expect(mark(5)).toEqual({ name: 'mark', before: '0x0', after: '0x0', writer: null });
  expect(mark(6)).toEqual({ name: 'mark', before: '0x0', after: '0x90002', writer: 6 });
  expect(mark(12)).toEqual({ name: 'mark', before: '0x90002', after: '0x90002', writer: 6 });
  expect(stateAt(TRACE, 6).packet.find(({ name }) => name === 'ttl')).toEqual({ name: 'ttl', before: '64', after: String(MARKED.ttl), writer: 6 });
});

test('what a step leaves alone is the same object as at the step before: whoever shows it need not look', () => {
  for (let i = 1; i < TRACE.steps.length; i++) {
    const [before, after] = [stateAt(TRACE, i - 1), stateAt(TRACE, i)];
    const all = [...after.packet, ...after.mark, ...after.conntrack, ...after.route];
    expect(after.unchanged, `step ${i}`).toBe(all.every((field) => field.before === field.after));
    if (before.unchanged && after.unchanged) expect(after, `step ${i}`).toBe(before);
    for (const section of ['packet', 'mark', 'conntrack', 'route'] as const) {
      const alike = after[section].every((field, j) => JSON.stringify(field) === JSON.stringify(before[section][j]));
      expect(after[section] === before[section], `${section} at step ${i}`).toBe(alike);
    }
  }
  expect(TRACE.steps.filter((_, i) => !stateAt(TRACE, i).unchanged).length).toBeGreaterThan(1);
});

test('the route is that of the last decision', () => {
  const at = (step: number) => Object.fromEntries(stateAt(TRACE, step).route.map(({ name, after }) => [name, after]));
  expect(at(0)).toEqual({ route: null, via: null, dev: null, table: null, priority: null, type: null });
  expect(at(12)).toEqual({ route: 'default', via: '192.168.0.1', dev: 'eth0', table: 'main', priority: '32766', type: 'unicast' });
});

describe.each(EXAMPLES.filter((_, i) => i % 4 === 0))('$name', (example) => {
  test('the same fields at every step; what is after one is before the next; a writer changed what it wrote', () => {
    for (const trace of walked(exampleSnapshot(example), example.scenario.packets, example.scenario.environment)) {
      const at = trace.steps.map((_, i) => stateAt(trace, i));
      const all = at.map(({ packet, mark, conntrack, route }) => [...packet, ...mark, ...conntrack, ...route]);
      for (const [i, fields] of all.entries()) {
        expect(fields.map(({ name }) => name)).toEqual(all[0]?.map(({ name }) => name));
        for (const [j, { name, before, after, writer }] of fields.entries()) {
          if (i > 0) expect(before, name).toBe(all[i - 1]?.[j]?.after);
          if (before !== after) expect(writer, name).toBe(i);
          if (writer === null) expect(after, name).toBe(all[0]?.[j]?.before);
          else expect(all[writer]?.[j]?.after, name).toBe(after);
        }
      }
    }
  });
});

test('a conntrack entry has its tuples, state and timeout from its creation on', () => {
  const [trace] = walked(exampleSnapshot(EXAMPLES[0] as (typeof EXAMPLES)[number]), [{ in: 'ovn0', src: '10.0.11.130', dst: '8.8.8.8', proto: 'tcp', sport: 4201, dport: 443 }]);
  const last = stateAt(trace as TraceView, (trace as TraceView).steps.length - 1).conntrack;
  const value = (name: string) => last.find((field) => field.name === name)?.after;
  // nf_conntrack_proto_tcp.c, tcp_timeouts: SYN_SENT 2 minutes.
  expect([value('tracking'), value('timeout')]).toEqual(['SYN_SENT', '120 s']);
  expect(value('original')).toContain('10.0.11.130:4201');
});

// Tried on 6.18, over lo: in OUTPUT and POSTROUTING of the first packet `--ctstatus CONFIRMED` does not match, in PREROUTING behind it, it does.
test.each([
  ['over lo', { in: null, src: '127.0.0.1', dst: '127.0.0.1', proto: 'udp', sport: 4000, dport: 9 }],
  ['out of the node, where the step is the last', { in: 'eth0', src: '192.0.2.9', dst: '198.51.100.1', proto: 'udp', sport: 4000, dport: 9 }],
] as const)('an entry is CONFIRMED from the step on that confirms it, and not before: %s', (_, packet) => {
  const [trace] = walked('*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m conntrack --ctstatus CONFIRMED\nCOMMIT\n', [packet]) as [TraceView];
  const confirm = trace.steps.findIndex((step) => step.kind === 'conntrack' && step.event === 'confirm');
  const status = (step: number) => stateAt(trace, step).conntrack.find(({ name }) => name === 'status');
  expect(status(confirm - 1)?.after ?? '').not.toContain('CONFIRMED');
  expect(status(confirm)).toMatchObject({ after: expect.stringContaining('CONFIRMED'), writer: confirm });
  expect(status(confirm)?.before ?? '').not.toContain('CONFIRMED');
  expect(stateAt(trace, confirm).unchanged).toBe(false);
});

test('SET: the entry that came, went, or was renewed, with its set', () => {
  const text = [
    '==> iptables-save <==',
    '*filter',
    ':FORWARD ACCEPT [0:0]',
    '-A FORWARD -j SET --add-set seen src',
    '-A FORWARD -j SET --add-set seen src --exist --timeout 9',
    '-A FORWARD -j SET --del-set known dst',
    '-A FORWARD -j SET --add-set known src,src',
    'COMMIT',
    '==> ipset save <==',
    'create seen hash:ip family inet hashsize 1024 maxelem 65536 timeout 30',
    'create known hash:net family inet hashsize 1024 maxelem 65536',
    'add known 198.51.100.0/24',
    'add known 198.51.100.1/32',
    '',
  ].join('\n');
  const [trace] = walked(text, [{ in: 'eth0', src: '192.0.2.9', dst: '198.51.100.1', proto: 'udp', sport: 1, dport: 2 }]);
  expect(setChangesOf(trace as TraceView).map(({ name, what, entry }) => [name, what, entry])).toEqual([
    ['seen', 'added', '192.0.2.9'],
    ['seen', 'renewed', '192.0.2.9'],
    ['known', 'deleted', '198.51.100.1'],
    // With the longest prefix length that is left in the set: hash_net4_kadt(), ip_set_hash_net.c.
    ['known', 'added', '192.0.2.0/24'],
  ]);
});

test('IPVS: the connection comes about at the step where the real server is chosen, and is there for the next packet', () => {
  const example = EXAMPLES.find(({ name }) => name === 'kube-ovn-ipvs/p25-pod-to-cluster-ip');
  if (!example) throw new Error('no example');
  const [first, second] = walked(exampleSnapshot(example), example.scenario.packets, example.scenario.environment) as [TraceView, TraceView];
  const [made] = ipvsConnectionsOf(first);
  expect(made?.connection).toMatchObject({ proto: 'tcp', client: '10.16.0.10:4103', virtual: '10.96.0.50:80', server: '10.16.0.30:8080', method: 'masq' });
  expect(first.steps[made?.made ?? -1]).toMatchObject({ kind: 'ipvs' });
  expect(ipvsConnectionsOf(second).map((one) => one.made)).toEqual([null]);
});
