/**
 * Input of `ipset restore` beyond what `ipset save` prints: -exist, del, flush, swap, rename, destroy, long and short names of
 * commands. Random texts are taken, or refused in the same line, as the tool does it, and leave the same sets.
 * PACKETWALK_SEED=S and PACKETWALK_TEXTS=N try others and more.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNode, printNode } from '../../engine/index.ts';
import { inputOf, readToolCases, recordOf, savedSets, writeToolCases, type ToolCase, type ToolRecord } from '../support/tool-cases.ts';
import { firstSeed } from '../support/seed.ts';
import { kernelAvailable } from './kernel.ts';
import { Random } from './random.ts';
import { openNamespace, type Namespace } from './tools.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: commands of ipset restore: ${kernel.reason}`);

const FIRST = firstSeed();
const TEXTS = Number(process.env.PACKETWALK_TEXTS ?? 80);

const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.0-10.0.0.3', '10.0.0.0/30', '10.0.0.9', '10.0.0.300'] as const;
const NETS = ['10.0.0.0/8', '10.1.0.0/16', '10.0.0.1', '10.0.0.0/31', '10.1.0.0/16 nomatch'] as const;
const PORTS = ['10.0.0.1,tcp:80', '10.0.0.1,80', '10.0.0.1,udp:80', '10.0.0.2,tcp:80-82', '10.0.0.1,icmp:0/0'] as const;

/** Sets by kind; what may be in them. */
const KINDS = [
  ['hash:ip', ADDRESSES],
  ['hash:net', NETS],
  ['hash:ip,port', PORTS],
  ['bitmap:port range 80-90', ['80', '81', '82-84', '90', '95']],
  ['hash:ip timeout 600', ['10.0.0.1', '10.0.0.2 timeout 500']],
  ['hash:ip counters', ['10.0.0.1', '10.0.0.2 packets 5 bytes 50']],
  ['hash:ip maxelem 2', ADDRESSES],
  ['list:set', ['A', 'B', 'C', 'D']],
] as const;

function randomText(random: Random): string {
  const kinds = new Map<string, readonly string[]>();
  const lines: string[] = [];
  const command = (name: string, letter: string): string =>
    random.chance(0.9)
      ? name
      : random.pick([letter, `-${name === 'create' ? 'N' : name === 'rename' ? 'E' : name === 'swap' ? 'W' : name === 'destroy' ? 'X' : letter.toUpperCase()}`, `--${name}`]);
  const create = (name: string): void => {
    const [type, elements] = random.pick(KINDS);
    kinds.set(name, elements);
    lines.push(`${command('create', 'n')} ${name} ${type}${random.chance(0.1) ? ' -exist' : ''}`);
  };
  for (const name of random.some(['A', 'B', 'C', 'D'], 2, 4)) create(name);
  const set = (): string => (random.chance(0.97) ? random.pick([...kinds.keys()]) : 'NONE');
  for (let left = random.between(2, 8); left > 0; left--) {
    const name = set();
    const element = (): string => random.pick(kinds.get(name) ?? ADDRESSES);
    const exist = random.chance(0.3) ? ' -exist' : '';
    const place = name !== 'NONE' && kinds.get(name)?.[0] === 'A' && random.chance(0.4) ? ` ${random.pick(['before', 'after'])} ${set()}` : '';
    random.weighted<() => unknown>([
      [10, () => lines.push(`${command('add', 'a')} ${name} ${element()}${place}${exist}`)],
      [5, () => lines.push(`${command('del', 'd')} ${name} ${element().split(' ')[0] as string}${place}${exist}`)],
      [1, () => lines.push(`${command('flush', 'f')} ${random.chance(0.8) ? name : ''}`.trimEnd())],
      [2, () => lines.push(`${command('swap', 'w')} ${name} ${set()}`)],
      [1, () => lines.push(`${command('rename', 'e')} ${name} ${random.pick(['A', 'E', 'F'])}`)],
      [1, () => lines.push(`${command('destroy', 'x')} ${random.chance(0.9) ? name : ''}`.trimEnd())],
      [1, () => create(random.pick(['A', 'B', 'E']))],
    ])();
  }
  return `${lines.join('\n')}\n`;
}

/** Sets by name: how they are made, and what is in them, in any order but that of a list; without what the kernel draws or times. */
function setsOf(save: string): Map<string, { readonly made: string; readonly entries: readonly string[] }> {
  const sets = new Map<string, { made: string; entries: string[] }>();
  for (const line of save.split('\n')) {
    const [, verb, name, rest] = /^(create|add) (\S+) ?(.*)$/.exec(line) ?? [];
    if (verb === 'create') sets.set(name as string, { made: (rest as string).replace(/ initval \S+/, ''), entries: [] });
    if (verb === 'add') sets.get(name as string)?.entries.push((rest as string).replace(/ timeout \d+/, (text) => ` timeout ${Math.ceil(Number(text.split(' ')[2]) / 10)}`));
  }
  for (const one of sets.values()) if (!one.made.startsWith('list:set')) one.entries.sort();
  return sets;
}

describe.skipIf(!kernel.ok)('random input of ipset restore', () => {
  let namespace: Namespace;
  beforeAll(async () => {
    namespace = await openNamespace();
  });
  afterAll(() => namespace?.close());

  it(`is taken and refused as the tool does, and leaves the same sets, PACKETWALK_SEED=${FIRST}`, { timeout: 60_000 + TEXTS * 500 }, () => {
    const faults: string[] = [];
    const counts = { taken: 0, refused: 0 };
    for (let seed = FIRST; seed < FIRST + TEXTS; seed++) {
      const text = randomText(new Random(seed));
      namespace.run('ipset', ['flush']);
      namespace.run('ipset', ['destroy']);
      const answer = namespace.run('ipset', ['restore'], text);
      const node = parseNode([{ name: 'sets', text: `==> ipset save <==\n${text}` }]);
      const errors = node.problems.filter(({ severity }) => severity === 'error');
      const where = `PACKETWALK_SEED=${seed}\n${text}`;
      counts[answer.ok ? 'taken' : 'refused']++;
      const ours = errors.map((problem) => `${problem.line - 1}: ${problem.message}`).join('; ');
      if (answer.ok !== (errors.length === 0)) faults.push(`${where}tool: ${answer.ok ? 'taken' : answer.stderr}\nours: ${ours || 'taken'}`);
      else if (!answer.ok) {
        const said = Number(/line (\d+)/.exec(answer.stderr)?.[1]);
        if (!errors.some((problem) => problem.line - 1 === said)) faults.push(`${where}tool: ${answer.stderr}\nours: ${ours}`);
      } else {
        const [theirs, own] = [setsOf(namespace.run('ipset', ['save']).stdout), setsOf(printNode(node).text)];
        if (JSON.stringify([...theirs].sort()) !== JSON.stringify([...own].sort())) faults.push(`${where}tool: ${JSON.stringify([...theirs])}\nours: ${JSON.stringify([...own])}`);
      }
    }
    namespace.run('ipset', ['destroy']);
    console.info(`ipset restore: ${JSON.stringify({ texts: TEXTS, ...counts, differences: faults.length })}`);
    expect(faults.length === 0 ? '' : `${faults.length} of ${TEXTS}\n${faults.slice(0, 6).join('\n\n')}`).toBe('');
    expect(counts.taken / TEXTS, 'share of texts that are taken').toBeGreaterThan(TEXTS < 100 ? -1 : 0.1);
  });
});

describe.skipIf(!kernel.ok)('single inputs of ipset restore', () => {
  // Every tenth, as long as they are not written anew.
  const cases = readToolCases('ipset').filter((_, i) => process.env.PACKETWALK_RECORD || i % 10 === FIRST % 10);
  const answerTo = (one: ToolCase, namespace: Namespace): ToolRecord => {
    namespace.run('ipset', ['flush']);
    namespace.run('ipset', ['destroy']);
    const { ok, stderr } = namespace.run('ipset', ['restore'], inputOf(one));
    return recordOf(ok, stderr, savedSets(namespace.run('ipset', ['save']).stdout));
  };

  it(`are answered as they were when they were recorded, ${cases.length} of them`, { timeout: 120_000 }, async () => {
    const namespace = await openNamespace();
    try {
      const answers = cases.map((one) => ({ lines: one.lines, answer: answerTo(one, namespace) }));
      if (process.env.PACKETWALK_RECORD) writeToolCases('ipset', answers);
      else expect(answers).toEqual(cases);
    } finally {
      namespace.close();
    }
  });
});
