/**
 * The way through the stack: each stage of the graph (stage.ts) is one function that does what the kernel does there and
 * names the next.
 *
 * Source: Linux 6.18 net/ipv4/ip_input.c, ip_forward.c, ip_output.c; net/ipv6/ip6_input.c, ip6_output.c.
 */

import { FIELD } from '../model/field.ts';
import { formatAddress } from '../net/address.ts';
import { isLinkLocal, isLoopback, isMulticast, isUnspecified } from '../net/ipv6.ts';
import { PROTO } from '../net/protocol.ts';
import { answer, rememberSender } from './answer.ts';
import { confirm } from './conntrack.ts';
import { bridgeStep, foreignMac, frameOf, isBridged, isForOtherPort, isMoved, isSentOn, leavesBy, tooLongForPort, waysOf, type BridgeFrame } from './bridge.ts';
import { refusedByHeaders } from './delivered-headers.ts';
import { currentPacket, emitIcmpError, teeCopyOf } from './emit.ts';
import { refusedByHopOptions } from './header-options.ts';
import { doubtMtu, learnMtu } from './learnt-mtu.ts';
import { arrive, depart, noteInside } from './link-kinds.ts';
import { turnBack } from './own-copy.ts';
import { MIN_PMTU, noteCut, refusedByLength } from './own-length.ts';
import { isFragment, reassemble } from './reassembly.ts';
import { redirect } from './redirect.ts';
import { forwardMtu, refusesByLo, routeKey, routeMtu, routeOutput, sourceFor } from './reroute.ts';
import { OWN_KEY, type RouteResult } from './route.ts';
import { notInGroupFrames, routeInput } from './route-input.ts';
import { runHook, type HookResult } from './run-hook.ts';
import { addStep, type Walker } from './run.ts';
import { inGroupFrame, read, readWords, write, writeWords, type Skb } from './skb.ts';
import { switchPacket } from './open-vswitch.ts';
import { end, go, lost, type Ended, type Journey, type Next, type Stage } from './stage.ts';
import { defaultTtl, isTunnel, wrap } from './tunnel.ts';
import { unwrap } from './tunnel-input.ts';
import { doubtFrames } from './unread-chain.ts';

/** A packet that goes round more often than this is cut off; the trace so far is kept. */
const MAX_PASSES = 32;

/** One function per stage; the type checker holds each to the transitions of `PATH`. */
const STAGES: { readonly [S in Stage]: (walker: Walker, journey: Journey) => Next<S> } = {
  receive,
  prerouting: (walker, journey) => {
    // What comes in by lo was not received.
    const refused = walker.skb.device === 'lo' ? refusedByHopOptions(walker) : null;
    if (refused !== null) return end('lost', refused);
    return afterHook(runHook(walker, 'PREROUTING', walker.skb.device, null), journey) ?? (isBridged(walker.skb) ? go('bridge') : go('routeInput'));
  },
  routeInput,
  bridge,
  input: (walker, journey) => {
    // ip_local_deliver(): IPv4 has the whole before INPUT sees it, IPv6 behind.
    const kept = walker.skb.family === 'ipv4' ? waits(walker) : null;
    return kept ?? throughHook(walker, journey, runHook(walker, 'INPUT', walker.skb.device, null), 'deliver');
  },
  deliver: (walker, journey) => {
    const refused = refusedByHeaders(walker);
    if (refused !== null) return end('lost', refused);
    const kept = waits(walker);
    if (kept) return kept;
    learnMtu(walker);
    unwrap(walker);
    noteInside(walker);
    answer(walker);
    return end('delivered', null, journey.by, null);
  },
  forward,
  send,
  output: (walker, journey) => {
    const next = throughHook(walker, journey, runHook(walker, 'OUTPUT', null, walker.skb.route?.dev ?? null), 'postrouting');
    return ('stage' in next && refusedByLo(walker)) || next;
  },
  postrouting: (walker, journey) => afterHook(runHook(walker, 'POSTROUTING', postroutingDevice(walker.skb, journey), leavesBy(walker.skb)), journey) ?? go('transmit'),
  transmit,
  encapsulate,
};

export function runStage(stage: Stage, walker: Walker, journey: Journey): Next {
  return STAGES[stage](walker, journey);
}

/** ip6_pkt_discard_out() stands where POSTROUTING would be. */
function refusedByLo(walker: Walker): Ended | null {
  const { skb } = walker;
  const dst = readWords(skb, FIELD.dst);
  if (!skb.route || !refusesByLo(skb, skb.route, dst)) return null;
  const what = `the route to ${formatAddress(skb.family, dst)} leads to lo, which IPv6 takes for a refusal`;
  addStep(walker, { kind: 'drop', reason: 'no route', text: `${what}; ${emitIcmpError(walker, 'icmp-error', 1, 0)}` });
  return end('lost', 'no route');
}

/** The in-interface that POSTROUTING shows: where a forwarded packet came from, which tunnel made it; a copy of TEE is already on its device (ip_output()). */
function postroutingDevice(skb: Skb, journey: Journey): string | null {
  // br_nf_post_routing(): of a frame that the bridge sends on only where it goes is told.
  if (isSentOn(skb)) return null;
  if (journey.forwarded || skb.ofTunnel) return skb.device;
  return skb.turnedBack ? null : skb.teeDevice;
}

/** br_forward(): by which port, then FORWARD and POSTROUTING as br_netfilter shows them. */
function bridge(walker: Walker, journey: Journey): Next<'bridge'> {
  const { skb, run } = walker;
  const frame = skb.bridge as BridgeFrame;
  const ways = frame.ways ?? waysOf(walker, frame, isMoved(skb, readWords(skb, FIELD.dst)));
  const [way] = ways;
  if (isForOtherPort(run.world, frame, readWords(skb, FIELD.dst))) {
    if (frame.shown) confirm(walker);
    return lost(walker, 'no bridge port', 'the frame is for another port of the bridge: the node takes it in, and then finds that it is for somebody else');
  }
  if (way === undefined) return lost(walker, 'no bridge port', `the bridge ${frame.bridge} has no other port that the frame could leave by`);
  bridgeStep(walker, frame, way);
  if (isTunnel(run.world.network.interfaces.find(({ name }) => name === way))) run.notes.add(`packet ${run.number}: what the port ${way} wraps around the frame is not walked`);
  skb.bridge = { ...frame, ways: [way] };
  skb.frozen = null;
  journey.forwarded = true;
  if (!frame.shown) {
    run.notes.add(
      `packet ${run.number}: the rules of IP do not see frames that the bridge ${frame.bridge} sends on (net.bridge.bridge-nf-call-${skb.family === 'ipv4' ? 'iptables' : 'ip6tables'})`,
    );
    return tooLong(walker, way) ?? end('forwarded', null, null, frame.bridge);
  }
  return throughHook(walker, journey, runHook(walker, 'FORWARD', frame.bridge, frame.bridge), 'postrouting');
}

const tooLong = (walker: Walker, way: string | null): Ended | null => {
  const what = tooLongForPort(walker, way);
  return what === null ? null : lost(walker, 'packet too big', what);
};

/** As `afterHook`, where IPVS may send the packet on: it goes through OUTPUT as if the node had sent it, but keeps where it came from. */
function throughHook<S extends Stage>(walker: Walker, journey: Journey, result: HookResult, next: S): { readonly stage: S | 'output' } | Ended {
  if (result.kind !== 'sent-on') return afterHook(result, journey) ?? go(next);
  walker.skb.pass++;
  journey.forwarded = walker.skb.device !== null;
  return go('output');
}

function afterHook(result: HookResult, journey: Journey): Ended | null {
  // IPVS is not at PREROUTING and POSTROUTING; for the others `throughHook` has asked.
  if (result.kind === 'sent-on') return null;
  if (result.kind === 'accept') {
    if (result.by) journey.by = result.by;
    return null;
  }
  if (result.kind === 'queue') return end('queued', result.reason, result.by);
  if (result.kind === 'beyond') return end('unknown', result.reason, result.by);
  if (result.kind === 'stolen') return end('stolen', result.reason, result.by);
  if (result.rejected) return end('rejected', result.reason, result.by);
  // Without a rule it was the stack itself that dropped it.
  return result.by ? end('dropped', result.reason, result.by) : end('lost', result.reason);
}

function waits(walker: Walker): Ended | null {
  const kept = isFragment(walker.skb) ? reassemble(walker, 'delivery') : null;
  return kept && end(kept.verdict, kept.reason);
}

/** ip_rcv(), ip6_rcv_core(): what is dropped before any hook sees it. */
function receive(walker: Walker): Next<'receive'> {
  const { skb, run } = walker;
  const frame = skb.pass === 1 ? frameOf(walker) : null;
  if (frame) {
    skb.bridge = frame;
    skb.device = frame.bridge;
    skb.packet = { ...skb.packet, in: frame.bridge, physIn: frame.port };
    if (frame.to === 'host') return frame.shown ? go('prerouting') : go('bridge');
  }
  const taken = arrive(walker);
  if (taken) return taken;
  const foreign = foreignMac(walker);
  if (foreign !== null) return lost(walker, 'not for this host', `the frame is for ${foreign}, which is not the address of ${skb.device}`);
  if (skb.family === 'ipv4' || skb.device === 'lo') return go('prerouting');
  const src = readWords(skb, FIELD.src);
  const dst = readWords(skb, FIELD.dst);
  const device = skb.device ?? 'lo';
  const off = run.world.routing.withoutIpv6(device);
  if (off !== null) return lost(walker, 'device down', off);
  if (isLoopback(src)) return lost(walker, 'martian source', '::1 cannot come from outside');
  if (isLoopback(dst)) return lost(walker, 'martian destination', '::1 cannot be reached from outside');
  if (isMulticast(src)) return lost(walker, 'martian source', 'a group cannot send');
  if (isMulticast(dst) && [0, 1].includes(((dst[0] as number) >>> 16) & 0xf)) return lost(walker, 'martian destination', 'the group does not leave its interface');
  if (!isMulticast(dst) && inGroupFrame(skb) && run.world.routing.mindsGroupFrames('ipv6', device)) return lost(walker, 'not for this host', notInGroupFrames(device));
  const refused = refusedByHopOptions(walker);
  return refused === null ? go('prerouting') : end('lost', refused);
}

/** ip_forward(), ip6_forward(): what is refused before FORWARD, then the hook. */
function forward(walker: Walker, journey: Journey): Next<'forward'> {
  const { skb, run } = walker;
  const out = skb.route?.dev ?? null;
  if (skb.family === 'ipv6' && !run.world.routing.forwards('ipv6', skb.device ?? 'lo')) return lost(walker, 'forwarding off', 'the node does not forward IPv6');
  if (inGroupFrame(skb)) return lost(walker, 'not for this host', 'the frame was sent to a group, so it is not forwarded');
  if (skb.socketAttached) return lost(walker, 'no transparent socket', 'TPROXY gave the packet to a socket, but its route leads away from the node');
  const error = (type: number, code: number, reason: string, what: string): Ended => {
    addStep(walker, { kind: 'drop', reason, text: `${what}; ${emitIcmpError(walker, 'icmp-error', type, code)}` });
    return end('lost', reason);
  };
  const ipv4 = skb.family === 'ipv4';
  if (read(skb, FIELD.ttl) <= 1) return error(ipv4 ? 11 : 3, 0, 'ttl exceeded', `${ipv4 ? 'TTL' : 'hop limit'} ${read(skb, FIELD.ttl)} does not last for another hop`);
  // What leaves by the device it came in by is redirected instead, and its source not asked for.
  if (!ipv4 && out !== skb.device) {
    const src = readWords(skb, FIELD.src);
    if (isUnspecified(src) || isMulticast(src) || isLoopback(src)) return lost(walker, 'martian source', `${formatAddress('ipv6', src)} is not forwarded`);
    if (isLinkLocal(src)) return error(1, 2, 'martian source', `${formatAddress('ipv6', src)} does not leave its link`);
  }
  const mtu = skb.route ? forwardMtu(run.world, skb.family, skb.route) : 1500;
  // ip_dst_mtu_maybe_forward(): what the node has learnt counts for others only if it is less than ip_rt_min_pmtu.
  if (ipv4 && read(skb, FIELD.df) === 1 && read(skb, FIELD.length) > MIN_PMTU) doubtMtu(walker, readWords(skb, FIELD.dst));
  // ip_exceeds_mtu(), ip6_pkt_too_big(): what came in fragments is as large as the largest of them.
  const size = skb.refragmenting?.maxSize ?? read(skb, FIELD.length);
  if (read(skb, FIELD.length) > mtu && size > mtu && (!ipv4 || read(skb, FIELD.df) === 1))
    return error(ipv4 ? 3 : 2, ipv4 ? 4 : 0, 'packet too big', `${read(skb, FIELD.length)} bytes do not fit the MTU ${mtu} of the way by ${out}`);
  const takes = skb.route?.route?.mtu ?? mtu;
  if (!ipv4 && takes < mtu && size > takes)
    run.notes.add(
      `packet ${run.number}: the MTU ${takes} of its route is taken not to be locked; if it is ("ip -6 route" says so, "ip -j" does not), the packet is refused before FORWARD`,
    );
  write(skb, FIELD.ttl, read(skb, FIELD.ttl) - 1);
  redirect(walker);
  journey.forwarded = true;
  return throughHook(walker, journey, runHook(walker, 'FORWARD', skb.device, out), 'postrouting');
}

/** icmpv6_echo_reply(), tcp_v6_send_response(): what IPv6 answers has its traffic class, but is not routed by it. */
const isOwnAnswer = ({ family, packet, ofTunnel }: Skb): boolean => family === 'ipv6' && packet.origin === 'caused' && !ofTunnel;

const LOOPBACK = [0, 0, 0, 1];

/** A packet of the node: its route and, where it has none, its source. */
function send(walker: Walker): Next<'send'> {
  const { skb, run } = walker;
  walker.hook = 'OUTPUT';
  const bound = skb.packet.src !== null;
  const routedBySource = bound && !skb.unboundSource;
  const copy = teeCopyOf(skb);
  // What TEE copies goes by the way to its gateway, whatever it is marked with and wherever it came from.
  const key = copy
    ? { ...OWN_KEY, src: null, dst: copy.gateway, oif: copy.out, tos: read(skb, FIELD.tos) }
    : routeKey(skb, { src: routedBySource ? readWords(skb, FIELD.src) : null, oif: skb.boundTo, oifPreferred: skb.boundLoosely, ...(isOwnAnswer(skb) ? { tos: 0 } : {}) });
  // udpv6_sendmsg(), tcp_v6_connect(), rawv6_sendmsg(): a process that sends to :: means ::1.
  const toItself = skb.family === 'ipv6' && skb.packet.origin !== 'caused' && isUnspecified(key.dst);
  const dst = toItself ? LOOPBACK : key.dst;
  const failure = toItself ? routeOutput(walker, { ...key, dst }, 'to :: means to ::1') : routeOutput(walker, key, 'where to, for a packet of the node');
  if (failure) return end('lost', failure);
  const result = skb.route as RouteResult;
  if (copy) skb.teeDevice = result.dev;
  if (!bound) {
    const own = sourceFor(run.world, skb.family, result, dst);
    if (!own) return lost(walker, 'no route', `no address to send from on ${result.dev ?? 'any device'}`);
    writeWords(skb, FIELD.src, own);
    // ip_route_connect(): TCP of IPv4 looks up once to have a source, and once more with it. A datagram goes by the first.
    const bySource = skb.family === 'ipv4' && read(skb, FIELD.proto) === PROTO.tcp && run.world.network.policyRules.some((rule) => rule.family === 'ipv4' && rule.src !== null);
    const again = bySource ? routeOutput(walker, routeKey(skb, { oif: skb.boundTo }), 'where to from that source, for a connection of the node') : null;
    if (again) return end('lost', again);
  }
  if (skb.packet.origin === 'caused' && !skb.ofTunnel && !skb.keepsTtl) write(skb, FIELD.ttl, defaultTtl(walker, skb.family, result.dev));
  rememberSender(walker);
  walker.sent = currentPacket(skb);
  return refusedByLength(walker, skb.route as RouteResult) ?? go('output');
}

/** ip_fragment(), ip6_fragment(): a copy of TEE may not be cut up, and neither is what IPv6 forwards, unless it came in fragments that fit. */
function uncutFits(walker: Walker): Ended | null {
  const { skb, run } = walker;
  const mtu = skb.route ? routeMtu(run.world, skb.route) : 1500;
  const length = read(skb, FIELD.length);
  const sameAgain = skb.family === 'ipv4' && skb.refragmenting?.forDelivery === true;
  if (!sameAgain && (length <= mtu || (skb.refragmenting?.maxSize ?? length) <= mtu)) return null;
  const told = skb.family === 'ipv4' ? emitIcmpError(walker, 'icmp-error', 3, 4) : emitIcmpError(walker, 'icmp-error', 2, 0);
  const text = sameAgain
    ? `the copy of a datagram that came in fragments would have to be cut up again, which it may not; ${told}`
    : `${length} bytes do not fit the MTU ${mtu} of the way by ${skb.route?.dev}; ${told}`;
  addStep(walker, { kind: 'drop', reason: 'packet too big', text });
  return end('lost', 'packet too big');
}

/** The device takes the packet; lo gives it back. */
function transmit(walker: Walker, journey: Journey): Next<'transmit'> {
  const { skb, run } = walker;
  if (isSentOn(skb)) return tooLong(walker, skb.bridge?.ways?.[0] ?? null) ?? end('forwarded', null, journey.by, leavesBy(skb));
  const out = skb.route?.dev ?? null;
  const device = run.world.network.interfaces.find((candidate) => candidate.name === out);
  doubtFrames(walker, 'EGRESS', [out]);
  if (out === 'lo') doubtFrames(walker, 'INGRESS', [out]);
  if (out !== 'lo' && !skb.turnedBack) {
    // What IPv6 forwards has been held against the device; the route may take less.
    const tooBig = teeCopyOf(skb) || (journey.forwarded && skb.family === 'ipv6') ? uncutFits(walker) : null;
    if (tooBig) return tooBig;
    if (skb.route && !teeCopyOf(skb) && (!journey.forwarded || skb.family === 'ipv4')) noteCut(walker, skb.route);
    if (device) depart(walker, device, !journey.forwarded);
    if (isTunnel(device) || device?.kind === 'openvswitch') return go('encapsulate');
    if (skb.refragmenting && device)
      run.notes.add(
        `packet ${run.number}: the datagram leaves in fragments again, none larger than ${Math.min(skb.refragmenting.maxSize, routeMtu(run.world, skb.route as RouteResult))} bytes`,
      );
    return end(journey.forwarded ? 'forwarded' : 'sent', null, journey.by, out);
  }
  if (skb.pass >= MAX_PASSES) return lost(walker, 'goes round', `the packet has gone round the stack ${MAX_PASSES} times`);
  // __mkroute_output(): whatever the tables say, what the node itself sends by lo is for the node.
  if (!journey.forwarded && skb.family === 'ipv4' && skb.route?.type === 'unicast') skb.route = { ...skb.route, type: 'local' };
  skb.pass++;
  skb.device = out;
  // A frame that turns back has no addresses that a match could read, and the sender's socket stays behind.
  for (const field of [FIELD.hasMac, FIELD.srcMacHigh, FIELD.srcMacLow, FIELD.socket, FIELD.uid, FIELD.gid]) write(skb, field, 0);
  if (skb.unknown) {
    skb.unknown = skb.unknown.slice();
    for (const field of [FIELD.hasMac, FIELD.srcMacHigh, FIELD.srcMacLow, FIELD.uid, FIELD.gid]) skb.unknown[field.index] = 0;
  }
  skb.owner = null;
  if (skb.turnedBack) turnBack(skb);
  journey.forwarded = false;
  // ip6_rcv_core(): a copy for the node itself comes in by the device that the packet left by.
  if (out !== 'lo' && skb.family === 'ipv6' && isLoopback(readWords(skb, FIELD.src))) return lost(walker, 'martian source', `::1 cannot come in by ${out}`);
  return go('prerouting');
}

/** A tunnel device, or a switch with tunnels, takes the packet: what leaves the node is another one, which walks after this one. */
function encapsulate(walker: Walker, journey: Journey): Next<'encapsulate'> {
  const out = walker.skb.route?.dev ?? null;
  const device = walker.run.world.network.interfaces.find(({ name }) => name === out);
  const reason = !device ? null : isTunnel(device) ? wrap(walker, device) : switchPacket(walker, device);
  return reason ? end('lost', reason) : end(journey.forwarded ? 'forwarded' : 'sent', null, journey.by, out);
}
