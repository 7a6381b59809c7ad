/**
 * Packets (formats §2) to the bytes of an IP packet and back. The kernel tests send what `encodePacket` makes and read
 * with `decodePacket` what the kernel traced, emitted and let out. Held against tcpdump in packet-bytes.test.ts.
 */

import type { Packet } from '../../engine/model/packet.ts';
import { TCP_FLAG, type TcpFlagName } from '../../engine/model/field.ts';
import { type Family, formatAddress, parseAddress, type Words } from '../../engine/net/address.ts';
import { protocolNumber } from '../../engine/net/protocol.ts';

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 33: 'dccp', 47: 'gre', 50: 'esp', 51: 'ah', 58: 'icmpv6', 132: 'sctp', 136: 'udplite' };
/** ICMP types that quote a packet. */
const ICMP_ERRORS: Readonly<Record<Family, readonly number[]>> = { ipv4: [3, 4, 5, 11, 12], ipv6: [1, 2, 3, 4] };
/** IPv6 headers that stand between the fixed header and the upper layer. */
const EXTENSION_HEADERS = [0, 43, 44, 51, 60];

/** A packet read from bytes. Only what the protocol has is there. */
export interface Decoded {
  family: Family;
  src: string;
  dst: string;
  proto: string | number;
  ttl: number;
  tos: number;
  /** IPv4 identification, IPv6 flow label. */
  id?: number;
  flowLabel?: number;
  df?: boolean;
  moreFragments?: boolean;
  fragOffset?: number;
  sport?: number;
  dport?: number;
  flags?: TcpFlagName[];
  seq?: number;
  ack?: number;
  window?: number;
  mss?: number;
  icmpType?: number;
  icmpCode?: number;
  icmpId?: number;
  icmpSeq?: number;
  /** Bytes after the transport header. */
  payload?: number;
  inner?: Decoded;
}

export function protocolOf(packet: Packet): number {
  const number = typeof packet.proto === 'number' ? packet.proto : protocolNumber(packet.proto);
  if (number === null) throw new Error(`unknown protocol "${packet.proto}" in a test packet`);
  return number;
}

export function familyOf(packet: Packet): Family {
  return packet.dst.includes(':') ? 'ipv6' : 'ipv4';
}

export const protocolLabel = (number: number): string | number => PROTOCOL_NAMES[number] ?? number;

function addressBytes(text: string): number[] {
  const address = parseAddress(text);
  if (!address) throw new Error(`bad address "${text}" in a test packet`);
  return address.words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
}

const u16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
const u32 = (value: number): number[] => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

/** The Internet checksum (RFC 1071). */
export function internetChecksum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** CRC32c, the checksum of SCTP (RFC 9260, appendix A). */
function crc32c(bytes: readonly number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function hexBytes(hex: string): number[] {
  const bytes: number[] = [];
  for (let i = 0; i < hex.length; i += 2) bytes.push(Number.parseInt(hex.slice(i, i + 2), 16));
  return bytes;
}

function payloadBytes(packet: Packet, proto: number): number[] {
  if (packet.data !== undefined) return hexBytes(packet.data);
  return new Array<number>(packet.payload ?? (proto === 6 ? 0 : 8)).fill(0);
}

function tcpOptionBytes(packet: Packet): number[] {
  const kinds = [...(packet.tcpOptions ?? [])];
  if (packet.mss !== undefined && !kinds.includes(2)) kinds.unshift(2);
  const out: number[] = [];
  for (const kind of kinds) {
    if (kind < 2) out.push(kind);
    else if (kind === 2) out.push(2, 4, ...u16(packet.mss ?? 1460));
    else if (kind === 3) out.push(3, 3, 7);
    else if (kind === 4) out.push(4, 2);
    else if (kind === 8) out.push(8, 10, ...u32(1), ...u32(0));
    else out.push(kind, 2);
  }
  while (out.length % 4) out.push(0);
  return out;
}

function put16(bytes: number[], at: number, value: number): void {
  bytes[at] = (value >>> 8) & 255;
  bytes[at + 1] = value & 255;
}

/**
 * Transport header and payload, with the checksum right (wrong with `badChecksum`). `tail`: of a first fragment, what follows
 * in the others, which length and checksum of the header are about, too.
 */
function transportBytes(packet: Packet, family: Family, proto: number, pseudo: (length: number) => number[], tail: readonly number[]): number[] {
  const payload = payloadBytes(packet, proto);
  // A later fragment is payload only.
  if (packet.fragOffset) return payload;
  const ports = [...u16(packet.sport ?? 0), ...u16(packet.dport ?? 0)];
  const spoil = (sum: number): number => (packet.badChecksum ? sum ^ 0x5555 || 0x1234 : sum);
  const finish = (bytes: number[], at: number, withPseudo: boolean): number[] => {
    const whole = [...bytes, ...tail];
    const sum = internetChecksum(withPseudo ? [...pseudo(whole.length), ...whole] : whole);
    put16(bytes, at, spoil(proto === 17 && sum === 0 ? 0xffff : sum));
    return bytes;
  };
  switch (proto) {
    case 6: {
      const options = tcpOptionBytes(packet);
      const flags = (packet.flags ?? ['SYN']).reduce((bits, name) => bits | TCP_FLAG[name], 0);
      const header = [...ports, ...u32(packet.seq ?? 0), ...u32(packet.ack ?? 0), (5 + options.length / 4) << 4, flags, ...u16(packet.window ?? 64240), 0, 0, 0, 0];
      return finish([...header, ...options, ...payload], 16, true);
    }
    case 17: {
      const bytes = [...ports, ...u16(8 + payload.length + tail.length), 0, 0, ...payload];
      // A first fragment alone cannot know the sum of the whole; zero means "none" in IPv4.
      return packet.moreFragments && tail.length === 0 && family === 'ipv4' ? bytes : finish(bytes, 6, true);
    }
    case 136:
      return finish([...ports, 0, 0, 0, 0, ...payload], 6, true);
    case 1:
    case 58: {
      const type = packet.icmpType ?? (family === 'ipv4' ? 8 : 128);
      const error = (proto === 1) === (family === 'ipv4') && ICMP_ERRORS[family].includes(type);
      const rest = error ? [0, 0, 0, 0] : [...u16(packet.icmpId ?? 1), ...u16(packet.icmpSeq ?? 1)];
      const body = packet.inner ? [...encodePacket(packet.inner)] : payload;
      return finish([type, packet.icmpCode ?? 0, 0, 0, ...rest, ...body], 2, proto === 58);
    }
    case 132: {
      const bytes = [...ports, 0, 0, 0, 0, 0, 0, 0, 0, ...payload];
      const sum = crc32c(bytes) ^ (packet.badChecksum ? 1 : 0);
      bytes.splice(8, 4, sum & 255, (sum >>> 8) & 255, (sum >>> 16) & 255, sum >>> 24);
      return bytes;
    }
    case 33:
      return finish([...ports, ...dccpRest(packet), ...payload], 6, true);
    case 47:
      return packet.greKey === undefined || packet.greKey === null ? [0, 0, 8, 0, ...payload] : [0x20, 0, 8, 0, ...u32(packet.greKey), ...payload];
    case 50:
      return [...u32(packet.spi ?? 0), ...u32(packet.seq ?? 1), ...payload];
    case 51:
      return [59, 4, 0, 0, ...u32(packet.spi ?? 0), ...u32(packet.seq ?? 1), ...new Array<number>(12).fill(0), ...payload];
    default:
      return payload;
  }
}

/** What follows the ports of DCCP (RFC 4340): without a type the shortest header, of a DCCP-Request with short sequence numbers, which none is. */
function dccpRest({ dccpType, dccpOptions = '' }: Packet): number[] {
  if (dccpType === undefined) return [3, 0, 0, 0, 0, 0, 0, 0];
  const names = ['REQUEST', 'RESPONSE', 'DATA', 'ACK', 'DATAACK', 'CLOSEREQ', 'CLOSE', 'RESET', 'SYNC', 'SYNCACK'];
  const type = typeof dccpType === 'number' ? dccpType : names.indexOf(dccpType);
  // Service code; service code and acknowledgement; nothing; acknowledgement; reset code and acknowledgement.
  const more = [4, 12, 0, 8, 8, 8, 8, 12, 8, 8][type] ?? 12;
  const options = hexBytes(dccpOptions);
  while (options.length % 4) options.push(0);
  return [(16 + more + options.length) / 4, 0, 0, 0, (type << 1) | 1, ...new Array<number>(7 + more).fill(0), ...options];
}

/** Of a first fragment whose others are not given: its length and its checksum are of more than there is. */
const MORE: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 1];

/** What follows a first fragment in its datagram, as far as the other fragments among `packets` give it; nothing for any other packet. */
export function tailOf(packet: Packet, packets: readonly Partial<Packet>[]): number[] {
  if (!packet.moreFragments || packet.fragOffset) return [];
  const start = transportBytes(packet, familyOf(packet), protocolOf(packet), () => [], []).length;
  const tail: number[] = [];
  for (const other of packets) {
    if (packet.id === undefined || !other.fragOffset || other.id !== packet.id || other.proto !== packet.proto || other.src !== packet.src) continue;
    payloadBytes(other as Packet, protocolOf(packet)).forEach((byte, i) => {
      const at = (other.fragOffset as number) - start + i;
      if (at >= 0) tail[at] ??= byte;
    });
  }
  return tail.length > 0 ? Array.from(tail, (byte) => byte ?? 0) : [...MORE];
}

const HEADER_NUMBERS: Readonly<Record<string, number>> = { 'hop-by-hop': 0, routing: 43, 'destination-options': 60, ah: 51 };

/** Numbers and contents; a header that does not say what it holds has room for six bytes of padding (PadN). */
function extensionHeaders(packet: Packet): readonly (readonly [number, readonly number[]])[] {
  return (packet.extensionHeaders ?? []).map((given) => {
    const { header, data = '010400000000' } = typeof given === 'object' ? given : { header: given };
    return [typeof header === 'number' ? header : (HEADER_NUMBERS[header] as number), hexBytes(data)] as const;
  });
}

/** The IP packet, from the IP header on. `src` must be there. `tail`: what follows a first fragment in the others. */
export function encodePacket(packet: Packet, tail: readonly number[] = []): Uint8Array {
  const family = familyOf(packet);
  const proto = protocolOf(packet);
  if (packet.src === undefined) throw new Error(`test packet to ${packet.dst} has no source address`);
  const src = addressBytes(packet.src);
  const dst = addressBytes(packet.dst);
  const pseudo = (length: number): number[] => (family === 'ipv4' ? [...src, ...dst, 0, proto, ...u16(length)] : [...src, ...dst, ...u32(length), 0, 0, 0, proto]);
  const transport = transportBytes(packet, family, proto, pseudo, tail);
  const offset = (packet.fragOffset ?? 0) / 8;
  if (family === 'ipv4') {
    const fragment = (packet.df ? 0x4000 : 0) | (packet.moreFragments ? 0x2000 : 0) | offset;
    const header = [0x45, packet.tos ?? 0, ...u16(20 + transport.length), ...u16(packet.id ?? 0), ...u16(fragment), packet.ttl ?? 64, proto, 0, 0, ...src, ...dst];
    put16(header, 10, internetChecksum(header));
    return Uint8Array.from([...header, ...transport]);
  }
  const fragmented = offset > 0 || packet.moreFragments;
  let body = fragmented ? [proto, 0, ...u16((offset << 3) | (packet.moreFragments ? 1 : 0)), ...u32(packet.id ?? 0), ...transport] : transport;
  let next = fragmented ? 44 : proto;
  for (const [header, content] of [...extensionHeaders(packet)].reverse()) {
    body = [next, header === 51 ? (content.length + 2) / 4 - 2 : (content.length + 2) / 8 - 1, ...content, ...body];
    next = header;
  }
  const label = (((packet.tos ?? 0) << 20) | (packet.flowLabel ?? 0) | 0x60000000) >>> 0;
  return Uint8Array.from([...u32(label), ...u16(body.length), next, packet.ttl ?? 64, ...src, ...dst, ...body]);
}

export function macBytes(text: string): number[] {
  return text.split(':').map((part) => Number.parseInt(part, 16));
}

/** Ethernet frame around an IP packet. */
export function encodeFrame(packet: Packet, nodeMac: string, peerMac: string, tail: readonly number[] = []): Uint8Array {
  const family = familyOf(packet);
  const target = packet.dstMac ?? (packet.l2 === 'broadcast' ? 'ff:ff:ff:ff:ff:ff' : packet.l2 === 'multicast' ? '01:00:5e:00:00:01' : nodeMac);
  return Uint8Array.from([...macBytes(target), ...macBytes(packet.srcMac ?? peerMac), ...(family === 'ipv4' ? [8, 0] : [0x86, 0xdd]), ...encodePacket(packet, tail)]);
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

function readAddress(family: Family, bytes: Uint8Array, at: number): string {
  const words: number[] = [];
  for (let i = 0; i < (family === 'ipv4' ? 1 : 4); i++) words.push(read32(bytes, at + 4 * i));
  return formatAddress(family, words as Words);
}

const read16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
const read32 = (bytes: Uint8Array, at: number): number => (read16(bytes, at) * 65536 + read16(bytes, at + 2)) >>> 0;

/** Reads an IP packet; null if it is neither IPv4 nor IPv6, or too short for its header. */
export function decodePacket(bytes: Uint8Array): Decoded | null {
  const version = (bytes[0] ?? 0) >>> 4;
  if (version === 4 && bytes.length >= 20) {
    const header = ((bytes[0] as number) & 15) * 4;
    const end = Math.min(bytes.length, read16(bytes, 2));
    const fragment = read16(bytes, 6);
    const base: Decoded = {
      family: 'ipv4',
      src: readAddress('ipv4', bytes, 12),
      dst: readAddress('ipv4', bytes, 16),
      proto: protocolLabel(bytes[9] as number),
      ttl: bytes[8] as number,
      tos: bytes[1] as number,
      id: read16(bytes, 4),
      df: (fragment & 0x4000) !== 0,
      moreFragments: (fragment & 0x2000) !== 0,
      fragOffset: (fragment & 0x1fff) * 8,
    };
    decodeTransport(base, bytes[9] as number, bytes.subarray(header, end));
    return base;
  }
  if (version !== 6 || bytes.length < 40) return null;
  let next = bytes[6] as number;
  let at = 40;
  const first = read32(bytes, 0);
  const base: Decoded = {
    family: 'ipv6',
    src: readAddress('ipv6', bytes, 8),
    dst: readAddress('ipv6', bytes, 24),
    proto: next,
    ttl: bytes[7] as number,
    tos: (first >>> 20) & 255,
    flowLabel: first & 0xfffff,
    moreFragments: false,
    fragOffset: 0,
  };
  while (EXTENSION_HEADERS.includes(next) && at + 8 <= bytes.length) {
    if (next === 44) {
      base.fragOffset = read16(bytes, at + 2) & 0xfff8;
      base.moreFragments = (read16(bytes, at + 2) & 1) !== 0;
      base.id = read32(bytes, at + 4);
    }
    const length = next === 44 ? 8 : next === 51 ? ((bytes[at + 1] as number) + 2) * 4 : ((bytes[at + 1] as number) + 1) * 8;
    if (next === 51 && bytes[at] === 59) break;
    const isLast = next === 44 && base.fragOffset !== 0;
    next = bytes[at] as number;
    at += length;
    // What a later fragment holds is no header.
    if (isLast) break;
  }
  base.proto = protocolLabel(next);
  decodeTransport(base, next, bytes.subarray(at, Math.min(bytes.length, 40 + read16(bytes, 4))));
  return base;
}

function decodeTransport(packet: Decoded, proto: number, bytes: Uint8Array): void {
  if (packet.fragOffset) {
    packet.payload = bytes.length;
    return;
  }
  if ([6, 17, 33, 132, 136].includes(proto) && bytes.length >= 4) {
    packet.sport = read16(bytes, 0);
    packet.dport = read16(bytes, 2);
  }
  if (proto === 6 && bytes.length >= 20) {
    const length = ((bytes[12] as number) >>> 4) * 4;
    packet.seq = read32(bytes, 4);
    packet.ack = read32(bytes, 8);
    const bits = bytes[13] as number;
    packet.flags = (Object.keys(TCP_FLAG) as TcpFlagName[]).filter((name) => bits & TCP_FLAG[name]);
    packet.window = read16(bytes, 14);
    packet.payload = bytes.length - length;
    for (let i = 20; i + 3 < length && bytes[i] !== 0; i += (bytes[i] as number) < 2 ? 1 : Math.max(bytes[i + 1] as number, 2))
      if (bytes[i] === 2) packet.mss = read16(bytes, i + 2);
  } else if ((proto === 1 || proto === 58) && bytes.length >= 8) {
    packet.icmpType = bytes[0] as number;
    packet.icmpCode = bytes[1] as number;
    if (ICMP_ERRORS[packet.family].includes(packet.icmpType)) {
      const inner = decodePacket(bytes.subarray(8));
      if (inner) packet.inner = inner;
    } else {
      packet.icmpId = read16(bytes, 4);
      packet.icmpSeq = read16(bytes, 6);
    }
    packet.payload = bytes.length - 8;
  } else if (proto === 17 || proto === 136) packet.payload = bytes.length - 8;
  else if (proto === 132) packet.payload = bytes.length - 12;
  else packet.payload = bytes.length;
}
