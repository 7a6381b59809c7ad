/**
 * Packets that belong together: what the other side answers to a packet that got through, and the exchange that opens a
 * connection. An answer is addressed to what left the node, so NAT is undone by conntrack or not at all.
 */

import { fillPacket } from '../model/full-packet.ts';
import type { Packet } from '../model/packet.ts';
import type { Outcome, Trace } from '../model/trace.ts';
import { PROTO, protocolNumber } from '../net/protocol.ts';
import { walk } from '../walk/walk.ts';
import type { World } from '../walk/world.ts';

export interface Exchange {
  readonly traces: readonly Trace[];
  readonly world: World;
  /** Of the walks, and why the exchange ends earlier than asked if it does. */
  readonly notes: readonly string[];
}

/** Walks a packet and, if it gets through, the answer to it. */
export function walkWithReply(world: World, packet: Packet): Exchange {
  const first = walk(world, packet);
  const answer = answerTo(first.trace.outcome);
  if (answer === null) return { traces: [first.trace], world: first.world, notes: [...first.notes, `packet ${numberOf(world)}: ${whyNoAnswer(first.trace.outcome)}`] };
  const second = walk(first.world, answer);
  return { traces: [first.trace, second.trace], world: second.world, notes: [...first.notes, ...second.notes] };
}

/** Walks the opening of a connection: SYN, SYN+ACK and ACK of TCP, request and answer of anything else. */
export function walkConnection(world: World, packet: Packet): Exchange {
  const exchange = walkWithReply(world, packet);
  const [, reply] = exchange.traces;
  const opens = protocolOf(packet) === PROTO.tcp && (packet.flags ?? ['SYN']).includes('SYN') && !packet.flags?.includes('ACK');
  if (!opens || !reply) return exchange;
  if (!GOT_THROUGH.has(reply.outcome.verdict))
    return { ...exchange, notes: [...exchange.notes, `packet ${numberOf(world) + 1}: the answer does not get back, so nobody sends the ACK`] };
  // Both sides count the SYN as one; sequence numbers are 32 bits wide.
  const { at: _, ...start } = packet;
  const third = walk(exchange.world, { ...start, flags: ['ACK'], seq: ((packet.seq ?? 0) + 1) >>> 0, ack: ((reply.packet.seq ?? 0) + 1) >>> 0 });
  return { traces: [...exchange.traces, third.trace], world: third.world, notes: [...exchange.notes, ...third.notes] };
}

/** Number of the packet that meets this world next. */
function numberOf(world: World): number {
  return world.state.packets + 1;
}

const GOT_THROUGH: ReadonlySet<string> = new Set(['forwarded', 'sent', 'delivered']);

/** Requests of ICMP and ICMPv6 and their answers: RFC 792, RFC 950, RFC 4443. */
const ICMP_ANSWER: Readonly<Record<number, Readonly<Record<number, number>>>> = {
  [PROTO.icmp]: { 8: 0, 13: 14, 15: 16, 17: 18 },
  [PROTO.icmpv6]: { 128: 129 },
};

/** The packet that whoever got this one sends back; null if nobody got it or nothing is sent back. */
export function answerTo({ verdict, out, packet }: Outcome): Packet | null {
  if (!packet || packet.src === undefined || !GOT_THROUGH.has(verdict) || (packet.fragOffset ?? 0) > 0) return null;
  const proto = protocolOf(packet);
  // The answer comes in where the packet went out; what was delivered to the node went out nowhere, and the node answers.
  const back: Packet = { in: out, src: packet.dst, dst: packet.src, proto: packet.proto };
  const icmp = ICMP_ANSWER[proto];
  if (icmp) {
    const type = icmp[packet.icmpType ?? 0];
    return type === undefined ? null : { ...back, icmpType: type, icmpCode: 0, icmpId: packet.icmpId, icmpSeq: packet.icmpSeq, payload: packet.payload };
  }
  const ports = packet.sport === undefined ? back : { ...back, sport: packet.dport, dport: packet.sport };
  return proto === PROTO.tcp ? tcpAnswer(packet, ports) : ports;
}

function tcpAnswer(packet: Packet, back: Packet): Packet | null {
  const flags = new Set(packet.flags ?? []);
  if (flags.has('RST')) return null;
  const length = (packet.data === undefined ? (packet.payload ?? 0) : packet.data.length / 2) + (flags.has('SYN') ? 1 : 0) + (flags.has('FIN') ? 1 : 0);
  const ack = ((packet.seq ?? 0) + length) >>> 0;
  return flags.has('SYN') && !flags.has('ACK') ? { ...back, flags: ['SYN', 'ACK'], seq: 0, ack } : { ...back, flags: ['ACK'], seq: packet.ack ?? 0, ack };
}

function whyNoAnswer(outcome: Outcome): string {
  return GOT_THROUGH.has(outcome.verdict) ? 'a packet of this kind is not answered' : 'nobody got the packet, so nobody answers';
}

function protocolOf(packet: Packet): number {
  const full = fillPacket(packet);
  return 'failure' in full ? (protocolNumber(String(packet.proto)) ?? -1) : full.proto;
}
