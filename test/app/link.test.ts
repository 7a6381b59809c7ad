import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packDocument, packetsOf, readDocument, readLink, unpackDocument, writeLink } from '../../app/share/link.ts';
import { readExampleList } from '../../app/shipped/examples.ts';
import { draftOf, packetOf } from '../../app/store/draft.ts';
import { withField, type Document } from '../../app/store/document.ts';
import { INITIAL_STATE } from '../../app/store/initial-state.ts';
import type { State } from '../../app/store/state.ts';
import { createApp } from '../../app/store/store.ts';
import list from '../../public/examples/index.json' with { type: 'json' };
import { firstSeed } from '../support/seed.ts';
import { TRACE } from './trace-fixture.ts';

/** One file and one packet, packed by the page of version 0.1.0: it opens for ever. */
const OLD_LINK =
  'rZCxagMxEET_5ZVBGCW-IqhNnyZpTHAhTrpE-E4S0hJsDv27ke_IF4Rp9i3DDjsrU5h9xXytRLt4DBaF-KtgeIpWaGdFtuPFy2YrvgpmJUQMXn40ilpGDM_60PWCwnUPr4eHUOSSJGGQMXd7TkUwg9ZaK9xOw7EppuBnV__nPo8A_hIYhiOKabbfFcPH6R1FGJf8ecv9853ekttpseWCQV_7EZF520qq25DtbU7WbWB7AK235eNvKCkuPvaiWrsD';

const BASE = [TRACE.packet];
const document: Document = { example: 'kube/p1', files: [{ name: 'node', text: '*nat' }], cluster: false, packets: BASE.map(draftOf), environment: {} };
const state = (more: Partial<State> = {}): State => ({
  ...INITIAL_STATE,
  document,
  scenario: { ...INITIAL_STATE.scenario, opened: { 'kube/p1': { packets: BASE, environment: {} } } },
  answer: { ...INITIAL_STATE.answer, traces: [TRACE] },
  ...more,
});

describe('links', () => {
  test('a link by hand', () => {
    expect(readLink('#/s/kube-ovn-installed/p43-policy-forward?pkt.src=10.0.11.130&step=14&alt=hook&sel=nat/OVN/A/10')).toMatchObject({
      source: { kind: 'example', id: 'kube-ovn-installed/p43-policy-forward' },
      fields: [{ packet: 0, field: 'src', text: '10.0.11.130' }],
      step: 13,
      altitude: 'hook',
      rule: { table: 'nat', chain: 'OVN/A', rule: 10 },
      unknown: [],
    });
  });
  test('what is not known is named, not obeyed; what is no link is none', () => {
    expect(readLink('#/s/a?pkt.color=red&step=-1&alt=bit&colour=1&pkt0.src=1.1.1.1')?.unknown).toEqual(['pkt.color=red', 'step=-1', 'alt=bit', 'colour=1', 'pkt0.src=1.1.1.1']);
    for (const text of ['', '#', '#region-rules', '#/y/1', '#/s/%E0%A4%A']) expect(readLink(text)).toBeNull();
  });
  test('an unedited scenario says only where one is', () => {
    expect(writeLink(state({ selection: { ...INITIAL_STATE.selection, step: 25 } }))).toBe('#/s/kube/p1?step=26&lang=en');
  });
  test('edits, a second packet and the place come back from their link', () => {
    const edited = withField(
      { ...document, packets: [...document.packets, draftOf({ in: 'eth0', src: 'fd00::1', dst: 'fd00::2', proto: 'udp', dport: 53 })] },
      0,
      'src',
      '10.0.11.130',
    );
    const text = writeLink(state({ document: edited, selection: { ...INITIAL_STATE.selection, packet: 1, step: 4, altitude: 'hook' } }));
    const link = readLink(text);
    expect(text).toContain('pkt.src=10.0.11.130');
    expect(text).toContain('pkt2.src=fd00::1');
    expect(link).toMatchObject({ packet: 1, step: 4, altitude: 'hook', packets: 2, unknown: [] });
    expect(link && packetsOf(link, BASE.map(draftOf)).map((draft) => draft.fields)).toEqual(edited.packets.map((draft) => draft.fields));
  });
  test('a packet that a packet caused is where the link leads', () => {
    const text = writeLink(state({ selection: { ...INITIAL_STATE.selection, caused: [1, 0], step: 3 } }));
    expect(text).toContain('caused=2.1');
    expect(readLink(text)).toMatchObject({ caused: [1, 0], step: 3, unknown: [] });
    expect(readLink('#/s/a?caused=0')).toMatchObject({ caused: [], unknown: ['caused=0'] });
  });
  test('text that is no packet travels too: the field is as it was typed', () => {
    const text = writeLink(state({ document: withField(document, 0, 'src', 'a&b=c #') }));
    const link = readLink(text);
    expect(link && packetsOf(link, BASE.map(draftOf))[0]?.fields.src).toBe('a&b=c #');
  });
  test("one's own files go into a link and come back, characters of any script included", async () => {
    const own: Document = { ...document, example: null, files: [{ name: '节点', text: '-A INPUT -m comment --comment "网关 🙂" -j ACCEPT\n'.repeat(50) }] };
    const data = await packDocument(own);
    expect(data).toMatch(/^[\w-]+$/);
    expect(data.length).toBeLessThan(1000);
    expect(await unpackDocument(data)).toEqual(own);
  });
  test('a cluster goes into a link and comes back as one; a link from before there were clusters opens as it did', async () => {
    const cluster: Document = { ...document, example: null, cluster: true, files: [{ name: 'cluster.yaml', text: 'nodes: []\n' }] };
    expect(await unpackDocument(await packDocument(cluster))).toEqual(cluster);
    expect(await unpackDocument(OLD_LINK)).toMatchObject({ cluster: false, files: [{ name: 'a', text: '*nat' }], packets: [{ rest: { dst: '8.8.8.8' } }] });
  });
  test('the open panel of the cluster is said, where there is a cluster', () => {
    const selection = { ...INITIAL_STATE.selection, clusterShown: true };
    expect(writeLink(state({ selection, document: { ...document, cluster: true } }))).toBe('#/s/kube/p1?step=1&show=cluster&lang=en');
    expect(writeLink(state({ selection }))).toBe('#/s/kube/p1?step=1&lang=en');
    expect(readLink('#/own?show=cluster')).toMatchObject({ cluster: true, unknown: [] });
    expect(readLink('#/own?show=else')).toMatchObject({ cluster: false, unknown: ['show=else'] });
  });
  test('a damaged link gives nothing and throws nothing', async () => {
    for (const data of ['', '%%%', 'AAAA', btoa('{"files":1}')]) expect(await unpackDocument(data)).toBeNull();
  });
  test('a link that somebody made up gives nothing, where the page could not draw what is in it', async () => {
    const [draft] = document.packets;
    const packed = (more: object): Promise<Document | null> => packDocument({ ...document, ...more }).then(unpackDocument);
    for (const rest of [null, 5, [], 'x']) {
      expect(await packed({ packets: [{ ...draft, rest }] }), JSON.stringify(rest)).toBeNull();
      expect((await packed({ twin: { shown: 'A', packets: [{ ...draft, rest }] } }))?.twin, JSON.stringify(rest)).toBeUndefined();
    }
    for (const environment of [5, [], 'x']) expect(await packed({ environment }), JSON.stringify(environment)).toBeNull();
    expect(await packed({ packets: Array.from({ length: 1001 }, () => draft) })).toBeNull();
    expect((await packed({ packets: Array.from({ length: 1000 }, () => draft) }))?.packets).toHaveLength(1000);
  });
  test('any JSON is a document that can be drawn and walked, or none', () => {
    const odd = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom<unknown>(null, undefined, [], {}));
    const [draft] = document.packets;
    const packet = fc.oneof(
      fc.constant(draft as object),
      fc.record({ fields: fc.oneof(fc.constant(draft?.fields as object), odd), rest: fc.oneof(fc.constant(draft?.rest as object), odd) }),
      odd,
    );
    const packets = fc.oneof(fc.array(packet, { maxLength: 3 }), odd);
    const shape = fc.record({
      files: fc.oneof({ weight: 5, arbitrary: fc.constant<unknown>(document.files) }, { weight: 1, arbitrary: odd }),
      packets,
      environment: fc.oneof(fc.constant({}), odd),
      breakpoints: odd,
      twin: fc.oneof(odd, fc.record({ shown: fc.constantFrom('A', 'B', 'C'), packets })),
    });
    let read = 0;
    fc.assert(
      fc.property(shape, (value) => {
        const one = readDocument(value);
        if (!one) return;
        read++;
        for (const each of [...one.packets, ...(one.twin?.packets ?? [])]) packetOf(each);
        const shown = createApp({ run: () => 0, why: () => undefined });
        shown.open(one);
        expect(readLink(writeLink(shown.store.getState()))).not.toBeNull();
      }),
      { seed: firstSeed(), numRuns: 500 },
    );
    expect(read).toBeGreaterThan(10);
  });
});

describe('list of scenarios', () => {
  const entries = readExampleList(list);
  test('names are unique, every title is in both languages', () => {
    expect(new Set(entries.map((entry) => entry.id)).size).toBe(entries.length);
    for (const entry of entries) for (const language of ['en', 'zh'] as const) expect(entry.title[language], entry.id).not.toBe('');
  });
  test('the one the page opens on is there', () => {
    expect(entries.map((entry) => entry.id)).toContain('kube-ovn-installed/p43-policy-forward');
  });
});
