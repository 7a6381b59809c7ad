/**
 * The facts of the path map on scenarios whose fates were recorded from a real kernel: which stops a packet takes, skips
 * and does not reach, pass by pass.
 */

import { describe, expect, test } from 'vitest';
import { HOOK_STOPS, waysOf, type HookId } from '../../app/layout/hooks.ts';
import { layoutPathMap } from '../../app/layout/path-map.ts';
import { stopOf } from '../../app/store/cursor.ts';
import { extrasOf, pathOf, type PathFacts } from '../../app/store/path.ts';
import { doubtfulFrom } from '../../app/store/doubt.ts';
import { causedTrace, shownTrace } from '../../app/store/caused.ts';
import { EMPTY_DOCUMENT } from '../../app/store/document.ts';
import { createApp } from '../../app/store/store.ts';
import { engine } from '../../app/worker/engine.ts';
import { createSession } from '../../app/worker/session.ts';
import type { Answer, NodeSummary, TraceView } from '../../app/worker/messages.ts';
import type { Packet } from '../../engine/index.ts';
import { exampleSnapshot, EXAMPLES } from '../support/examples.ts';

interface Walked {
  readonly node: NodeSummary;
  readonly traces: readonly TraceView[];
}

function walkFiles(text: string, packets: readonly Packet[], environment = {}): Walked {
  const answers: Answer[] = [];
  createSession(engine, (answer) => answers.push(answer))({ kind: 'run', id: 1, files: [{ name: 'node.snapshot', text }], cluster: false, packets, environment });
  const node = answers.find((answer) => answer.kind === 'node');
  const traces = answers.find((answer) => answer.kind === 'traces');
  if (!node || !traces) throw new Error(JSON.stringify(answers).slice(0, 400));
  return { node: node.node, traces: traces.traces };
}

function walked(name: string): Walked {
  const example = EXAMPLES.find((one) => one.name === name);
  if (!example) throw new Error(`no example ${name}`);
  return walkFiles(exampleSnapshot(example), example.scenario.packets, example.scenario.environment);
}

function factsOf({ node, traces }: Walked, packet = 0, step = -1): PathFacts {
  const trace = traces[packet] as TraceView;
  return pathOf(trace, node, step, waysOf(extrasOf(trace, node)));
}

/** Stops of a hook in a pass: `filter taken`, `nat skipped nat-decided`. */
function stopsOf(facts: PathFacts, hook: HookId, pass = 0): readonly string[] {
  return HOOK_STOPS[hook].map((name) => {
    const { here, reason } = facts.passes[pass]?.stop(`${hook}/${name}`) ?? { here: 'none', reason: null };
    return [name, here, reason].filter((part) => part !== null).join(' ');
  });
}

describe('a packet that is forwarded', () => {
  const first = factsOf(walked('kube-ovn-installed/p01-pod-to-internet'));
  test('goes from link to link in one pass', () => {
    expect(first.passes.map(({ order, begins, ends }) => [begins, ...order, ends])).toEqual([['in', 'in', 'PREROUTING', 'route', 'FORWARD', 'POSTROUTING', 'out', 'out']]);
    expect(first.extras).toEqual({ tproxy: false, ipvs: false, tunnel: false, lateSecurity: false });
  });
  test('takes the tables that are there; the others say why not', () => {
    expect(stopsOf(first, 'PREROUTING')).toEqual(['raw skipped no-table', 'conntrack taken', 'mangle taken', 'tproxy skipped no-tproxy-rule', 'nat taken']);
    expect(stopsOf(first, 'FORWARD')).toEqual(['mangle taken', 'filter taken', 'security skipped no-table', 'ipvs skipped no-service']);
    expect(stopsOf(first, 'POSTROUTING')).toEqual(['mangle taken', 'nat taken', 'confirm taken']);
  });
  test('other ways are not reached; tables that are not there say so all the same', () => {
    expect(stopsOf(first, 'INPUT')).toEqual([
      'mangle not-reached',
      'filter not-reached',
      'security not-reached no-table',
      'ipvs not-reached',
      'nat not-reached',
      'confirm not-reached',
    ]);
    expect(stopsOf(first, 'OUTPUT')).toContain('raw not-reached no-table');
  });
  test('on a node with tunnels: eth0 is none', () => {
    const facts = factsOf(walked('kube-ovn-ipvs/p30-node-endpoint'));
    expect(facts.extras.tunnel).toBe(true);
    expect(facts.passes.at(-1)?.stop('tunnel/out')).toMatchObject({ here: 'skipped', reason: 'no-tunnel' });
  });
});

describe('later packets of a connection', () => {
  const connection = walked('kube-ovn-installed/p19-node-to-pod');
  test('the answer skips nat: conntrack already has a decision; its connection is confirmed', () => {
    const answer = factsOf(connection, 1);
    expect(stopsOf(answer, 'PREROUTING')).toContain('nat skipped nat-decided');
    expect(stopsOf(answer, 'INPUT')).toEqual([
      'mangle taken',
      'filter taken',
      'security skipped no-table',
      'ipvs skipped no-service',
      'nat skipped nat-decided',
      'confirm skipped confirmed',
    ]);
  });
  test('OUTPUT looks up the route again only if something changed', () => {
    expect(stopsOf(factsOf(connection), 'OUTPUT')).toEqual([
      'raw skipped no-table',
      'conntrack taken',
      'mangle taken',
      'reroute-mangle skipped same-route',
      'nat taken',
      'reroute-nat skipped same-destination',
      'ipvs skipped no-service',
      'filter taken',
      'security skipped no-table',
    ]);
  });
});

describe('IPVS', () => {
  const example = walked('kube-ovn-ipvs/p25-pod-to-cluster-ip');
  const request = factsOf(example);
  test('a request goes in, and from IPVS through OUTPUT in a second pass', () => {
    expect(request.passes.map(({ number, begins, ends, order }) => [number, begins, order.join(' '), ends])).toEqual([
      [1, 'in', 'in PREROUTING route INPUT', 'ipvs'],
      [2, 'ipvs', 'OUTPUT POSTROUTING tunnel out', 'out'],
    ]);
    expect(request.ways.get('INPUT>OUTPUT')).toEqual([2]);
    expect(request.ways.get('route>INPUT')).toEqual([1]);
    expect(request.ways.has('INPUT>local')).toBe(false);
  });
  test('what INPUT runs after IPVS is not reached, because it was sent on', () => {
    expect(stopsOf(request, 'INPUT')).toEqual([
      'mangle taken',
      'filter taken',
      'security skipped no-table',
      'ipvs taken',
      'nat not-reached sent-on',
      'confirm not-reached sent-on',
    ]);
  });
  test('in the second pass: tracked before, routed again for the new destination, left alone by IPVS', () => {
    expect(stopsOf(request, 'OUTPUT', 1)).toEqual([
      'raw skipped no-table',
      'conntrack skipped has-entry',
      'mangle taken',
      'reroute-mangle skipped same-route',
      'nat skipped nat-decided',
      'reroute-nat taken',
      'ipvs skipped handled',
      'filter taken',
      'security skipped no-table',
    ]);
  });
  test('the route that IPVS looks up belongs to its stop, not to the decision before INPUT', () => {
    const trace = example.traces[0] as TraceView;
    const lookup = trace.steps.findIndex((step) => step.kind === 'route' && step.hook === 'INPUT');
    expect(lookup).toBeGreaterThan(0);
    expect(factsOf(example, 0, lookup).nowStop).toBe('INPUT/ipvs');
  });
  test('the cursor’s pass is the one that the map shows; the other pass is marked as such', () => {
    const second = request.passes[1]?.step ?? 0;
    const before = factsOf(example, 0, second - 1);
    const after = factsOf(example, 0, second);
    expect([before.pass, after.pass]).toEqual([1, 2]);
    expect(before.stop('OUTPUT/filter')).toMatchObject({ state: 'other-pass', passes: [2] });
    expect(after.stop('OUTPUT/filter').state).toBe('taken');
    expect(after.stop('INPUT/filter')).toMatchObject({ state: 'other-pass', passes: [1] });
  });
  test('an answer gets its source back in FORWARD, in one pass', () => {
    const answer = factsOf(example, 1);
    expect(answer.passes.map(({ order }) => order.join(' '))).toEqual(['in PREROUTING route FORWARD POSTROUTING tunnel out']);
    expect(stopsOf(answer, 'FORWARD')).toContain('ipvs taken');
  });
  test('what leaves is another packet, made in the tunnel; it walks from OUTPUT on its own', () => {
    expect(request.passes[1]?.stop('tunnel/out')).toMatchObject({ here: 'taken', made: [0] });
    const outer = causedTrace(example.traces[0], [0]);
    expect(outer && 'cause' in outer && outer.cause).toBe('tunnel');
    expect(outer?.packet).toMatchObject({ dst: '192.168.0.102', proto: 'udp', dport: 6081 });
    const facts = pathOf(outer, example.node, 0, waysOf(extrasOf(outer, example.node)));
    expect(facts.order).toEqual(['local', 'route-out', 'OUTPUT', 'POSTROUTING', 'tunnel', 'out']);
    expect(outer?.steps.some((step) => step.kind === 'rule')).toBe(true);
    expect(Object.keys(outer?.readings ?? {}).length).toBeGreaterThan(0);
  });
  test('reasons of the outer packet are read ahead, or asked for by its place', () => {
    const outer = causedTrace(example.traces[0], [0]) as TraceView;
    const step = outer.steps.find((one) => one.kind === 'misses') as Extract<TraceView['steps'][number], { kind: 'misses' }>;
    const scenario = EXAMPLES.find(({ name }) => name === 'kube-ovn-ipvs/p25-pod-to-cluster-ip') as (typeof EXAMPLES)[number];
    const answers: Answer[] = [];
    const session = createSession(engine, (answer) => answers.push(answer));
    const { packets, environment } = scenario.scenario;
    session({ kind: 'run', id: 1, files: [{ name: 'node.snapshot', text: exampleSnapshot(scenario) }], cluster: false, packets, environment });
    session({ kind: 'why', id: 1, packet: 0, caused: [0], step: step.index, rule: step.rule });
    const why = answers.find((answer) => answer.kind === 'why');
    expect(why).toMatchObject({ caused: [0], step: step.index, readings: outer.readings[`${step.index}/${step.rule}`] });
    // The last test of a rule that did not match is the one that failed.
    expect(why?.kind === 'why' && why.readings.at(-1)?.holds).toBe('false');
  });
  test('refused: the way ends at the rule’s stop, where the answer is made', () => {
    const wrong = factsOf(walked('kube-ovn-ipvs/p26-wrong-port'));
    expect(wrong.stop('INPUT/filter')).toMatchObject({ here: 'taken', end: true, made: [0] });
    expect(stopsOf(wrong, 'INPUT')).toContain('nat not-reached ended');
    expect(wrong.order.at(-1)).toBe('INPUT');
  });
});

describe('TPROXY', () => {
  test('a probe of the node goes round by lo: the mark changes its route, TPROXY takes it in the second pass', () => {
    const example = walked('kube-ovn-tproxy/p51-probe-syn');
    const probe = factsOf(example);
    expect(probe.passes.map(({ begins, order, ends }) => [begins, order.join(' '), ends])).toEqual([
      ['local', 'local route-out OUTPUT POSTROUTING', 'lo'],
      ['lo', 'PREROUTING route INPUT local', 'local'],
    ]);
    expect(probe.ways.get('POSTROUTING>PREROUTING')).toEqual([2]);
    expect(stopsOf(probe, 'OUTPUT')).toContain('reroute-mangle taken');
    expect(stopsOf(probe, 'PREROUTING', 1)).toEqual(['raw skipped no-table', 'conntrack skipped has-entry', 'mangle taken', 'tproxy taken', 'nat skipped nat-decided']);
    // The route of lo is kept: the stage is passed without a look-up.
    expect(probe.passes[1]?.stage('route')).toBeNull();
  });
  test('from outside it is one pass, and the decision leads in', () => {
    const outside = factsOf(walked('kube-ovn-tproxy/p54-probe-from-outside'));
    expect(outside.order).toEqual(['in', 'PREROUTING', 'route', 'INPUT', 'local']);
    expect(stopsOf(outside, 'PREROUTING')).toContain('tproxy taken');
  });
  test('pressing a stop leads to its first step; pressed there, to the next visit, and round again', () => {
    const example = walked('kube-ovn-tproxy/p51-probe-syn');
    const start = factsOf(example, 0, 0);
    const [out, lo] = start.passes;
    const first = out?.stop('POSTROUTING/mangle').first as number;
    expect(start.target('POSTROUTING/mangle')).toBe(first);
    expect(start.target('INPUT/filter')).toBe(lo?.stop('INPUT/filter').first);
    const node = factsOf(walked('kube-ovn-ipvs/p28-node-to-cluster-ip'), 0, 0);
    const visits = node.passes.map((pass) => pass.stop('OUTPUT/mangle').first as number);
    expect(visits[0]).toBeLessThan(visits[1] as number);
    const again = walked('kube-ovn-ipvs/p28-node-to-cluster-ip');
    expect(factsOf(again, 0, visits[0]).target('OUTPUT/mangle')).toBe(visits[1]);
    expect(factsOf(again, 0, visits[1]).target('OUTPUT/mangle')).toBe(visits[0]);
  });
});

describe('a packet that was caused, in the store', () => {
  const example = walked('kube-ovn-ipvs/p26-wrong-port');
  const app = createApp({ run: () => 1, why: () => undefined });
  const { getState } = app.store;
  app.open({ ...EMPTY_DOCUMENT, files: [{ name: 'a', text: '' }] });
  app.take({ kind: 'node', id: 1, node: example.node });
  app.take({ kind: 'traces', id: 1, traces: example.traces, problems: [] });
  const cause = (example.traces[0] as TraceView).emitted[0]?.parent;
  test('is stepped as a trace of its own, and leads back to the step that caused it', () => {
    app.follow([0]);
    expect(shownTrace(getState())).toBe(example.traces[0]?.emitted[0]);
    app.goTo(9999);
    expect(getState().selection).toMatchObject({ caused: [0], step: (example.traces[0]?.emitted[0]?.steps.length ?? 0) - 1 });
    app.follow([]);
    expect(getState().selection).toMatchObject({ caused: [], step: cause });
    expect(shownTrace(getState())).toBe(example.traces[0]);
  });
  test('a place where there is none leads nowhere; another answer keeps it only if it is caused again', () => {
    app.follow([7]);
    expect(getState().selection.caused).toEqual([]);
    app.follow([0]);
    app.take({ kind: 'traces', id: 1, traces: example.traces, problems: [] });
    expect(getState().selection.caused).toEqual([0]);
    app.take({ kind: 'traces', id: 1, traces: walked('kube-ovn-installed/p01-pod-to-internet').traces, problems: [] });
    expect(getState().selection.caused).toEqual([]);
    expect(shownTrace(getState())?.steps[getState().selection.step]).toBeDefined();
  });
});

test('every step of every example, and of what it causes, stands at a stop or a stage of the map; the ways between them are drawn', () => {
  const stops = new Set(Object.entries(HOOK_STOPS).flatMap(([hook, names]) => names.map((name) => `${hook}/${name}`)));
  const between = new Set(['route/PREROUTING', 'route/OUTPUT', 'tunnel/in', 'tunnel/out', 'lo/']);
  const drawn = new Set(layoutPathMap(1400, { tproxy: true, ipvs: true, tunnel: true, lateSecurity: false }).edges.map(({ from, to }) => `${from}>${to}`)).add('POSTROUTING>out');
  const strange = new Set<string>();
  const look = (trace: TraceView, node: NodeSummary): void => {
    for (const step of trace.steps) if (!stops.has(stopOf(step)) && !between.has(stopOf(step))) strange.add(stopOf(step));
    const facts = pathOf(trace, node, 0, waysOf(extrasOf(trace, node)));
    for (const way of facts.ways.keys()) if (!drawn.has(way)) strange.add(way);
    // What was met is in the order of its pass, and what ends the packet is marked once at most.
    for (const pass of facts.passes)
      for (const stop of stops) if (pass.stop(stop).here === 'taken' && !pass.order.includes(stop.split('/')[0] as string)) strange.add(`${stop} off the way`);
    for (const caused of trace.emitted) look(caused, node);
  };
  for (const { name } of EXAMPLES) {
    const { node, traces } = walked(name);
    for (const trace of traces) look(trace, node);
  }
  expect([...strange]).toEqual([]);
}, 60_000);

describe('the ends of the map', () => {
  test('without a packet every stop is not reached, and those without a table say so', () => {
    const { node } = walked('kube-ovn-installed/p01-pod-to-internet');
    const facts = pathOf(null, node, 0, waysOf(extrasOf(null, node)));
    expect(facts.passes).toEqual([]);
    expect(facts.stop('FORWARD/filter')).toMatchObject({ state: 'not-reached', reason: null, first: null });
    expect(facts.stop('FORWARD/security')).toMatchObject({ state: 'not-reached', reason: 'no-table' });
    expect(facts.nowStage).toBeNull();
  });
  test('a packet that goes round and round is cut off after 32 passes, and the way is kept', () => {
    const { traces, node } = walkFiles(ROUND, [{ in: 'eth0', src: '10.0.0.9', dst: '10.9.9.9', proto: 'udp', sport: 1, dport: 2 }]);
    const trace = traces[0] as TraceView;
    expect(trace.outcome.reason).toBe('goes round');
    const facts = pathOf(trace, node, trace.steps.length - 1, waysOf(extrasOf(trace, node)));
    expect(facts.cutOff).toBe(true);
    expect(facts.passes).toHaveLength(32);
    expect(facts.pass).toBe(32);
    expect(facts.nowStage).toBe('lo');
    // It has left POSTROUTING: what it passed by there is skipped, not out of reach.
    expect(stopsOf(facts, 'POSTROUTING', 31)).toEqual(['mangle taken', 'nat skipped no-table', 'confirm skipped no-entry']);
  });
  test('behind a rule that cannot be decided nothing is certain: neither what was passed nor that it was not reached', () => {
    const tables = (accept: string, policy: string) =>
      `*mangle\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n*security\n:FORWARD ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ${policy} [0:0]\n-A FORWARD -m nosuch --thing 1 -j ${accept}\nCOMMIT\n`;
    const UDP = [{ in: 'eth0', src: '10.0.0.9', dst: '8.8.8.8', proto: 'udp', sport: 1, dport: 2 }];
    const doubts = (text: string): readonly string[] => {
      const facts = factsOf(walkFiles(text, UDP));
      expect(facts.passes.map(({ ends }) => ends)).toEqual(['unknown']);
      return (Object.keys(HOOK_STOPS) as HookId[]).flatMap((hook) => HOOK_STOPS[hook].map((name) => `${hook}/${name}`)).filter((stop) => facts.stop(stop).doubtful);
    };
    // It may be accepted after all: then it goes on to what this walk does not come to.
    expect(doubts(tables('ACCEPT', 'DROP'))).toEqual(['FORWARD/security', 'FORWARD/ipvs', 'POSTROUTING/mangle', 'POSTROUTING/confirm']);
    // It may be dropped: then it does not come to what this walk goes on to.
    expect(doubts(tables('DROP', 'ACCEPT'))).toContain('FORWARD/security');
    // Whatever the answer is, it is dropped: that is certain, and that the policy does it is not.
    const { traces } = walkFiles(tables('DROP', 'DROP'), UDP);
    expect(traces[0]?.steps[doubtfulFrom(traces[0] as TraceView)]).toMatchObject({ kind: 'policy', chain: 'FORWARD' });
    expect(traces[0]?.outcome.verdict).toBe('dropped');
  });
  test('no such table is told by the family of the packet', () => {
    const { traces, node } = walkFiles(SIX, [{ in: 'eth0', src: '10.0.0.9', dst: '10.1.1.1', proto: 'udp', sport: 1, dport: 2 }]);
    expect(pathOf(traces[0] as TraceView, node, 0, waysOf(extrasOf(null, node))).stop('FORWARD/filter')).toMatchObject({ here: 'skipped', reason: 'no-table' });
  });
});

/** What goes to 10.9.9.0/24 is routed to lo, comes in there, and is forwarded to lo again. */
const ROUND = `==> iptables-save <==
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
COMMIT
==> ip -j addr <==
[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"link_type":"loopback","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"host"}]},{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"02:42:ac:12:00:02","addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"global"}]}]
==> ip -j route show table all <==
[{"dst":"10.9.9.0/24","dev":"lo","scope":"link","flags":[]},{"dst":"10.0.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.0.0.1","flags":[]},{"type":"local","dst":"10.0.0.1","dev":"eth0","table":"local","protocol":"kernel","scope":"host","prefsrc":"10.0.0.1","flags":[]}]
==> ip -j rule <==
[{"priority":0,"src":"all","table":"local"},{"priority":32766,"src":"all","table":"main"}]
==> sysctl -a <==
net.ipv4.ip_forward = 1
net.ipv4.conf.lo.accept_local = 1
net.ipv4.conf.all.accept_local = 1
net.ipv4.conf.all.rp_filter = 0
`;
/** Table filter for IPv6 only. */
const SIX = `==> iptables-save <==
*mangle
:FORWARD ACCEPT [0:0]
COMMIT
==> ip6tables-save <==
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
`;
