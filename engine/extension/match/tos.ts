/**
 * tos: `(tos & mask) == value` over the whole TOS byte or traffic class. A number alone has the mask 0xff, a name 0x3f.
 *
 * Source: iptables-extensions(8) "tos"; Linux 6.18 net/netfilter/xt_dscp.c, tos_mt().
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option, parseInteger, type MaskedValue } from '../option.ts';

/** RFC 1349, as netinet/ip.h numbers them. */
const NAMES: readonly (readonly [string, number])[] = [
  ['Minimize-Delay', 0x10],
  ['Maximize-Throughput', 0x08],
  ['Maximize-Reliability', 0x04],
  ['Minimize-Cost', 0x02],
  ['Normal-Service', 0x00],
];
const byte = (value: number): string => `0x${value.toString(16).padStart(2, '0')}`;

export function tosMask(maskOfNames: number): ValueKind<MaskedValue> {
  return {
    placeholder: 'value[/mask]|name',
    words: 1,
    choices: NAMES.map(([name]) => name),
    parse: ([word = '']) => {
      const named = NAMES.find(([name]) => name.toLowerCase() === word.toLowerCase());
      if (named) return { value: named[1], mask: maskOfNames };
      const [value, mask = 0xff, ...rest] = word.split('/').map(parseInteger);
      if (value === undefined || value === null || mask === null || value > 255 || mask > 255 || rest.length > 0)
        return { failure: `"${word}" is not a TOS value`, hint: `write it like 0x10/0x3f, or one of ${NAMES.map(([name]) => name).join(', ')}` };
      return { value, mask };
    },
    print: ({ value, mask }) => `${byte(value)}/${byte(mask)}`,
  };
}

const options = { tos: option({ name: '--tos', value: tosMask(0x3f), invertible: true, required: true, help: 'the TOS byte under the mask is this value' }) };

export const tos = defineMatch({
  name: 'tos',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) tos; Linux 6.18 net/netfilter/xt_dscp.c',
  compile: (uses, context) =>
    uses.tos ? [{ text: matchText('tos', options, uses, 'tos', context), negated: uses.tos.negated, any: [{ op: 'masked', field: FIELD.tos, ...uses.tos.value }] }] : [],
});
