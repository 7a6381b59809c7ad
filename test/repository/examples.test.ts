/**
 * The examples hold together: what index.json names exists and nothing else does, titles come in both languages, and every rule
 * address a scenario names is a rule of its snapshot. What the packets do is for the engine's own tests to say.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Titled {
  readonly en: string;
  readonly zh: string;
}

interface Example {
  readonly name: string;
  readonly title: Titled;
  readonly question: Titled;
  readonly about: Titled;
  readonly snapshot: string;
  readonly packets: string;
  readonly scenarios: readonly { readonly file: string; readonly title: Titled }[];
}

interface Scenario {
  readonly title: Titled;
  readonly node: string;
  readonly packets: readonly { readonly in: string | null; readonly dst: string }[];
  readonly expect: readonly { readonly packet: number; readonly verdict: string; readonly fires?: readonly string[]; readonly not?: readonly string[] }[];
}

const folder = 'public/examples';
const { examples } = JSON.parse(readFileSync(`${folder}/index.json`, 'utf8')) as { examples: readonly Example[] };

/** Number of rules by `table/CHAIN`, `ip6:` before it for IPv6. */
function ruleCounts(snapshot: string): Map<string, number> {
  const counts = new Map<string, number>();
  let family = '';
  let table = '';
  for (const line of snapshot.split('\n')) {
    if (line.startsWith('==> ')) family = line.startsWith('==> ip6tables-save') ? 'ip6:' : '';
    else if (line.startsWith('*')) table = line.slice(1);
    else if (line.startsWith('-A ')) {
      const chain = `${family}${table}/${line.split(' ')[1]}`;
      counts.set(chain, (counts.get(chain) ?? 0) + 1);
    }
  }
  return counts;
}

test('every folder of examples is in the index', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map((entry) => entry.name).sort()).toEqual(examples.map((example) => example.name).sort());
});

describe.each(examples)('$name', (example) => {
  const path = `${folder}/${example.name}`;

  test('names files that exist, in both languages', () => {
    for (const file of [example.snapshot, example.packets, example.about.en, example.about.zh]) expect(existsSync(`${path}/${file}`), file).toBe(true);
    for (const words of [example.title, example.question]) expect(words.en !== '' && words.zh !== '' && words.en !== words.zh).toBe(true);
    const files = readdirSync(path).filter((file) => file.endsWith('.scenario.yaml'));
    expect(files.sort()).toEqual(example.scenarios.map((scenario) => scenario.file).sort());
  });

  const counts = ruleCounts(readFileSync(`${path}/${example.snapshot}`, 'utf8'));

  test.each(example.scenarios)('$file', ({ file, title }) => {
    const scenario = parse(readFileSync(`${path}/${file}`, 'utf8')) as Scenario;
    expect(scenario.title).toEqual(title);
    expect(existsSync(`${path}/${scenario.node}`)).toBe(true);
    for (const { packet, fires = [], not = [] } of scenario.expect) {
      expect(packet).toBeGreaterThanOrEqual(1);
      expect(packet).toBeLessThanOrEqual(scenario.packets.length);
      for (const address of [...fires, ...not]) {
        const slash = address.lastIndexOf('/');
        expect(counts.get(address.slice(0, slash)) ?? 0, address).toBeGreaterThanOrEqual(Number(address.slice(slash + 1)));
      }
      expect(fires.filter((address) => not.includes(address))).toEqual([]);
    }
  });
});
