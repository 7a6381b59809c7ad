/**
 * What runs at each hook, in the kernel's order: one table that the walk follows and the analyses read. The map is drawn
 * in CONTRIBUTING.md. Functions of one priority run in the order given.
 *
 * Source: Linux 6.18 include/uapi/linux/netfilter_ipv4.h, net/netfilter/nf_conntrack_proto.c, nf_nat_proto.c,
 * net/ipv4/netfilter/iptable_*.c, net/netfilter/ipvs/ip_vs_core.c.
 */

import type { Hook, TableName } from '../model/hook.ts';

export type HookFunction =
  /** `of`: the back end whose table runs there, where the two have it at different places. */
  | { readonly priority: number; readonly kind: 'table'; readonly table: Exclude<TableName, 'nat'>; readonly of?: 'legacy' | 'nft' }
  /** The nat table and the rewriting that follows it. */
  | { readonly priority: number; readonly kind: 'nat' }
  | { readonly priority: number; readonly kind: 'defrag' | 'conntrack' | 'confirm' }
  /** Requests to virtual servers; answers of real servers. At FORWARD requests are ICMP errors only. */
  | { readonly priority: number; readonly kind: 'ipvs-request' | 'ipvs-reply' };

const table = (priority: number, name: Exclude<TableName, 'nat'>): HookFunction => ({ priority, kind: 'table', table: name });
/** iptables 1.8.9 iptables/nft.c gives table security a priority of its own, behind nat and IPVS (NF_IP_PRI_SECURITY is 50). */
const security = (of: 'legacy' | 'nft'): HookFunction => ({ priority: of === 'nft' ? 150 : 50, kind: 'table', table: 'security', of });
const fn = (priority: number, kind: Exclude<HookFunction['kind'], 'table'>): HookFunction => ({ priority, kind });
const LAST = 2147483647;

export const HOOK_FUNCTIONS: Readonly<Record<Hook, readonly HookFunction[]>> = {
  PREROUTING: [fn(-400, 'defrag'), table(-300, 'raw'), fn(-200, 'conntrack'), table(-150, 'mangle'), fn(-100, 'nat')],
  INPUT: [table(-150, 'mangle'), table(0, 'filter'), security('legacy'), fn(98, 'ipvs-reply'), fn(99, 'ipvs-request'), fn(100, 'nat'), security('nft'), fn(LAST, 'confirm')],
  FORWARD: [table(-150, 'mangle'), table(0, 'filter'), security('legacy'), fn(99, 'ipvs-request'), fn(100, 'ipvs-reply'), security('nft')],
  OUTPUT: [
    fn(-400, 'defrag'),
    table(-300, 'raw'),
    fn(-200, 'conntrack'),
    table(-150, 'mangle'),
    fn(-100, 'nat'),
    fn(-99, 'ipvs-reply'),
    fn(-98, 'ipvs-request'),
    table(0, 'filter'),
    security('legacy'),
    security('nft'),
  ],
  POSTROUTING: [table(-150, 'mangle'), fn(100, 'nat'), fn(LAST, 'confirm')],
};
