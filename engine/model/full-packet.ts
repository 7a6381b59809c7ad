/**
 * The two forms of a packet and the way between them: as written, with what matters said, and full, with every default
 * of formats §2 filled in and addresses as numbers. A packet that cannot exist is a failure that names the field.
 */

import { formatAddress, parseAddress, type Family } from '../net/address.ts';
import { hasPorts, isIcmp, PROTO, protocolName, protocolNumber } from '../net/protocol.ts';
import { closest } from './closest.ts';
import { dccpHeaderLength, dccpTypeNumber, dccpTypeText, padDccpOptions } from './dccp.ts';
import { givenHeader, headerLength, readHeaders } from './extension-header.ts';
import { TCP_FLAG, type TcpFlagName } from './field.ts';
import { packetShape } from './packet-shape.ts';
import type { FullPacket, Packet } from './packet.ts';
import { mismatches, type Mismatch } from './shape.ts';

/** Why a packet cannot exist. */
export interface PacketFailure {
  /** The field at fault; fields of the packet quoted as `inner.dst`. */
  readonly field: string;
  readonly failure: string;
  readonly hint: string;
}

/** A packet of which nothing is said but what makes it one: every other field as the kernel leaves it. */
export const BLANK: Omit<FullPacket, 'family' | 'dst' | 'proto'> = {
  in: null,
  src: null,
  sport: 0,
  dport: 0,
  flags: 0,
  seq: 0,
  ack: 0,
  window: 0,
  tcpOptions: [],
  mss: null,
  icmpType: 0,
  icmpCode: 0,
  icmpId: 0,
  icmpSeq: 0,
  inner: null,
  ttl: 64,
  tos: 0,
  id: 0,
  df: false,
  flowLabel: 0,
  payload: 0,
  data: null,
  mark: 0,
  fragOffset: 0,
  moreFragments: false,
  extensionHeaders: [],
  spi: 0,
  greKey: null,
  badChecksum: false,
  dccpType: null,
  dccpOptions: '',
  srcMac: null,
  dstMac: null,
  l2: 'unicast',
  physIn: null,
  uid: null,
  gid: null,
  groups: null,
  cgroup: null,
  classid: null,
  origin: null,
  cpu: null,
  at: null,
};

/** Echo request of the family: RFC 792, RFC 4443. */
const ECHO_REQUEST: Readonly<Record<Family, number>> = { ipv4: 8, ipv6: 128 };

/** Fills in every default; a packet that cannot exist is a failure that names the field. */
export function fillPacket(packet: Packet): FullPacket | PacketFailure {
  const wrong = mismatches(packetShape, packet)[0];
  if (wrong) return shapeFailure(wrong);
  return fill(packet);
}

function shapeFailure({ path, message, hint }: Mismatch): PacketFailure {
  return { field: path.join('.') || 'packet', failure: message, hint };
}

function fill(packet: Packet): FullPacket | PacketFailure {
  const dst = parseAddress(packet.dst);
  if (!dst) return notAnAddress('dst', packet.dst);
  const { family } = dst;
  const src = packet.src === undefined ? null : parseAddress(packet.src);
  if (packet.src !== undefined && !src) return notAnAddress('src', packet.src);
  if (!src && (packet.in ?? null) !== null)
    return { field: 'src', failure: 'a packet that arrives has a source address', hint: 'give "src", or leave out "in" for a packet sent by the node' };
  if (src && src.family !== family) return { field: 'src', failure: `"${packet.src}" and "${packet.dst}" are of different families`, hint: 'give two IPv4 or two IPv6 addresses' };
  const proto = readProtocol(packet.proto, family);
  if (typeof proto !== 'number') return proto;
  const fragOffset = packet.fragOffset ?? 0;
  if (fragOffset % 8 !== 0) return { field: 'fragOffset', failure: `${fragOffset} is not a multiple of 8`, hint: `use ${fragOffset - (fragOffset % 8)}` };
  const data = packet.data?.toLowerCase() || null;
  const payload = packet.data === undefined ? (packet.payload ?? (proto === PROTO.tcp ? 0 : 8)) : packet.data.length / 2;
  const headers = family === 'ipv4' ? [] : readHeaders(packet.extensionHeaders ?? []);
  if ('failure' in headers) return { field: 'extensionHeaders', ...headers };
  const dccp = readDccp(packet, proto);
  if ('failure' in dccp) return dccp;
  const size =
    (family === 'ipv4' ? 20 : 0) +
    headers.reduce((sum, header) => sum + headerLength(header), 0) +
    (proto === PROTO.dccp ? dccpHeaderLength(dccp) : transportHeaderLength(proto)) +
    payload;
  if (size > 65535)
    return {
      field: data === null ? 'payload' : 'data',
      failure: `${payload} bytes make a packet of ${size}, and none is longer than 65535`,
      hint: `use at most ${payload - (size - 65535)}`,
    };
  const inner = packet.inner === undefined ? null : fillInner(packet.inner, family);
  if (inner && 'failure' in inner) return inner;
  // What the family or protocol does not have keeps its default: it says nothing about the packet.
  const [ports, tcp, icmp, ipv4] = [hasPorts(proto), proto === PROTO.tcp, isIcmp(family, proto), family === 'ipv4'];
  const arrives = (packet.in ?? null) !== null;
  return {
    family,
    in: packet.in ?? null,
    src: src?.words ?? null,
    dst: dst.words,
    proto,
    sport: (ports && packet.sport) || 0,
    dport: (ports && packet.dport) || 0,
    flags: tcp ? flagBits(packet.flags ?? ['SYN']) : 0,
    seq: (tcp && packet.seq) || 0,
    ack: (tcp && packet.ack) || 0,
    window: tcp ? (packet.window ?? DEFAULT_WINDOW) : DEFAULT_WINDOW,
    tcpOptions: (tcp && packet.tcpOptions) || [],
    mss: tcp ? (packet.mss ?? null) : null,
    icmpType: icmp ? (packet.icmpType ?? ECHO_REQUEST[family]) : ECHO_REQUEST[family],
    icmpCode: (icmp && packet.icmpCode) || 0,
    icmpId: icmp ? (packet.icmpId ?? 1) : 1,
    icmpSeq: icmp ? (packet.icmpSeq ?? 1) : 1,
    inner: icmp ? inner : null,
    ttl: packet.ttl ?? 64,
    tos: packet.tos ?? 0,
    id: ((ipv4 || fragOffset > 0 || packet.moreFragments) && packet.id) || 0,
    df: (ipv4 && packet.df) || false,
    flowLabel: (!ipv4 && packet.flowLabel) || 0,
    payload,
    data,
    mark: packet.mark ?? 0,
    fragOffset,
    moreFragments: packet.moreFragments ?? false,
    extensionHeaders: headers,
    spi: packet.spi ?? 0,
    greKey: proto === PROTO.gre ? (packet.greKey ?? null) : null,
    badChecksum: packet.badChecksum ?? false,
    ...dccp,
    srcMac: packet.srcMac?.toLowerCase() ?? null,
    dstMac: packet.dstMac?.toLowerCase() ?? null,
    l2: packet.l2 ?? 'unicast',
    physIn: arrives ? (packet.physIn ?? null) : null,
    uid: arrives ? null : (packet.uid ?? null),
    gid: arrives ? null : (packet.gid ?? null),
    groups: arrives ? null : (packet.groups ?? null),
    cgroup: arrives ? null : (packet.cgroup ?? null),
    classid: arrives ? null : (packet.classid ?? null),
    origin: arrives || packet.socket === undefined ? null : packet.socket ? 'process' : 'kernel',
    cpu: packet.cpu ?? null,
    at: packet.at ?? null,
  };
}

/** Type and options go together: where options stand is known by the type. */
function readDccp({ dccpType, dccpOptions = '' }: Packet, proto: number): Pick<FullPacket, 'dccpType' | 'dccpOptions'> | PacketFailure {
  if (proto !== PROTO.dccp || dccpType === undefined) return { dccpType: null, dccpOptions: '' };
  const type = dccpTypeNumber(dccpType);
  const options = padDccpOptions(dccpOptions, type);
  if (options === null)
    return {
      field: 'dccpOptions',
      failure: 'no DCCP header is longer than 1020 bytes',
      hint: `give at most ${1020 - dccpHeaderLength({ dccpType: type, dccpOptions: '' })} bytes`,
    };
  return { dccpType: type, dccpOptions: options };
}

/** What Linux 6.18 offers in a SYN over Ethernet before scaling. */
const DEFAULT_WINDOW = 64240;

/** The packet quoted was on the wire, so it has a source, and it is of the family of the packet around it. */
function fillInner(inner: Packet, family: Family): FullPacket | PacketFailure {
  const full = fill(inner);
  if ('failure' in full) return { ...full, field: `inner.${full.field}` };
  if (full.src === null) return { field: 'inner.src', failure: 'the packet quoted has a source address', hint: 'give "src" in "inner"' };
  if (full.family !== family) return { field: 'inner.dst', failure: `"${inner.dst}" is not of the family of the packet around it`, hint: 'quote a packet of the same family' };
  // What the node knows of a packet besides its bytes is not quoted.
  return { ...full, in: null, mark: 0, l2: 'unicast', physIn: null, ...NO_SENDER, cpu: null, srcMac: null, dstMac: null, at: null };
}

const NO_SENDER = { uid: null, gid: null, groups: null, cgroup: null, classid: null, origin: null } as const;

function notAnAddress(field: string, value: string): PacketFailure {
  const hint = value.includes('/')
    ? 'give one address, without a prefix length'
    : value.includes('%')
      ? 'leave out the zone: the interface is "in"'
      : 'names are not resolved: give an IPv4 or IPv6 address';
  return { field, failure: `"${value}" is not an IP address`, hint };
}

/** Names that packets.json lists; any other of /etc/protocols is understood, too. */
const PROTOCOL_NAMES = ['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'udplite', 'dccp', 'gre', 'esp', 'ah'] as const;

const FRAGMENT = 44;
/** ipv6_ext_hdr(), but for what may be the last one: AH says nothing of what follows, and 59 says that nothing does. */
const EXTENSION_HEADERS: readonly number[] = [0, 43, FRAGMENT, 60];

function readProtocol(value: string | number, family: Family): number | PacketFailure {
  const number = typeof value === 'number' ? value : protocolNumber(value);
  if (number === null) {
    const near = closest(String(value), PROTOCOL_NAMES);
    return {
      field: 'proto',
      failure: `unknown protocol "${value}"`,
      hint: near ? `did you mean "${near}"?` : `use one of ${PROTOCOL_NAMES.join(', ')}, or a number from 0 to 255`,
    };
  }
  if (family === 'ipv6' && EXTENSION_HEADERS.includes(number))
    return {
      field: 'proto',
      failure: `${number} is an extension header of IPv6, and no protocol stands behind it`,
      hint: number === FRAGMENT ? 'a fragment says so with "fragOffset", "moreFragments" and "id"' : 'name it in "extensionHeaders", and in "proto" what stands behind it',
    };
  if (typeof value === 'string' && !/^\d/.test(value) && number === (family === 'ipv4' ? PROTO.icmpv6 : PROTO.icmp)) {
    const own = family === 'ipv4' ? 'icmp' : 'icmpv6';
    return {
      field: 'proto',
      failure: `"${value}" does not go with ${family === 'ipv4' ? 'IPv4' : 'IPv6'} addresses`,
      hint: `write "${own}", or ${number} if you mean the bare protocol number`,
    };
  }
  return number;
}

function transportHeaderLength(proto: number): number {
  if (proto === PROTO.tcp) return 20;
  if (proto === PROTO.sctp || proto === PROTO.dccp || proto === PROTO.ah) return 12;
  return proto === PROTO.udp || proto === PROTO.udplite || proto === PROTO.icmp || proto === PROTO.icmpv6 || proto === PROTO.esp ? 8 : 0;
}

function flagBits(flags: readonly TcpFlagName[]): number {
  return flags.reduce((bits, flag) => bits | TCP_FLAG[flag], 0);
}

/** Set TCP flags by name, in header order. */
function flagNames(bits: number): readonly TcpFlagName[] {
  return (Object.keys(TCP_FLAG) as TcpFlagName[]).filter((flag) => bits & TCP_FLAG[flag]);
}

/** The name packets.json uses, or the number. */
export function protocolText(proto: number): string {
  return proto === PROTO.icmpv6 ? 'icmpv6' : protocolName(proto);
}

/**
 * The packet as JSON, every field that its family and protocol have, defaults included, addresses in canonical text.
 * `fillPacket` of it gives the same packet again.
 */
export function toPacket(full: FullPacket): Packet {
  const { family, proto } = full;
  const name = protocolText(proto);
  return {
    in: full.in,
    ...(full.src ? { src: formatAddress(family, full.src) } : {}),
    dst: formatAddress(family, full.dst),
    proto: (PROTOCOL_NAMES as readonly string[]).includes(name) && name !== (family === 'ipv4' ? 'icmpv6' : 'icmp') ? name : proto,
    ...(hasPorts(proto) ? { sport: full.sport, dport: full.dport } : {}),
    ...(proto === PROTO.tcp ? { flags: flagNames(full.flags), seq: full.seq, ack: full.ack, window: full.window, tcpOptions: full.tcpOptions } : {}),
    ...(proto === PROTO.tcp && full.mss !== null ? { mss: full.mss } : {}),
    ...(isIcmp(family, proto) ? { icmpType: full.icmpType, icmpCode: full.icmpCode, icmpId: full.icmpId, icmpSeq: full.icmpSeq } : {}),
    ...(full.inner ? { inner: quotedPacket(full.inner) } : {}),
    ttl: full.ttl,
    tos: full.tos,
    ...(family === 'ipv4'
      ? { id: full.id, df: full.df }
      : { ...(full.fragOffset > 0 || full.moreFragments ? { id: full.id } : {}), flowLabel: full.flowLabel, extensionHeaders: full.extensionHeaders.map(givenHeader) }),
    payload: full.payload,
    ...(full.data === null ? {} : { data: full.data }),
    mark: full.mark,
    fragOffset: full.fragOffset,
    moreFragments: full.moreFragments,
    ...(proto === PROTO.esp || proto === PROTO.ah || full.spi !== 0 ? { spi: full.spi } : {}),
    ...(full.greKey === null ? {} : { greKey: full.greKey }),
    badChecksum: full.badChecksum,
    ...(full.dccpType === null ? {} : { dccpType: dccpTypeText(full.dccpType) }),
    ...(full.dccpOptions === '' ? {} : { dccpOptions: full.dccpOptions }),
    ...(full.srcMac === null ? {} : { srcMac: full.srcMac }),
    ...(full.dstMac === null ? {} : { dstMac: full.dstMac }),
    l2: full.l2,
    ...(full.physIn === null ? {} : { physIn: full.physIn }),
    ...(full.uid === null ? {} : { uid: full.uid }),
    ...(full.gid === null ? {} : { gid: full.gid }),
    ...(full.groups === null ? {} : { groups: full.groups }),
    ...(full.cgroup === null ? {} : { cgroup: full.cgroup }),
    ...(full.classid === null ? {} : { classid: full.classid }),
    // Where a packet of the walk's own comes from, the trace says.
    ...(full.origin === 'process' || full.origin === 'kernel' ? { socket: full.origin === 'process' } : {}),
    ...(full.cpu === null ? {} : { cpu: full.cpu }),
    ...(full.at === null ? {} : { at: full.at }),
  };
}

/** The packet quoted: its bytes, and nothing that only the node knew. */
function quotedPacket(inner: FullPacket): Packet {
  const {
    in: _in,
    mark: _mark,
    l2: _l2,
    badChecksum: _checksum,
    physIn: _port,
    srcMac: _src,
    dstMac: _dst,
    uid: _uid,
    gid: _gid,
    groups: _groups,
    cgroup: _cgroup,
    classid: _classid,
    cpu: _cpu,
    socket: _socket,
    at: _at,
    ...bytes
  } = toPacket(inner);
  return bytes;
}
