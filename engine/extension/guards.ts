/** Conditions the kernel adds of itself before a match looks at a header. */

import { FIELD, L4 } from '../model/field.ts';
import type { Clause } from '../model/test.ts';

/** No later fragment (false, whatever the negation), then a header that is there whole (else hotdrop). */
export function readableHeader(header: string): readonly Clause[] {
  let clauses = readable.get(header);
  if (!clauses) {
    clauses = readableClauses(header);
    readable.set(header, clauses);
  }
  return clauses;
}

/** Every rule with a tcp match has the same two: they are made once. */
const readable = new Map<string, readonly Clause[]>();

function readableClauses(header: string): readonly Clause[] {
  return [
    { guard: true, text: `not a later fragment`, negated: true, any: [{ op: 'masked', field: FIELD.l4, mask: 0xffffffff, value: L4.none }] },
    { guard: true, text: `the ${header} header is whole`, negated: true, otherwise: 'drop', any: [{ op: 'masked', field: FIELD.l4, mask: 0xffffffff, value: L4.truncated }] },
  ];
}

/** A conntrack entry is attached: without one the match is false, negated or not. */
export const hasConntrackEntry: Clause = {
  guard: true,
  text: 'the packet has a conntrack entry',
  negated: false,
  any: [{ op: 'masked', field: FIELD.hasCt, mask: 1, value: 1 }],
};
