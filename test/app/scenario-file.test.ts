/** A saved file opens as what was saved; scenarios of the repository open, too. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { packetEarlier } from '../../app/actions/connection.ts';
import { sendAgain } from '../../app/actions/send-again.ts';
import { swapTwin } from '../../app/actions/swap-twin.ts';
import { keepDocument, keptDocument } from '../../app/share/kept.ts';
import { packDocument, readDocument, unpackDocument } from '../../app/share/link.ts';
import { mayBeScenario } from '../../app/share/recognise.ts';
import { readScenarioFiles, withShippedExpectations, writeScenario } from '../../app/share/scenario-file.ts';
import type { ScenarioText } from '../../app/store/desk.ts';
import { FIRST_PACKET, readyPackets, withField, type Document } from '../../app/store/document.ts';
import { draftOf } from '../../app/store/draft.ts';
import { INITIAL_STATE } from '../../app/store/initial-state.ts';
import { createApp, type App } from '../../app/store/store.ts';
import { fileWords } from '../../app/text/given-files.ts';
import { inBoth, work } from '../../app/worker/desk-work.ts';
import { CHINESE } from '../../app/worker/chinese.ts';
import { printTypedPacket, readScenario } from '../../engine/index.ts';
import { packetwalk } from '../support/command-line.ts';
import { firstSeed } from '../support/seed.ts';
import { openPage, openScenario } from './opened-page.ts';
import { englishIn } from './page-text.ts';
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
const read = async (text: string, language?: string) => {
  const done = work({ desk: 'scenario', id: 0, text });
  return (language === 'zh' ? inBoth(done, CHINESE.problem) : done) as ScenarioText;
};
const open = (...files: { name: string; text: string }[]) => readScenarioFiles(files, 'en', read);

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
  test('several files, a cluster, breakpoints: a scenario, too; a packet half typed: as it is', async () => {
    for (const one of [
      { ...document, files: [...document.files, { name: 'ipset.save', text: 'create a hash:ip' }] },
      { ...document, cluster: true, files: [{ name: 'cluster.yaml', text: 'nodes: []\n' }] },
      { ...document, breakpoints: ['drop'], twin: { shown: 'B' as const, packets: [draftOf(TRACE.packet)] } },
    ]) {
      const saved = save(one);
      expect(readScenario(JSON.parse(saved.text)).problems).toEqual([]);
      const files = one.files.length === 1 && !one.cluster ? [{ ...one.files[0], name: saved.name }] : one.files;
      // The file has another name then: the first one is its title.
      const said = files === one.files ? {} : { said: { title: { en: 'node.snapshot' }, expect: [] } };
      expect(await open(saved)).toEqual({ kind: 'document', document: { ...one, ...said, files, packets: (readyPackets(one) ?? []).map(draftOf) } });
    }
    const half = withField(document, 0, 'src', '10.0.');
    expect(await open(save(half))).toEqual({ kind: 'document', document: half });
  });
  test('the command line walks what was saved: several files, a cluster and what adds to it', async () => {
    const rules = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m set --match-set blocked src -j DROP\nCOMMIT\n';
    const sets = 'create blocked hash:ip family inet hashsize 1024 maxelem 65536\nadd blocked 10.0.0.2\n';
    const several = {
      ...document,
      files: [
        { name: 'rules.save', text: rules },
        { name: 'sets.save', text: sets },
      ],
      packets: [draftOf(FIRST_PACKET)],
      breakpoints: ['drop'],
    };
    const { name, text } = save(several);
    const traced = await packetwalk(['trace', name, '--json'], { files: { [name]: text } });
    expect([traced.err, traced.status]).toEqual(['', 0]);
    expect(JSON.parse(traced.out)).toMatchObject({ traces: [{ outcome: { verdict: 'dropped', by: 'filter/FORWARD/1' } }] });
    // Without expectations it holds; with one that does not, it is said.
    const value = JSON.parse(text) as object;
    const expecting = (verdict: string) => packetwalk(['test', name], { files: { [name]: JSON.stringify({ ...value, expect: [{ packet: 1, verdict }] }) } });
    expect([(await packetwalk(['test', name], { files: { [name]: text } })).status, (await expecting('dropped')).status, (await expecting('forwarded')).status]).toEqual([0, 0, 1]);

    const cluster = readFileSync('public/examples/kube-ovn-cluster/cluster.yaml', 'utf8');
    const ofCluster = save({ ...document, cluster: true, files: [{ name: 'cluster.yaml', text: cluster }] });
    const walked = await packetwalk(['trace', ofCluster.name, '--json'], { files: { [ofCluster.name]: ofCluster.text } });
    const plain = await packetwalk(['trace', 'cluster.yaml', `${printTypedPacket(TRACE.packet)}`, '--json'], { files: { 'cluster.yaml': cluster } });
    expect(walked.status).toBe(0);
    const outcome = ({ out }: { readonly out: string }) => (JSON.parse(out) as { traces: { outcome: unknown }[] }).traces[0]?.outcome;
    expect(outcome(walked)).toEqual(outcome(plain));

    const half = save(withField(document, 0, 'src', '10.0.'));
    for (const command of ['trace', 'test']) {
      const { status, err, out } = await packetwalk([command, half.name], { files: { [half.name]: half.text } });
      expect([status, err + out]).toEqual([2, expect.stringContaining('open it there, mend the packets that cannot be read, and save it again')]);
    }
  });
  test('any document comes back, whatever is in its files and fields', async () => {
    const file = fc.record({ name: fc.string(), text: fc.string({ unit: 'binary' }) });
    // What can be read and what cannot: the one may become a scenario, the other never does.
    const src = fc.oneof(fc.ipV4(), fc.string({ unit: 'binary' }));
    const twin = fc.option(
      fc.record({ shown: fc.constantFrom('A' as const, 'B' as const), packets: fc.array(fc.constant(draftOf(FIRST_PACKET)), { minLength: 1, maxLength: 2 }) }),
      { nil: undefined },
    );
    const breakpoints = fc.option(fc.array(fc.constantFrom('drop', 'nat/POSTROUTING/1'), { minLength: 1, maxLength: 2 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 3 }), fc.boolean(), src, twin, breakpoints, async (files, cluster, typed, other, stops) => {
        const one = withField({ ...document, files, cluster, ...(other && { twin: other }), ...(stops && { breakpoints: stops }) }, 0, 'src', typed);
        const { name, text } = save(one);
        expect(name).toMatch(/^[\w.-]+\.scenario\.json$/);
        const opened = await open({ name, text });
        if (opened.kind !== 'document') throw new Error(JSON.stringify(opened));
        expect(opened.document.files.map((each) => each.text)).toEqual(files.map((each) => each.text));
        const asScenario = readyPackets(one);
        expect(opened.document.packets[0]?.fields.src).toBe(asScenario ? (asScenario[0]?.src ?? '') : typed);
        expect([opened.document.twin, opened.document.breakpoints]).toEqual([other, stops]);
      }),
      { seed: firstSeed(), numRuns: 100 },
    );
  });
});

describe('what a scenario expects', () => {
  const RULES = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n-A INPUT -p udp -j DROP\n-A INPUT -p tcp --dport 22 -j DROP\nCOMMIT\n';
  const packet = (dport: number) => ({ in: 'eth0', src: '192.0.2.9', dst: '127.0.0.1', proto: 'tcp', sport: 4000, dport });
  const expectations = [
    { packet: 2, verdict: 'dropped', by: 'filter/INPUT/2', not: ['filter/INPUT/1'] },
    { packet: 1, dport: 80 },
    { packet: 2, fires: ['filter/INPUT/2'] },
  ];
  const given = {
    title: { en: 'Port 22 is closed', zh: '22 端口关闭' },
    snapshot: `==> iptables-save <==\n${RULES}==> sysctl <==\nnet.ipv4.conf.all.route_localnet = 1\n`,
    environment: {},
    packets: [packet(80), packet(22), packet(443)],
    expect: expectations,
  };
  const opened = async (file = { name: 'closed.scenario.json', text: JSON.stringify(given) }): Promise<Document> => {
    const dropped = await open(file);
    return dropped.kind === 'document' ? dropped.document : expect.unreachable(JSON.stringify(dropped));
  };
  const saved = (one: Document) =>
    JSON.parse(save(one).text) as { readonly title: object; readonly expect?: readonly object[]; readonly packets: readonly { readonly dport: number }[] };
  const edited = async (edit: (app: App) => void): Promise<Document> => {
    const app = createApp({ run: () => 0, why: () => undefined });
    app.open(await opened());
    edit(app);
    return app.store.getState().document;
  };

  test('is in the file that is saved of it, with its title; the command line says the same of both', async () => {
    const again = save(await opened());
    const value = JSON.parse(again.text) as typeof given;
    expect([value.title, value.expect, again.lost]).toEqual([given.title, expectations, 0]);
    const run = async (name: string, text: string) => {
      const { status, out } = await packetwalk(['test', name, '--json'], { files: { [name]: text } });
      // The lines are of another file.
      return [
        status,
        (
          JSON.parse(out, (key, value: unknown) => (key === 'line' ? undefined : value)) as { readonly scenarios: readonly { readonly expectations: readonly object[] }[] }
        ).scenarios.map((one) => one.expectations),
      ];
    };
    expect(await run(again.name, again.text)).toEqual(await run('closed.scenario.json', JSON.stringify(given)));
    expect(saved(await opened(again))).toEqual(value);
  });
  test('stays with its packet when that is edited, when others come before it or are sent again, and in twins', async () => {
    const moved = await edited((app) => {
      app.editField(1, 'dport', '23');
      app.select({ packet: 1 });
      packetEarlier.perform(app);
      sendAgain.perform(app);
      swapTwin.perform(app);
    });
    expect(saved(moved).packets.map(({ dport }) => dport)).toEqual([23, 80, 443, 23]);
    expect(saved(moved).expect).toEqual([
      { ...expectations[0], packet: 1 },
      { ...expectations[1], packet: 2 },
      { ...expectations[2], packet: 1 },
    ]);
    // The one that was sent again is no packet that the file spoke of.
    const copied = await edited((app) => {
      app.select({ packet: 1 });
      sendAgain.perform(app);
      app.removePacket(1);
    });
    expect(saved(copied).expect).toEqual([expectations[1]]);
  });
  test('of a packet that was removed goes with it, and that is said; Undo brings it back', async () => {
    const without = await edited((app) => app.removePacket(1));
    expect([saved(without).expect, save(without).lost]).toEqual([[expectations[1]], 2]);
    const none = await edited((app) => [1, 0].forEach((at) => void app.removePacket(at)));
    expect([saved(none).expect, save(none).lost]).toEqual([undefined, 3]);
    expect(readScenario(saved(none)).problems).toEqual([]);
    const back = await edited((app) => {
      app.removePacket(1);
      app.undo();
    });
    expect([saved(back).expect, save(back).lost]).toEqual([expectations, 0]);
    for (const language of ['en', 'zh'] as const) {
      const said = [0, 1, 2].map((count) => (count === 0 ? 'a.json' : fileWords(language).savedWithout({ name: 'a.json', count })));
      expect(new Set(said).size).toBe(3);
    }
  });
  test('outlives a reload, a link, and packets half typed', async () => {
    const one = await opened();
    const half = withField(one, 0, 'src', '10.0.');
    expect(await opened(save(half))).toEqual(half);
    for (const kept of [await unpackDocument(await packDocument(one)), readDocument(JSON.parse(JSON.stringify(one)))])
      expect(saved(kept ?? expect.unreachable())).toEqual(saved(one));
    const storage = new Map<string, string>();
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, text: string) => void storage.set(key, text),
      removeItem: (key: string) => void storage.delete(key),
    });
    keepDocument(one);
    expect(keptDocument()).toEqual(one);
    vi.unstubAllGlobals();
  });
  describe('of one that ships', () => {
    const id = 'kube-ovn-installed/p43-policy-forward';
    const file = `examples/${id}.scenario.yaml`;
    const shipped = async (edit: (app: App) => void = () => undefined, fetched = async (path: string) => readFileSync(`public/${path}`, 'utf8'), name = id) => {
      const app = openPage();
      openScenario(app, name);
      edit(app);
      return writeScenario(await withShippedExpectations(app.store.getState(), read, fetched));
    };
    const expected = async (made: ReturnType<typeof shipped>) => (JSON.parse((await made).text) as { readonly expect?: readonly object[] }).expect;
    const inFile = async () => (await read(readFileSync(`public/${file}`, 'utf8'))) as Extract<ScenarioText, { kind: 'scenario' }>;

    test('is in the file that is saved of it, and the command line finds it so', async () => {
      const { name, text, lost } = await shipped();
      expect(lost).toBe(0);
      expect(JSON.parse(text)).toMatchObject({ title: (await inFile()).scenario?.title, expect: (await inFile()).scenario?.expect });
      expect((await packetwalk(['test', name], { files: { [name]: text } })).status).toBe(0);
      // With another packet in place of the shipped one it would not be.
      expect((await packetwalk(['test', name], { files: { [name]: text.replace('"8.8.8.8"', '"10.0.11.9"') } })).status).toBe(1);
    });
    test('stays while packets come behind those that it speaks of; where one is another, what follows is another, too', async () => {
      const all = (await inFile()).scenario?.expect;
      expect(await expected(shipped((app) => sendAgain.perform(app)))).toEqual(all);
      const before = (app: App) => app.addPacket(0, [draftOf(FIRST_PACKET), ...app.store.getState().document.packets]);
      for (const edit of [(app: App) => app.editField(0, 'dport', '80'), before]) {
        expect(await expected(shipped(edit))).toBeUndefined();
        expect((await shipped(edit)).lost).toBe(all?.length);
      }
    });
    test('is not asked for where there is none, nor of files that are the person’s own; where the file cannot be had that is said', async () => {
      const asked = vi.fn(async () => '');
      await shipped(undefined, asked, 'kube-ovn-installed');
      await shipped((app) => app.editText(0, '*filter'), asked);
      expect(asked).not.toHaveBeenCalled();
      await expect(shipped(undefined, async () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
      await expect(shipped(undefined, async () => '[]')).rejects.toThrow(file);
    });
  });
  test('whatever a link has in its place, the document opens', () => {
    for (const said of [5, null, [], { expect: 5 }, { expect: [null] }, { expect: {} }]) {
      const read = readDocument({ ...document, said });
      expect(read).toEqual(document);
      expect(save(read ?? document).lost).toBe(0);
    }
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
    expect(await open({ name: 'a.scenario.json', text: '{\n "packets": [}' })).toMatchObject({ message: expect.stringMatching(/^a\.scenario\.json:2:14: /) as string });
    expect(await open({ name: 'iptables.save', text: '*nat\nCOMMIT\n' })).toEqual({ kind: 'none' });
    expect(mayBeScenario({ name: 'route.json', text: '[{"dst": "default"}]' })).toBe(false);
  });
  test.each([
    ['{"packets": ['],
    ['{"packetwalk": 1}'],
    ['{"packetwalk": 2}'],
    ['packets: [\n'],
    ['packets: [{dst: nowhere}]\nsnapshot: x\ntitle: t'],
    ['packets: [{dst: 10.0.0.1, proto: tcp, dprot: 1}]\nsnapshot: x\ntitle: t'],
    ['title: t\nnode: [node.snapshot]\npackets: [{dst: 10.0.0.1, proto: tcp}]\nexpect: []\n'],
  ])('on a Chinese page what is wrong with %j is said in Chinese', async (text) => {
    const said = await readScenarioFiles([{ name: 'a.scenario.yaml', text }], 'zh', read);
    if (said.kind !== 'refused') throw new Error(JSON.stringify(said));
    expect(said.message).toMatch(/\p{Script=Han}/u);
    expect(englishIn(said.message.replace(/^[^ ]+ /, ''))).toEqual([]);
  });
  test('a reader that stops is said in Chinese, too', async () => {
    const stopped = () => Promise.reject(new Error('the reader of YAML stopped unexpectedly'));
    expect(await readScenarioFiles([{ name: 'a.scenario.yaml', text: 'packets: []' }], 'zh', stopped)).toEqual({
      kind: 'refused',
      message: 'a.scenario.yaml: YAML 读取程序意外停止',
    });
  });
});
