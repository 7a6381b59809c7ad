/**
 * ah: the security parameter index of an authentication header; in IPv6 its length and reserved field too.
 *
 * Source: iptables-extensions(8) "ah"; Linux 6.18 net/ipv4/netfilter/ipt_ah.c, net/ipv6/netfilter/ip6t_ah.c. IPv4: a later
 * fragment never matches; a header cut short drops the packet. IPv6 looks for the header in the chain of headers and is
 * false without one. Not modelled: length and reserved field.
 */

import { FIELD } from '../../model/field.ts';
import type { Clause } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { within, unmodelled } from '../clause.ts';
import { defineMatch, optionText } from '../extension.ts';
import { headerPresent } from '../extension-header.ts';
import { readableHeader } from '../guards.ts';
import { flag, integer, option } from '../option.ts';
import { everySpi, spiRange } from './esp.ts';

const options = {
  spi: option({ name: '--ahspi', value: spiRange, invertible: true, hidden: everySpi, help: 'the SPI is in the range' }),
  length: option({
    name: '--ahlen',
    value: integer(0, 0xffffffff, 'length'),
    invertible: true,
    hidden: (value, negated) => value === 0 && !negated,
    help: 'length of the header in bytes (IPv6)',
  }),
  reserved: option({ name: '--ahres', value: flag, help: 'the reserved field is zero (IPv6)' }),
};

export const ah = defineMatch({
  name: 'ah',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) ah; Linux 6.18 net/ipv4/netfilter/ipt_ah.c, net/ipv6/netfilter/ip6t_ah.c',
  notModelled: 'length and reserved field of the IPv6 header are not known',
  check({ length, reserved }, { family, protocol }) {
    if (family === 'ipv4' && (length || reserved))
      return [
        {
          severity: 'error',
          code: 'unknown-option',
          option: length ? 'length' : 'reserved',
          message: `${length ? '--ahlen' : '--ahres'} is an option of ip6tables only`,
          hint: 'take it away',
        },
      ];
    if (family === 'ipv4' && protocol !== PROTO.ah) return [{ severity: 'error', code: 'wrong-protocol', message: 'ah needs "-p ah"', hint: 'put "-p ah" before it' }];
    return [];
  },
  compile(uses, context) {
    const clauses: Clause[] = context.family === 'ipv4' ? [...readableHeader('AH')] : [headerPresent('ah')];
    if (uses.spi) clauses.push({ text: optionText(options, uses, 'spi', context), negated: uses.spi.negated, any: [within(FIELD.spi, uses.spi.value)] });
    for (const key of ['length', 'reserved'] as const) {
      const use = uses[key];
      if (use && !(key === 'length' && use.value === 0))
        clauses.push(unmodelled(optionText(options, uses, key, context), 'length and reserved field of the header are not known', use.negated));
    }
    return clauses;
  },
});
