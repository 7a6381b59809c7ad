/**
 * What of a node's rules a walk does not model: matches whose answer is unknown, targets whose effect is. Told by the same
 * data that the interpreter runs on, so a rule is named only for what it uses.
 */

import { findMatch, findTarget, type CompileContext } from '../extension/index.ts';
import type { Problem } from '../model/diagnostic.ts';
import { formatRuleAddress, type Chain, type ExtensionUse, type Rule, type Table } from '../model/rule.ts';
import { UNKNOWN, type Action, type Clause } from '../model/test.ts';

/** One note for each part of a rule, in the order of the text. Unknown extensions are problems of the text and not repeated. */
export function unmodelledParts(tables: readonly Table[]): readonly Problem[] {
  const found: Problem[] = [];
  for (const table of tables) {
    const section = `ip${table.family === 'ipv6' ? '6' : ''}tables-${table.backend === 'legacy' ? 'legacy-' : ''}save`;
    for (const chain of table.chains)
      for (const rule of chain.rules)
        for (const { use, message } of partsOf(table, chain, rule))
          found.push({
            severity: 'note',
            code: 'not-modelled',
            section,
            ...use.span,
            rule: formatRuleAddress({ family: table.family, backend: table.backend, table: table.name, chain: chain.name, number: rule.number }),
            message,
            hint: '',
          });
  }
  return found;
}

interface Part {
  readonly use: ExtensionUse;
  readonly message: string;
}

function partsOf(table: Table, chain: Chain, { matches, target, broken }: Rule): readonly Part[] {
  if (broken !== null) return [];
  const parts: Part[] = [];
  const context: CompileContext = { family: table.family, table: table.name, chain: chain.name, protocol: null, set: () => undefined };
  for (const use of matches) {
    const match = use.known ? findMatch(use.name) : undefined;
    if (!match?.notModelled) continue;
    const clauses = match.compile(use.uses, context);
    const reason = unknownReason(clauses);
    if (reason !== null) parts.push({ use, message: `match "${use.name}" is not modelled: ${reason}` });
    else if (clauses.some(({ any }) => any.some(({ op }) => op === 'opaque'))) parts.push({ use, message: `match "${use.name}" is modelled in part: ${match.notModelled}` });
  }
  const extension = target?.known && !target.isChain ? findTarget(target.name) : undefined;
  if (target && extension?.notModelled) {
    const message = effectMessage(target.name, extension.compile(target.uses, context), extension.notModelled);
    if (message !== null) parts.push({ use: target, message });
  }
  return parts;
}

function unknownReason(clauses: readonly Clause[]): string | null {
  for (const { any } of clauses) for (const test of any) if (test.op === 'constant' && test.value === UNKNOWN) return test.reason;
  return null;
}

function effectMessage(name: string, { effects }: Action, notModelled: string): string | null {
  if (effects.length === 0 || effects.some((effect) => effect.op === 'unmodelled')) return `target "${name}" is not modelled: ${notModelled}`;
  const isPart = effects.some((effect) => effect.op === 'ct-template' && (effect.helper !== null || effect.timeout !== null));
  return isPart ? `target "${name}" is modelled in part, without ${notModelled}` : null;
}
