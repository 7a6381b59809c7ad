/** Names of ICMP types, as the matches icmp and icmp6 have them. */

import type { Family } from '../net/address.ts';
import type { IcmpName } from './icmp-type.ts';
import { ICMP_NAMES } from './match/icmp.ts';
import { ICMPV6_NAMES } from './match/icmp6.ts';

/** The first name of each type; names of a type with a code, and of all types together, are none. */
const firstNames = (names: readonly IcmpName[]): ReadonlyMap<number, string> =>
  new Map(names.flatMap(([name, type, code]) => (code === undefined && name !== 'any' ? [[type, name] as const] : [])).reverse());

const NAMES: Readonly<Record<Family, ReadonlyMap<number, string>>> = { ipv4: firstNames(ICMP_NAMES), ipv6: firstNames(ICMPV6_NAMES) };

/** `echo-request` for 8 in IPv4; null for a type without a name. */
export function icmpTypeName(family: Family, type: number): string | null {
  return NAMES[family].get(type) ?? null;
}
