/** Packets as users write them (formats §2) and with every default filled in. */

import type { Family, Words } from '../net/address.ts';
import type { ExtensionHeader, GivenHeader } from './extension-header.ts';
import type { DccpTypeName } from './dccp.ts';
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
  /** Type of a DCCP packet, by name or number, and its options in hex. */
  readonly dccpType?: DccpTypeName | number;
  readonly dccpOptions?: string;
  readonly srcMac?: string;
  readonly dstMac?: string;
  readonly l2?: PacketTypeName;
  readonly physIn?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Supplementary groups of the sending process. */
  readonly groups?: readonly number[];
  /** Control group of its socket, as a path from the root of cgroup2, and class id of net_cls. */
  readonly cgroup?: string;
  readonly classid?: number;
  /** Sent through a socket of a process, or (false) by the kernel itself. */
  readonly socket?: boolean;
  /** Processor that handles it. */
  readonly cpu?: number;
  readonly at?: number;
}

/** What sends a packet of the node's own; null: it arrives, or nothing is said of what sends it, and a process does. */
type Origin =
  /** A process, through its socket. */
  | 'process'
  /** The kernel, as who gave the packet says. */
  | 'kernel'
  /** The kernel, because of another packet that is walked: an answer, an error, an envelope. */
  | 'caused'
  | TeeCopy;

/** A copy of TEE: it goes by the way to this gateway, by this device if there is one. */
export interface TeeCopy {
  readonly gateway: Words;
  readonly out: string | null;
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
  /** Type of a DCCP packet; null: not said. */
  readonly dccpType: number | null;
  /** Options of a DCCP packet of a known type, in hex, padded to whole words. */
  readonly dccpOptions: string;
  readonly srcMac: string | null;
  readonly dstMac: string | null;
  readonly l2: PacketTypeName;
  readonly physIn: string | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly groups: readonly number[] | null;
  readonly cgroup: string | null;
  readonly classid: number | null;
  readonly origin: Origin | null;
  /** Null: not said here. */
  readonly cpu: number | null;
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
  readonly gid?: number;
  /** Supplementary groups of the process. */
  readonly groups?: readonly number[];
  /** Its control group, as a path from the root of cgroup2. */
  readonly cgroup?: string;
  /** Its class id of net_cls. */
  readonly classid?: number;
  /** SO_MARK; 0 if not given. */
  readonly mark?: number;
  /** The far end that it is connected to: it gets nothing from others. Absent: it is not connected. */
  readonly remote?: { readonly address: string; readonly port: number };
}

/** A socket that the snapshot lists (`ss`), which does not tell whether it is transparent, its mark, or whose it is. It is not connected. */
export interface ListedSocket extends Socket {
  readonly listed: true;
  /** It gets what comes in by this device alone (SO_BINDTODEVICE, or the zone of its address); null: by any. */
  readonly device: string | null;
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

/** What an estimator of RATEEST has measured. */
export interface MeasuredRate {
  readonly name: string;
  /** Bits per second, as rules count them. */
  readonly bps?: number;
  /** Packets per second. */
  readonly pps?: number;
}

/** An address that a list of `recent` holds from the start. */
export interface RecentAddress {
  readonly list: string;
  /** As the list has it: under the mask of its rules. */
  readonly address: string;
  /** TTL of the packet that was noted last. Default 0, which goes with any. */
  readonly ttl?: number;
  /** How many seconds before the start it was seen. */
  readonly seen: readonly number[];
}

/** What the kernel leaves to chance, decided by the scenario. */
export interface Choice {
  /** 1-based position of the packet in the file. */
  readonly packet: number;
  /** Rule address (`nat/OVN-MASQUERADE/2`), or `port`, `statistic` for any rule, `multipath` for the device or gateway of the next hop, `tunnel` for the source port of outer packets, `sequence` for the first one of a SYN+ACK. */
  readonly for: string;
  readonly value: number | boolean | string;
}

export interface Environment {
  readonly sockets?: readonly Socket[];
  /** Connections that helpers expect, besides those of `conntrack -L expect`. */
  readonly expectations?: readonly ExpectedConnection[];
  /** Wall clock: seconds since the epoch, or an ISO 8601 time. */
  readonly now?: number | string;
  /** Minutes west of UTC that the kernel was told (settimeofday(2)). */
  readonly minutesWest?: number;
  /** Rates that estimators measure, all the time. */
  readonly rates?: readonly MeasuredRate[];
  /** What lists of `recent` hold. */
  readonly recent?: readonly RecentAddress[];
  readonly choices?: readonly Choice[];
  /** Processor that handles the packets that do not say it themselves. */
  readonly cpu?: number;
  /** NFQUEUE numbers that somebody listens on. */
  readonly queues?: readonly number[];
  /** Walk what the node itself answers to what is delivered: echo replies, resets, SYN+ACK, port unreachable. Default false. */
  readonly answers?: boolean;
  /** Rule address to the answer assumed for its unknown clauses. */
  readonly assume?: Readonly<Record<string, boolean>>;
}
