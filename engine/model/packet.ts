/** Packets as users write them (formats §2) and with every default filled in. */

import type { Family } from '../net/address.ts';
import type { ExtensionHeader, GivenHeader } from './extension-header.ts';
import type { PacketTypeName, TcpFlagName } from './field.ts';

/** A packet as given: the published shape. Only `dst` and `proto` are always required. */
export interface Packet {
  readonly in?: string | null;
  readonly src?: string;
  readonly dst: string;
  readonly proto: string | number;
  readonly sport?: number;
  readonly dport?: number;
  readonly flags?: readonly TcpFlagName[];
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  /** Option kinds present, by number. */
  readonly tcpOptions?: readonly number[];
  readonly mss?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly icmpId?: number;
  readonly icmpSeq?: number;
  readonly inner?: Packet;
  readonly ttl?: number;
  readonly tos?: number;
  readonly id?: number;
  readonly df?: boolean;
  readonly flowLabel?: number;
  readonly payload?: number;
  readonly data?: string;
  readonly mark?: number;
  readonly fragOffset?: number;
  readonly moreFragments?: boolean;
  /** IPv6: in the order in which they stand, the fragment header left out. */
  readonly extensionHeaders?: readonly GivenHeader[];
  readonly spi?: number;
  readonly greKey?: number;
  readonly badChecksum?: boolean;
  readonly srcMac?: string;
  readonly dstMac?: string;
  readonly l2?: PacketTypeName;
  readonly physIn?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly socket?: unknown;
  readonly at?: number;
}

/** A packet ready to walk: defaults filled in, addresses and protocol as numbers. */
export interface FullPacket {
  readonly family: Family;
  /** Null: sent by the node. */
  readonly in: string | null;
  /** Null only where `in` is null: the kernel selects it. */
  readonly src: readonly number[] | null;
  readonly dst: readonly number[];
  readonly proto: number;
  readonly sport: number;
  readonly dport: number;
  /** Bits of `TCP_FLAG`. */
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
  readonly tcpOptions: readonly number[];
  /** Value of the MSS option; null: no such option. */
  readonly mss: number | null;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly icmpId: number;
  readonly icmpSeq: number;
  readonly inner: FullPacket | null;
  readonly ttl: number;
  readonly tos: number;
  readonly id: number;
  readonly df: boolean;
  readonly flowLabel: number;
  /** Bytes after the transport header. */
  readonly payload: number;
  /** Hex of those bytes; null: all zero. */
  readonly data: string | null;
  readonly mark: number;
  /** Bytes. */
  readonly fragOffset: number;
  readonly moreFragments: boolean;
  readonly extensionHeaders: readonly ExtensionHeader[];
  readonly spi: number;
  readonly greKey: number | null;
  readonly badChecksum: boolean;
  readonly srcMac: string | null;
  readonly dstMac: string | null;
  readonly l2: PacketTypeName;
  readonly physIn: string | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly socket: unknown;
  readonly at: number | null;
}

export interface Socket {
  readonly proto: string;
  /** `0.0.0.0`, `::` or an own address. */
  readonly address: string;
  readonly port: number;
  readonly transparent?: boolean;
  readonly listening?: boolean;
  readonly uid?: number;
  /** SO_MARK; 0 if not given. */
  readonly mark?: number;
  /** The far end that it is connected to: it gets nothing from others. Absent: it is not connected. */
  readonly remote?: { readonly address: string; readonly port: number };
}

/** A connection that the helper of another one expects: its first packet is RELATED. */
export interface ExpectedConnection {
  readonly proto: string | number;
  /** Absent: from any address. */
  readonly src?: string;
  /** Absent: from any port. */
  readonly sport?: number;
  readonly dst: string;
  readonly dport?: number;
  /** Original direction of the connection that expects it; while there is none, nothing is expected. */
  readonly master: { readonly proto?: string | number; readonly src: string; readonly sport?: number; readonly dst: string; readonly dport?: number };
  /** Its helper. Default: the one that the master has. */
  readonly helper?: string;
  readonly zone?: number;
  /** Seconds from the start. Default: as long as the master. */
  readonly timeout?: number;
  /** It may be met again and again. Default false. */
  readonly permanent?: boolean;
  /** Where the master's addresses are translated: the port that this connection's destination gets. Default: the one it has. */
  readonly natPort?: number;
}

/** What the kernel leaves to chance, decided by the scenario. */
export interface Choice {
  /** 1-based position of the packet in the file. */
  readonly packet: number;
  /** Rule address (`nat/OVN-MASQUERADE/2`), or `port`, `statistic`, `multipath` for any rule, `tunnel` for the source port of outer packets, `sequence` for the first one of a SYN+ACK. */
  readonly for: string;
  readonly value: number | boolean | string;
}

export interface Environment {
  readonly sockets?: readonly Socket[];
  /** Connections that helpers expect, besides those of `conntrack -L expect`. */
  readonly expectations?: readonly ExpectedConnection[];
  /** Wall clock: seconds since the epoch, or an ISO 8601 time. */
  readonly now?: number | string;
  readonly choices?: readonly Choice[];
  /** NFQUEUE numbers that somebody listens on. */
  readonly queues?: readonly number[];
  /** Walk what the node itself answers to what is delivered: echo replies, resets, SYN+ACK, port unreachable. Default false. */
  readonly answers?: boolean;
  /** Rule address to the answer assumed for its unknown clauses. */
  readonly assume?: Readonly<Record<string, boolean>>;
}
