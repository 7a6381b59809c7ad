/**
 * ICMP redirects: what comes in and leaves by one device took a way round, and its sender is told so.
 *
 * Source: Linux 6.18 net/ipv4/route.c __mkroute_input(), ip_rt_send_redirect(). Not modelled: redirects of IPv6, which a note names.
 */

import { FIELD } from '../model/field.ts';
import { emitIcmpError } from './emit.ts';
import { routeKey } from './reroute.ts';
import type { Walker } from './run.ts';
import { readWords } from './skb.ts';
import { newPeer } from './state.ts';

/** Seconds, ip_rt_redirect_load: the pause after a first redirect, doubled by each that follows. */
const LOAD = 0.02;
/** ip_rt_redirect_number: senders that ignore so many get no more. */
const MOST = 9;
/** Seconds, ip_rt_redirect_silence: after such a pause all is forgotten. */
const SILENCE = LOAD * 1024;

/** Tells the sender of a packet that is about to be forwarded by the device it came in by. */
export function redirect(walker: Walker): void {
  const { skb, run } = walker;
  const { routing } = run.world;
  const device = skb.device;
  // ip6_forward(): no setting turns it off.
  if (skb.family === 'ipv6' && device !== null && skb.route?.dev === device)
    run.notes.add(`packet ${run.number}: it leaves by the interface it came in by, so its sender may be told of a shorter way (ICMPv6 redirect), which is not walked`);
  if (skb.family !== 'ipv4' || device === null || skb.route?.dev !== device || !routing.sendsRedirects(device)) return;
  if (!routing.sourceOnLink(routeKey(skb), device)) return;
  const sender = readWords(skb, FIELD.src).join('.');
  const { now } = run.draft;
  const before = run.draft.peers.get(sender) ?? newPeer(now);
  const peer = now > before.last + SILENCE ? { ...before, tokens: 0, redirects: 0 } : before;
  if (peer.redirects >= MOST) return run.draft.peers.set(sender, { ...peer, last: now });
  if (peer.redirects > 0 && now <= peer.last + LOAD * 2 ** peer.redirects) return run.draft.peers.set(sender, peer);
  run.draft.peers.set(sender, { ...peer, last: now, redirects: peer.redirects + 1 });
  emitIcmpError(walker, 'icmp-error', 5, 1);
}
