/**
 * mark: `(mark & mask) == value`. A value with bits outside its mask never matches.
 *
 * Source: iptables-extensions(8) "mark"; Linux 6.18 net/netfilter/xt_mark.c, mark_mt().
 */

import { FIELD } from '../../model/field.ts';
import { matchText } from '../clause.ts';
import { defineMatch, type Finding } from '../extension.ts';
import { maskedMark, option, type MaskedValue } from '../option.ts';

const options = { mark: option({ name: '--mark', value: maskedMark, invertible: true, required: true, help: 'the packet mark under the mask is this value' }) };

/** A value with bits outside its mask: accepted by iptables and never equal. Shared with connmark. */
export function checkMaskedMark({ value, mask }: MaskedValue, negated: boolean): readonly Finding[] {
  if ((value & ~mask) >>> 0 === 0) return [];
  const always = negated ? 'always matches' : 'never matches';
  return [
    { severity: 'warning', code: 'value-outside-mask', option: 'mark', message: `the value has bits outside its mask, so this ${always}`, hint: 'give a value within the mask' },
  ];
}

export const mark = defineMatch({
  name: 'mark',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) mark; Linux 6.18 net/netfilter/xt_mark.c',
  check: ({ mark: use }) => (use ? checkMaskedMark(use.value, use.negated) : []),
  compile(uses, context) {
    const use = uses.mark;
    if (!use) return [];
    return [{ text: matchText('mark', options, uses, 'mark', context), negated: use.negated, any: [{ op: 'masked', field: FIELD.mark, ...use.value }] }];
  },
});
