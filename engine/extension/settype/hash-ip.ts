/**
 * hash:ip: single IPv4 or IPv6 addresses, cut to `netmask` or `bitmask` if the set has one. A range or CIDR block of IPv4
 * stands for each of its addresses. The null address cannot be stored.
 *
 * Source: ipset(8) "hash:ip"; Linux 6.18 net/netfilter/ipset/ip_set_hash_ip.c.
 */

import { CREATE, hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashIp: SetType = {
  name: 'hash:ip',
  method: 'hash',
  dimensions: 1,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'address', span: true, zero: false }],
  createOptions: hashOptions({ before: [CREATE.netmask, CREATE.bitmask] }),
  nomatch: false,
  source: 'ipset(8) hash:ip; Linux 6.18 net/netfilter/ipset/ip_set_hash_ip.c',
};
