/**
 * Many rules held against iptables-restore and iptables-save, by the namespaceful: what is taken, and the line it is saved
 * as. Rules that the engine takes are asked about together, and one by one where the answer is not what it expects.
 */

import { parseNode, type Family } from '../../engine/index.ts';
import type { OptionRule } from './random-options.ts';
import type { Namespace } from './tools.ts';

export type RealBackend = 'legacy' | 'nft';

interface Answer {
  readonly ok: boolean;
  /** The rule as saved, null if refused. */
  readonly saved: string | null;
  readonly said: string;
}

export interface Difference {
  readonly rule: OptionRule;
  readonly tool: Answer;
  readonly engine: Answer;
}

/** What this machine's kernel or the namespace lacks; says nothing about rules. */
const LACKING = /missing kernel module|can't initialize|Could not open socket|No child processes|Permission denied|Operation not supported|Function not implemented/;

/** What these name is on no test machine, and the kernel says no more than that the table does not load. */
const namesObjects = ({ rule, parts }: OptionRule): boolean => parts.some((name) => /nfacct|SECMARK|rateest|ULOG/.test(name)) || /\bCT\b.*--ti|\bcgroup\b.*--p/.test(rule);
const isLacking = (rule: OptionRule, { said }: Answer): boolean => LACKING.test(said) || (namesObjects(rule) && /line \d+ failed|RULE_APPEND failed/.test(said));

const tool = (family: Family, what: 'save' | 'restore', backend: RealBackend): string => `${family === 'ipv6' ? 'ip6' : 'ip'}tables-${backend}-${what}`;

const tableText = (table: string, rules: readonly OptionRule[]): string => `*${table}\n:USER - [0:0]\n${rules.map(({ chain, rule }) => `-A ${chain} ${rule}\n`).join('')}COMMIT\n`;

function askEngine(rule: OptionRule, backend: RealBackend, sets: string): Answer {
  const { family, chain, table } = rule;
  const header = `${family === 'ipv6' ? 'ip6' : 'ip'}tables-${backend}-save`;
  const node = parseNode([{ name: 'rule', text: `==> ${header} <==\n${tableText(table, [rule])}==> ipset save <==\n${sets}` }]);
  const errors = node.problems.filter(({ severity }) => severity === 'error');
  const rules = node.tables[0]?.chains.find(({ name }) => name === chain)?.rules;
  return {
    ok: errors.length === 0,
    saved: errors.length > 0 ? null : rules?.[0] ? `-A ${chain} ${rules[0].text}`.trimEnd() : '',
    said: errors.map(({ code, message }) => `${code}: ${message}`).join('; '),
  };
}

/** Each rule of its own. Leaves the table empty. */
async function askTool(namespace: Namespace, rule: OptionRule, backend: RealBackend): Promise<Answer> {
  const { family, table, chain } = rule;
  const answer = await namespace.start(tool(family, 'restore', backend), [], tableText(table, [rule]));
  if (!answer.ok) return { ok: false, saved: null, said: answer.stderr.trim() };
  const { stdout } = await namespace.start(tool(family, 'save', backend), ['-t', table]);
  await namespace.start(tool(family, 'restore', backend), [], `*${table}\nCOMMIT\n`);
  return { ok: true, saved: stdout.split('\n').find((line) => line.startsWith(`-A ${chain}`)) ?? '', said: answer.stderr.trim() };
}

const BATCH = 40;

/** Calls `say` where tool and engine differ; lacking modules are counted and said nothing about. */
export async function compareRules(
  namespace: Namespace,
  backend: RealBackend,
  rules: readonly OptionRule[],
  sets: string,
  say: (difference: Difference) => void,
): Promise<{ taken: number; refused: number; lacking: number }> {
  const counts = { taken: 0, refused: 0, lacking: 0 };
  const batches = new Map<string, { rule: OptionRule; engine: Answer }[]>();
  const one = async (rule: OptionRule, engine: Answer): Promise<void> => {
    const answer = await askTool(namespace, rule, backend);
    if (answer.ok !== engine.ok && isLacking(rule, answer)) counts.lacking++;
    else {
      counts[answer.ok ? 'taken' : 'refused']++;
      if (answer.ok !== engine.ok || answer.saved !== engine.saved) say({ rule, tool: answer, engine });
    }
  };
  const flush = async (batch: { rule: OptionRule; engine: Answer }[]): Promise<void> => {
    const list = batch.splice(0);
    const { family, table } = (list[0] as (typeof list)[number]).rule;
    const answer = await namespace.start(
      tool(family, 'restore', backend),
      [],
      tableText(
        table,
        list.map(({ rule }) => rule),
      ),
    );
    if (answer.ok) {
      const { stdout } = await namespace.start(tool(family, 'save', backend), ['-t', table]);
      await namespace.start(tool(family, 'restore', backend), [], `*${table}\nCOMMIT\n`);
      const saved = new Map<string, string[]>();
      for (const line of stdout.split('\n')) {
        const chain = /^-A (\S+)/.exec(line)?.[1];
        if (chain !== undefined) saved.set(chain, [...(saved.get(chain) ?? []), line]);
      }
      if (list.every(({ rule, engine }) => saved.get(rule.chain)?.shift() === engine.saved) && [...saved.values()].every((rest) => rest.length === 0)) {
        counts.taken += list.length;
        return;
      }
    }
    // Halves, until it is clear which: what is lacking or differs is rare.
    if (list.length > 4) {
      await flush(list.slice(0, list.length >> 1));
      await flush(list.slice(list.length >> 1));
    } else for (const { rule, engine } of list) await one(rule, engine);
  };
  for (const rule of rules) {
    const engine = askEngine(rule, backend, sets);
    if (!engine.ok || namesObjects(rule)) {
      await one(rule, engine);
      continue;
    }
    const key = `${rule.family} ${rule.table}`;
    const batch = batches.get(key) ?? [];
    batches.set(key, batch);
    batch.push({ rule, engine });
    if (batch.length >= BATCH) await flush(batch);
  }
  for (const batch of batches.values()) if (batch.length > 0) await flush(batch);
  return counts;
}
