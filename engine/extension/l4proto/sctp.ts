/**
 * SCTP. The chunks of a packet, read from its `data`, move the state one after the other; a packet without a well-formed
 * chunk is INVALID (eight zero bytes are a chunk of length 0).
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_proto_sctp.c. Not modelled: verification tags, which packets do not
 * carry: they are taken to be right.
 */

import { CTSTATUS, FIELD, L4 } from '../../model/field.ts';
import type { SctpState } from '../../model/conntrack.ts';
import type { SkbView } from '../../model/context.ts';
import { portTuple, quotedPortTuple, swapTuple } from './ports.ts';
import { setting, verifiesChecksum } from './settings.ts';
import type { L4Proto, Settings, TrackResult } from './tracker.ts';

export const SCTP_STATES: readonly SctpState[] = [
  'NONE',
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECD',
  'SHUTDOWN_ACK_SENT',
  'HEARTBEAT_SENT',
];
/** RFC 9260, chunk types. */
const CHUNK = {
  INIT: 1,
  INIT_ACK: 2,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const;
const CODES: Readonly<Record<string, SctpState | 'INVALID'>> = {
  CL: 'CLOSED',
  CW: 'COOKIE_WAIT',
  CE: 'COOKIE_ECHOED',
  ES: 'ESTABLISHED',
  SS: 'SHUTDOWN_SENT',
  SR: 'SHUTDOWN_RECD',
  SA: 'SHUTDOWN_ACK_SENT',
  HS: 'HEARTBEAT_SENT',
  IV: 'INVALID',
};
const row = (text: string) => text.split(' ').map((code) => CODES[code] as SctpState | 'INVALID');

/** sctp_conntracks: by chunk type, [original, reply], columns in the order of `SCTP_STATES`. */
const TABLE = new Map<number, readonly [readonly (SctpState | 'INVALID')[], readonly (SctpState | 'INVALID')[]]>([
  // NO CL CW CE ES SS SR SA HS
  [CHUNK.INIT, [row('CL CL CW CE ES CL CL SA CW'), row('IV CL CW CE ES SS SR SA IV')]],
  [CHUNK.INIT_ACK, [row('CL CL CW CE ES SS SR SA CL'), row('IV CW CW CE ES SS SR SA IV')]],
  [CHUNK.ABORT, [row('CL CL CL CL CL CL CL CL CL'), row('IV CL CL CL CL CL CL CL IV')]],
  [CHUNK.SHUTDOWN, [row('CL CL CW CE SS SS SR SA CL'), row('IV CL CW CE SR SS SR SA IV')]],
  [CHUNK.SHUTDOWN_ACK, [row('SA CL CW CE ES SA SA SA SA'), row('IV CL CW CE ES SA SA SA IV')]],
  [CHUNK.ERROR, [row('CL CL CW CE ES SS SR SA CL'), row('IV CL CW CL ES SS SR SA IV')]],
  [CHUNK.COOKIE_ECHO, [row('CL CL CE CE ES SS SR SA CL'), row('IV CL CE CE ES SS SR SA IV')]],
  [CHUNK.COOKIE_ACK, [row('CL CL CW ES ES SS SR SA CL'), row('IV CL CW ES ES SS SR SA IV')]],
  [CHUNK.SHUTDOWN_COMPLETE, [row('CL CL CW CE ES SS SR CL CL'), row('IV CL CW CE ES SS SR CL IV')]],
  [CHUNK.HEARTBEAT, [row('HS CL CW CE ES SS SR SA HS'), row('IV CL CW CE ES SS SR SA HS')]],
  [CHUNK.HEARTBEAT_ACK, [row('CL CL CW CE ES SS SR SA HS'), row('IV CL CW CE ES SS SR SA ES')]],
]);

/** Seconds, by state: sctp_timeouts. */
const TIMEOUTS: Readonly<Record<Exclude<SctpState, 'NONE'>, number>> = {
  CLOSED: 10,
  COOKIE_WAIT: 3,
  COOKIE_ECHOED: 3,
  ESTABLISHED: 210,
  SHUTDOWN_SENT: 3,
  SHUTDOWN_RECD: 3,
  SHUTDOWN_ACK_SENT: 3,
  HEARTBEAT_SENT: 30,
};

function timeoutOf(settings: Settings, state: SctpState): number {
  const known = state === 'NONE' ? 'CLOSED' : state;
  return setting(settings, `sctp_timeout_${known.toLowerCase()}`, TIMEOUTS[known]);
}

/** Bytes of a chunk header and what stands in an INIT before its parameters. */
const INIT_LENGTH = 20;

/** Types of the chunks, or why they are none (do_basic_checks). */
function chunksOf({ packet }: SkbView, opening: boolean): { readonly types: readonly number[] } | { readonly reason: string } {
  const data = packet.data ?? '0'.repeat(packet.payload * 2);
  const byte = (at: number) => Number.parseInt(data.slice(at * 2, at * 2 + 2), 16);
  const size = data.length / 2;
  const types: number[] = [];
  let alone = false;
  for (let at = 0; at + 4 <= size; ) {
    const type = byte(at);
    const length = byte(at + 2) * 256 + byte(at + 3);
    if (length === 0) return { reason: 'an SCTP chunk of length 0' };
    if (type === CHUNK.INIT || type === CHUNK.INIT_ACK || type === CHUNK.SHUTDOWN_COMPLETE) alone = true;
    if ((alone || type === CHUNK.COOKIE_ACK || type === CHUNK.COOKIE_ECHO) && types.length > 0) return { reason: `SCTP chunk type ${type} is not in the place it must have` };
    // The tags of both ends are in there (sctp_new(), nf_conntrack_sctp_packet()).
    if ((type === CHUNK.INIT || (type === CHUNK.INIT_ACK && !opening)) && at + INIT_LENGTH > size) return { reason: 'the INIT of an SCTP packet is cut short' };
    types.push(type);
    at += (length + 3) & ~3;
  }
  return types.length > 0 ? { types } : { reason: 'an SCTP packet without a chunk' };
}

function pass(types: readonly number[], direction: 0 | 1, from: SctpState): { state: SctpState } | { reason: string } {
  let state = from;
  for (const type of types) {
    const next = TABLE.get(type)?.[direction][SCTP_STATES.indexOf(state)] ?? state;
    if (next === 'INVALID') return { reason: `SCTP chunk type ${type} is not possible in ${state}` };
    state = next;
  }
  return { state };
}

export const sctp: L4Proto = {
  examine(skb, settings, prerouting) {
    if (skb.regs[FIELD.l4.index] !== L4.readable) return { kind: 'invalid', reason: 'the SCTP header is cut short' };
    if (skb.packet.badChecksum && verifiesChecksum(settings, prerouting)) return { kind: 'invalid', reason: 'bad SCTP checksum' };
    const chunks = chunksOf(skb, true);
    return 'reason' in chunks ? { kind: 'invalid', reason: chunks.reason } : { kind: 'track' };
  },
  tupleOf: portTuple,
  tupleOfQuoted: quotedPortTuple,
  invertTuple: swapTuple,
  open(skb, settings) {
    const chunks = chunksOf(skb, true);
    if ('reason' in chunks) return { kind: 'invalid', reason: chunks.reason };
    const unexpected = chunks.types.find((type) => type === CHUNK.ABORT || type === CHUNK.SHUTDOWN_COMPLETE || type === CHUNK.COOKIE_ACK);
    if (unexpected !== undefined) return { kind: 'invalid', reason: `SCTP chunk type ${unexpected} opens no association` };
    // sctp_new(): each chunk by itself must lead somewhere from NONE; DATA and SACK do not.
    const idle = chunks.types.find((type) => !TABLE.has(type));
    if (idle !== undefined) return { kind: 'invalid', reason: `SCTP chunk type ${idle} opens no association` };
    const result = pass(chunks.types, 0, 'NONE');
    if ('reason' in result) return { kind: 'invalid', reason: result.reason };
    return { kind: 'new', tcp: null, sctp: result.state, timeout: timeoutOf(settings, result.state), status: 0, note: null };
  },
  track(skb, entry, direction, settings): TrackResult {
    const from = entry.sctp ?? 'NONE';
    const chunks = chunksOf(skb, false);
    const result = 'reason' in chunks ? chunks : pass(chunks.types, direction, from);
    if ('reason' in result) return { verdict: 'invalid', tcp: null, sctp: from, timeout: null, status: 0, note: result.reason };
    const { state } = result;
    const repeated = 'types' in chunks && chunks.types.includes(CHUNK.INIT) && from === 'CLOSED' && state === 'CLOSED';
    return {
      verdict: 'accept',
      tcp: null,
      sctp: state,
      timeout: repeated ? null : timeoutOf(settings, state),
      status: (direction === 1 ? CTSTATUS.SEEN_REPLY : 0) | (state === 'ESTABLISHED' && from !== state ? CTSTATUS.ASSURED : 0),
      note: repeated ? 'retransmitted INIT: the time left stays as it is' : null,
    };
  },
};
