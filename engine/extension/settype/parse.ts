/**
 * One element of an `add` line to entries: ranges and CIDR blocks are expanded as ipset and the kernel do, host bits are
 * cleared, and what cannot be stored is refused. Names are not resolved.
 *
 * Source: ipset(8) 7.17 and, for each type, the *_uadt() function of its kernel file (Linux 6.18).
 */

import { isFailure, type ValueFailure } from '../../model/option.ts';
import type { SetEntryExtras } from '../../model/set.ts';
import { ADDRESS_BITS, parseIpv6, type Family } from '../../net/address.ts';
import { PROTO, protocolName, protocolNumber } from '../../net/protocol.ts';
import { servicePort } from '../../net/services.ts';
import { utf8Length } from '../../net/utf8.ts';
import { parseInteger } from '../option.ts';
import { icmpNumber } from './icmp.ts';
import type { EntriesBuilder, Part, SetLayout } from './settype.ts';

/** Marks an entry of bitmap:ip,mac that has no MAC yet: no MAC has more than 16 upper bits. */
export const NO_MAC = 0xffffffff;
export const WILDCARD = 2;
export const PHYSDEV = 1;
const MAX_INTERFACE_NAME = 15;
/** One element stands for no more entries than this, whatever maxelem says. */
const MAX_EXPANSION = 2 ** 24;

interface Target {
  readonly layout: SetLayout;
  readonly builder: EntriesBuilder;
  readonly extras: SetEntryExtras | null;
  readonly exist: boolean;
  readonly words: Uint32Array;
  left: number;
}

/** Appends the entries that `text` stands for; stops at the first that is refused. */
export function parseElement(layout: SetLayout, text: string, extras: SetEntryExtras | null, builder: EntriesBuilder, exist = false): ValueFailure | null {
  const { parts } = layout.type;
  const pieces = parts.length === 1 ? [text] : text.split(',');
  const optional = parts.at(-1)?.kind === 'mac' && (parts.at(-1) as { optional?: boolean }).optional === true;
  if (parts.length === 1 && parts[0]?.kind !== 'set' && text.includes(',')) return { failure: `"${text}" has a comma, but ${layout.type.name} takes one value` };
  if (pieces.length > parts.length || pieces.length < parts.length - (optional ? 1 : 0))
    return { failure: `"${text}" has ${pieces.length} of ${parts.length} values`, hint: `write ${layout.type.name.slice(layout.type.name.indexOf(':') + 1)}` };
  return expand({ layout, builder, extras, exist, words: scratch, left: MAX_EXPANSION }, pieces, 0);
}

const scratch = new Uint32Array(16);

function expand(target: Target, pieces: readonly string[], index: number): ValueFailure | null {
  const { layout } = target;
  const part = layout.type.parts[index] as Part;
  const piece = pieces[index] ?? '';
  const at = layout.offsets[index] as number;
  switch (part.kind) {
    case 'address':
      return layout.family === 'ipv6' ? oneAddress(target, pieces, index, piece, at, part.zero) : addresses(target, pieces, index, piece, at, part);
    case 'net':
      return layout.family === 'ipv6' ? oneNet(target, pieces, index, piece, at, part.all) : nets(target, pieces, index, piece, at, part.all);
    case 'port':
      return ports(target, pieces, index, piece, at);
    case 'plain-port': {
      const span = parsePortSpan(piece.replace(/^[a-z]+:/i, ''), /^udp:/i.test(piece) ? PROTO.udp : PROTO.tcp);
      return isFailure(span) ? span : each(target, pieces, index, at, span.from, span.to, 1);
    }
    case 'mark': {
      const value = parseInteger(piece);
      if (value === null || value > 0xffffffff) return { failure: `"${piece}" is not a mark of 32 bits` };
      target.words[at] = value & layout.markMask;
      return next(target, pieces, index);
    }
    case 'mac':
      return mac(target, pieces, index, pieces[index], at, part.optional);
    case 'interface':
      return networkInterface(target, pieces, index, piece, at);
    case 'set':
      if (piece === '' || utf8Length(piece) > 31) return { failure: `setname "${piece}" is not 1 to 31 characters long` };
      target.words[at] = target.builder.intern(piece);
      return next(target, pieces, index);
  }
}

function next(target: Target, pieces: readonly string[], index: number): ValueFailure | null {
  if (index + 1 < target.layout.type.parts.length) return expand(target, pieces, index + 1);
  if (target.left-- === 0) return { failure: `"${pieces.join(',')}" stands for more than ${MAX_EXPANSION} entries`, hint: 'use a type that holds nets' };
  return target.builder.append(target.words, target.extras, target.exist);
}

function each(target: Target, pieces: readonly string[], index: number, at: number, from: number, to: number, step: number): ValueFailure | null {
  const { range } = target.layout;
  const [low, high] = from <= to ? [from, to] : [to, from];
  if (range && (low < range[0] || high > range[1]))
    return { failure: `"${pieces[index]}" is out of the range of the set`, hint: `the range is ${target.layout.header.options.find(([name]) => name === 'range')?.[1]}` };
  for (let value = low; value <= high; value += step) {
    target.words[at] = value;
    const failure = next(target, pieces, index);
    if (failure) return failure;
  }
  return null;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A plain dotted quad in `text[0..end)`, without leading zeros; -1 if it is not one. Most elements are, and nothing is cut out of them. */
function plainIpv4(text: string, end: number): number {
  let value = 0;
  let part = -1;
  let dots = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      if (part === 0) return -1;
      part = part < 0 ? code - 48 : part * 10 + code - 48;
      if (part > 255) return -1;
    } else if (code === 46 && part >= 0 && dots < 3) {
      value = value * 256 + part;
      part = -1;
      dots++;
    } else return -1;
  }
  return part < 0 || dots !== 3 ? -1 : value * 256 + part;
}

/** inet_aton(3): one to four numbers, the last filling what is left; decimal or octal, ipset refuses hex. -1 if it is none. */
function looseIpv4(text: string): number {
  const plain = plainIpv4(text, text.length);
  if (plain >= 0) return plain;
  const parts = text.split('.');
  if (parts.length > 4) return -1;
  let value = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if (!/^(0[0-7]*|[1-9]\d*)$/.test(part)) return -1;
    const number = /^0[0-7]+$/.test(part) ? Number.parseInt(part, 8) : Number(part);
    const last = i === parts.length - 1;
    if (number >= (last ? 256 ** (5 - parts.length) : 256)) return -1;
    value += number * (last ? 1 : 256 ** (3 - i));
  }
  return value;
}

function notAnAddress(text: string, family: Family): ValueFailure {
  return { failure: `cannot parse "${text}" as ${family === 'ipv4' ? 'an IPv4' : 'an IPv6'} address`, hint: 'names are not resolved' };
}

/** `a`, `a/prefix` or `a-b` as the addresses from and to, in the order written. */
export function parseIpv4Span(text: string): Span | ValueFailure {
  const slash = text.indexOf('/');
  const plain = plainIpv4(text, slash < 0 ? text.length : slash);
  if (slash < 0 && plain >= 0) return { from: plain, to: plain };
  if (slash >= 0) {
    const address = plain >= 0 ? plain : looseIpv4(text.slice(0, slash));
    if (address < 0) return notAnAddress(text.slice(0, slash), 'ipv4');
    const length = prefixLength(text.slice(slash + 1), 'ipv4');
    if (isFailure(length)) return length;
    const size = 2 ** (32 - length);
    const from = Math.floor(address / size) * size;
    return { from, to: from + size - 1 };
  }
  const dash = text.indexOf('-');
  const from = looseIpv4(dash < 0 ? text : text.slice(0, dash));
  const to = dash < 0 ? from : looseIpv4(text.slice(dash + 1));
  if (from < 0 || to < 0) return notAnAddress(from < 0 ? (dash < 0 ? text : text.slice(0, dash)) : text.slice(dash + 1), 'ipv4');
  return { from, to };
}

function prefixLength(text: string, family: Family): number | ValueFailure {
  const bits = ADDRESS_BITS[family];
  const length = digits(text);
  if (length < 0) return { failure: `"${text}" is invalid as number`, hint: `give a prefix length from 0 to ${bits}` };
  return length > bits ? { failure: `"${text}" is out of range 0-${bits}` } : length;
}

const NULL_VALUE: ValueFailure = { failure: 'null-valued element cannot be stored in a hash type of set', hint: 'leave it out' };

function addresses(target: Target, pieces: readonly string[], index: number, piece: string, at: number, part: Extract<Part, { kind: 'address' }>): ValueFailure | null {
  const { layout } = target;
  const span = parseIpv4Span(piece);
  if (isFailure(span)) return span;
  if (!part.span && span.from !== span.to) return { failure: `plain IP address must be supplied: "${piece}"` };
  const mask = layout.mask?.[0];
  if (mask === undefined || index > 0) {
    if (!part.zero && Math.min(span.from, span.to) === 0) return NULL_VALUE;
    return each(target, pieces, index, at, span.from, span.to, 1);
  }
  const low = Math.min(span.from, span.to);
  const high = Math.max(span.from, span.to);
  if (layout.range && (low < layout.range[0] || high > layout.range[1])) return each(target, pieces, index, at, span.from, span.to, 1);
  const step = layout.netmask === null ? 1 : 2 ** (32 - layout.netmask);
  const before = target.builder.count;
  for (let value = layout.netmask === null ? low : low - (low % step); value <= high; value += step) {
    const word = (value & mask) >>> 0;
    if (!part.zero && word === 0) return NULL_VALUE;
    target.words[at] = word;
    const failure = next(target, pieces, index);
    // A bit mask makes equal entries of the addresses of one range, which is no error.
    if (failure && (layout.netmask !== null || target.builder.count === before || !failure.failure.includes('already added'))) return failure;
  }
  return null;
}

function oneAddress(target: Target, pieces: readonly string[], index: number, piece: string, at: number, zero: boolean): ValueFailure | null {
  const { mask } = target.layout;
  const words = parseIpv6(piece.replace(/\/128$/, '').replace(/^\[(.*)\]$/, '$1'));
  if (!words) return /[-/]/.test(piece) ? { failure: `plain IP address must be supplied: "${piece}"` } : notAnAddress(piece, 'ipv6');
  let any = 0;
  for (let i = 0; i < 4; i++) {
    const word = ((words[i] as number) & (mask && index === 0 ? (mask[i] as number) : 0xffffffff)) >>> 0;
    target.words[at + i] = word;
    any |= word;
  }
  return !zero && any === 0 ? NULL_VALUE : next(target, pieces, index);
}

const BAD_CIDR: ValueFailure = { failure: 'the value of the CIDR parameter of the IP address is invalid', hint: 'prefix length 0 cannot be stored: add the two halves, /1' };

function nets(target: Target, pieces: readonly string[], index: number, piece: string, at: number, all: boolean): ValueFailure | null {
  const span = parseIpv4Span(piece);
  if (isFailure(span)) return span;
  const slash = piece.indexOf('/');
  if (slash >= 0) {
    const length = digits(piece.slice(slash + 1));
    if (length === 0 && !all) return BAD_CIDR;
    target.words[at] = span.from;
    target.words[at + 1] = length;
    return next(target, pieces, index);
  }
  let low = Math.min(span.from, span.to);
  const high = Math.max(span.from, span.to);
  if (low === 0 && high === 0xffffffff) return { failure: 'invalid range, covers the whole address space', hint: 'add the two halves, /1' };
  while (low <= high) {
    // The largest block that starts at low and ends no later than high.
    let bits = low === 0 ? 32 : 31 - Math.clz32(low & -low);
    while (low + 2 ** bits - 1 > high) bits--;
    target.words[at] = low;
    target.words[at + 1] = 32 - bits;
    const failure = next(target, pieces, index);
    if (failure) return failure;
    low += 2 ** bits;
  }
  return null;
}

function oneNet(target: Target, pieces: readonly string[], index: number, piece: string, at: number, all: boolean): ValueFailure | null {
  const slash = piece.indexOf('/');
  const words = parseIpv6((slash < 0 ? piece : piece.slice(0, slash)).replace(/^\[(.*)\]$/, '$1'));
  if (!words) return piece.includes('-') ? { failure: `IP address or IP/cidr must be specified: "${piece}"` } : notAnAddress(piece, 'ipv6');
  const length = slash < 0 ? 128 : prefixLength(piece.slice(slash + 1), 'ipv6');
  if (isFailure(length)) return length;
  if (length === 0 && !all) return BAD_CIDR;
  for (let i = 0; i < 4; i++) target.words[at + i] = (words[i] as number) & prefixWord(length, i);
  target.words[at + 4] = length;
  return next(target, pieces, index);
}

/** Word `i` of the mask of a prefix length. */
export function prefixWord(length: number, i: number): number {
  const bits = length - i * 32;
  return bits >= 32 ? 0xffffffff : bits <= 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
}

/** `port` or `port-port`, by number or service name; a name with a dash stands in brackets. */
export function parsePortSpan(text: string, protocol: number): Span | ValueFailure {
  const plain = text.startsWith('0') ? -1 : digits(text);
  if (plain >= 0 && plain <= 65535) return { from: plain, to: plain };
  const match = /^(\[[^\]]*\]|[^-]*)(?:-(\[[^\]]*\]|.*))?$/.exec(text);
  const from = port(match?.[1] ?? '', protocol);
  const to = match?.[2] === undefined ? from : port(match[2], protocol);
  return from < 0 || to < 0
    ? { failure: `cannot parse "${text}" as a ${protocolName(protocol)} port`, hint: 'give a port from 0 to 65535, a range or a service name' }
    : { from, to };
}

/** A number of up to nine decimal digits; -1 if it is none. */
function digits(text: string): number {
  if (text.length === 0 || text.length > 9) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function port(text: string, protocol: number): number {
  const number = parseInteger(text);
  if (number !== null) return number <= 65535 ? number : -1;
  return servicePort(text.replace(/^\[(.*)\]$/, '$1'), protocol) ?? -1;
}

const WITH_PORTS: readonly number[] = [PROTO.tcp, PROTO.udp, PROTO.sctp, PROTO.udplite];

function ports(target: Target, pieces: readonly string[], index: number, piece: string, at: number): ValueFailure | null {
  const colon = piece.indexOf(':');
  const word = colon < 0 ? 'tcp' : piece.slice(0, colon);
  const rest = piece.slice(colon + 1);
  const protocol = word === 'tcp' ? PROTO.tcp : protocolNumber(word);
  if (protocol === null) return { failure: `cannot parse "${word}" as a protocol` };
  if (protocol === 0) return { failure: 'invalid protocol specified', hint: 'protocol 0 cannot be stored' };
  const base = protocol * 65536;
  if (WITH_PORTS.includes(protocol)) {
    const span = parsePortSpan(rest, protocol);
    return isFailure(span) ? span : each(target, pieces, index, at, base + span.from, base + span.to, 1);
  }
  let value = 0;
  if (protocol === PROTO.icmp || protocol === PROTO.icmpv6) {
    const six = protocol === PROTO.icmpv6;
    if (six !== (target.layout.family === 'ipv6')) return { failure: `protocol ${six ? 'ICMPv6' : 'ICMP'} can be used with family ${six ? 'inet6' : 'inet'} only` };
    value = icmpNumber(rest, six);
    if (value < 0) return { failure: `cannot parse "${rest}" as an ${six ? 'ICMPv6' : 'ICMP'} type/code`, hint: 'write type/code, like 8/0' };
  } else if (rest !== '0') return { failure: `protocol ${word} can be used with pseudo port value 0 only`, hint: `write ${word}:0` };
  target.words[at] = base + value;
  return next(target, pieces, index);
}

function mac(target: Target, pieces: readonly string[], index: number, piece: string | undefined, at: number, optional: boolean): ValueFailure | null {
  if (piece === undefined) {
    target.words[at] = NO_MAC;
    target.words[at + 1] = 0;
    return next(target, pieces, index);
  }
  if (!/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(piece)) return { failure: `cannot parse "${piece}" as a MAC address`, hint: 'write it like 02:00:00:00:0a:02' };
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = piece.split(':').map((byte) => Number.parseInt(byte, 16));
  target.words[at] = a * 256 + b;
  target.words[at + 1] = c * 2 ** 24 + d * 65536 + e * 256 + f;
  if (!optional && target.words[at] === 0 && target.words[at + 1] === 0) return NULL_VALUE;
  return next(target, pieces, index);
}

function networkInterface(target: Target, pieces: readonly string[], index: number, piece: string, at: number): ValueFailure | null {
  const bridged = piece.startsWith('physdev:');
  const name = bridged ? piece.slice('physdev:'.length) : piece;
  if (name === '') return { failure: 'interface name is missing' };
  if (utf8Length(name) > MAX_INTERFACE_NAME) return { failure: `interface name "${name}" is longer than ${MAX_INTERFACE_NAME} characters` };
  target.words[at] = target.builder.intern(name) * 4 + (target.extras?.wildcard ? WILDCARD : 0) + (bridged ? PHYSDEV : 0);
  return next(target, pieces, index);
}
