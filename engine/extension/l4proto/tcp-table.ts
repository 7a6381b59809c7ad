/**
 * The TCP state table and the times an entry lives in each state.
 *
 * Source: Linux 6.18 net/netfilter/nf_conntrack_proto_tcp.c, tcp_conntracks and tcp_timeouts.
 */

import type { TcpState } from '../../model/conntrack.ts';
import { setting } from './settings.ts';
import type { Settings } from './tracker.ts';

export const TCP_STATES: readonly TcpState[] = ['NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'SYN_SENT2'];

/** IGNORE: the packet keeps its entry and changes no state. */
type Transition = TcpState | 'INVALID' | 'IGNORE';

const CODES: Readonly<Record<string, Transition>> = {
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  ES: 'ESTABLISHED',
  FW: 'FIN_WAIT',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  S2: 'SYN_SENT2',
  IV: 'INVALID',
  IG: 'IGNORE',
};

/** Columns in the order of `TCP_STATES`. */
const row = (text: string) => text.split(' ').map((code) => CODES[code] as Transition);
const NEVER = row('IV IV IV IV IV IV IV IV IV IV');

/** [direction][segment kind][state before]. */
const TABLE: readonly (readonly (readonly Transition[])[])[] = [
  [
    // NO SS SR ES FW CW LA TW CL S2
    row('SS SS IG IG IG IG IG SS SS S2'), // SYN
    row('IV IV SR IV IV IV IV IV IV SR'), // SYN+ACK
    row('IV IV FW FW LA LA LA TW CL IV'), // FIN
    row('ES IV ES ES CW CW TW TW CL IV'), // ACK
    row('IV CL CL CL CL CL CL CL CL CL'), // RST
    NEVER,
  ],
  [
    row('IV S2 IV IV IV IV IV SS IV S2'),
    row('IV SR IG IG IG IG IG IG IG SR'),
    row('IV IV FW FW LA LA LA TW CL IV'),
    row('IV IG SR ES CW CW TW TW CL IG'),
    row('IV CL CL CL CL CL CL CL CL CL'),
    NEVER,
  ],
];

export function transition(direction: 0 | 1, kind: number, state: TcpState): Transition {
  return TABLE[direction]?.[kind]?.[TCP_STATES.indexOf(state)] ?? 'INVALID';
}

/** Seconds. SYN_SENT2 has no sysctl of its own. */
const TIMEOUTS: Readonly<Record<Exclude<TcpState, 'NONE'> | 'MAX_RETRANS' | 'UNACKNOWLEDGED', readonly [string | null, number]>> = {
  SYN_SENT: ['tcp_timeout_syn_sent', 120],
  SYN_RECV: ['tcp_timeout_syn_recv', 60],
  ESTABLISHED: ['tcp_timeout_established', 432000],
  FIN_WAIT: ['tcp_timeout_fin_wait', 120],
  CLOSE_WAIT: ['tcp_timeout_close_wait', 60],
  LAST_ACK: ['tcp_timeout_last_ack', 30],
  TIME_WAIT: ['tcp_timeout_time_wait', 120],
  CLOSE: ['tcp_timeout_close', 10],
  SYN_SENT2: [null, 120],
  MAX_RETRANS: ['tcp_timeout_max_retrans', 300],
  UNACKNOWLEDGED: ['tcp_timeout_unacknowledged', 300],
};

export function tcpTimeout(settings: Settings, of: TcpState | 'MAX_RETRANS' | 'UNACKNOWLEDGED'): number {
  const [name, fallback] = TIMEOUTS[of === 'NONE' ? 'SYN_SENT' : of];
  return name === null ? fallback : setting(settings, name, fallback);
}
