/** The store over a cluster: what an edit changed, from where, and what stays while no node can be made. The worker is answered for by hand. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { editByForm, typeCluster } from '../../app/actions/edit-cluster.ts';
import { draftOf } from '../../app/store/draft.ts';
import type { Document } from '../../app/store/document.ts';
import { NODE_CHANGES } from '../../app/store/node-changes.ts';
import { createApp, type App } from '../../app/store/store.ts';
import type { ClusterView, NodeSummary, RuleSummary, TraceView } from '../../app/worker/messages.ts';
import type { Run } from '../../app/worker/client.ts';
import { REWRITTEN, TRACE } from './trace-fixture.ts';

const DOCUMENT: Document = { example: 'kube/p1', files: [{ name: 'cluster.yaml', text: 'v1' }], cluster: true, packets: [draftOf(TRACE.packet)], environment: {} };

const VIEW: ClusterView = {
  issues: [],
  choices: { release: [], kubeProxy: [], networkType: [], order: [], kubeProxyChains: [], enableLb: [], enableTproxy: [], node: ['node1'] },
  inForce: null,
  snapshot: '==> ipset save <==\n',
  sets: [{ name: 'nets', members: ['10.0.0.0/8'] }],
  addresses: [],
};
const rule = (target: string, i: number): RuleSummary =>
  ({ number: i + 1, line: i + 1, source: target, tests: [], comment: null, target, targetOptions: '', goto: false, toChain: false }) as unknown as RuleSummary;
const node = (...targets: string[]): NodeSummary =>
  ({
    tables: [{ key: 'nat', family: 'ipv4', name: 'nat', chains: [{ name: 'A', policy: null, rules: targets.map(rule) }] }],
    sets: [],
    interfaces: [],
    problems: [],
    notes: [],
  }) as unknown as NodeSummary;

let runs: Run[];
let app: App;
const state = () => app.store.getState();
function answer(made: NodeSummary, trace: TraceView = TRACE, view: Partial<ClusterView> = {}): void {
  app.take({ kind: 'cluster', id: 1, cluster: { ...VIEW, ...view } });
  app.take({ kind: 'node', id: 1, node: made });
  app.take({ kind: 'traces', id: 1, traces: [trace], problems: [] });
}

beforeEach(() => {
  vi.useFakeTimers();
  runs = [];
  app = createApp({ run: (run) => runs.push(run), why: () => undefined }, {}, NODE_CHANGES);
  app.open(DOCUMENT);
  answer(node('X', 'Y'));
});
afterEach(() => vi.useRealTimers());

test('a cluster that was left and is come back to by Undo is told as before, though the engine tells only the walk', () => {
  const { cluster, made } = state().answer;
  expect(cluster).not.toBeNull();
  app.open({ ...DOCUMENT, example: 'other', cluster: false, files: [{ name: 'node', text: 'rules' }] });
  app.take({ kind: 'node', id: 0, node: node('Z') });
  app.take({ kind: 'traces', id: 0, traces: [TRACE], problems: [] });
  expect(state().answer.cluster).toBeNull();
  app.undo();
  app.take({ kind: 'traces', id: 2, traces: [TRACE], problems: [] });
  expect(state().answer.cluster).toEqual(cluster);
  expect(state().answer.made).toEqual(made);
  expect(state().answer.node?.tables[0]?.chains[0]?.rules.map(({ target }) => target)).toEqual(['X', 'Y']);
});

test('a node that comes while the text is typed on is the node of the text that was sent', () => {
  typeCluster(app, 'v2');
  vi.advanceTimersByTime(1000);
  expect(runs.at(-1)?.files[0]?.text).toBe('v2');
  typeCluster(app, 'v3');
  answer(node('of v2'));
  expect(state().answer.stale).toBe(true);
  vi.advanceTimersByTime(1000);
  // The engine tells v3's node; back at v2 it need not tell that again.
  answer(node('of v3'));
  app.edit((document) => ({ ...document, files: runs.at(-2)?.files ?? [] }));
  app.take({ kind: 'traces', id: 4, traces: [TRACE], problems: [] });
  expect(state().answer.node?.tables[0]?.chains[0]?.rules[0]?.target).toBe('of v2');
});

describe('an edit of the cluster', () => {
  test('is walked at once from the form, and says what it changed', () => {
    editByForm(app, 'v2');
    expect(runs.at(-1)).toMatchObject({ cluster: true, files: [{ name: 'cluster.yaml', text: 'v2' }] });
    answer(node('X', 'NEW', 'Y'), REWRITTEN, { sets: [{ name: 'nets', members: [] }] });
    expect(state().answer.changes?.count).toEqual({ added: 1, removed: 0, changed: 0, moved: 0, sets: 1 });
    expect(state().answer.was?.fate.snat).toBe(false);
  });
  test('opening shows no marks, and neither does an edit that changes nothing', () => {
    expect(state().answer.changes).toBeNull();
    editByForm(app, 'v1 # comment');
    answer(node('X', 'Y'));
    expect(state().answer.changes).toBeNull();
  });
  test('marks stay while packets change, and go with the next edit or by the button', () => {
    editByForm(app, 'v2');
    answer(node('X'));
    app.editField(0, 'dport', '80');
    app.take({ kind: 'traces', id: 2, traces: [TRACE], problems: [] });
    expect(state().answer.changes?.count.removed).toBe(1);
    editByForm(app, 'v3');
    answer(node('X', 'Z'));
    expect(state().answer.changes?.count).toMatchObject({ added: 1, removed: 0 });
    app.clearChanges();
    expect(state().answer.changes).toBeNull();
  });
  test('undo brings the text, the example and, marked as a change, the rules back', () => {
    editByForm(app, 'v2');
    expect(state().document.example).toBeNull();
    answer(node('X'));
    app.undo();
    expect(state().document).toBe(DOCUMENT);
    expect(runs.at(-1)?.files[0]?.text).toBe('v1');
    answer(node('X', 'Y'));
    expect(state().answer.changes?.count).toMatchObject({ added: 1, removed: 0 });
  });
  test('typing rests before it is walked, is one undo until a pause, and its marks count from where it began', () => {
    const before = runs.length;
    typeCluster(app, 'v');
    vi.advanceTimersByTime(200);
    typeCluster(app, 'v2');
    expect(runs).toHaveLength(before);
    vi.advanceTimersByTime(300);
    expect(runs).toHaveLength(before + 1);
    answer(node('X', 'A'));
    typeCluster(app, 'v23');
    vi.advanceTimersByTime(300);
    answer(node('X', 'A', 'B'));
    // Y went and A came with the first keys, B with the last.
    expect(state().answer.changes?.count).toMatchObject({ added: 2, removed: 1 });
    vi.advanceTimersByTime(9000);
    typeCluster(app, 'v234');
    app.undo();
    expect(state().document.files[0]?.text).toBe('v23');
    app.undo();
    expect(state().document).toBe(DOCUMENT);
  });
  test('what cannot be used keeps the rules, the walk and the earlier snapshot, and says what is wrong', () => {
    editByForm(app, 'bad');
    const issue = { severity: 'error', document: 0, path: [], line: 1, column: 1, from: 0, to: 3, message: 'there is no Node', hint: '' } as const;
    app.take({ kind: 'cluster', id: 2, cluster: { ...VIEW, snapshot: null, issues: [issue] } });
    expect(state().answer.cluster?.issues).toEqual([]);
    app.take({ kind: 'not-generated', id: 2 });
    expect(state().answer).toMatchObject({ status: 'failed', stale: true, failure: null, refused: null, cluster: { issues: [issue] } });
    expect(state().answer.traces[0]).toBe(TRACE);
    expect(state().answer.made?.snapshot).toBe(VIEW.snapshot);
    editByForm(app, 'v2');
    answer(node('X'));
    expect(state().answer).toMatchObject({ status: 'ready', stale: false, changes: { count: { removed: 1 } } });
  });
  test('what the form cannot write is said, and nothing changes', () => {
    editByForm(app, null);
    expect(state().notice?.kind).toBe('form-failed');
    expect(state().document).toBe(DOCUMENT);
  });
});

describe('the cursor', () => {
  const many = Array.from({ length: 10 }, (_, i) => `T${i}`);
  beforeEach(() => {
    app.open(DOCUMENT);
    answer(node(...many));
  });
  test('stays on its rule, whatever number it has now', () => {
    app.goTo(5);
    editByForm(app, 'v2');
    answer(node('NEW', ...many));
    // A/8 is A/9 now.
    expect(state().answer.traces[0]?.steps[state().selection.step]).toMatchObject({ chain: 'A', rule: 9 });
    expect(state().notice).toBeNull();
  });
  test('goes to where the walk first differs where its chain is not visited any more: among the misses is the rule that led there', () => {
    app.goTo(6);
    editByForm(app, 'v2');
    const steps = TRACE.steps
      .filter((step) => !('chain' in step && (step.chain === 'B' || (step.kind === 'rule' && step.target === 'B'))))
      .map((step, index) => ({ ...step, index, ...(step.kind === 'misses' && { last: 9 }) }));
    answer(node(...many), { ...TRACE, steps });
    expect(steps[state().selection.step]).toMatchObject({ kind: 'misses', chain: 'A', rule: 1, last: 9 });
    expect(state().notice?.kind).toBe('moved');
  });
});

test('node, rules and walk change together', () => {
  editByForm(app, 'v2');
  const before = state().answer.node;
  app.take({ kind: 'cluster', id: 2, cluster: VIEW });
  app.take({ kind: 'node', id: 2, node: node('X') });
  expect(state().answer.node).toBe(before);
  app.take({ kind: 'traces', id: 2, traces: [TRACE], problems: [] });
  expect(state().answer.node?.tables[0]?.chains[0]?.rules).toHaveLength(1);
});
