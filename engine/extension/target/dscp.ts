/**
 * DSCP: sets the upper six bits of the TOS byte, the ECN bits stay; then the next rule.
 *
 * Source: iptables-extensions(8) "DSCP"; Linux 6.18 net/netfilter/xt_DSCP.c, dscp_tg().
 */

import { FIELD } from '../../model/field.ts';
import { defineTarget } from '../extension.ts';
import { dscpClass, printDscp } from '../match/dscp.ts';
import { integer, option } from '../option.ts';

const options = {
  set: option({ name: '--set-dscp', value: integer(0, 63, 'value', printDscp), excludes: ['class'], help: 'the value to set' }),
  class: option({ name: '--set-dscp-class', value: dscpClass, excludes: ['set'], help: 'the class to set' }),
};

export const DSCP = defineTarget({
  name: 'DSCP',
  families: ['ipv4', 'ipv6'],
  tables: ['mangle'],
  options,
  source: 'iptables-extensions(8) DSCP; Linux 6.18 net/netfilter/xt_DSCP.c',
  normalize: (uses) => (uses.class ? { set: uses.class } : uses),
  check: ({ set }) => (set ? [] : [{ severity: 'error', code: 'missing-option', message: 'DSCP needs --set-dscp or --set-dscp-class' }]),
  compile: ({ set }) => ({ effects: set ? [{ op: 'assign', field: FIELD.tos, mask: 0xfc, value: set.value << 2 }] : [], verdict: 'CONTINUE' }),
});
