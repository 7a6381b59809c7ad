/**
 * What connection tracking asks of a transport protocol: its key, the inverse of the key, what a packet without an entry
 * opens and what a packet of an entry changes. All of it pure: an entry goes in, the changes come out, the walk applies them.
 * One file per protocol; `l4proto.ts` finds the one for a number.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_core.c and nf_conntrack_proto*.c.
 */

import type { ConntrackEntry, SctpState, TcpTracking, Tuple } from '../../model/conntrack.ts';
import type { SkbView } from '../../model/context.ts';
import type { FullPacket } from '../../model/packet.ts';

/** Sysctls of the node: value as `sysctl -a` prints it, null where the snapshot does not say. */
export interface Settings {
  sysctl(name: string): string | null;
}

/** Stateless checks, before any look-up. */
export type Examination =
  /** Nothing wrong: look the tuple up. */
  | { readonly kind: 'track' }
  /** An ICMP error: it belongs to the connection of the packet it quotes (`relatedTuple`), or to none. */
  | { readonly kind: 'error' }
  | { readonly kind: 'untracked'; readonly reason: string }
  | { readonly kind: 'invalid'; readonly reason: string };

/** What a packet without an entry opens; the walk makes the entry and adds NAT. */
type Opening =
  | {
      readonly kind: 'new';
      readonly tcp: TcpTracking | null;
      /** SCTP only: goes into the entry. */
      readonly sctp?: SctpState;
      /** Seconds from the confirm on. */
      readonly timeout: number;
      /** Bits of CTSTATUS. */
      readonly status: number;
      readonly note: string | null;
    }
  | { readonly kind: 'untracked'; readonly reason: string }
  | { readonly kind: 'invalid'; readonly reason: string };

/** What a packet does to its entry. */
export interface TrackResult {
  /**
   * accept: the packet belongs to the entry. invalid: it does not (INVALID, no entry attached); the changes hold all the
   * same. destroy: the packet keeps its entry, which leaves the table at once. repeat: the entry leaves the table and the
   * packet is looked up afresh, so that it opens a new one.
   */
  readonly verdict: 'accept' | 'invalid' | 'destroy' | 'repeat';
  /** Tracking after the packet, whatever the verdict; null for protocols other than TCP. */
  readonly tcp: TcpTracking | null;
  /** SCTP only: state after the packet. */
  readonly sctp?: SctpState;
  /** Seconds from now; null leaves the time as it is. */
  readonly timeout: number | null;
  /** Bits of CTSTATUS to add. SEEN_REPLY is among them for an accepted packet of the reply direction. */
  readonly status: number;
  /** For people: why it is INVALID, or what is odd (`SYN ignored in ESTABLISHED`). */
  readonly note: string | null;
}

export interface L4Proto {
  /** Checksum is verified only in PREROUTING, so the caller says whether this is the hook. */
  examine(skb: SkbView, settings: Settings, prerouting: boolean): Examination;
  /** Key of the packet as its registers have it now; null: the header is cut short. */
  tupleOf(skb: SkbView): Tuple | null;
  /** Key of a packet quoted by an ICMP error. */
  tupleOfQuoted(packet: FullPacket): Tuple | null;
  /** Key of the answers; null: there are none (an ICMP type without an opposite). */
  invertTuple(tuple: Tuple): Tuple | null;
  open(skb: SkbView, settings: Settings): Opening;
  /** `entry.status` and `entry.tcp` as before the packet. `now` in seconds of the simulated clock. */
  track(skb: SkbView, entry: ConntrackEntry, direction: 0 | 1, settings: Settings, now: number): TrackResult;
}
