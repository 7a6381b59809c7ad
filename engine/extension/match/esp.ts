/**
 * esp: the security parameter index of an ESP packet.
 *
 * Source: iptables-extensions(8) "esp"; Linux 6.18 net/netfilter/xt_esp.c, esp_mt(). A later fragment never matches; a
 * header cut short drops the packet.
 */

import { FIELD } from '../../model/field.ts';
import { PROTO } from '../../net/protocol.ts';
import { within } from '../clause.ts';
import { defineMatch, optionText } from '../extension.ts';
import { readableHeader } from '../guards.ts';
import { option } from '../option.ts';
import { numberRange, type NumberRange } from '../range.ts';

export const spiRange = numberRange(0xffffffff, 'spi[:spi]');
export const everySpi = ([low, high]: NumberRange): boolean => low === 0 && high === 0xffffffff;

const options = { spi: option({ name: '--espspi', value: spiRange, invertible: true, hidden: everySpi, help: 'the SPI is in the range' }) };

export const esp = defineMatch({
  name: 'esp',
  families: ['ipv4', 'ipv6'],
  protocols: [PROTO.esp],
  options,
  source: 'iptables-extensions(8) esp; Linux 6.18 net/netfilter/xt_esp.c',
  compile: (uses, context) => [
    ...readableHeader('ESP'),
    ...(uses.spi ? [{ text: optionText(options, uses, 'spi', context), negated: uses.spi.negated, any: [within(FIELD.spi, uses.spi.value)] }] : []),
  ],
});
