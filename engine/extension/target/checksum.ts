/**
 * CHECKSUM: fill in a checksum that was left to the device; nothing a rule can see changes.
 *
 * Source: iptables-extensions(8) "CHECKSUM"; Linux 6.18 net/netfilter/xt_CHECKSUM.c.
 */

import { defineTarget } from '../extension.ts';
import { flag, option } from '../option.ts';

export const CHECKSUM = defineTarget({
  name: 'CHECKSUM',
  families: ['ipv4', 'ipv6'],
  tables: ['mangle'],
  options: { fill: option({ name: '--checksum-fill', value: flag, required: true, help: 'compute the checksum' }) },
  source: 'iptables-extensions(8) CHECKSUM; Linux 6.18 net/netfilter/xt_CHECKSUM.c',
  compile: () => ({ effects: [], verdict: 'CONTINUE' }),
});
