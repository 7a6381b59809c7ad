/**
 * Input of iptables-restore beyond what iptables-save prints: commands (-A -I -D -R -N -X -F -Z -P -E), counters before a
 * rule and behind -c, a table twice, comments and empty lines, --noflush. Random texts, taken or refused in the same line as the
 * tool does, and the same tables afterwards. PACKETWALK_SEED=S and PACKETWALK_TEXTS=N try others and more. The tool is
 * iptables-legacy: iptables-nft 1.8.9 sends its commands in an order of its own, so that a rule survives the -F behind it and
 * a chain cannot be renamed in the text that declares it.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNode, printNode, type Family } from '../../engine/index.ts';
import { BUILTIN_CHAINS } from '../../engine/model/hook.ts';
import { kernelAvailable } from './kernel.ts';
import { Random } from './random.ts';
import { openNamespace, type Namespace } from './tools.ts';
import { readToolCases, recordOf, savedTables, tablesOf, writeToolCases, type ToolCase, type ToolRecord } from '../support/tool-cases.ts';
import { firstSeed } from '../support/seed.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: commands of iptables-restore: ${kernel.reason}`);

const FIRST = firstSeed();
const TEXTS = Number(process.env.PACKETWALK_TEXTS ?? 80);

const CHAINS = ['INPUT', 'FORWARD', 'OUTPUT', 'A', 'B', 'C'] as const;
const BODIES = [
  '-p tcp -m tcp --dport 80 -j ACCEPT',
  '-p udp',
  '-j A',
  '-g B',
  '-j DROP',
  '-m mark --mark 0x1 -j C',
  '-s 10.0.0.1,10.0.0.2 -j ACCEPT',
  '-m comment --comment "a b"',
  '',
];

/** A line that may stand in a table, most of them sensible. */
function line(random: Random): string {
  const chain = (): string => random.pick(CHAINS);
  const user = (): string => random.pick(['A', 'B', 'C', 'D']);
  const body = (): string => (random.chance(0.02) ? '-j NOWHERE' : random.pick(BODIES));
  const number = (): string => String(random.weighted([[3, 1] as const, [2, 2] as const, [1, 3] as const, [1, 0] as const]));
  const counters = (): string => `${random.int(9)}:${random.int(999)}`;
  return random
    .weighted<() => string>([
      [24, () => `-A ${chain()} ${body()}`],
      [8, () => `[${counters()}] -A ${chain()} ${body()}`],
      [2, () => `-A ${chain()} -c ${counters().replace(':', random.pick([' ', ',']))} ${body()}`],
      [4, () => `-I ${chain()} ${body()}`],
      [3, () => `-I ${chain()} ${number()} ${body()}`],
      [2, () => `-R ${chain()} ${number()} ${body()}`],
      [3, () => `-D ${chain()} ${number()}`],
      [3, () => `-D ${chain()} ${body()}`],
      [1, () => `-C ${chain()} ${body()}`],
      [3, () => `-N ${user()}`],
      [1, () => `:${user()} - [${counters()}]`],
      [1, () => `-X ${user()}`],
      [1, () => '-X'],
      [2, () => `-F ${random.chance(0.6) ? chain() : ''}`],
      [1, () => `-Z ${random.chance(0.6) ? chain() : ''}`],
      [2, () => `-P ${chain()} ${random.pick(['ACCEPT', 'DROP', 'RETURN'])}`],
      [2, () => `-E ${user()} ${user()}`],
      [1, () => random.pick(['', '# a comment', '  ', '-L', '-A', '-N'])],
      [1, () => `--append ${chain()} ${body()}`],
      [1, () => `-A ${chain()} ${body()} -v`],
    ])()
    .trimEnd();
}

function randomText(random: Random): string {
  const block = (): string => {
    const declared = random.some(['A', 'B', 'C'], 2, 3);
    const policies = BUILTIN_CHAINS.filter.map((chain) => `:${chain} ${random.pick(['ACCEPT', 'DROP'])} [${random.int(5)}:${random.int(99)}]`);
    // Mostly few lines: each may be refused, and then nothing behind it is seen.
    const lines = Array.from({ length: random.between(1, 6) }, () => line(random));
    return ['*filter', ...policies, ...declared.map((chain) => `:${chain} - [0:0]`), ...lines, 'COMMIT', ''].join('\n');
  };
  return random.chance(0.1) ? block() + block() : block();
}

const RESET = `*filter\n${BUILTIN_CHAINS.filter.map((chain) => `:${chain} ACCEPT [0:0]`).join('\n')}\nCOMMIT\n`;

/** Chains and rules with their counters, a rule without any has none counted. */
const tableLines = (save: string): readonly string[] =>
  save
    .split('\n')
    .filter((text) => /^[:[-]/.test(text))
    .map((text) => (text.startsWith('-') ? `[0:0] ${text}` : text));

describe.skipIf(!kernel.ok)('random input of iptables-restore', () => {
  let namespace: Namespace;
  beforeAll(async () => {
    namespace = await openNamespace();
  });
  afterAll(() => namespace?.close());

  it(`is taken and refused as iptables-restore does, and leaves the same tables, PACKETWALK_SEED=${FIRST}`, { timeout: 60_000 + TEXTS * 500 }, () => {
    const faults: string[] = [];
    const counts = { taken: 0, refused: 0 };
    for (let seed = FIRST; seed < FIRST + TEXTS; seed++) {
      const random = new Random(seed);
      const family: Family = random.chance(0.7) ? 'ipv4' : 'ipv6';
      const text = randomText(random).replaceAll('10.0.0.1,10.0.0.2', family === 'ipv4' ? '10.0.0.1,10.0.0.2' : 'fd00::1,fd00::2');
      const tool = `${family === 'ipv6' ? 'ip6' : 'ip'}tables-legacy`;
      namespace.run(`${tool}-restore`, [], RESET);
      // Into empty tables a text that names its table and each chain once goes with --noflush as it goes without; a chain declared again is emptied by one and refused by the other.
      const declared = text.match(/^:\S+/gm) ?? [];
      const kept = seed % 3 === 0 && text.match(/^\*/gm)?.length === 1 && new Set(declared).size === declared.length;
      const answer = namespace.run(`${tool}-restore`, kept ? ['-c', '--noflush'] : ['-c'], text);
      const node = parseNode([{ name: 'input', text: `==> ${tool}-save <==\n${text}` }]);
      const errors = node.problems.filter(({ severity }) => severity === 'error');
      counts[answer.ok ? 'taken' : 'refused']++;
      const where = `PACKETWALK_SEED=${seed} ${family}\n${text}`;
      if (answer.ok !== (errors.length === 0))
        faults.push(`${where}tool: ${answer.ok ? 'taken' : answer.stderr}\nours: ${errors.map((problem) => `${problem.line - 1}: ${problem.message}`).join('; ') || 'taken'}`);
      else if (answer.ok) {
        const theirs = tableLines(namespace.run(`${tool}-save`, ['-c', '-t', 'filter']).stdout);
        const ours = tableLines(printNode(node).text);
        if (JSON.stringify(theirs) !== JSON.stringify(ours)) faults.push(`${where}tool: ${theirs.join('\n      ')}\nours: ${ours.join('\n      ')}`);
      } else {
        const said = /line:? (\d+)/.exec(answer.stderr)?.[1];
        // The line of a fault that only COMMIT brings to light is COMMIT's own.
        const isCommit = said !== undefined && text.split('\n')[Number(said) - 1] === 'COMMIT';
        if (said !== undefined && !isCommit && !errors.some((problem) => problem.line - 1 === Number(said)))
          faults.push(`${where}tool: ${answer.stderr}\nours: ${errors.map((problem) => `${problem.line - 1}: ${problem.message}`).join('; ')}`);
      }
    }
    console.info(`iptables-restore: ${JSON.stringify({ texts: TEXTS, ...counts, differences: faults.length })}`);
    expect(faults.length === 0 ? '' : `${faults.length} of ${TEXTS}\n${faults.slice(0, 6).join('\n\n')}`).toBe('');
    expect(counts.taken / TEXTS, 'share of texts that are taken').toBeGreaterThan(TEXTS < 100 ? -1 : 0.1);
  });
});

describe.skipIf(!kernel.ok)('single inputs of iptables-restore', () => {
  // Every twentieth, as long as they are not written anew.
  const cases = readToolCases('iptables').filter((_, i) => process.env.PACKETWALK_RECORD || i % 20 === FIRST % 20);
  const EMPTY = Object.entries(BUILTIN_CHAINS)
    .map(([table, chains]) => `*${table}\n${chains.map((chain) => `:${chain} ACCEPT [0:0]\n`).join('')}COMMIT\n`)
    .join('');
  const answerTo = (one: ToolCase, namespace: Namespace): ToolRecord => {
    const { family, text } = tablesOf(one);
    const tool = `${family === 'ipv6' ? 'ip6' : 'ip'}tables-legacy`;
    namespace.run(`${tool}-restore`, [], EMPTY);
    const { ok, stderr } = namespace.run(`${tool}-restore`, ['-c'], text);
    return recordOf(ok, stderr, savedTables(namespace.run(`${tool}-save`, ['-c']).stdout));
  };

  it(`are answered as they were when they were recorded, ${cases.length} of them`, { timeout: 240_000 }, async () => {
    const namespace = await openNamespace();
    try {
      namespace.run('ipset', ['restore'], 'create s hash:ip\ncreate aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa hash:ip\n');
      const answers = cases.map((one) => ({ lines: one.lines, answer: answerTo(one, namespace) }));
      if (process.env.PACKETWALK_RECORD) writeToolCases('iptables', answers);
      else expect(answers).toEqual(cases);
    } finally {
      namespace.close();
    }
  });
});
