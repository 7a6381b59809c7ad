/** Interfaces, addresses, routes and policy rules, as `ip -j` prints them, with integers inside. */

import type { Family, Prefix, Words } from '../net/address.ts';

export interface InterfaceAddress {
  readonly family: Family;
  readonly local: Words;
  /** The far end of a point-to-point link: `prefixLength` is that of its network then. Absent: the address is in its own network. */
  readonly peer?: Words;
  readonly prefixLength: number;
  readonly broadcast: Words | null;
  /** `global`, `link`, `host`, `site`. */
  readonly scope: string;
  readonly secondary: boolean;
  /** IPv6: not preferred any more as a source. */
  readonly deprecated?: true;
  /** IPv6: not known yet, or known not, to be its own alone: no source. */
  readonly tentative?: true;
  /** IPv6: made up for some hours or days, so that the host is not known by it (RFC 8981). */
  readonly temporary?: true;
  /** IPv6: used although it is not known to be its own alone (RFC 4429). */
  readonly optimistic?: true;
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
  /** Device of this node that it stands on, or the other end of a veth; absent: none, or not told. */
  readonly link?: string;
  /** Of a VRF: the table of its routes; absent: it is none, or the snapshot does not say. */
  readonly vrfTable?: string;
  /** `info_kind` of `ip -d link`: `veth`, `vxlan`, `geneve`, `bridge`, `dummy`; null if not known. */
  readonly kind: string | null;
  readonly addresses: readonly InterfaceAddress[];
  /** Number of its group (`ip link set … group`); null or absent: not told, or told by a name of that node's own. */
  readonly group?: number | null;
  /** Of its IPv6 addresses temporary ones are preferred (`use_tempaddr` is 2). */
  readonly prefersTemporary?: true;
  /** What leaves by it has one of its own IPv6 addresses for a source, or none (`use_oif_addrs_only`). */
  readonly ownSourcesOnly?: true;
  /** Of a vxlan or geneve device; null or absent: it is none, or the snapshot does not say how it is set up. */
  readonly tunnel?: Tunnel | null;
  /** How a bridge is set up; absent: it is none, or the snapshot does not say. */
  readonly bridge?: Bridge;
  /** How a bridge treats it as its port; absent: it is none, or the snapshot does not say. */
  readonly port?: BridgePort;
}

/** Of `info_data` of a bridge. */
export interface Bridge {
  /** Are its frames shown to the rules of the family whatever the sysctls say (`nf_call_iptables`, `nf_call_ip6tables`)? */
  readonly shown: Readonly<Record<Family, boolean>>;
  /** Settings that are on, change where frames go and are not modelled, by name. */
  readonly unmodelled: readonly string[];
}

/** Of `info_slave_data` of a port. */
export interface BridgePort {
  /** Does it forward (and is not blocked by STP)? */
  readonly forwarding: boolean;
  /** May a frame leave by the port that it came in by? */
  readonly hairpin: boolean;
  /** Isolated ports do not hear each other. */
  readonly isolated: boolean;
  /** Does it get frames for hosts that nobody knows? */
  readonly flood: boolean;
}

/** Which port of a bridge a host is behind: `bridge fdb show`. */
export interface ForwardingEntry {
  readonly mac: string;
  readonly port: string;
  readonly bridge: string;
}

/** How a vxlan or geneve device wraps packets: `info_data` of `ip -d link`. */
export interface Tunnel {
  /** VNI; null for a device that takes any (`external`). */
  readonly id: number | null;
  /** The one far end, or a multicast group; null: it is chosen by a forwarding entry or, if `external`, by the route. */
  readonly remote: TunnelEnd | null;
  /** Source of outer packets; null: chosen by the route. */
  readonly local: Words | null;
  /** Device that outer packets are bound to. */
  readonly link: string | null;
  /** UDP port of the far end, and the one it listens on. */
  readonly port: number;
  /** Source ports are drawn from here; null: the device's kind decides. */
  readonly sourcePorts: readonly [low: number, high: number] | null;
  /** The inner packet's; or a number, where 0 stands for what the node sends with. */
  readonly ttl: number | 'inherit';
  readonly tos: number | 'inherit';
  readonly df: 'unset' | 'set' | 'inherit';
  /** Each packet brings its far end along (metadata of a route or of Open vSwitch). */
  readonly external: boolean;
  /** Are there Ethernet headers between the tunnel's own and the inner packets? */
  readonly ethernet: boolean;
  /** Settings that were read and are not modelled, by name. */
  readonly unmodelled: readonly string[];
}

export interface TunnelEnd {
  readonly family: Family;
  readonly words: Words;
}

/** What a route tells an `external` tunnel device: `ip route … encap ip id 7 dst 192.0.2.1`. */
export interface Encapsulation {
  readonly id: number;
  readonly dst: TunnelEnd;
  /** Null: not given. */
  readonly src: Words | null;
  readonly ttl: number;
  readonly tos: number;
}

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'multicast' | 'anycast' | 'unreachable' | 'prohibit' | 'blackhole' | 'throw';

/** Realms of IPv4: `from << 16 | to`; `unknown`: by a name of that node's own. */
export type Realms = number | 'unknown';

export interface NextHop {
  readonly via: Words | null;
  /** Family of `via`: `via inet6 …` routes of IPv4. */
  readonly viaFamily: Family;
  readonly dev: string | null;
  readonly weight: number;
  /** Absent: none. */
  readonly realm?: Realms;
  /** For a tunnel device that is told by the route; absent: the route says nothing. */
  readonly encap?: Encapsulation;
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
  /** `mtu lock`, which only the plain text of `ip route` tells. */
  readonly mtuLocked?: true;
  /** What was read of it and is not modelled (`from`, `encap seg6`), by name: a look-up that finds it is unknown. */
  readonly unmodelled?: readonly string[];
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
  /** What it gives (`realms FROM/TO`); absent: none. */
  readonly realms?: Realms;
  /** It is for VRFs: it looks into the table of the one that the packet belongs to, and is passed over where it belongs to none. */
  readonly ofVrf?: true;
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
