/** Conntrack entries. Immutable: a change makes a new entry under the same id. */

import type { Family, Words } from '../net/address.ts';
import type { RuleAddress } from './rule.ts';

/** One direction of a connection. For ICMP `sport` is the id and `dport` is `type << 8 | code`; protocols without ports hold 0. */
export interface Tuple {
  readonly family: Family;
  readonly proto: number;
  readonly src: Words;
  readonly dst: Words;
  readonly sport: number;
  readonly dport: number;
}

export type TcpState = 'NONE' | 'SYN_SENT' | 'SYN_RECV' | 'ESTABLISHED' | 'FIN_WAIT' | 'CLOSE_WAIT' | 'LAST_ACK' | 'TIME_WAIT' | 'CLOSE' | 'SYN_SENT2';

/** Window tracking of one direction (struct ip_ct_tcp_state). Sequence numbers are unsigned 32 bit. */
export interface TcpWindow {
  readonly end: number;
  readonly maxEnd: number;
  readonly maxWindow: number;
  readonly maxAck: number;
  readonly scale: number;
  /** Bits of IP_CT_TCP_FLAG_*. */
  readonly flags: number;
}

export interface TcpTracking {
  readonly state: TcpState;
  readonly seen: readonly [TcpWindow, TcpWindow];
  readonly lastDirection: 0 | 1;
  readonly lastIndex: number;
  readonly lastSeq: number;
  readonly lastAck: number;
  readonly lastEnd: number;
  readonly lastWindow: number;
  readonly lastScale: number;
  readonly lastFlags: number;
  readonly retransmissions: number;
}

export type SctpState = 'NONE' | 'CLOSED' | 'COOKIE_WAIT' | 'COOKIE_ECHOED' | 'ESTABLISHED' | 'SHUTDOWN_SENT' | 'SHUTDOWN_RECD' | 'SHUTDOWN_ACK_SENT' | 'HEARTBEAT_SENT';

/** Packets and bytes (IP total length) that a connection has seen in one direction (struct nf_conn_counter). */
export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

export interface ConntrackEntry {
  /** Order of creation, from 1. */
  readonly id: number;
  readonly original: Tuple;
  readonly reply: Tuple;
  /** Bits of CTSTATUS. */
  readonly status: number;
  readonly mark: number;
  /** Bits of the mark that are not known, and the rules because of which; absent: all are known. */
  readonly markUnknown?: { readonly bits: number; readonly because: readonly RuleAddress[] };
  readonly zone: number;
  /** Which directions the zone holds for. */
  readonly zoneDirection: 'both' | 'orig' | 'reply';
  readonly tcp: TcpTracking | null;
  /** State of an SCTP association; absent for others. */
  readonly sctp?: SctpState;
  /** Clock value, in seconds, at which it vanishes. */
  readonly expires: number;
  /** Clock value of the confirm (UDP streams are assured only after two seconds). */
  readonly started: number;
  /** Interface a MASQUERADE bound it to; null if none did. */
  readonly masqueradeDevice: string | null;
  /** Sides whose port (or ICMP id) the kernel drew by chance: the translation has one of many. */
  readonly drawn?: readonly ('src' | 'dst')[];
  /** Id of the entry that expected it. */
  readonly master: number | null;
  /** Helper that reads what it carries; absent: none does. */
  readonly helper?: string;
  /** Helper of the entry that expected it; null: not known. Absent: nobody expected it. */
  readonly expectedBy?: string | null;
  /** Original and reply direction; absent: nobody counts, because net.netfilter.nf_conntrack_acct was off when it was opened. */
  readonly counts?: readonly [Count, Count];
  /** The snapshot lists it: how far its numbers have come, and what masqueraded it, nobody tells. */
  readonly listed?: true;
  /** Has it room for labels (`kept`), and are they known? Absent: it has none, because no rule asked for labels when it was opened. */
  readonly labels?: 'kept' | 'unknown';
}
