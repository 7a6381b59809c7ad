/**
 * ah: the security parameter index of an authentication header; in IPv6 its length and reserved field too.
 *
 * Source: iptables-extensions(8) "ah"; Linux 6.18 net/ipv4/netfilter/ipt_ah.c, net/ipv6/netfilter/ip6t_ah.c. IPv4: a later
 * fragment never matches; a header cut short drops the packet. IPv6 looks for the header in the chain of headers and is
 * false without one.
 */

import type { SkbView } from '../../model/context.ts';
import { FIELD } from '../../model/field.ts';
import type { Clause } from '../../model/test.ts';
import { PROTO } from '../../net/protocol.ts';
import { within } from '../clause.ts';
import { defineMatch, optionText } from '../extension.ts';
import { headerClause, headerPresent, inRange, numberAt, reservedQuestion, type FoundHeader, type HeaderQuestion } from '../extension-header.ts';
import { readableHeader } from '../guards.ts';
import { flag, integer, option } from '../option.ts';
import { printRange } from '../range.ts';
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
  notModelled: 'IPv6: length and reserved field of a header that the packet does not say are unknown',
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
    const { spi, length, reserved } = uses;
    if (context.family === 'ipv4')
      return [...readableHeader('AH'), ...(spi ? [{ text: optionText(options, uses, 'spi', context), negated: spi.negated, any: [within(FIELD.spi, spi.value)] }] : [])];
    const clauses: Clause[] = [headerPresent('ah')];
    const add = (key: keyof typeof options, question: Pick<HeaderQuestion, 'wanted' | 'operand' | 'asks' | 'saw' | 'reads'>) =>
      clauses.push(headerClause({ header: 'ah', text: optionText(options, uses, key, context), negated: uses[key]?.negated ?? false, ...question }));
    if (spi)
      add('spi', {
        wanted: `SPI ${printRange(spi.value)}`,
        operand: { spi: spi.value },
        reads: [FIELD.spi],
        asks: (header, skb) => inRange(spiOf(header, skb), spi.value),
        saw: (header, skb) => `SPI ${spiOf(header, skb)}`,
      });
    if (length && length.value !== 0)
      add('length', {
        wanted: `${length.value} bytes`,
        operand: { length: length.value },
        asks: (header) => (header.length === null ? null : header.length === length.value),
        saw: (header) => `a header of ${header.length} bytes`,
      });
    if (reserved) add('reserved', reservedQuestion(0, 2));
    return clauses;
  },
});

/** A header that says what it holds has its SPI there. */
function spiOf({ bytes }: FoundHeader, { regs }: SkbView): number {
  return bytes ? numberAt(bytes, 2, 4) : (regs[FIELD.spi.index] as number);
}
