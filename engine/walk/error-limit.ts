/**
 * How many ICMP errors an address is sent: a few at once, then one now and then. The limits share what the kernel keeps of
 * the address, so that one kind of error uses up what another might have had.
 *
 * Source: Linux 6.18 net/ipv4/route.c ip_error(), net/ipv4/icmp.c icmpv4_xrlim_allow(), net/ipv6/icmp.c
 * icmpv6_xrlim_allow(), inet_peer_xrlim_allow(). Not modelled: the limit over all addresses (net.ipv4.icmp_msgs_per_sec),
 * which is drawn by chance.
 */

import { FIELD } from '../model/field.ts';
import type { Words } from '../net/address.ts';
import type { RouteResult } from './route.ts';
import type { Run, Walker } from './run.ts';
import { readWords } from './skb.ts';
import { newPeer } from './state.ts';

/** ip_rt_error_burst, ip_rt_error_cost: seconds' worth of answers of "no route" that can be saved up, and what one takes. */
const NO_ROUTE_BURST = 5;
const NO_ROUTE_COST = 1;
/** XRLIM_BURST_FACTOR: other errors that can be saved up. */
const BURST_FACTOR = 6;
/** Defaults of net.ipv4.icmp_ratelimit, net.ipv6.icmp.ratelimit (milliseconds) and net.ipv4.icmp_ratemask (bit by type). */
const RATE_LIMIT = 1000;
const RATE_MASK = 0x1818;
/** ICMP of IPv4. */
const [UNREACHABLE, FRAGMENTATION_NEEDED] = [3, 4];
/** net.ipv6.icmp.ratemask spares "packet too big". */
const PACKET_TOO_BIG = 2;

/** Takes a token for an answer of "no route" to the packet's sender; false if none is left. */
export function mayTellNoRoute({ skb, run }: Walker): boolean {
  return spend(run, readWords(skb, FIELD.src), NO_ROUTE_COST, NO_ROUTE_BURST);
}

/** Takes a token for an ICMP error to `dst`; false if none is left. `route` leads there: what stays on lo is not limited. */
export function mayAnswer({ skb, run }: Walker, type: number, code: number, dst: Words, route: RouteResult): boolean {
  if (route.dev === 'lo') return true;
  const { sysctl } = run.world.network;
  const ipv4 = skb.family === 'ipv4';
  // icmpv4_mask_allow(): the path's MTU has to become known.
  if (ipv4 && type === UNREACHABLE && code === FRAGMENTATION_NEEDED) return true;
  if (ipv4 ? (Number(sysctl('net.ipv4.icmp_ratemask') ?? RATE_MASK) & (1 << type)) === 0 : type === PACKET_TOO_BIG) return true;
  const limit = Number(sysctl(ipv4 ? 'net.ipv4.icmp_ratelimit' : 'net.ipv6.icmp.ratelimit') ?? RATE_LIMIT) / 1000;
  // IPv6 gives more to wider prefixes: the time is halved for each 32 bits that the route leaves open.
  const cost = ipv4 ? limit : limit / 2 ** ((128 - (route.route?.destination.length ?? 128)) >> 5);
  return spend(run, dst, cost, BURST_FACTOR * cost);
}

/** Adds the time that has passed to the tokens, up to `burst`, and takes `cost` of them; false if there are too few. All in seconds. */
function spend(run: Run, address: Words, cost: number, burst: number): boolean {
  const key = address.join('.');
  const { now } = run.draft;
  const peer = run.draft.peers.get(key) ?? newPeer(now);
  // Tokens that another kind of error has saved up are cut down only when time has passed (inet_peer_xrlim_allow(): delta).
  const tokens = now > peer.last ? Math.min(burst, peer.tokens + now - peer.last) : peer.tokens;
  const enough = tokens >= cost;
  run.draft.peers.set(key, { ...peer, tokens: enough ? tokens - cost : tokens, last: now });
  return enough;
}
