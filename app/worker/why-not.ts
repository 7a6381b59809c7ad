/** Why something did not happen, from the engine's words to the page's: rule addresses become places in the lists of rules. */

import { parseRuleAddress, type Candidate, type ClauseReading, type WhyNot, type Wish } from '../../engine/index.ts';
import type { Reading, WhyNotCandidate, WhyNotReason, WhyNotView, Wished } from './messages.ts';
import { tableKey } from './render.ts';

type Read = (reading: ClauseReading) => Reading;

/** Null if it names no rule. */
export function wishOf(wish: Wished): Wish | null {
  if (wish.kind !== 'rule') return wish;
  const at = parseRuleAddress(`${wish.table}/${wish.chain}/${wish.rule}`);
  return at && { kind: 'rule', at };
}

export function renderWhyNot({ happened, candidates, more }: WhyNot, read: Read): WhyNotView {
  return { happened, candidates: candidates.map((candidate) => renderCandidate(candidate, read)), more };
}

function renderCandidate({ at, target, reason }: Candidate, read: Read): WhyNotCandidate {
  return { table: tableKey(at), chain: at.chain, rule: at.number, target, reason: renderReason(reason, read) };
}

function renderReason(reason: Candidate['reason'], read: Read): WhyNotReason {
  switch (reason.kind) {
    case 'unknown':
    case 'missed':
      return { ...reason, reading: reason.reading && read(reason.reading) };
    case 'not-entered':
      return { kind: 'not-entered', jumps: reason.jumps.map((jump) => renderCandidate(jump, read)) };
    default:
      return reason;
  }
}
