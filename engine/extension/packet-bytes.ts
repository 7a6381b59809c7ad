/**
 * The bytes of a packet where a rule looks at it, from the IP header on, as far as they are known: what string, u32 and bpf
 * search. A packet here is fields, so some of its bytes follow from nothing that was said (values of TCP options, sums of what
 * the node itself sends, which its device computes): they are marked, and an answer that depends on one is unknown.
 *
 * Source: RFC 791, 8200, 9293, 768, 792, 4443, 2784, 4303, 4340, 9260.
 */

import type { SkbView } from '../model/context.ts';
import { CTSTATUS, FIELD, type Field } from '../model/field.ts';
import { dccpHeaderLength } from '../model/dccp.ts';
import { headerLength, type ExtensionHeader } from '../model/extension-header.ts';
import { networkHeaderLength, tcpHeaderLength } from '../model/packet-length.ts';
import type { FullPacket } from '../model/packet.ts';
import { onesComplementSum } from '../net/internet-checksum.ts';
import { hasPorts, isIcmp, PROTO } from '../net/protocol.ts';

export interface PacketBytes {
  readonly bytes: Uint8Array;
  /** 1 for each byte that is known. */
  readonly known: Uint8Array;
}

/** Fields that bytes are made of. */
export const BYTE_FIELDS: readonly Field[] = [
  FIELD.src,
  FIELD.dst,
  FIELD.proto,
  FIELD.sport,
  FIELD.dport,
  FIELD.ttl,
  FIELD.tos,
  FIELD.length,
  FIELD.fragOffset,
  FIELD.moreFragments,
  FIELD.ipId,
  FIELD.df,
  FIELD.flowLabel,
  FIELD.tcpFlags,
  FIELD.icmpType,
  FIELD.icmpCode,
  FIELD.icmpId,
  FIELD.spi,
  FIELD.greKey,
];

/** Takes bytes one after the other; sums are filled in later. */
class Writer {
  readonly bytes: number[] = [];
  readonly known: number[] = [];
  put8(...values: readonly number[]): void {
    for (const value of values) {
      this.bytes.push(value & 255);
      this.known.push(1);
    }
  }
  put16(value: number): void {
    this.put8(value >>> 8, value);
  }
  put32(...values: readonly number[]): void {
    for (const value of values) this.put8(value >>> 24, value >>> 16, value >>> 8, value);
  }
  unknown(count: number): void {
    for (let i = 0; i < count; i++) {
      this.bytes.push(0);
      this.known.push(0);
    }
  }
  append({ bytes, known }: PacketBytes): void {
    this.bytes.push(...bytes);
    this.known.push(...known);
  }
  made(): PacketBytes {
    return { bytes: Uint8Array.from(this.bytes), known: Uint8Array.from(this.known) };
  }
}

/** Null: there are extension headers that do not say what they hold, so nobody knows what stands where. */
export function packetBytes({ regs, packet, family }: SkbView): PacketBytes | null {
  const headers = packet.extensionHeaders;
  if (headers.some(({ data }) => data === null)) return null;
  const get = (field: Field): number => regs[field.index] as number;
  const words = (field: Field): number[] => Array.from(regs.subarray(field.index, field.index + (family === 'ipv4' ? 1 : 4)));
  const own = packet.in === null;
  const writer = new Writer();
  const [src, dst, proto, length] = [words(FIELD.src), words(FIELD.dst), get(FIELD.proto), get(FIELD.length)];
  const [offset, more] = [get(FIELD.fragOffset), get(FIELD.moreFragments)];
  if (family === 'ipv4') {
    writer.put8(0x45, get(FIELD.tos));
    writer.put16(length);
    // The kernel numbers what the node sends.
    if (own) writer.unknown(2);
    else writer.put16(get(FIELD.ipId));
    writer.put16((get(FIELD.df) ? 0x4000 : 0) | (more ? 0x2000 : 0) | offset);
    writer.put8(get(FIELD.ttl), proto);
    writer.unknown(2);
    writer.put32(...src, ...dst);
  } else {
    const fragment = offset > 0 || more > 0;
    writer.put32(((6 << 28) | (get(FIELD.tos) << 20) | get(FIELD.flowLabel)) >>> 0);
    writer.put16(length - 40);
    const last = fragment ? FRAGMENT : proto;
    writer.put8(headers[0]?.header ?? last, get(FIELD.ttl));
    writer.put32(...src, ...dst);
    for (const [i, one] of headers.entries()) putExtensionHeader(writer, one, headers[i + 1]?.header ?? last);
    if (fragment) {
      writer.put8(proto, 0);
      writer.put16((offset << 3) | more);
      writer.put32(get(FIELD.ipId));
    }
  }
  const header = writer.made();
  if (family === 'ipv4') fillSum(header, 10, []);
  const upper = new Writer();
  if (offset === 0) putTransport(upper, { regs, packet, family }, more > 0);
  putPayload(upper, packet, own, regs);
  const rest = length - header.bytes.length;
  if (upper.bytes.length < rest) upper.unknown(rest - upper.bytes.length);
  const body = { bytes: Uint8Array.from(upper.bytes.slice(0, rest)), known: Uint8Array.from(upper.known.slice(0, rest)) };
  const at = SUM_AT[proto];
  if (offset === 0 && at !== undefined && !own && !more && !packet.badChecksum)
    fillSum(body, at, proto === PROTO.icmp ? [] : pseudoHeader(src, dst, proto, body.bytes.length), proto === PROTO.udp ? 0xffff : 0);
  return { bytes: Uint8Array.from([...header.bytes, ...body.bytes]), known: Uint8Array.from([...header.known, ...body.known]) };
}

const FRAGMENT = 44;

/** The length is in units of eight bytes behind the first; that of an authentication header in words, less two. */
function putExtensionHeader(writer: Writer, one: ExtensionHeader, next: number): void {
  const length = headerLength(one);
  writer.put8(next, one.header === PROTO.ah ? length / 4 - 2 : length / 8 - 1);
  const { data } = one;
  for (let i = 0; i < (data?.length ?? 0); i += 2) writer.put8(Number.parseInt((data as string).slice(i, i + 2), 16));
}

/** The transport header, its sum left open. */
function putTransport(writer: Writer, { regs, packet, family }: SkbView, open: boolean): void {
  const get = (field: Field): number => regs[field.index] as number;
  const proto = get(FIELD.proto);
  if (hasPorts(proto)) {
    writer.put16(get(FIELD.sport));
    writer.put16(get(FIELD.dport));
  }
  if (proto === PROTO.tcp) {
    const options = tcpOptions(packet);
    writer.put32(packet.seq, packet.ack);
    writer.put8((5 + options.bytes.length / 4) << 4, get(FIELD.tcpFlags));
    writer.put16(packet.window);
    writer.unknown(2);
    writer.put16(0);
    writer.append(options);
  } else if (proto === PROTO.udp) {
    // Of a first fragment it says the length of the whole.
    if (open) writer.unknown(2);
    else writer.put16(get(FIELD.length) - networkHeaderLength(packet));
    writer.unknown(2);
  } else if (proto === PROTO.udplite) writer.unknown(4);
  else if (isIcmp(family, proto)) {
    writer.put8(get(FIELD.icmpType), get(FIELD.icmpCode));
    writer.unknown(2);
    // An error's second word may hold an MTU, a pointer or a gateway.
    if (packet.inner) writer.unknown(4);
    else {
      writer.put16(get(FIELD.icmpId));
      writer.put16(packet.icmpSeq);
    }
  } else if (proto === PROTO.dccp && packet.dccpType !== null) {
    // RFC 4340 section 5.1: offset to the data, CCVal and CsCov, sum, type with the bit for long sequence numbers, these, and what the type has.
    const length = dccpHeaderLength(packet);
    writer.put8(length / 4, 0);
    writer.unknown(2);
    writer.put8((packet.dccpType << 1) | 1);
    writer.unknown(length - 9 - packet.dccpOptions.length / 2);
    for (let i = 0; i < packet.dccpOptions.length; i += 2) writer.put8(Number.parseInt(packet.dccpOptions.slice(i, i + 2), 16));
  } else if (proto === PROTO.sctp || proto === PROTO.dccp) writer.unknown(8);
  else if (proto === PROTO.gre) {
    writer.put8(packet.greKey === null ? 0 : 0x20, 0);
    writer.unknown(2);
    if (packet.greKey !== null) writer.put32(get(FIELD.greKey));
  } else if (proto === PROTO.esp) {
    writer.put32(get(FIELD.spi));
    writer.unknown(4);
  } else if (proto === PROTO.ah) {
    writer.unknown(4);
    writer.put32(get(FIELD.spi));
    writer.unknown(16);
  }
}

/** Values of options, and how they are padded, follow from nothing; a lone MSS has one form. */
function tcpOptions(packet: FullPacket): PacketBytes {
  const writer = new Writer();
  const { tcpOptions: kinds, mss } = packet;
  if (mss !== null && kinds.every((kind) => kind === 2)) {
    writer.put8(2, 4);
    writer.put16(mss);
  } else writer.unknown(tcpHeaderLength(packet) - 20);
  return writer.made();
}

function putPayload(writer: Writer, packet: FullPacket, own: boolean, regs: Uint32Array): void {
  const { inner, data } = packet;
  if (data !== null) for (let i = 0; i < data.length; i += 2) writer.put8(Number.parseInt(data.slice(i, i + 2), 16));
  else if (!inner) for (let i = 0; i < packet.payload; i++) writer.put8(0);
  // NAT translates what an error quotes, and what the node quotes itself is cut and summed by it.
  else if (!own && ((regs[FIELD.ctStatus.index] as number) & (CTSTATUS.SRC_NAT | CTSTATUS.DST_NAT)) === 0) {
    const quoted = packetBytes(viewOf(inner));
    if (quoted) writer.append(quoted);
  }
}

/** A packet that nobody has changed yet, such as one that is quoted. */
function viewOf(packet: FullPacket): SkbView {
  const regs = new Uint32Array(BYTE_FIELDS.reduce((most, { index, words }) => Math.max(most, index + words), FIELD.ctStatus.index + 1));
  const set = (field: Field, ...values: readonly number[]): void => regs.set(values, field.index);
  set(FIELD.src, ...(packet.src ?? []));
  set(FIELD.dst, ...packet.dst);
  set(FIELD.proto, packet.proto);
  set(FIELD.sport, packet.sport);
  set(FIELD.dport, packet.dport);
  set(FIELD.ttl, packet.ttl);
  set(FIELD.tos, packet.tos);
  set(FIELD.fragOffset, packet.fragOffset / 8);
  set(FIELD.moreFragments, packet.moreFragments ? 1 : 0);
  set(FIELD.ipId, packet.id);
  set(FIELD.df, packet.df ? 1 : 0);
  set(FIELD.flowLabel, packet.flowLabel);
  set(FIELD.tcpFlags, packet.flags);
  set(FIELD.icmpType, packet.icmpType);
  set(FIELD.icmpCode, packet.icmpCode);
  set(FIELD.icmpId, packet.icmpId);
  set(FIELD.spi, packet.spi);
  set(FIELD.greKey, packet.greKey ?? 0);
  const upper = new Writer();
  const view: SkbView = { regs, packet: { ...packet, in: packet.in ?? 'quoted' }, family: packet.family };
  if (packet.fragOffset === 0) putTransport(upper, view, true);
  putPayload(upper, view.packet, false, regs);
  set(FIELD.length, upper.bytes.length + networkHeaderLength(packet));
  return view;
}

const SUM_AT: Readonly<Record<number, number>> = { [PROTO.tcp]: 16, [PROTO.udp]: 6, [PROTO.icmp]: 2, [PROTO.icmpv6]: 2 };

/** RFC 768 and 9293 for IPv4, RFC 8200 section 8.1 for IPv6: the sum is the same in whichever order the words come. */
function pseudoHeader(src: readonly number[], dst: readonly number[], proto: number, length: number): readonly number[] {
  const octets = (words: readonly number[]): number[] => words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
  return [...octets([...src, ...dst]), 0, proto, length >>> 8, length & 255];
}

/** Puts the sum where it belongs, if all that it is made of is known. `zero`: what stands for a sum of 0. */
function fillSum({ bytes, known }: PacketBytes, at: number, pseudo: readonly number[], zero = 0): void {
  if (bytes.length < at + 2 || !known.every((one, i) => one === 1 || i === at || i === at + 1)) return;
  bytes.fill(0, at, at + 2);
  const sum = ~onesComplementSum([...pseudo, ...bytes]) & 0xffff || zero;
  bytes.set([sum >>> 8, sum & 255], at);
  known.fill(1, at, at + 2);
}
