import { beforeEach, describe, expect, test, vi } from 'vitest';
import { next } from '../../app/actions/next.ts';
import { nextChange } from '../../app/actions/next-change.ts';
import { previous } from '../../app/actions/previous.ts';
import { packetEarlier } from '../../app/actions/connection.ts';
import { sendAgain } from '../../app/actions/send-again.ts';
import { sendReply } from '../../app/actions/send-reply.ts';
import { ACTIONS } from '../../app/actions/index.ts';
import { actionForKey, type KeyPress } from '../../app/actions/key-press.ts';
import { shownPlace, shownTrace } from '../../app/store/caused.ts';
import { draftOf } from '../../app/store/draft.ts';
import { isLate, isOutdated } from '../../app/store/late.ts';
import { ownValue } from '../../app/store/questions.ts';
import { createApp, type App } from '../../app/store/store.ts';
import type { Document } from '../../app/store/document.ts';
import type { Run } from '../../app/worker/client.ts';
import { press } from './key-presses.ts';
import { NODE, REWRITTEN, TRACE } from './trace-fixture.ts';

const DOCUMENT: Document = { example: null, files: [{ name: 'a', text: '*nat' }], cluster: false, packets: [draftOf(TRACE.packet)], environment: {} };
let runs: Run[];
let asked: string[];
let app: App;
const state = () => app.store.getState();
const answer = (...traces: (typeof TRACE)[]) => app.take({ kind: 'traces', id: 1, traces, problems: [] });

beforeEach(() => {
  runs = [];
  asked = [];
  app = createApp({ run: (run) => runs.push(run), why: (...place) => asked.push(place.join('/')) });
  app.open(DOCUMENT);
  answer(TRACE);
});

test.each(['constructor', '__proto__', 'toString'])('what a set called %s holds is known when it was told', (name) => {
  expect(ownValue(state().answer.setEntries, name)).toBeNull();
  app.take({ kind: 'set', id: 1, name, entries: ['10.0.0.1'] });
  app.take({ kind: 'set', id: 1, name: 'other', entries: [] });
  expect(ownValue(state().answer.setEntries, name)).toEqual(['10.0.0.1']);
});

describe('document', () => {
  test('opening walks it and lands on the step that decides', () => {
    expect(runs).toHaveLength(1);
    expect(runs[0]?.packets[0]?.src).toBe('10.0.11.2');
    expect(state().selection.step).toBe(10);
  });
  test('a link lands on its own step, within the trace', () => {
    app.open(DOCUMENT, { step: 3 });
    answer(TRACE);
    expect(state().selection.step).toBe(3);
    app.open(DOCUMENT, { step: 900 });
    answer(TRACE);
    expect(state().selection.step).toBe(12);
  });
  test('a link to a rule lands where the rule was looked at, inside a folded run too; with a step it only selects', () => {
    app.open(DOCUMENT, { rule: { table: 'nat', chain: 'A', rule: 3 } });
    answer(TRACE);
    expect(state().selection).toMatchObject({ step: 4, rule: 3 });
    app.open(DOCUMENT, { step: 8, rule: { table: 'nat', chain: 'A', rule: 3 } });
    answer(TRACE);
    expect(state().selection).toMatchObject({ step: 8, rule: 3 });
    app.open(DOCUMENT, { rule: { table: 'nat', chain: 'gone', rule: 3 } });
    answer(TRACE);
    expect(state().selection).toMatchObject({ step: 10, rule: null });
  });
  test('traces that come without a node are of the node of these files, whatever was shown between', () => {
    const node = (key: string) => ({ ...NODE, tables: [{ key, chains: [] }] }) as never;
    const keys = () => state().answer.node?.tables.map(({ key }) => key);
    app.take({ kind: 'node', id: 1, node: node('own') });
    answer(TRACE);
    app.open({ ...DOCUMENT, files: [{ name: 'b', text: '*raw' }] });
    app.take({ kind: 'node', id: 0, node: node('shipped') });
    answer(TRACE);
    expect(keys()).toEqual(['shipped']);
    // The engine was not asked for that one: it need not tell its node again.
    app.undo();
    answer(TRACE);
    expect(keys()).toEqual(['own']);
  });
  test('of files in which nothing can be read no trace is kept, and no step', () => {
    app.open({ ...DOCUMENT, files: [{ name: 'b', text: 'what is this' }] });
    app.take({ kind: 'node', id: 1, node: { ...NODE, sets: null } });
    const wrong = { severity: 'error', code: 'nothing', section: '', line: 1, column: 1, rule: null, message: 'no', hint: '' } as const;
    app.take({ kind: 'traces', id: 1, traces: [TRACE], problems: [wrong] });
    expect([state().answer.status, state().answer.traces, state().answer.stale, state().selection.step]).toEqual(['ready', [], false, 0]);
    // With the same tables missing and nothing wrong there is something to walk.
    app.take({ kind: 'traces', id: 1, traces: [TRACE], problems: [] });
    expect(state().answer.traces).toEqual([TRACE]);
  });
  test('a field that cannot be read is kept as typed, walks nothing, and the last traces stay as stale', () => {
    app.editField(0, 'src', '10.0.11.');
    expect(state().document.packets[0]?.fields.src).toBe('10.0.11.');
    expect(runs).toHaveLength(1);
    expect(state().answer.stale).toBe(true);
    expect(state().answer.traces[0]).toBe(TRACE);
  });
  test('where nothing was walked of the files, they are walked with what the packet was before, and that is said', () => {
    const [draft] = DOCUMENT.packets;
    if (!draft) throw new Error('no packet');
    const half = [{ ...draft, fields: { ...draft.fields, src: '10.0.11.', dport: '80' } }];
    // Opened as after a reload, or other files dropped on a packet that is half typed.
    app.open({ ...DOCUMENT, files: [{ name: 'b', text: '*filter' }], packets: half });
    expect(runs.at(-1)).toMatchObject({ files: [{ name: 'b' }], packets: [{ src: '10.0.11.2', dport: 80 }] });
    answer(REWRITTEN);
    expect(state().answer).toMatchObject({ status: 'ready', stale: true, traces: [REWRITTEN] });
    expect(state().document.packets[0]?.fields.src).toBe('10.0.11.');
    // Typed on, it still is none: the last walk stays.
    app.editField(0, 'src', '10.0.11');
    expect(runs).toHaveLength(2);
    app.editField(0, 'src', '10.0.11.7');
    answer(REWRITTEN);
    expect([runs.at(-1)?.packets[0]?.src, state().answer.stale]).toEqual(['10.0.11.7', false]);
    // Another scenario of the same node.
    app.open({ ...state().document, packets: half });
    expect(runs.at(-1)).toMatchObject({ packets: [{ src: '10.0.11.2', dport: 80 }] });
  });
  test('the answer to what stood here before shows as one of before: the document has gone on to what cannot be walked', () => {
    app.editField(0, 'src', '10.0.11.130');
    app.editField(0, 'src', '10.0.11.');
    answer(REWRITTEN);
    expect(state().answer).toMatchObject({ status: 'ready', stale: true, traces: [REWRITTEN] });
    app.editField(0, 'src', '10.0.11.130');
    answer(REWRITTEN);
    expect(state().answer.stale).toBe(false);
  });
  test('a breakpoint that is set while the packet is walked makes nothing of the answer old', () => {
    app.editField(0, 'src', '10.0.11.130');
    app.edit((document) => ({ ...document, breakpoints: [{ kind: 'drop', any: true }] as never }));
    answer(REWRITTEN);
    expect(state().answer.stale).toBe(false);
  });
  test('a link that is refused takes the cursor nowhere, nor does what is walked once it is undone', () => {
    app.goTo(4);
    app.open({ ...DOCUMENT, files: [{ name: 'b', text: '*raw' }] }, { step: 8 });
    app.take({ kind: 'refused', id: 2, packet: 0, field: 'in', message: 'the node has no interface', hint: '' });
    app.undo();
    answer(TRACE);
    expect(state().selection.step).toBe(4);
  });
  test.each([
    ['refused', () => app.take({ kind: 'refused', id: 2, packet: 0, field: 'in', message: 'the node has no interface', hint: '' })],
    ['failed', () => app.take({ kind: 'failed', id: 2, message: 'it broke' })],
    ['cancelled', () => app.cancel()],
  ])('where the walk of a link is %s, what is edited later is looked at where it is decided: the step and the rule were of that walk', (_, end) => {
    app.goTo(4);
    app.open({ ...DOCUMENT, files: [{ name: 'b', text: '*raw' }] }, { step: 8, rule: { table: 'nat', chain: 'A', rule: 9 } });
    end();
    app.editField(0, 'dport', '80');
    answer(TRACE);
    expect(state().selection).toMatchObject({ step: 10, rule: null });
    expect(state().notice?.kind).not.toBe('unknown-link');
  });
  test('undone, a document is looked at where it was: at its packet, and at its step', () => {
    const two = { ...DOCUMENT, packets: [...DOCUMENT.packets, ...DOCUMENT.packets] };
    app.open(two, { packet: 1 });
    answer(TRACE, REWRITTEN);
    app.goTo(3);
    app.open(DOCUMENT, { step: 8 });
    answer(TRACE);
    expect(state().selection).toMatchObject({ packet: 0, step: 8 });
    app.undo();
    answer(TRACE, REWRITTEN);
    expect(state().selection).toMatchObject({ packet: 1, step: 3 });
    app.redo();
    answer(TRACE);
    expect(state().selection).toMatchObject({ packet: 0, step: 8 });
  });
  test('undone, a packet that was taken away is the one that is looked at', () => {
    app.open({ ...DOCUMENT, packets: [...DOCUMENT.packets, ...DOCUMENT.packets] }, { packet: 1, caused: [] });
    answer(TRACE, REWRITTEN);
    app.removePacket(1);
    answer(TRACE);
    expect(state().selection.packet).toBe(0);
    app.undo();
    expect(state().selection.packet).toBe(1);
  });
  test('what offers Undo goes with the next change: its Undo would take that one back', () => {
    for (const change of [() => app.editField(0, 'dport', '80', true), () => app.undo(), () => app.redo(), () => app.open(DOCUMENT)]) {
      app.say({ kind: 'replaced', detail: '' });
      change();
      expect(state().notice).toBeNull();
      app.say({ kind: 'copied', detail: '' });
    }
    app.editField(0, 'dport', '81');
    expect(state().notice?.kind).toBe('copied');
  });
  test('an edit shows what it was before and the first step that differs', () => {
    app.editField(0, 'src', '10.0.11.130');
    answer(REWRITTEN);
    expect(state().answer.was).toMatchObject({ fate: { snat: false }, difference: 10 });
    expect(state().notice?.kind).toBe('moved');
    app.editField(0, 'src', '10.0.11.131');
    answer(REWRITTEN);
    expect(state().answer.was?.fate.snat).toBe(true);
  });
  test('what is typed key by key is walked once it rests; what cannot be read is told at once, and is never walked', () => {
    vi.useFakeTimers();
    for (const text of ['10.0.11.1', '10.0.11.13', '10.0.11.130']) app.editField(0, 'src', text, true);
    expect(state().document.packets[0]?.fields.src).toBe('10.0.11.130');
    expect(runs).toHaveLength(1);
    vi.advanceTimersByTime(200);
    expect(runs.slice(1).map(({ packets }) => packets[0]?.src)).toEqual(['10.0.11.130']);
    app.editField(0, 'src', '10.0.11.13', true);
    app.editField(0, 'src', '10.0.11.', true);
    expect(state().answer.stale).toBe(true);
    vi.advanceTimersByTime(1000);
    expect(runs).toHaveLength(2);
    vi.useRealTimers();
  });
  test('typing in one field is one undo; undo gives the text back and walks again', () => {
    for (const text of ['1', '10', '10.0.11.130']) app.editField(0, 'src', text, true);
    app.editField(0, 'dport', '80');
    app.undo();
    expect(state().document.packets[0]?.fields).toMatchObject({ src: '10.0.11.130', dport: '443' });
    app.undo();
    expect(state().document.packets[0]?.fields.src).toBe('10.0.11.2');
    expect(runs.at(-1)?.packets[0]?.src).toBe('10.0.11.2');
    app.redo();
    app.redo();
    expect(state().document.packets[0]?.fields).toMatchObject({ src: '10.0.11.130', dport: '80' });
    expect(state().history.future).toHaveLength(0);
  });
  test('each choice is an undo of its own, in the same field, too; one that completes what is typed is one with it', () => {
    const protocols = () => state().document.packets[0]?.fields.proto;
    app.editField(0, 'proto', 'udp');
    app.editField(0, 'proto', 'icmp');
    app.undo();
    expect(protocols()).toBe('udp');
    app.undo();
    expect(protocols()).toBe('tcp');
    const source = () => state().document.packets[0]?.fields.src;
    for (const text of ['10.', '10.0.', '10.0.11.130']) app.editField(0, 'src', text, true);
    app.editField(0, 'src', '10.0.11.7');
    app.editField(0, 'src', '1', true);
    for (const before of ['10.0.11.7', '10.0.11.130', '10.0.11.2']) {
      app.undo();
      expect(source()).toBe(before);
    }
  });
  test('loading another one can be undone, an edit after undo drops what could be redone', () => {
    app.open({ ...DOCUMENT, files: [{ name: 'b', text: '*filter' }] });
    app.undo();
    expect(state().document.files[0]?.name).toBe('a');
    app.editField(0, 'dport', '81');
    expect(state().history.future).toHaveLength(0);
  });
  test('a walk is late once it has taken longer than a moment, with those whose place it took, and until it is there', () => {
    vi.useFakeTimers();
    const says = () => [isLate(state()), isOutdated(state())];
    app.editField(0, 'src', '10.0.11.130');
    vi.advanceTimersByTime(150);
    expect(says()).toEqual([false, false]);
    app.editField(0, 'src', '10.0.11.131');
    vi.advanceTimersByTime(100);
    expect(says()).toEqual([true, true]);
    answer(REWRITTEN);
    expect(says()).toEqual([false, false]);
    app.editField(0, 'src', '10.0.11.132');
    expect(says()).toEqual([false, false]);
    vi.advanceTimersByTime(100);
    answer(REWRITTEN);
    app.editField(0, 'src', '10.0.11.133');
    vi.advanceTimersByTime(150);
    expect(says()).toEqual([false, false]);
    vi.advanceTimersByTime(100);
    expect(says()).toEqual([true, true]);
    vi.useRealTimers();
  });
  test('a refused packet keeps the last traces and says why', () => {
    app.editField(0, 'in', 'nowhere');
    app.take({ kind: 'refused', id: 2, packet: 0, field: 'in', message: 'the node has no interface "nowhere"', hint: 'it has eth0' });
    expect(state().answer).toMatchObject({ status: 'failed', stale: true, refused: { message: 'the node has no interface "nowhere"' } });
    expect(state().answer.traces[0]).toBe(TRACE);
    app.editField(0, 'in', 'ovn0');
    answer(TRACE);
    expect(state().answer).toMatchObject({ status: 'ready', stale: false, refused: null });
  });
});

describe('cursor and packets', () => {
  test('actions move the one cursor and stop at the ends', () => {
    app.goTo(0);
    previous.perform(app);
    expect(state().selection.step).toBe(0);
    next.perform(app);
    nextChange.perform(app);
    expect(state().selection.step).toBe(6);
    app.goTo(Number.MAX_SAFE_INTEGER);
    next.perform(app);
    expect(state().selection.step).toBe(12);
  });
  test('the reply is a second packet, addressed to what left, and becomes the chosen one', () => {
    sendReply.perform(app);
    expect(runs.at(-1)?.packets.map((packet) => [packet.in, packet.src, packet.dport, packet.flags])).toEqual([
      ['ovn0', '10.0.11.2', 443, ['SYN']],
      ['eth0', '8.8.8.8', 4200, ['SYN', 'ACK']],
    ]);
    answer(TRACE, REWRITTEN);
    expect(state().selection).toMatchObject({ packet: 1, step: 10 });
    app.undo();
    expect(state().selection.packet).toBe(0);
  });
  test.each([
    ['the reply is sent', () => sendReply.perform(app), 1],
    ['it is sent again', () => sendAgain.perform(app), 1],
    ['another document is opened at its second packet', () => app.open({ ...DOCUMENT, packets: [...DOCUMENT.packets, ...DOCUMENT.packets] }, { packet: 1 }), 1],
  ])('%s: what was shown stays until the answer is there', (_, act, packet) => {
    act();
    expect([state().selection.packet, state().answer.status, state().answer.stale]).toEqual([packet, 'running', true]);
    expect([shownTrace(state()), shownPlace(state()).packet, state().selection.step]).toEqual([TRACE, 0, 10]);
    // The first one again, and on to the one that is still walked.
    app.select({ packet: 0 });
    app.select({ packet });
    expect(shownTrace(state())).toBe(TRACE);
    answer(TRACE, REWRITTEN);
    expect([shownTrace(state()), state().answer.shows]).toEqual([REWRITTEN, null]);
  });
  test('an undone removal and another order of packets show what was shown until the answer is there', () => {
    app.addPacket(1, [...DOCUMENT.packets, ...DOCUMENT.packets]);
    answer(TRACE, REWRITTEN);
    packetEarlier.perform(app);
    expect([state().selection.packet, shownTrace(state())]).toEqual([0, REWRITTEN]);
    answer(REWRITTEN, TRACE);
    app.select({ packet: 1 });
    app.removePacket(1);
    expect([state().selection.packet, shownTrace(state())]).toEqual([0, TRACE]);
    answer(REWRITTEN);
    app.undo();
    expect([state().selection.packet, shownTrace(state())]).toEqual([1, REWRITTEN]);
    // Cancelled: it goes on being what is shown.
    app.cancel();
    expect(shownTrace(state())).toBe(REWRITTEN);
  });
  test('the last packet cannot be removed', () => {
    app.removePacket(0);
    expect(state().document.packets).toHaveLength(1);
  });
  test('why is asked once per rule and run', () => {
    app.askWhy(0, 4, 3);
    app.askWhy(0, 4, 3);
    expect(asked).toEqual(['0/4/3']);
    app.editField(0, 'dport', '80');
    app.askWhy(0, 4, 3);
    app.askWhy(0, 4, 3);
    // Of a walk that is under way nothing is known yet.
    expect(asked).toHaveLength(1);
    answer(TRACE);
    expect(asked).toHaveLength(2);
  });
});

describe('keys', () => {
  const means = (one: KeyPress, singleKeys: boolean) => actionForKey(one, { singleKeys, ownKeys: {} }, ACTIONS);
  test('arrows, with Shift for changes, Ctrl or Cmd for undo', () => {
    expect(means(press('ArrowRight'), true)?.name).toBe('next');
    expect(means(press('ArrowLeft', { shiftKey: true }), true)?.name).toBe('previousChange');
    expect(means(press('z', { ctrlKey: true }), true)?.name).toBe('undo');
    expect(means(press('Z', { metaKey: true, shiftKey: true }), true)?.name).toBe('redo');
    expect(means(press('?', { shiftKey: true }), true)?.name).toBe('keys');
  });
  test('nothing while Chinese is composed, nothing with Alt, no single characters where they are off', () => {
    expect(means(press('1', { isComposing: true }), true)).toBeUndefined();
    expect(means(press('1', { keyCode: 229 }), true)).toBeUndefined();
    expect(means(press('ArrowLeft', { altKey: true }), true)).toBeUndefined();
    expect(means(press('1'), false)).toBeUndefined();
    expect(means(press('ArrowRight'), false)?.name).toBe('next');
  });
});
