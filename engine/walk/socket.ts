/**
 * The node's sockets, as far as the scenario names them. Only listening and transparent ones matter: what a socket
 * answers is not walked.
 *
 * Source: Linux 6.18 net/ipv4/netfilter/nf_socket_ipv4.c, nf_tproxy_ipv4.c; xt_socket.c.
 */

import type { SkbView } from '../model/context.ts';
import { FIELD } from '../model/field.ts';
import type { Environment, Socket } from '../model/packet.ts';
import { parseAddress, type Words } from '../net/address.ts';
import { protocolNumber } from '../net/protocol.ts';

export interface SocketQuery {
  readonly transparent: boolean;
  /** Do sockets bound to any address count? */
  readonly wildcard: boolean;
}

/** The socket that would get a packet to this address and port, null if none listens. */
export function socketFor(environment: Environment, family: SkbView['family'], proto: number, dst: Words, port: number): Socket | null {
  let best: Socket | null = null;
  for (const socket of environment.sockets ?? []) {
    if (protocolNumber(socket.proto) !== proto || socket.port !== port) continue;
    const address = parseAddress(socket.address);
    if (!address || address.family !== family) continue;
    const any = address.words.every((word) => word === 0);
    if (!any && !address.words.every((word, i) => word === dst[i])) continue;
    if (!best || !any) best = socket;
  }
  return best;
}

export function isWildcard(socket: Socket): boolean {
  return parseAddress(socket.address)?.words.every((word) => word === 0) ?? false;
}

/** The socket for the packet as it is now; null if there is none of this kind. */
export function findSocket(environment: Environment, skb: SkbView, query: SocketQuery): Socket | null {
  const words = skb.family === 'ipv4' ? 1 : 4;
  const dst = Array.from(skb.regs.subarray(FIELD.dst.index, FIELD.dst.index + words));
  const socket = socketFor(environment, skb.family, skb.regs[FIELD.proto.index] as number, dst, skb.regs[FIELD.dport.index] as number);
  return socket !== null && (query.wildcard || !isWildcard(socket)) && (!query.transparent || socket.transparent === true) ? socket : null;
}
