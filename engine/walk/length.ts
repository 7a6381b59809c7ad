/** Sizes of headers and packets, in bytes, from a packet's fields. */

import type { FullPacket } from '../model/packet.ts';
import { PROTO } from '../net/protocol.ts';

/** Bytes of TCP options by kind (RFC 9293, 7323, 2018); a kind not listed takes two. */
const OPTION_LENGTH: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 4, 3: 3, 4: 2, 8: 10 };

export function tcpHeaderLength(packet: Pick<FullPacket, 'tcpOptions' | 'mss'>): number {
  let options = packet.mss !== null && !packet.tcpOptions.includes(2) ? 4 : 0;
  for (const kind of packet.tcpOptions) options += OPTION_LENGTH[kind] ?? 2;
  return 20 + Math.ceil(options / 4) * 4;
}

/** Length of the transport header; protocols that are carried as they are have none. */
export function transportHeaderLength(packet: FullPacket): number {
  switch (packet.proto) {
    case PROTO.tcp:
      return tcpHeaderLength(packet);
    case PROTO.udp:
    case PROTO.udplite:
      return 8;
    case PROTO.icmp:
    case PROTO.icmpv6:
      return 8;
    case PROTO.sctp:
    case PROTO.dccp:
      return 12;
    case PROTO.gre:
      return packet.greKey === null ? 4 : 8;
    default:
      return 0;
  }
}

/** IP total length; for IPv6 the header's 40 bytes are in it. */
export function packetLength(packet: FullPacket): number {
  const header = packet.family === 'ipv4' ? 20 : 40;
  const data = packet.data !== null ? packet.data.length / 2 : packet.inner ? Math.min(packetLength(packet.inner), quoteLimit(packet)) : packet.payload;
  return header + (packet.fragOffset > 0 ? 0 : transportHeaderLength(packet)) + data;
}

/** How much of a packet an ICMP error quotes: up to 576 bytes in all for IPv4 (icmp_send), the minimum MTU for IPv6. */
function quoteLimit(packet: FullPacket): number {
  return packet.family === 'ipv4' ? 576 - 28 : 1280 - 48;
}
