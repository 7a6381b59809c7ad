/**
 * SYNPROXY: SYNs are answered with a cookie in the server's name, and an ACK that brings a cookie back opens the connection.
 * Neither goes any further; every other segment does.
 *
 * Source: Linux 6.18 net/ipv4/netfilter/ipt_SYNPROXY.c synproxy_tg4(), net/ipv6/netfilter/ip6t_SYNPROXY.c synproxy_tg6(),
 * net/netfilter/nf_synproxy_core.c.
 */

import { FIELD, TCP_FLAG } from '../model/field.ts';
import type { FullPacket } from '../model/packet.ts';
import type { Effect, Verdict } from '../model/test.ts';
import { PROTO } from '../net/protocol.ts';
import { endKey, firstSequence } from './answer.ts';
import { sumHolds } from './checksum.ts';
import { blank, wayBack } from './emit.ts';
import { emit, type Walker } from './run.ts';
import { read, readWords } from './skb.ts';
import { defaultTtl } from './tunnel.ts';

type Proxy = Extract<Effect, { op: 'syn-proxy' }>;

/** TCP option kinds. */
const [NOP, WSCALE, SACK_PERM, TIMESTAMP] = [1, 3, 4, 8];
const { SYN, ACK, RST, FIN, ECE, CWR } = TCP_FLAG;

/** @returns what becomes of the packet, and why */
export function meetSynProxy(walker: Walker, proxy: Proxy): { readonly verdict: Verdict; readonly text: string } {
  const { skb, run } = walker;
  const { packet } = skb;
  if (!sumHolds(walker)) return { verdict: 'DROP', text: 'dropped: its checksum is wrong, or the kernel takes it to be' };
  const kind = read(skb, FIELD.tcpFlags) & (SYN | ACK | RST | FIN);
  if (kind === SYN) return { verdict: 'STOLEN', text: sendCookie(walker, proxy) };
  if (kind !== ACK) return { verdict: 'CONTINUE', text: 'neither a SYN nor an ACK alone: the proxy lets it go on' };
  if (!run.draft.ends.get(cookieKey(walker, packet.ack))) return { verdict: 'DROP', text: 'dropped: the number that it acknowledges is no cookie of the proxy' };
  run.doubts.add('the connection that SYNPROXY opens to the server is not modelled');
  return { verdict: 'STOLEN', text: 'it brings back a cookie: the proxy opens the connection to the server, which is not modelled' };
}

/** synproxy_send_client_synack(): of the connection of the SYN if it has one, with a mark of its own. */
function sendCookie(walker: Walker, proxy: Proxy): string {
  const { skb } = walker;
  const [client, server] = [readWords(skb, FIELD.src), readWords(skb, FIELD.dst)];
  // ip_route_me_harder() reads the ports out of the answer (fib4_rules_early_flow_dissect()), synproxy_send_tcp_ipv6() names them.
  const by = { proto: PROTO.tcp, sport: read(skb, FIELD.dport), dport: read(skb, FIELD.sport) };
  if (!wayBack(walker, server, 0, by)) return 'no answer: there is no way back';
  const offered = answered(skb.packet, read(skb, FIELD.tcpFlags), proxy);
  const cookie = firstSequence(walker);
  const expected = (cookie + 1) >>> 0;
  walker.run.draft.ends.set(cookieKey(walker, expected), true);
  const packet: FullPacket = {
    ...blank(walker, server, client, PROTO.tcp),
    sport: read(skb, FIELD.dport),
    dport: read(skb, FIELD.sport),
    flags: SYN | ACK | (offered.ecn ? ECE : 0),
    seq: cookie,
    ack: (skb.packet.seq + 1) >>> 0,
    window: 0,
    mss: offered.mss,
    tcpOptions: offered.kinds,
    df: skb.family === 'ipv4',
    // The hop limit of all devices, not of the one that it leaves by.
    ttl: defaultTtl(walker, skb.family, null),
  };
  const attached = skb.ct ? ({ ct: skb.ct, info: 'ESTABLISHED', direction: 1 } as const) : null;
  emit(walker, { cause: 'socket', packet, attached, untracked: false, unboundSource: false, keepsTtl: true });
  return 'the proxy answers in the place of the server';
}

/** What the client offers and the rule names; all but the MSS has to fit into the timestamp, since the proxy keeps nothing. */
function answered(packet: FullPacket, flags: number, proxy: Proxy): { readonly mss: number | null; readonly kinds: readonly number[]; readonly ecn: boolean } {
  const has = (kind: number): boolean => packet.tcpOptions.includes(kind);
  const mss = packet.mss !== null || has(2) ? proxy.mss : null;
  if (!proxy.timestamp || !has(TIMESTAMP)) return { mss, kinds: [], ecn: false };
  return {
    mss,
    kinds: [...(proxy.sackPerm && has(SACK_PERM) ? [SACK_PERM] : [NOP, NOP]), TIMESTAMP, ...(proxy.wscale && has(WSCALE) ? [NOP, WSCALE] : [])],
    ecn: proxy.ecn && (flags & ECE) !== 0 && (flags & CWR) !== 0,
  };
}

/** Under this the proxy knows the ACK that brings a cookie back. */
function cookieKey({ skb }: Walker, acknowledged: number): string {
  const client = endKey(PROTO.tcp, readWords(skb, FIELD.src), read(skb, FIELD.sport));
  return `cookie ${client} ${endKey(PROTO.tcp, readWords(skb, FIELD.dst), read(skb, FIELD.dport))} ${acknowledged}`;
}
