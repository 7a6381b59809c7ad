/** Routing decisions along the path, each a step of the trace. */

import { FIELD, SOCKET } from '../model/field.ts';
import { formatAddress, type Family, type Words } from '../net/address.ts';
import { isLinkLocal, isLoopback, isMulticast } from '../net/ipv6.ts';
import { isIcmp, PROTO } from '../net/protocol.ts';
import { noteRealm } from './realm.ts';
import { destinationText, mayLeaveBy, ROOT, type RouteKey, type RouteResult } from './route.ts';
import { addStep, type Walker } from './run.ts';
import { read, readWords, unknownBits, type Skb } from './skb.ts';
import { selectAddress, selectIpv6Source } from './source-address.ts';
import type { World } from './world.ts';

export function routeKey(skb: Skb, changes: Partial<RouteKey> = {}): RouteKey {
  return {
    src: readWords(skb, FIELD.src),
    dst: readWords(skb, FIELD.dst),
    mark: read(skb, FIELD.mark),
    iif: 'lo',
    oif: null,
    strictDevice: null,
    tos: read(skb, FIELD.tos),
    proto: read(skb, FIELD.proto),
    ...portsOf(skb),
    uid: senderUid(skb),
    ...changes,
  };
}

/** __skb_flow_dissect(): fragments have no ports, not even the first; type and code of an ICMP error, or the halves of an SPI, stand in their place. */
function portsOf(skb: Skb): Pick<RouteKey, 'sport' | 'dport'> {
  const { packet } = skb;
  if (packet.fragOffset > 0 || packet.moreFragments) return { sport: 0, dport: 0 };
  const proto = read(skb, FIELD.proto);
  if (packet.in === null && isIcmp(skb.family, proto)) return icmpPorts(packet);
  if (packet.in === null || (proto !== PROTO.esp && proto !== PROTO.ah)) return { sport: read(skb, FIELD.sport), dport: read(skb, FIELD.dport) };
  const spi = read(skb, FIELD.spi);
  return { sport: spi >>> 16, dport: spi & 0xffff };
}

/** `union flowi_uli`: type and code stand where the destination port does. */
export const icmpPorts = ({ icmpType, icmpCode }: { readonly icmpType: number; readonly icmpCode: number }): Pick<RouteKey, 'sport' | 'dport'> => ({
  sport: 0,
  dport: (icmpType << 8) | icmpCode,
});

/** The user a look-up is made for: that of the process that sends, else root (sock_net_uid()); null: it is not known. */
function senderUid(skb: Skb): number | null {
  if (skb.ofTunnel || read(skb, FIELD.socket) !== SOCKET.process) return ROOT;
  return unknownBits(skb, FIELD.uid) === 0 ? read(skb, FIELD.uid) : null;
}

/** Looks up a route, records the decision and what is not sure about it. */
export function lookupRoute(walker: Walker, key: RouteKey, text: string): RouteResult {
  const { skb, run } = walker;
  const result = oneOfSeveral(walker, key, run.world.routing.lookup(skb.family, key));
  const { route, nexthop } = result;
  addStep(walker, {
    kind: 'route',
    table: result.table,
    route: route ? destinationText(route) : '',
    via: nexthop?.via ? formatAddress(nexthop.viaFamily, nexthop.via) : null,
    dev: result.dev,
    type: result.type,
    rule: result.rule,
    text,
  });
  if (result.doubt) run.doubts.add(result.doubt);
  for (const what of unknownInputs(walker)) run.doubts.add(`the route depends on the ${what}, which is not known here`);
  return result;
}

/** fib_select_path(), fib6_select_path(): of several next hops one is picked by a hash whose seed is that of the boot. The scenario may say which. */
function oneOfSeveral({ run }: Walker, key: RouteKey, found: RouteResult): RouteResult {
  const { route } = found;
  const hops = route?.nexthops.filter((hop) => mayLeaveBy(hop, key)) ?? [];
  if (!route || hops.length < 2) return found;
  const said = run.world.environment.choices?.find((choice) => choice.packet === run.number && choice.for === 'multipath')?.value;
  const chosen = hops.find(({ dev, via, viaFamily }) => said === dev || (via !== null && said === formatAddress(viaFamily, via)));
  if (chosen) return { ...found, nexthop: chosen, dev: chosen.dev };
  const which = `${destinationText(route)} has ${hops.length} next hops, and the kernel picks one by a seeded hash`;
  if (hops.some(({ dev }) => dev !== found.dev)) run.doubts.add(`${which} (environment.choices fixes it, for "multipath")`);
  else run.notes.add(`${which}: the first is taken here, all leave by ${found.dev}`);
  return found;
}

/** Of what a route goes by, what is not known. */
function unknownInputs({ skb, run }: Walker): readonly string[] {
  const { unknown } = skb;
  if (!unknown) return [];
  const rules = run.world.network.policyRules;
  const names: string[] = [];
  if (unknown[FIELD.dst.index]) names.push('destination');
  if (unknown[FIELD.src.index] && (skb.family === 'ipv4' || rules.some((rule) => rule.src !== null))) names.push('source');
  if (rules.some((rule) => rule.family === skb.family && rule.markMask & unknownBits(skb, FIELD.mark))) names.push('mark');
  return names;
}

/** What the stack says where there is no way: reasons of the outcome, and the errno or ICMP that goes with them. */
export function isFailure(result: RouteResult): boolean {
  return result.type === 'none' || result.type === 'unreachable' || result.type === 'prohibit' || result.type === 'blackhole';
}

/** ip6_route_info_create(): a route of IPv6 by lo, to anything but ::1, refuses what it is found for; the sender is not told by the look-up. */
export const refusesByLo = ({ family }: Skb, { type, dev }: RouteResult, dst: Words): boolean => family === 'ipv6' && type === 'unicast' && dev === 'lo' && !isLoopback(dst);

/**
 * ip_route_me_harder(), ip6_route_me_harder(): a new route for a packet of the node, its source kept. IPv4 does not ask whose it is; to
 * an address of the link, or a group, IPv6 goes by the device that it had. The reason if there is none.
 */
export function reroute(walker: Walker): string | null {
  const { skb } = walker;
  const dst = readWords(skb, FIELD.dst);
  const ofLink = skb.family === 'ipv6' && (isLinkLocal(dst) || isMulticast(dst));
  return routeOutput(
    walker,
    routeKey(skb, skb.family === 'ipv4' ? { uid: ROOT } : { oif: ofLink ? (skb.route?.dev ?? null) : null }),
    'looked up again, because what it goes by has changed',
  );
}

/** ip_route_output_key(): the way of a packet of the node, kept in the Skb. The reason if there is none; its step is then recorded. */
export function routeOutput(walker: Walker, key: RouteKey, text: string): string | null {
  const { skb, run } = walker;
  // To 0.0.0.0 means to itself, whosever address it sends from.
  const toItself = skb.family === 'ipv4' && key.dst[0] === 0;
  const meant = toItself ? { ...key, dst: key.src?.[0] ? key.src : [0x7f000001] } : key;
  const result = (toItself ? ownRoute(walker) : groupRoute(walker, meant)) ?? onLink(skb.family, key.oif, outputRoute(lookupRoute(walker, meant, text)));
  const what = isFailure(result) ? `no way to ${formatAddress(skb.family, key.dst)}` : skb.family === 'ipv4' ? outputRefused(run.world, meant, result.dev) : null;
  if (what) {
    addStep(walker, { kind: 'drop', reason: 'no route', text: `${what}: the sender gets an error` });
    return 'no route';
  }
  skb.route = result;
  noteRealm(walker, { forth: result, back: null });
  return null;
}

/** ip_route_output_key_hash_rcu(): a group or everybody is reached by the device that has the source address, whatever the tables say. */
function groupRoute(walker: Walker, { src, dst, oif }: RouteKey): RouteResult | null {
  const type = dst[0] === 0xffffffff ? 'broadcast' : inBlock(dst, 0xe, 4) ? 'multicast' : null;
  if (walker.skb.family !== 'ipv4' || type === null || !src || src[0] === 0 || oif !== null) return null;
  const dev = walker.run.world.network.interfaces.find((device) => device.addresses.some((own) => own.family === 'ipv4' && own.local[0] === src[0]))?.name ?? null;
  addStep(walker, { kind: 'route', table: '', route: '', via: null, dev, type: dev ? type : 'none', rule: null, text: 'by the device that has the source address' });
  return { type: dev ? type : 'none', table: '', route: null, nexthop: null, dev, rule: null, byRule: false, doubt: null };
}

/** ip_route_output_key_hash_rcu(): the route of what names no destination. */
function ownRoute(walker: Walker): RouteResult {
  addStep(walker, { kind: 'route', table: '', route: '', via: null, dev: 'lo', type: 'local', rule: null, text: 'to 0.0.0.0 means to itself' });
  return { type: 'local', table: '', route: null, nexthop: null, dev: 'lo', rule: null, byRule: false, doubt: null };
}

/** __mkroute_output(): IPv4 addresses that no packet may leave with, or go to. */
export function outputRefused(world: World, key: RouteKey, dev: string | null): string | null {
  const { src, dst } = key;
  if (src && inBlock(src, 127, 8) && dev !== 'lo' && !world.routing.routesLocalnet(dev ?? 'lo'))
    return `${formatAddress('ipv4', src)} is a loopback address and may not leave by ${dev}`;
  if (src && (inBlock(src, 0xe, 4) || src[0] === 0xffffffff)) return `${formatAddress('ipv4', src)} cannot be a source`;
  if (dst[0] === 0) return `${formatAddress('ipv4', dst)} cannot be a destination`;
  return null;
}

/** ip_route_output_key_hash_rcu(): where a device is asked for and no route leads there, the destination is taken to be on its link. IPv4 only. */
export function onLink(family: Family, oif: string | null, result: RouteResult): RouteResult {
  if (family === 'ipv6' || oif === null || !isFailure(result)) return result;
  return { ...result, type: 'unicast', table: '', route: null, nexthop: null, dev: oif, rule: null, byRule: false };
}

/** Packets of the node to its own addresses go by lo, whatever device the address is on; anycast ones only if the kernel made the route (ip6_rt_get_dev_rcu()). */
export function outputRoute(result: RouteResult): RouteResult {
  return result.type === 'local' || (result.type === 'anycast' && result.route?.protocol === 'kernel') ? { ...result, dev: 'lo' } : result;
}

/** ip_dst_mtu_maybe_forward(), ip6_dst_mtu_maybe_forward(): IPv6 forwards by the MTU of the device; that of the route, unless it is locked, is asked behind POSTROUTING. */
export function forwardMtu(world: World, family: Family, result: RouteResult): number {
  return family === 'ipv4' || result.route?.mtuLocked ? routeMtu(world, result) : Math.max(1280, routeMtu(world, { ...result, route: null }));
}

/** dst_mtu(): what the route says, else its device. */
export function routeMtu({ network }: World, { route, dev }: RouteResult): number {
  return route?.mtu ?? network.interfaces.find((device) => device.name === dev)?.mtu ?? 65535;
}

/** Address the kernel sends from where the sender has bound none: the route's own, else one of the device. Null: there is none. */
export function sourceFor(world: World, family: Family, { route, nexthop, type, dev }: RouteResult, dst: Words): Words | null {
  const { interfaces } = world.network;
  if (route?.prefsrc) return route.prefsrc;
  if (type === 'local') return family === 'ipv4' && dst[0] === 0 ? [0x7f000001] : dst;
  if (family === 'ipv6') return selectIpv6Source(interfaces, dev, dst);
  return dev === null ? null : selectAddress(interfaces, dev, nexthop?.via && nexthop.viaFamily === 'ipv4' ? nexthop.via : null, route?.scope || 'global');
}

/** Is it an address of the class, IPv4 only: 127/8, 0/8, 224/4. */
export const inBlock = (words: Words, block: number, bits: number): boolean => (words[0] as number) >>> (32 - bits) === block >>> 0;
