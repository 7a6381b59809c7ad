/**
 * SNAT: the connection's source becomes an address (and port) of the range.
 *
 * Source: iptables-extensions(8) "SNAT"; Linux 6.18 net/netfilter/xt_nat.c, nf_nat_setup_info().
 */

import { defineTarget } from '../extension.ts';
import { option } from '../option.ts';
import { destination, natRange, persistent, random, randomFully } from './nat-range.ts';

const options = {
  to: option({ name: '--to-source', value: destination(false), required: true, help: 'the source to take' }),
  random,
  randomFully,
  persistent,
};

export const SNAT = defineTarget({
  name: 'SNAT',
  families: ['ipv4', 'ipv6'],
  tables: ['nat'],
  hooks: ['POSTROUTING', 'INPUT'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) SNAT; Linux 6.18 net/netfilter/xt_nat.c',
  compile: ({ to, ...flags }) => ({ effects: [{ op: 'nat', kind: 'snat', range: natRange(to?.value ?? {}, flags) }], verdict: 'ACCEPT' }),
});
