/**
 * Sockets that listen, as `ss -Hltunp` prints them (iproute2 6.1, misc/ss.c sock_state_print(), inet_addr_print()): with or without
 * the column `Netid`, the header and the processes. What it does not print is not known: whether a socket is transparent, its
 * mark, its user.
 */

import type { ListedSocket } from '../model/packet.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import { eachLine, quoted, refuseLine, type Report } from './text.ts';

interface ListedSockets {
  readonly sockets: readonly ListedSocket[];
  /** Others were there, too: with `-a` it prints those that are connected. */
  readonly connected: boolean;
}

/** `tcp LISTEN 0 128 0.0.0.0%ra:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))`. Old releases leave no room before `users`. */
const LINE =
  /^(?:(?<netid>[a-z]\w*|\?\?\?)\s+)?(?<state>[A-Z][A-Z\d-]+)\s+\d+\s+\d+\s+(?<host>\*|\[[\da-fA-F:.]+\]|\d+\.\d+\.\d+\.\d+)(?:%(?<device>[^\s:]+))?:(?<port>\d{1,5})\s+\S+?:(?:\*|\d+)(?:\s|users:|$)/;
const HEADER = /^(?:Netid\s+)?State\s+Recv-Q\s/;
/** Sockets that no packet of TCP or UDP is for (misc/ss.c, proto_name()). */
const OTHERS = /^(?:u_str|u_seq|u_dgr|nl|p_raw|p_dgr|raw|icmp6|sctp|dccp|mptcp|v_str|v_dgr|tipc|ti_rd|ti_sq|ti_st|ti_dg|xdp|\?\?\?)\s/;
/** Without the column `Netid`, where one protocol alone was asked for. */
const PROTOCOL: Readonly<Record<string, string>> = { LISTEN: 'tcp', UNCONN: 'udp' };
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** What stands in the column of the address: `*` is a socket of both families, an IPv4 address in IPv6 words one of IPv4 alone. Empty: it is no address. */
function addressesOf(host: string): readonly string[] {
  if (host === '*') return ['0.0.0.0', '::'];
  const bare = host.replace(/^\[|\]$/g, '');
  const address = parseAddress(MAPPED.exec(bare)?.[1] ?? bare);
  return address ? [formatAddress(address.family, address.words)] : [];
}

export function parseSockets(text: string, line: number, to: Report): ListedSockets {
  const sockets = new Map<string, ListedSocket>();
  let connected = false;
  eachLine(text, line, (source, number) => {
    const bare = source.trim();
    // A line that begins with room goes on about the socket before it (`-i`, `-m`).
    if (bare === '' || HEADER.test(bare) || OTHERS.test(bare) || /^\s/.test(source)) return;
    const { netid, state = '', host = '', device = null, port = '' } = LINE.exec(bare)?.groups ?? {};
    const proto = netid ?? PROTOCOL[state];
    const addresses = addressesOf(host);
    if (state !== '' && !PROTOCOL[state]) {
      connected = true;
      return;
    }
    if ((proto !== 'tcp' && proto !== 'udp') || addresses.length === 0 || Number(port) > 65535)
      return refuseLine(to, source, number, `${quoted(bare)} is no socket with its address and port in numbers`, 'take the lines as "ss -Hltunp" prints them');
    // Processes that share a port each have a socket.
    for (const address of addresses)
      sockets.set(`${proto} ${address} ${device} ${port}`, { proto, address, port: Number(port), listening: proto === 'udp' || state === 'LISTEN', listed: true, device });
  });
  return { sockets: [...sockets.values()], connected };
}
