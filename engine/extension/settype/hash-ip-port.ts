/**
 * hash:ip,port: an address with a protocol and port, an ICMP type and code, or another protocol with pseudo port 0.
 *
 * Source: ipset(8) "hash:ip,port"; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipport.c, ip_set_getport.c.
 */

import { CREATE, hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashIpPort: SetType = {
  name: 'hash:ip,port',
  method: 'hash',
  dimensions: 2,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'address', span: true, zero: true }, { kind: 'port' }],
  createOptions: hashOptions({ after: [CREATE.bitmask, CREATE.netmask] }),
  nomatch: false,
  source: 'ipset(8) hash:ip,port; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipport.c',
};
