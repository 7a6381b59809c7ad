/**
 * What the node itself sends and is longer than its way takes. TCP cuts its own into segments, and what may be cut leaves in
 * fragments: rules see either whole, behind them it is cut. What may not be cut fails where it is sent.
 *
 * Source: Linux 6.18 net/ipv4/ip_output.c __ip_append_data(), ip_fragment(); net/ipv4/raw.c raw_send_hdrinc(); net/ipv6/ip6_output.c
 * ip6_finish_output(). A socket that only probes its way (IP_PMTUDISC_PROBE) has what the route takes not held against it, one with
 * headers of its own neither: which it is nobody says.
 */

import { FIELD } from '../model/field.ts';
import { PROTO } from '../net/protocol.ts';
import { doubtMtu } from './learnt-mtu.ts';
import { routeMtu } from './reroute.ts';
import type { RouteResult } from './route.ts';
import type { Walker } from './run.ts';
import { read, readWords, type Skb } from './skb.ts';
import { lost, type Ended } from './stage.ts';

/** DEFAULT_MIN_PMTU, in bytes: no ICMP error makes a way take less. */
export const MIN_PMTU = 552;

const isOfProcess = ({ packet: { in: device, origin } }: Skb): boolean => device === null && (origin === null || origin === 'process');
const isWhole = ({ packet }: Skb): boolean => packet.fragOffset === 0 && !packet.moreFragments;
/** Of IPv6 nothing says that it may not be cut by who sends it. */
const mayBeCut = (skb: Skb): boolean => skb.family === 'ipv6' || read(skb, FIELD.df) === 0;

/** A process sends it by this route: does the way take it? Null: it does, or will have it cut. */
export function refusedByLength(walker: Walker, route: RouteResult): Ended | null {
  const { skb, run } = walker;
  if (!isOfProcess(skb) || !isWhole(skb) || mayBeCut(skb) || read(skb, FIELD.proto) === PROTO.tcp) return null;
  const length = read(skb, FIELD.length);
  if (length > MIN_PMTU) doubtMtu(walker, readWords(skb, FIELD.dst));
  const device = routeMtu(run.world, { ...route, route: null });
  if (length > device)
    return lost(walker, 'packet too big', `${length} bytes do not fit the MTU ${device} of ${route.dev}, and the packet may not be cut: the sender gets an error`);
  if (length > routeMtu(run.world, route)) doubtLength(walker, route);
  return null;
}

/** It has passed POSTROUTING, and is cut if it is too long. */
export function noteCut(walker: Walker, route: RouteResult): void {
  const { skb, run } = walker;
  const mtu = routeMtu(run.world, route);
  if (skb.refragmenting || skb.ofTunnel || !isWhole(skb) || read(skb, FIELD.length) <= mtu) return;
  const isTcp = read(skb, FIELD.proto) === PROTO.tcp && isOfProcess(skb);
  if (isTcp) run.notes.add(`packet ${run.number}: it is longer than the MTU ${mtu}: behind POSTROUTING it leaves in segments`);
  else if (mayBeCut(skb)) run.notes.add(`packet ${run.number}: it is longer than the MTU ${mtu} and may be cut: behind POSTROUTING it leaves in fragments`);
  else if (isOfProcess(skb)) doubtLength(walker, route);
}

function doubtLength({ skb, run }: Walker, route: RouteResult): void {
  run.doubts.add(
    `the way by ${route.dev} takes ${routeMtu(run.world, route)} bytes, the packet has ${read(skb, FIELD.length)} and is not to be cut: what becomes of it is up to its socket (IP_MTU_DISCOVER)`,
  );
}
