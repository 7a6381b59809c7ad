/**
 * ttl: the TTL equal to, below or above a number.
 *
 * Source: iptables-extensions(8) "ttl"; Linux 6.18 net/netfilter/xt_hl.c, ttl_mt().
 */

import { FIELD } from '../../model/field.ts';
import { matchText, within } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { integer, option } from '../option.ts';

const hops = integer(0, 255, 'number');

const options = {
  eq: option({ name: '--ttl-eq', aliases: ['--ttl'], value: hops, invertible: true, excludes: ['lt', 'gt'], help: 'the TTL is this' }),
  lt: option({ name: '--ttl-lt', value: hops, excludes: ['eq', 'gt'], help: 'the TTL is below this' }),
  gt: option({ name: '--ttl-gt', value: hops, excludes: ['eq', 'lt'], help: 'the TTL is above this' }),
};

export const ttl = defineMatch({
  name: 'ttl',
  families: ['ipv4'],
  options,
  source: 'iptables-extensions(8) ttl; Linux 6.18 net/netfilter/xt_hl.c',
  check: ({ eq, lt, gt }) => (eq || lt || gt ? [] : [{ severity: 'error', code: 'missing-option', message: 'ttl needs one of --ttl-eq, --ttl-lt, --ttl-gt' }]),
  compile(uses, context) {
    const { eq, lt, gt } = uses;
    if (eq) return [{ text: matchText('ttl', options, uses, 'eq', context), negated: eq.negated, any: [within(FIELD.ttl, [eq.value, eq.value])] }];
    if (lt) return [{ text: matchText('ttl', options, uses, 'lt', context), negated: false, any: [within(FIELD.ttl, [0, lt.value - 1])] }];
    if (gt) return [{ text: matchText('ttl', options, uses, 'gt', context), negated: false, any: [within(FIELD.ttl, [gt.value + 1, 255])] }];
    return [];
  },
});
