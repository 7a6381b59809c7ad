/** The gallery's data as they ship, and its search. What is expected of a scenario was recorded from a kernel (the scenario files say so). */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readExampleList } from '../../app/shipped/examples.ts';
import { readGallery, type CatalogueFile, type CoverageFile, type FindingsFile, type GalleryFile } from '../../app/shipped/gallery.ts';
import { galleryLines, namedBy, packetSpokenOf, searchGallery, setOfRow, type GalleryScenario } from '../../app/store/gallery.ts';
import catalogue from '../../public/examples/catalogue.json' with { type: 'json' };
import coverage from '../../public/examples/coverage.json' with { type: 'json' };
import findings from '../../public/examples/findings.json' with { type: 'json' };
import notes from '../../public/examples/gallery.json' with { type: 'json' };
import list from '../../public/examples/index.json' with { type: 'json' };

const EXAMPLES = readExampleList(list);
const gallery = readGallery(EXAMPLES, notes as GalleryFile, catalogue as CatalogueFile, coverage as CoverageFile, findings as FindingsFile);
const search = (query: string, family: 'ipv4' | 'ipv6' | null = null) => searchGallery(gallery, query, family);
const ids = (query: string) => search(query).scenarios.map(({ id }) => id);
const FORWARD = 'kube-ovn-installed/p43-policy-forward';

describe('what it holds', () => {
  test('every scenario that ships, once', () => {
    expect(gallery.scenarios.map(({ id }) => id).sort()).toEqual(EXAMPLES.map(({ id }) => id).sort());
  });
  test('a verdict in both languages for each, and a family', () => {
    for (const { id, verdict, families } of gallery.scenarios)
      expect([id, verdict?.en !== '' && verdict?.zh !== '' && verdict !== null, families.length > 0]).toEqual([id, true, true]);
  });
  test('a question or the node’s own for each; every topic has some', () => {
    for (const { id } of gallery.topics) expect(gallery.scenarios.filter(({ topic }) => topic === id).length, id).toBeGreaterThan(0);
    expect(gallery.scenarios.find(({ id }) => id === FORWARD)).toMatchObject({
      name: 'P43',
      topic: 'policy',
      class: 'neutral',
      families: ['ipv4'],
      packet: '10.0.11.2 → 8.8.8.8 tcp 443',
    });
  });
  test('verdicts are those that scenarios expect of their packets', () => {
    const verdict = (id: string) => gallery.scenarios.find((one) => one.id === `kube-ovn-installed/${id}`)?.verdict;
    expect(verdict('p43-policy-forward')).toEqual({ en: 'Not SNATed: leaves eth0 as 10.0.11.2', zh: '未做 SNAT：以 10.0.11.2 从 eth0 发出' });
    expect(verdict('p44-policy-nat')?.en).toMatch(/^SNATed: leaves eth0 as 192\.168\.0\.101/);
    expect(verdict('p17-invalid-rst')?.en).toMatch(/^Dropped/);
  });
  test('what is missing from the generated files is listed all the same', () => {
    const bare = readGallery(EXAMPLES, { format: 1, topics: [], scenarios: {}, rules: {} }, { packets: [], more: [] }, { rows: [] }, { topics: {}, findings: [] });
    expect(bare.scenarios.map(({ id }) => id)).toEqual(EXAMPLES.map(({ id }) => id));
    expect(bare.scenarios[0]).toMatchObject({ verdict: null, topic: 'more' });
  });
});

describe('search', () => {
  test('by the id of a packet: it alone stands first; small letters do', () => {
    expect(search('P43').scenarios[0]?.name).toBe('P43');
    expect(search('p43v6').scenarios.map(({ name }) => name)).toEqual(['P43v6']);
    expect(search('P4').scenarios.map(({ name }) => name?.slice(0, 3))).toContain('P44');
  });
  test('by the row of a rule: those in which it fires, then those in which it just misses', () => {
    const found = search('X7').scenarios;
    const fires = found.filter((one) => one.fires.includes('X7'));
    expect(fires.length).toBeGreaterThan(0);
    expect(found.slice(0, fires.length)).toEqual(fires);
    expect(found.length).toBeGreaterThan(fires.length);
    expect(namedBy('x7', fires[0] as (typeof found)[number]).fires).toEqual(['X7']);
    expect(search('S7').scenarios.some(({ fires: rows }) => rows.includes('S07'))).toBe(true);
  });
  test('by a mark, a set, an address, the text of a rule, a question, a title in either language, the family', () => {
    expect(ids('0x90002')).toContain(FORWARD);
    expect(ids('natpr-src')).toContain(FORWARD);
    expect(ids('10.0.11.2')).toContain(FORWARD);
    expect(ids('--set-xmark 0x90002')).toContain(FORWARD);
    expect(ids('keep its address')).toContain(FORWARD);
    expect(ids('策略规则为 forward')).toContain(FORWARD);
    expect(ids('未做 SNAT')).toContain(FORWARD);
    expect(ids('0x90002 ipv6')).not.toContain(FORWARD);
    expect(search('0x90002', 'ipv6').scenarios.every(({ families }) => families.includes('ipv6'))).toBe(true);
  });
  test('every word that counts must be there, else the nearest are found and said to be no more; markup and odd characters are just text', () => {
    expect(search('P43')).toMatchObject({ nearest: false });
    expect(search('P43 P44')).toMatchObject({ nearest: true });
    expect(ids('P43 P44')).toEqual(expect.arrayContaining([FORWARD, 'kube-ovn-installed/p44-policy-nat']));
    expect(search('P43 P44').scenarios.length).toBeLessThan(20);
    expect(search('zebra')).toMatchObject({ scenarios: [], nearest: false });
    expect(ids('<img src=x> .* \\')).toEqual([]);
    expect(search('   ').scenarios).toHaveLength(gallery.scenarios.length);
  });
  test.each(['why is my pod not snated', 'why is my pod not SNATed?', 'not snated', 'pod not snated', 'Why isn’t my pod SNATed'])(
    '"%s": what kept its address stands first',
    (query) => {
      const { scenarios, nearest } = search(query);
      expect(nearest).toBe(false);
      for (const { id, verdict } of scenarios.slice(0, 6)) expect([id, verdict?.en]).toEqual([id, expect.stringMatching(/^Not SNATed/)]);
      expect(scenarios[0]?.id).toBe('kube-ovn-installed/p04-subnet-without-nat');
      expect(scenarios.map(({ id }) => id)).toContain(FORWARD);
    },
  );
  test.each(['为什么没有 SNAT', '为什么没有SNAT？', '没有做 SNAT', '为何未做 SNAT'])('"%s" asks the same', (query) => {
    const { scenarios, nearest } = search(query);
    expect(nearest).toBe(false);
    for (const { id, verdict } of scenarios.slice(0, 6)) expect([id, verdict?.zh]).toEqual([id, expect.stringMatching(/^未做 SNAT/)]);
    expect(scenarios.map(({ id }) => id)).toContain(FORWARD);
  });
  test('the order of the words does not matter; other forms of a word are the word; Chinese needs no spaces', () => {
    expect(new Set(ids('snated pod'))).toEqual(new Set(ids('pod snated')));
    expect(search('pod snat').scenarios[0]).toMatchObject({ name: 'P01' });
    expect(ids('pods masqueraded').length).toBeGreaterThan(0);
    expect(
      search('策略保留地址')
        .scenarios.slice(0, 2)
        .map(({ name }) => name),
    ).toContain('P43');
  });
  test('a word that few have counts more than one that many have', () => {
    expect(search('pod ping').scenarios[0]?.name).toBe('P26');
    expect(search('ping pod').scenarios[0]?.name).toBe('P26');
  });
  test('a scenario opens on the packet that its line speaks of', () => {
    const of = (name: string) => gallery.scenarios.find((one) => one.name === name);
    expect(packetSpokenOf(of('P43') as GalleryScenario)).toBe(0);
    expect(of('P47c')).toMatchObject({ packets: 2, verdict: { en: expect.stringMatching(/^Not SNATed/) } });
    expect(packetSpokenOf(of('P47c') as GalleryScenario)).toBe(1);
    expect(packetSpokenOf({ verdict: null, packets: 3 })).toBe(0);
  });
  test('rows and findings are found with them', () => {
    expect(search('S24').rows[0]?.id).toBe('S24');
    expect(search('S24').rows[0]?.sightings.filter(({ scenario }) => scenario !== null)).toHaveLength(4);
    expect(search('natpr').rows.map(({ kind }) => kind)).toContain('set');
    expect(search('no policy rule takes effect').findings).toMatchObject([{ id: 'page-order-policy', status: 'confirmed', kernels: ['6.18'] }]);
    expect(search('策略规则不起作用').findings.map(({ id }) => id)).toEqual(['page-order-policy']);
  });
});

test('lines: every scenario once under its topic and question; without headings when searched', () => {
  const lines = galleryLines(gallery, gallery.scenarios, true);
  expect(lines[0]).toMatchObject({ kind: 'topic' });
  expect(lines[1]).toMatchObject({ kind: 'question', id: 'P01' });
  expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
  expect(lines.filter(({ kind }) => kind === 'scenario')).toHaveLength(gallery.scenarios.length);
  expect(galleryLines(gallery, search('X7').scenarios, false).every(({ kind }) => kind === 'scenario')).toBe(true);
});

test('a row of sets is about a set that the node of its scenarios has, by that name', () => {
  const seen = gallery.rows
    .flatMap((row) => row.sightings.map((one) => ({ ...one, name: setOfRow(row, one.family) })))
    .filter(({ name, scenario }) => name !== null && scenario !== null);
  expect(new Set(seen.map(({ name }) => name)).size).toBeGreaterThan(12);
  for (const { name, scenario } of seen) {
    const entry = EXAMPLES.find(({ id }) => id === scenario);
    expect(readFileSync(`public/${entry?.node}`.replace('cluster.yaml', 'node.snapshot'), 'utf8')).toMatch(new RegExp(`^create ${name} `, 'm'));
  }
  expect(setOfRow({ kind: 'set', id: 'KUBE-NODE-PORT-LOCAL-SCTP-HASH' }, 'ipv6')).toBe('KUBE-6-NODE-PORT-LOCAL-SCTP-HAS');
  expect(setOfRow({ kind: 'rule', id: 'services' }, 'ipv4')).toBeNull();
});
