/**
 * hash:net,net: two blocks of addresses. Prefix lengths of the first are tried from long to short and, for each, those of
 * the second. Not in the kernel this was checked on: from the man page and the source.
 *
 * Source: ipset(8) "hash:net,net"; Linux 6.18 net/netfilter/ipset/ip_set_hash_netnet.c.
 */

import { CREATE, hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashNetNet: SetType = {
  name: 'hash:net,net',
  method: 'hash',
  dimensions: 2,
  families: ['ipv4', 'ipv6'],
  parts: [
    { kind: 'net', all: false },
    { kind: 'net', all: false },
  ],
  createOptions: hashOptions({ after: [CREATE.bitmask, CREATE.netmask] }),
  nomatch: true,
  source: 'ipset(8) hash:net,net; Linux 6.18 net/netfilter/ipset/ip_set_hash_netnet.c',
};
