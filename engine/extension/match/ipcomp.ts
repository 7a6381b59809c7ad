/**
 * ipcomp: the compression parameter index of an IPComp packet.
 *
 * Source: iptables-extensions(8) "ipcomp"; Linux 6.18 net/netfilter/xt_ipcomp.c, comp_mt(). A later fragment never matches.
 * Not modelled: packets here carry no such header.
 */

import type { Clause } from '../../model/test.ts';
import { unmodelled } from '../clause.ts';
import { defineMatch, optionText } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { flag, option } from '../option.ts';
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
  notModelled: 'the IPComp header of a packet is not known',
  // iptables 1.8.9 does not open the range of a rule that gives none: it asks for 0.
  normalize: (uses) => (uses.spi ? uses : { ...uses, spi: { value: [0, 0] as const, negated: false, span: uses.reserved?.span ?? { line: 0, column: 0, length: 1 } } }),
  compile(uses, context) {
    const clauses: Clause[] = [...readableHeader('IPComp')];
    for (const key of ['spi', 'reserved'] as const) {
      const use = uses[key];
      if (use) clauses.push(unmodelled(optionText(options, uses, key, context), 'the IPComp header of the packet is not known', use.negated));
    }
    return clauses;
  },
});
