/**
 * hash:net,port: a block of addresses with a protocol and port. The longest prefix for the packet's port decides.
 *
 * Source: ipset(8) "hash:net,port"; Linux 6.18 net/netfilter/ipset/ip_set_hash_netport.c.
 */

import { hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashNetPort: SetType = {
  name: 'hash:net,port',
  method: 'hash',
  dimensions: 2,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'net', all: false }, { kind: 'port' }],
  createOptions: hashOptions(),
  nomatch: true,
  source: 'ipset(8) hash:net,port; Linux 6.18 net/netfilter/ipset/ip_set_hash_netport.c',
};
