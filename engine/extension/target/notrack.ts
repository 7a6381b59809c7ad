/**
 * NOTRACK: the packet is not tracked; the old name of `CT --notrack`.
 *
 * Source: iptables-extensions(8) "NOTRACK"; Linux 6.18 net/netfilter/xt_CT.c, notrack_tg().
 */

import { defineTarget } from '../extension.ts';

export const NOTRACK = defineTarget({
  name: 'NOTRACK',
  families: ['ipv4', 'ipv6'],
  tables: ['raw'],
  options: {},
  source: 'iptables-extensions(8) NOTRACK; Linux 6.18 net/netfilter/xt_CT.c',
  compile: () => ({ effects: [{ op: 'notrack' }], verdict: 'CONTINUE' }),
});
