/** Bytes of an IP packet to the packet they are. Source: RFC 791, 8200, 9293, 768, 792, 4443; Linux 6.18 net/ipv4/ip_input.c ip_rcv_core(), net/ipv6/ip6_input.c. */

import { BLANK } from '../model/full-packet.ts';
import type { ExtensionHeader } from '../model/extension-header.ts';
import type { FullPacket } from '../model/packet.ts';
import type { Family, Words } from '../net/address.ts';
import { onesComplementSum } from '../net/internet-checksum.ts';
import { hasPorts, isIcmp, PROTO } from '../net/protocol.ts';
import { transportHeaderLength } from '../model/packet-length.ts';

/** `dropped`: the stack takes it for broken, and why; `unreadable`: it may be right, but this cannot say what it is. */
type Decoded = FullPacket | { readonly dropped: string } | { readonly unreadable: string };

/** Bytes written in hex. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length >> 1 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16));
}

/** Extension headers of IPv6 that are walked over: hop-by-hop, routing, fragment, destination options. */
const EXTENSIONS: readonly number[] = [0, 43, 44, 60];
const FRAGMENT = 44;
/** ICMP types that quote a packet. */
const ERRORS: Readonly<Record<Family, readonly number[]>> = { ipv4: [3, 4, 5, 11, 12], ipv6: [1, 2, 3, 4, 137] };

/** Reads an IP packet. `quoted`: by an ICMP error, which cuts it short and checks nothing. */
export function decodePacket(bytes: Uint8Array, quoted = false): Decoded {
  const version = (bytes[0] ?? 0) >>> 4;
  return version === 4 ? decodeIpv4(bytes, quoted) : version === 6 ? decodeIpv6(bytes, quoted) : { dropped: `its IP version is ${version}` };
}

function decodeIpv4(bytes: Uint8Array, quoted: boolean): Decoded {
  const header = ((bytes[0] as number) & 15) * 4;
  if (bytes.length < 20 || header < 20 || bytes.length < header) return { dropped: 'it is too short for an IPv4 header' };
  const total = read16(bytes, 2);
  if (!quoted && (total > bytes.length || total < header)) return { dropped: `its header says ${total} bytes, and there are ${bytes.length}` };
  if (!quoted && onesComplementSum(bytes.subarray(0, header), 0) !== 0xffff) return { dropped: 'the checksum of its IPv4 header is wrong' };
  if (header > 20) return { unreadable: 'it has IPv4 options, which are not modelled' };
  const fragment = read16(bytes, 6);
  return transport(
    {
      ...BLANK,
      family: 'ipv4',
      src: words(bytes, 12, 1),
      dst: words(bytes, 16, 1),
      proto: bytes[9] as number,
      ttl: bytes[8] as number,
      tos: bytes[1] as number,
      id: read16(bytes, 4),
      df: (fragment & 0x4000) !== 0,
      moreFragments: (fragment & 0x2000) !== 0,
      fragOffset: (fragment & 0x1fff) * 8,
      payload: 0,
      data: null,
    },
    bytes.subarray(header, quoted ? bytes.length : total),
    quoted,
  );
}

function decodeIpv6(bytes: Uint8Array, quoted: boolean): Decoded {
  if (bytes.length < 40) return { dropped: 'it is too short for an IPv6 header' };
  const end = 40 + read16(bytes, 4);
  if (!quoted && end > bytes.length) return { dropped: `its header says ${end} bytes, and there are ${bytes.length}` };
  const first = read32(bytes, 0);
  const extensionHeaders: ExtensionHeader[] = [];
  let next = bytes[6] as number;
  let at = 40;
  let fragOffset = 0;
  let moreFragments = false;
  let id = 0;
  while (EXTENSIONS.includes(next) && fragOffset === 0) {
    if (at + 8 > bytes.length) return { dropped: 'it is too short for its extension headers' };
    if (next === FRAGMENT) {
      fragOffset = read16(bytes, at + 2) & 0xfff8;
      moreFragments = (read16(bytes, at + 2) & 1) !== 0;
      id = read32(bytes, at + 4);
    }
    const length = next === FRAGMENT ? 8 : ((bytes[at + 1] as number) + 1) * 8;
    if (next !== FRAGMENT && at + length > bytes.length) return { dropped: 'it is too short for its extension headers' };
    if (next !== FRAGMENT) extensionHeaders.push({ header: next, data: hexOf(bytes.subarray(at + 2, at + length)) });
    next = bytes[at] as number;
    at += length;
  }
  return transport(
    {
      ...BLANK,
      family: 'ipv6',
      src: words(bytes, 8, 4),
      dst: words(bytes, 24, 4),
      proto: next,
      ttl: bytes[7] as number,
      tos: (first >>> 20) & 255,
      flowLabel: first & 0xfffff,
      moreFragments,
      id,
      fragOffset,
      extensionHeaders,
      payload: 0,
      data: null,
    },
    bytes.subarray(at, quoted ? bytes.length : end),
    quoted,
  );
}

/** Reads the transport header; a later fragment has none. */
function transport(packet: FullPacket, bytes: Uint8Array, quoted: boolean): Decoded {
  const { proto, family } = packet;
  if (packet.fragOffset > 0) return { ...packet, payload: bytes.length, data: hexOf(bytes) };
  const has = (length: number): boolean => bytes.length >= length;
  const ports = hasPorts(proto) && has(4) ? { sport: read16(bytes, 0), dport: read16(bytes, 2) } : {};
  let read: FullPacket = { ...packet, ...ports };
  if (proto === PROTO.tcp && has(20)) read = { ...read, ...tcpFields(bytes) };
  if (isIcmp(family, proto) && has(8)) {
    read = { ...read, icmpType: bytes[0] as number, icmpCode: bytes[1] as number, icmpId: read16(bytes, 4), icmpSeq: read16(bytes, 6) };
    if (ERRORS[family].includes(read.icmpType)) {
      const inner = quoted ? null : decodePacket(bytes.subarray(8), true);
      if (inner && !('family' in inner)) return { unreadable: 'the packet it quotes cannot be read' };
      if (inner && inner.family === family) return { ...read, icmpId: 0, icmpSeq: 0, inner, badChecksum: !sumHolds(read, bytes), payload: bytes.length - 8 };
    }
  }
  if (proto === PROTO.esp && has(8)) read = { ...read, spi: read32(bytes, 0) };
  if (proto === PROTO.ah && has(12)) read = { ...read, spi: read32(bytes, 4) };
  if (proto === PROTO.gre && has(8) && (bytes[0] as number) & 0x20) read = { ...read, greKey: read32(bytes, (bytes[0] as number) & 0x80 ? 8 : 4) };
  const header = transportHeaderLength(read);
  if (!quoted && !has(header)) return { unreadable: 'its transport header is cut short, which is not modelled' };
  const rest = bytes.subarray(Math.min(header, bytes.length));
  return { ...read, payload: rest.length, data: rest.some((byte) => byte !== 0) ? hexOf(rest) : null, badChecksum: !quoted && !packet.moreFragments && !sumHolds(read, bytes) };
}

const TCP_OPTION = { end: 0, none: 1, mss: 2 } as const;

function tcpFields(bytes: Uint8Array): Partial<FullPacket> {
  const end = Math.min(bytes.length, ((bytes[12] as number) >>> 4) * 4);
  const tcpOptions: number[] = [];
  let mss: number | null = null;
  for (let at = 20; at < end; ) {
    const kind = bytes[at] as number;
    if (kind === TCP_OPTION.end) break;
    tcpOptions.push(kind);
    if (kind === TCP_OPTION.mss && at + 4 <= end) mss = read16(bytes, at + 2);
    at += kind === TCP_OPTION.none ? 1 : Math.max(2, bytes[at + 1] ?? 2);
  }
  return { seq: read32(bytes, 4), ack: read32(bytes, 8), flags: bytes[13] as number, window: read16(bytes, 14), tcpOptions, mss };
}

/** Does the transport checksum hold? True for protocols whose sums are not checked here. */
function sumHolds({ family, proto, src, dst }: FullPacket, bytes: Uint8Array): boolean {
  if (proto === PROTO.icmp && family === 'ipv4') return onesComplementSum(bytes, 0) === 0xffff;
  if (proto !== PROTO.tcp && proto !== PROTO.udp && !(proto === PROTO.icmpv6 && family === 'ipv6')) return true;
  if (proto === PROTO.udp && bytes.length >= 8 && read16(bytes, 6) === 0) return family === 'ipv4';
  const pseudo = [...(src ?? []), ...dst].reduce((sum, word) => sum + (word >>> 16) + (word & 0xffff), proto + bytes.length);
  return onesComplementSum(bytes, pseudo) === 0xffff;
}

const words = (bytes: Uint8Array, at: number, count: number): Words => Array.from({ length: count }, (_, i) => read32(bytes, at + 4 * i));
const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const read16 = (bytes: Uint8Array, at: number): number => ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
/** Network order, unsigned. */
export const read32 = (bytes: Uint8Array, at: number): number => (read16(bytes, at) * 65536 + read16(bytes, at + 2)) >>> 0;
