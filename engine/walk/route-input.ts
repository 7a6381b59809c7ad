/**
 * The routing decision for what came in: to the node, to another host, or nowhere, with what is refused by its addresses
 * on the way.
 *
 * Source: Linux 6.18 net/ipv4/route.c ip_route_input_slow(); net/ipv6/route.c ip6_route_input(), ip6_pkt_drop().
 */

import { FIELD, PACKET_TYPE } from '../model/field.ts';
import { formatAddress, type Words } from '../net/address.ts';
import { isLinkLocal, isLoopback, isMulticast } from '../net/ipv6.ts';
import { PROTO, protocolNumber } from '../net/protocol.ts';
import { isTakenOver, turnsToBridge } from './bridge.ts';
import { confirm } from './conntrack.ts';
import { emitIcmpError } from './emit.ts';
import { mayTellNoRoute } from './error-limit.ts';
import { noteAge } from './kernel-age.ts';
import { joined } from './own-copy.ts';
import { noteRealm } from './realm.ts';
import { inBlock, isFailure, lookupRoute, refusesByLo, routeKey } from './reroute.ts';
import { NO_TUPLE } from './run-hook.ts';
import { addStep, type Walker } from './run.ts';
import { inGroupFrame, read, readWords, write, type Skb } from './skb.ts';
import { earlySocket } from './socket.ts';
import { end, go, lost, type Next } from './stage.ts';

/** The stage `routeInput`. */
export function routeInput(walker: Walker): Next<'routeInput'> {
  if (walker.skb.pass === 1 && walker.skb.bridge?.heard && walker.skb.bridge.shown && walker.skb.ct && !walker.skb.ct.confirmed) {
    noteAge(walker.run, '6.8', 'leave it to INPUT whether the connection of a frame for a group becomes known');
    if (!confirm(walker)) return lost(walker, 'nat clash', NO_TUPLE);
  }
  if (isEarly(walker)) return go('input');
  const next = (walker.skb.family === 'ipv4' ? routeInputIpv4 : routeInputIpv6)(walker);
  if ('stage' in next && isHostInGroupFrame(walker)) return lost(walker, 'not for this host', notInGroupFrames(walker.skb.device ?? 'lo'));
  // br_nf_pre_routing_finish(): a frame whose packet now goes to a host of the bridge is not routed after all.
  if ('stage' in next && next.stage === 'forward' && turnsToBridge(walker.skb)) return go('bridge');
  if (isTakenOver(walker.skb)) write(walker.skb, FIELD.packetType, PACKET_TYPE.unicast);
  return next;
}

const IGMP = 2;

/** ip_rcv_finish_core(): it is for one host, its frame was for more, and the node was told to mind. (IPv6 has looked before any rule.) */
function isHostInGroupFrame({ skb, run }: Walker): boolean {
  if (skb.family === 'ipv6' || !inGroupFrame(skb) || !run.world.routing.mindsGroupFrames('ipv4', skb.device ?? 'lo')) return false;
  const type = skb.route?.route?.type ?? skb.route?.type;
  return type === 'local' || type === 'unicast';
}

/** Why it is dropped there. */
export const notInGroupFrames = (device: string): string => `a packet for one host in a frame for a group is not taken in by ${device} (drop_unicast_in_l2_multicast)`;

const text = (skb: Skb, words: Words) => formatAddress(skb.family, words);

/** A packet of a connected socket goes the way of the last one that it had: to the node, whatever rules of routing say now. */
function isEarly(walker: Walker): boolean {
  const { skb, run } = walker;
  if (skb.route || skb.socketAttached) return false;
  const socket = earlySocket(run.world.sockets, skb, skb.device ?? 'lo', run.world.network.sysctl);
  if (!socket || socket === 'unknown') {
    if (socket || isGroupOfSockets(walker)) skb.owner = 'unknown';
    return false;
  }
  skb.owner = socket;
  const dst = readWords(skb, FIELD.dst);
  skb.route = { type: 'local', table: 'local', route: null, nexthop: null, dev: 'lo', rule: null, byRule: false, doubt: null };
  noteRealm(walker, null);
  const text = 'a socket is connected to its sender, and has kept the way of the last packet: none is looked up';
  addStep(walker, { kind: 'route', table: 'local', route: formatAddress(skb.family, dst), via: null, dev: 'lo', type: 'local', rule: null, text });
  return true;
}

/** __udp4_lib_mcast_demux_lookup() gives a datagram for a group to a socket early, too, if only one wants it. */
function isGroupOfSockets({ skb, run }: Walker): boolean {
  if (skb.packet.l2 === 'unicast' || skb.family !== 'ipv4' || read(skb, FIELD.proto) !== PROTO.udp) return false;
  return run.world.sockets.all.some(({ proto, port }) => protocolNumber(proto) === PROTO.udp && port === read(skb, FIELD.dport));
}

/** ip_route_input_slow(), after TPROXY or the loopback kept a route of its own. */
function routeInputIpv4(walker: Walker): Next<'routeInput'> {
  const { skb, run } = walker;
  const { routing } = run.world;
  const device = skb.device ?? 'lo';
  if (skb.route) return skb.route.type === 'unicast' ? go('forward') : go('input');
  const src = readWords(skb, FIELD.src);
  const dst = readWords(skb, FIELD.dst);
  const zeroSource = src[0] === 0;
  // What goes to everybody or a group has no way but the one back.
  const heard = routeKey(skb, { dst: [0], iif: device });
  if (inBlock(dst, 0xe, 4)) {
    if (!joined(walker, dst, device)) return multicastInput(walker, false);
    const refused = groupSourceRefused(walker, src, dst, device);
    noteRealm(walker, { forth: null, back: zeroSource ? null : routing.wayToSource(heard, device, null) });
    return refused === null ? multicastInput(walker, true) : lost(walker, refused, `${text(skb, src)} cannot come from ${device}`);
  }
  if (inBlock(src, 0xe, 4) || src[0] === 0xffffffff) return lost(walker, 'martian source', `${text(skb, src)} cannot be a source`);
  if (dst[0] === 0xffffffff || (zeroSource && dst[0] === 0)) {
    const refused = zeroSource ? null : routing.sourceRefused(heard, device, null);
    noteRealm(walker, { forth: null, back: zeroSource ? null : routing.wayToSource(heard, device, null) });
    return refused ? lost(walker, refused, `${text(skb, src)} cannot come from ${device}`) : go('input');
  }
  if ((src[0] as number) >>> 24 === 0 || (dst[0] as number) >>> 24 === 0) noteAge(run, '5.3', 'drop what comes from or goes to 0.0.0.0/8');
  // ipv4_is_zeronet(): the rest of 0.0.0.0/8 is as good as any other network since Linux 5.3.
  if (zeroSource) return lost(walker, 'martian source', `${text(skb, src)} cannot be a source`);
  if (dst[0] === 0) return lost(walker, 'martian destination', `${text(skb, dst)} cannot be a destination`);
  if (!routing.routesLocalnet(device)) {
    if (inBlock(dst, 127, 8)) return lost(walker, 'martian destination', `${text(skb, dst)} is a loopback address and ${device} has route_localnet off`);
    if (inBlock(src, 127, 8)) return lost(walker, 'martian source', `${text(skb, src)} is a loopback address and ${device} has route_localnet off`);
  }
  const key = routeKey(skb, { iif: device });
  const result = lookupRoute(walker, key, 'where to, for a packet that came in');
  const forwards = routing.forwards('ipv4', device);
  if (isFailure(result)) {
    const what = result.type === 'none' ? `no route to ${text(skb, dst)}` : `${result.byRule ? 'the policy rule' : 'the route'} to ${text(skb, dst)} says ${result.type}`;
    if (!forwards || result.type === 'blackhole') return lost(walker, 'no route', what);
    const code = result.type === 'prohibit' ? 13 : result.type === 'unreachable' && !result.byRule ? 1 : 0;
    skb.route = result;
    const answer = mayTellNoRoute(walker) ? emitIcmpError(walker, 'icmp-error', 3, code) : 'no answer: the sender has been told often enough for now';
    addStep(walker, { kind: 'drop', reason: 'no route', text: `${what}; ${answer}` });
    return end('lost', 'no route');
  }
  const toAll = result.type === 'broadcast' && routing.forwardsBroadcasts(device);
  const local = result.type === 'local' || (result.type === 'broadcast' && !toAll);
  if (!local && !toAll && !forwards) return lost(walker, 'forwarding off', `${text(skb, dst)} is not an address of the node, and forwarding is off on ${device}`);
  if (!local && !toAll && result.type !== 'unicast') return lost(walker, 'martian destination', `the route to ${text(skb, dst)} is of type ${result.type}`);
  const toEverybody = result.type === 'broadcast' && !toAll;
  const from = toEverybody ? heard : key;
  if (!(toEverybody && zeroSource)) {
    const refused = routing.sourceRefused(from, device, local ? null : result.dev);
    if (refused)
      return lost(walker, refused, refused === 'rp_filter' ? `rp_filter: ${text(skb, src)} is not reached by way of ${device}` : `${text(skb, src)} cannot come from ${device}`);
  }
  // What is sent on is no broadcast to the kernel any more.
  skb.route = toAll ? { ...result, type: 'unicast' } : result;
  noteRealm(walker, { forth: local ? null : result, back: zeroSource ? null : routing.wayToSource(from, device, local ? null : result.dev) });
  return go(local ? 'input' : 'forward');
}

/** ip_mc_validate_source(): whether a host may send to a group of the node. */
function groupSourceRefused({ skb, run: { world } }: Walker, src: Words, dst: Words, device: string): string | null {
  if (inBlock(src, 0xe, 4) || src[0] === 0xffffffff) return 'martian source';
  if (inBlock(src, 127, 8) && !world.routing.routesLocalnet(device)) return 'martian source';
  // Nobody yet may send to 224.0.0.0/24, and IGMP anywhere.
  if (src[0] === 0) return inBlock(dst, 0xe00000, 24) || read(skb, FIELD.proto) === IGMP ? null : 'martian source';
  return world.routing.sourceRefused(routeKey(skb, { dst: [0], iif: device }), device, null);
}

function multicastInput(walker: Walker, member: boolean): Next<'routeInput'> {
  if (!member) walker.run.doubts.add('whether the node has joined the group is not modelled');
  return member ? go('input') : lost(walker, 'no route', 'the node is not known to be in the group');
}

function routeInputIpv6(walker: Walker): Next<'routeInput'> {
  const { skb } = walker;
  if (skb.route) return skb.route.type === 'unicast' ? go('forward') : go('input');
  const dst = readWords(skb, FIELD.dst);
  if (isMulticast(dst)) return multicastInput(walker, joined(walker, dst, skb.device ?? 'lo'));
  const strict = isLoopback(dst) || isLinkLocal(dst);
  const result = lookupRoute(walker, routeKey(skb, { iif: skb.device ?? 'lo', strictDevice: strict ? skb.device : null }), 'where to, for a packet that came in');
  skb.route = result;
  const byLo = refusesByLo(skb, result, dst);
  if (isFailure(result) || byLo) {
    const to = text(skb, dst);
    const what = byLo ? `the route to ${to} leads to lo, which IPv6 takes for a refusal` : result.type === 'none' ? `no route to ${to}` : `the route to ${to} says ${result.type}`;
    if (result.type === 'blackhole') return lost(walker, 'no route', what);
    addStep(walker, { kind: 'drop', reason: 'no route', text: `${what}; ${emitIcmpError(walker, 'icmp-error', 1, result.type === 'prohibit' ? 1 : 0)}` });
    return end('lost', 'no route');
  }
  return go(result.type === 'unicast' ? 'forward' : 'input');
}
