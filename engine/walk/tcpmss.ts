/**
 * TCPMSS: lowers the MSS option, or adds it. Source: Linux 6.18 net/netfilter/xt_TCPMSS.c, tcpmss_mangle_packet().
 */

import { FIELD } from '../model/field.ts';
import type { FullPacket } from '../model/packet.ts';
import type { Effect } from '../model/test.ts';
import { networkHeaderLength, packetLength, tcpHeaderLength } from '../model/packet-length.ts';
import { doubtMtu } from './learnt-mtu.ts';
import { outputRoute, routeMtu } from './reroute.ts';
import { OWN_KEY } from './route.ts';
import type { Walker } from './run.ts';
import { read, readWords } from './skb.ts';

interface MssChange {
  readonly from: number | null;
  readonly to: number;
  readonly packet: FullPacket;
  /** Total length, if the option had to be added. */
  readonly length: number | null;
}

/** Null: it stays as it is; `no-room`: the way has no room for a segment. */
export function clampMss(walker: Walker, effect: Extract<Effect, { op: 'tcpmss' }>): MssChange | 'no-room' | null {
  const { skb, run } = walker;
  const { packet } = skb;
  if (packet.fragOffset > 0) return null;
  const overhead = skb.family === 'ipv4' ? 40 : 60;
  let mss = effect.value;
  if (effect.mode === 'clamp') {
    for (const end of [FIELD.dst, FIELD.src]) doubtMtu(walker, readWords(skb, end));
    // The smaller of the MTU ahead and the MTU of the way back to the source (tcpmss_reverse_mtu()).
    const back = outputRoute(run.world.routing.lookup(skb.family, { ...OWN_KEY, src: null, dst: readWords(skb, FIELD.src) }));
    mss = Math.min(skb.route ? routeMtu(run.world, skb.route) : 65535, routeMtu(run.world, back)) - overhead;
    if (mss <= 0) return 'no-room';
  }
  const existing = packet.mss ?? (packet.tcpOptions.includes(2) ? 536 : null);
  if (existing !== null) {
    // "Never increase MSS, even when setting it."
    if (existing <= mss) return null;
    return { from: existing, to: mss, packet: { ...packet, mss }, length: null };
  }
  // "There is data after the header so the option can't be added without moving it."
  if (packetLength(packet) > networkHeaderLength(packet) + tcpHeaderLength(packet)) return null;
  const added = Math.min(mss, skb.family === 'ipv4' ? 536 : 1220);
  const changed = { ...packet, mss: added };
  return { from: null, to: added, packet: changed, length: read(skb, FIELD.length) + 4 };
}
