/**
 * The conntrack protocols by number, and what is the same for all of them: ICMP errors, seeds, states. A new protocol is
 * one file and one line here.
 */

import { formatAddress } from '../../net/address.ts';
import { PROTO } from '../../net/protocol.ts';
import { CTSTATUS } from '../../model/field.ts';
import type { ConntrackEntry, SctpState, TcpState, Tuple } from '../../model/conntrack.ts';
import type { ConntrackSeed } from '../../model/node.ts';
import type { FullPacket } from '../../model/packet.ts';
import { foreign, generic } from './generic.ts';
import { gre } from './gre.ts';
import { icmp, icmpv6 } from './icmp.ts';
import { SCTP_STATES, sctp } from './sctp.ts';
import { TCP_STATES } from './tcp-table.ts';
import { resumeTcp, tcp } from './tcp.ts';
import { udp, udplite } from './udp.ts';
import type { L4Proto } from './tracker.ts';

export type { Settings, TrackResult } from './tracker.ts';

const TRACKERS: ReadonlyMap<number, L4Proto> = new Map<number, L4Proto>([
  [PROTO.tcp, tcp],
  [PROTO.udp, udp],
  [PROTO.udplite, udplite],
  [PROTO.icmp, icmp],
  [PROTO.icmpv6, icmpv6],
  [PROTO.gre, gre],
  [PROTO.sctp, sctp],
]);

/** The tracker of a protocol number; protocols without one of their own (DCCP has none any more) share the generic tracker. */
export function l4proto(family: Tuple['family'], proto: number): L4Proto {
  if (proto === (family === 'ipv4' ? PROTO.icmpv6 : PROTO.icmp)) return foreign;
  return TRACKERS.get(proto) ?? generic;
}

/** The state words of a protocol, as `conntrack -L` prints them; null for one whose connections have no state. */
export function stateWords(proto: number): readonly (TcpState | SctpState)[] | null {
  return proto === PROTO.tcp ? TCP_STATES : proto === PROTO.sctp ? SCTP_STATES : null;
}

/** State word of an entry as `conntrack -L` prints it; null for protocols without one. */
export function stateName(entry: ConntrackEntry): TcpState | SctpState | null {
  return entry.tcp?.state ?? entry.sctp ?? null;
}

/** Key under which the connection that an ICMP error quotes is looked up; a reason if there can be none. */
export function relatedTuple(inner: FullPacket | null): { readonly tuple: Tuple } | { readonly reason: string } {
  if (!inner) return { reason: 'the ICMP error quotes no packet' };
  const proto = l4proto(inner.family, inner.proto);
  const quoted = proto.tupleOfQuoted(inner);
  const tuple = quoted && proto.invertTuple(quoted);
  return tuple ? { tuple } : { reason: 'the packet quoted by the ICMP error cannot be read' };
}

/** Null if the error may belong to the entry found; why not otherwise. `found` is the tuple (of either direction) that matched. */
export function relatedMismatch(outerDestination: readonly number[], found: Tuple): string | null {
  if (found.dst.every((word, i) => word === outerDestination[i])) return null;
  return `the ICMP error goes to ${formatAddress(found.family, outerDestination)}, the packet it quotes came from ${formatAddress(found.family, found.dst)}`;
}

const sameWords = (a: readonly number[], b: readonly number[]) => a.every((word, i) => word === b[i]);

/**
 * An entry as listed by `conntrack -L`. The listing holds no windows (they are learnt anew, with liberal checks), no age
 * (taken to be past the two seconds after which UDP is a stream) and no MASQUERADE device. Throws on a state that is
 * none of the protocol's, which reading the listing refuses.
 */
export function entryFromSeed(seed: ConntrackSeed, id: number, now: number): ConntrackEntry {
  const { original, reply, flags, mark, zone, timeout, counts } = seed;
  const isIcmp = original.proto === PROTO.icmp || original.proto === PROTO.icmpv6;
  const sourceMoved = !sameWords(original.src, reply.dst) || original.sport !== (isIcmp ? reply.sport : reply.dport);
  const destinationMoved = !sameWords(original.dst, reply.src) || (!isIcmp && original.dport !== reply.sport);
  return {
    id,
    original,
    reply,
    status:
      CTSTATUS.CONFIRMED |
      CTSTATUS.SRC_NAT_DONE |
      CTSTATUS.DST_NAT_DONE |
      (flags.includes('UNREPLIED') ? 0 : CTSTATUS.SEEN_REPLY) |
      (flags.includes('ASSURED') ? CTSTATUS.ASSURED : 0) |
      (sourceMoved ? CTSTATUS.SRC_NAT : 0) |
      (destinationMoved ? CTSTATUS.DST_NAT : 0),
    mark,
    zone,
    zoneDirection: seed.zoneDirection ?? 'both',
    tcp: original.proto === PROTO.tcp ? resumeTcp(stateOf(seed, TCP_STATES)) : null,
    ...(original.proto === PROTO.sctp ? { sctp: stateOf(seed, SCTP_STATES) } : {}),
    expires: now + timeout,
    started: now - 3,
    masqueradeDevice: null,
    master: null,
    ...(counts ? { counts } : {}),
    ...(seed.helper === undefined ? {} : { helper: seed.helper }),
    // No listing tells whether it was opened before the first rule that asks for labels.
    labels: 'unknown',
    listed: true,
  };
}

function stateOf<S extends TcpState | SctpState>({ state }: ConntrackSeed, states: readonly S[]): S {
  const found = states.find((name) => name === state);
  if (found === undefined) throw new Error(`a connection was read with the state "${state}", which its protocol does not have`);
  return found;
}
