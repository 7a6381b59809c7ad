/** Interfaces, addresses, routes and policy rules, as `ip -j` prints them, with integers inside. */

import type { Family, Prefix, Words } from '../net/address.ts';

export interface InterfaceAddress {
  readonly family: Family;
  readonly local: Words;
  readonly prefixLength: number;
  readonly broadcast: Words | null;
  /** `global`, `link`, `host`, `site`. */
  readonly scope: string;
  readonly secondary: boolean;
}

export interface Interface {
  /** 0 if not known. */
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly flags: readonly string[];
  readonly mac: string | null;
  /** Name of the bridge or VRF it is enslaved to. */
  readonly master: string | null;
  /** `ether`, `loopback`, `none`… */
  readonly linkType: string;
  /** `info_kind` of `ip -d link`: `veth`, `vxlan`, `geneve`, `bridge`, `dummy`; null if not known. */
  readonly kind: string | null;
  readonly addresses: readonly InterfaceAddress[];
}

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'multicast' | 'anycast' | 'unreachable' | 'prohibit' | 'blackhole' | 'throw';

export interface NextHop {
  readonly via: Words | null;
  /** Family of `via`: `via inet6 …` routes of IPv4. */
  readonly viaFamily: Family;
  readonly dev: string | null;
  readonly weight: number;
  /** `onlink`, `linkdown`, `dead`. */
  readonly flags: readonly string[];
}

export interface Route {
  readonly family: Family;
  /** As `ip` prints it: `main`, `local`, `10001`. */
  readonly table: string;
  readonly type: RouteType;
  readonly destination: Prefix;
  readonly nexthops: readonly NextHop[];
  readonly prefsrc: Words | null;
  readonly metric: number;
  readonly tos: number;
  readonly scope: string;
  readonly protocol: string;
  /** `mtu` of the route; absent: that of the device. */
  readonly mtu?: number;
}

export interface PolicyRule {
  readonly family: Family;
  readonly priority: number;
  readonly not: boolean;
  readonly src: Prefix | null;
  readonly dst: Prefix | null;
  readonly iif: string | null;
  readonly oif: string | null;
  readonly mark: number;
  readonly markMask: number;
  readonly tos: number;
  readonly protocol: number | null;
  readonly sport: readonly [number, number] | null;
  readonly dport: readonly [number, number] | null;
  readonly uidRange: readonly [number, number] | null;
  readonly suppressPrefixLength: number | null;
  /** Look up `table`, or fail in this way. */
  readonly action: 'lookup' | 'unreachable' | 'prohibit' | 'blackhole' | 'goto' | 'nop';
  readonly table: string;
  readonly goto: number | null;
  /** Selectors that were read but are not modelled; a rule with any makes the look-up unknown. */
  readonly unmodelled: readonly string[];
}

export interface Neighbour {
  readonly family: Family;
  readonly address: Words;
  readonly dev: string;
  readonly mac: string | null;
  readonly state: readonly string[];
}
