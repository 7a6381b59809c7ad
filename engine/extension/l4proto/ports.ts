/** Keys of protocols whose header starts with two ports (nf_conntrack_core.c, nf_ct_get_tuple_ports), and of those without. */

import { FIELD, L4 } from '../../model/field.ts';
import type { Tuple } from '../../model/conntrack.ts';
import type { SkbView } from '../../model/context.ts';
import type { FullPacket } from '../../model/packet.ts';

/** The addresses and the protocol as the registers have them, with the two keys given. */
export function tupleWith(skb: SkbView, sport: number, dport: number): Tuple {
  const { regs, family } = skb;
  const words = family === 'ipv4' ? 1 : 4;
  return {
    family,
    proto: regs[FIELD.proto.index] as number,
    src: [...regs.slice(FIELD.src.index, FIELD.src.index + words)],
    dst: [...regs.slice(FIELD.dst.index, FIELD.dst.index + words)],
    sport,
    dport,
  };
}

export function quotedTupleWith(packet: FullPacket, sport: number, dport: number): Tuple | null {
  return packet.src && { family: packet.family, proto: packet.proto, src: packet.src, dst: packet.dst, sport, dport };
}

export function portTuple(skb: SkbView): Tuple | null {
  if (skb.regs[FIELD.l4.index] !== L4.readable) return null;
  return tupleWith(skb, skb.regs[FIELD.sport.index] as number, skb.regs[FIELD.dport.index] as number);
}

export function quotedPortTuple(packet: FullPacket): Tuple | null {
  return packet.fragOffset > 0 ? null : quotedTupleWith(packet, packet.sport, packet.dport);
}

export function swapTuple({ family, proto, src, dst, sport, dport }: Tuple): Tuple {
  return { family, proto, src: dst, dst: src, sport: dport, dport: sport };
}

/** Bytes after the transport header. */
export function payloadLength(packet: FullPacket): number {
  return packet.data === null ? packet.payload : packet.data.length / 2;
}
