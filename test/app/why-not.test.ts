/** Why not…? on its way from the engine to the page: what can be asked, what is answered, where a line leads. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { askWhyNot, goToCandidate, whyNot } from '../../app/actions/why-not.ts';
import type { Environment, Packet } from '../../engine/index.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { hookMiss, likelyWish, markWishes, otherFamily, whyNotKey } from '../../app/store/why-not.ts';
import { engine } from '../../app/worker/engine.ts';
import type { TraceView, WhyNotCandidate, WhyNotView, Wished } from '../../app/worker/messages.ts';
import { createSession } from '../../app/worker/session.ts';
import { EXAMPLES, exampleSnapshot } from '../support/examples.ts';

interface Opened {
  readonly app: App;
  readonly state: () => ReturnType<App['store']['getState']>;
  readonly trace: TraceView;
  readonly ask: (wish: Wished) => WhyNotView;
  readonly asked: Wished[];
}

/** The page's store over the real engine, with no worker between them. */
function opened(name: string): Opened {
  const example = EXAMPLES.find((one) => one.name === name);
  if (!example) throw new Error(`no example ${name}`);
  return openedWith(exampleSnapshot(example), example.scenario.packets, example.scenario.environment);
}

function openedWith(text: string, packets: readonly Packet[], environment: Environment = {}): Opened {
  let id = 0;
  const asked: Wished[] = [];
  const session = createSession(engine, (answer) => app.take(answer));
  const app: App = createApp({
    run: (run) => {
      session({ kind: 'run', id: ++id, ...run });
      return id;
    },
    why: (packet, step, rule) => session({ kind: 'why', id, packet, step, rule }),
    whyNot: (packet, wish, caused) => {
      asked.push(wish);
      session({ kind: 'why-not', id, packet, wish, ...(caused && { caused }) });
    },
  });
  app.open({ example: null, files: [{ name: 'node.snapshot', text }], cluster: false, packets: packets.map((packet) => draftOf(packet)), environment });
  const state = () => app.store.getState();
  return {
    app,
    state,
    asked,
    trace: state().answer.traces[0] as TraceView,
    ask: (wish) => {
      app.askWhyNot(wish);
      return state().answer.whyNot[whyNotKey(0, state().selection.caused, wish)] as WhyNotView;
    },
  };
}

const placeOf = ({ table, chain, rule }: WhyNotCandidate): string => `${table}/${chain}/${rule}`;

describe('the policy rule that says forward (ux J1)', () => {
  const { app, state, trace, ask, asked } = opened('kube-ovn-installed/p43-policy-forward');

  test('one is likely to ask for SNAT; each rule says what kept it from it', () => {
    expect(likelyWish(trace)).toEqual({ kind: 'snat' });
    const { happened, candidates, more } = ask({ kind: 'snat' });
    expect({ happened, more }).toEqual({ happened: [], more: 0 });
    expect(candidates.map((one) => [placeOf(one), one.reason.kind])).toEqual([
      ['nat/OVN-MASQUERADE/2', 'not-entered'],
      ['nat/OVN-POSTROUTING/11', 'left-before'],
      ['nat/OVN-POSTROUTING/1', 'missed'],
    ]);
    const [masquerade, designated] = candidates;
    const jumps = masquerade?.reason.kind === 'not-entered' ? masquerade.reason.jumps : [];
    expect(jumps.find((jump) => jump.rule === 9)?.reason).toMatchObject({
      kind: 'missed',
      held: 0,
      reading: { field: 'mark', holds: 'false', clause: '-m mark --mark 0x90001/0x90001' },
    });
    const left = designated?.reason.kind === 'left-before' ? trace.steps[designated.reason.step] : undefined;
    expect(left).toMatchObject({ kind: 'rule', chain: 'OVN-POSTROUTING', rule: 10, target: 'RETURN' });
  });

  test('the same question is asked once', () => {
    ask({ kind: 'snat' });
    ask({ kind: 'snat' });
    expect(asked.filter(({ kind }) => kind === 'snat')).toHaveLength(1);
  });

  test('marks that rules write can be asked for, once each', () => {
    const marks = markWishes(state().answer.node);
    expect(marks.map(({ value, mask }) => `0x${value.toString(16)}/0x${mask.toString(16)}`)).toContain('0x90001/0x90001');
    expect(new Set(marks.map((mark) => JSON.stringify(mark))).size).toBe(marks.length);
    expect(ask({ kind: 'mark', value: 0x90001, mask: 0x90001 }).candidates.map(({ reason }) => reason.kind)).toEqual(['missed']);
    expect(ask({ kind: 'mark', value: 0x90002, mask: 0x90002 }).happened).toHaveLength(1);
  });

  test('… as they come with the node: of thousands of rules none is looked at for them', () => {
    const { node } = state().answer;
    if (!node) throw new Error('no node');
    const unread = {
      ...node,
      get tables(): never {
        throw new Error('the rules were read');
      },
    };
    expect(markWishes(unread)).toEqual(markWishes(node));
  });

  test('W asks, and hides the answer; a line leads to its step and rule, and the question is kept', () => {
    whyNot.perform(app);
    expect(state().selection).toMatchObject({ whyNot: { wish: { kind: 'snat' }, shown: true }, panel: 'why' });
    const missed = ask({ kind: 'snat' }).candidates.find(({ reason }) => reason.kind === 'missed') as WhyNotCandidate;
    goToCandidate(app, missed);
    const { step, rule, whyNot: after } = state().selection;
    expect(after).toEqual({ wish: { kind: 'snat' }, shown: false });
    expect(trace.steps[step]).toMatchObject({ kind: 'misses', chain: missed.chain });
    expect(rule).toBe(missed.rule);
    whyNot.perform(app);
    expect(state().selection.whyNot?.shown).toBe(true);
    whyNot.perform(app);
    expect(state().selection.whyNot?.shown).toBe(false);
  });

  test('a rule whose chain was never entered is shown in its chain, the cursor stays', () => {
    const { step } = state().selection;
    goToCandidate(app, ask({ kind: 'snat' }).candidates[0] as WhyNotCandidate);
    expect(state().selection).toMatchObject({ step, looking: { kind: 'chain', table: 'nat', chain: 'OVN-MASQUERADE', rule: 2 } });
  });

  test('a rule of the list can be asked about', () => {
    askWhyNot(app, { kind: 'rule', table: 'nat', chain: 'OVN-POSTROUTING', rule: 12 });
    const { wish } = state().selection.whyNot as { wish: Wished };
    expect(ask(wish).candidates).toMatchObject([{ table: 'nat', chain: 'OVN-POSTROUTING', rule: 12, reason: { kind: 'left-before' } }]);
  });

  test('another packet is another question', () => {
    app.editField(0, 'src', '10.0.11.130');
    expect(ask({ kind: 'snat' }).happened).toHaveLength(1);
  });
});

test('a packet that another one caused is asked about itself', () => {
  const { app, state, ask } = opened('kube-ovn-ipvs/p25-pod-to-cluster-ip');
  expect(ask({ kind: 'snat' }).happened).toHaveLength(1);
  app.follow([0]);
  expect(ask({ kind: 'snat' }).happened).toEqual([]);
  expect(Object.keys(state().answer.whyNot)).toEqual(['0 snat', '0.0 snat']);
});

const GATEWAY = readFileSync('test/support/gateway.snapshot', 'utf8');

/** Which hooks a packet passes: iptables(8), and the map of CONTRIBUTING.md. */
describe('a chain at a hook that the packet does not pass says what kept it from there', () => {
  const node = (more = ''): string => `==> iptables-save <==
*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
${more}
-A INPUT -j MARK --set-mark 1
-A FORWARD -j MARK --set-mark 2
-A OUTPUT -j MARK --set-mark 3
-A POSTROUTING -j MARK --set-mark 4
COMMIT
${GATEWAY.slice(GATEWAY.indexOf('==> ipset save'))}`;
  const missed = (packet: Packet, more?: string): readonly (readonly unknown[])[] => {
    const { trace, ask } = openedWith(node(more), [packet]);
    return (['INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const).flatMap((hook) => {
      const [candidate] = ask({ kind: 'rule', table: 'mangle', chain: hook, rule: 1 }).candidates;
      if (candidate?.reason.kind !== 'hook-not-passed') return [];
      const miss = hookMiss(trace, hook);
      const step = miss && 'step' in miss ? trace.steps[miss.step] : null;
      return [[hook, miss?.kind, ...(step ? [step.kind === 'rule' ? `${step.chain}/${step.rule}` : step.kind] : [])]];
    });
  };
  const through = { in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 } as const;

  test('forwarded: the route leads past the node', () => {
    expect(missed(through)).toEqual([
      ['INPUT', 'forwarded', 'route'],
      ['OUTPUT', 'arrived'],
    ]);
  });
  test('delivered: the route leads to the node', () => {
    expect(missed({ ...through, dst: '172.18.0.2' })).toEqual([
      ['FORWARD', 'delivered', 'route'],
      ['OUTPUT', 'arrived'],
      ['POSTROUTING', 'delivered', 'route'],
    ]);
  });
  test('sent by the node: it begins at OUTPUT', () => {
    const { in: _, ...own } = through;
    expect(missed({ ...own, src: '172.18.0.2' })).toEqual([
      ['INPUT', 'sent'],
      ['FORWARD', 'sent'],
    ]);
  });
  test('dropped before: by which rule', () => {
    expect(missed(through, '-A PREROUTING -s 10.0.11.2 -j DROP')).toEqual([
      ['INPUT', 'ended', 'PREROUTING/1'],
      ['FORWARD', 'ended', 'PREROUTING/1'],
      ['OUTPUT', 'arrived'],
      ['POSTROUTING', 'ended', 'PREROUTING/1'],
    ]);
  });
  test('rules of the other family are of no concern to it', () => {
    const { trace } = openedWith(node(), [through]);
    expect([otherFamily(trace, 'ip6:nat'), otherFamily(trace, 'legacy:ip6:filter'), otherFamily(trace, 'nat')]).toEqual(['ipv6', 'ipv6', null]);
  });
});

test('where nobody can be asked, the page does not offer it', () => {
  const app = createApp({ run: () => 1, why: () => {} });
  expect(app.asksWhyNot).toBe(false);
});
