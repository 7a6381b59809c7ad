/**
 * connmark: `(ctmark & mask) == value`. Without a conntrack entry (INVALID, UNTRACKED) it is false, negated or not.
 *
 * Source: iptables-extensions(8) "connmark"; Linux 6.18 net/netfilter/xt_connmark.c, connmark_mt().
 */

import { FIELD } from '../../model/field.ts';
import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { hasConntrackEntry } from '../guards.ts';
import { maskedMark, option } from '../option.ts';
import { checkMaskedMark } from './mark.ts';

const options = { mark: option({ name: '--mark', value: maskedMark, invertible: true, required: true, help: 'the mark of the connection under the mask is this value' }) };

export const connmark = defineMatch({
  name: 'connmark',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) connmark; Linux 6.18 net/netfilter/xt_connmark.c',
  check: ({ mark: use }) => (use ? checkMaskedMark(use.value, use.negated) : []),
  compile(uses, context) {
    const use = uses.mark;
    if (!use) return [];
    return [hasConntrackEntry, { text: matchText('connmark', options, uses, 'mark', context), negated: use.negated, any: [{ op: 'masked', field: FIELD.ctMark, ...use.value }] }];
  },
});
