/**
 * ttl: the TTL equal to, below or above a number.
 *
 * Source: iptables-extensions(8) "ttl"; Linux 6.18 net/netfilter/xt_hl.c, ttl_mt().
 */

import { hopLimitMatch } from '../hop-limit.ts';

export const ttl = hopLimitMatch('ttl', 'iptables-extensions(8) ttl; Linux 6.18 net/netfilter/xt_hl.c');
