/**
 * state: the older name of `-m conntrack --ctstate`, without SNAT and DNAT. iptables stores it as a conntrack match and
 * prints it back as it was.
 *
 * Source: iptables-extensions(8) "state"; Linux 6.18 net/netfilter/xt_conntrack.c, conntrack_mt().
 */

import { matchText } from '../clause.ts';
import { defineMatch } from '../extension.ts';
import { option } from '../option.ts';
import { plainStates, stateClause } from './conntrack.ts';

const options = { state: option({ name: '--state', value: plainStates, invertible: true, required: true, help: 'the packet is in one of these states' }) };

export const state = defineMatch({
  name: 'state',
  families: ['ipv4', 'ipv6'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) state; Linux 6.18 net/netfilter/xt_conntrack.c',
  compile: (uses, context) => (uses.state ? [stateClause(matchText('state', options, uses, 'state', context), uses.state.negated, uses.state.value)] : []),
});
