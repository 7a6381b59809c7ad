/**
 * dst: the destination options header of IPv6. False, negated or not, for a packet without one.
 *
 * Source: iptables-extensions(8) "dst"; Linux 6.18 net/ipv6/netfilter/ip6t_hbh.c, hbh_mt6().
 */

import { optionsHeaderMatch } from '../ipv6-options.ts';

export const dst = optionsHeaderMatch('dst', 'destination options', 'iptables-extensions(8) dst; Linux 6.18 net/ipv6/netfilter/ip6t_hbh.c');
