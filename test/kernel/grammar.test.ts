/**
 * The grammar held against the real tools: random rules out of the option tables, in odd spellings too, are taken, refused
 * and saved as iptables-restore and iptables-save do it, both families, both back ends. `npm run test:grammar` asks about
 * many; PACKETWALK_SEED=S and PACKETWALK_RULES=N try others and more.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRules, type Difference, type RealBackend } from './grammar.ts';
import { knownReason } from './grammar-differences.ts';
import { kernelAvailable } from './kernel.ts';
import { optionsWithoutValues } from './option-values.ts';
import { OPTION_SETS, randomOptionRule } from './random-options.ts';
import { Random } from './random.ts';
import { openNamespace, type Namespace } from './tools.ts';
import { firstSeed } from '../support/seed.ts';

const kernel = kernelAvailable();
if (!kernel.ok) console.warn(`SKIPPED: the grammar against the real tools: ${kernel.reason}`);

const FIRST = firstSeed();
const RULES = Number(process.env.PACKETWALK_RULES ?? 600);
const SHOWN = 25;

const shown = ({ rule, tool, engine }: Difference): string =>
  `${rule.family} ${rule.table}: -A ${rule.chain} ${rule.rule}\n  tool: ${tool.saved ?? tool.said.split('\n').slice(0, 2).join(' / ')}\n  ours: ${engine.saved ?? engine.said}`;

describe.skipIf(!kernel.ok)('random rules out of the option tables', () => {
  const namespaces = new Map<RealBackend, Namespace>();
  let sets = '';
  beforeAll(async () => {
    for (const backend of ['legacy', 'nft'] as const) {
      const namespace = await openNamespace();
      namespaces.set(backend, namespace);
      expect(namespace.run('ipset', ['restore'], OPTION_SETS).stderr).toBe('');
      sets = namespace.run('ipset', ['save']).stdout;
    }
  });
  afterAll(() => {
    for (const namespace of namespaces.values()) namespace.close();
  });
  const rules = Array.from({ length: RULES }, (_, i) => randomOptionRule(new Random(FIRST + i)));

  it('has a value for nearly every option', () => {
    expect(optionsWithoutValues()).toEqual([]);
  });

  it.concurrent.each(['legacy', 'nft'] as const)(
    `iptables-%s takes, refuses and saves alike, ${RULES} rules, PACKETWALK_SEED=${FIRST}`,
    { timeout: 60_000 + RULES * 400 },
    async (backend) => {
      const faults: Difference[] = [];
      const known = new Map<string, number>();
      const counts = await compareRules(namespaces.get(backend) as Namespace, backend, rules, sets, (difference) => {
        const reason = knownReason(difference, backend);
        if (reason === null) faults.push(difference);
        else known.set(reason, (known.get(reason) ?? 0) + 1);
      });
      console.info(`iptables-${backend}, PACKETWALK_SEED=${FIRST}: ${JSON.stringify({ rules: RULES, ...counts, differences: faults.length })}`);
      for (const [reason, count] of known) console.info(`${count} named: ${reason}`);
      expect(faults.length === 0 ? '' : `${faults.length} of ${RULES}\n${faults.slice(0, SHOWN).map(shown).join('\n')}`).toBe('');
      expect(counts.taken / RULES, 'share of rules that are taken').toBeGreaterThan(RULES < 300 ? -1 : 0.2);
    },
  );
});
