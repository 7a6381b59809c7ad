/**
 * hl: the hop limit equal to, below or above a number.
 *
 * Source: iptables-extensions(8) "hl"; Linux 6.18 net/netfilter/xt_hl.c, hl_mt6().
 */

import { hopLimitMatch } from '../hop-limit.ts';

export const hl = hopLimitMatch('hl', 'iptables-extensions(8) hl; Linux 6.18 net/netfilter/xt_hl.c');
