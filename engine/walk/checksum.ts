/**
 * Sums that were right and no longer are, for SNPT and DNPT change addresses and not the sums over them, and address translation
 * knows nothing of DCCP. Whoever has found a sum right before says so to those behind, so that a spoilt one shows only here and there.
 *
 * Source: Linux 6.18 net/core/skbuff.c __skb_checksum_complete(), net/netfilter/utils.c nf_ip6_checksum(),
 * include/linux/skbuff.h skb_forward_csum(), net/netfilter/nf_nat_proto.c l4proto_manip_pkt().
 */

import { FIELD } from '../model/field.ts';
import type { FullPacket } from '../model/packet.ts';
import type { Words } from '../net/address.ts';
import { addressSum } from '../net/internet-checksum.ts';
import { PROTO } from '../net/protocol.ts';
import type { Walker } from './run.ts';
import { read } from './skb.ts';

/** Protocols whose sum is over the addresses too. */
const OVER_ADDRESSES: readonly number[] = [PROTO.tcp, PROTO.udp, PROTO.udplite, PROTO.dccp, PROTO.icmpv6];

/** Who has found the sum right, as far as the kernel remembers it (skb->ip_summed). */
export type SumFound =
  /** Tracking, if it looks; nobody else has. */
  | 'tracked'
  | 'not'
  /** Somebody, when hop limit and TOS were these (CHECKSUM_COMPLETE). */
  | readonly [hops: number, tos: number]
  /** Somebody twice, and from then on nobody looks (CHECKSUM_UNNECESSARY). */
  | 'twice';

/** An address has changed, and the sum over it has not. Returns whether that made it another sum. */
export function addressChanged(walker: Walker, from: Words, to: Words): boolean {
  const { skb } = walker;
  const { packet } = skb;
  const by = (addressSum(to) - addressSum(from) + 0xffff) % 0xffff;
  if (by === 0 || packet.fragOffset > 0 || !OVER_ADDRESSES.includes(packet.proto)) return false;
  // What came wrong is wrong, by nobody knows how much.
  if (packet.badChecksum && skb.sumOff === 0) return true;
  skb.sumFound = foundSum(walker);
  skb.sumOff = (skb.sumOff + by) % 0xffff;
  // Of what was found right once most believe it.
  const shows = skb.sumOff !== 0 && skb.sumFound === 'not';
  if (packet.badChecksum !== shows) skb.packet = { ...packet, badChecksum: shows };
  return true;
}

/**
 * What tracking looks at where a packet comes in by lo: it could make nothing of it where the node sent it (nf_conntrack_in()), and so looks once more,
 * there at the sum too.
 */
export function trackedAgain({ skb, hook, run }: Walker): void {
  const { packet, pass, sumFound } = skb;
  if (hook !== 'PREROUTING' || pass === 1 || (sumFound !== 'tracked' && sumFound !== 'not')) return;
  if (run.world.settings.sysctl('net.netfilter.nf_conntrack_checksum') === '0') return;
  if (isRightToTracking(packet)) skb.sumFound = [read(skb, FIELD.ttl), read(skb, FIELD.tos)];
}

/** What tracking looks at where a packet comes in. */
function foundSum({ skb, run }: Walker): SumFound {
  if (skb.sumFound !== 'tracked') return skb.sumFound;
  const { packet, family } = skb;
  const { program, settings } = run.world;
  const looks =
    packet.in !== null && skb.pass === 1 && !skb.untracked && program.requires[family].has('conntrack') && settings.sysctl('net.netfilter.nf_conntrack_checksum') !== '0';
  return looks && isRightToTracking(packet) ? [packet.ttl, packet.tos] : 'not';
}

/** Tracking has no tracker for DCCP, and reckons UDP-Lite in IPv6 as UDP, so that no sum of it is right. */
const isRightToTracking = ({ badChecksum, proto }: FullPacket): boolean => !badChecksum && proto !== PROTO.dccp && proto !== PROTO.udplite;

/**
 * nf_ip_checksum(), nf_ip6_checksum(): is the sum right, or does the kernel take it to be? What was found right is taken for the sum of
 * header and rest. An address that changed is in the pseudo header, too, and does not show; with another change of the header of IPv6 it adds up
 * everything anew. What is or has been forwarded is taken for right only if it was found so twice (skb_forward_csum()). So do those who get
 * what is delivered (__skb_checksum_validate_complete()).
 */
export function sumHolds(walker: Walker): boolean {
  const { skb, hook } = walker;
  const found = foundSum(walker);
  if (found === 'twice') return true;
  const header = [read(skb, FIELD.ttl), read(skb, FIELD.tos)] as const;
  const isForwarded = hook === 'FORWARD' || (hook === 'POSTROUTING' && skb.device !== null && !skb.ofTunnel);
  if (found !== 'not' && found !== 'tracked' && !isForwarded) {
    if (hook !== 'PREROUTING' && hook !== 'INPUT') return true;
    if (found[0] === header[0] && found[1] === header[1]) {
      skb.sumFound = 'twice';
      return true;
    }
  }
  if (skb.packet.badChecksum || skb.sumOff !== 0) return false;
  skb.sumFound = header;
  return true;
}
