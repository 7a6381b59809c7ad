/**
 * TTL: sets, raises or lowers the TTL; then the next rule.
 *
 * Source: iptables-extensions(8) "TTL"; Linux 6.18 net/netfilter/xt_HL.c, ttl_tg().
 */

import { hopLimitTarget } from '../hop-limit.ts';

export const TTL = hopLimitTarget('TTL', 'iptables-extensions(8) TTL; Linux 6.18 net/netfilter/xt_HL.c');
