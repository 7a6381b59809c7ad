/** Why not…? on its way from the engine to the page: what can be asked, what is answered, where a line leads. */

import { describe, expect, test } from 'vitest';
import { askWhyNotRule, goToCandidate, whyNot } from '../../app/actions/why-not.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { likelyWish, markWishes, whyNotKey } from '../../app/store/why-not.ts';
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
  const { packets, environment } = example.scenario;
  app.open({ example: null, files: [{ name: 'node.snapshot', text: exampleSnapshot(example) }], cluster: false, packets: packets.map((packet) => draftOf(packet)), environment });
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
      ['nat/OVN-POSTROUTING/1', 'missed'],
      ['nat/OVN-POSTROUTING/11', 'left-before'],
    ]);
    const [masquerade, , designated] = candidates;
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
    askWhyNotRule(app, { table: 'nat', chain: 'OVN-POSTROUTING', rule: 12 });
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

test('where nobody can be asked, the page does not offer it', () => {
  const app = createApp({ run: () => 1, why: () => {} });
  expect(app.asksWhyNot).toBe(false);
});
