/**
 * HL: sets, raises or lowers the hop limit; then the next rule.
 *
 * Source: iptables-extensions(8) "HL"; Linux 6.18 net/netfilter/xt_HL.c, hl_tg6().
 */

import { hopLimitTarget } from '../hop-limit.ts';

export const HL = hopLimitTarget('HL', 'iptables-extensions(8) HL; Linux 6.18 net/netfilter/xt_HL.c');
