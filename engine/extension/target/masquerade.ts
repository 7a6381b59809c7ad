/**
 * MASQUERADE: the connection's source becomes an address of the device it leaves by.
 *
 * Source: iptables-extensions(8) "MASQUERADE"; Linux 6.18 net/netfilter/xt_MASQUERADE.c, nf_nat_masquerade.c.
 */

import { defineTarget } from '../extension.ts';
import { option } from '../option.ts';
import { natRange, portSpan, random, randomFully } from './nat-range.ts';

const options = {
  ports: option({ name: '--to-ports', value: portSpan, help: 'ports to take' }),
  random,
  randomFully,
};

export const MASQUERADE = defineTarget({
  name: 'MASQUERADE',
  families: ['ipv4', 'ipv6'],
  tables: ['nat'],
  hooks: ['POSTROUTING'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) MASQUERADE; Linux 6.18 net/netfilter/nf_nat_masquerade.c',
  compile: ({ ports, ...flags }) => ({ effects: [{ op: 'nat', kind: 'masquerade', range: natRange({ ports: ports?.value ?? null }, flags) }], verdict: 'ACCEPT' }),
});
