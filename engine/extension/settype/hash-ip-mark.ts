/**
 * hash:ip,mark: an address and a packet mark, which is cut to `markmask` first. The second src or dst of a rule is not
 * looked at. Not in the kernel this was checked on: from the man page and the source.
 *
 * Source: ipset(8) "hash:ip,mark"; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipmark.c.
 */

import { CREATE, hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashIpMark: SetType = {
  name: 'hash:ip,mark',
  method: 'hash',
  dimensions: 2,
  families: ['ipv4', 'ipv6'],
  parts: [{ kind: 'address', span: true, zero: true }, { kind: 'mark' }],
  createOptions: [CREATE.family, CREATE.markmask, ...hashOptions({ family: false })],
  nomatch: false,
  source: 'ipset(8) hash:ip,mark; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipmark.c',
};
