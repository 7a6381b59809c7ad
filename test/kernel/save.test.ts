/**
 * `packetwalk save` and the checks behind it, held against the real tools: what iptables-restore takes is saved as
 * iptables-save saves it, what it refuses is a problem in the same line. Rule sets from public places (beside the
 * checkout, if there), the examples, and random nodes: PACKETWALK_SEED=S tries others. Single rules are in grammar.test.ts.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseNode, printNode, type Family, type Problem } from '../../engine/index.ts';
import { CORPUS, corpusFiles } from '../support/rule-corpus.ts';
import { kernelAvailable } from './kernel.ts';
import { randomCase } from './random-node.ts';
import { openNamespace } from './tools.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: saving as the real tools do: ${kernel.reason}`);

const FIRST = Number(process.env.PACKETWALK_SEED ?? 1);
const NODES = 12;

const corpus = corpusFiles('.rules');
if (corpus.length === 0) console.warn(`SKIPPED: rule sets from public places: there is no folder ${CORPUS}`);

const tool = (family: Family, what: 'save' | 'restore', backend = 'legacy'): string => `${family === 'ipv6' ? 'ip6' : 'ip'}tables-${backend}-${what}`;

/** Tables by name; comment lines and counters of chains and rules left out. */
function tablesOf(save: string): Map<string, readonly string[]> {
  const tables = new Map<string, string[]>();
  let table: string[] = [];
  for (const line of save.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('*')) {
      table = [];
      tables.set(line.slice(1), table);
    } else table.push(line.replace(/^(:\S+ \S+) \[\d+:\d+\]$/, '$1').replace(/^\[\d+:\d+\] /, ''));
  }
  return tables;
}

/** The part of a snapshot under a header. */
const section = (text: string, header: string): string => (text.split(`==> ${header} <==\n`)[1] ?? '').split(/^==> /m)[0] ?? '';

/** Sets by name: type and entries, which the kernel lists in the order of its hash. */
function setsOf(save: string): Map<string, { readonly type: string; readonly entries: readonly string[] }> {
  const sets = new Map<string, { type: string; entries: string[] }>();
  for (const line of save.split('\n')) {
    const [, verb, name, rest] = /^(create|add) (\S+) (.*)$/.exec(line.trim()) ?? [];
    if (verb === 'create') sets.set(name as string, { type: (rest as string).split(' ')[0] as string, entries: [] });
    if (verb === 'add') sets.get(name as string)?.entries.push(rest as string);
  }
  for (const { entries } of sets.values()) entries.sort();
  return sets;
}

/** What stands in these files and the tools take no notice of, or refuse: said by us in warnings of their own. */
const PROMPT = /^\S+@\S+[^#$]*[#$] .*$/m;
const asTheToolsTakeIt = (text: string): string => text.replaceAll('\r\n', '\n').replace(PROMPT, '');

/** Empty sets for the names that rules use and no file holds. */
function missingSets(rules: string, family: Family, present: string): string {
  const types = ['hash:ip', 'hash:ip,port', 'hash:ip,port,ip'];
  const lines = new Set<string>();
  for (const [, name, sides] of rules.matchAll(/--(?:match|add|del|map)-set (\S+) (\S+)/g))
    if (!setsOf(present).has(name as string)) lines.add(`create ${name} ${types[(sides as string).split(',').length - 1]} family ${family === 'ipv6' ? 'inet6' : 'inet'}`);
  return [...lines].map((line) => `${line}\n`).join('');
}

const errorsOf = (problems: readonly Problem[]): readonly Problem[] => problems.filter(({ severity }) => severity === 'error');

describe.skipIf(!kernel.ok || corpus.length === 0)('rule sets from public places', () => {
  it.each(corpus)('%s', async (name) => {
    const text = readFileSync(`${CORPUS}/${name}`, 'utf8');
    const family: Family = /ip6/.test(name) ? 'ipv6' : 'ipv4';
    const setFile = `${CORPUS}/${name.replace('.rules', '.ipset')}`;
    const given = existsSync(setFile) ? readFileSync(setFile, 'utf8') : '';
    const namespace = await openNamespace();
    try {
      const restored = namespace.run('ipset', ['restore'], asTheToolsTakeIt(given));
      expect(restored.stderr).toBe('');
      namespace.run('ipset', ['restore'], missingSets(text, family, given));
      const sets = namespace.run('ipset', ['save']).stdout;
      const answer = namespace.run(tool(family, 'restore'), [], asTheToolsTakeIt(text));
      const node = parseNode(
        [
          { name, text },
          { name: 'sets', text: `==> ipset save <==\n${sets}` },
        ],
        { family },
      );
      expect(node.problems.some(({ code }) => code === 'carriage-return')).toBe(text.includes('\r\n'));
      expect(node.problems.some(({ code }) => code === 'shell-prompt')).toBe(PROMPT.test(text));
      const errors = errorsOf(node.problems);
      if (!answer.ok) {
        const line = Number(/line:? (\d+)/.exec(answer.stderr)?.[1]);
        expect({ lines: errors.map((problem) => problem.line), said: answer.stderr }).toEqual({ lines: [line], said: answer.stderr });
        return;
      }
      expect(errors).toEqual([]);
      const printed = printNode(node).text;
      const saved = tablesOf(namespace.run(tool(family, 'save')).stdout);
      const ours = tablesOf(section(printed, family === 'ipv6' ? 'ip6tables-save' : 'iptables-save'));
      expect([...ours.keys()].sort()).toEqual([...saved.keys()].sort());
      for (const [table, lines] of saved) expect(ours.get(table), table).toEqual(lines);
      expect(setsOf(section(printed, 'ipset save'))).toEqual(setsOf(sets));
      // The file of the sets itself, which need not be what the tool printed.
      if (given !== '') {
        const own = setsOf(printNode(parseNode([{ name: 'sets', text: `==> ipset save <==\n${asTheToolsTakeIt(given)}` }])).text);
        expect(own).toEqual(new Map([...setsOf(sets)].filter(([set]) => own.has(set))));
      }
    } finally {
      namespace.close();
    }
  });
});

const EXAMPLES = 'public/examples';

describe('the examples', () => {
  const folders = readdirSync(EXAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  it.each(folders.map(({ name }) => name))('%s is saved byte for byte, and as the tools save it', async (folder) => {
    const text = readFileSync(`${EXAMPLES}/${folder}/node.snapshot`, 'utf8');
    expect(printNode(parseNode([{ name: 'node.snapshot', text }])).text).toBe(text);
    if (!kernel.ok) return;
    // A kernel without IPVS takes no rule that asks for it; the emulated one has printed these back (test/emulated/examples.test.ts).
    if (/ -m ipvs /.test(text) && !existsSync('/proc/net/ip_vs')) return;
    const namespace = await openNamespace();
    try {
      expect(namespace.run('ipset', ['restore'], section(text, 'ipset save')).stderr).toBe('');
      for (const [family, header] of [
        ['ipv4', 'iptables-save'],
        ['ipv6', 'ip6tables-save'],
      ] as const) {
        const given = section(text, header);
        expect(namespace.run(tool(family, 'restore'), [], given).stderr).toBe('');
        expect(tablesOf(namespace.run(tool(family, 'save')).stdout)).toEqual(tablesOf(given));
      }
      expect(setsOf(namespace.run('ipset', ['save']).stdout)).toEqual(setsOf(section(text, 'ipset save')));
    } finally {
      namespace.close();
    }
  });
});

/** ip6tables says of `-p ah` and the like that it walks past such headers, and takes the rule. */
const complaints = (text: string): string => text.replace(/^Warning: never matched protocol: .*\n/gm, '');

describe.skipIf(!kernel.ok)('random nodes', () => {
  it('saved, read and printed are the same text, and iptables-restore takes it', async () => {
    for (let seed = FIRST; seed < FIRST + NODES; seed++) {
      const { node } = randomCase(seed, { rare: 0.4 });
      const namespace = await openNamespace();
      try {
        expect(namespace.run('ipset', ['restore'], node.ipset).stderr).toBe('');
        for (const family of ['ipv4', 'ipv6'] as const) {
          const given = (family === 'ipv4' ? node.iptables : node.ip6tables) ?? '';
          const print = (text: string): string => printNode(parseNode([{ name: 'rules', text }], { family })).text;
          const seedText = `PACKETWALK_SEED=${seed} ${family}`;
          expect(complaints(namespace.run(tool(family, 'restore'), [], given).stderr), seedText).toBe('');
          const saved = namespace.run(tool(family, 'save')).stdout;
          expect(print(saved), seedText).toBe(saved);
          // What is made of the text as written is what the tool makes of it, and stays as it is.
          expect(tablesOf(print(given)), seedText).toEqual(tablesOf(saved));
          expect(print(print(given)), seedText).toBe(print(given));
          const again = namespace.run(tool(family, 'restore'), ['--test'], print(given));
          expect({ ...again, stderr: complaints(again.stderr) }, seedText).toEqual({ ok: true, stdout: '', stderr: '' });
        }
      } finally {
        namespace.close();
      }
    }
  });
});
