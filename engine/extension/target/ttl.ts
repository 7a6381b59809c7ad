/**
 * TTL: sets, raises or lowers the TTL; then the next rule.
 *
 * Source: iptables-extensions(8) "TTL"; Linux 6.18 net/netfilter/xt_HL.c.
 */

import { FIELD } from '../../model/field.ts';
import { defineTarget } from '../extension.ts';
import { integer, option } from '../option.ts';

const options = {
  set: option({ name: '--ttl-set', value: integer(0, 255), excludes: ['dec', 'inc'], help: 'set the TTL' }),
  dec: option({ name: '--ttl-dec', value: integer(1, 255), excludes: ['set', 'inc'], help: 'lower the TTL, to 0 at the least' }),
  inc: option({ name: '--ttl-inc', value: integer(1, 255), excludes: ['set', 'dec'], help: 'raise the TTL, to 255 at the most' }),
};

export const TTL = defineTarget({
  name: 'TTL',
  families: ['ipv4'],
  tables: ['mangle'],
  options,
  source: 'iptables-extensions(8) TTL; Linux 6.18 net/netfilter/xt_HL.c',
  check: ({ set, dec, inc }) => (set || dec || inc ? [] : [{ severity: 'error', code: 'missing-option', message: 'TTL needs one of --ttl-set, --ttl-dec, --ttl-inc' }]),
  compile: ({ set, dec, inc }) => ({
    effects: [set ? { op: 'assign', field: FIELD.ttl, mask: 0xff, value: set.value } : { op: 'add', field: FIELD.ttl, delta: (inc?.value ?? 0) - (dec?.value ?? 0) }],
    verdict: 'CONTINUE',
  }),
});
