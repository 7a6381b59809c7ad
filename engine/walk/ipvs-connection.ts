/**
 * The connections of IPVS: which real server a client was given, found from both ends. Kept beside conntrack, which knows
 * nothing of them.
 *
 * Source: Linux 6.1 net/netfilter/ipvs/ip_vs_conn.c, ip_vs_proto_tcp.c (tcp_states), ip_vs_proto_udp.c.
 */

import { FIELD, TCP_FLAG } from '../model/field.ts';
import type { IpvsConnection, IpvsState, IpvsTemplate } from '../model/ipvs.ts';
import type { Family, Words } from '../net/address.ts';
import { PROTO } from '../net/protocol.ts';
import { removeEntry } from './conntrack.ts';
import type { Run } from './run.ts';
import { read, type Skb } from './skb.ts';
import { tupleKey } from './state.ts';
import type { World } from './world.ts';

/** One end or both of a packet, as tables are asked about them. */
export interface Ends {
  readonly family: Family;
  readonly proto: number;
  readonly src: Words;
  readonly sport: number;
  readonly dst: Words;
  readonly dport: number;
}

const key = ({ proto, src, sport, dst, dport }: Ends): string => `${proto} ${src.join('.')}:${sport}>${dst.join('.')}:${dport}`;

const requestEnds = ({ family, proto, client, clientPort, virtual, virtualPort }: IpvsConnection): Ends => ({
  family,
  proto,
  src: client,
  sport: clientPort,
  dst: virtual,
  dport: virtualPort,
});

/** What a real server answers with: from itself if the request was rewritten for it, else from the virtual address. */
const answerEnds = (connection: IpvsConnection): Ends => {
  const { family, proto, client, clientPort, virtual, virtualPort, server, serverPort, method } = connection;
  const [src, sport] = method === 'masq' ? [server, serverPort] : [virtual, virtualPort];
  return { family, proto, src, sport, dst: client, dport: clientPort };
};

const isAlive = ({ draft, number }: Pick<Run, 'draft' | 'number'>, { expires, ended }: IpvsConnection): boolean => expires > draft.now && (ended === null || ended === number);

/** ip_vs_conn_in_get(), ip_vs_conn_out_get(): the connection that such a packet belongs to. */
export function findConnection(run: Run, kind: 'request' | 'answer', ends: Ends): IpvsConnection | null {
  // The same client may reach one real server by two services: an answer fits both, and the one opened last is found.
  const keys = kind === 'request' ? [key(ends)] : (run.draft.ipvsAnswers.get(key(ends)) ?? []);
  const alive = (name: string | undefined): IpvsConnection | null => {
    const found = name === undefined ? undefined : run.draft.ipvs.get(name);
    return found && isAlive(run, found) ? found : null;
  };
  return alive(keys.findLast((name) => alive(name) !== null));
}

export const otherWay = ({ src, sport, dst, dport, ...rest }: Ends): Ends => ({ ...rest, src: dst, sport: dport, dst: src, dport: sport });

export function keepConnection(run: Run, connection: IpvsConnection): void {
  const request = key(requestEnds(connection));
  const answer = key(answerEnds(connection));
  const before = run.draft.ipvs.get(request);
  if (before && key(answerEnds(before)) !== answer) forgetConnection(run, before);
  const others = run.draft.ipvsAnswers.get(answer) ?? [];
  if (before?.opened !== connection.opened || !others.includes(request)) run.draft.ipvsAnswers.set(answer, [...others.filter((name) => name !== request), request]);
  run.draft.ipvs.set(request, connection);
  expiresAt(run, connection.ended === null ? connection.expires : Number.NEGATIVE_INFINITY);
}

/** Something of IPVS may expire then. */
export function expiresAt({ draft }: Run, time: number): void {
  draft.ipvsSoonest = Math.min(draft.ipvsSoonest, time);
}

export function forgetConnection(run: Run, connection: IpvsConnection): void {
  const request = key(requestEnds(connection));
  const answer = key(answerEnds(connection));
  run.draft.ipvs.delete(request);
  const others = run.draft.ipvsAnswers.get(answer)?.filter((name) => name !== request) ?? [];
  if (others.length > 0) run.draft.ipvsAnswers.set(answer, others);
  else run.draft.ipvsAnswers.delete(answer);
}

/** The IPVS connections that a world knows, each once. */
export function ipvsConnections({ state }: World): readonly IpvsConnection[] {
  return [...state.ipvs.entries()].filter(([, { expires, ended }]) => expires > state.now && ended === null).map(([, connection]) => connection);
}

/** What keeps clients at their real servers, as a world knows it. */
export function ipvsTemplates({ state }: World): readonly IpvsTemplate[] {
  return [...state.ipvsTemplates.entries()].filter(([, { expires }]) => expires > state.now).map(([, template]) => template);
}

/** Seconds for which a template that still leads connections is kept on when its own time is over. */
const LATER = 60;

/** ip_vs_conn_expire(): a connection that ends takes its conntrack entry with it; a template outlives what it led to. */
export function expireConnections(run: Run): void {
  const { now } = run.draft;
  // A packet that refreshes a connection leaves the bound as it was: it is looked for anew when it is reached.
  if (run.draft.ipvsSoonest > now) return;
  run.draft.ipvsSoonest = Number.POSITIVE_INFINITY;
  const connections = [...run.draft.ipvs.entries()].map(([, connection]) => connection);
  for (const [name, template] of run.draft.ipvsTemplates.entries()) {
    let { timeout, expires } = template;
    while (expires <= now && connections.some((one) => one.template === name && one.expires > expires)) {
      timeout = LATER;
      expires += LATER;
    }
    if (expires > now) expiresAt(run, expires);
    if (expires <= now) run.draft.ipvsTemplates.delete(name);
    else if (expires !== template.expires) run.draft.ipvsTemplates.set(name, { ...template, timeout, expires });
  }
  for (const connection of connections) {
    if (isAlive(run, connection)) {
      expiresAt(run, connection.expires);
      continue;
    }
    forgetConnection(run, connection);
    if (connection.tracked) dropEntry(run, connection);
  }
}

/** ip_vs_conn_drop_conntrack(): the entry that looks so in either direction, in the default zone. */
export function dropEntry(run: Run, connection: IpvsConnection): void {
  const found = run.draft.tuples.get(tupleKey(requestEnds(connection), 0));
  const entry = found === undefined ? undefined : run.draft.entries.get(found >> 1);
  if (entry) removeEntry(run, entry);
}

/** Seconds for which a TCP connection is kept in each state (tcp_timeouts). */
const TCP_TIMEOUTS: Readonly<Record<Exclude<IpvsState, 'UDP'>, number>> = {
  NONE: 2,
  ESTABLISHED: 900,
  SYN_SENT: 120,
  SYN_RECV: 60,
  FIN_WAIT: 120,
  TIME_WAIT: 120,
  CLOSE: 10,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
  LISTEN: 120,
  SYNACK: 120,
};
const UDP_TIMEOUT = 300;

const TCP_STATES = Object.keys(TCP_TIMEOUTS) as readonly Exclude<IpvsState, 'UDP'>[];

/**
 * Next state by what the packet carries, one letter for each state in the order of `TCP_STATES`. `request`: from the client,
 * `answer`: from the real server, `oneWay`: from the client where answers take another way.
 */
const ABBREVIATIONS = 'NESRFTCWLIA';
const TCP_TRANSITIONS = {
  request: { syn: 'REERRRRRRRR', fin: 'CWSTTTCWLIT', ack: 'EESEFTCWCIE', rst: 'CCCRCCCCLIR' },
  answer: { syn: 'SESRSSSSSIR', fin: 'TFSTFTCTLIT', ack: 'EESEFTCWLEE', rst: 'CCSCCTCCCCC' },
  oneWay: { syn: 'REERRRRRRRR', fin: 'CFSTFTCWLIT', ack: 'EESEFTCWCIE', rst: 'CCCRCCCCLIC' },
} as const;

function nextTcpState(state: IpvsState, way: keyof typeof TCP_TRANSITIONS, flags: number): IpvsState {
  const carries = flags & TCP_FLAG.RST ? 'rst' : flags & TCP_FLAG.SYN ? 'syn' : flags & TCP_FLAG.FIN ? 'fin' : flags & TCP_FLAG.ACK ? 'ack' : null;
  if (carries === null) return 'CLOSE';
  const letter = TCP_TRANSITIONS[way][carries][TCP_STATES.indexOf(state as Exclude<IpvsState, 'UDP'>)] as string;
  return TCP_STATES[ABBREVIATIONS.indexOf(letter)] as IpvsState;
}

/** ip_vs_set_state(): what the packet makes of the connection, and how long it is kept from now on. */
export function follow(run: Run, skb: Skb, connection: IpvsConnection, direction: 'request' | 'answer'): IpvsConnection {
  const isTcp = connection.proto === PROTO.tcp;
  const oneWay = connection.oneWay && direction === 'request';
  const state = isTcp ? nextTcpState(connection.state, oneWay ? 'oneWay' : direction, read(skb, FIELD.tcpFlags)) : connection.state;
  const timeout = state === 'UDP' ? UDP_TIMEOUT : TCP_TIMEOUTS[state];
  // ip_vs_control_assure_ct().
  const assures = isTcp ? state === 'ESTABLISHED' && connection.state !== state : direction === 'answer';
  const template = connection.template === null ? undefined : run.draft.ipvsTemplates.get(connection.template);
  if (assures && template && connection.template !== null) run.draft.ipvsTemplates.set(connection.template, { ...template, assured: true });
  return { ...connection, state, oneWay, expires: run.draft.now + timeout };
}
