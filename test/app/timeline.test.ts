import { beforeEach, describe, expect, test } from 'vitest';
import { switchBreakpoint, toggleBreakpoint } from '../../app/actions/breakpoint.ts';
import { byTest } from '../../app/actions/by-test.ts';
import { last } from '../../app/actions/last.ts';
import { next } from '../../app/actions/next.ts';
import { play, playOn } from '../../app/actions/play.ts';
import { previous } from '../../app/actions/previous.ts';
import { runNext, runPrevious } from '../../app/actions/run.ts';
import { readLink, writeLink } from '../../app/share/link.ts';
import '../../app/text/languages.ts';
import { draftOf } from '../../app/store/draft.ts';
import { createApp, type App } from '../../app/store/store.ts';
import type { Document } from '../../app/store/document.ts';
import { spokenStep } from '../../app/views/steps/spoken.ts';
import type { Reading, TraceView } from '../../app/worker/messages.ts';
import type { Run } from '../../app/worker/client.ts';
import { TRACE } from './trace-fixture.ts';

const reading = (clause: string, holds: Reading['holds']): Reading => ({ clause, field: 'mark', negated: false, wanted: '0x1', saw: '0x0', holds, text: `${clause} is read` });
/** Rule 8 of chain A makes two tests, rule 1 of B one test and one write; the misses of A fail at once, but for the third. */
const READ: TraceView = {
  ...TRACE,
  readings: {
    ...Object.fromEntries([1, 2, 4, 5, 6, 7].map((rule) => [`4/${rule}`, [reading('-s 10.0.0.9', 'false')]])),
    '4/3': [reading('-p tcp', 'true'), reading('-m mark --mark 0x1/0x1', 'false')],
    '5/8': [reading('-m set --match-set here src', 'true'), reading('-p tcp', 'true')],
    '6/1': [reading('-m set --match-set there src', 'true')],
    '3/1': [],
  },
};
const DOCUMENT: Document = { example: null, files: [{ name: 'a', text: '*nat' }], cluster: false, packets: [draftOf(TRACE.packet)], environment: {} };
let runs: Run[];
let asked: string[];
let app: App;
const state = () => app.store.getState();
const at = () => {
  const { step, rule, part } = state().selection;
  return [step, rule, part];
};

beforeEach(() => {
  runs = [];
  asked = [];
  app = createApp({ run: (run: Run) => runs.push(run), why: (...place: unknown[]) => asked.push(place.join('/')), whyNot: () => {}, find: () => {}, set: () => {} } as never);
  app.open(DOCUMENT, { step: 3 });
  app.take({ kind: 'traces', id: 1, traces: [READ], problems: [] });
});

describe('test by test', () => {
  test('stops at every test of every rule and at what its target does, forwards and back alike', () => {
    byTest.perform(app);
    const stops = [at()];
    for (let i = 0; i < 14; i++) {
      next.perform(app);
      stops.push(at());
    }
    expect(stops).toEqual([
      [3, null, 0], // no tests: the jump
      [4, 1, 0],
      [4, 2, 0],
      [4, 3, 0],
      [4, 3, 1], // the test that failed
      [4, 4, 0],
      [4, 5, 0],
      [4, 6, 0],
      [4, 7, 0],
      [5, null, 0],
      [5, null, 1],
      [5, null, 2], // the jump
      [6, null, 0],
      [6, null, 1], // the mark is written
      [7, null, 0],
    ]);
    for (const stop of stops.toReversed().slice(1)) {
      previous.perform(app);
      expect(at()).toEqual(stop);
    }
  });
  test('a rule whose tests were not read yet is asked for, and is one stop until they are there', () => {
    byTest.perform(app);
    app.goTo(7);
    next.perform(app);
    expect(at()).toEqual([8, null, 0]);
    expect(asked).toEqual(['0/8/9']);
    app.take({ kind: 'why', id: 1, packet: 0, step: 8, rule: 9, readings: [reading('-p tcp', 'true'), reading('-p udp', 'true')] });
    next.perform(app);
    expect(at()).toEqual([8, null, 1]);
  });
  test('another rule or altitude starts at its first test', () => {
    byTest.perform(app);
    app.moveTo({ step: 5, rule: null, part: 2 });
    app.select({ altitude: 'rule' });
    expect(at()).toEqual([5, null, 0]);
  });
  test('a link says the altitude and the part, and leads back there', () => {
    byTest.perform(app);
    app.moveTo({ step: 4, rule: 3, part: 1 });
    const link = readLink(writeLink(state()));
    expect(link).toMatchObject({ altitude: 'test', step: 4, part: 1, rule: { table: 'nat', chain: 'A', rule: 3 }, unknown: [] });
    app.open(DOCUMENT, { step: 4, rule: link?.rule ?? null, part: link?.part ?? 0 });
    app.take({ kind: 'traces', id: 2, traces: [READ], problems: [] });
    expect(at()).toEqual([4, 3, 1]);
  });
});

describe('what is pointed at', () => {
  test('the cursor stays, and a step ends it', () => {
    app.preview(8);
    expect(state().selection).toMatchObject({ step: 3, preview: 8 });
    next.perform(app);
    expect(state().selection).toMatchObject({ step: 4, preview: null });
  });
  test('nothing is spoken of it', () => {
    const before = spokenStep(state());
    app.preview(8);
    expect(spokenStep(state())).toBe(before);
  });
});

describe('breakpoints, running and playing', () => {
  test('setting one walks nothing, can be undone, and is on the rule that is looked at', () => {
    app.goTo(4);
    app.select({ rule: 3 });
    toggleBreakpoint.perform(app);
    expect(state().document.breakpoints).toEqual(['nat/A/3']);
    expect(runs).toHaveLength(1);
    expect(state().answer.status).toBe('ready');
    app.undo();
    expect(state().document.breakpoints ?? []).toEqual([]);
    app.redo();
    toggleBreakpoint.perform(app);
    expect(state().document.breakpoints).toEqual([]);
    expect(runs).toHaveLength(1);
  });
  test('run goes from one to the next and back, then to the end, and says so', () => {
    for (const text of ['nat/A/3', 'bit 19']) switchBreakpoint(app, text);
    app.goTo(0);
    runNext.perform(app);
    expect(at()).toEqual([4, 3, 0]);
    expect(state().notice).toEqual({ kind: 'breakpoint', detail: 'nat/A/3' });
    runNext.perform(app);
    expect(at()).toEqual([6, null, 0]);
    runNext.perform(app);
    expect(at()).toEqual([12, null, 0]);
    expect(state().notice?.kind).toBe('no-breakpoint-ahead');
    runPrevious.perform(app);
    expect(at()).toEqual([6, null, 0]);
  });
  test('run without breakpoints stays and says how to set one', () => {
    runNext.perform(app);
    expect(at()).toEqual([3, null, 0]);
    expect(state().notice?.kind).toBe('no-breakpoints');
  });
  test('playing pauses on a breakpoint, goes on from there, ends at the end, and starts anew', () => {
    switchBreakpoint(app, 'nat/B');
    play.perform(app);
    for (let i = 0; i < 10 && state().selection.playing; i++) playOn(app);
    expect(state().selection).toMatchObject({ step: 6, playing: false });
    play.perform(app);
    for (let i = 0; i < 10 && state().selection.playing; i++) playOn(app);
    expect(state().selection.step).toBe(9);
    play.perform(app);
    for (let i = 0; i < 10 && state().selection.playing; i++) playOn(app);
    expect(state().selection).toMatchObject({ step: 12, playing: false });
    play.perform(app);
    expect(state().selection).toMatchObject({ step: 0, playing: true });
  });
  test('playing hook by hook does not pass a breakpoint in between', () => {
    switchBreakpoint(app, 'nat/A/10');
    app.select({ altitude: 'hook' });
    play.perform(app);
    playOn(app);
    expect(state().selection).toMatchObject({ step: 10, playing: false });
  });
  test('a step by hand, another packet and an edit end playing', () => {
    play.perform(app);
    next.perform(app);
    expect(state().selection.playing).toBe(false);
    play.perform(app);
    app.editField(0, 'dport', '80');
    app.take({ kind: 'traces', id: 2, traces: [READ], problems: [] });
    expect(state().selection.playing).toBe(false);
  });
  test('they are in the link of a scenario, and read back only where they can be', () => {
    const link = readLink('#/s/a?stop=nat/A/3&stop=mark+%26+0x4000&stop=nonsense');
    expect(link?.breakpoints).toEqual(['nat/A/3', 'mark & 0x4000']);
    expect(link?.unknown).toEqual(['stop=nonsense']);
  });
});

describe('what is spoken', () => {
  test('of a rule that matched: place, tests, and where it leads', () => {
    app.goTo(5);
    expect(spokenStep(state())).toBe('Step 6 of 13. nat A rule 8. Matched: here src, -p tcp. Calls B.');
    app.set({ language: 'zh' });
    expect(spokenStep(state())).toBe('第 6 步，共 13 步：nat A 规则 8 匹配，here src，-p tcp，调用 B。');
  });
  test('brief says what happened; full what it changed, too', () => {
    app.goTo(6);
    app.set({ verbosity: 'brief' });
    expect(spokenStep(state())).toBe('Step 7 of 13. nat B rule 1 matched: MARK --set-xmark 0x90002/0x90002.');
    app.set({ verbosity: 'full' });
    expect(spokenStep(state())).toBe('Step 7 of 13. nat B rule 1. Matched: there src. MARK --set-xmark 0x90002/0x90002. Changed: mark from 0x0 to 0x90002.');
  });
  test('of one test: which it is, whether it holds, what it saw', () => {
    byTest.perform(app);
    app.moveTo({ step: 4, rule: 3, part: 1 });
    expect(spokenStep(state())).toBe('Step 5 of 13. nat A rule 3, test 2: mark 0x1/0x1 does not hold; saw 0x0.');
    app.moveTo({ step: 6, rule: null, part: 1 });
    expect(spokenStep(state())).toBe('Step 7 of 13. nat B rule 1, effect: mark from 0x0 to 0x90002.');
  });
  test('of a step between the tables: its sentence', () => {
    app.goTo(1);
    expect(spokenStep(state())).toBe('Step 2 of 13. route: default in table main, via 192.168.0.1, device eth0.');
    last.perform(app);
    expect(spokenStep(state())).toContain('Step 13 of 13. conntrack: the entry is confirmed.');
  });
});
