/**
 * What the node itself answers to a packet that is delivered, if the scenario wants to see it (`environment.answers`): echo
 * replies, TCP resets and port unreachable where nothing listens, SYN+ACK where a socket does that the scenario names. What
 * programs say is not known, and neither is what an open TCP connection answers.
 *
 * Source: Linux 6.18 net/ipv4/icmp.c icmp_rcv(), icmp_reply(), net/ipv6/icmp.c icmpv6_echo_reply(), net/ipv4/tcp_ipv4.c
 * tcp_v4_rcv(), tcp_v4_send_reset(), net/ipv6/tcp_ipv6.c, net/ipv4/tcp_input.c tcp_rcv_state_process(), tcp_conn_request(),
 * net/ipv4/udp.c __udp4_lib_rcv(), net/ipv6/udp.c, net/ipv4/ip_input.c ip_protocol_deliver_rcu().
 */

import { FIELD, TCP_FLAG } from '../model/field.ts';
import type { FullPacket, Socket } from '../model/packet.ts';
import { networkHeaderLength, transportHeaderLength } from '../model/packet-length.ts';
import { isIcmp, PROTO } from '../net/protocol.ts';
import { sumHolds } from './checksum.ts';
import { blank, currentPacket, emitIcmpError, FOREIGN, ingressOf, isForeign, linkOf, replyMark, unknownMark, unknownReplyMark } from './emit.ts';
import { isFailure, routeMtu, sourceFor } from './reroute.ts';
import { OWN_KEY } from './route.ts';
import { emit, type Emission, type Walker } from './run.ts';
import { inGroupFrame, read, readWords, type Skb } from './skb.ts';
import { isTransparent, peerOf, socketFor } from './socket.ts';
import { selectAddress } from './source-address.ts';
import { unreadSocket } from './unread.ts';

/** TCP option kinds that a Linux socket takes up when they are offered: window scale, SACK, timestamps. */
const TAKEN_UP: readonly number[] = [3, 4, 8];
const ECN_MASK = 3;
/** What tcp_select_initial_window() makes of the default receive buffer. */
const FIRST_WINDOW = 65160;
/** Protocols besides TCP, UDP and ICMP that a module of the node may speak. */
const SPOKEN_BY_MODULES: readonly number[] = [2, 4, 41, PROTO.gre, PROTO.esp, PROTO.ah, 103, 108, 115, PROTO.sctp, PROTO.dccp];
const NO_NEXT_HEADER = 59;

/** Sends what the node's own protocols answer to the packet, which has been delivered. */
export function answer(walker: Walker): void {
  const { skb, run } = walker;
  if (run.world.environment.answers !== true) return;
  const packet = currentPacket(skb);
  if (!sumHolds(walker)) return;
  if (isIcmp(skb.family, packet.proto)) return answerRequest(walker, packet);
  if (packet.proto === PROTO.tcp) return answerSegment(walker, packet);
  if (packet.proto === PROTO.udp || packet.proto === PROTO.udplite) {
    if (forOneHost(walker) && !listener(walker, packet) && !sentFrom(walker, packet) && !mayBeHeard(walker, packet)) refuse(walker, 3, 4);
    return;
  }
  if (SPOKEN_BY_MODULES.includes(packet.proto) || packet.proto === NO_NEXT_HEADER) {
    run.notes.add(`packet ${run.number}: whether the node speaks protocol ${packet.proto} is not known; no answer is walked`);
    return;
  }
  if (skb.family === 'ipv4') refuse(walker, 2, 0);
  else detached(walker, () => emitIcmpError(walker, 'icmp-error', 4, 1));
}

/** A process sends from this end: what comes back to it is for its socket. */
export function rememberSender({ skb, run }: Walker): void {
  if (run.world.environment.answers !== true || skb.packet.origin === 'kernel' || skb.packet.origin === 'caused') return;
  const { proto } = skb.packet;
  if (proto === PROTO.tcp || proto === PROTO.udp || proto === PROTO.udplite) run.draft.ends.set(endKey(proto, readWords(skb, FIELD.src), read(skb, FIELD.sport)), true);
}

export const endKey = (proto: number, address: readonly number[], port: number): string => `${proto} ${address.join('.')} ${port}`;
const sentFrom = ({ run }: Walker, { proto, dst, dport }: FullPacket): boolean => run.draft.ends.get(endKey(proto, dst, dport)) === true;

function listener({ skb, run }: Walker, { proto, dst, dport }: FullPacket): Socket | null {
  // inet_steal_sock(): what has been given to a socket stays its own.
  if (skb.owner && typeof skb.owner === 'object') return skb.owner;
  const socket = socketFor(run.world.sockets, { family: skb.family, proto, dst, port: dport, device: skb.device ?? 'lo' }, peerOf(skb));
  return socket?.listening === false ? null : socket;
}

/** Nobody is known to listen: may somebody all the same, whom a line that could not be read has? */
function mayBeHeard({ run }: Walker, { dport }: FullPacket): boolean {
  const unread = unreadSocket(run.world.sockets.unread, dport);
  if (unread !== null) run.notes.add(`packet ${run.number}: no answer is walked: ${unread}`);
  return unread !== null;
}

/** Was it sent to an address of the node, and to no group? */
function forOneHost({ skb }: Walker): boolean {
  return skb.family === 'ipv4' ? skb.route?.type === 'local' || skb.socketAttached : (readWords(skb, FIELD.dst)[0] as number) >>> 24 !== 0xff;
}

/** nf_reset_ct(): what the stack answers from here on does not carry the connection along; it is looked up. */
function detached({ skb }: Walker, send: () => unknown): void {
  const { ct, untracked } = skb;
  skb.ct = null;
  skb.untracked = false;
  send();
  skb.ct = ct;
  skb.untracked = untracked;
}

/** Destination unreachable, with the code of the family. */
function refuse(walker: Walker, code4: number, code6: number): void {
  detached(walker, () => (walker.skb.family === 'ipv4' ? emitIcmpError(walker, 'icmp-error', 3, code4) : emitIcmpError(walker, 'icmp-error', 1, code6)));
}

/** `ofSocket`: what speaks for it; one that is transparent may send from anywhere (IP_REPLY_ARG_NOSRCCHECK, inet_sk_flowi_flags()). */
function send(walker: Walker, packet: FullPacket, sender: NonNullable<Emission['sender']>, doubt = unknownReplyMark(walker), ofSocket: Socket | null = null): void {
  const transparent = ofSocket ? isTransparent(ofSocket) : false;
  if (transparent !== true && isForeign(walker)) {
    const { run } = walker;
    run.notes.add(
      transparent === null
        ? `packet ${run.number}: whether its socket is transparent, and answers, is not known; no answer is walked`
        : `packet ${run.number}: no answer: ${FOREIGN}`,
    );
    return;
  }
  emit(walker, { cause: 'socket', packet, attached: null, untracked: false, unboundSource: false, sender, ...doubt });
}

/** What follows the header of an answered time, and its code. The times themselves are not known. */
const TIMES = { icmpCode: 0, payload: 12, data: null };

/** Requests and what answers them, by ICMP type. */
const ANSWERS: Readonly<Record<Skb['family'], Readonly<Record<number, number>>>> = { ipv4: { 8: 0, 13: 14 }, ipv6: { 128: 129 } };

function answerRequest(walker: Walker, packet: FullPacket): void {
  const { skb, run } = walker;
  const { sysctl } = run.world.network;
  const ipv4 = skb.family === 'ipv4';
  const icmpType = ANSWERS[skb.family][packet.icmpType];
  if (icmpType === undefined) return;
  const echo = packet.icmpType !== 13;
  if (echo && (sysctl(ipv4 ? 'net.ipv4.icmp_echo_ignore_all' : 'net.ipv6.icmp.echo_ignore_all') ?? '0') !== '0') return;
  const single = forOneHost(walker);
  if (!single && (sysctl(ipv4 ? 'net.ipv4.icmp_echo_ignore_broadcasts' : 'net.ipv6.icmp.echo_ignore_multicast') ?? (ipv4 ? '1' : '0')) !== '0') return;
  if (skb.route?.type === 'anycast' && (sysctl('net.ipv6.icmp.echo_ignore_anycast') ?? '0') !== '0') return;
  const { icmpId, icmpSeq, tos } = packet;
  // icmp_timestamp(): three times, of which the request has to bring the first, whatever else it brings.
  if (!echo && packet.payload < 4) return;
  const { icmpCode, payload, data } = echo ? packet : TIMES;
  // To a group the answer has an address of the way back; anycast addresses send nothing either.
  const own = single && skb.route?.type !== 'anycast' ? packet.dst : specificDestination(walker, packet);
  send(
    walker,
    { ...blank(walker, own, packet.src as readonly number[], packet.proto), icmpType, icmpId, icmpSeq, icmpCode, payload, data, tos, mark: replyMark(walker) },
    // icmpv6_echo_reply() asks for the device that the request came by, IPv4 for none.
    { uid: null, ...(own && linkOf(skb, packet.src as readonly number[]) === null ? { near: ipv4 ? null : ingressOf(skb) } : { oif: own ? ingressOf(skb) : skb.device }) },
  );
}

/** fib_compute_spec_dst(): the address that a host would use for one that it has sent to a group. IPv6 leaves it to the route. */
function specificDestination({ skb, run }: Walker, { src }: FullPacket): readonly number[] | null {
  if (skb.family === 'ipv6') return null;
  const back = run.world.routing.lookup('ipv4', { ...OWN_KEY, src: null, dst: src as readonly number[] });
  return isFailure(back) ? selectAddress(run.world.network.interfaces, skb.device ?? 'lo', src, 'link') : sourceFor(run.world, 'ipv4', back, src as readonly number[]);
}

/** Of TCP: what a closed port or a listening socket says. */
function answerSegment(walker: Walker, packet: FullPacket): void {
  const { skb, run } = walker;
  const { SYN, ACK, RST, FIN, ECE, CWR } = TCP_FLAG;
  const flags = read(skb, FIELD.tcpFlags);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  // ipv6_unicast_destination(): an address of several hosts has no connections. tcp_v4_rcv(), tcp_v6_rcv() ask how the frame came, wherever it was redirected to.
  if (has(RST) || !forOneHost(walker) || skb.route?.type === 'anycast' || inGroupFrame(skb)) return;
  const socket = listener(walker, packet);
  const flow = `${endKey(PROTO.tcp, packet.src as readonly number[], packet.sport)} ${endKey(PROTO.tcp, packet.dst, packet.dport)}`;
  if (socket?.remote || sentFrom(walker, packet) || (run.draft.ends.get(flow) && !has(SYN))) {
    run.notes.add(`packet ${run.number}: what the open connection answers is not modelled`);
    return;
  }
  if (!socket && !skb.socketAttached && mayBeHeard(walker, packet)) return;
  const listens = socket !== null || skb.socketAttached;
  const common = { ...blank(walker, packet.dst, packet.src as readonly number[], PROTO.tcp), sport: packet.dport, dport: packet.sport, df: skb.family === 'ipv4' };
  if (listens && !has(ACK)) {
    if (!has(SYN) || has(FIN)) return;
    run.draft.ends.set(flow, true);
    const own = markOf(walker, socket);
    const { sysctl } = run.world.network;
    const congestion = has(ECE) && has(CWR) && (packet.tos & ECN_MASK) === 0 && (sysctl('net.ipv4.tcp_ecn') ?? '2') !== '0';
    const accepted = (sysctl('net.ipv4.tcp_fwmark_accept') ?? '0') !== '0';
    const mss = advertised(walker, packet);
    send(
      walker,
      {
        ...common,
        flags: SYN | ACK | (congestion ? ECE : 0),
        seq: firstSequence(walker),
        ack: (packet.seq + 1) >>> 0,
        window: FIRST_WINDOW,
        mss,
        tcpOptions: packet.tcpOptions.filter((kind) => TAKEN_UP.includes(kind)),
        // inet_request_mark()
        mark: own || (accepted ? read(skb, FIELD.mark) : 0),
      },
      // A SYN+ACK is of the connection to be (tcp_make_synack()), which has the process of its listener and no group of its own.
      { ...processOf(socket), owner: 'request', oif: linkOf(skb, packet.src as readonly number[]) },
      own === 0 && accepted ? unknownMark(walker) : {},
      socket,
    );
    return;
  }
  const length = (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0) + read(skb, FIELD.length) - networkHeaderLength(packet) - transportHeaderLength(packet);
  send(
    walker,
    {
      ...common,
      flags: has(ACK) ? RST : RST | ACK,
      seq: has(ACK) ? packet.ack : 0,
      ack: has(ACK) ? 0 : (packet.seq + length) >>> 0,
      tos: packet.tos & ~ECN_MASK,
      window: 0,
      // ip_send_unicast_reply(), tcp_v6_send_response()
      mark: replyMark(walker) || markOf(walker, socket),
    },
    // In the name of the listener if there is one; else IPv4 has a socket of the kernel's for it and IPv6 none.
    { ...(socket ? { ...processOf(socket), owner: socket } : { uid: skb.family === 'ipv4' ? null : ('none' as const) }), oif: linkOf(skb, packet.src as readonly number[]) },
    unknownReplyMark(walker),
    socket,
  );
}

/** Mark of the socket that answers; 0 if none does. */
function markOf({ run }: Walker, socket: Socket | null): number {
  if (socket && isTransparent(socket) === null) run.notes.add(`packet ${run.number}: the mark of the socket that answers is taken as 0: "ss" does not tell it`);
  return socket?.mark ?? 0;
}

const processOf = (socket: Socket | null): Pick<NonNullable<Emission['sender']>, 'uid' | 'gid' | 'groups'> => ({
  uid: socket?.uid ?? 'unknown',
  gid: socket?.gid ?? null,
  groups: socket?.groups ?? null,
});

/** The first sequence number of a connection is drawn. */
export function firstSequence({ run }: Walker): number {
  const chosen = run.world.environment.choices?.find((choice) => choice.packet === run.number && choice.for === 'sequence')?.value;
  if (typeof chosen === 'number') return chosen >>> 0;
  run.notes.add(`packet ${run.number}: the kernel draws the sequence number of a SYN+ACK by chance; 0 is taken here (environment.choices fixes it, for "sequence")`);
  return 0;
}

/** dst_metric_advmss(): what the way back takes, without headers. */
function advertised({ skb, run }: Walker, packet: FullPacket): number {
  const route = run.world.routing.lookup(skb.family, { ...OWN_KEY, src: packet.dst, dst: packet.src as readonly number[] });
  const device = run.world.routing.isLocal(skb.family, packet.src as readonly number[]) ? { ...route, dev: 'lo' } : route;
  return Math.min(65535 - 40, routeMtu(run.world, device) - (skb.family === 'ipv4' ? 40 : 60));
}
