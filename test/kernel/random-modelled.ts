/**
 * A node without the rules of which the engine says that it does not know what they do: they would prove nothing, and all
 * behind them would prove nothing either. What is left out is decided by the compiled rules, not by a list.
 */

import { createWorld, findMatch, parseNode, type CompiledRule } from '../../engine/index.ts';
import { UNKNOWN } from '../../engine/model/test.ts';
import type { KernelNode } from './node.ts';

const KEYS = ['iptables', 'ip6tables'] as const;

export function withoutUnmodelled(node: KernelNode): KernelNode {
  const lines = [`==> ipset save <==`, ...(node.ipset ?? '').split('\n')];
  const from: Partial<Record<(typeof KEYS)[number], number>> = {};
  for (const key of KEYS) {
    lines.push(`==> ${key}-save <==`);
    from[key] = lines.length;
    lines.push(...(node[key] ?? '').split('\n'));
  }
  const { program } = createWorld(parseNode([{ name: 'node', text: lines.join('\n') }]));
  const dropped = new Set(program.rules.filter((rule) => !isModelled(rule)).map(({ rule }) => rule.line - 1));
  const without = (key: (typeof KEYS)[number]): string =>
    (node[key] ?? '')
      .split('\n')
      .filter((_, i) => !dropped.has((from[key] as number) + i))
      .join('\n');
  return { ...node, iptables: without('iptables'), ip6tables: without('ip6tables') };
}

/** Matches whose answer is unknown for packets of a connection, as long as they say this of themselves. */
const OPEN: Readonly<Record<string, string>> = {
  hashlimit: 'buckets shared by name are not kept',
};

/** What is refused stays: there the kernel is to say the same. */
function isModelled({ rule, clauses, action }: CompiledRule): boolean {
  if (rule.broken !== null) return true;
  if (rule.matches.some(({ name }) => OPEN[name] !== undefined && findMatch(name)?.notModelled === OPEN[name])) return false;
  const isUnknown = clauses.some(({ any }) => any.some((test) => test.op === 'constant' && test.value === UNKNOWN && !/^the (match|target) "/.test(test.reason)));
  return !isUnknown && !(action?.effects ?? []).some((effect) => effect.op === 'unmodelled' && (effect.changes.length > 0 || action?.verdict === 'STOLEN'));
}
