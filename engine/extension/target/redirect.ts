/**
 * REDIRECT: the connection's destination becomes the node itself: the in-device's first address, or the loopback
 * address for packets of the node.
 *
 * Source: iptables-extensions(8) "REDIRECT"; Linux 6.18 net/netfilter/nf_nat_redirect.c.
 */

import { defineTarget } from '../extension.ts';
import { option } from '../option.ts';
import { natRange, portSpan, random } from './nat-range.ts';

const options = {
  ports: option({ name: '--to-ports', value: portSpan, help: 'ports to take' }),
  random,
};

export const REDIRECT = defineTarget({
  name: 'REDIRECT',
  families: ['ipv4', 'ipv6'],
  tables: ['nat'],
  hooks: ['PREROUTING', 'OUTPUT'],
  options,
  requires: ['conntrack'],
  source: 'iptables-extensions(8) REDIRECT; Linux 6.18 net/netfilter/nf_nat_redirect.c',
  compile: ({ ports, ...flags }) => ({ effects: [{ op: 'nat', kind: 'redirect', range: natRange({ ports: ports?.value ?? null }, flags) }], verdict: 'ACCEPT' }),
});
