/**
 * Fragments become datagrams again: before every table where connections are tracked, else before INPUT (IPv4) or after it
 * (IPv6). A fragment ends its walk here until the last one is there; that one goes on as the whole, and what leaves the node
 * leaves in fragments again.
 *
 * Source: Linux 6.18 net/ipv4/ip_fragment.c ip_frag_queue(), ip_frag_reasm(), net/ipv4/netfilter/nf_defrag_ipv4.c,
 * net/ipv6/netfilter/nf_conntrack_reasm.c nf_ct_frag6_queue(), net/ipv4/inet_fragment.c inet_frag_queue_insert(),
 * inet_frag_reasm_prepare(). Not modelled: memory limits, net.ipv4.ipfrag_max_dist, headers that fill more than one fragment.
 */

import { FIELD } from '../model/field.ts';
import type { FullPacket } from '../model/packet.ts';
import { currentPacket } from './emit.ts';
import { networkHeaderLength, transportHeaderLength } from '../model/packet-length.ts';
import { addStep, type Run, type Walker } from './run.ts';
import { makeSkb, read, setUnknown, unknownBits, write, type Skb } from './skb.ts';

/** Who puts together: what one of them keeps, the others do not see. */
type Keeper = 'PREROUTING' | 'OUTPUT' | 'delivery';

interface Part {
  readonly from: number;
  readonly to: number;
  readonly packet: FullPacket;
  /** Bits of its mark that are not known. */
  readonly unknownMark: number;
}

/** A datagram of which not all is there (struct ipq, struct frag_queue). */
export interface Datagram {
  /** By their place, without overlaps. */
  readonly parts: readonly Part[];
  /** Stretches without a hole, as far as the kernel joins them: by what is added behind the last. */
  readonly runs: readonly (readonly [from: number, to: number])[];
  readonly length: number;
  readonly lastSeen: boolean;
  /** Largest fragment, and largest that may not be fragmented, in bytes with the IP header. */
  readonly maxSize: number;
  readonly maxDfSize: number;
  /** Bit by ECN field. */
  readonly ecn: number;
  /** Clock value at which it is given up, counted from its first fragment. */
  readonly expires: number;
}

/** What its fragments leave with a datagram (IPSKB_FRAG_PMTU, frag_max_size, ignore_df). */
export interface Refragmenting {
  /** Bytes of the largest fragment, IP header included: none that leaves is larger. */
  readonly maxSize: number;
  readonly fragments: number;
  /** Put together to be delivered: who sends it on after all may not cut it up (`ignore_df` is off). */
  readonly forDelivery: boolean;
}

const WAITS = 'waits for the other fragments';
const DISCARDED = 'fragment discarded';
const MAX_LENGTH = 65535;
const CE = 3;

export const isFragment = ({ packet }: Skb): boolean => packet.fragOffset > 0 || packet.moreFragments;

/** Seconds that a datagram may take, by who keeps it: sysctl and default. */
function patience(run: Run, skb: Skb, keeper: Keeper): number {
  const name = skb.family === 'ipv4' ? 'net.ipv4.ipfrag_time' : keeper === 'delivery' ? 'net.ipv6.ip6frag_time' : 'net.netfilter.nf_conntrack_frag6_timeout';
  return Number(run.world.network.sysctl(name) ?? (skb.family === 'ipv4' ? 30 : 60));
}

/**
 * Adds the packet, a fragment, to its datagram. Null: it goes on, as the whole that it completes (the Skb is then another
 * packet), or as it is. Else why it does not, with a step that says so.
 */
export function reassemble(walker: Walker, keeper: Keeper): { readonly verdict: 'stolen' | 'lost'; readonly reason: string } | null {
  const { skb, run } = walker;
  const packet = currentPacket(skb);
  const ipv4 = skb.family === 'ipv4';
  const protocol = ipv4 ? packet.proto : '';
  const key = [keeper, skb.family, packet.src?.join('.'), packet.dst.join('.'), protocol, packet.id].join(' ');
  const { now } = run.draft;
  const kept = run.draft.datagrams.get(key);
  const before = kept && kept.expires > now ? kept : null;
  const discarded = (why: string, all: boolean): { readonly verdict: 'lost'; readonly reason: string } => {
    if (all) run.draft.datagrams.delete(key);
    addStep(walker, { kind: 'drop', reason: DISCARDED, text: all ? `${why}: all that was kept of the datagram is thrown away` : `${why}: the fragment is passed over` });
    return { verdict: 'lost', reason: DISCARDED };
  };
  const size = read(skb, FIELD.length);
  const from = packet.fragOffset;
  let to = from + size - networkHeaderLength(packet);
  if (!ipv4 && to > MAX_LENGTH) return discarded('it ends beyond 65535 bytes', false);
  const known = before?.length ?? 0;
  const over = (before?.lastSeen ?? false) && (packet.moreFragments ? to > known : to !== known);
  if (packet.moreFragments && to & 7) {
    // RFC 8200 wants an error; what tracks lets it pass as it is, and forgets the others.
    if (!ipv4) {
      run.draft.datagrams.delete(key);
      return null;
    }
    to &= ~7;
  }
  if (over || (!packet.moreFragments && to < known)) return discarded('it does not end where another fragment says that the datagram ends', ipv4);
  if (to <= from) return discarded('there is nothing in it', ipv4);
  const inserted = insert(before, from, to);
  if (inserted === 'again') return discarded(`bytes ${from} to ${to - 1} are there already`, false);
  if (inserted === 'overlap') return discarded(`bytes ${from} to ${to - 1} overlap what is there`, true);
  const datagram: Datagram = {
    parts: [...(before?.parts ?? []), { from, to, packet, unknownMark: unknownBits(skb, FIELD.mark) }].sort((a, b) => a.from - b.from),
    runs: inserted,
    length: Math.max(known, to),
    lastSeen: (before?.lastSeen ?? false) || !packet.moreFragments,
    maxSize: Math.max(before?.maxSize ?? 0, size),
    maxDfSize: Math.max(before?.maxDfSize ?? 0, packet.df ? size : 0),
    ecn: (before?.ecn ?? 0) | (1 << (packet.tos & 3)),
    expires: before?.expires ?? now + patience(run, skb, keeper),
  };
  const there = datagram.parts.reduce((sum, part) => sum + part.to - part.from, 0);
  if (!datagram.lastSeen || datagram.parts[0]?.from !== 0 || there < datagram.length) {
    run.draft.datagrams.set(key, datagram);
    const count = datagram.parts.length;
    addStep(walker, {
      kind: 'drop',
      reason: WAITS,
      text: `bytes ${from} to ${to - 1} of a datagram are kept until the others are there: ${count} fragment${count > 1 ? 's' : ''} so far`,
    });
    return { verdict: 'stolen', reason: WAITS };
  }
  run.draft.datagrams.delete(key);
  const tos = wholeTos(datagram);
  if (tos === null) return discarded('its fragments contradict each other about congestion (ECN)', true);
  if ((ipv4 ? 20 : 0) + datagram.length > MAX_LENGTH) return discarded('the whole is longer than 65535 bytes', true);
  become(walker, datagram, tos, keeper);
  run.notes.add(`packet ${run.number}: the last of ${datagram.parts.length} fragments; what goes on is the whole datagram`);
  return null;
}

/** inet_frag_queue_insert(): the stretches with the new one, `again` if one of them holds it already. */
function insert(before: Datagram | null, from: number, to: number): Datagram['runs'] | 'again' | 'overlap' {
  const last = before?.parts.at(-1);
  if (!before || !last) return [[from, to]];
  const { runs } = before;
  if (last.to < to) {
    if (from < last.to) return 'overlap';
    const [start] = runs.at(-1) as readonly [number, number];
    return from === last.to ? [...runs.slice(0, -1), [start, to]] : [...runs, [from, to]];
  }
  for (const [start, end] of runs) {
    if (to <= start || from >= end) continue;
    return from >= start && to <= end ? 'again' : 'overlap';
  }
  return [...runs, [from, to] as const].sort((a, b) => a[0] - b[0]);
}

/** ip_frag_ecn_table (RFC 3168, 5.3): one that met congestion marks all; null: they cannot be of one datagram. */
function wholeTos({ parts, ecn }: Datagram): number | null {
  const tos = (parts[0] as Part).packet.tos;
  if (ecn & 1 && ecn !== 1) return null;
  return ecn & (1 << CE) && ecn !== 1 << CE ? tos | CE : tos;
}

// biome-ignore format: a list
/** What the whole keeps of the Skb that it becomes: what belongs to its way, not to its bytes. */
const KEPT = [
  'device', 'pass', 'ct', 'ctInfo', 'ctDirection', 'untracked', 'ctBarred', 'template', 'route',
  'ofTunnel', 'sendDepth', 'innerFlow', 'boundTo', 'boundLoosely', 'turnedBack', 'ipvs', 'unboundSource', 'bridge',
] as const satisfies readonly (keyof Skb)[];

/** The Skb becomes the whole: all of the first fragment but device and processor, which are those of the last one that came. */
function become({ skb }: Walker, datagram: Datagram, tos: number, keeper: Keeper): void {
  const { parts, length, maxSize, maxDfSize } = datagram;
  const first = (parts[0] as Part).packet;
  const header = transportHeaderLength(first);
  const payload = Math.max(0, length - header);
  const whole: FullPacket = {
    ...first,
    tos,
    payload,
    data: parts.some(({ packet }) => packet.data !== null) ? joined(parts, header, payload) : null,
    fragOffset: 0,
    moreFragments: false,
    badChecksum: parts.some(({ packet }) => packet.badChecksum),
    // A whole that is larger than its largest fragment must not be refused where that one fits.
    df: skb.family === 'ipv4' && maxDfSize === maxSize,
    at: skb.packet.at,
    cpu: skb.packet.cpu,
  };
  const kept = Object.fromEntries(KEPT.map((key) => [key, skb[key]]));
  const fresh = makeSkb(whole);
  for (const field of [FIELD.dstMacHigh, FIELD.dstMacLow]) write(fresh, field, read(skb, field));
  Object.assign(skb, fresh, kept, {
    refragmenting: { maxSize, fragments: parts.length, forDelivery: keeper === 'delivery' },
    unknownBecause: skb.unknownBecause,
  });
  setUnknown(skb, FIELD.mark, (parts[0] as Part).unknownMark);
}

/** Payload of the whole in hex; a part that says only how long it is holds zeros. */
function joined(parts: readonly Part[], header: number, payload: number): string {
  const text = parts.map(({ from, to, packet }) => (packet.data ?? '').padEnd((to - from) * 2, '0').slice(0, (to - from - (from === 0 ? header : 0)) * 2));
  return text.join('').slice(0, payload * 2);
}

/** Datagrams that nobody completed in time are forgotten. */
export function expireDatagrams(run: Run): void {
  for (const [key, datagram] of run.draft.datagrams.entries()) {
    if (datagram.expires > run.draft.now) continue;
    run.draft.datagrams.delete(key);
    // icmp_send() of ip_expire() (what tracks: for the node's own alone), icmpv6_send() of ip6frag_expire_frag_queue().
    const told = datagram.parts[0]?.from === 0 ? '; its sender may have been told (ICMP time exceeded), which is not walked' : '';
    run.notes.add(`packet ${run.number}: a datagram of which fragments were missing has been given up since${told}`);
  }
}
