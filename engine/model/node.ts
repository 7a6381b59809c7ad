/**
 * A node as read from its snapshot: everything the engine knows about it, and what it does not know. `null` in a
 * section means that the snapshot had no such section, which is not the same as an empty one (formats §1).
 */

import type { AccountingObject } from './accounting.ts';
import type { Problem } from './diagnostic.ts';
import type { Expectation } from './expectation.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { HashlimitEntry } from './hashlimit-entry.ts';
import type { Hook } from './hook.ts';
import type { VirtualServer } from './ipvs.ts';
import type { Overlay } from './overlay.ts';
import type { ListedSocket } from './packet.ts';
import type { ForwardingEntry, Interface, Neighbour, PolicyRule, Route } from './route.ts';
import type { ExtensionUse, Table } from './rule.ts';
import type { IpSet } from './set.ts';
import type { Count, SctpState, TcpState, Tuple } from './conntrack.ts';

/** One connection of `conntrack -L`, as seed for the walk. */
export interface ConntrackSeed {
  readonly original: Tuple;
  readonly reply: Tuple;
  /** State word of TCP or SCTP, one of its own; null for others, which have none. */
  readonly state: TcpState | SctpState | null;
  /** `ASSURED`, `UNREPLIED`… as printed. */
  readonly flags: readonly string[];
  readonly mark: number;
  readonly zone: number;
  /** Which directions the zone holds for; absent: both. */
  readonly zoneDirection?: 'orig' | 'reply';
  readonly timeout: number;
  /** Name of its helper; absent: none is printed. */
  readonly helper?: string;
  /** Packets and bytes of both directions, where they are counted. */
  readonly counts?: readonly [Count, Count];
  readonly line: number;
}

/** One piece of the snapshot as given, kept verbatim. */
export interface Section {
  /** What the section holds: `iptables-save`, `ipset save`, `ip addr`… `unknown` is kept and listed. */
  readonly kind: string;
  /** The header as written (`ip -j route show table all`); empty for a bare file. */
  readonly header: string;
  readonly text: string;
  /** Line of the first line of `text` in the file as given, from 1. */
  readonly line: number;
  /** Name of the file it came from; empty if there is only one. */
  readonly file: string;
}

/** A line of the files that could not be read: what it holds is missing from the node. */
export interface UnreadLine {
  readonly part: 'address' | 'route' | 'rule' | 'connection' | 'setting' | 'neighbour' | 'forwarding' | 'expectation' | 'service' | 'socket';
  /** First words of its section's header. */
  readonly section: string;
  readonly line: number;
  /** The line itself; null: it is one of a form of which nothing is read. */
  readonly text: string | null;
}

/** A base chain whose rules are not read, or tables of which nothing is: what they do to a packet is not known. */
export interface UnreadChain {
  readonly families: readonly ('ipv4' | 'ipv6')[];
  /** At `BRIDGE` it sees frames of bridges; null: it may stand at any hook. */
  readonly hook: Hook | 'INGRESS' | 'EGRESS' | 'BRIDGE' | null;
  /** Minus infinity if it is not known. */
  readonly priority: number;
  /** It is asked as a nat table is: for the first packet of a connection. */
  readonly nat: boolean;
  /** Devices whose frames it sees; empty at hooks of IP. */
  readonly devices: readonly string[];
  /** What is not known of a packet that comes to it. */
  readonly reason: string;
}

export interface Node {
  readonly sections: readonly Section[];
  readonly tables: readonly Table[];
  /** Null: no `ipset save` section, so every set is unknown. */
  readonly sets: ReadonlyMap<string, IpSet> | null;
  readonly interfaces: readonly Interface[] | null;
  readonly routes: readonly Route[] | null;
  readonly policyRules: readonly PolicyRule[] | null;
  readonly neighbours: readonly Neighbour[] | null;
  /** Forwarding entries of bridges; null or absent: no section, so behind which port a host is is not known. */
  readonly forwarding?: readonly ForwardingEntry[] | null;
  /** `net.ipv4.ip_forward` → `1`; null: no section. */
  readonly sysctls: ReadonlyMap<string, string> | null;
  readonly conntrack: readonly ConntrackSeed[] | null;
  /** Connections that helpers expect (`conntrack -L expect`); null or absent: no section. */
  readonly expectations?: readonly Expectation[] | null;
  /** Objects of `nfacct list` by name; null or absent: no section. */
  readonly accounting?: ReadonlyMap<string, AccountingObject> | null;
  /** Fingerprints of systems that were loaded (pf.os); null or absent: not known. */
  readonly fingerprints?: readonly Fingerprint[] | null;
  /** Are there any states and policies of IPsec (ip-xfrm(8))? Absent: not known. */
  readonly ipsec?: { readonly states?: boolean; readonly policies?: boolean };
  /** Tables of hashlimit by `hashlimitKey`; one that is absent is empty. */
  readonly hashlimits?: ReadonlyMap<string, readonly HashlimitEntry[]>;
  /** Who listens (`ss`); absent: no section, so nobody does but whom the scenario names. */
  readonly sockets?: readonly ListedSocket[];
  /** Null: no section, so whether there are any is not known. */
  readonly virtualServers: readonly VirtualServer[] | null;
  /** Null or absent: the snapshot has none of OVN's tables. */
  readonly overlay?: Overlay | null;
  readonly kernel: string | null;
  /** Families whose addresses, routes or policy rules the snapshot held. A family that is absent gets defaults. */
  readonly routeFamilies: readonly ('ipv4' | 'ipv6')[];
  readonly ruleFamilies: readonly ('ipv4' | 'ipv6')[];
  readonly problems: readonly Problem[];
  /** Lines without which the node is not whole; absent: there are none. What could be in them is unknown in a walk. */
  readonly unread?: readonly UnreadLine[];
  /** Chains that packets come to and that are not read; absent: there are none. */
  readonly unreadChains?: readonly UnreadChain[];
  /**
   * Parts of rules (header, match or target) for which iptables or the kernel would not load the table, and why: the message
   * of the first error. A walk does not know what they do.
   */
  readonly refused: ReadonlyMap<ExtensionUse, string>;
  /** What a reader should know: blind spots, sections that were not understood. */
  readonly notes: readonly string[];
}
