/** A saved file opens as what was saved; scenarios of the repository open, too. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayBeScenario } from '../../app/share/recognise.ts';
import { readScenarioFiles, writeScenario } from '../../app/share/scenario-file.ts';
import type { ScenarioText } from '../../app/store/desk.ts';
import { readyPackets, withField, type Document } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import { INITIAL_STATE } from '../../app/store/initial-state.ts';
import { work } from '../../app/worker/desk-work.ts';
import { readScenario } from '../../engine/index.ts';
import { TRACE } from './trace-fixture.ts';

const NODE = '==> iptables-save <==\n*nat\n:POSTROUTING ACCEPT\n-A POSTROUTING -m comment --comment "网关 <b>" -j MASQUERADE\nCOMMIT\n';
const document: Document = {
  example: null,
  files: [{ name: 'node.snapshot', text: NODE }],
  cluster: false,
  packets: [draftOf(TRACE.packet)],
  environment: { now: '2026-01-01T00:00:00Z' } as Document['environment'],
};
const save = (one: Document) => writeScenario({ document: one, scenario: INITIAL_STATE.scenario });
const open = (...files: { name: string; text: string }[]) => readScenarioFiles(files, async (text) => work({ desk: 'scenario', id: 0, text }) as ScenarioText);

describe('saving', () => {
  test('one node and packets that can be read: a scenario that the command line reads', async () => {
    const { name, text } = save(document);
    expect(name).toBe('node.scenario.json');
    const { scenario, problems } = readScenario(JSON.parse(text));
    expect(problems).toEqual([]);
    expect(scenario).toMatchObject({ snapshot: NODE, environment: document.environment });
    const opened = await open({ name, text });
    expect(opened).toMatchObject({ kind: 'document', document: { example: null, cluster: false, environment: document.environment } });
    if (opened.kind === 'document') {
      expect(opened.document.files[0]?.text).toBe(NODE);
      expect(readyPackets(opened.document)).toEqual(readyPackets(document));
    }
  });
  test('several files, a cluster, a packet half typed: as it is', async () => {
    for (const one of [
      { ...document, files: [...document.files, { name: 'ipset.save', text: 'create a hash:ip' }] },
      { ...document, cluster: true, files: [{ name: 'cluster.yaml', text: 'nodes: []\n' }] },
      withField(document, 0, 'src', '10.0.'),
    ])
      expect(await open(save(one))).toEqual({ kind: 'document', document: one });
  });
  test('any document comes back, whatever is in its files and fields', async () => {
    const file = fc.record({ name: fc.string(), text: fc.string({ unit: 'binary' }) });
    const seed = Date.now() & 0x7fffffff;
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.string({ unit: 'binary' }), async (files, cluster, src) => {
        const one = withField({ ...document, files, cluster }, 0, 'src', src);
        const { name, text } = save(one);
        expect(name).toMatch(/^[\w.-]+\.scenario\.json$/);
        const opened = await open({ name, text });
        expect(opened.kind === 'document' && [opened.document.files.map((each) => each.text), opened.document.packets[0]?.fields.src]).toEqual([
          files.map((each) => each.text),
          readyPackets(one) && files.length === 1 && !cluster ? (readyPackets(one)?.[0]?.src ?? '') : src,
        ]);
      }),
      { seed, numRuns: 100 },
    );
  });
});

describe('opening', () => {
  test('a scenario of the repository, with the node that it names; without it that is said', async () => {
    const folder = 'public/examples/kube-ovn-installed';
    const text = readFileSync(`${folder}/p43-policy-forward.scenario.yaml`, 'utf8');
    const node = readFileSync(`${folder}/node.snapshot`, 'utf8');
    const opened = await open({ name: 'node.snapshot', text: node }, { name: 'p43-policy-forward.scenario.yaml', text });
    expect(opened).toMatchObject({ kind: 'document', document: { files: [{ name: 'node.snapshot', text: node }], packets: [{ fields: { src: '10.0.11.2' } }] } });
    expect(await open({ name: 'p43-policy-forward.scenario.yaml', text })).toMatchObject({ kind: 'refused', message: expect.stringMatching(/node\.snapshot.*together/) as string });
  });
  test('what is broken says why and takes nothing; what is none is left alone', async () => {
    expect(await open({ name: 'a.scenario.json', text: '{"packets": [' })).toMatchObject({ kind: 'refused' });
    expect(await open({ name: 'a.scenario.yaml', text: 'packets: [{dst: nowhere}]\nsnapshot: x\ntitle: t' })).toMatchObject({ kind: 'refused' });
    expect(await open({ name: 'a.scenario.json', text: '{"packetwalk": 2, "packets": []}' })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('newer version') as string,
    });
    expect(await open({ name: 'a.scenario.json', text: '{"packetwalk": 1, "packets": 5, "snapshot": 1}' })).toMatchObject({ kind: 'refused' });
    expect(await open({ name: 'iptables.save', text: '*nat\nCOMMIT\n' })).toEqual({ kind: 'none' });
    expect(mayBeScenario({ name: 'route.json', text: '[{"dst": "default"}]' })).toBe(false);
  });
});
