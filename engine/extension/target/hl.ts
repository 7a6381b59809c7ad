/**
 * HL: sets, raises or lowers the hop limit; then the next rule.
 *
 * Source: iptables-extensions(8) "HL"; Linux 6.18 net/netfilter/xt_HL.c.
 */

import { FIELD } from '../../model/field.ts';
import { defineTarget } from '../extension.ts';
import { integer, option } from '../option.ts';

const options = {
  set: option({ name: '--hl-set', value: integer(0, 255), excludes: ['dec', 'inc'], help: 'set the hop limit' }),
  dec: option({ name: '--hl-dec', value: integer(1, 255), excludes: ['set', 'inc'], help: 'lower the hop limit, to 0 at the least' }),
  inc: option({ name: '--hl-inc', value: integer(1, 255), excludes: ['set', 'dec'], help: 'raise the hop limit, to 255 at the most' }),
};

export const HL = defineTarget({
  name: 'HL',
  families: ['ipv6'],
  tables: ['mangle'],
  options,
  source: 'iptables-extensions(8) HL; Linux 6.18 net/netfilter/xt_HL.c',
  check: ({ set, dec, inc }) => (set || dec || inc ? [] : [{ severity: 'error', code: 'missing-option', message: 'HL needs one of --hl-set, --hl-dec, --hl-inc' }]),
  compile: ({ set, dec, inc }) => ({
    effects: [set ? { op: 'assign', field: FIELD.ttl, mask: 0xff, value: set.value } : { op: 'add', field: FIELD.ttl, delta: (inc?.value ?? 0) - (dec?.value ?? 0) }],
    verdict: 'CONTINUE',
  }),
});
