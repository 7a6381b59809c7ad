/** Conditions the kernel adds of itself before a match looks at a header. */

import { FIELD, L4 } from '../model/field.ts';
import { FALSE, UNKNOWN, type Clause, type OpaqueTest, type Tri } from '../model/test.ts';

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

/** Bytes of a TCP header without options. */
const TCP_HEADER = 20;

/**
 * Of a later fragment ecn and tcpmss take the data for a TCP header, if there is as much of it. `zeros` is what comes of data of
 * zeros; any other data is not read.
 */
export function dataAsTcpHeader(zeros: Tri): OpaqueTest {
  return {
    op: 'opaque',
    name: 'tcp-header',
    operand: { zeros },
    wanted: 'a TCP header',
    reads: [FIELD.l4],
    holds: ({ regs, packet: { payload, data } }) => (regs[FIELD.l4.index] !== L4.none || payload < TCP_HEADER ? FALSE : data === null ? zeros : UNKNOWN),
    saw: ({ regs }) => (regs[FIELD.l4.index] === L4.none ? 'the data of a later fragment' : 'a TCP header that is cut short'),
  };
}
