/**
 * length: size of the whole packet at layer 3 (IPv6: 40 + payload length), both ends included.
 *
 * Source: iptables-extensions(8) "length"; Linux 6.18 net/netfilter/xt_length.c.
 */

import { FIELD } from '../../model/field.ts';
import { matchText, within } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option } from '../option.ts';
import { numberRange } from '../range.ts';

const options = {
  length: option({ name: '--length', value: numberRange(65535, 'length[:length]'), invertible: true, required: true, help: 'bytes of the packet, IP header included' }),
};

export const length = defineMatch({
  name: 'length',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) length; Linux 6.18 net/netfilter/xt_length.c',
  compile: (uses, context) =>
    uses.length ? [{ text: matchText('length', options, uses, 'length', context), negated: uses.length.negated, any: [within(FIELD.length, uses.length.value)] }] : [],
});
