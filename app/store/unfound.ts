/** What of the place that a link leads to is not there, as it stands in the link. The node or its packets may be others since; what was left out is said. */

import type { NodeSummary, TraceView } from '../worker/messages.ts';
import { chainOf, stepAtRule, type RulePlace } from './cursor.ts';
import { partsOf, ruleAt } from './parts.ts';
import type { Looking, SelectionSlice } from './state.ts';

/** From 0; rules from 1. */
interface LinkedPlace {
  readonly packet?: number;
  readonly caused?: readonly number[];
  readonly step: number | null;
  readonly rule: RulePlace | null;
  readonly part?: number;
}

/** `shown`: where the page is instead. */
export function unfoundOf(
  { packet = 0, caused = [], step, rule, part = 0 }: LinkedPlace,
  trace: TraceView,
  shown: Pick<SelectionSlice, 'packet' | 'caused' | 'step' | 'rule'> & { readonly looking: Looking | null },
): readonly string[] {
  const isRuleThere = shown.rule !== null || shown.looking !== null || (step === null && rule !== null && stepAtRule(trace, rule) !== null);
  const parts = part > 0 ? partCount(trace, shown) : null;
  return [
    ...(packet > shown.packet ? [`at=${packet + 1}`] : []),
    ...(caused.length > shown.caused.length ? [`caused=${caused.map((place) => place + 1).join('.')}`] : []),
    ...(step !== null && step > shown.step ? [`step=${step + 1}`] : []),
    ...(rule !== null && !isRuleThere ? [`sel=${rule.table}/${rule.chain}/${rule.rule}`] : []),
    ...(parts !== null && part >= parts ? [`part=${part + 1}`] : []),
  ];
}

/** How many parts there are where the cursor is; null: its tests have to be asked for. */
function partCount({ steps, readings }: TraceView, { step: index, rule: chosen }: Pick<SelectionSlice, 'step' | 'rule'>): number | null {
  const step = steps[index];
  const rule = ruleAt(step, chosen);
  if (!step || rule === null) return 0;
  const read = readings[`${index}/${rule}`];
  return read ? partsOf(step, read).length : null;
}

/** The rule is one of its chain, or stands for the chain's policy; of a node that is not known anything may be. */
export function isInChain(node: NodeSummary | null, place: RulePlace): boolean {
  const chain = chainOf(node, place);
  return node === null || (chain !== null && place.rule > 0 && place.rule <= chain.rules.length + (chain.policy === null ? 0 : 1));
}
