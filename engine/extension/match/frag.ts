/**
 * frag: the fragment header of IPv6. False, negated or not, for a packet without one.
 *
 * Source: iptables-extensions(8) "frag"; Linux 6.18 net/ipv6/netfilter/ip6t_frag.c, frag_mt6(). The kernel does not look at
 * --fraglen; the reserved field of a packet is zero here.
 */

import { FIELD } from '../../model/field.ts';
import { FALSE, TRUE, type Clause, type Test } from '../../model/test.ts';
import { differs, equals, matchText, within } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { headerPresent } from '../extension-header.ts';
import { flag, integer, option } from '../option.ts';
import { numberRange } from '../range.ts';

const options = {
  id: option({
    name: '--fragid',
    value: numberRange(0xffffffff, 'id[:id]'),
    invertible: true,
    hidden: ([low, high]) => low === 0 && high === 0xffffffff,
    help: 'identification in the range',
  }),
  length: option({ name: '--fraglen', value: integer(0, 0xffffffff, 'length'), invertible: true, help: 'length of the header' }),
  reserved: option({ name: '--fragres', value: flag, help: 'the reserved field is zero' }),
  first: option({ name: '--fragfirst', value: flag, help: 'the first fragment' }),
  more: option({ name: '--fragmore', value: flag, excludes: ['last'], help: 'more fragments follow' }),
  last: option({ name: '--fraglast', value: flag, excludes: ['more'], help: 'the last fragment' }),
};

export const frag = defineMatch({
  name: 'frag',
  families: ['ipv6'],
  options,
  source: 'iptables-extensions(8) frag; Linux 6.18 net/ipv6/netfilter/ip6t_frag.c',
  compile(uses, context) {
    const clauses: Clause[] = [headerPresent('frag')];
    const add = (key: keyof typeof options, test: Test) =>
      clauses.push({ text: matchText('frag', options, uses, key, context), negated: uses[key]?.negated ?? false, any: [test] });
    if (uses.id) add('id', within(FIELD.ipId, uses.id.value));
    if (uses.length) add('length', { op: 'constant', value: uses.length.negated ? FALSE : TRUE, reason: 'the kernel does not look at the length' });
    if (uses.reserved) add('reserved', { op: 'constant', value: TRUE, reason: 'the reserved field is zero' });
    if (uses.first) add('first', equals(FIELD.fragOffset, 0));
    if (uses.more) add('more', differs(FIELD.moreFragments, 0));
    if (uses.last) add('last', equals(FIELD.moreFragments, 0));
    return clauses;
  },
});
