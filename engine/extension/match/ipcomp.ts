/**
 * ipcomp: the compression parameter index of an IPComp packet, which is what a packet of protocol 108 begins with. A later fragment
 * never matches; a header that is cut short drops the packet. The kernel does not look at --compres.
 *
 * Source: iptables-extensions(8) "ipcomp"; Linux 6.18 net/netfilter/xt_ipcomp.c, comp_mt(); RFC 3173 section 3.
 */

import { TRUE, type Clause } from '../../model/test.ts';
import { defineMatch, optionText } from '../extension.ts';
import { inRange, numberAt } from '../extension-header.ts';
import { readableHeader } from '../guards.ts';
import { flag, option } from '../option.ts';
import { payloadClause } from '../payload.ts';
import { printRange } from '../range.ts';
import { everySpi, spiRange } from './esp.ts';

const IPPROTO_COMP = 108;

const options = {
  spi: option({ name: '--ipcompspi', value: spiRange, invertible: true, hidden: everySpi, help: 'the CPI is in the range' }),
  reserved: option({ name: '--compres', value: flag, help: 'the reserved field is zero' }),
};

export const ipcomp = defineMatch({
  name: 'ipcomp',
  families: ['ipv4', 'ipv6'],
  protocols: [IPPROTO_COMP],
  options,
  source: 'iptables-extensions(8) ipcomp; Linux 6.18 net/netfilter/xt_ipcomp.c',
  // iptables 1.8.9 does not open the range of a rule that gives none: it asks for 0.
  normalize: (uses) => (uses.spi ? uses : { ...uses, spi: { value: [0, 0] as const, negated: false, span: uses.reserved?.span ?? { line: 0, column: 0, length: 1 } } }),
  compile(uses, context) {
    const clauses: Clause[] = [...readableHeader('IPComp'), isWhole];
    const { spi, reserved } = uses;
    if (spi)
      clauses.push(
        payloadClause({
          text: optionText(options, uses, 'spi', context),
          negated: spi.negated,
          wanted: `CPI ${printRange(spi.value)}`,
          operand: { cpi: spi.value },
          asks: (bytes) => inRange(numberAt(bytes, 2, 2), spi.value),
          saw: (bytes) => `CPI ${numberAt(bytes, 2, 2)}`,
        }),
      );
    if (reserved)
      clauses.push({
        text: optionText(options, uses, 'reserved', context),
        negated: false,
        any: [{ op: 'constant', value: TRUE, reason: 'the kernel does not look at the reserved field' }],
      });
    return clauses;
  },
});

/** struct ip_comp_hdr. */
const HEADER_LENGTH = 4;

const isWhole: Clause = {
  ...payloadClause({
    text: 'the IPComp header is whole',
    negated: false,
    wanted: 'a whole header',
    operand: {},
    asks: (bytes) => bytes.length >= HEADER_LENGTH,
    saw: () => 'a header that is cut short',
  }),
  guard: true,
  otherwise: 'drop',
};
