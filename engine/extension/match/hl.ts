/**
 * hl: the hop limit equal to, below or above a number.
 *
 * Source: iptables-extensions(8) "hl"; Linux 6.18 net/netfilter/xt_hl.c, hl_mt6().
 */

import { FIELD } from '../../model/field.ts';
import { matchText, within } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { integer, option } from '../option.ts';

const hops = integer(0, 255, 'number');

const options = {
  eq: option({ name: '--hl-eq', aliases: ['--hl'], value: hops, invertible: true, excludes: ['lt', 'gt'], help: 'the hop limit is this' }),
  lt: option({ name: '--hl-lt', value: hops, excludes: ['eq', 'gt'], help: 'the hop limit is below this' }),
  gt: option({ name: '--hl-gt', value: hops, excludes: ['eq', 'lt'], help: 'the hop limit is above this' }),
};

export const hl = defineMatch({
  name: 'hl',
  families: ['ipv6'],
  options,
  source: 'iptables-extensions(8) hl; Linux 6.18 net/netfilter/xt_hl.c',
  check: ({ eq, lt, gt }) => (eq || lt || gt ? [] : [{ severity: 'error', code: 'missing-option', message: 'hl needs one of --hl-eq, --hl-lt, --hl-gt' }]),
  compile(uses, context) {
    const { eq, lt, gt } = uses;
    if (eq) return [{ text: matchText('hl', options, uses, 'eq', context), negated: eq.negated, any: [within(FIELD.ttl, [eq.value, eq.value])] }];
    if (lt) return [{ text: matchText('hl', options, uses, 'lt', context), negated: false, any: [within(FIELD.ttl, [0, lt.value - 1])] }];
    if (gt) return [{ text: matchText('hl', options, uses, 'gt', context), negated: false, any: [within(FIELD.ttl, [gt.value + 1, 255])] }];
    return [];
  },
});
