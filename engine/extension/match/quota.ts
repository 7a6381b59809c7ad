/**
 * quota: true while the bytes last. A packet that does not fit ends it for good.
 *
 * Source: iptables-extensions(8) "quota"; Linux 6.18 net/netfilter/xt_quota.c, quota_mt(). A change of the table starts
 * the count again; iptables-save prints the quota that the rule was given, not what is left of it.
 */

import type { ValueKind } from '../../model/option.ts';
import { FIELD } from '../../model/field.ts';
import { FALSE, TRUE } from '../../model/test.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option } from '../option.ts';
import { parseUint64 } from '../range.ts';

const bytes: ValueKind<bigint> = {
  placeholder: 'bytes',
  words: 1,
  parse: ([word = '']) => parseUint64(word) ?? { failure: `"${word}" is not a number of bytes`, hint: 'give a number from 0 to 18446744073709551615' },
  print: String,
};

const options = { quota: option({ name: '--quota', value: bytes, invertible: true, required: true, help: 'bytes until it stops matching' }) };

export const quota = defineMatch({
  name: 'quota',
  families: ['ipv4', 'ipv6'],
  options,
  source: 'iptables-extensions(8) quota; Linux 6.18 net/netfilter/xt_quota.c',
  compile(uses, context) {
    const use = uses.quota;
    if (!use) return [];
    /** Null: the rule has met no packet yet. */
    const left = (state: unknown): number => (state as number | null) ?? Number(use.value);
    return [
      {
        text: matchText('quota', options, uses, 'quota', context),
        negated: use.negated,
        any: [
          {
            op: 'opaque',
            name: 'quota',
            operand: { bytes: String(use.value) },
            wanted: 'enough of them',
            reads: [FIELD.length],
            initial: null,
            step(skb, _context, state) {
              const size = skb.regs[FIELD.length.index] as number;
              return left(state) >= size ? { holds: TRUE, state: left(state) - size } : { holds: FALSE, state: 0 };
            },
            saw: (skb, _context, state) => `${left(state)} bytes left for a packet of ${skb.regs[FIELD.length.index]}`,
            asLoaded: (_skb, _context, state) => state === null,
          },
        ],
      },
    ];
  },
});
