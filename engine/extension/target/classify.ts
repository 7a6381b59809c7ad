/**
 * CLASSIFY: set the packet's priority (its traffic class).
 *
 * Source: iptables-extensions(8) "CLASSIFY"; iptables 1.8.9 extensions/libxt_CLASSIFY.c; Linux 6.18
 * net/netfilter/xt_CLASSIFY.c.
 */

import { FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { defineTarget } from '../extension.ts';
import { option } from '../option.ts';
import { UINT64_MAX } from '../range.ts';

const half = (value: number): string => value.toString(16).padStart(4, '0');

/** sscanf(3) keeps 32 bits of what strtoul(3) says, the largest number there is for one that is too large. */
const sixteenBits = (value: bigint): number => (value > UINT64_MAX ? 0xffff : Number(value & 0xffffn));

/** `major:minor` in hex, each cut to 16 bits; what follows is not read (sscanf). */
const trafficClass: ValueKind<number> = {
  placeholder: 'major:minor',
  words: 1,
  parse: ([word = '']) => {
    const match = /^\s*([-+]?)(?:0x)?([0-9a-f]+):\s*([-+]?)(?:0x)?([0-9a-f]+)/i.exec(word);
    if (!match) return { failure: `bad class value "${word}"`, hint: 'write it like 1:10, both in hex' };
    const cut = (sign = '', digits = ''): number => {
      const value = sixteenBits(BigInt(`0x${digits}`));
      return sign === '-' ? -value & 0xffff : value;
    };
    return cut(match[1], match[2]) * 65536 + cut(match[3], match[4]);
  },
  print: (value) => `${half(value >>> 16)}:${half(value & 0xffff)}`,
};

const options = { class: option({ name: '--set-class', value: trafficClass, required: true, help: 'major and minor class' }) };

export const CLASSIFY = defineTarget({
  name: 'CLASSIFY',
  families: ['ipv4', 'ipv6'],
  hooks: ['FORWARD', 'OUTPUT', 'POSTROUTING'],
  options,
  source: 'iptables-extensions(8) CLASSIFY; Linux 6.18 net/netfilter/xt_CLASSIFY.c',
  compile: ({ class: to }) => ({ effects: to ? [{ op: 'assign', field: FIELD.priority, mask: 0xffffffff, value: to.value }] : [], verdict: 'CONTINUE' }),
});
