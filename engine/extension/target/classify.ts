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

const half = (value: number): string => value.toString(16).padStart(4, '0');

/** `major:minor` in hex, each cut to 16 bits; what follows is not read (sscanf). */
const trafficClass: ValueKind<number> = {
  placeholder: 'major:minor',
  words: 1,
  parse: ([word = '']) => {
    const match = /^(?:0x)?([0-9a-f]+):(?:0x)?([0-9a-f]+)/i.exec(word);
    if (!match) return { failure: `bad class value "${word}"`, hint: 'write it like 1:10, both in hex' };
    const [major, minor] = [match[1], match[2]].map((digits) => Number.parseInt((digits as string).slice(-4), 16));
    return (major as number) * 65536 + (minor as number);
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
