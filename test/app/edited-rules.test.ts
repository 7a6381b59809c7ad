/** Where the cursor goes when the rules are edited: it stays with the rule that one looks at, wherever the edit has put that. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { goToRule } from '../../app/actions/go-to.ts';
import { draftOf } from '../../app/store/draft.ts';
import { shownTrace } from '../../app/store/caused.ts';
import type { App } from '../../app/store/store.ts';
import { openPage } from './opened-page.ts';

const RULES = `*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:PODS - [0:0]
-A FORWARD -p udp -j DROP
-A FORWARD -p icmp -j DROP
-A FORWARD -p sctp -j DROP
-A FORWARD -s 10.0.0.0/8 -j PODS
-A FORWARD -p tcp -j ACCEPT
-A PODS -d 192.0.2.1/32 -j DROP
-A PODS -d 8.8.8.8/32 -j RETURN
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:OUT - [0:0]
:NET1 - [0:0]
-A POSTROUTING -j OUT
-A OUT -d 192.0.2.1/32 -j RETURN
-A OUT -s 10.0.11.0/24 -j NET1
-A OUT -o eth0 -j MASQUERADE
-A NET1 -p tcp -j RETURN
COMMIT
`;
const NET = `==> ip -j addr <==
[{"ifindex":1,"ifname":"eth0","flags":["UP"],"operstate":"UP","addr_info":[{"family":"inet","local":"192.0.2.9","prefixlen":24}]},
{"ifindex":2,"ifname":"ovn0","flags":["UP"],"operstate":"UP","addr_info":[{"family":"inet","local":"10.0.11.1","prefixlen":24}]}]
==> ip -j route show table all <==
[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"},{"dst":"10.0.11.0/24","dev":"ovn0"},{"dst":"192.0.2.0/24","dev":"eth0"}]
==> sysctl <==
net.ipv4.ip_forward = 1
`;

let app: App;
const state = () => app.store.getState();
/** What the cursor is at: the chain and the rule, in a run of misses the one that is looked at. */
const at = (): string => {
  const { step, rule } = state().selection;
  const now = shownTrace(state())?.steps[step];
  if (!now || !('chain' in now)) return now?.kind ?? '';
  return `${now.table}/${now.chain}/${rule ?? now.rule}${now.kind === 'misses' && rule === null && now.last > now.rule ? `-${now.last}` : ''}`;
};
const edit = (from: string, to: string): void => {
  const text = state().document.files[0]?.text ?? '';
  expect(text.split(from)).toHaveLength(2);
  app.editText(0, text.replace(from, to));
};
const look = (table: string, chain: string, rule: number): void => void goToRule(app, { table, chain, rule });

afterEach(() => void vi.useRealTimers());

beforeEach(() => {
  vi.useFakeTimers();
  app = openPage();
  const packets = [draftOf({ in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 })];
  app.open({
    example: null,
    files: [
      { name: 'rules', text: RULES },
      { name: 'net', text: NET },
    ],
    cluster: false,
    packets,
    environment: {},
  });
  expect(state().answer.traces[0]?.outcome).toMatchObject({ verdict: 'forwarded' });
});

describe('the cursor stays with its rule', () => {
  test('where rules come and go before it', () => {
    look('filter', 'PODS', 2);
    edit('-A PODS -d 192', '-A PODS -d 192.0.2.7/32 -j DROP\n-A PODS -d 192');
    expect([at(), state().notice]).toEqual(['filter/PODS/3', null]);
    edit('-A PODS -d 192.0.2.7/32 -j DROP\n-A PODS -d 192.0.2.1/32 -j DROP\n', '');
    expect(at()).toBe('filter/PODS/1');
  });
  test('in a run of misses, also where the edit takes the first of them', () => {
    look('filter', 'FORWARD', 3);
    expect(at()).toBe('filter/FORWARD/3');
    edit('-A FORWARD -p udp -j DROP\n', '');
    expect(at()).toBe('filter/FORWARD/2');
    app.goTo(state().selection.step);
    expect(at()).toBe('filter/FORWARD/1-2');
    edit('-A FORWARD -p icmp -j DROP\n', '');
    expect(at()).toBe('filter/FORWARD/1');
  });
  test('at the policy, which stands behind them', () => {
    edit('-A FORWARD -p tcp -j ACCEPT\n', '');
    const policy = shownTrace(state())?.steps.find((step) => step.kind === 'policy' && step.chain === 'FORWARD');
    app.goTo(policy?.index ?? -1);
    edit('-A FORWARD -p udp', '-A FORWARD -p esp -j DROP\n-A FORWARD -p udp');
    expect([at(), state().notice]).toEqual(['filter/FORWARD/6', null]);
  });
  test('where the rule itself is edited', () => {
    look('filter', 'FORWARD', 5);
    edit('-A FORWARD -p tcp -j ACCEPT', '-A FORWARD -p tcp -m mark --mark 0 -j DROP');
    expect(at()).toBe('filter/FORWARD/5');
  });
  test('and back where the edit is undone', () => {
    look('filter', 'PODS', 2);
    edit('-A PODS -d 192', '-A PODS -d 192.0.2.7/32 -j DROP\n-A PODS -d 192');
    app.undo();
    expect(at()).toBe('filter/PODS/2');
  });
});

describe('breakpoints stay with their rules', () => {
  const stop = (...breakpoints: string[]): void => app.edit((document) => ({ ...document, breakpoints }));
  const stops = () => state().document.breakpoints;
  test('where rules come and go before them; undone, they are where they were', () => {
    stop('filter/PODS/2', 'nat/OUT/3', 'any nat');
    edit('-A PODS -d 192', '-A PODS -d 192.0.2.7/32 -j DROP\n-A PODS -d 192');
    expect(stops()).toEqual(['filter/PODS/3', 'nat/OUT/3', 'any nat']);
    app.undo();
    expect(stops()).toEqual(['filter/PODS/2', 'nat/OUT/3', 'any nat']);
    edit('-A PODS -d 192.0.2.1/32 -j DROP\n', '');
    expect(stops()).toEqual(['filter/PODS/1', 'nat/OUT/3', 'any nat']);
  });
  test('of two rules alike, with the one that moved as far as the chain grew', () => {
    edit('-A FORWARD -p sctp -j DROP\n', '-A FORWARD -p sctp -j DROP\n-A FORWARD -p icmp -j DROP\n');
    stop('filter/FORWARD/2');
    edit('-A FORWARD -p udp -j DROP\n', '');
    expect(stops()).toEqual(['filter/FORWARD/1']);
  });
  test('where the rule itself is edited, also by way of what cannot be read', () => {
    stop('filter/FORWARD/2');
    edit('-A FORWARD -p icmp -j DROP', '-A FORWARD -p icmp -j');
    expect(stops()).toEqual(['filter/FORWARD/2']);
    edit('-A FORWARD -p icmp -j\n', '-A FORWARD -p icmp -j ACCEPT\n');
    expect(stops()).toEqual(['filter/FORWARD/2']);
    edit('-A FORWARD -p udp -j DROP\n', '');
    expect(stops()).toEqual(['filter/FORWARD/1']);
  });
  test('one whose rule is gone stays as it was written', () => {
    stop('filter/FORWARD/2');
    edit('-A FORWARD -p icmp -j DROP\n', '');
    edit('-A FORWARD -p udp -j DROP\n', '-A FORWARD -p esp -j DROP\n-A FORWARD -p ah -j DROP\n-A FORWARD -p udp -j DROP\n');
    expect(stops()).toEqual(['filter/FORWARD/2']);
  });
  test('an edit that comes while the one before it is walked moves them, too', () => {
    stop('filter/FORWARD/2');
    const text = state().document.files[0]?.text ?? '';
    const { take } = app;
    let late: Parameters<typeof take>[0][] = [];
    app.take = (answer) => void late.push(answer);
    app.editText(0, text.replace('-A FORWARD -p udp', '-A FORWARD -p esp -j DROP\n-A FORWARD -p udp'), 'text', true);
    vi.advanceTimersByTime(1000);
    app.editText(0, text.replace('-A FORWARD -p udp', '-A FORWARD -p esp -j DROP\n-A FORWARD -p ah -j DROP\n-A FORWARD -p udp'), 'text', true);
    app.take = take;
    for (const answer of late) app.take(answer);
    late = [];
    expect(stops()).toEqual(['filter/FORWARD/3']);
    vi.advanceTimersByTime(1000);
    expect(stops()).toEqual(['filter/FORWARD/4']);
  });
});

describe('where its rule is gone, or not visited any more', () => {
  test('it goes to where the walk first differs, not to a rule that led there from far away; that is said', () => {
    look('nat', 'NET1', 1);
    edit('-A OUT -d 192', '-A OUT -p tcp -j ACCEPT\n-A OUT -d 192');
    expect([at(), state().notice]).toEqual(['nat/OUT/1', { kind: 'moved', detail: '' }]);
    app.undo();
    look('nat', 'OUT', 3);
    edit('-A PODS -d 8.8.8.8/32 -j RETURN', '-A PODS -d 8.8.8.8/32 -p tcp -m tcp -j DROP');
    expect(shownTrace(state())?.outcome).toMatchObject({ verdict: 'dropped' });
    expect(state().notice).toEqual({ kind: 'moved', detail: '' });
    expect(shownTrace(state())?.steps[state().selection.step]?.hook).toBe('FORWARD');
  });
  test('an edit of the packet leads it near to where it was', () => {
    look('nat', 'NET1', 1);
    app.editField(0, 'src', '10.0.12.2');
    expect([at(), state().notice?.kind]).toEqual(['nat/OUT/1-2', 'moved']);
  });
});
