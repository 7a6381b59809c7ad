/**
 * hash:mac and hash:ip,mac: a MAC address, alone or with an address. The zero MAC cannot be stored. Not in the kernel this
 * was checked on: from the man page and the source.
 *
 * Source: ipset(8) "hash:mac", "hash:ip,mac"; Linux 6.18 net/netfilter/ipset/ip_set_hash_mac.c, ip_set_hash_ipmac.c.
 */

import { CREATE, hashOptions } from './create-option.ts';
import type { SetType } from './settype.ts';

export const hashMac: SetType = {
  name: 'hash:mac',
  method: 'hash',
  dimensions: 1,
  families: [],
  parts: [{ kind: 'mac', optional: false }],
  createOptions: hashOptions({ family: false }),
  nomatch: false,
  source: 'ipset(8) hash:mac; Linux 6.18 net/netfilter/ipset/ip_set_hash_mac.c',
};

export const hashIpMac: SetType = {
  name: 'hash:ip,mac',
  method: 'hash',
  dimensions: 2,
  families: ['ipv4', 'ipv6'],
  parts: [
    { kind: 'address', span: true, zero: true },
    { kind: 'mac', optional: false },
  ],
  createOptions: hashOptions({ after: [CREATE.bitmask, CREATE.netmask] }),
  nomatch: false,
  source: 'ipset(8) hash:ip,mac; Linux 6.18 net/netfilter/ipset/ip_set_hash_ipmac.c',
};
