/**
 * hash:net: blocks of addresses, the longest prefix of the packet's address decides. Prefix length 0 cannot be stored;
 * an IPv4 range becomes the fewest blocks that cover it. Entries may be flagged nomatch.
 *
 * Source: ipset(8) "hash:net"; Linux 6.18 net/netfilter/ipset/ip_set_hash_net.c.
 */

import { hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashNet: SetType = {
  name: 'hash:net',
  method: 'hash',
  dimensions: 1,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'net', all: false }],
  createOptions: hashOptions(),
  nomatch: true,
  source: 'ipset(8) hash:net; Linux 6.18 net/netfilter/ipset/ip_set_hash_net.c',
};
