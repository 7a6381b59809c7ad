/**
 * A packet as typed: text per field, kept even while it is wrong. Reading it gives a packet, or for each field that
 * cannot be read what is wrong with it. Fields the builder does not show travel along in `rest`.
 */

import { Address4, Address6 } from 'ip-address';
import type { Packet } from '../../engine/index.ts';
import { sortedJson } from './sorted-json.ts';

export const DRAFT_FIELDS = ['in', 'src', 'dst', 'proto', 'sport', 'dport', 'flags', 'icmpType', 'icmpCode', 'mark', 'ttl', 'tos', 'payload', 'at'] as const;
export type DraftField = (typeof DRAFT_FIELDS)[number];

export interface PacketDraft {
  readonly fields: Readonly<Record<DraftField, string>>;
  readonly rest: Packet;
  /** Its number in the scenario's file that it came from: what that expects is said by numbers. A copy has none. */
  readonly numbered?: number;
}

/** What is wrong with a field; the words are in `text/`. */
export type DraftFailure =
  | { readonly kind: 'address' }
  | { readonly kind: 'required' }
  | { readonly kind: 'family' }
  | { readonly kind: 'protocol' }
  /** ICMP of the other version of IP. */
  | { readonly kind: 'icmp' }
  | { readonly kind: 'number'; readonly low: number; readonly high: number }
  | { readonly kind: 'flags' }
  | { readonly kind: 'time' };

type DraftFailures = Readonly<Partial<Record<DraftField, DraftFailure>>>;

export const PROTOCOL_CHOICES = ['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'udplite', 'dccp', 'gre', 'esp', 'ah'] as const;
export const TCP_FLAG_CHOICES = ['SYN', 'ACK', 'FIN', 'RST', 'PSH', 'URG', 'ECE', 'CWR'] as const;
type TcpFlag = (typeof TCP_FLAG_CHOICES)[number];

const WITH_PORTS: ReadonlySet<string> = new Set(['tcp', 'udp', 'sctp', 'udplite', 'dccp']);

export function hasPorts(proto: string): boolean {
  return WITH_PORTS.has(proto);
}

export function isIcmp(proto: string): boolean {
  return proto === 'icmp' || proto === 'icmpv6';
}

export function draftOf(packet: Packet): PacketDraft {
  const shown = (value: number | undefined): string => (value === undefined ? '' : String(value));
  return {
    rest: packet,
    fields: {
      in: packet.in ?? '',
      src: packet.src ?? '',
      dst: packet.dst,
      proto: String(packet.proto),
      sport: shown(packet.sport),
      dport: shown(packet.dport),
      flags: [packet.flags ?? 'SYN'].flat().join(' '),
      icmpType: shown(packet.icmpType),
      icmpCode: shown(packet.icmpCode),
      mark: `0x${(packet.mark ?? 0).toString(16)}`,
      ttl: shown(packet.ttl),
      tos: shown(packet.tos),
      payload: shown(packet.payload),
      at: shown(packet.at),
    },
  };
}

/** The same packet, in every field: typed alike, and alike in what the builder does not show. */
export function samePacket(a: PacketDraft, b: PacketDraft): boolean {
  return DRAFT_FIELDS.every((field) => a.fields[field] === b.fields[field]) && (a.rest === b.rest || sortedJson(restOf(a)) === sortedJson(restOf(b)));
}

/** Fields that the builder does not show. */
export function restOf({ rest }: Pick<PacketDraft, 'rest'>): Partial<Packet> {
  return Object.fromEntries(Object.entries(rest).filter(([field]) => !(DRAFT_FIELDS as readonly string[]).includes(field)));
}

/** The packet once more. */
export function copyOf({ fields, rest }: PacketDraft): PacketDraft {
  return { fields, rest };
}

/** Canonical text of an address (RFC 5952 for IPv6), or null if it is none. Prefixes are not addresses of a packet. */
export function readAddress(text: string): { readonly text: string; readonly family: 'ipv4' | 'ipv6' } | null {
  if (text.includes('/') || text.includes('%')) return null;
  if (Address4.isValid(text)) return { text: new Address4(text).correctForm(), family: 'ipv4' };
  if (Address6.isValid(text)) return { text: new Address6(text).correctForm(), family: 'ipv6' };
  return null;
}

/** Decimal or 0x… text in range, undefined for empty text, null for anything else. */
function readNumber(text: string, high: number): number | undefined | null {
  if (text === '') return undefined;
  if (!/^(0[xX][0-9a-fA-F]{1,8}|\d{1,10})$/.test(text)) return null;
  const value = Number(text);
  return value <= high ? value : null;
}

export function packetOf(draft: PacketDraft): { readonly packet: Packet | null; readonly failures: DraftFailures } {
  const failures: Partial<Record<DraftField, DraftFailure>> = {};
  const text = (field: DraftField): string => draft.fields[field].trim();
  const number = (field: DraftField, high: number): number | undefined => {
    const value = readNumber(text(field), high);
    if (value === null) failures[field] = { kind: 'number', low: 0, high };
    return value ?? undefined;
  };

  const link = text('in');
  const src = text('src') === '' ? null : readAddress(text('src'));
  const dst = text('dst') === '' ? null : readAddress(text('dst'));
  if (text('src') !== '' ? !src : link !== '') failures.src = { kind: text('src') === '' ? 'required' : 'address' };
  if (!dst) failures.dst = { kind: text('dst') === '' ? 'required' : 'address' };
  if (src && dst && src.family !== dst.family) failures.dst = { kind: 'family' };

  const proto = text('proto').toLowerCase();
  const known = (PROTOCOL_CHOICES as readonly string[]).includes(proto);
  const protoNumber = known ? undefined : readNumber(proto, 255);
  if (!known && (protoNumber === null || protoNumber === undefined)) failures.proto = { kind: proto === '' ? 'required' : 'protocol' };
  if (dst && isIcmp(proto) && proto !== (dst.family === 'ipv6' ? 'icmpv6' : 'icmp')) failures.proto = { kind: 'icmp' };

  const ports = hasPorts(proto);
  const sport = ports ? number('sport', 65535) : undefined;
  const dport = ports ? number('dport', 65535) : undefined;
  const icmpType = isIcmp(proto) ? number('icmpType', 255) : undefined;
  const icmpCode = isIcmp(proto) ? number('icmpCode', 255) : undefined;
  const mark = number('mark', 0xffffffff);
  const ttl = number('ttl', 255);
  const tos = number('tos', 255);
  const payload = number('payload', 65000);
  let flags: TcpFlag[] | undefined;
  if (proto === 'tcp') {
    const words = text('flags')
      .toUpperCase()
      .split(/[\s,]+/)
      .filter((word) => word !== '' && word !== 'NONE');
    flags = TCP_FLAG_CHOICES.filter((flag) => words.includes(flag));
    if (words.some((word) => !(TCP_FLAG_CHOICES as readonly string[]).includes(word))) failures.flags = { kind: 'flags' };
  }
  const at = text('at');
  if (at !== '' && !/^\d+(\.\d+)?$/.test(at)) failures.at = { kind: 'time' };

  if (Object.keys(failures).length > 0 || !dst) return { packet: null, failures };
  const { in: _in, src: _src, sport: _s, dport: _d, flags: _f, icmpType: _t, icmpCode: _c, mark: _m, ttl: _l, tos: _o, payload: _p, at: _a, ...rest } = draft.rest;
  const packet: Packet = {
    ...rest,
    in: link === '' ? null : link,
    dst: dst.text,
    proto: known ? proto : (protoNumber as number),
    ...(src && { src: src.text }),
    ...(sport !== undefined && { sport }),
    ...(dport !== undefined && { dport }),
    ...(flags && { flags }),
    ...(icmpType !== undefined && { icmpType }),
    ...(icmpCode !== undefined && { icmpCode }),
    ...(mark !== undefined && mark !== 0 && { mark }),
    ...(ttl !== undefined && { ttl }),
    ...(tos !== undefined && { tos }),
    ...(payload !== undefined && { payload }),
    ...(at !== '' && { at: Number(at) }),
  };
  return { packet, failures };
}
