/**
 * helper: the packet belongs to a connection that the helper of another one expected. A connection that has a helper itself
 * does not match, and neither does a packet without connection; negated, both do.
 *
 * Source: iptables-extensions(8) "helper"; Linux 6.18 net/netfilter/xt_helper.c, helper_mt(): the name wanted need only begin
 * with that of the helper. Not modelled: what helpers expect because of what they read.
 */

import { FALSE, TRUE, UNKNOWN } from '../../model/test.ts';
import type { SkbView } from '../../model/context.ts';
import { CTSTATUS, FIELD } from '../../model/field.ts';
import type { ValueKind } from '../../model/option.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option, quoteWord } from '../option.ts';

const helperName: ValueKind<string> = { placeholder: 'name', words: 1, parse: ([word = '']) => word.slice(0, 29), print: quoteWord };
const options = { helper: option({ name: '--helper', value: helperName, invertible: true, required: true, help: 'name of the helper; empty for any' }) };

export const helper = defineMatch({
  name: 'helper',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) helper; Linux 6.18 net/netfilter/xt_helper.c',
  notModelled: 'what a helper expects because of what it reads: only the expectations of conntrack -L expect and of the scenario are there',
  compile(uses, context) {
    const use = uses.helper;
    if (!use) return [];
    /** Undefined: nobody expected it; null: a helper that is not known. */
    const by = (skb: SkbView): string | null | undefined =>
      ((skb.regs[FIELD.ctStatus.index] as number) & CTSTATUS.EXPECTED) === 0 ? undefined : (skb.ct?.entry.expectedBy ?? null);
    return [
      {
        text: matchText('helper', options, uses, 'helper', context),
        negated: use.negated,
        any: [
          {
            op: 'opaque',
            name: 'helper',
            operand: { helper: use.value },
            wanted: `an expected connection of ${use.value === '' ? 'any helper' : use.value}`,
            reads: [FIELD.ctStatus],
            holds: (skb) => {
              const name = by(skb);
              if (name === undefined) return FALSE;
              if (use.value === '') return TRUE;
              return name === null ? UNKNOWN : use.value.startsWith(name) ? TRUE : FALSE;
            },
            saw: (skb) => {
              const name = by(skb);
              return name === undefined ? 'no expected connection' : name === null ? 'an expected connection whose helper is not known' : `an expected connection of ${name}`;
            },
          },
        ],
      },
    ];
  },
});
