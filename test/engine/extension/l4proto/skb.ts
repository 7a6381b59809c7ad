/** A packet as a tracker sees it, for tests: registers filled from the few fields that trackers read. */

import { FIELD, L4, REGISTER_COUNT, TCP_FLAG, type TcpFlagName } from '../../../../engine/model/field.ts';
import { BLANK } from '../../../../engine/model/full-packet.ts';
import { parseAddress } from '../../../../engine/net/address.ts';
import type { SkbView } from '../../../../engine/model/context.ts';
import type { FullPacket } from '../../../../engine/model/packet.ts';

export type Given = Partial<Omit<FullPacket, 'src' | 'dst' | 'flags'>> & {
  readonly src?: string;
  readonly dst?: string;
  readonly flags?: readonly TcpFlagName[];
  readonly truncated?: boolean;
};

export function fullPacket(given: Given): FullPacket {
  const src = parseAddress(given.src ?? '10.1.0.2');
  const dst = parseAddress(given.dst ?? '10.2.0.2');
  if (!src || !dst) throw new Error('bad address in a test');
  const { truncated: _, ...rest } = given;
  return {
    ...BLANK,
    family: dst.family,
    in: 'ra',
    proto: 6,
    window: 64240,
    icmpType: 8,
    icmpId: 1,
    icmpSeq: 1,
    ...rest,
    src: src.words,
    dst: dst.words,
    flags: (given.flags ?? []).reduce((bits, name) => bits | TCP_FLAG[name], 0),
  };
}

export function skb(given: Given): SkbView {
  const packet = fullPacket(given);
  const regs = new Uint32Array(REGISTER_COUNT);
  regs.set(packet.src ?? [], FIELD.src.index);
  regs.set(packet.dst, FIELD.dst.index);
  regs[FIELD.proto.index] = packet.proto;
  regs[FIELD.sport.index] = packet.sport;
  regs[FIELD.dport.index] = packet.dport;
  regs[FIELD.tcpFlags.index] = packet.flags;
  regs[FIELD.icmpType.index] = packet.icmpType;
  regs[FIELD.icmpCode.index] = packet.icmpCode;
  regs[FIELD.icmpId.index] = packet.icmpId;
  regs[FIELD.ttl.index] = packet.ttl;
  regs[FIELD.l4.index] = given.truncated ? L4.truncated : L4.readable;
  return { regs, packet, family: packet.family };
}

export const defaults = { sysctl: () => null };
export const sysctls = (values: Readonly<Record<string, string>>) => ({ sysctl: (name: string) => values[name] ?? null });
