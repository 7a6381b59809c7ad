/**
 * The node's sockets, as far as the scenario names them: listening, transparent and connected ones; or, where it names none, those
 * that the snapshot lists as listening. What a connected socket answers is not walked.
 *
 * Source: Linux 6.18 net/ipv4/netfilter/nf_socket_ipv4.c, nf_tproxy_ipv4.c; xt_socket.c; net/ipv4/inet_hashtables.c
 * __inet_lookup(), net/ipv4/udp.c compute_score(); net/ipv4/ip_input.c ip_rcv_finish_core(), tcp_ipv4.c tcp_v4_early_demux().
 */

import type { SkbView } from '../model/context.ts';
import { CTSTATE, CTSTATUS, FIELD, type Field } from '../model/field.ts';
import type { Node } from '../model/node.ts';
import type { ListedSocket, Socket } from '../model/packet.ts';
import { parseAddress, type Words } from '../net/address.ts';
import { PROTO, protocolNumber } from '../net/protocol.ts';
import { unreadSocket } from './unread.ts';

/** Where a packet comes from, as its socket sees it. */
interface Peer {
  readonly address: Words;
  readonly port: number;
}

/** All that is known of them. */
export interface Sockets {
  readonly all: readonly (Socket | ListedSocket)[];
  /** Lines that could not be read, of which each may hold one. */
  readonly unread: NonNullable<Node['unread']>;
}

const isListed = (socket: Socket): socket is ListedSocket => 'listed' in socket;

/** Has it IP_TRANSPARENT? Null: not known. */
export const isTransparent = (socket: Socket): boolean | null => (isListed(socket) ? null : socket.transparent === true);

/** Which packet it is for: as its addresses are now, and the device that it came in by. */
interface Aim {
  readonly family: SkbView['family'];
  readonly proto: number;
  readonly dst: Words;
  readonly port: number;
  readonly device: string;
}

/** The socket that would get a packet from the peer to this address and port, null if there is none. Without a peer, connected ones do not count. */
export function socketFor({ all }: Sockets, { family, proto, dst, port, device }: Aim, peer: Peer | null = null): Socket | null {
  let best: Socket | null = null;
  for (const socket of all) {
    if (socket.port !== port || protocolNumber(socket.proto) !== proto) continue;
    // inet_bound_dev_eq(): what is bound to another device gets nothing from here.
    if (isListed(socket) && socket.device !== null && socket.device !== device) continue;
    const address = parseAddress(socket.address);
    if (!address || address.family !== family) continue;
    const any = address.words.every((word) => word === 0);
    if (!any && !address.words.every((word, i) => word === dst[i])) continue;
    if (socket.remote) {
      // What is connected to the peer goes before all that listen.
      if (peer && isRemote(socket.remote, family, peer)) return socket;
      continue;
    }
    // Who is bound and does not listen has no place among the listeners of TCP.
    if (socket.listening === false && proto === PROTO.tcp) continue;
    if (!best || !any) best = socket;
  }
  return best;
}

function isRemote(remote: NonNullable<Socket['remote']>, family: SkbView['family'], peer: Peer): boolean {
  const address = parseAddress(remote.address);
  return remote.port === peer.port && address?.family === family && address.words.every((word, i) => word === peer.address[i]);
}

/** Source of the packet as it is now. */
export function peerOf({ family, regs }: SkbView): Peer {
  const words = family === 'ipv4' ? 1 : 4;
  return { address: Array.from(regs.subarray(FIELD.src.index, FIELD.src.index + words)), port: regs[FIELD.sport.index] as number };
}

/**
 * ip_rcv_finish_core(): the connected socket that a packet is for. It has kept the route of its last packet, so that none is
 * looked up. Null: there is none, or the node does not look for it. `unknown`: whether it finds it.
 */
export function earlySocket(sockets: Sockets, skb: SkbView, device: string, sysctl: (name: string) => string | null): Socket | 'unknown' | null {
  const { regs, packet, family } = skb;
  const proto = regs[FIELD.proto.index] as number;
  if ((proto !== PROTO.tcp && proto !== PROTO.udp) || packet.fragOffset > 0 || packet.moreFragments || packet.l2 !== 'unicast') return null;
  for (const name of ['ip_early_demux', proto === PROTO.tcp ? 'tcp_early_demux' : 'udp_early_demux']) if ((sysctl(`net.ipv4.${name}`) ?? '1') === '0') return null;
  const words = family === 'ipv4' ? 1 : 4;
  const dst = Array.from(regs.subarray(FIELD.dst.index, FIELD.dst.index + words));
  const socket = socketFor(sockets, { family, proto, dst, port: regs[FIELD.dport.index] as number, device }, peerOf(skb));
  if (!socket?.remote) return null;
  return proto === PROTO.tcp || isAlone(sockets, socket) ? socket : 'unknown';
}

/** __udp4_lib_demux_lookup() looks at the first socket of an address and port alone: of several nobody says which that is. */
function isAlone({ all }: Sockets, { proto, address, port }: Socket): boolean {
  return all.filter((other) => other.proto === proto && other.address === address && other.port === port).length === 1;
}

export function isWildcard(socket: Socket): boolean {
  return parseAddress(socket.address)?.words.every((word) => word === 0) ?? false;
}

const ERRORS_IPV4: readonly number[] = [3, 4, 5, 11, 12];

/** Whose packet it is, and from whom. An ICMP error is about a packet of the socket, which the other end sent it back (extract_icmp4_fields()). */
function addressed(skb: SkbView): { readonly proto: number; readonly dst: Words; readonly dport: number; readonly peer: Peer } {
  const { regs, family, packet } = skb;
  const { inner } = packet;
  if (inner?.src && inner.family === family) return { proto: inner.proto, dst: inner.src, dport: inner.sport, peer: { address: inner.dst, port: inner.dport } };
  const { index } = FIELD.dst;
  const dst = Array.from(regs.subarray(index, index + (family === 'ipv4' ? 1 : 4)));
  return { proto: regs[FIELD.proto.index] as number, dst, dport: regs[FIELD.dport.index] as number, peer: peerOf(skb) };
}

/** Its source before it was translated, for an answer that comes back to it; IPv6 looks for errors where they say (nf_sk_lookup_slow_v6() takes the quoted protocol for theirs). */
function untranslated({ family, regs, packet }: SkbView): { readonly dst: Words; readonly dport: number } | null {
  const get = (field: Field): number => regs[field.index] as number;
  if (family === 'ipv6' && packet.inner) return null;
  const state = packet.inner ? CTSTATE.RELATED : CTSTATE.ESTABLISHED;
  if (get(FIELD.ctState) !== state || get(FIELD.ctDir) !== 1 || !(get(FIELD.ctStatus) & CTSTATUS.SRC_NAT_DONE)) return null;
  const { index } = FIELD.ctOrigSrc;
  return { dst: Array.from(regs.subarray(index, index + (family === 'ipv4' ? 1 : 4))), dport: get(FIELD.ctOrigSport) };
}

/** The socket for the packet as it is now, which is the one that it has been given if there is one (socket_match()); null if there is none, `unknown` if there may be one. */
export function findSocket(sockets: Sockets, skb: SkbView, device: string): Socket | 'unknown' | null {
  if (skb.owner && typeof skb.owner === 'object') return skb.owner;
  // icmp_is_err() as extract_icmp4_fields() has it; ICMPV6_INFOMSG_MASK.
  if (skb.packet.inner && !(skb.family === 'ipv4' ? ERRORS_IPV4.includes(skb.packet.icmpType) : skb.packet.icmpType < 128)) return null;
  const { proto, peer, ...given } = addressed(skb);
  if (proto !== PROTO.tcp && proto !== PROTO.udp) return null;
  const { dst, dport } = untranslated(skb) ?? given;
  const found = socketFor(sockets, { family: skb.family, proto, dst, port: dport, device }, peer);
  return (found === null || isWildcard(found)) && unreadSocket(sockets.unread, dport) !== null ? 'unknown' : found;
}
