/** One action of a person is one step to undo, and Undo brings back what there was: the document, the packet, the cursor and the cluster's panel. */

import { beforeEach, describe, expect, test } from 'vitest';
import { addDefaultRoute, addEmptySet, addSets } from '../../app/actions/add-missing.ts';
import { bringTo } from '../../app/actions/connection.ts';
import { typeCluster } from '../../app/actions/edit-cluster.ts';
import { goToRule } from '../../app/actions/go-to.ts';
import { ACTIONS } from '../../app/actions/index.ts';
import { openOwn } from '../../app/actions/take-files.ts';
import type { App } from '../../app/store/store.ts';
import { openPage, openScenario } from './opened-page.ts';

const [PLAIN, CLUSTER] = ['kube-ovn-installed/p43-policy-forward', 'kube-ovn-cluster'];
const RULES = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\nCOMMIT\n';

let app: App;
const state = () => app.store.getState();
const place = () => {
  const { packet, caused, step, rule, clusterShown, clusterPart, panel } = state().selection;
  return { packet, caused, step, rule, clusterShown, clusterPart, panel };
};
/** What takes a turn or two: files that are read, packets that are fitted. */
const rest = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
};

/** What is typed is walked when it rests. */
const walked = (): Promise<void> =>
  new Promise((resolve) => {
    const stop = app.store.subscribe(({ answer }) => {
      if (answer.stale || answer.status === 'running') return;
      stop();
      resolve();
    });
  });

/** Performs it, and holds Undo and Redo against what there was. Whether the document is another one since. */
async function undone(perform: () => unknown): Promise<boolean> {
  const before = { document: state().document, place: place(), past: state().history.past.length };
  await perform();
  await rest();
  const { document } = state();
  if (document === before.document) {
    expect(state().history.past).toHaveLength(before.past);
    return false;
  }
  const after = { place: place(), traces: state().answer.traces };
  expect(state().history.past).toHaveLength(before.past + 1);
  app.undo();
  await rest();
  expect(state().document).toBe(before.document);
  expect(place()).toEqual(before.place);
  app.redo();
  await rest();
  expect(state().document).toBe(document);
  expect(state().answer.traces).toEqual(after.traces);
  expect({ packet: state().selection.packet, step: state().selection.step }).toEqual({ packet: after.place.packet, step: after.place.step });
  return true;
}

const EDITING = ['toggleBreakpoint', 'clearBreakpoints', 'sendReply', 'sendAgain', 'handshake', 'packetEarlier', 'packetLater', 'removePacket', 'swapTwin', 'endTwin'];
/** Those ask the browser for something, or are Undo and Redo themselves. */
const ELSEWHERE = ['undo', 'redo', 'openFiles', 'addFiles', 'replaceFiles', 'paste', 'copyLink', 'saveFile', 'nextScenario', 'previousScenario'];

beforeEach(async () => {
  app = openPage();
  // As on the page: what is asked is answered later.
  const { take } = app;
  Object.assign(app, { take: (answer: Parameters<App['take']>[0]) => queueMicrotask(() => take(answer)) });
  openScenario(app, PLAIN);
  await rest();
  const { packets } = state().document;
  app.edit((document) => ({ ...document, packets: [...packets, ...packets, ...packets], breakpoints: ['any drop'], twin: { shown: 'A', packets } }));
  app.select({ packet: 1 });
  await rest();
  app.goTo(4);
});

describe('every action', () => {
  test.each(ACTIONS.filter(({ name }) => !ELSEWHERE.includes(name)).map((action) => [action.name, action] as const))('%s', async (name, action) => {
    if (name === 'clearChanges') return expect(action.available(state())).toBe(false);
    expect(await undone(() => action.available(state()) && action.perform(app))).toBe(EDITING.includes(name));
  });
  test('those that edit are all there', () => {
    expect(
      ACTIONS.map(({ name }) => name)
        .filter((name) => EDITING.includes(name))
        .sort(),
    ).toEqual([...EDITING].sort());
  });
});

const OTHERS: readonly (readonly [string, () => unknown])[] = [
  ['a packet brought to ESTABLISHED', () => bringTo(app, 'ESTABLISHED')],
  ['a packet brought to INVALID', () => bringTo(app, 'INVALID')],
  ['a field that is chosen', () => app.editField(1, 'proto', 'udp')],
  [
    'a field that is typed, key by key',
    async () => {
      for (const text of ['1', '10', '10.', '10.0.11.130']) app.editField(1, 'src', text, true);
      await walked();
    },
  ],
  ['an empty set', () => addEmptySet(app, 's', 'ipv4')],
  ['sets', () => addSets(app, 'create s hash:net\nadd s 10.0.0.0/8')],
  ['a route', () => addDefaultRoute(app, 'eth0', 'ipv4')],
  ['text of a file, key by key', () => ['*', '*r', '*raw'].forEach((text) => void app.editText(0, text, 'text:0'))],
  [
    'files in place of the node, whose links the packets have not',
    () =>
      openOwn(app, [
        { name: 'rules', text: RULES },
        { name: 'addr', text: '1: eth9: <UP> mtu 1500 state UP\n    inet 192.0.2.1/24 scope global eth9\n' },
      ]),
  ],
  [
    'a cluster in place of the node',
    () => openOwn(app, [{ name: 'cluster.yaml', text: 'nodes: [{name: a, address: 192.168.0.1}]\nsubnets: [{name: net1, cidr: 10.0.11.0/24}]\n' }]),
  ],
  ['a file beside them', () => openOwn(app, [{ name: 'sysctl', text: 'net.ipv4.ip_forward = 0\n' }], 'add')],
  ['a scenario', () => void openScenario(app, 'kube-ovn-installed/p01-pod-to-internet')],
];

describe('what is no action of the list', () => {
  test.each(OTHERS)('%s', async (_, perform) => {
    expect(await undone(perform)).toBe(true);
  });
  test('in the middle of a run of misses: the rule is the one that is looked at again', async () => {
    const run = state().answer.traces[1]?.steps.find((step) => step.kind === 'misses' && step.last > step.rule + 1);
    if (run?.kind !== 'misses') throw new Error('no run of misses');
    goToRule(app, { ...run, rule: run.rule + 1 });
    expect(state().selection.rule).toBe(run.rule + 1);
    expect(await undone(() => app.removePacket(1))).toBe(true);
    expect(await undone(() => openOwn(app, [{ name: 'rules', text: RULES }]))).toBe(true);
  });
  test('of a cluster: its text, typed', async () => {
    openScenario(app, CLUSTER);
    await rest();
    app.select({ clusterShown: true, clusterPart: 'text', panel: 'cluster' });
    const [file] = state().document.files;
    expect(await undone(() => typeCluster(app, `${file?.text ?? ''}# a comment\n`))).toBe(true);
  });
});

test('whoever has gone on since an edit stays there when it is undone', async () => {
  app.editField(1, 'ttl', '63');
  await rest();
  app.goTo(6);
  app.undo();
  await rest();
  expect(state().selection.step).toBe(6);
});
