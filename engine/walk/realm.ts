/**
 * Realms of the packet's route: what `-m realm` looks at. The route to the destination gives them, then the policy rule that led
 * to it; for a packet that came in, the way back to its source gives those that are missing. A route without a way back that
 * gives any is kept by the kernel, with the realms of the rule that led there first: where rules differ, nobody knows them.
 *
 * Source: Linux 6.18 net/ipv4/route.c, rt_set_nexthop(), set_class_tag(), ip_route_input_slow(), __mkroute_input(), __mkroute_output();
 * net/ipv4/fib_rules.c, __fib_lookup(); include/net/ip_fib.h, fib_combine_itag().
 */

import { FIELD } from '../model/field.ts';
import type { Realms } from '../model/route.ts';
import type { Walker } from './run.ts';
import { read, readWords, makeUnknown, setUnknown, unknownBits, write } from './skb.ts';
import type { RouteResult } from './route.ts';

/** The packet has a route of its own. */
interface Ways {
  /** Where it goes; null: to the node itself, where the way back alone tells realms. */
  readonly forth: RouteResult | null;
  /** Where it came from; null: it did not come in, or from nowhere. */
  readonly back: RouteResult | null;
}

/** Null: a route that a socket has kept, of which nothing is known. */
export function noteRealm({ skb, run }: Walker, ways: Ways | null): void {
  if (skb.family !== 'ipv4' || !run.world.network.realms) return;
  const realms = ways === null ? 'unknown' : realmsOf(ways, (table) => run.world.routing.realmsBefore(table), (readWords(skb, FIELD.dst)[0] as number) >>> 28 === 0xe);
  if (realms === 'unknown') return makeUnknown(skb, [FIELD.realm]);
  if (read(skb, FIELD.realm) !== realms) write(skb, FIELD.realm, realms);
  if (unknownBits(skb, FIELD.realm) !== 0) setUnknown(skb, FIELD.realm, 0);
}

function realmsOf({ forth, back }: Ways, rulesBefore: (table: string) => readonly Realms[], isGroup: boolean): Realms {
  const behind = wayBack(back);
  if (forth === null) return behind;
  const { route, nexthop, type, table, ruleRealms = 0 } = forth;
  // Such routes are made without a next hop, a group's where the one found is for anybody (__mkroute_output()).
  const own = type === 'broadcast' || (isGroup && (route?.destination.length ?? 0) < 4) ? null : (nexthop?.realm ?? 0);
  const all = (rule: Realms): Realms => filled(filled(own ?? 0, rule), behind);
  const realms = all(ruleRealms);
  const isKept = own !== null && route !== null && behind === 0;
  return isKept && rulesBefore(table).some((rule) => all(rule) !== realms) ? 'unknown' : realms;
}

/** fib_combine_itag(): realms of the way back, the other way round; what the rule gives for the source where the route has none. */
function wayBack(back: RouteResult | null): Realms {
  if (!back?.route) return 0;
  const [route, rule] = [back.nexthop?.realm ?? 0, back.ruleRealms ?? 0];
  if (route === 'unknown' || rule === 'unknown') return 'unknown';
  const source = (route << 16) >>> 0 || (rule << 16) >>> 0;
  return (source | (rule >>> 16)) >>> 0;
}

/** set_class_tag(): each half is taken over if there is none yet. */
function filled(realms: Realms, more: Realms): Realms {
  if (realms === 'unknown' || more === 'unknown') return more === 0 ? realms : 'unknown';
  const low = realms & 0xffff ? 0 : more & 0xffff;
  const high = realms >>> 16 ? 0 : more & 0xffff0000;
  return (realms | low | high) >>> 0;
}
