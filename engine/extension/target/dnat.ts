/**
 * DNAT: the connection's destination becomes an address (and port) of the range.
 *
 * Source: iptables-extensions(8) "DNAT"; Linux 6.18 net/netfilter/xt_nat.c, nf_nat_setup_info().
 */

import { defineTarget } from '../extension.ts';
import { option } from '../option.ts';
import { destination, natRange, persistent, random } from './nat-range.ts';

const options = {
  to: option({ name: '--to-destination', value: destination(true), required: true, help: 'the destination to take' }),
  random,
  persistent,
};

export const DNAT = defineTarget({
  name: 'DNAT',
  families: ['ipv4', 'ipv6'],
  tables: ['nat'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) DNAT; Linux 6.18 net/netfilter/xt_nat.c',
  compile: ({ to, ...flags }) => ({ effects: [{ op: 'nat', kind: 'dnat', range: natRange(to?.value ?? {}, flags) }], verdict: 'ACCEPT' }),
});
