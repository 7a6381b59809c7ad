/** Sizes of headers and packets, in bytes, from a packet's fields. */

import { dccpHeaderLength } from './dccp.ts';
import { headerLength } from './extension-header.ts';
import type { FullPacket } from './packet.ts';
import { PROTO } from '../net/protocol.ts';

/** Bytes of TCP options by kind (RFC 9293, 7323, 2018); a kind not listed takes two. */
const OPTION_LENGTH: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 4, 3: 3, 4: 2, 8: 10 };

export const optionLength = (kind: number): number => OPTION_LENGTH[kind] ?? 2;

/** Options of these kinds overwritten with no-operations, byte by byte: the header keeps its length. */
export function stripOptions(packet: FullPacket, kinds: readonly number[]): FullPacket {
  const present = packet.mss !== null && !packet.tcpOptions.includes(2) ? [2, ...packet.tcpOptions] : packet.tcpOptions;
  const tcpOptions = present.flatMap((kind) => (kinds.includes(kind) ? new Array<number>(optionLength(kind)).fill(1) : [kind]));
  return { ...packet, tcpOptions, mss: kinds.includes(2) ? null : packet.mss };
}

export function tcpHeaderLength(packet: Pick<FullPacket, 'tcpOptions' | 'mss'>): number {
  let options = packet.mss !== null && !packet.tcpOptions.includes(2) ? 4 : 0;
  for (const kind of packet.tcpOptions) options += optionLength(kind);
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
      return 12;
    case PROTO.dccp:
      return dccpHeaderLength(packet);
    case PROTO.gre:
      return packet.greKey === null ? 4 : 8;
    case PROTO.esp:
      return 8;
    // With the check value of the usual algorithms, 96 bits (RFC 2404).
    case PROTO.ah:
      return 24;
    default:
      return 0;
  }
}

/** Length of what stands before the transport header; an IPv6 fragment has a header of its own for that. */
export function networkHeaderLength({ family, fragOffset, moreFragments, extensionHeaders }: FullPacket): number {
  if (family === 'ipv4') return 20;
  return extensionHeaders.reduce((sum, header) => sum + headerLength(header), fragOffset > 0 || moreFragments ? 48 : 40);
}

/** IP total length; for IPv6 the header's 40 bytes are in it. */
export function packetLength(packet: FullPacket): number {
  const header = networkHeaderLength(packet);
  const data = packet.data !== null ? packet.data.length / 2 : packet.inner ? Math.min(packetLength(packet.inner), quoteLimit(packet)) : packet.payload;
  return header + (packet.fragOffset > 0 ? 0 : transportHeaderLength(packet)) + data;
}

/** How much of a packet an ICMP error quotes: up to 576 bytes in all for IPv4 (icmp_send), the minimum MTU for IPv6. */
function quoteLimit(packet: FullPacket): number {
  return packet.family === 'ipv4' ? 576 - 28 : 1280 - 48;
}
