/**
 * hash:ip,port,ip: two addresses and a port. Only the first address may be written as a range.
 *
 * Source: ipset(8) "hash:ip,port,ip"; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipportip.c.
 */

import { hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashIpPortIp: SetType = {
  name: 'hash:ip,port,ip',
  method: 'hash',
  dimensions: 3,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'address', span: true, zero: true }, { kind: 'port' }, { kind: 'address', span: false, zero: true }],
  createOptions: hashOptions(),
  nomatch: false,
  source: 'ipset(8) hash:ip,port,ip; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipportip.c',
};
