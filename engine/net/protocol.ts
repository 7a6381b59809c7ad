/** IP protocol names and numbers, as Debian's /etc/protocols (netbase 6.4) has them: what iptables reads and prints. */

import type { Family } from './address.ts';

// biome-ignore format: a table
const NAMES: readonly (readonly [string, number])[] = [
  ['ip', 0], ['icmp', 1], ['igmp', 2], ['ggp', 3], ['ipencap', 4], ['st', 5], ['tcp', 6], ['egp', 8], ['igp', 9], ['pup', 12], ['udp', 17], ['hmp', 20], ['xns-idp', 22], ['rdp', 27],
  ['iso-tp4', 29], ['dccp', 33], ['xtp', 36], ['ddp', 37], ['idpr-cmtp', 38], ['ipv6', 41], ['ipv6-route', 43], ['ipv6-frag', 44], ['idrp', 45], ['rsvp', 46], ['gre', 47], ['esp', 50],
  ['ah', 51], ['skip', 57], ['ipv6-icmp', 58], ['ipv6-nonxt', 59], ['ipv6-opts', 60], ['rspf', 73], ['vmtp', 81], ['eigrp', 88], ['ospf', 89], ['ax.25', 93], ['ipip', 94], ['etherip', 97],
  ['encap', 98], ['pim', 103], ['ipcomp', 108], ['vrrp', 112], ['l2tp', 115], ['isis', 124], ['sctp', 132], ['fc', 133], ['mobility-header', 135], ['udplite', 136], ['mpls-in-ip', 137],
  ['manet', 138], ['hip', 139], ['shim6', 140], ['wesp', 141], ['rohc', 142], ['ethernet', 143],
];
/** Names libxtables knows without /etc/protocols, and other names in use. */
const ALIASES = new Map<string, number>([
  ['icmpv6', 58],
  ['ipv6-mh', 135],
  ['mh', 135],
  ['hopopt', 0],
  ['all', 0],
]);

const BY_NAME = new Map(NAMES);
const BY_NUMBER = new Map(NAMES.map(([name, number]) => [number, name]));

export const PROTO = { icmp: 1, tcp: 6, udp: 17, dccp: 33, gre: 47, esp: 50, ah: 51, icmpv6: 58, /** Of IPv6: nothing follows. */ none: 59, sctp: 132, udplite: 136 } as const;

/** Number of a protocol given by name (any case) or number; null if it is neither. */
export function protocolNumber(text: string): number | null {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= 255 ? Number(text) : null;
  const name = text.toLowerCase();
  return BY_NAME.get(name) ?? ALIASES.get(name) ?? null;
}

/** Name iptables-save prints, the number where there is none. */
export function protocolName(number: number): string {
  return BY_NUMBER.get(number) ?? String(number);
}

/** Does the protocol's header start with a source and a destination port? */
export function hasPorts(proto: number): boolean {
  return proto === PROTO.tcp || proto === PROTO.udp || proto === PROTO.sctp || proto === PROTO.udplite || proto === PROTO.dccp;
}

/** Are its connections told apart by ports, and its ports translated? Not those of DCCP, which has no tracker any more. */
export function keyedByPorts(proto: number): boolean {
  return hasPorts(proto) && proto !== PROTO.dccp;
}

/** Is it the ICMP of its family? ICMP in IPv6 and ICMPv6 in IPv4 are mere numbers. */
export function isIcmp(family: Family, proto: number): boolean {
  return proto === (family === 'ipv4' ? PROTO.icmp : PROTO.icmpv6);
}

/** Protocols that libnetfilter_conntrack names (l4proto2str); conntrack(8) prints `unknown` for every other one. */
const CONNTRACK_NAMES: ReadonlyMap<number, string> = new Map((['tcp', 'udp', 'icmp', 'icmpv6', 'sctp', 'dccp', 'gre', 'udplite'] as const).map((name) => [PROTO[name], name]));

/** As `conntrack -L` names the protocol of an entry. */
export function conntrackProtocolName(proto: number): string {
  return CONNTRACK_NAMES.get(proto) ?? 'unknown';
}
