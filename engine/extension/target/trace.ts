/**
 * TRACE: the kernel logs every rule that matches from here on; then the next rule.
 *
 * Source: iptables-extensions(8) "TRACE"; Linux 6.18 net/netfilter/xt_TRACE.c.
 */

import { defineTarget } from '../extension.ts';

export const TRACE = defineTarget({
  name: 'TRACE',
  families: ['ipv4', 'ipv6'],
  tables: ['raw'],
  nativeInNft: true,
  options: {},
  source: 'iptables-extensions(8) TRACE; Linux 6.18 net/netfilter/xt_TRACE.c',
  compile: () => ({ effects: [{ op: 'trace' }], verdict: 'CONTINUE' }),
});
