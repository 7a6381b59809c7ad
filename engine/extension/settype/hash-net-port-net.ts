/**
 * hash:net,port,net: two blocks of addresses and a port. Prefix lengths are tried as in hash:net,net; 0 may be stored. Not in the kernel
 * this was checked on: from the man page and the source.
 *
 * Source: ipset(8) "hash:net,port,net"; Linux 6.18 net/netfilter/ipset/ip_set_hash_netportnet.c.
 */

import { hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashNetPortNet: SetType = {
  name: 'hash:net,port,net',
  method: 'hash',
  dimensions: 3,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'net', all: true }, { kind: 'port' }, { kind: 'net', all: true }],
  createOptions: hashOptions(),
  nomatch: true,
  source: 'ipset(8) hash:net,port,net; Linux 6.18 net/netfilter/ipset/ip_set_hash_netportnet.c',
};
