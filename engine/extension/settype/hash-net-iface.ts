/**
 * hash:net,iface: a block of addresses and an interface name. Prefix length 0 may be stored. The search ends at the first
 * prefix length that has the packet's block with any interface: a shorter block of the right interface is not tried.
 *
 * Source: ipset(8) "hash:net,iface"; Linux 6.18 net/netfilter/ipset/ip_set_hash_netiface.c, mtype_test_cidrs() with
 * IP_SET_HASH_WITH_MULTI.
 */

import { hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashNetIface: SetType = {
  name: 'hash:net,iface',
  method: 'hash',
  dimensions: 2,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'net', all: true }, { kind: 'interface' }],
  createOptions: hashOptions(),
  nomatch: true,
  source: 'ipset(8) hash:net,iface; Linux 6.18 net/netfilter/ipset/ip_set_hash_netiface.c',
};
