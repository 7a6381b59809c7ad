/**
 * Realms of the packet's route: what `-m realm` looks at. The route to the destination gives them; for a packet that came in, the way
 * back to its source gives those that are missing.
 *
 * Source: Linux 6.18 net/ipv4/route.c, rt_set_nexthop(), set_class_tag(), ip_route_input_slow(); include/net/ip_fib.h,
 * fib_combine_itag(). Not modelled: realms of policy rules, which also stay in routes that the kernel keeps.
 */

import { FIELD } from '../model/field.ts';
import type { Walker } from './run.ts';
import type { RouteResult } from './route.ts';
import { makeUnknown, setUnknown, unknownBits, write } from './skb.ts';

/** The packet has a route of its own; `reverse`: the way back to its source, for one that came in. `local`: for the node itself. */
export function noteRealm({ skb, run }: Walker, route: RouteResult | null, reverse: RouteResult | null = null, local = false): void {
  if (skb.family !== 'ipv4') return;
  const { realms } = run.world.network;
  if (realms === 'none') return;
  const forward = local ? 0 : (route?.nexthop?.realm ?? 0);
  const back = reverse?.nexthop?.realm ?? 0;
  if (realms === 'rules' || route === null || forward === 'unknown' || back === 'unknown') return makeUnknown(skb, [FIELD.realm]);
  const tag = (back << 16) >>> 0;
  write(skb, FIELD.realm, (forward | (forward >>> 16 === 0 ? tag : 0)) >>> 0);
  if (unknownBits(skb, FIELD.realm) !== 0) setUnknown(skb, FIELD.realm, 0);
}
