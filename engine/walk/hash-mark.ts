/**
 * HMARK: the mark is a hash of addresses, ports and protocol, the same for both directions, scaled to a number below the modulus.
 * Of an ICMP error the packet that it quotes is hashed. Nothing happens to a packet without a connection that is to be hashed by its
 * connection.
 *
 * Source: Linux 6.18 net/netfilter/xt_HMARK.c, hmark_tg_v4(), hmark_tg_v6(); include/net/ip.h proto_ports_offset().
 */

import { FIELD, L4, type Field } from '../model/field.ts';
import type { FullPacket } from '../model/packet.ts';
import type { Effect } from '../model/test.ts';
import { jhash2, scaled } from '../net/jhash.ts';
import { isIcmp, PROTO } from '../net/protocol.ts';
import { read, readWords, unknownBits, type Skb } from './skb.ts';

type HashMark = Extract<Effect, { op: 'hash-mark' }>;

/** What is hashed: both ports, or the SPI, as one word; null: there are none. */
interface Hashed {
  readonly src: readonly number[];
  readonly dst: readonly number[];
  readonly proto: number;
  readonly ports: number | null;
}

/** The new mark; null: it stays as it is; `unknown`: something of what is hashed is not known. */
export function hashMark(skb: Skb, effect: HashMark): number | 'unknown' | null {
  const found = effect.byConnection ? ofConnection(skb) : ofPacket(skb);
  if (found === null || found === 'unknown') return found;
  const [src, dst] = [masked(found.src, effect.srcMask), masked(found.dst, effect.dstMask)];
  const hash = jhash2([Math.min(src, dst), Math.max(src, dst), found.ports === null ? 0 : sorted(found.ports, effect)], effect.seed);
  return (scaled((hash ^ (found.proto & effect.protoMask)) >>> 0, effect.modulus) + effect.offset) >>> 0;
}

/** hmark_addr6_mask(): the words of an IPv6 address are folded into one. */
function masked(words: readonly number[], mask: readonly number[]): number {
  return words.reduce((sum, word, i) => sum ^ (word & (mask[i] as number)), 0) >>> 0;
}

/** hmark_swap_ports(): the larger one first. */
function sorted(ports: number, { portMask, portSet }: HashMark): number {
  const both = ((ports & portMask) | portSet) >>> 0;
  const [first, second] = [both >>> 16, both & 0xffff];
  return ((Math.max(first, second) << 16) | Math.min(first, second)) >>> 0;
}

const isUnknown = (skb: Skb, ...fields: readonly Field[]): boolean => fields.some((field) => unknownBits(skb, field) !== 0);

function ofConnection(skb: Skb): Hashed | null {
  if (!skb.ct) {
    // The template of a CT target is an entry, and all of it is zero.
    return skb.template ? { src: [0], dst: [0], proto: 0, ports: 0 } : null;
  }
  const { original, reply } = skb.ct.entry;
  return { src: original.src, dst: reply.src, proto: original.proto, ports: original.proto === PROTO.icmp ? null : ((original.sport << 16) | reply.sport) >>> 0 };
}

function ofPacket(skb: Skb): Hashed | 'unknown' {
  const { family, packet } = skb;
  // hmark_pkt_set_htuple_ipv6(): no protocol is found behind such a fragment, and then nothing is taken from the packet.
  if (family === 'ipv6' && packet.proto === PROTO.ah && packet.fragOffset > 0) return { src: [0], dst: [0], proto: 0, ports: null };
  if (isUnknown(skb, FIELD.src, FIELD.dst, FIELD.proto, FIELD.sport, FIELD.dport, FIELD.spi, FIELD.icmpType, FIELD.l4)) return 'unknown';
  const proto = read(skb, FIELD.proto);
  const isFragment = read(skb, FIELD.fragOffset) !== 0 || read(skb, FIELD.moreFragments) !== 0;
  const own: Hashed = { src: readWords(skb, FIELD.src), dst: readWords(skb, FIELD.dst), proto, ports: null };
  const l4 = read(skb, FIELD.l4);
  if (l4 === L4.truncated) return 'unknown';
  const authentication = family === 'ipv6' ? authenticationOf(packet) : null;
  if (authentication === 'unknown') return authentication;
  if (authentication) return { ...own, ...authentication };
  if (isIcmp(family, proto)) {
    // IPv4 takes what a later fragment begins with for a header of ICMP.
    const type = l4 === L4.readable ? read(skb, FIELD.icmpType) : packet.payload < 8 ? 0 : Number.parseInt(packet.data?.slice(0, 2) ?? '0', 16);
    if (!quotes(family, type) || (family === 'ipv6' && isFragment)) return own;
    return packet.inner && l4 === L4.readable ? ofQuoted(packet.inner) : 'unknown';
  }
  return { ...own, ports: isFragment ? null : portsWord(proto, read(skb, FIELD.sport), read(skb, FIELD.dport), read(skb, FIELD.spi)) };
}

/**
 * In IPv6 the way to the protocol ends at an authentication header (IP6_FH_F_AUTH), whatever stands behind it: that is the protocol
 * then, and its SPI stands in the place of ports. Null: there is none.
 */
function authenticationOf({ proto, spi, extensionHeaders, moreFragments }: FullPacket): Pick<Hashed, 'proto' | 'ports'> | 'unknown' | null {
  const before = extensionHeaders.find(({ header }) => header === PROTO.ah);
  if (before) return before.data === null ? 'unknown' : { proto: PROTO.ah, ports: Number.parseInt(before.data.slice(SPI_AT, SPI_AT + 8), 16) };
  return proto === PROTO.ah ? { proto, ports: moreFragments ? null : spi >>> 0 } : null;
}

/** In the hex of what follows next header and length, behind two bytes that are reserved. */
const SPI_AT = 4;

function ofQuoted(packet: FullPacket): Hashed | 'unknown' {
  const { family, src, dst, proto, sport, dport, spi, fragOffset, moreFragments } = packet;
  const authentication = family === 'ipv6' ? authenticationOf(packet) : null;
  if (authentication) return authentication === 'unknown' ? authentication : { src: src ?? [], dst, ...authentication };
  const hasPorts = !isIcmp(family, proto) && fragOffset === 0 && !moreFragments;
  return { src: src ?? [], dst, proto, ports: hasPorts ? portsWord(proto, sport, dport, spi) : null };
}

/** icmp_is_err(); of ICMPv6 any type of an error but 0 (get_inner6_hdr()). */
function quotes(family: Skb['family'], type: number): boolean {
  return family === 'ipv4' ? [3, 4, 5, 11, 12].includes(type) : type > 0 && type < 128;
}

/** proto_ports_offset(). */
const WITH_PORTS: readonly number[] = [PROTO.tcp, PROTO.udp, PROTO.dccp, PROTO.sctp, PROTO.udplite];

function portsWord(proto: number, sport: number, dport: number, spi: number): number | null {
  if (proto === PROTO.esp || proto === PROTO.ah) return spi >>> 0;
  return WITH_PORTS.includes(proto) ? ((sport << 16) | dport) >>> 0 : null;
}
