/**
 * Sums that were right and no longer are, for SNPT and DNPT change addresses and not the sums over them. Whoever has found a
 * sum right before says so to those behind, so that a spoilt one shows only here and there.
 *
 * Source: Linux 6.18 net/core/skbuff.c __skb_checksum_complete(), net/netfilter/utils.c nf_ip6_checksum(),
 * include/linux/skbuff.h skb_forward_csum().
 */

import { FIELD } from '../model/field.ts';
import type { Walker } from './run.ts';
import { read } from './skb.ts';

/** Tracking checks the sum of what comes in, and address translation that of errors. */
export function sumWasChecked({ skb, run }: Walker): boolean {
  const { program, settings } = run.world;
  if (skb.sumChecked) return true;
  return (
    skb.packet.in !== null && skb.pass === 1 && !skb.untracked && program.requires[skb.family].has('conntrack') && settings.sysctl('net.netfilter.nf_conntrack_checksum') !== '0'
  );
}

/**
 * nf_ip6_checksum() takes what it found right before for the sum of header and rest. An address that changed is in the pseudo
 * header, too, and does not show; with another change of the header it adds up everything anew. What is or has been forwarded is taken for
 * right only if it was found so twice, by tracking and by address translation (skb_forward_csum()).
 */
export function showsSpoiltSum({ skb, hook, run }: Walker): boolean {
  if (!skb.sumSpoilt) return false;
  if (hook === 'FORWARD') return !skb.sumChecked;
  const forwarded = hook === 'POSTROUTING' && skb.device !== null && !skb.ofTunnel;
  if (forwarded) return run.world.settings.sysctl('net.netfilter.nf_conntrack_checksum') === '0';
  if (hook !== 'PREROUTING' && hook !== 'INPUT') return false;
  const [hops, tos] = skb.headerChecked ?? [skb.packet.ttl, skb.packet.tos];
  return read(skb, FIELD.ttl) !== hops || read(skb, FIELD.tos) !== tos;
}
