/**
 * helper: the packet belongs to a connection that a conntrack helper expected. Not modelled: which helper
 * expected it; false, and true when negated, for a connection that none expected.
 *
 * Source: iptables-extensions(8) "helper"; Linux 6.18 net/netfilter/xt_helper.c, helper_mt().
 */

import { FALSE, UNKNOWN } from '../../model/test.ts';
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
  notModelled: 'helpers and what they expect are not modelled',
  compile(uses, context) {
    const use = uses.helper;
    if (!use) return [];
    const expected = (skb: SkbView) => ((skb.regs[FIELD.ctStatus.index] as number) & CTSTATUS.EXPECTED) !== 0;
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
            holds: (skb) => (expected(skb) ? UNKNOWN : FALSE),
            saw: (skb) => (expected(skb) ? 'an expected connection whose helper is not known' : 'no expected connection'),
          },
        ],
      },
    ];
  },
});
