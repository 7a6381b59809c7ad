/**
 * tcpmss: value of the MSS option of any TCP packet. Without the option it is false, and true when negated.
 *
 * Source: iptables-extensions(8) "tcpmss"; Linux 6.18 net/netfilter/xt_tcpmss.c, tcpmss_mt(). A header cut short drops
 * the packet; so does data of a later fragment that is no TCP header.
 */

import type { ValueKind } from '../../model/option.ts';
import { FIELD, L4 } from '../../model/field.ts';
import { FALSE, TRUE, type Clause } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { equals, matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { dataAsTcpHeader } from '../guards.ts';
import { isFailure, option } from '../option.ts';
import { numberRange, printRange, type NumberRange } from '../range.ts';

const anyRange = numberRange(65535, 'value[:value]');
const mssRange: ValueKind<NumberRange> = {
  ...anyRange,
  parse: (words, context) => {
    const range = anyRange.parse(words, context);
    return !isFailure(range) && range[0] > range[1] ? { failure: 'invalid range given', hint: 'write the lower value first' } : range;
  },
};

const options = { mss: option({ name: '--mss', value: mssRange, invertible: true, required: true, help: 'the MSS is in the range' }) };

/** Data of zeros says that its header is shorter than any. */
const wholeHeader: Clause = { guard: true, text: 'the TCP header is whole', negated: false, otherwise: 'drop', any: [equals(FIELD.l4, L4.readable), dataAsTcpHeader(FALSE)] };

export const tcpmss = defineMatch({
  name: 'tcpmss',
  families: ['ipv4', 'ipv6'],
  protocols: [PROTO.tcp],
  options,
  source: 'iptables-extensions(8) tcpmss; Linux 6.18 net/netfilter/xt_tcpmss.c',
  compile(uses, context) {
    const use = uses.mss;
    if (!use) return [];
    const [low, high] = use.value;
    return [
      wholeHeader,
      {
        text: matchText('tcpmss', options, uses, 'mss', context),
        negated: use.negated,
        any: [
          {
            op: 'opaque',
            name: 'tcpmss',
            operand: { low, high },
            wanted: printRange(use.value),
            reads: [],
            holds: ({ packet: { mss } }) => (mss !== null && mss >= low && mss <= high ? TRUE : FALSE),
            saw: ({ packet: { mss } }) => (mss === null ? 'no MSS option' : `MSS ${mss}`),
          },
        ],
      },
    ];
  },
});
