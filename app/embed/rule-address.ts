/** `table/CHAIN/n` of a step's rule, as everywhere; null for a step that is not of one rule. */

import type { StepView } from '../worker/messages.ts';

export function addressOf(step: StepView): string | null {
  return step.kind === 'rule' || step.kind === 'misses' ? `${step.table}/${step.chain}/${step.rule}` : null;
}
