/** The packet as it was when its walk ended: as it left or was delivered, or as what stopped it saw it. */

import { FIELD } from './field.ts';
import { toPacket } from './full-packet.ts';
import type { Packet } from './packet.ts';
import type { Snapshot, Trace } from './trace.ts';
import { formatAddress } from '../net/address.ts';
import { hasPorts, isIcmp } from '../net/protocol.ts';

/** Null: it took no step. */
export function endPacket({ outcome, steps }: Pick<Trace, 'outcome' | 'steps'>): Packet | null {
  const last = steps.at(-1);
  return outcome.packet ?? (last ? packetAt(last.before) : null);
}

function packetAt({ regs, packet, family }: Snapshot): Packet {
  const word = (field: { readonly index: number }): number => regs[field.index] as number;
  return {
    ...toPacket(packet),
    src: formatAddress(family, regs, FIELD.src.index),
    dst: formatAddress(family, regs, FIELD.dst.index),
    ...(hasPorts(packet.proto) ? { sport: word(FIELD.sport), dport: word(FIELD.dport) } : {}),
    ...(isIcmp(family, packet.proto) ? { icmpId: word(FIELD.icmpId) } : {}),
    ttl: word(FIELD.ttl),
    tos: word(FIELD.tos),
    mark: word(FIELD.mark),
  };
}
