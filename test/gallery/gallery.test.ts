/**
 * Catalogue, coverage table and findings follow from the scenarios, the kernel's recordings and the words beside this file.
 * `npm run coverage` writes them anew.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXAMPLES, exampleSnapshot } from '../support/examples.ts';
import { catalogue, missingPackets, packetId } from './catalogue.ts';
import { coverage, emptyCells, idleReasons } from './coverage.ts';
import { extensionsPage, provedJson } from './extensions-page.ts';
import { readGallery } from './facts.ts';
import { FINDINGS, TOPICS } from './finding-list.ts';
import { brokenEvidence, judgeFinding } from './findings.ts';
import { coveragePage, findingsPage, linesOfJson } from './print.ts';
import { pageIndex } from './page-index.ts';
import { PACKETS } from './questions.ts';

const gallery = readGallery();
const table = coverage(gallery);
const packets = catalogue(gallery);
const findings = FINDINGS.map((finding) => judgeFinding(gallery, finding));

const index = pageIndex();

const json = (value: unknown, depth: number): string => `${linesOfJson(value, depth)}\n`;

const GENERATED: readonly (readonly [string, string])[] = [
  ['public/examples/catalogue.json', json(packets, 4)],
  ['public/examples/coverage.json', json(table, 3)],
  ['public/examples/findings.json', json({ format: 1, topics: TOPICS, findings }, 3)],
  ['public/examples/gallery.json', json(index, 2)],
  ['docs/coverage.md', coveragePage(table, 'en')],
  ['docs/coverage.zh.md', coveragePage(table, 'zh')],
  ['docs/extensions.md', extensionsPage('en')],
  ['docs/extensions.zh.md', extensionsPage('zh')],
  ['docs/proved.json', json(provedJson(), 2)],
  ['docs/findings.md', findingsPage(findings, 'en')],
  ['docs/findings.zh.md', findingsPage(findings, 'zh')],
];

if (process.env.PACKETWALK_RECORD) for (const [file, text] of GENERATED) writeFileSync(file, text);

it.each(GENERATED)('%s is up to date (npm run coverage)', (file, text) => {
  expect(existsSync(file) && readFileSync(file, 'utf8') === text).toBe(true);
});

describe('catalogue', () => {
  it('has every packet from P01 to P66 once, with a question in both languages', () => {
    expect(PACKETS.map(({ id }) => id)).toEqual(Array.from({ length: 66 }, (_, i) => `P${String(i + 1).padStart(2, '0')}`));
    for (const { id, question } of PACKETS) expect([id, question.en !== '' && question.zh !== '' && question.en !== question.zh]).toEqual([id, true]);
  });

  it('has a scenario for each, or the reason why there is none', () => {
    expect(missingPackets(gallery)).toEqual([]);
    for (const { id, none, scenarios } of packets.packets) expect([id, none !== undefined]).toEqual([id, scenarios.length === 0]);
  });

  it('names every scenario file once, and none that is not there', () => {
    const named = [...packets.packets.flatMap(({ scenarios }) => scenarios), ...packets.more].map(({ file }) => file);
    expect(named.sort()).toEqual(EXAMPLES.map(({ name }) => `${name}.scenario.yaml`).sort());
    for (const { name } of EXAMPLES) if (/\/p\d/.test(name)) expect(PACKETS.map(({ id }) => id)).toContain(packetId(name)?.slice(0, 3));
  });

  it('rests on a recording for every scenario', () => {
    expect(gallery.unrecorded).toEqual([]);
  });
});

describe('what a scenario shows', () => {
  const of = (name: string) => {
    const found = gallery.facts.find((one) => one.name === name);
    if (!found) throw new Error(`no ${name}`);
    return {
      fires: found.fires.map(({ id }) => id),
      misses: found.misses.map(({ id }) => id),
      sets: found.setHits.map(({ id }) => id),
      setMisses: found.setMisses.map(({ id }) => id),
    };
  };

  it('fires: what the kernel matched, and nothing else', () => {
    expect(of('kube-ovn-installed/p01-pod-to-internet').fires).toEqual(['S12', 'S09', 'S07', 'X11', 'S13', 'S24', 'X4', 'X5']);
    expect(of('kube-ovn-installed/p01-pod-to-internet').sets).toEqual(['subnets', 'subnets-nat']);
  });

  it('just misses: one clause alone is false, also where others stand behind it', () => {
    const { misses, setMisses } = of('kube-ovn-installed/p46-policy-half-match');
    // r1 fails on its second set; S17 and S20 fail on more than one clause, X3 on its first and its last.
    expect(misses).toContain('S29');
    expect(setMisses).toContain('natpr-dst');
    for (const id of ['S17', 'S20', 'X3']) expect(misses).not.toContain(id);
    // S14 asks for the source first: what it misses here is the last clause. In p66 both sets fail.
    expect(of('kube-ovn-installed/p01-pod-to-internet').misses).toContain('S14');
    expect(of('kube-ovn-installed/p66-custom-vpc-pod').misses).not.toContain('S14');
  });
});

describe('coverage', () => {
  it('would be empty without scenarios', () => {
    expect(emptyCells(coverage({ facts: [], unrecorded: [] })).length).toBe(4 * table.rows.length - 7 * 2 - 2 * 2 - 4);
  });

  it('has no empty cell without a reason', () => {
    expect(emptyCells(table)).toEqual([]);
  });

  it('gives no reason for what a scenario shows', () => {
    expect(idleReasons(table)).toEqual([]);
  });
});

describe('findings', () => {
  it('rest on what a kernel did', () => {
    expect(brokenEvidence(gallery, FINDINGS)).toEqual([]);
  });

  it('are in both languages, once each, under a topic', () => {
    expect(new Set(FINDINGS.map(({ id }) => id)).size).toBe(FINDINGS.length);
    for (const { id, topic, statement, rests, note } of FINDINGS) {
      expect([id, topic in TOPICS, statement.en !== '' && statement.zh !== '']).toEqual([id, true, true]);
      // What nobody was asked says why.
      expect([id, rests.length > 0 || note !== undefined]).toEqual([id, true]);
    }
  });

  it('would not be confirmed by something else', () => {
    const wrong = [
      { scenario: 'kube-ovn-installed/p01-pod-to-internet', fires: ['S23'] },
      { scenario: 'kube-ovn-installed/p01-pod-to-internet', not: ['S24'] },
      { scenario: 'kube-ovn-installed/p01-pod-to-internet', out: null },
      { scenario: 'kube-ovn-installed/p01-pod-to-internet', src: '10.16.0.10' },
      { scenario: 'kube-ovn-installed/p01-pod-to-internet', mark: 1 },
      { scenario: 'kube-ovn-installed/p01-pod-to-internet', delivered: true },
      { scenario: 'kube-ovn-installed/p01-pod-to-internet', packet: 9 },
      { scenario: 'kube-ovn-installed/p01-nowhere' },
      { fact: 'hash:net, prefix length 1', says: 'refused: ' },
      { recording: 'masquerade-on-lo-bridge-first', entry: 0, translatedTo: '192.168.0.101' },
    ];
    expect(brokenEvidence(gallery, [{ id: 'x', topic: 'order', statement: { en: '', zh: '' }, rests: wrong }])).toHaveLength(wrong.length);
  });

  it('local-pod-ip-nat: no rule of any example looks at it', () => {
    for (const example of EXAMPLES) expect(exampleSnapshot(example)).not.toMatch(/--match-set ovn[46]0local-pod-ip-nat/);
  });
});
