import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { bringTo, handshake, packetEarlier, packetLater } from '../../app/actions/connection.ts';
import { sendReply } from '../../app/actions/send-reply.ts';
import { sendAgain } from '../../app/actions/send-again.ts';
import { endTwin, swapTwin } from '../../app/actions/swap-twin.ts';
import { rolesOf } from '../../app/store/connection.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { suggestionsFor } from '../../app/store/suggestions.ts';
import { engine } from '../../app/worker/engine.ts';
import { createSession } from '../../app/worker/session.ts';
import type { Answer } from '../../app/worker/messages.ts';

const NODE = readFileSync(new URL('../../public/examples/kube-ovn-installed/node.snapshot', import.meta.url), 'utf8');
/** A pod that is masqueraded: its later packets are told by conntrack alone. */
const POD = { in: 'ovn0', src: '10.16.0.5', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 } as const;

let app: App;
/** The walks that are asked for are not answered. */
let silent = false;
const state = () => app.store.getState();
const packets = () => state().document.packets.map(({ fields }) => `${fields.in} ${fields.src} > ${fields.dst} ${fields.flags}`.trim());
const roles = () => rolesOf(state().answer.traces);

/** The page's store with the engine behind it, answering at once. */
function start(packet: Parameters<typeof draftOf>[0] = POD): void {
  const answer = (one: Answer): void => app.take(one);
  const session = createSession(engine, (one) => answer(one as Answer));
  let id = 0;
  const walker = {
    run: ({ files, cluster, packets: walked, environment }: { files: never; cluster: boolean; packets: never; environment: never }) => {
      const run = ++id;
      if (silent) return run;
      session({ kind: 'run', id: run, files, cluster, packets: walked, environment });
      return run;
    },
    why: () => {},
    whyNot: () => {},
    find: () => {},
    set: () => {},
  };
  app = createApp(walker as never);
  app.open({ example: null, files: [{ name: 'node.snapshot', text: NODE }], cluster: false, packets: [draftOf(packet)], environment: {} });
}

beforeEach(() => {
  silent = false;
  start();
});

describe('packets of one connection', () => {
  test('what nobody answers says so, and nothing is added', () => {
    start({ ...POD, flags: ['RST'] });
    for (const action of [sendReply, handshake]) {
      app.say(null);
      expect(action.available(state())).toBe(true);
      action.perform(app);
    }
    expect(state().notice).not.toBeNull();
    start({ in: 'ovn0', src: '10.16.0.5', dst: '8.8.8.8', proto: 'icmp', icmpType: 3 });
    for (const action of [sendReply, handshake]) {
      app.say(null);
      action.perform(app);
      expect(state().notice?.kind).toBe('no-reply');
    }
    expect(packets()).toHaveLength(1);
  });
  test('a reply opens no connection: its handshake would be of nobody', () => {
    sendReply.perform(app);
    const before = packets();
    expect(before).toHaveLength(2);
    handshake.perform(app);
    expect(packets()).toEqual(before);
    expect(state().notice?.kind).toBe('is-reply');
  });
  test('a handshake: the nat tables are asked by its first packet alone', () => {
    handshake.perform(app);
    expect(packets()).toEqual(['ovn0 10.16.0.5 > 8.8.8.8 SYN', 'eth0 8.8.8.8 > 192.168.0.101 SYN ACK', 'ovn0 10.16.0.5 > 8.8.8.8 ACK']);
    expect(state().selection.packet).toBe(1);
    expect(roles()).toEqual([
      { direction: 'original', ctstate: 'NEW', opener: null, skipsNat: false },
      { direction: 'reply', ctstate: 'ESTABLISHED', opener: 0, skipsNat: true },
      { direction: 'original', ctstate: 'ESTABLISHED', opener: 0, skipsNat: true },
    ]);
    // Translated without a rule: that is what is to be seen.
    expect(state().answer.traces[2]?.outcome.packet?.src).toBe('192.168.0.101');
    app.undo();
    expect(packets()).toHaveLength(1);
  });
  test('sent again it is of the same connection, though no answer was seen', () => {
    sendAgain.perform(app);
    expect(roles()[1]).toMatchObject({ opener: 0, skipsNat: true });
  });
  test('another port is another connection', () => {
    sendAgain.perform(app);
    app.editField(1, 'sport', '4201');
    expect(roles()[1]).toMatchObject({ ctstate: 'NEW', opener: null, skipsNat: false });
  });
  test('ESTABLISHED puts the packets before it that lead to it; NEW takes them away again', () => {
    bringTo(app, 'ESTABLISHED');
    expect(packets()).toEqual(['ovn0 10.16.0.5 > 8.8.8.8 SYN', 'eth0 8.8.8.8 > 192.168.0.101 SYN ACK', 'ovn0 10.16.0.5 > 8.8.8.8 ACK']);
    expect(state().selection.packet).toBe(2);
    expect(roles()[2]?.ctstate).toBe('ESTABLISHED');
    bringTo(app, 'NEW');
    expect(packets()).toEqual(['ovn0 10.16.0.5 > 8.8.8.8 SYN']);
    expect(roles()[0]?.ctstate).toBe('NEW');
  });
  test('a packet amid a connection keeps its flags; UDP needs an answer, too', () => {
    start({ ...POD, flags: ['PSH', 'ACK'] });
    bringTo(app, 'ESTABLISHED');
    expect(state().document.packets.map(({ fields }) => fields.flags)).toEqual(['SYN', 'SYN ACK', 'PSH ACK']);
    expect(state().selection.packet).toBe(2);
    expect(roles()[2]?.ctstate).toBe('ESTABLISHED');
    app.undo();
    expect(state().document.packets.map(({ fields }) => fields.flags)).toEqual(['PSH ACK']);
    start({ ...POD, proto: 'udp' });
    bringTo(app, 'ESTABLISHED');
    expect(roles().map(({ ctstate }) => ctstate)).toEqual(['NEW', 'ESTABLISHED', 'ESTABLISHED']);
  });
  test('cancelled, it goes no further: what is there is no answer to its SYN', () => {
    start({ ...POD, flags: ['PSH', 'ACK'] });
    silent = true;
    bringTo(app, 'ESTABLISHED');
    app.cancel();
    expect(state().document.packets.map(({ fields }) => fields.flags)).toEqual(['SYN', 'PSH ACK']);
    expect(state().notice?.kind).toBe('cancelled');
    expect(state().answer.status).toBe('ready');
    app.undo();
    expect(state().document.packets.map(({ fields }) => fields.flags)).toEqual(['PSH ACK']);
  });
  test('INVALID by flags that open nothing', () => {
    bringTo(app, 'INVALID');
    expect(packets()).toEqual(['ovn0 10.16.0.5 > 8.8.8.8 SYN ACK']);
    expect(roles()[0]?.ctstate).toBe('INVALID');
  });
  test('nobody answers what was lost: nothing is put before it, and that is said', () => {
    start({ ...POD, src: undefined, in: null, dst: '203.0.113.9', proto: 'icmp', icmpType: 5 } as never);
    bringTo(app, 'ESTABLISHED');
    expect(packets()).toHaveLength(1);
    expect(state().notice?.kind).toBe('not-opened');
  });
  test('the order can be changed: the one that comes first opens the connection', () => {
    start({ ...POD, proto: 'udp' });
    sendAgain.perform(app);
    app.editField(1, 'payload', '5');
    packetEarlier.perform(app);
    const payloads = () => state().document.packets.map(({ fields }) => fields.payload);
    expect(payloads()).toEqual(['5', '']);
    expect(state().selection.packet).toBe(0);
    expect(packetEarlier.available(state())).toBe(false);
    packetLater.perform(app);
    expect(payloads()).toEqual(['', '5']);
    expect(state().selection.packet).toBe(1);
    expect(roles().map(({ opener }) => opener)).toEqual([null, 0]);
  });
  test('a twin of fewer packets has the last of them chosen, and what is typed is its own', () => {
    swapTwin.perform(app);
    sendAgain.perform(app);
    expect(state().selection.packet).toBe(1);
    app.editField(1, 'src', '10.16.0', true);
    swapTwin.perform(app);
    expect([state().document.packets.length, state().selection.packet]).toEqual([1, 0]);
    const { past } = state().history;
    app.editField(3, 'src', '10.0.11.2', true);
    expect(state().history.past).toBe(past);
  });
  test('twins swap in place; each keeps its own edits', () => {
    swapTwin.perform(app);
    app.editField(0, 'src', '10.0.11.2');
    expect(state().answer.traces[0]?.outcome.packet?.src).toBe('10.0.11.2');
    swapTwin.perform(app);
    expect(packets()[0]).toContain('10.16.0.5');
    expect(state().document.twin?.shown).toBe('A');
    expect(state().answer.was?.fate.snat).toBe(false);
    swapTwin.perform(app);
    expect(packets()[0]).toContain('10.0.11.2');
  });
  test('one of twins is kept as it is; the other is gone, and back by Undo', () => {
    expect(endTwin.available(state())).toBe(false);
    swapTwin.perform(app);
    app.editField(0, 'src', '10.0.11.2');
    const both = state().document;
    const { step } = state().selection;
    endTwin.perform(app);
    expect(state().document).toEqual({ ...both, twin: undefined });
    expect('twin' in state().document).toBe(false);
    expect(state().selection.step).toBe(step);
    expect(endTwin.available(state())).toBe(false);
    app.undo();
    expect(state().document).toBe(both);
  });
});

describe('typing', () => {
  test('goes on as an edit of its own after a pause', () => {
    vi.useFakeTimers();
    try {
      const length = () => state().history.past.length;
      const before = length();
      for (const text of ['1', '19', '192']) app.editField(0, 'dport', text, true);
      expect(length()).toBe(before + 1);
      vi.advanceTimersByTime(60_000);
      for (const text of ['1921', '19213']) app.editField(0, 'dport', text, true);
      expect(length()).toBe(before + 2);
      app.undo();
      expect(state().document.packets[0]?.fields.dport).toBe('192');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('suggestions', () => {
  const sources = () => ({ texts: [NODE], node: state().answer.node, example: null, cluster: null });
  const say = (field: Parameters<typeof suggestionsFor>[0], value: string) => suggestionsFor(field, sources(), '8.8.8.8').find((one) => one.value === value)?.what;
  test('an address of each set that a rule asks for in this direction, and the first behind it', () => {
    expect(say('src', '10.0.11.130')).toEqual({ kind: 'set', set: 'ovn40natpr-85a7e8967f7e-src', entry: '10.0.11.128/26' });
    expect(say('src', '10.0.11.192')).toEqual({ kind: 'behind', set: 'ovn40natpr-85a7e8967f7e-src', entry: '10.0.11.128/26' });
    expect(say('dst', '114.114.114.114')).toEqual({ kind: 'set', set: 'ovn40natpr-85a7e8967f7e-dst', entry: '114.114.114.114' });
  });
  test('the narrowest set names an address that several hold', () => {
    expect(say('src', '10.0.11.2')).toMatchObject({ set: 'ovn40natpr-1615a54fc889-src', entry: '10.0.11.0/30' });
  });
  test('addresses of the family of the other end come first, each once', () => {
    const values = suggestionsFor('src', sources(), 'fd00::1').map(({ value }) => value);
    expect(values[0]).toContain(':');
    expect(new Set(values).size).toBe(values.length);
    expect(values).not.toContain('127.0.0.1');
  });
  test('ports and marks that rules ask for', () => {
    expect(say('dport', '4789')).toMatchObject({ kind: 'rule', place: 'filter/OUTPUT/1' });
    expect(say('mark', '0x90001')).toMatchObject({ kind: 'rule', place: 'nat/OVN-POSTROUTING/9' });
  });
  test('lines that are no rules, sets or addresses give none and do no harm', () => {
    const texts = ['add\nadd x\nadd x 300.1.2.3/99\nadd x ::1%eth0\n-A\n*nat\n-A X -s nonsense/3 -j Y\n-A X -d 0.0.0.0/0\n'];
    expect(suggestionsFor('dst', { texts, node: null, example: null, cluster: null }).map(({ value }) => value)).toEqual(['0.0.0.2']);
    expect(suggestionsFor('src', { texts, node: null, example: null, cluster: null })).toEqual([]);
  });
  test('40,000 lines are read in a moment', () => {
    const text = `*nat\n${Array.from({ length: 40_000 }, (_, i) => `-A KUBE-SERVICES -d 10.96.${(i >> 8) & 255}.${i & 255}/32 -p tcp -m comment --comment "ns/svc-${i}" -m tcp --dport ${i} -j KUBE-SVC-${i}`).join('\n')}\n`;
    const from = performance.now();
    expect(suggestionsFor('dst', { texts: [text], node: null, example: null, cluster: null })).toHaveLength(60);
    expect(performance.now() - from).toBeLessThan(1000);
  });
});

test('where no rule asks for connections, a packet is of none: it is not INVALID', () => {
  app.open({ ...state().document, files: [{ name: 'rules', text: '*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n' }] });
  expect(roles()).toMatchObject([{ ctstate: null }]);
  app.open({ ...state().document, files: [{ name: 'rules', text: '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j CT --notrack\nCOMMIT\n' }] });
  expect(roles()).toMatchObject([{ ctstate: 'UNTRACKED' }]);
});
