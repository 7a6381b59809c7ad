/**
 * hash:ip,port,net: an address, a port and a block of addresses, the longest prefix of which decides.
 *
 * Source: ipset(8) "hash:ip,port,net"; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipportnet.c.
 */

import { hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashIpPortNet: SetType = {
  name: 'hash:ip,port,net',
  method: 'hash',
  dimensions: 3,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'address', span: true, zero: true }, { kind: 'port' }, { kind: 'net', all: false }],
  createOptions: hashOptions(),
  nomatch: true,
  source: 'ipset(8) hash:ip,port,net; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipportnet.c',
};
